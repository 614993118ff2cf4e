//! AsyncAPI 3: everything that goes over sockets, in each dialect.

mod dialects;

use serde_json::{Map, Value, json};

use super::{
    examples,
    frames::{Fields, Frame, prune, take_apart},
    openapi::security_schemes,
    schemas::{HOME, Named, Schemas},
};
use crate::protocol::{
    commands::ClientCommand,
    events::{CloseCode, ServerEvent},
    limits,
};

/// What stands above everything.
const ABOUT: &str = "What goes over Hubbub's sockets. Every dialect leads to the same hub, and one rule decides who may see \
    what. Counts are absolute and carry a version: an event that comes twice, or late, changes nothing. Events of a type that \
    you do not know, and fields that you do not know, are to be ignored: new ones come.\n\n\
    Send `ping` every `heartbeat_interval_ms`; two intervals of silence mean that the connection is dead. After a gap, \
    `resume` with the `epoch` and the newest `offset` you have seen brings what was missed. Requests are described in \
    `/api/openapi.json`.";

/// A channel and what goes over it.
struct Place {
    /// Its name in the document.
    id: &'static str,
    /// Where it is.
    address: &'static str,
    /// What it is for.
    words: &'static str,
    /// What the server says.
    says: Vec<Message>,
    /// What the client says.
    takes: Vec<Message>,
}

/// A message of a channel.
struct Message {
    /// Its name in the document.
    id: String,
    /// Its `type`, or the name it is emitted under.
    name: String,
    words: String,
    payload: Value,
    examples: Vec<Value>,
}

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::default();
    schemas.written::<ServerEvent>();
    schemas.read::<ClientCommand>();
    let mut named = schemas.finish();
    let events = take_apart(&mut named, "ServerEvent", "Event");
    let commands = commands(&mut named);
    let mut numbers = dialects::Numbers::new(&named.schemas);
    let mut places = vec![native(&events, &commands), dialects::socketio(&events, &commands)];
    places.extend(dialects::channels(&events, &commands, &mut numbers));
    let numbered = numbers.made;
    named.schemas.extend(numbered);
    let (channels, operations, messages) = told(places);
    prune(&mut named.schemas, &messages);
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Hubbub, live",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": env!("CARGO_PKG_LICENSE") },
        },
        "defaultContentType": "application/json",
        "servers": { "this": server() },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": named.schemas,
            "securitySchemes": schemes(),
        },
    })
}

/// Takes the commands apart, each with the `ref` that it may carry.
pub fn commands(named: &mut Named) -> Vec<Frame> {
    let reference =
        json!({ "type": "string", "description": "Any text of yours: the answer, `ack` or `error`, repeats it." });
    let mut commands = take_apart(named, "ClientCommand", "Command");
    for command in &mut commands {
        command.fields = command.fields.clone().with("ref", reference.clone(), false);
        named.schemas.insert(command.name.clone(), command.fields.clone().schema(&command.words));
    }
    commands
}

fn server() -> Value {
    let ways = ["bearer", "cookie", "token", "ticket", "auth"];
    let security = ways.map(|name| json!({ "$ref": format!("#/components/securitySchemes/{name}") }));
    json!({
        "host": "{host}",
        "protocol": "ws",
        "description": "This server; `wss` where the site has https.",
        "variables": { "host": { "default": "localhost:3000", "description": "Where the site is." } },
        "security": security,
    })
}

/// How a socket says who opens it: as requests do, and in ways for clients that can set no header.
fn schemes() -> Value {
    let mut schemes = security_schemes();
    if let Value::Object(schemes) = &mut schemes {
        if let Some(Value::Object(cookie)) = schemes.get_mut("cookie") {
            cookie.insert("type".to_owned(), "httpApiKey".into());
            cookie.insert(
                "description".to_owned(),
                "What a browser got when it signed in; taken from pages of the site itself only.".into(),
            );
        }
        let token = "An access token behind `?`, for clients that can set no header.";
        schemes.insert(
            "token".to_owned(),
            json!({ "type": "httpApiKey", "in": "query", "name": "token", "description": token }),
        );
        let ticket = "The ticket of `POST /api/ws/ticket` behind `?`: opens one socket within seconds.";
        schemes.insert(
            "ticket".to_owned(),
            json!({ "type": "httpApiKey", "in": "query", "name": "ticket", "description": ticket }),
        );
        let auth = "Socket.IO: `auth: { token }` or `auth: { ticket }` when connecting.";
        schemes.insert("auth".to_owned(), json!({ "type": "apiKey", "in": "password", "description": auth }));
    }
    schemes
}

