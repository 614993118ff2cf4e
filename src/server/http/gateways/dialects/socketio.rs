//! Socket.IO: the event's name is its type, its payload the rest. Two documents name some things differently; both names
//! are understood and said.

use serde_json::{Value, json};

use super::{Fields, Order, order, parts, pick, rename, said};
use crate::{
    protocol::{errors::ErrorCode, events::ErrorEvent},
    server::realtime::encoding::Said,
};

/// The name of the dialect.
pub const NAME: &str = "socket.io";
/// The same, for clients that joined the room of a post: they get `post_update` as well.
pub const NAME_WITH_ROOMS: &str = "socket.io with rooms";

/// Reads an event that a client emitted.
///
/// # Errors
/// What is wrong with it.
pub fn read(event: &str, payload: Value) -> Result<Order, ErrorEvent> {
    if event == "custom_event" {
        return order(event, own_event(payload));
    }
    let mut fields = match payload {
        Value::Object(fields) => fields,
        Value::Null => Fields::new(),
        _ => return Err(ErrorEvent::new(ErrorCode::Malformed, format!("The payload of {event} must be an object."))),
    };
    rename(&mut fields, "match_id", "conversation_id");
    match event {
        "join_match" => order("join_conversation", fields),
        "leave_match" => order("leave_conversation", fields),
        "join_room" => room(fields, "join_conversation", "watch_posts"),
        "leave_room" => room(fields, "leave_conversation", "unwatch_posts"),
        _ => order(event, fields),
    }
}

/// Documented clients emit the data of an event of the community's own bare.
fn own_event(payload: Value) -> Fields {
    match payload {
        Value::Object(fields) if fields.contains_key("name") || fields.contains_key("data") => fields,
        data => Fields::from_iter([("data".to_owned(), data)]),
    }
}

/// Rooms are names for what can be watched anyway: `post_123_watchers`, `conversation_5`, `match_5`.
fn room(mut fields: Fields, conversation: &str, post: &str) -> Result<Order, ErrorEvent> {
    let room = fields.remove("room");
    let name = room.as_ref().and_then(Value::as_str).unwrap_or_default();
    if let Some(id) = name.strip_prefix("post_").and_then(|rest| rest.strip_suffix("_watchers")) {
        fields.insert("post_ids".to_owned(), json!([id]));
        return order(post, fields);
    }
    if let Some(id) = name.strip_prefix("conversation_").or_else(|| name.strip_prefix("match_")) {
        fields.insert("conversation_id".to_owned(), id.into());
        return order(conversation, fields);
    }
    let message = "There is no such room. Rooms are named post_<id>_watchers, conversation_<id> or match_<id>.";
    let mut error = ErrorEvent::new(ErrorCode::Invalid, message);
    error.error.field = Some("room".to_owned());
    Err(error)
}

/// What a native frame becomes.
#[must_use]
pub fn say(native: &[u8], with_rooms: bool) -> Vec<Said> {
    let Some((kind, mut fields)) = parts(native) else { return Vec::new() };
    if let Some(id) = fields.get("conversation_id").cloned() {
        fields.insert("match_id".to_owned(), id);
    }
    if kind == "notification" {
        rename(&mut fields, "kind", "type");
    }
    let mut told: Vec<Said> = also(&kind, &fields);
    if with_rooms {
        told.extend(post_update(&kind, &fields));
    }
    told.insert(0, said(kind, &Value::Object(fields)));
    told
}

/// The names of the other document.
fn also(kind: &str, fields: &Fields) -> Vec<Said> {
    match kind {
        "typing" => {
            let types = fields.get("is_typing") == Some(&Value::Bool(true));
            let name = if types { "user_typing" } else { "typing_stopped" };
            let payload = pick(fields, &["match_id", "conversation_id", "user_id", "user_name", "expires_in_ms"]);
            vec![said(name, &Value::Object(payload))]
        }
        "user_status" => {
            let online = fields.get("status").and_then(Value::as_str) == Some("online");
            vec![said("user_online_status", &json!({ "user_id": fields.get("user_id"), "online": online }))]
        }
        _ => Vec::new(),
    }
}

/// What those in the room of a post get of it.
fn post_update(kind: &str, fields: &Fields) -> Option<Said> {
    if !matches!(kind, "like_update" | "comment_update" | "post_updated" | "post_deleted") {
        return None;
    }
    let mut payload = fields.clone();
    payload.insert("update".to_owned(), kind.into());
    if let Some(id) = fields.get("post").and_then(|post| post.get("id")).cloned() {
        payload.insert("post_id".to_owned(), id);
    }
    Some(said("post_update", &Value::Object(payload)))
}
