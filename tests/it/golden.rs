//! The wire as it is documented: for every event and every command a file that shows it, which must read and write back
//! the same. A new variant without a file fails.

use std::{collections::BTreeSet, fs, path::PathBuf};

use hubbub::protocol::{
    commands::{COMMAND_NAMES, ClientCommand, CommandFrame, CommandHead},
    events::ServerEvent,
};
use serde_json::Value;

fn folder(path: &str) -> PathBuf {
    PathBuf::from(path)
}

/// The files of one sort: the name of the variant, and the JSON.
fn files(sort: &str) -> Vec<(String, Value)> {
    let entries = fs::read_dir(folder("tests/it/golden")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, Value)> = Vec::new();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(rest) = name.strip_prefix(&format!("{sort}.")) {
            let json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            files.push((rest.split('.').next().unwrap().to_owned(), json));
        }
    }
    files
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The variants of an enum, as they are named on the wire.
fn variants(file: &str, name: &str) -> BTreeSet<String> {
    let source = syn::parse_file(&fs::read_to_string(folder(file)).unwrap()).unwrap();
    let found = source.items.into_iter().find_map(|item| match item {
        syn::Item::Enum(found) if found.ident == name => Some(found),
        _ => None,
    });
    found.unwrap().variants.iter().map(|variant| snake_case(&variant.ident.to_string())).collect()
}

fn names(files: &[(String, Value)]) -> BTreeSet<String> {
    files.iter().map(|(name, _)| name.clone()).collect()
}

#[test]
fn every_event_is_as_documented() {
    let files = files("event");
    for (name, json) in &files {
        let event: ServerEvent = serde_json::from_value(json.clone()).unwrap_or_else(|cause| panic!("{name}: {cause}"));
        assert_ne!(event, ServerEvent::Unknown, "{name}");
        assert_eq!(json["type"], *name);
        assert_eq!(serde_json::to_value(&event).unwrap(), *json, "{name}");
    }
    let mut variants = variants("src/protocol/events.rs", "ServerEvent");
    assert!(variants.remove("unknown"));
    assert_eq!(names(&files), variants);
}

#[test]
fn every_command_is_as_documented() {
    let files = files("command");
    for (name, json) in &files {
        let head: CommandHead = serde_json::from_value(json.clone()).unwrap();
        let command: ClientCommand =
            serde_json::from_value(json.clone()).unwrap_or_else(|cause| panic!("{name}: {cause}"));
        assert_eq!(head.kind, *name);
        let frame = CommandFrame { command, reference: head.reference };
        assert_eq!(serde_json::to_value(&frame).unwrap(), *json, "{name}");
    }
    let variants = variants("src/protocol/commands.rs", "ClientCommand");
    assert_eq!(names(&files), variants);
    assert_eq!(COMMAND_NAMES.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>(), variants);
}

#[test]
fn an_event_of_a_newer_server_is_no_error() {
    let event: ServerEvent = serde_json::from_str(r#"{"type": "hologram", "depth": 3}"#).unwrap();
    assert_eq!(event, ServerEvent::Unknown);
}

#[test]
fn ids_may_be_numbers_and_unknown_fields_are_ignored() {
    let command: ClientCommand =
        serde_json::from_str(r#"{"type": "unwatch_posts", "post_ids": [7, "8"], "colour": "red"}"#).unwrap();
    let ClientCommand::UnwatchPosts { post_ids } = command else { panic!("{command:?}") };
    assert_eq!(post_ids.iter().map(|id| id.get()).collect::<Vec<u64>>(), [7, 8]);
}
