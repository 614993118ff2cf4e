//! Who is connected to what: hands each event, encoded once, to every connection that may see it.
//!
//! One lock guards the lists; it is held for as long as it takes to put shared bytes into queues, never across an await.
//! What a connection may watch was decided by the domain before it got here.

mod connection;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
    sync::Arc,
};

use parking_lot::{Mutex, MutexGuard};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    encoding::encode,
    log::{EventLog, Logged},
    pacing::{CountKey, Paced, Pacer},
    queue::{Lane, Queue},
    subscriptions::Subscriptions,
};
use crate::{
    protocol::{
        events::{CloseCode, ServerEvent},
        ids::{PostId, SessionId, UserId},
        views::FeedKind,
    },
    server::domain::{
        Actor,
        outcome::{Publication, Topic},
    },
};
pub use connection::{ConnectionHandle, Settled, TooManyPosts};

/// Sessions that ended lately are remembered, so that a connection which was signed in just before cannot slip in just
/// after. It covers the moment between the check of a token and [`Hub::connect`].
const ENDED_SESSIONS_KEPT: usize = 1_024;
/// After a planned stop, the first client returns after this long: time for the next process to start.
const RETURN_FROM_MS: u64 = 500;
/// Clients that return in one second, at most, after a planned stop.
const RETURNS_PER_SECOND: u64 = 2_000;

/// Names a connection within one hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

/// What a hub is built with.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// Names this run of the event log; different for every start of the server.
    pub epoch: String,
    /// Connections of one person at a time; further ones are refused with [`CloseCode::Overloaded`].
    pub connections_per_person: usize,
}

/// How much a hub holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubStats {
    /// Open connections.
    pub connections: usize,
    /// People with at least one of them.
    pub people: usize,
    /// Topics that somebody watches.
    pub topics: usize,
    /// Connections times what each watches.
    pub subscriptions: usize,
    /// Number of the newest event of the log.
    pub offset: u64,
}

/// The hub of this process. Clones are the same hub.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    epoch: String,
    connections_per_person: usize,
    state: Mutex<State>,
    /// A count waits where none did: the pacer's task looks at the clock again.
    paced: Notify,
}

#[derive(Default)]
struct State {
    members: HashMap<ConnectionId, Member>,
    of_person: HashMap<UserId, Vec<ConnectionId>>,
    of_session: HashMap<SessionId, Vec<ConnectionId>>,
    subscriptions: Subscriptions,
    log: EventLog,
    pacer: Pacer,
    ended: VecDeque<SessionId>,
    last_id: u64,
    stopping: bool,
}

/// One connection and what it watches.
struct Member {
    user_id: UserId,
    session_id: SessionId,
    queue: Arc<Queue>,
    topics: Vec<Topic>,
    /// Watched posts that only followers of their author may see.
    restricted: Vec<(PostId, UserId)>,
    feeds: Vec<FeedKind>,
    /// Grows when the person follows or unfollows, so that what was read from the store before is not used after.
    follow_mark: u32,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("epoch", &self.shared.epoch).finish_non_exhaustive()
    }
}

impl Hub {
    /// A hub without connections. [`Hub::pace`] must run beside it.
    #[must_use]
    pub fn new(settings: HubSettings) -> Self {
        let HubSettings { epoch, connections_per_person } = settings;
        let (state, paced) = (Mutex::default(), Notify::new());
        Self { shared: Arc::new(Shared { epoch, connections_per_person, state, paced }) }
    }

