//! Which connections watch which topic.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use super::{hub::ConnectionId, queue::Queue};
use crate::server::domain::outcome::Topic;

/// Whether a subscription is live yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Receives.
    Active,
    /// Asked for, while the store is being read: receives nothing, but notes that something would have come.
    Awaiting {
        /// Something would have come.
        touched: bool,
    },
}

#[derive(Debug)]
struct Subscriber {
    queue: Arc<Queue>,
    /// The newest event of the log when the subscription began: later ones were sent as they happened.
    since: u64,
    standing: Standing,
}

/// All subscriptions of one hub.
#[derive(Debug, Default)]
pub struct Subscriptions {
    by_topic: HashMap<Topic, HashMap<ConnectionId, Subscriber>>,
}

impl Subscriptions {
    /// Subscribes; false when the connection already was. An `awaiting` one is settled later.
    pub fn add(&mut self, topic: Topic, id: ConnectionId, queue: &Arc<Queue>, since: u64, awaiting: bool) -> bool {
        let standing = if awaiting { Standing::Awaiting { touched: false } } else { Standing::Active };
        match self.by_topic.entry(topic).or_default().entry(id) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                vacant.insert(Subscriber { queue: Arc::clone(queue), since, standing });
                true
            }
        }
    }

    /// Ends a subscription.
    pub fn remove(&mut self, topic: Topic, id: ConnectionId) {
        if let Entry::Occupied(mut watchers) = self.by_topic.entry(topic) {
            watchers.get_mut().remove(&id);
            if watchers.get().is_empty() {
                watchers.remove();
            }
        }
    }

    /// Makes an awaiting subscription live; whether something would have come meanwhile.
    pub fn settle(&mut self, topic: Topic, id: ConnectionId) -> bool {
        let Some(subscriber) = self.by_topic.get_mut(&topic).and_then(|watchers| watchers.get_mut(&id)) else {
            return false;
        };
        std::mem::replace(&mut subscriber.standing, Standing::Active) == Standing::Awaiting { touched: true }
    }

    /// The newest event of the log when this live subscription began.
    pub fn since(&self, topic: Topic, id: ConnectionId) -> Option<u64> {
        let subscriber = self.by_topic.get(&topic)?.get(&id)?;
        (subscriber.standing == Standing::Active).then_some(subscriber.since)
    }

    /// Whether the connection is subscribed, live or awaiting.
    pub fn contains(&self, topic: Topic, id: ConnectionId) -> bool {
        self.by_topic.get(&topic).is_some_and(|watchers| watchers.contains_key(&id))
    }

    /// Whether anybody watches the topic.
    pub fn anyone(&self, topic: &Topic) -> bool {
        self.by_topic.contains_key(topic)
    }

    /// Everyone who watches the topic.
    pub fn watchers(&self, topic: Topic) -> Vec<ConnectionId> {
        self.by_topic.get(&topic).map(|watchers| watchers.keys().copied().collect()).unwrap_or_default()
    }

    /// Calls `put` with the queue of everyone who watches any of the topics, once each, but of those who are `done`.
    pub fn send(&mut self, topics: &[Topic], done: &HashSet<ConnectionId>, mut put: impl FnMut(&Arc<Queue>)) {
        for (position, topic) in topics.iter().enumerate() {
            let Some(mut watchers) = self.by_topic.remove(topic) else { continue };
            let earlier = topics.get(..position).unwrap_or_default();
            for (id, subscriber) in &mut watchers {
                if done.contains(id) {
                    continue;
                }
                match &mut subscriber.standing {
                    Standing::Awaiting { touched } => *touched = true,
                    Standing::Active if earlier.iter().any(|topic| self.since(*topic, *id).is_some()) => {}
                    Standing::Active => put(&subscriber.queue),
                }
            }
            self.by_topic.insert(*topic, watchers);
        }
    }

    /// How many topics are watched, and how many subscriptions there are.
    pub fn count(&self) -> (usize, usize) {
        (self.by_topic.len(), self.by_topic.values().map(HashMap::len).sum())
    }

    /// Whether no topic is kept that nobody watches: for tests.
    pub fn is_sound(&self) -> bool {
        self.by_topic.values().all(|watchers| !watchers.is_empty())
    }
}
