//! The messages of Socket.IO and of the channels: what their dialects make of the native ones, said of shapes.
//!
//! Tests lead every example through the dialects themselves and hold what comes out against this.

use serde_json::{Map, Value, json};

use super::{Message, Place, by_hand};
use crate::server::http::reference::{
    frames::{Fields, Frame},
    schemas::HOME,
};

/// Where Socket.IO is.
pub const SOCKET_IO: &str = "/socket.io/";

fn id() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]+$" })
}

fn named(frames: &[Frame], kind: &str) -> Fields {
    frames.iter().find(|frame| frame.kind == kind).map(|frame| frame.fields.clone()).unwrap_or_default()
}

fn words<'a>(frames: &'a [Frame], kind: &str) -> &'a str {
    frames.iter().find(|frame| frame.kind == kind).map_or("", |frame| &frame.words)
}

/// Socket.IO: names instead of types.
pub fn socketio(events: &[Frame], commands: &[Frame]) -> Place {
    let says = events.iter().map(|frame| emitted("SocketIo", frame, event(&frame.kind, frame.fields.clone())));
    let takes = commands.iter().map(|frame| emitted("SocketIo", frame, command(frame.fields.clone())));
    Place {
        id: "socketio",
        address: SOCKET_IO,
        words: "Socket.IO, protocol 5, over WebSocket and long-polling. The name of an event is its `type`, its payload the \
            rest. Who asks for an acknowledgement gets `{success: true, …}` or `{success: false, error}`. Who is not signed \
            in gets `connect_error`.",
        says: says.chain(also_said(events)).collect(),
        takes: takes.chain(also_taken(commands)).collect(),
    }
}

fn emitted(prefix: &str, frame: &Frame, fields: Fields) -> Message {
    by_hand(&format!("{prefix}{}", frame.name), &frame.kind, &frame.words, fields)
}

fn event(kind: &str, fields: Fields) -> Fields {
    let fields = fields.without("type");
    let fields = if kind == "notification" { fields.renamed("kind", "type") } else { fields };
    let always = fields.required.iter().any(|name| name == "conversation_id");
    if !fields.properties.contains_key("conversation_id") {
        return fields;
    }
    fields.with("match_id", id(), always)
}

fn command(fields: Fields) -> Fields {
    let fields = fields.without("type");
    if !fields.properties.contains_key("conversation_id") {
        return fields;
    }
    let match_id = json!({ "type": ["string", "integer"], "description": "In place of `conversation_id`." });
    fields.maybe("conversation_id").with("match_id", match_id, false)
}

/// What is emitted beside the native events.
fn also_said(events: &[Frame]) -> impl Iterator<Item = Message> {
    let typing = || {
        let kept = ["match_id", "conversation_id", "user_id", "user_name", "expires_in_ms"];
        event("typing", named(events, "typing")).only(&kept)
    };
    let status = Fields::default().with("user_id", id(), true).with("online", json!({ "type": "boolean" }), true);
    let update = Fields::default()
        .with("update", json!({ "enum": ["like_update", "comment_update", "post_updated", "post_deleted"] }), true)
        .with("post_id", id(), true);
    [
        by_hand("SocketIoUserTyping", "user_typing", "Beside `typing`: somebody types.", typing()),
        by_hand("SocketIoTypingStopped", "typing_stopped", "Beside `typing`: they stopped.", typing()),
        by_hand("SocketIoUserOnlineStatus", "user_online_status", "Beside `user_status`.", status),
        by_hand(
            "SocketIoPostUpdate",
            "post_update",
            "For who joined `post_<id>_watchers`: `update` says which event it is, the other fields are that event's.",
            update,
        ),
    ]
    .into_iter()
}

/// What is taken beside the native commands.
fn also_taken(commands: &[Frame]) -> impl Iterator<Item = Message> {
    let join = || command(named(commands, "join_conversation"));
    let room = || {
        let name =
            "`post_<id>_watchers` watches a post and brings `post_update`; `conversation_<id>` and `match_<id>` join.";
        Fields::default().with("room", json!({ "type": "string", "description": name }), true)
    };
    [
        by_hand("SocketIoJoinMatch", "join_match", "`join_conversation` under another name.", join()),
        by_hand("SocketIoLeaveMatch", "leave_match", "`leave_conversation` under another name.", join()),
        by_hand("SocketIoJoinRoom", "join_room", "Watches a post, or joins a conversation.", room()),
        by_hand("SocketIoLeaveRoom", "leave_room", "Takes that back.", room()),
    ]
    .into_iter()
}

/// The channels: small frames with ids as numbers.
pub fn channels(events: &[Frame], commands: &[Frame], numbers: &mut Numbers<'_>) -> Vec<Place> {
    vec![
        messages(events, commands, numbers),
        connections(events, commands, numbers),
        notifications(events, commands, numbers),
        feed(events, commands, numbers),
        online(events, commands, numbers),
    ]
}

