//! Groups of three in which people talk, made through the store, and what is said in them.

use std::time::Duration;

use hubbub::{
    protocol::{
        commands::{ClientCommand, CommandFrame},
        conversations::{ConversationKind, NewMessage, Standing},
        ids::ConversationId,
        time::Timestamp,
    },
    server::{
        domain::ports::{ConversationRecord, Ids, MemberRecord},
        ids::IdGenerator,
    },
};

use super::community::Community;

/// Everybody in three groups: with the two next, with both neighbours, and with the two before.
pub fn ring(people: usize) -> Vec<[usize; 3]> {
    (0..people).map(|at| [at, (at + 1) % people, (at + 2) % people]).collect()
}

/// A group for each three members, named by their places.
pub async fn begin(community: &Community, threes: &[[usize; 3]]) -> Vec<ConversationId> {
    let (store, tasks) = community.reopened().await;
    let (ids, at) = (IdGenerator::new(1), Timestamp::from_millis(1_800_000_000_000));
    let mut tx = store.begin().await.unwrap();
    let mut begun = Vec::new();
    for three in threes {
        let id = ConversationId::new(ids.next(at));
        let conversation = ConversationRecord {
            id,
            kind: ConversationKind::Group,
            title: None,
            pair: None,
            created_by: community.members[three[0]].id,
            client_id: None,
            created_at: at,
        };
        tx.insert_conversation(&conversation).await.unwrap();
        for person in three {
            let member = MemberRecord {
                user_id: community.members[*person].id,
                standing: Standing::Active,
                admin: false,
                from_seq: 0,
                read_number: 0,
                delivered_number: 0,
                shows_receipts: true,
            };
            tx.put_member(id, &member, at).await.unwrap();
        }
        begun.push(id);
    }
    tx.commit().await.unwrap();
    drop(store);
    assert!(tasks.shutdown(Duration::from_secs(30)).await);
    begun
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
