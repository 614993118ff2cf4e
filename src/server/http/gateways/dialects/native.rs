//! The native dialect: frames are what the shared types say.

use super::{Order, check_name, no_command, unreadable};
use crate::protocol::{commands::CommandHead, events::ErrorEvent};

/// The `ref` of a frame, if that much can be read.
#[must_use]
pub fn reference(frame: &str) -> Option<String> {
    serde_json::from_str::<CommandHead>(frame).ok()?.reference
}

/// Reads a frame in two steps, so that the answer carries the `ref` even when the rest is wrong.
///
/// # Errors
/// What is wrong with it.
pub fn read(frame: &str) -> Result<Order, ErrorEvent> {
    // Arrays would be read as well, their items as the fields in order.
    if !frame.trim_start().starts_with('{') {
        return Err(no_command("this is no object"));
    }
    let head: CommandHead = serde_json::from_str(frame).map_err(|cause| no_command(&cause.to_string()))?;
    let reference = head.reference;
    check_name(&head.kind, reference.as_deref())?;
    match serde_json::from_str(frame) {
        Ok(command) => Ok(Order { command, reference }),
        Err(cause) => Err(unreadable(&head.kind, &cause, reference)),
    }
}