    /// Names this run of the event log.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.shared.epoch
    }

    /// Opens a connection for `actor`; it ends when the handle is dropped. Its first frame is what `greet` makes of its
    /// id and of the number of the newest event of the log, whatever else happens at the same moment.
    ///
    /// # Errors
    /// The code to close with at once: the session has ended, the person has too many connections, or the server stops.
    pub fn connect(
        &self,
        actor: &Actor,
        greet: impl FnOnce(String, u64) -> ServerEvent,
    ) -> Result<ConnectionHandle, CloseCode> {
        let mut state = self.state();
        if state.stopping {
            return Err(CloseCode::Restarting);
        }
        if state.ended.contains(&actor.session_id) {
            return Err(CloseCode::Unauthorized);
        }
        let others = state.of_person.get(&actor.user_id).map_or(0, Vec::len);
        if others >= self.shared.connections_per_person {
            return Err(CloseCode::Overloaded);
        }
        let (id, queue) = state.admit(actor);
        if let Some(frame) = encode(&greet(format!("{}-{}", self.shared.epoch, id.0), state.log.offset())) {
            queue.push(Lane::Must, frame);
        }
        Ok(ConnectionHandle::new(self.clone(), id, queue))
    }

    /// Does what a publication says.
    pub fn publish(&self, publication: Publication) {
        match publication {
            Publication::Watchers { topics, event } => self.send_to_watchers(topics, event),
            Publication::Person { user_id, event } => self.send_to_person(user_id, &event),
            Publication::SessionsEnded { session_ids } => self.end_sessions(&session_ids),
            Publication::FollowChanged { follower, followee, following } => {
                self.state().follow_changed(follower, followee, following);
            }
        }
    }

    /// Sends counts when their turn comes, until the server stops. One task runs it.
    pub async fn pace(self, stopping: CancellationToken) {
        loop {
            let due = self.send_due(Instant::now());
            let turn = async {
                match due {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stopping.cancelled() => return,
                () = self.shared.paced.notified() => {}
                () = turn => {}
            }
        }
    }

    /// Tells every client when to return, closes every connection, and lets no new one in. Returns are spread evenly,
    /// so that the next process is not met by all of them at once.
    pub fn close_all(&self) {
        let mut state = self.state();
        state.stopping = true;
        for (position, member) in state.members.values().enumerate() {
            let position = u64::try_from(position).unwrap_or(u64::MAX);
            let retry_after_ms = RETURN_FROM_MS + position.saturating_mul(1_000) / RETURNS_PER_SECOND;
            if let Some(frame) = encode(&ServerEvent::GoingAway { retry_after_ms }) {
                member.queue.push(Lane::Must, frame);
            }
            member.queue.close(CloseCode::Restarting);
        }
    }

    /// How much the hub holds now.
    #[must_use]
    pub fn stats(&self) -> HubStats {
        let state = self.state();
        let (topics, subscriptions) = state.subscriptions.count();
        HubStats {
            connections: state.members.len(),
            people: state.of_person.len(),
            topics,
            subscriptions,
            offset: state.log.offset(),
        }
    }

    /// Checks that the lists agree with each other; tests call it after every step.
    ///
    /// # Errors
    /// What does not agree.
    pub fn check_invariants(&self) -> Result<(), String> {
        self.state().check_invariants()
    }

    /// Closes every connection of these sessions.
    pub fn end_sessions(&self, session_ids: &[SessionId]) {
        let mut state = self.state();
        for session_id in session_ids {
            state.end_session(*session_id);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock()
    }

    fn send_to_watchers(&self, topics: Vec<Topic>, event: ServerEvent) {
        let mut state = self.state();
        let Some((key, version)) = CountKey::of(&event) else {
            state.send_event(topics, event);
            return;
        };
        if !state.subscriptions.anyone(&topics) {
            return;
        }
        if let Some(count) = state.pacer.offer(Paced { topics, event, key, version }, Instant::now()) {
            state.send_count(&count);
            self.shared.paced.notify_one();
        }
    }

    fn send_to_person(&self, user_id: UserId, event: &ServerEvent) {
        let state = self.state();
        let Some(ids) = state.of_person.get(&user_id) else { return };
        let Some(frame) = encode(event) else { return };
        for member in ids.iter().filter_map(|id| state.members.get(id)) {
            member.queue.push(Lane::Must, frame.clone());
        }
    }

    /// Sends every count whose turn has come; when the next one's does.
    fn send_due(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state();
        while let Some(count) = state.pacer.take_due(now) {
            state.send_count(&count);
        }
        state.pacer.next_due()
    }
}

impl State {
    fn admit(&mut self, actor: &Actor) -> (ConnectionId, Arc<Queue>) {
        self.last_id += 1;
        let (id, queue) = (ConnectionId(self.last_id), Arc::new(Queue::default()));
        let member = Member {
            user_id: actor.user_id,
            session_id: actor.session_id,
            queue: Arc::clone(&queue),
            topics: Vec::new(),
            restricted: Vec::new(),
            feeds: Vec::new(),
            follow_mark: 0,
        };
        self.members.insert(id, member);
        self.of_person.entry(actor.user_id).or_default().push(id);
        self.of_session.entry(actor.session_id).or_default().push(id);
        (id, queue)
    }

    fn dismiss(&mut self, id: ConnectionId) {
        let Some(member) = self.members.remove(&id) else { return };
        for topic in member.topics {
            self.subscriptions.remove(topic, id);
        }
        leave(&mut self.of_person, member.user_id, id);
        leave(&mut self.of_session, member.session_id, id);
    }

    fn send_event(&mut self, topics: Vec<Topic>, mut event: ServerEvent) {
        let offset = self.log.number(&mut event);
        let Some(frame) = encode(&event) else { return };
        self.subscriptions.send(&topics, Lane::Logged, &frame);
        if let Some(offset) = offset {
            self.log.keep(Logged { offset, topics, frame });
        }
    }

    fn send_count(&mut self, count: &Paced) {
        if let Some(frame) = encode(&count.event) {
            self.subscriptions.send(&count.topics, Lane::Count(count.key), &frame);
        }
    }

    fn end_session(&mut self, session_id: SessionId) {
        if !self.ended.contains(&session_id) {
            self.ended.push_back(session_id);
        }
        if self.ended.len() > ENDED_SESSIONS_KEPT {
            self.ended.pop_front();
        }
        let ids = self.of_session.get(&session_id).cloned().unwrap_or_default();
        for member in ids.iter().filter_map(|id| self.members.get(id)) {
            member.queue.close(CloseCode::Unauthorized);
        }
    }

    fn follow_changed(&mut self, follower: UserId, followee: UserId, following: bool) {
        for id in self.of_person.get(&follower).cloned().unwrap_or_default() {
            let Some(member) = self.members.get_mut(&id) else { continue };
            member.follow_mark = member.follow_mark.wrapping_add(1);
            if following {
                if !member.feeds.is_empty() {
                    self.subscribe(id, Topic::PostsBy(followee), false);
                }
                continue;
            }
            let is_hidden = |(_, author): &(PostId, UserId)| *author == followee;
            let hidden: HashSet<Topic> = member
                .restricted
                .extract_if(.., |post| is_hidden(post))
                .map(|(post_id, _)| Topic::Post(post_id))
                .collect();
            self.unsubscribe(id, |topic| *topic == Topic::PostsBy(followee) || hidden.contains(topic));
        }
    }

    fn subscribe(&mut self, id: ConnectionId, topic: Topic, awaiting: bool) {
        let since = self.log.offset();
        let Some(member) = self.members.get_mut(&id) else { return };
        if self.subscriptions.add(topic, id, &member.queue, since, awaiting) {
            member.topics.push(topic);
        }
    }

    fn unsubscribe(&mut self, id: ConnectionId, unwanted: impl Fn(&Topic) -> bool) {
        let Some(member) = self.members.get_mut(&id) else { return };
        for topic in member.topics.extract_if(.., |topic| unwanted(topic)) {
            self.subscriptions.remove(topic, id);
        }
    }

    fn check_invariants(&self) -> Result<(), String> {
        let claim = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
        let listed: usize = self.members.values().map(|member| member.topics.len()).sum();
        claim(listed == self.subscriptions.count().1, "a subscription is not listed by its connection")?;
        claim(self.subscriptions.is_sound(), "a topic is kept that nobody watches")?;
        claim(self.log.is_sound(), "the event log has a gap")?;
        claim(self.pacer.is_sound(), "a paced count is not due exactly once")?;
        claim(is_partition(&self.of_person, &self.members), "the connections of people are not all connections")?;
        claim(is_partition(&self.of_session, &self.members), "the connections of sessions are not all connections")?;
        for (id, member) in &self.members {
            let subscribed = member.topics.iter().all(|topic| self.subscriptions.contains(*topic, *id));
            claim(subscribed, "a connection lists a topic that it is not subscribed to")?;
            let watched = member.restricted.iter().all(|(post_id, _)| member.topics.contains(&Topic::Post(*post_id)));
            claim(watched, "a restricted post is remembered that is not watched")?;
            member.queue.fault().map_or(Ok(()), |fault| Err(fault.to_owned()))?;
        }
        Ok(())
    }
}

/// Takes `id` out of the list under `key`, and the list with it when it was the last.
fn leave<K: Eq + std::hash::Hash>(lists: &mut HashMap<K, Vec<ConnectionId>>, key: K, id: ConnectionId) {
    let Some(list) = lists.get_mut(&key) else { return };
    list.retain(|listed| *listed != id);
    if list.is_empty() {
        lists.remove(&key);
    }
}

/// Whether every connection stands in exactly one list, and no list is empty.
fn is_partition<K>(lists: &HashMap<K, Vec<ConnectionId>>, members: &HashMap<ConnectionId, Member>) -> bool {
    let mut listed: Vec<ConnectionId> = lists.values().flatten().copied().collect();
    listed.sort_unstable();
    listed.dedup();
    let total: usize = lists.values().map(Vec::len).sum();
    let all = listed.len() == members.len() && listed.iter().all(|id| members.contains_key(id));
    all && total == listed.len() && lists.values().all(|list| !list.is_empty())
}
