//! Entries of one conversation in their order, when several nodes tell them. Pure: the clock is a parameter.
//!
//! Each node tells what it stored in order. Two nodes that store entries of one conversation right after each other may
//! be heard the other way round: then the later entry waits a moment for the earlier. If that never comes, clients see the
//! gap and ask for what is in it.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    protocol::{events::ServerEvent, ids::ConversationId},
    server::domain::outcome::Publication,
};

/// So long an entry waits for those before it: many times what another node takes from its commit to being heard, even when
/// both have much to do. Only what a node stored and died before it told is waited for in vain.
const PATIENCE: Duration = Duration::from_secs(1);
/// Conversations whose newest entry is remembered, at least; twice as many at most.
const REMEMBERED: usize = 16_384;

#[derive(Debug)]
struct Waiting {
    until: Instant,
    conversation: ConversationId,
    entry: u64,
    publication: Publication,
}

/// Puts entries in order.
#[derive(Debug, Default)]
pub struct Order {
    newest: HashMap<ConversationId, u64>,
    /// Those that were the newest before as many others came, and may be forgotten when as many more have come.
    older: HashMap<ConversationId, u64>,
    waiting: VecDeque<Waiting>,
}

impl Order {
    /// Something is to be published: what is to be published now, in this order. Nothing `waits` while no other node can be
    /// heard.
    pub fn offer(&mut self, publication: Publication, waits: bool, now: Instant) -> Vec<Publication> {
        let Some((conversation, entry)) = place(&publication) else { return vec![publication] };
        if waits && self.newest(conversation).is_some_and(|newest| entry > newest + 1) {
            self.waiting.push_back(Waiting { until: now + PATIENCE, conversation, entry, publication });
            return Vec::new();
        }
        self.told(conversation, entry);
        let mut ready = vec![publication];
        while let Some(next) = self.take_next(conversation) {
            ready.push(next);
        }
        ready
    }

    /// When [`Order::take_due`] has something to do.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.waiting.front().map(|waiting| waiting.until)
    }

    /// What has waited long enough at `now`, in order.
    pub fn take_due(&mut self, now: Instant) -> Vec<Publication> {
        let mut ready = Vec::new();
        while let Some(conversation) = self.waiting.front().filter(|first| first.until <= now).map(|it| it.conversation)
        {
            // The lowest of the conversation goes first, whichever came first.
            let lowest = self.waiting.iter().filter(|it| it.conversation == conversation).map(|it| it.entry).min();
            let Some(lowest) = lowest else { break };
            ready.extend(self.take(conversation, lowest));
            while let Some(next) = self.take_next(conversation) {
                ready.push(next);
            }
        }
        ready
    }

    fn take_next(&mut self, conversation: ConversationId) -> Option<Publication> {
        if self.waiting.is_empty() {
            return None;
        }
        let next = self.newest(conversation)? + 1;
        let ready = self.waiting.iter().filter(|it| it.conversation == conversation && it.entry <= next);
        let entry = ready.map(|it| it.entry).min()?;
        self.take(conversation, entry)
    }

    fn take(&mut self, conversation: ConversationId, entry: u64) -> Option<Publication> {
        let at = self.waiting.iter().position(|it| it.conversation == conversation && it.entry == entry)?;
        let taken = self.waiting.remove(at)?;
        self.told(conversation, entry);
        Some(taken.publication)
    }

    fn newest(&self, conversation: ConversationId) -> Option<u64> {
        self.newest.get(&conversation).or_else(|| self.older.get(&conversation)).copied()
    }

    fn told(&mut self, conversation: ConversationId, entry: u64) {
        if self.newest(conversation).is_some_and(|newest| newest > entry) {
            return;
        }
        if self.newest.len() >= REMEMBERED {
            self.older = std::mem::take(&mut self.newest);
        }
        self.newest.insert(conversation, entry);
    }
}

/// The conversation whose log this is an entry of, and its place there.
fn place(publication: &Publication) -> Option<(ConversationId, u64)> {
    let Publication::Watchers { event, .. } = publication else { return None };
    match event {
        ServerEvent::NewMessage(event) | ServerEvent::MessageUpdated(event) => {
            Some((event.message.conversation_id, event.message.revision))
        }
        ServerEvent::MessageDeleted(event) => Some((event.conversation_id, event.seq)),
        ServerEvent::ReactionUpdate(event) => Some((event.conversation_id, event.seq)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        events::MessageDeleted,
        ids::{MessageId, UserId},
        time::Timestamp,
    };

    fn entry(conversation: u64, seq: u64) -> Publication {
        let event = ServerEvent::MessageDeleted(MessageDeleted {
            conversation_id: ConversationId::new(conversation),
            message_id: MessageId::new(1),
            seq,
            timestamp: Timestamp::from_millis(1),
            offset: 0,
        });
        Publication::to_person(UserId::new(1), event)
    }

    fn entries(publications: &[Publication]) -> Vec<u64> {
        publications.iter().filter_map(|publication| place(publication).map(|(_, entry)| entry)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_two_nodes_tell_the_wrong_way_round_is_told_in_order() {
        let (mut order, now) = (Order::default(), Instant::now());
        assert_eq!(entries(&order.offer(entry(1, 4), true, now)), [4]);
        assert_eq!(entries(&order.offer(entry(1, 7), true, now)), [0_u64; 0]);
        assert_eq!(entries(&order.offer(entry(1, 6), true, now)), [0_u64; 0]);
        assert_eq!(entries(&order.offer(entry(2, 9), true, now)), [9], "other conversations do not wait");
        assert_eq!(entries(&order.offer(entry(1, 5), true, now)), [5, 6, 7]);
        assert_eq!(order.next_due(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_tells_is_not_waited_for_for_long() {
        let (mut order, now) = (Order::default(), Instant::now());
        order.offer(entry(1, 4), true, now);
        order.offer(entry(1, 8), true, now);
        order.offer(entry(1, 6), true, now);
        let due = order.next_due().unwrap();
        assert_eq!(entries(&order.take_due(now)), [0_u64; 0]);
        assert_eq!(entries(&order.take_due(due)), [6, 8]);
        assert_eq!(entries(&order.offer(entry(1, 5), true, due)), [5], "late is better than never");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_waits_while_nobody_else_is_heard() {
        let (mut order, now) = (Order::default(), Instant::now());
        order.offer(entry(1, 4), true, now);
        assert_eq!(entries(&order.offer(entry(1, 8), false, now)), [8]);
    }

    #[tokio::test(start_paused = true)]
    async fn few_conversations_are_remembered() {
        let (mut order, now) = (Order::default(), Instant::now());
        for conversation in 0..(REMEMBERED as u64) * 3 {
            order.offer(entry(conversation, 1), true, now);
        }
        assert!(order.newest.len() + order.older.len() <= REMEMBERED * 2);
    }
}
