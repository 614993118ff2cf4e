//! Servers of one community, and a network between them that loses, delays and repeats what they say to each other.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::FutureExt;
use hubbub::server::{
    clock::SystemClock,
    domain::{
        outcome::Publication,
        ports::{Broker, BrokerError, Clock},
    },
    realtime::{
        hub::{Hub, HubSettings},
        redis::node::Node,
    },
};
use parking_lot::Mutex;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::Instant;

/// What passes between two things that happen, and from one round to the next while everything settles: longer than an entry
/// waits for those before it.
const STEP: Duration = Duration::from_millis(50);
const ROUND: Duration = Duration::from_millis(1_500);
/// Rounds until what was lost is noticed, everybody was told to come again, and has.
const ROUNDS_AT_LEAST: usize = 8;
/// Rounds until what was published last was carried to all servers, and waited there for what came before it.
const ROUNDS_BETWEEN: usize = 2;

/// Hands what is published to the present run of a server, unless it crashes just then.
pub struct Wire {
    node: Mutex<Arc<Node>>,
    crashing: AtomicBool,
    time: Arc<Time>,
}

#[async_trait]
impl Broker for Wire {
    async fn publish(&self, publication: Publication) -> Result<(), BrokerError> {
        if !self.crashing.load(Ordering::Relaxed) {
            self.node.lock().publish(publication, self.time.now());
        }
        Ok(())
    }
}

/// A clock that goes when the simulation lets it.
struct Time {
    began: Instant,
    passed_ms: AtomicU64,
}

impl Time {
    fn now(&self) -> Instant {
        self.began + Duration::from_millis(self.passed_ms.load(Ordering::Relaxed))
    }

    fn pass(&self, time: Duration) {
        self.passed_ms.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

/// A mistake in what is between servers, to show that it would be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hides {
    Nothing,
    /// What was lost is not missing in the numbers of what comes after.
    WhatWasLost,
}

/// One server, over all its runs.
struct Server {
    wire: Arc<Wire>,
    runs: u64,
    is_linked: bool,
}

/// All servers.
pub struct Servers {
    all: Vec<Server>,
    time: Arc<Time>,
    rng: StdRng,
    /// What one said and another has not heard yet, in order.
    under_way: BTreeMap<(usize, usize), VecDeque<Vec<u8>>>,
    hides: Hides,
    /// With [`Hides::WhatWasLost`]: how much each has not heard of each, and does not know of.
    hidden: BTreeMap<(usize, usize), u64>,
}

fn node(number: usize, run: u64) -> Arc<Node> {
    let (clock, name): (Arc<dyn Clock>, _) = (Arc::new(SystemClock), format!("server{number}run{run}"));
    let settings = HubSettings { clock: Arc::clone(&clock), epoch: name.clone(), connections_per_person: 1_000 };
    Arc::new(Node::new(name, Hub::new(settings), clock, Box::new(|_| {})))
}

impl Servers {
    pub fn new(count: usize, seed: u64, hides: Hides) -> Self {
        let time = Arc::new(Time { began: Instant::now(), passed_ms: AtomicU64::new(0) });
        let server = |number| {
            let (node, time) = (Mutex::new(node(number, 0)), Arc::clone(&time));
            Server { wire: Arc::new(Wire { node, crashing: AtomicBool::new(false), time }), runs: 0, is_linked: false }
        };
        let all: Vec<Server> = (0..count).map(server).collect();
        let rng = StdRng::seed_from_u64(seed ^ 0x006e_6f64_6573);
        let mut servers = Self { all, time, rng, under_way: BTreeMap::new(), hides, hidden: BTreeMap::new() };
        servers.link_all();
        servers
    }

    /// What a server's domain publishes with.
    pub fn wire(&self, at: usize) -> Arc<Wire> {
        Arc::clone(&self.all[at].wire)
    }

    pub fn hub(&self, at: usize) -> Hub {
        self.node(at).hub().clone()
    }