/// Makes the messages of one channel.
struct Maker<'a, 'b> {
    prefix: &'static str,
    events: &'a [Frame],
    numbers: &'a mut Numbers<'b>,
    made: Vec<Message>,
}

impl Maker<'_, '_> {
    /// What a native event becomes, under its own name or another; `shape` changes its fields first.
    fn says(&mut self, from: &str, name: &str, shape: impl FnOnce(Fields) -> Fields) {
        let fields = shape(named(self.events, from).without("offset"));
        let fields = self.numbers.fields(fields).with("type", json!({ "const": name }), true);
        self.made.push(by_hand(&self.id(name), name, words(self.events, from), fields));
    }

    fn id(&self, name: &str) -> String {
        let pascal: String = name.split('_').map(capital).collect();
        format!("{}{pascal}", self.prefix)
    }

    /// With what every channel says.
    fn finish(mut self) -> Vec<Message> {
        for answer in ["pong", "error", "going_away"] {
            self.says(answer, answer, |fields| fields);
        }
        self.made
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Every channel takes these; the text `ping`, without any JSON, is answered by the text `pong`.
fn ping(prefix: &str, commands: &[Frame]) -> Message {
    by_hand(&format!("{prefix}Ping"), "ping", words(commands, "ping"), named(commands, "ping"))
}

fn messages(events: &[Frame], commands: &[Frame], numbers: &mut Numbers<'_>) -> Place {
    let mut maker = Maker { prefix: "Messages", events, numbers, made: Vec::new() };
    for kind in ["new_message", "message_updated"] {
        maker.says(kind, kind, |fields| {
            let path = json!({ "type": "string", "description": "Where the file is, as a path on this server." });
            fields.renamed("attachment", "file").with("attachment", path, false)
        });
    }
    for kind in ["message_deleted", "reaction_update", "typing", "message_read", "message_delivered"] {
        maker.says(kind, kind, |fields| fields);
    }
    let says = maker.finish();
    let said = named(commands, "send_message").without("conversation_id");
    let path = json!({ "type": ["string", "integer"], "description": "The id of an attachment, or its path." });
    let said = said.with("type", json!({ "const": "message" }), true).with("attachment", path, false);
    let types = named(commands, "typing").without("conversation_id");
    Place {
        id: "messages",
        address: "/ws/messages/{conversation_id}",
        words: "One conversation.",
        says,
        takes: vec![
            by_hand("MessagesMessage", "message", words(commands, "send_message"), said),
            by_hand("MessagesTypes", "typing", words(commands, "typing"), types),
            ping("Messages", commands),
        ],
    }
}

fn connections(events: &[Frame], commands: &[Frame], numbers: &mut Numbers<'_>) -> Place {
    let mut maker = Maker { prefix: "Connections", events, numbers, made: Vec::new() };
    maker.says("connection_request", "connection_request", |fields| fields);
    maker.says("connection_accepted", "connection_accepted", |fields| fields.with("user_id", id(), true));
    maker.says("connection_declined", "connection_declined", |fields| fields);
    let says = maker.finish();
    let words = "Requests to connect, and what became of them.";
    Place { id: "connections", address: "/ws/connections", words, says, takes: vec![ping("Connections", commands)] }
}

fn feed(events: &[Frame], commands: &[Frame], numbers: &mut Numbers<'_>) -> Place {
    let mut maker = Maker { prefix: "Feed", events, numbers, made: Vec::new() };
    for kind in ["new_post", "post_updated", "post_deleted"] {
        let post = if kind == "post_deleted" { "DeletedPost" } else { "PostView" };
        let post = maker.numbers.author_renamed(post);
        maker.says(kind, kind, |fields| fields.with("post", post, true));
    }
    maker.says("comment_update", "comment_on_post", |fields| {
        let comment = fields.properties.get("comment").cloned().unwrap_or_default();
        fields.with("comment", comment, true).only(&["post_id", "comment", "comment_count", "timestamp"])
    });
    let says = maker.finish();
    let words = "New posts, and comments on any.";
    Place { id: "feed", address: "/ws/feed", words, says, takes: vec![ping("Feed", commands)] }
}

fn online(events: &[Frame], commands: &[Frame], numbers: &mut Numbers<'_>) -> Place {
    let mut maker = Maker { prefix: "Online", events, numbers, made: Vec::new() };
    for kind in ["user_online", "user_offline"] {
        maker.says("user_status", kind, |fields| fields.only(&["user_id", "full_name", "timestamp", "last_seen_at"]));
    }
    let says = maker.finish();
    let words = "Who is there: first those who are, then who comes and goes.";
    Place { id: "online", address: "/ws/online", words, says, takes: vec![ping("Online", commands)] }
}

/// Two documents describe this one: what is wrapped in `data` has ids as strings, comments are flat with numbers.
fn notifications(events: &[Frame], commands: &[Frame], numbers: &mut Numbers<'_>) -> Place {
    let wrapped = |kind: &str, data: Fields| {
        Fields::default().with("data", data.schema(""), true).with("type", json!({ "const": kind }), true)
    };
    let told = named(events, "notification");
    let kept = ["notification_id", "title", "message", "timestamp", "post_id", "data", "conversation_id", "user_id"];
    let told = told.only(&kept).renamed("conversation_id", "room_id").renamed("user_id", "sender_id").with(
        "notification_type",
        json!({ "type": "string", "description": "The kind; `new_message` for messages." }),
        true,
    );
    let count = Fields::default().with("count", json!({ "type": "integer", "minimum": 0 }), true);
    let update =
        named(events, "notification_update").only(&["notification_id", "status", "channel", "reason", "and_older"]);
    let mut maker = Maker { prefix: "Notifications", events, numbers, made: Vec::new() };
    maker.says("notification", "comment_on_post", |fields| {
        let name = json!({ "type": "string" });
        fields.only(&["notification_id", "post_id", "comment_id", "user_id", "message", "timestamp"]).with(
            "user_name",
            name,
            false,
        )
    });
    let mut says = maker.finish();
    says.extend([
        by_hand("NotificationsNotification", "notification", "Something concerns one.", wrapped("notification", told)),
        by_hand(
            "NotificationsUnreadCount",
            "unread_count",
            "How much one has not read.",
            wrapped("unread_count", count),
        ),
        by_hand(
            "NotificationsNotificationUpdate",
            "notification_update",
            words(events, "notification_update"),
            wrapped("notification_update", update),
        ),
    ]);
    let taken = |id: &str, kind: &str| by_hand(id, kind, words(commands, kind), named(commands, kind));
    Place {
        id: "notifications",
        address: "/ws/notifications",
        words: "The bell. Ids are strings but in `comment_on_post`.",
        says,
        takes: vec![
            taken("NotificationsGetUnreadCount", "get_unread_count"),
            taken("NotificationsMarkRead", "mark_read"),
            ping("Notifications", commands),
        ],
    }
}

/// Says of shapes that ids are numbers. What is named gets another name for that.
pub struct Numbers<'a> {
    named: &'a Map<String, Value>,
    /// The shapes with numbers.
    pub made: Map<String, Value>,
}

impl<'a> Numbers<'a> {
    /// Of what has these names.
    pub fn new(named: &'a Map<String, Value>) -> Self {
        Self { named, made: Map::new() }
    }

