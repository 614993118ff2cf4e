//! Groups of three in which people talk, made through the store, and what is said in them.

use hubbub::protocol::{
    commands::{ClientCommand, CommandFrame},
    conversations::NewMessage,
    ids::ConversationId,
};

use super::community::Community;

/// Everybody in three groups: with the two next, with both neighbours, and with the two before.
pub fn ring(people: usize) -> Vec<[usize; 3]> {
    (0..people).map(|at| [at, (at + 1) % people, (at + 2) % people]).collect()
}

/// A group for each three members, named by their places.
pub async fn begin(community: &Community, threes: &[[usize; 3]]) -> Vec<ConversationId> {
    community.add_groups(threes).await.unwrap()
}

/// The command that says message `number`, which its answer and its delivery carry.
pub fn say(conversation_id: ConversationId, number: u64) -> String {
    let client_id = format!("{:08x}-0000-4000-8000-{number:012x}", conversation_id.get() % 0xFFFF_FFFF);
    let content = "The small kiln is free from Thursday evening on.".to_owned();
    let message = NewMessage { content, client_id: Some(client_id), ..NewMessage::default() };
    let command = ClientCommand::SendMessage { conversation_id, message };
    serde_json::to_string(&CommandFrame { command, reference: Some(number.to_string()) }).unwrap()
}

/// Which message an acknowledgement is for.
pub fn acknowledged(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    text.starts_with("{\"type\":\"ack\"").then(|| value(text, "\"ref\":\"")?.parse().ok())?
}

/// Which message this is, and the id it is stored under.
pub fn delivered(text: &[u8]) -> Option<(u64, &str)> {
    let text = std::str::from_utf8(text).ok()?;
    if !text.starts_with("{\"type\":\"new_message\"") {
        return None;
    }
    let client_id = value(text, "\"client_id\":\"")?;
    let number = u64::from_str_radix(client_id.rsplit('-').next()?, 16).ok()?;
    Some((number, value(text, "\"message_id\":\"")?))
}

/// What stands behind `key`, up to the next quote.
pub fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.split_once(key)?.1.split('"').next()
}