    fn node(&self, at: usize) -> Arc<Node> {
        Arc::clone(&self.all[at].wire.node.lock())
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// The one to which the balancer leads somebody.
    pub fn any(&mut self) -> usize {
        if self.count() == 1 { 0 } else { self.rng.random_range(0..self.count()) }
    }

    /// From now on, or no longer, nobody is told what is stored.
    pub fn set_crashing(&self, at: usize, crashing: bool) {
        self.all[at].wire.crashing.store(crashing, Ordering::Relaxed);
    }

    /// One is killed and started again. What it said and nobody heard is lost.
    pub fn crash(&mut self, at: usize) {
        let server = &mut self.all[at];
        server.runs += 1;
        *server.wire.node.lock() = node(at, server.runs);
        server.is_linked = false;
        self.hidden.retain(|(from, _), _| *from != at);
        self.set_linked(at, true);
    }

    /// How often it goes round, at least, until everything must have arrived.
    pub fn rounds_at_least(&self) -> usize {
        if self.count() == 1 { 0 } else { ROUNDS_AT_LEAST }
    }

    /// How often it goes round until what one server published is told by all.
    pub fn rounds_between(&self) -> usize {
        if self.count() == 1 { 0 } else { ROUNDS_BETWEEN }
    }

    /// A server that is alone talks to nobody.
    fn set_linked(&mut self, at: usize, is_linked: bool) {
        if self.count() == 1 || self.all[at].is_linked == is_linked {
            return;
        }
        self.all[at].is_linked = is_linked;
        if is_linked {
            self.node(at).link(self.time.now());
        } else {
            self.node(at).unlink();
        }
    }

    fn link_all(&mut self) {
        (0..self.count()).for_each(|at| self.set_linked(at, true));
    }

    /// A moment passes, and the network has its moods.
    pub fn step(&mut self) {
        if self.count() == 1 {
            return;
        }
        self.time.pass(STEP);
        for at in 0..self.count() {
            if self.rng.random_bool(0.01) {
                let is_linked = self.all[at].is_linked;
                self.set_linked(at, !is_linked);
            }
            if self.rng.random_bool(0.1) {
                self.node(at).beat();
            }
            self.take_said(at, true);
            self.node(at).release_due(self.time.now());
        }
        let ways: Vec<(usize, usize)> = self.under_way.keys().copied().collect();
        for way in ways {
            let count = self.rng.random_range(0..=self.under_way[&way].len());
            self.carry(way, count);
        }
    }

    /// The network is well, and everything that is under way arrives.
    pub fn settle(&mut self) {
        if self.count() == 1 {
            return;
        }
        self.link_all();
        self.time.pass(ROUND);
        for at in 0..self.count() {
            self.node(at).beat();
        }
        // What is heard is answered.
        for _ in 0..3 {
            (0..self.count()).for_each(|at| self.take_said(at, false));
            let ways: Vec<(usize, usize)> = self.under_way.keys().copied().collect();
            ways.into_iter().for_each(|way| self.carry(way, usize::MAX));
        }
        for at in 0..self.count() {
            self.node(at).release_due(self.time.now());
            self.node(at).look_round(self.time.now());
        }
    }

    /// What a server says is under way to each of the others, but for what is lost.
    fn take_said(&mut self, from: usize, lossy: bool) {
        let node = self.node(from);
        if let Some(moved) = node.hub().standings_changed().now_or_never() {
            node.tell_people(moved);
        }
        for said in node.take_said(usize::MAX) {
            for to in (0..self.count()).filter(|to| *to != from) {
                let is_lost = !self.all[to].is_linked || lossy && self.rng.random_bool(0.03);
                let said =
                    if self.hides == Hides::WhatWasLost { self.hide((from, to), &said, is_lost) } else { said.clone() };
                if is_lost {
                    continue;
                }
                let way = self.under_way.entry((from, to)).or_default();
                way.push_back(said.clone());
                if lossy && self.rng.random_bool(0.03) {
                    way.push_back(said);
                }
            }
        }
    }

    /// Gives what comes after something lost its number.
    fn hide(&mut self, way: (usize, usize), said: &[u8], is_lost: bool) -> Vec<u8> {
        let mut envelope: serde_json::Value = serde_json::from_slice(said).unwrap();
        let hidden = self.hidden.entry(way).or_default();
        let is_numbered = matches!(envelope["say"].as_str(), Some("publish" | "people" | "everybody"));
        *hidden += u64::from(is_lost && is_numbered);
        envelope["number"] = (envelope["number"].as_u64().unwrap() - *hidden).into();
        serde_json::to_vec(&envelope).unwrap()
    }

    fn carry(&mut self, way: (usize, usize), at_most: usize) {
        let Some(under_way) = self.under_way.get_mut(&way) else { return };
        let count = under_way.len().min(at_most);
        let said: Vec<Vec<u8>> = under_way.drain(..count).collect();
        // Whoever is cut off hears nothing of what comes meanwhile.
        if self.all[way.1].is_linked {
            let node = self.node(way.1);
            for said in said {
                node.hear(&said, self.time.now());
            }
        }
    }
}
