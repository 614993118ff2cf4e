//! Whatever bytes a client sends, reading them ends in a command or in an error that says what is wrong.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Order,
    channels::Channel,
    native,
    socketio::{self, say},
};
use crate::protocol::{
    commands::{COMMAND_NAMES, ClientCommand},
    errors::ErrorCode,
    events::ErrorEvent,
    ids::ConversationId,
};

const CHANNELS: [Channel; 5] = [
    Channel::Messages(ConversationId::new(7)),
    Channel::Connections,
    Channel::Notifications,
    Channel::Feed,
    Channel::Online,
];

/// Words that mean something to one of the readers, so that chance gets further than the first brace.
fn word() -> impl Strategy<Value = String> {
    let known = COMMAND_NAMES.iter().chain(&["message", "join_match", "join_room", "post_5_watchers", "everyone"]);
    let known: Vec<String> = known.map(|name| (*name).to_owned()).collect();
    prop_oneof![3 => prop::sample::select(known), 1 => any::<String>()]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|halves| Value::from(f64::from(halves) / 2.0)),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(field(), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

fn field() -> impl Strategy<Value = String> {
    const FIELDS: [&str; 14] = [
        "type",
        "ref",
        "conversation_id",
        "match_id",
        "message_id",
        "content",
        "client_id",
        "is_typing",
        "post_ids",
        "user_ids",
        "room",
        "name",
        "data",
        "attachment",
    ];
    prop_oneof![4 => prop::sample::select(FIELDS.map(str::to_owned).to_vec()), 1 => any::<String>()]
}

/// An object, most often with a type.
fn frame() -> impl Strategy<Value = Value> {
    (word(), prop::collection::btree_map(field(), value(), 0..6)).prop_map(|(kind, fields)| {
        let mut frame = Value::from_iter(fields);
        if frame.get("type").is_none() {
            frame["type"] = kind.into();
        }
        frame
    })
}

/// A command reads back as itself; an error names what is wrong and blames the client, not the server.
fn is_sound(read: Result<Order, ErrorEvent>) -> Result<(), TestCaseError> {
    match read {
        Ok(order) => {
            let json = serde_json::to_string(&order.command).unwrap();
            let again: ClientCommand = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(again, order.command);
        }
        Err(event) => {
            prop_assert!(matches!(
                event.error.code,
                ErrorCode::Malformed | ErrorCode::UnknownType | ErrorCode::Invalid
            ));
            prop_assert!(!event.error.message.is_empty());
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        // The transport refuses text that is not UTF-8 before it gets here.
        let text = String::from_utf8_lossy(&bytes);
        is_sound(native::read(&text))?;
        let _ = native::reference(&text);
        for channel in CHANNELS {
            is_sound(channel.read(&text))?;
            let _ = channel.concerns(&bytes);
            let _ = channel.say(&bytes);
        }
        let _ = say(&bytes, true);
        is_sound(socketio::read(&text, Value::from(text.as_ref())))?;
    }

    #[test]
    fn any_object_is_read_or_refused(frame in frame()) {
        let text = frame.to_string();
        is_sound(native::read(&text))?;
        for channel in CHANNELS {
            is_sound(channel.read(&text))?;
            let _ = channel.say(text.as_bytes());
        }
    }

    #[test]
    fn any_emitted_event_is_read_or_refused(event in word(), payload in value()) {
        is_sound(socketio::read(&event, payload))?;
    }

    #[test]
    fn a_frame_cut_short_is_malformed(frame in frame(), at in any::<prop::sample::Index>()) {
        let text = frame.to_string();
        let cut: String = text.chars().take(at.index(text.chars().count())).collect();
        let refused = native::read(&cut).expect_err("half a frame");
        prop_assert_eq!(refused.error.code, ErrorCode::Malformed);
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{{\"type\":\"custom_event\",\"data\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(native::read(&deep).unwrap_err().error.code, ErrorCode::Malformed);
    assert_eq!(CHANNELS[0].read(&deep).unwrap_err().error.code, ErrorCode::Malformed);
}

#[test]
fn a_custom_event_is_taken_bare_or_named() {
    let data_of = |payload: Value| match socketio::read("custom_event", payload).unwrap().command {
        ClientCommand::CustomEvent { name, data } => (name, data),
        other => panic!("{other:?}"),
    };
    assert_eq!(data_of(json!({ "level": 3 })), (String::new(), json!({ "level": 3 })));
    assert_eq!(data_of(json!("hello")), (String::new(), json!("hello")));
    assert_eq!(data_of(json!({ "name": "echo", "data": 1 })), ("echo".to_owned(), json!(1)));
}