fn native(events: &[Frame], commands: &[Frame]) -> Place {
    Place {
        id: "native",
        address: "/ws",
        words: "The native dialect: one connection for everything. Who is not signed in is closed with 4401.",
        says: events.iter().map(|frame| message_of(frame, "event")).collect(),
        takes: commands.iter().map(|frame| message_of(frame, "command")).collect(),
    }
}

fn message_of(frame: &Frame, sort: &'static str) -> Message {
    let told = examples::of(sort, &frame.kind).map(|(name, payload)| json!({ "name": name, "payload": payload }));
    Message {
        id: frame.name.clone(),
        name: frame.kind.clone(),
        words: frame.words.clone(),
        payload: json!({ "$ref": format!("{HOME}{}", frame.name) }),
        examples: told.collect(),
    }
}

/// Why a server closes a socket, and what a client does next.
fn close_codes() -> Vec<Value> {
    CloseCode::ALL.iter().map(|code| json!({ "code": code.as_u16(), "meaning": code.words() })).collect()
}

/// Channels, operations and messages.
fn told(places: Vec<Place>) -> (Value, Value, Value) {
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    for place in places {
        let mut own = Map::new();
        for (action, operation, list) in [("send", "Tells", &place.says), ("receive", "Hears", &place.takes)] {
            let refs: Vec<Value> = list
                .iter()
                .map(|message| json!({ "$ref": format!("#/channels/{}/messages/{}", place.id, message.id) }))
                .collect();
            let channel = json!({ "$ref": format!("#/channels/{}", place.id) });
            operations.insert(
                format!("{}{operation}", place.id),
                json!({ "action": action, "channel": channel, "messages": refs }),
            );
        }
        for message in place.says.into_iter().chain(place.takes) {
            let target = json!({ "$ref": format!("#/components/messages/{}", message.id) });
            own.insert(message.id.clone(), target);
            let (id, told) = message_told(message);
            messages.insert(id, told);
        }
        channels.insert(place.id.to_owned(), channel_told(place.id, place.address, place.words, own));
    }
    (channels.into(), operations.into(), messages.into())
}

fn message_told(message: Message) -> (String, Value) {
    let mut told = json!({ "name": message.name, "summary": message.words, "payload": message.payload });
    if let (Value::Object(told), false) = (&mut told, message.examples.is_empty()) {
        told.insert("examples".to_owned(), message.examples.into());
    }
    (message.id, told)
}

fn channel_told(id: &str, address: &str, words: &str, messages: Map<String, Value>) -> Value {
    let mut told = json!({
        "address": address,
        "title": id,
        "description": words,
        "servers": [{ "$ref": "#/servers/this" }],
        "messages": messages,
        "x-message-max-bytes": limits::FRAME_MAX_BYTES,
    });
    if let Value::Object(told) = &mut told {
        if address.contains("{conversation_id}") {
            told.insert(
                "parameters".to_owned(),
                json!({ "conversation_id": { "description": "Which conversation; 4403 when one takes no part in it." } }),
            );
        }
        if address != dialects::SOCKET_IO {
            told.insert("x-close-codes".to_owned(), close_codes().into());
        }
    }
    told
}

/// A message that no type stands behind.
fn by_hand(id: &str, name: &str, words: &str, fields: Fields) -> Message {
    Message {
        id: id.to_owned(),
        name: name.to_owned(),
        words: words.to_owned(),
        payload: fields.schema(""),
        examples: Vec::new(),
    }
}