    fn fields(&mut self, mut fields: Fields) -> Fields {
        for (name, schema) in &mut fields.properties {
            *schema = self.number(name, schema.take());
        }
        fields
    }

    /// A post whose `user_id` is `userId`.
    fn author_renamed(&self, name: &str) -> Value {
        let post = self.named.get(name).cloned().unwrap_or_default();
        Fields::of(&post).renamed("user_id", "userId").schema("")
    }

    fn number(&mut self, name: &str, schema: Value) -> Value {
        let Value::Object(mut schema) = schema else { return schema };
        let is_id = (name == "id" || name.ends_with("_id") || name.ends_with("Id")) && name != "client_id";
        if is_id && schema.contains_key("pattern") {
            schema.remove("pattern");
            schema.insert("type".to_owned(), "integer".into());
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(HOME)) {
            let numbered = self.numbered(target);
            schema.insert("$ref".to_owned(), format!("{HOME}{numbered}").into());
        }
        let inner = if name.ends_with("_ids") { "id" } else { "" };
        if let Some(items) = schema.get_mut("items") {
            *items = self.number(inner, items.take());
        }
        for choice in ["allOf", "anyOf", "oneOf"] {
            for part in schema.get_mut(choice).and_then(Value::as_array_mut).into_iter().flatten() {
                *part = self.number(name, part.take());
            }
        }
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            for (name, property) in properties {
                *property = self.number(name, property.take());
            }
        }
        schema.into()
    }

    /// The name of a named shape with numbers; its own where there are no ids in it.
    fn numbered(&mut self, name: &str) -> String {
        let own = format!("{name}Numbered");
        if !self.made.contains_key(&own) {
            // There before it is finished: it may hold itself.
            self.made.insert(own.clone(), Value::Null);
            let schema = self.named.get(name).cloned().unwrap_or_default();
            let numbered = self.number("", schema);
            self.made.insert(own.clone(), numbered);
        }
        own
    }
}
