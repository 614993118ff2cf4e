//! Dialects: how clients name and shape what they send and get. A dialect renames and reshapes; it decides nothing.
//!
//! What a client sends becomes a [`ClientCommand`]; what it gets is made from the native frame, once for all who speak the
//! same dialect.

pub mod channels;
pub mod native;
pub mod socketio;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::{
    protocol::{
        commands::{COMMAND_NAMES, ClientCommand},
        errors::{ApiError, ErrorCode},
        events::ErrorEvent,
    },
    server::realtime::encoding::Said,
};

/// The fields of an event or command.
pub type Fields = Map<String, Value>;

/// What a client asks.
#[derive(Debug)]
pub struct Order {
    /// The command.
    pub command: ClientCommand,
    /// Repeated in the answer, where the client gave one.
    pub reference: Option<String>,
}

/// Reads a command whose name and fields are those of the native dialect.
///
/// # Errors
/// What is wrong with it.
pub fn order(kind: &str, mut fields: Fields) -> Result<Order, ErrorEvent> {
    let reference = match fields.get("ref") {
        Some(Value::String(reference)) => Some(reference.clone()),
        _ => None,
    };
    check_name(kind, reference.as_deref())?;
    fields.insert("type".to_owned(), kind.into());
    match serde_json::from_value(Value::Object(fields)) {
        Ok(command) => Ok(Order { command, reference }),
        Err(cause) => Err(unreadable(kind, &cause, reference)),
    }
}

fn check_name(kind: &str, reference: Option<&str>) -> Result<(), ErrorEvent> {
    if COMMAND_NAMES.contains(&kind) {
        return Ok(());
    }
    let message = format!("There is no command of this type. Hubbub knows: {}.", COMMAND_NAMES.join(", "));
    let error = ApiError::on_field(ErrorCode::UnknownType, "type", message);
    Err(ErrorEvent { error, reference: reference.map(str::to_owned) })
}

fn unreadable(kind: &str, cause: &serde_json::Error, reference: Option<String>) -> ErrorEvent {
    let message = format!("This {kind} cannot be read: {cause}.");
    ErrorEvent { error: ApiError::new(ErrorCode::Malformed, message), reference }
}

/// The error for a frame that is no command.
fn no_command(cause: &str) -> ErrorEvent {
    ErrorEvent::new(ErrorCode::Malformed, format!("A command is a JSON object with a \"type\": {cause}."))
}

/// The name and fields of a native frame. `None` never happens: native frames are tagged objects.
fn parts(native: &[u8]) -> Option<(String, Fields)> {
    let mut fields: Fields = serde_json::from_slice(native).ok()?;
    match fields.remove("type")? {
        Value::String(kind) => Some((kind, fields)),
        _ => None,
    }
}

fn said(name: impl Into<std::borrow::Cow<'static, str>>, payload: &Value) -> Said {
    Said { name: name.into(), json: Bytes::from(payload.to_string()) }
}

/// Renames a field, if it is there.
fn rename(fields: &mut Fields, from: &str, to: &str) {
    if let Some(value) = fields.remove(from) {
        fields.insert(to.to_owned(), value);
    }
}

/// Keeps these fields only.
fn pick(fields: &Fields, names: &[&str]) -> Fields {
    let picked = names.iter().filter_map(|name| Some(((*name).to_owned(), fields.get(*name)?.clone())));
    picked.collect()
}

#[cfg(test)]
mod tests;
