//! Work that happens later: outbox relay, letters and the road to workers, retention, suspensions.
//!
//! Each job is a struct with `run_once`, which does what is due and tells how much that was, and `run`, which repeats it
//! until the server stops. Waiting follows tokio's clock; what is due follows the domain's.

pub mod letters;
pub mod mail;
pub mod outbox;
pub mod push;
pub mod pushes;
pub mod rabbitmq;
pub mod retention;
pub mod suspensions;
