//! Turns an event into the bytes of its frame, once for all who receive it.

use bytes::Bytes;

use crate::protocol::events::ServerEvent;

/// The frame of an event. `None`, logged, for an event that JSON cannot hold; no variant is one.
pub fn encode(event: &ServerEvent) -> Option<Bytes> {
    match serde_json::to_vec(event) {
        Ok(json) => Some(Bytes::from(json)),
        Err(cause) => {
            tracing::error!(%cause, "an event could not be encoded");
            None
        }
    }
}
