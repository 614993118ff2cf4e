//! Channels: one socket for each concern, at `/ws/{channel}`, with small frames and ids as numbers.

use serde_json::{Value, json};

use super::{Fields, Order, no_command, order, parts, pick, rename, said};
use crate::{
    protocol::{
        events::ErrorEvent,
        ids::ConversationId,
        notifications::{NotificationKind, Occasion},
    },
    server::realtime::encoding::Said,
};

/// What a socket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// One conversation.
    Messages(ConversationId),
    /// Requests to connect, and what became of them.
    Connections,
    /// The bell.
    Notifications,
    /// New posts, and comments on any.
    Feed,
    /// Who is there.
    Online,
}

impl Channel {
    /// The channel of a path below `/ws/`; `None` when there is none.
    #[must_use]
    pub fn named(path: &str) -> Option<Self> {
        match path {
            "connections" => Some(Self::Connections),
            "notifications" => Some(Self::Notifications),
            "feed" => Some(Self::Feed),
            "online" => Some(Self::Online),
            _ => path.strip_prefix("messages/")?.parse().ok().map(Self::Messages),
        }
    }

    /// Its name, also that of its dialect.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Messages(_) => "messages",
            Self::Connections => "connections",
            Self::Notifications => "notifications",
            Self::Feed => "feed",
            Self::Online => "online",
        }
    }

    /// Reads a frame: the documented ones, and the commands of the native dialect under their own names.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(self, frame: &str) -> Result<Order, ErrorEvent> {
        let frame: Value = serde_json::from_str(frame).map_err(|cause| no_command(&cause.to_string()))?;
        let Value::Object(mut fields) = frame else { return Err(no_command("this is no object")) };
        let Some(Value::String(kind)) = fields.remove("type") else {
            return Err(no_command("missing field `type`"));
        };
        let kind = match self {
            Self::Messages(conversation) => {
                // The socket says which conversation; another one cannot be named here.
                fields.insert("conversation_id".to_owned(), conversation.to_string().into());
                if kind == "message" { "send_message".to_owned() } else { kind }
            }
            _ => kind,
        };
        if let Some(id) = fields.get("attachment").and_then(attachment_id) {
            fields.insert("attachment".to_owned(), id.into());
        }
        order(&kind, fields)
    }

    /// Whether an event is told on this socket at all; of a conversation only its own. Inside of texts the quotes are
    /// escaped, so nobody can write what is looked for.
    #[must_use]
    pub fn concerns(self, native: &[u8]) -> bool {
        let Self::Messages(conversation) = self else { return true };
        let own = format!("\"conversation_id\":\"{conversation}\"");
        let answers = [&b"{\"type\":\"pong\""[..], b"{\"type\":\"error\"", b"{\"type\":\"going_away\""];
        native.windows(own.len()).any(|part| part == own.as_bytes())
            || answers.iter().any(|answer| native.starts_with(answer))
    }

    /// What a native frame becomes.
    #[must_use]
    pub fn say(self, native: &[u8]) -> Vec<Said> {
        let Some((kind, fields)) = parts(native) else { return Vec::new() };
        let told = match (self, kind.as_str()) {
            (_, "pong" | "error" | "going_away") => vec![(kind, fields)],
            (Self::Messages(_), _) => messages(&kind, fields),
            (Self::Connections, _) => connections(&kind, fields),
            (Self::Notifications, _) => return notifications(&kind, &fields),
            (Self::Feed, _) => feed(&kind, fields),
            (Self::Online, "user_status") => vec![online(&fields)],
            (Self::Online, _) => Vec::new(),
        };
        told.into_iter().map(|(kind, fields)| tagged(&kind, numbered(fields))).collect()
    }
}

type Told = Vec<(String, Fields)>;

fn messages(kind: &str, mut fields: Fields) -> Told {
    match kind {
        "new_message" | "message_updated" => {
            // Documented as the file's path.
            let path = fields.get("attachment").and_then(|attachment| attachment.get("url")).cloned();
            let attachment = fields.remove("attachment");
            if let Some(path) = path {
                fields.insert("attachment".to_owned(), path);
                fields.extend(attachment.map(|attachment| ("file".to_owned(), attachment)));
            }
            vec![(kind.to_owned(), fields)]
        }
        "typing" | "message_deleted" | "reaction_update" | "message_read" | "message_delivered" => {
            vec![(kind.to_owned(), fields)]
        }
        _ => Vec::new(),
    }
}

