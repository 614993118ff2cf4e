//! Which connections watch which topic.
//!
//! With many idle connections these lists are what takes most room, and with many viewers what is walked most often. So
//! they are plain lists, in the order in which connections were opened, with three words for each entry.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{hub::ConnectionId, queue::Queue};
use crate::server::domain::outcome::Topic;

/// When a subscription began, and whether it is live yet, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing(u64);

impl Standing {
    /// Asked for, while the store is being read: receives nothing, but notes that something would have come.
    const AWAITING: u64 = 1 << 63;
    /// Something would have come.
    const TOUCHED: u64 = 1 << 62;

    const fn new(since: u64, awaiting: bool) -> Self {
        Self(if awaiting { since | Self::AWAITING } else { since })
    }

    const fn is_live(self) -> bool {
        self.0 & Self::AWAITING == 0
    }

    const fn touch(&mut self) {
        self.0 |= Self::TOUCHED;
    }

    /// Makes it live; whether something would have come meanwhile.
    const fn settle(&mut self) -> bool {
        let was_touched = self.0 & Self::TOUCHED != 0;
        self.0 &= !(Self::AWAITING | Self::TOUCHED);
        was_touched
    }

    /// The newest event of the log when a live one began: later ones were sent as they happened.
    const fn since(self) -> Option<u64> {
        if self.is_live() { Some(self.0) } else { None }
    }
}

#[derive(Debug)]
struct Subscriber {
    id: ConnectionId,
    /// `None` once the subscription ended: the entry is taken out with many others, since each time all behind it move.
    queue: Option<Arc<Queue>>,
    standing: Standing,
}

/// Who watches one topic, in the order of their ids.
#[derive(Debug, Default)]
struct Watchers {
    listed: Vec<Subscriber>,
    ended: usize,
}

impl Watchers {
    fn place(&self, id: ConnectionId) -> Result<usize, usize> {
        // Most connections subscribe when they are opened, behind all others.
        match self.listed.last() {
            Some(last) if last.id < id => Err(self.listed.len()),
            _ => self.listed.binary_search_by_key(&id, |subscriber| subscriber.id),
        }
    }

    fn find(&self, id: ConnectionId) -> Option<&Subscriber> {
        self.listed.get(self.place(id).ok()?).filter(|subscriber| subscriber.queue.is_some())
    }

    fn add(&mut self, id: ConnectionId, queue: &Arc<Queue>, standing: Standing) -> bool {
        let subscriber = Subscriber { id, queue: Some(Arc::clone(queue)), standing };
        match self.place(id) {
            Ok(place) => match self.listed.get_mut(place) {
                Some(ended) if ended.queue.is_none() => {
                    *ended = subscriber;
                    self.ended -= 1;
                    true
                }
                _ => false,
            },
            Err(place) => {
                if self.listed.len() == self.listed.capacity() {
                    // Twice as much, as lists grow by themselves, would leave a third of all entries empty.
                    self.listed.reserve_exact(self.listed.len() / 8 + 1);
                }
                self.listed.insert(place, subscriber);
                true
            }
        }
    }

    fn remove(&mut self, id: ConnectionId) {
        let Ok(place) = self.place(id) else { return };
        if self.listed.get_mut(place).is_some_and(|subscriber| subscriber.queue.take().is_some()) {
            self.ended += 1;
        }
        if self.ended > self.listed.len() / 4 {
            self.listed.retain(|subscriber| subscriber.queue.is_some());
            self.listed.shrink_to(self.listed.len() + self.listed.len() / 8);
            self.ended = 0;
        }
    }

    const fn count(&self) -> usize {
        self.listed.len() - self.ended
    }
}

/// All subscriptions of one hub.
#[derive(Debug, Default)]
pub struct Subscriptions {
    by_topic: HashMap<Topic, Watchers>,
}

impl Subscriptions {
    /// Subscribes, from the event `since` of the log on; false when the connection already was. An `awaiting` one is
    /// settled later.
    pub fn add(&mut self, topic: Topic, id: ConnectionId, queue: &Arc<Queue>, since: u64, awaiting: bool) -> bool {
        self.by_topic.entry(topic).or_default().add(id, queue, Standing::new(since, awaiting))
    }

    /// Ends a subscription.
    pub fn remove(&mut self, topic: Topic, id: ConnectionId) {
        let Some(watchers) = self.by_topic.get_mut(&topic) else { return };
        watchers.remove(id);
        if watchers.count() == 0 {
            self.by_topic.remove(&topic);
        }
    }

    /// Makes an awaiting subscription live; whether something would have come meanwhile.
    pub fn settle(&mut self, topic: Topic, id: ConnectionId) -> bool {
        let Some(watchers) = self.by_topic.get_mut(&topic) else { return false };
        let Ok(place) = watchers.place(id) else { return false };
        let subscriber = watchers.listed.get_mut(place).filter(|subscriber| subscriber.queue.is_some());
        subscriber.is_some_and(|subscriber| subscriber.standing.settle())
    }

    /// The newest event of the log when this live subscription began.
    pub fn since(&self, topic: Topic, id: ConnectionId) -> Option<u64> {
        self.by_topic.get(&topic)?.find(id)?.standing.since()
    }

    /// Whether the connection is subscribed, live or awaiting.
    pub fn contains(&self, topic: Topic, id: ConnectionId) -> bool {
        self.contained(topic)(id)
    }

