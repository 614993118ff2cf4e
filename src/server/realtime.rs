//! Hub and brokers: who is connected to what, and how an event reaches them.
//!
//! A broker takes what the domain publishes and hands it to the local [`hub::Hub`]. The hub encodes an event once,
//! numbers it if it belongs to the log, paces counts, and puts the shared bytes into the [`queue::Queue`] of every
//! connection that watches. A gateway takes them from there: it is the only one that writes to the socket.

pub mod hub;
pub mod memory;
pub mod queue;

pub mod encoding;
mod log;
pub mod pacing;
mod presence;
mod subscriptions;