fn connections(kind: &str, mut fields: Fields) -> Told {
    match kind {
        "connection_accepted" => {
            if let Some(who) = fields.get("from_user_id").cloned() {
                fields.insert("user_id".to_owned(), who);
            }
            vec![(kind.to_owned(), fields)]
        }
        "connection_request" | "connection_declined" => vec![(kind.to_owned(), fields)],
        _ => Vec::new(),
    }
}

fn feed(kind: &str, mut fields: Fields) -> Told {
    match kind {
        "new_post" | "post_updated" | "post_deleted" => {
            if let Some(Value::Object(post)) = fields.get_mut("post") {
                rename(post, "user_id", "userId");
            }
            vec![(kind.to_owned(), fields)]
        }
        "comment_update" if fields.get("comment").is_some() => {
            vec![("comment_on_post".to_owned(), pick(&fields, &["post_id", "comment", "comment_count", "timestamp"]))]
        }
        _ => Vec::new(),
    }
}

fn online(fields: &Fields) -> (String, Fields) {
    let is_online = fields.get("status").and_then(Value::as_str) == Some("online");
    let kind = if is_online { "user_online" } else { "user_offline" };
    (kind.to_owned(), pick(fields, &["user_id", "full_name", "timestamp", "last_seen_at"]))
}

/// Two documents describe this channel: one wraps everything in `data` and has ids as strings, the other tells comments
/// flat, with numbers.
fn notifications(kind: &str, fields: &Fields) -> Vec<Said> {
    let wrapped = |data: Value| said("", &json!({ "type": kind, "data": data }));
    match kind {
        "unread_count" => vec![wrapped(json!({ "count": fields.get("count") }))],
        "notification_update" => {
            vec![wrapped(Value::Object(pick(fields, &["notification_id", "status", "channel", "reason", "and_older"])))]
        }
        "notification" => {
            let data = wrapped(Value::Object(notification(fields)));
            comment_on_post(fields).into_iter().chain([data]).collect()
        }
        _ => Vec::new(),
    }
}

fn notification(fields: &Fields) -> Fields {
    let mut data = pick(fields, &["notification_id", "title", "message", "timestamp", "post_id", "data"]);
    let kind = fields.get("kind").and_then(Value::as_str).and_then(NotificationKind::named);
    let name = match kind {
        // The documented example's name for it.
        Some(NotificationKind::Message) => "new_message",
        Some(kind) => kind.as_str(),
        None => "system",
    };
    data.insert("notification_type".to_owned(), name.into());
    for (from, to) in [("conversation_id", "room_id"), ("user_id", "sender_id")] {
        data.extend(fields.get(from).map(|value| (to.to_owned(), value.clone())));
    }
    data
}

/// The flat frame for comments on one's post.
fn comment_on_post(fields: &Fields) -> Option<Said> {
    let data = fields.get("data")?;
    let occasion: Occasion = serde_json::from_value(data.get("occasion")?.clone()).ok()?;
    if occasion != Occasion::PostCommented {
        return None;
    }
    let mut flat = pick(fields, &["notification_id", "post_id", "comment_id", "user_id", "message", "timestamp"]);
    let name = data.get("actors").and_then(|actors| actors.get(0)).and_then(|actor| actor.get("full_name"));
    flat.extend(name.map(|name| ("user_name".to_owned(), name.clone())));
    Some(tagged("comment_on_post", numbered(flat)))
}

fn tagged(kind: &str, mut fields: Fields) -> Said {
    fields.insert("type".to_owned(), kind.into());
    fields.remove("offset");
    said("", &Value::Object(fields))
}

/// The same, with every id as a number: they are below 2^53.
fn numbered(fields: Fields) -> Fields {
    fields
        .into_iter()
        .map(|(name, value)| {
            let value = number(&name, value);
            (name, value)
        })
        .collect()
}

fn number(name: &str, value: Value) -> Value {
    let is_id = name == "id" || name.ends_with("_id") || name.ends_with("Id");
    match value {
        Value::String(text) if is_id && name != "client_id" => {
            text.parse::<u64>().map_or(Value::String(text), Value::from)
        }
        Value::Array(items) if name.ends_with("_ids") => items.into_iter().map(|item| number("id", item)).collect(),
        Value::Array(items) => items.into_iter().map(|item| number("", item)).collect(),
        Value::Object(fields) => Value::Object(numbered(fields)),
        other => other,
    }
}

/// The id in the path of an uploaded file, as the document sends it; ids themselves are left as they are.
fn attachment_id(value: &Value) -> Option<String> {
    let path = value.as_str()?;
    let name = path.rsplit('/').next().filter(|_| path.contains('/'))?;
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}