    /// [`Self::contains`] for many connections: the topic is looked up once.
    pub fn contained(&self, topic: Topic) -> impl Fn(ConnectionId) -> bool {
        let watchers = self.by_topic.get(&topic);
        move |id| watchers.is_some_and(|watchers| watchers.find(id).is_some())
    }

    /// Whether anybody watches the topic.
    pub fn anyone(&self, topic: &Topic) -> bool {
        self.by_topic.contains_key(topic)
    }

    /// Everyone who watches the topic.
    pub fn watchers(&self, topic: Topic) -> Vec<ConnectionId> {
        let listed = self.by_topic.get(&topic).into_iter().flat_map(|watchers| &watchers.listed);
        listed.filter(|subscriber| subscriber.queue.is_some()).map(|subscriber| subscriber.id).collect()
    }

    /// Calls `put` with the queue of everyone who watches any of the topics, once each, but of those who are `done`.
    pub fn send(&mut self, topics: &[Topic], done: &HashSet<ConnectionId>, mut put: impl FnMut(&Arc<Queue>)) {
        for (position, topic) in topics.iter().enumerate() {
            let Some(mut watchers) = self.by_topic.remove(topic) else { continue };
            let earlier = topics.get(..position).unwrap_or_default();
            for Subscriber { id, queue, standing } in &mut watchers.listed {
                let Some(queue) = queue.as_ref().filter(|_| !done.contains(id)) else { continue };
                if !standing.is_live() {
                    standing.touch();
                } else if !earlier.iter().any(|topic| self.since(*topic, *id).is_some()) {
                    put(queue);
                }
            }
            self.by_topic.insert(*topic, watchers);
        }
    }

    /// How many topics are watched, and how many subscriptions there are.
    pub fn count(&self) -> (usize, usize) {
        (self.by_topic.len(), self.by_topic.values().map(Watchers::count).sum())
    }

    /// Whether no topic is kept that nobody watches, every list is in order, and what ended is counted: for tests.
    pub fn is_sound(&self) -> bool {
        self.by_topic.values().all(|watchers| {
            let ended = watchers.listed.iter().filter(|subscriber| subscriber.queue.is_none()).count();
            watchers.count() > 0 && watchers.listed.is_sorted_by_key(|one| one.id) && ended == watchers.ended
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::ids::PostId;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Open,
        Add(usize, u64, bool),
        Remove(usize, u64),
        Settle(usize, u64),
        Send,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Open),
            (0_usize..12, 0_u64..3, any::<bool>()).prop_map(|(at, topic, awaiting)| Step::Add(at, topic, awaiting)),
            (0_usize..12, 0_u64..3).prop_map(|(at, topic)| Step::Remove(at, topic)),
            (0_usize..12, 0_u64..3).prop_map(|(at, topic)| Step::Settle(at, topic)),
            Just(Step::Send),
        ]
    }

    const fn topic(number: u64) -> Topic {
        Topic::Post(PostId::new(number + 1))
    }

    proptest! {
        /// Against the plainest model there is: a table of everybody's standing.
        #[test]
        fn lists_say_what_a_table_would(steps in prop::collection::vec(step(), 1..200)) {
            let mut lists = Subscriptions::default();
            let mut open: Vec<(ConnectionId, Arc<Queue>)> = Vec::new();
            // Of each topic and connection: live, or awaiting and whether something would have come.
            let mut table: HashMap<(u64, usize), Option<bool>> = HashMap::new();
            for (now, step) in (0_u64..).zip(steps) {
                match step {
                    Step::Open => open.push((ConnectionId(now + 1), Arc::default())),
                    Step::Add(at, number, awaiting) => {
                        let Some((id, queue)) = open.get(at) else { continue };
                        let is_new = !table.contains_key(&(number, at));
                        prop_assert_eq!(lists.add(topic(number), *id, queue, now, awaiting), is_new);
                        table.entry((number, at)).or_insert(awaiting.then_some(false));
                    }
                    Step::Remove(at, number) => {
                        let Some((id, _)) = open.get(at) else { continue };
                        lists.remove(topic(number), *id);
                        table.remove(&(number, at));
                    }
                    Step::Settle(at, number) => {
                        let Some((id, _)) = open.get(at) else { continue };
                        let touched = table.get_mut(&(number, at)).and_then(Option::take) == Some(true);
                        prop_assert_eq!(lists.settle(topic(number), *id), touched);
                    }
                    Step::Send => {
                        let topics = [topic(0), topic(1)];
                        let mut reached = Vec::new();
                        lists.send(&topics, &HashSet::new(), |queue| reached.push(Arc::as_ptr(queue)));
                        let is_live = |at: &usize| (0..2).any(|number| table.get(&(number, *at)) == Some(&None));
                        let mut expected: Vec<_> =
                            (0..open.len()).filter(is_live).map(|at| Arc::as_ptr(&open[at].1)).collect();
                        reached.sort_unstable();
                        expected.sort_unstable();
                        prop_assert_eq!(reached, expected);
                        table.iter_mut().filter(|((number, _), _)| *number < 2).for_each(|(_, standing)| {
                            if let Some(touched) = standing {
                                *touched = true;
                            }
                        });
                    }
                }
                prop_assert!(lists.is_sound());
                prop_assert_eq!(lists.count().1, table.len());
            }
        }
    }
}
