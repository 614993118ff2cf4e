//! One node among several, apart from how its words travel: what it says to the others, and what it makes of what they say.
//!
//! Redis carries these words, and in the simulation a made-up network does that loses, delays and repeats them.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::{
    Observer,
    envelope::{Envelope, Said},
    peers::{GONE_AFTER, Heard, Peers},
};
use crate::{
    protocol::ids::UserId,
    server::{
        domain::{outcome::Publication, ports::Clock},
        realtime::{
            hub::{Hub, Standing},
            order::Order,
        },
    },
};

/// What waits to be said at most, in things and in bytes. More is not said: it goes missing for the others, who notice.
const WAITING_MAX: usize = 16_384;
const WAITING_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A node.
pub struct Node {
    name: String,
    hub: Hub,
    observer: Observer,
    clock: Arc<dyn Clock>,
    linked: watch::Sender<bool>,
    /// In the order in which this node says it. Held while something is numbered and put into the local hub, so that all
    /// nodes see what this one publishes in one order.
    saying: Mutex<Saying>,
    order: Mutex<Order>,
    peers: Mutex<Peers>,
    /// Something waits to be said.
    said: Notify,
    /// Something may wait for what comes before it.
    held: Notify,
}

#[derive(Default)]
struct Saying {
    number: u64,
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Node {
    /// A node that nobody hears yet. `name` names this run of it.
    #[must_use]
    pub fn new(name: String, hub: Hub, clock: Arc<dyn Clock>, observer: Observer) -> Self {
        hub.share();
        Self {
            name,
            hub,
            observer,
            clock,
            linked: watch::Sender::new(false),
            saying: Mutex::default(),
            order: Mutex::default(),
            peers: Mutex::default(),
            said: Notify::new(),
            held: Notify::new(),
        }
    }

    /// The hub of this node.
    #[must_use]
    pub const fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Connections at other nodes.
    #[must_use]
    pub fn connections_elsewhere(&self) -> usize {
        self.peers.lock().connections()
    }

    /// Whether the others hear this node, as it changes.
    #[must_use]
    pub fn linked(&self) -> watch::Receiver<bool> {
        self.linked.subscribe()
    }

    /// The others hear this node from `now` on, and it hears them.
    pub fn link(&self, now: Instant) {
        self.peers.lock().listen(now);
        self.linked.send_replace(true);
        self.say(Said::Hello);
        self.say(Said::Everybody(self.hub.standings()));
    }

    /// Nobody hears this node any more. What waits to be said is not.
    pub fn unlink(&self) {
        // Under its lock, so that nothing is added that nobody would take.
        let mut saying = self.saying.lock();
        self.linked.send_replace(false);
        saying.waiting.clear();
        saying.bytes = 0;
    }

    /// Hands a publication to the hub of this node, and has it said to the others.
    pub fn publish(&self, publication: Publication, now: Instant) {
        let mut saying = self.saying.lock();
        let Said::Publish(publication) = self.add(&mut saying, Said::Publish(publication)) else { return };
        self.deliver(publication, now);
    }

    /// Says that the node is there.
    pub fn beat(&self) {
        self.say(Said::Beat { connections: self.hub.stats().connections });
    }

    /// Says how people are here who came, went, or do something else now.
    pub fn tell_people(&self, moved: Vec<(UserId, Option<Standing>)>) {
        self.say(Said::People(moved));
    }

    /// Says that the node stops.
    pub fn bid_farewell(&self) {
        self.say(Said::Bye);
    }

    /// The next that is to be said, `at_most` of it, in order.
    pub fn take_said(&self, at_most: usize) -> Vec<Vec<u8>> {
        let mut saying = self.saying.lock();
        let count = saying.waiting.len().min(at_most);
        let said: Vec<Vec<u8>> = saying.waiting.drain(..count).collect();
        saying.bytes -= said.iter().map(Vec::len).sum::<usize>();
        said
    }

    /// Waits until something is to be said.
    pub async fn has_something_to_say(&self) {
        self.said.notified().await;
    }

    /// Does what was heard at `now`; whether it was this node's own voice.
    pub fn hear(&self, bytes: &[u8], now: Instant) -> bool {
        let envelope: Envelope = match serde_json::from_slice(bytes) {
            Ok(envelope) => envelope,
            Err(cause) => {
                tracing::error!(%cause, "another node said something that cannot be read");
                return false;
            }
        };
        let Envelope { from, number, said } = envelope;
        if from == self.name {
            return true;
        }
        let (was_there, heard) = {
            let mut peers = self.peers.lock();
            (peers.is_there(&from), peers.hear(&from, number, said.is_numbered(), now))
        };
        match heard {
            Heard::Again => return false,
            Heard::AfterGap => {
                tracing::warn!(node = from, "something that another node published was missed");
                self.hub.begin_again();
                self.say(Said::Hello);
            }
            // Who was taken for gone is asked who is there.
            Heard::Next if !was_there && said != Said::Hello => self.say(Said::Hello),
            Heard::Next => {}
        }
        self.act(&from, said, now);
        false
    }

    /// Lets those go who are at nodes that were not heard for long.
    pub fn look_round(&self, now: Instant) {
        let gone = self.peers.lock().take_gone(now);
        for gone in gone {
            tracing::warn!(node = gone, "another node is gone");
            self.hub.node_gone(&gone, self.clock.now().minus(GONE_AFTER));
        }
    }

    /// Puts what waited long enough for what comes before it into the hub; when the next has.
    pub fn release_due(&self, now: Instant) -> Option<Instant> {
        let mut order = self.order.lock();
        for ready in order.take_due(now) {
            self.hub.publish(ready);
        }
        order.next_due()
    }

    /// Waits until something may wait for what comes before it.
    pub async fn holds_something(&self) {
        self.held.notified().await;
    }

    fn say(&self, said: Said) {
        self.add(&mut self.saying.lock(), said);
    }

    /// Has something said to the other nodes, and gives it back. What cannot be said counts all the same, so that they
    /// notice.
    fn add(&self, saying: &mut Saying, said: Said) -> Said {
        saying.number += u64::from(said.is_numbered());
        if !*self.linked.borrow() || saying.waiting.len() >= WAITING_MAX || saying.bytes >= WAITING_MAX_BYTES {
            return said;
        }
        let envelope = Envelope { from: self.name.clone(), number: saying.number, said };
        match serde_json::to_vec(&envelope) {
            Ok(bytes) => {
                saying.bytes += bytes.len();
                saying.waiting.push_back(bytes);
                self.said.notify_one();
            }
            Err(cause) => tracing::error!(%cause, "a publication could not be written down for other nodes"),
        }
        envelope.said
    }

    /// Puts a publication into the hub, in its order.
    fn deliver(&self, publication: Publication, now: Instant) {
        let waits = *self.linked.borrow();
        let mut order = self.order.lock();
        for ready in order.offer(publication, waits, now) {
            self.hub.publish(ready);
        }
        if order.next_due().is_some() {
            self.held.notify_one();
        }
    }

    fn act(&self, from: &str, said: Said, now: Instant) {
        match said {
            Said::Publish(publication) => {
                (self.observer)(&publication);
                self.deliver(publication, now);
            }
            Said::People(people) => self.hub.people_elsewhere(from, &people),
            Said::Everybody(people) => self.hub.everybody_elsewhere(from, &people),
            Said::Beat { connections } => self.peers.lock().set_connections(from, connections),
            Said::Hello => {
                self.say(Said::Everybody(self.hub.standings()));
                self.beat();
            }
            Said::Bye => self.peers.lock().leave(from, now),
            Said::Unknown => {}
        }
    }
}
