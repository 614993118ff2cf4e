//! Paces counts: the first change is sent at once, then the newest at most every 200 ms, and the last one always.
//!
//! This is done once for each thing counted, not once for each connection, so a post that thousands like and thousands
//! watch costs five encodings a second.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    protocol::{
        events::ServerEvent,
        ids::{CommentId, ConversationId, PostId, UserId},
    },
    server::domain::outcome::Topic,
};

/// At most five frames a second for each thing counted.
pub const COUNT_INTERVAL: Duration = Duration::from_millis(200);

/// A thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountKey {
    /// The likes of a post.
    Likes(PostId),
    /// The likes of a comment.
    CommentLikes(CommentId),
    /// The comments of a post.
    Comments(PostId),
    /// How far somebody has read in a conversation.
    Read(ConversationId, UserId),
    /// What a device of somebody holds of a conversation.
    Delivered(ConversationId, UserId),
    /// Whether somebody types in a conversation; not paced, as people do not type faster than they are told of.
    Typing(ConversationId, UserId),
    /// Whether somebody is there; not paced, as the grace for reloads does that.
    Status(UserId),
}

impl CountKey {
    /// What `event` counts, and the version of the count; `None` for events that are no counts. How far somebody is only
    /// grows, so that it is its own version.
    pub fn of(event: &ServerEvent) -> Option<(Self, u64)> {
        match event {
            ServerEvent::LikeUpdate(update) => {
                let key = update.comment_id.map_or(Self::Likes(update.post_id), Self::CommentLikes);
                Some((key, update.version))
            }
            ServerEvent::CommentUpdate(update) => Some((Self::Comments(update.post_id), update.version)),
            ServerEvent::MessageRead(receipt) => {
                Some((Self::Read(receipt.conversation_id, receipt.user_id), receipt.number))
            }
            ServerEvent::MessageDelivered(receipt) => {
                Some((Self::Delivered(receipt.conversation_id, receipt.user_id), receipt.number))
            }
            _ => None,
        }
    }
}

/// A count on its way to those who watch any of `topics`.
#[derive(Debug, PartialEq)]
pub struct Paced {
    /// Whom it concerns.
    pub topics: Vec<Topic>,
    /// What to send.
    pub event: ServerEvent,
    /// What it counts.
    pub key: CountKey,
    /// Version of the count.
    pub version: u64,
    /// Who is sent only the number.
    pub except: Vec<UserId>,
}

/// Everything that was sent in the last interval, and what waits for the next.
#[derive(Debug, Default)]
pub struct Pacer {
    recent: HashMap<CountKey, Recent>,
    /// When each recent key may be sent again; in order, as all intervals are alike.
    due: VecDeque<(Instant, CountKey)>,
}

#[derive(Debug)]
struct Recent {
    sent_version: u64,
    waiting: Option<Paced>,
}

impl Pacer {
    /// Takes a count: gives it back when it is to be sent now, else keeps the newest. A count that is older than what was
    /// sent or waits is dropped.
    pub fn offer(&mut self, count: Paced, now: Instant) -> Option<Paced> {
        match self.recent.entry(count.key) {
            Entry::Vacant(vacant) => {
                vacant.insert(Recent { sent_version: count.version, waiting: None });
                self.due.push_back((now + COUNT_INTERVAL, count.key));
                Some(count)
            }
            Entry::Occupied(mut occupied) => {
                let recent = occupied.get_mut();
                let newest = recent.waiting.as_ref().map_or(recent.sent_version, |waiting| waiting.version);
                if count.version > newest {
                    recent.waiting = Some(count);
                }
                None
            }
        }
    }

    /// When [`Pacer::take_due`] has something to do next.
    pub fn next_due(&self) -> Option<Instant> {
        self.due.front().map(|(at, _)| *at)
    }

    /// The next count whose turn has come at `now`.
    pub fn take_due(&mut self, now: Instant) -> Option<Paced> {
        while self.next_due().is_some_and(|at| at <= now) {
            let (_, key) = self.due.pop_front()?;
            let Entry::Occupied(mut occupied) = self.recent.entry(key) else { continue };
            let Some(waiting) = occupied.get_mut().waiting.take() else {
                occupied.remove();
                continue;
            };
            occupied.get_mut().sent_version = waiting.version;
            self.due.push_back((now + COUNT_INTERVAL, key));
            return Some(waiting);
        }
        None
    }

    /// Whether every recent key is due exactly once: for tests.
    pub fn is_sound(&self) -> bool {
        self.due.len() == self.recent.len() && self.due.iter().all(|(_, key)| self.recent.contains_key(key))
    }
}
