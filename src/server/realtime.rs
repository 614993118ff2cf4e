//! Hub and brokers: who is connected to what, and how an event reaches them.
//!
//! A broker takes what the domain publishes and hands it to the local [`hub::Hub`]; with several nodes, to the hub of each. The hub encodes an event once,
//! numbers it if it belongs to the log, paces counts, and puts the shared bytes into the [`queue::Queue`] of every
//! connection that watches. The [`courier`] writes them to the network where that takes them without waiting; the rest is
//! the gateway's.

pub mod hub;
pub mod memory;
pub mod queue;
pub mod redis;

pub mod courier;
pub mod encoding;
mod log;
mod order;
pub mod pacing;
mod presence;
mod subscriptions;
pub mod websocket;
