//! Who is connected to what: hands each event, encoded once, to every connection that may see it.
//!
//! One lock guards the lists; it is held for as long as it takes to put shared bytes into queues, never across an await.
//! What a connection may watch was decided by the domain before it got here.

mod connection;
mod elsewhere;
mod people;
mod unasked;

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
    courier::Courier,
    encoding::{Frame, encode},
    log::{EventLog, Logged},
    pacing::{CountKey, Paced, Pacer},
    presence::Presence,
    queue::{Lane, Queue},
    subscriptions::Subscriptions,
};
use crate::{
    protocol::{
        events::{CloseCode, CommentUpdate, ServerEvent},
        ids::{ConversationId, PostId, SessionId, UserId},
        time::Timestamp,
        views::{Audience, FeedKind},
    },
    server::domain::{
        Actor,
        audience::Sight,
        outcome::{Publication, Topic},
        ports::{Attendance, Clock},
    },
};
pub use connection::{ConnectionHandle, NotJoined, Settled, TooManyPosts};
use elsewhere::Elsewhere;
pub use elsewhere::Standing;
pub use unasked::Curiosity;

/// Sessions that ended lately are remembered, so that a connection which was signed in just before cannot slip in just
/// after. It covers the moment between the check of a token and [`Hub::connect`].
const ENDED_SESSIONS_KEPT: usize = 1_024;
/// After a planned stop, the first client returns after this long: time for the next process to start.
const RETURN_FROM_MS: u64 = 500;
/// Clients that return in one second, at most, after a planned stop.
const RETURNS_PER_SECOND: u64 = 2_000;

/// Departures that wait to be stored, at most: when the store does not answer, the oldest are forgotten.
const DEPARTURES_KEPT: usize = 10_000;

/// Names a connection within one hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(super) u64);

/// What a hub is built with.
#[derive(Clone)]
pub struct HubSettings {
    /// What time it is when somebody leaves.
    pub clock: Arc<dyn Clock>,
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
    clock: Arc<dyn Clock>,
    epoch: String,
    connections_per_person: usize,
    state: Mutex<State>,
    courier: Arc<Courier>,
    /// A count or a departure waits where none did: the pacer's task looks at the clock again.
    paced: Notify,
    /// Somebody is gone.
    departed: Notify,
    /// Other nodes are to hear how somebody is here.
    moved: Notify,
}

#[derive(Default)]
struct State {
    members: HashMap<ConnectionId, Member>,
    of_person: HashMap<UserId, Vec<ConnectionId>>,
    of_session: HashMap<SessionId, Vec<ConnectionId>>,
    subscriptions: Subscriptions,
    /// Those who hear of more than they asked for by name.
    curious: HashMap<ConnectionId, Curiosity>,
    log: EventLog,
    pacer: Pacer,
    presence: Presence,
    elsewhere: Elsewhere,
    /// The names of those whose presence is watched.
    names: HashMap<UserId, String>,
    /// Of the posts that are watched: who wrote them, and for whom.
    authors: HashMap<PostId, (UserId, Audience)>,
    /// Who is gone, and since when: until [`Hub::departures`] takes them.
    departures: Vec<(UserId, Timestamp)>,
    ended: VecDeque<SessionId>,
    courier: Arc<Courier>,
    last_id: u64,
    stopping: bool,
}

/// One connection and what it watches.
struct Member {
    user_id: UserId,
    session_id: SessionId,
    queue: Arc<Queue>,
    topics: Vec<Topic>,
    feeds: Vec<FeedKind>,
    /// The conversations on screen.
    joined: Vec<ConversationId>,
    is_idle: bool,
    /// It heard of people without asking, at some time: those take no place of those it asks for.
    has_heard: bool,
    /// The newest event of the log when it was opened: later ones that concern the person were sent as they happened.
    since: u64,
    /// Grows when what the person may see changes (they follow, unfollow, leave a conversation), so that what was read
    /// from the store before is not used after.
    mark: u32,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("epoch", &self.shared.epoch).finish_non_exhaustive()
    }
}

impl Hub {
    /// A hub without connections. [`Hub::pace`] and [`Hub::carry`] must run beside it.
    #[must_use]
    pub fn new(settings: HubSettings) -> Self {
        let HubSettings { clock, epoch, connections_per_person } = settings;
        let (courier, paced, departed, moved) =
            (Arc::<Courier>::default(), Notify::new(), Notify::new(), Notify::new());
        let state = Mutex::new(State { courier: Arc::clone(&courier), ..State::default() });
        Self {
            shared: Arc::new(Shared { clock, epoch, connections_per_person, state, courier, paced, departed, moved }),
        }
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
        let here = state.of_person.get(&actor.user_id).map_or(0, Vec::len);
        let others = here + state.elsewhere.connections(actor.user_id);
        if others >= self.shared.connections_per_person {
            return Err(CloseCode::Overloaded);
        }
        let (id, queue) = state.admit(actor);
        state.arrived(actor.user_id, self.shared.clock.now());
        self.shared.moved.notify_one();
        if let Some(frame) = encode(&greet(format!("{}-{}", self.shared.epoch, id.0), state.log.offset())) {
            // Nobody reads from it yet.
            let _ = queue.push(Lane::Must, frame);
        }
        Ok(ConnectionHandle::new(self.clone(), id, queue))
    }

    /// Does what a publication says.
    pub fn publish(&self, publication: Publication) {
        match publication {
            Publication::Watchers { topics, event, except } => self.send_to_watchers(topics, event, except),
            Publication::Person { user_id, event } => self.send_to_person(user_id, &event),
            Publication::SessionsEnded { session_ids } => self.end_sessions(&session_ids),
            Publication::MembersLeft { conversation_id, user_ids } => {
                self.state().members_left(conversation_id, &user_ids);
            }
            Publication::PrivacyChanged { user_id, privacy } => {
                self.state().privacy_changed(user_id, privacy, self.shared.clock.now());
            }
            Publication::SightChanged { viewer, subject, sight } => {
                self.state().sight_changed(viewer, subject, &sight);
            }
            // Whoever counts has seen it by now.
            Publication::SignInTried(_) => {}
            Publication::AudienceNarrowed { subject, keep } => self.state().audience_narrowed(subject, &keep),
        }
    }

    /// Waits until somebody is gone; who is, and since when. What is not taken in time is forgotten: the newest
    /// [`DEPARTURES_KEPT`] stay.
    pub async fn departures(&self) -> Vec<(UserId, Timestamp)> {
        loop {
            let gone = std::mem::take(&mut self.state().departures);
            if !gone.is_empty() {
                return gone;
            }
            self.shared.departed.notified().await;
        }
    }

    /// Sends counts and departures when their turn comes, until the server stops. One task runs it.
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
        state.send_away(RETURN_FROM_MS);
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

    fn send_to_watchers(&self, topics: Vec<Topic>, event: ServerEvent, except: Vec<UserId>) {
        let mut state = self.state();
        let Some((key, version)) = CountKey::of(&event) else {
            state.send_event(topics, event, except);
            return;
        };
        if !state.anyone(&topics) {
            return;
        }
        if let Some(count) = state.pacer.offer(Paced { topics, event, key, version, except }, Instant::now()) {
            state.send_count(&count);
            self.shared.paced.notify_one();
        }
    }

    fn send_to_person(&self, user_id: UserId, event: &ServerEvent) {
        let state = self.state();
        let Some(ids) = state.of_person.get(&user_id) else { return };
        let Some(frame) = encode(event) else { return };
        let members = ids.iter().filter_map(|id| state.members.get(id));
        let calls = members.filter_map(|member| put(&member.queue, Lane::Must, &frame)).collect();
        self.shared.courier.call(calls);
    }

    /// Writes what is put into queues, until the server stops. One task runs it.
    pub async fn carry(self, stopping: CancellationToken) {
        self.shared.courier.carry(stopping).await;
    }

    /// Sends every count and departure whose turn has come at `now`; when the next one's does. [`Hub::pace`] calls it.
    pub fn send_due(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state();
        while let Some(count) = state.pacer.take_due(now) {
            state.send_count(&count);
        }
        while let Some((person, since)) = state.presence.take_gone(now) {
            state.left_here(person, since, self.shared.clock.now());
            self.shared.departed.notify_one();
            self.shared.moved.notify_one();
        }
        state.pacer.next_due().into_iter().chain(state.presence.next_due()).min()
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
            feeds: Vec::new(),
            joined: Vec::new(),
            is_idle: false,
            has_heard: false,
            since: self.log.offset(),
            mark: 0,
        };
        self.members.insert(id, member);
        self.of_person.entry(actor.user_id).or_default().push(id);
        self.of_session.entry(actor.session_id).or_default().push(id);
        (id, queue)
    }

    /// Tells every client when to return, one after the other from `from_ms` on, and closes every connection.
    fn send_away(&self, from_ms: u64) {
        for (position, member) in self.members.values().enumerate() {
            let position = u64::try_from(position).unwrap_or(u64::MAX);
            let retry_after_ms = from_ms + position.saturating_mul(1_000) / RETURNS_PER_SECOND;
            if let Some(frame) = encode(&ServerEvent::GoingAway { retry_after_ms }) {
                // Its task writes it, as it is to close the connection.
                let _ = member.queue.push(Lane::Must, frame);
            }
            member.queue.close(CloseCode::Restarting);
        }
    }

    fn dismiss(&mut self, id: ConnectionId, now: Timestamp) {
        let Some(member) = self.members.remove(&id) else { return };
        self.curious.remove(&id);
        for topic in member.topics {
            self.unwatched(topic, id);
        }
        leave(&mut self.of_person, member.user_id, id);
        leave(&mut self.of_session, member.session_id, id);
        self.left(member.user_id, now);
    }

    /// Whether anybody is connected whom any of the topics concerns.
    fn anyone(&self, topics: &[Topic]) -> bool {
        !self.curious.is_empty() && topics.iter().any(|topic| matches!(topic, Topic::Post(_)))
            || topics.iter().any(|topic| match topic {
                Topic::Person(user_id) => self.of_person.contains_key(user_id),
                _ => self.subscriptions.anyone(topic),
            })
    }

    /// Puts a frame into the queue of everyone whom any of the topics concerns, once each.
    fn send(&mut self, topics: &[Topic], lane: Lane, frame: &Frame, except: &[UserId]) {
        let left_out = except.iter().filter_map(|person| self.of_person.get(person)).flatten();
        let mut done: HashSet<ConnectionId> = left_out.copied().collect();
        let (people, watched): (Vec<Topic>, Vec<Topic>) =
            topics.iter().partition(|topic| matches!(topic, Topic::Person(_)));
        let mut calls = Vec::new();
        for topic in people {
            let Topic::Person(user_id) = topic else { continue };
            for id in self.of_person.get(&user_id).into_iter().flatten().filter(|_| !except.contains(&user_id)) {
                if let Some(member) = self.members.get(id) {
                    calls.extend(put(&member.queue, lane, frame));
                }
                if !watched.is_empty() {
                    done.insert(*id);
                }
            }
        }
        self.subscriptions.send(&watched, &done, |queue| calls.extend(put(queue, lane, frame)));
        self.courier.call(calls);
    }

    fn send_event(&mut self, topics: Vec<Topic>, mut event: ServerEvent, except: Vec<UserId>) {
        let lane = match &event {
            ServerEvent::Typing(typing) => Lane::Count(CountKey::Typing(typing.conversation_id, typing.user_id)),
            _ => Lane::Logged,
        };
        let offset = self.log.number(&mut event);
        let Some(frame) = encode(&event) else { return };
        self.send(&topics, lane, &frame, &except);
        if let Some(offset) = offset {
            self.log.keep(Logged { offset, topics, frame, except });
        }
    }

    fn send_count(&mut self, count: &Paced) {
        if let Some(frame) = encode(&count.event) {
            self.send(&count.topics, Lane::Count(count.key), &frame, &count.except);
            self.offer_count(&count.topics, count.key, &frame, |viewer| !count.except.contains(&viewer));
        }
        // The number is for everyone, also for those who may not see the comment that it came with.
        if let ServerEvent::CommentUpdate(update) = &count.event
            && !count.except.is_empty()
            && let Some(frame) = encode(&ServerEvent::CommentUpdate(CommentUpdate { comment: None, ..update.clone() }))
        {
            self.send_only(&count.topics, Lane::Count(count.key), &frame, &count.except);
            self.offer_count(&count.topics, count.key, &frame, |viewer| count.except.contains(&viewer));
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

    /// Puts a frame into the queues of those of `people` who watch any of the topics.
    fn send_only(&self, topics: &[Topic], lane: Lane, frame: &Frame, people: &[UserId]) {
        let mut calls = Vec::new();
        for id in people.iter().filter_map(|person| self.of_person.get(person)).flatten() {
            let watches = topics.iter().any(|topic| self.since(*topic, *id).is_some());
            if let Some(member) = self.members.get(id).filter(|_| watches) {
                calls.extend(put(&member.queue, lane, frame));
            }
        }
        self.courier.call(calls);
    }

    /// Ends what the connections of `viewer` may not watch of `subject` any more, and begins what their feeds may bring
    /// now.
    fn sight_changed(&mut self, viewer: UserId, subject: UserId, sight: &Sight) {
        for id in self.of_person.get(&viewer).cloned().unwrap_or_default() {
            let Some(member) = self.members.get_mut(&id) else { continue };
            member.mark = member.mark.wrapping_add(1);
            let wanted: HashSet<Topic> =
                member.feeds.iter().flat_map(|feed| sight.feed_topics(subject, *feed)).collect();
            let authors = &self.authors;
            let hidden = |post: &PostId| {
                authors.get(post).is_some_and(|(author, audience)| *author == subject && !sight.shows(*audience))
            };
            let unwanted: HashSet<Topic> = member
                .topics
                .iter()
                .filter(|topic| match topic {
                    Topic::PostsBy(author) | Topic::PostsForConnections(author) => {
                        *author == subject && !wanted.contains(topic)
                    }
                    Topic::Post(post) => hidden(post),
                    Topic::Presence(person) => *person == subject && !sight.presence,
                    _ => false,
                })
                .copied()
                .collect();
            self.unsubscribe(id, |topic| unwanted.contains(topic));
            for topic in wanted {
                self.subscribe(id, topic, false);
            }
        }
    }

    /// Ends what everybody else watches of `subject`, but for those in `keep`. What is just being read to be watched is
    /// read again.
    fn audience_narrowed(&mut self, subject: UserId, keep: &[UserId]) {
        let keep: HashSet<UserId> = keep.iter().copied().chain([subject]).collect();
        let written = |post: &PostId, authors: &HashMap<PostId, (UserId, Audience)>| {
            authors.get(post).is_some_and(|(author, _)| *author == subject)
        };
        let mut unwanted = Vec::new();
        for (id, member) in &mut self.members {
            member.mark = member.mark.wrapping_add(1);
            if keep.contains(&member.user_id) {
                continue;
            }
            let topics = member.topics.iter().filter(|topic| match topic {
                Topic::PostsBy(person) | Topic::PostsForConnections(person) | Topic::Presence(person) => {
                    *person == subject
                }
                Topic::Post(post) => written(post, &self.authors),
                _ => false,
            });
            unwanted.extend(topics.map(|topic| (*id, *topic)));
        }
        for (id, topic) in unwanted {
            self.unsubscribe(id, |watched| *watched == topic);
        }
    }

    fn members_left(&mut self, conversation_id: ConversationId, user_ids: &[UserId]) {
        for user_id in user_ids {
            for id in self.of_person.get(user_id).cloned().unwrap_or_default() {
                let Some(member) = self.members.get_mut(&id) else { continue };
                member.mark = member.mark.wrapping_add(1);
                self.leave_conversation(id, conversation_id);
            }
        }
    }

    fn leave_conversation(&mut self, id: ConnectionId, conversation_id: ConversationId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.joined.retain(|joined| *joined != conversation_id);
        }
        let topics = [Topic::Conversation(conversation_id), Topic::Typing(conversation_id)];
        self.unsubscribe(id, |topic| topics.contains(topic));
    }

    /// The newest event of the log when a connection began to be sent what concerns a topic; `None` when it is not.
    fn since(&self, topic: Topic, id: ConnectionId) -> Option<u64> {
        match topic {
            Topic::Person(user_id) => {
                self.members.get(&id).filter(|member| member.user_id == user_id).map(|member| member.since)
            }
            _ => self.subscriptions.since(topic, id),
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
        let topics: Vec<Topic> = member.topics.extract_if(.., |topic| unwanted(topic)).collect();
        for topic in topics {
            self.unwatched(topic, id);
        }
    }

    fn unwatched(&mut self, topic: Topic, id: ConnectionId) {
        self.subscriptions.remove(topic, id);
        if self.subscriptions.anyone(&topic) {
            return;
        }
        match topic {
            Topic::Presence(person) => drop(self.names.remove(&person)),
            Topic::Post(post) => drop(self.authors.remove(&post)),
            _ => {}
        }
    }

    fn check_invariants(&self) -> Result<(), String> {
        let claim = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
        let listed: usize = self.members.values().map(|member| member.topics.len()).sum();
        let is_connected = |person| self.of_person.contains_key(&person);
        claim(self.presence.is_sound(is_connected), "somebody is online who is not connected")?;
        let named = |person: &UserId| self.subscriptions.anyone(&Topic::Presence(*person));
        claim(self.names.keys().all(named), "a name is kept whom nobody watches")?;
        let watched = |post: &PostId| self.subscriptions.anyone(&Topic::Post(*post));
        claim(self.authors.keys().all(watched), "an author is kept of a post that nobody watches")?;
        claim(self.curious.keys().all(|id| self.members.contains_key(id)), "somebody is curious who is gone")?;
        claim(listed == self.subscriptions.count().1, "a subscription is not listed by its connection")?;
        claim(self.subscriptions.is_sound(), "a topic is kept that nobody watches, or its list is wrong")?;
        claim(self.log.is_sound(), "the event log has a gap")?;
        claim(self.pacer.is_sound(), "a paced count is not due exactly once")?;
        claim(is_partition(&self.of_person, &self.members), "the connections of people are not all connections")?;
        claim(is_partition(&self.of_session, &self.members), "the connections of sessions are not all connections")?;
        for (id, member) in &self.members {
            let subscribed = member.topics.iter().all(|topic| self.subscriptions.contains(*topic, *id));
            claim(subscribed, "a connection lists a topic that it is not subscribed to")?;
            member.queue.fault().map_or(Ok(()), |fault| Err(fault.to_owned()))?;
        }
        Ok(())
    }
}

impl Attendance for Hub {
    fn is_here(&self, person: UserId) -> bool {
        let state = self.state();
        state.of_person.contains_key(&person) || state.elsewhere.connections(person) > 0
    }

    fn is_active(&self, person: UserId) -> bool {
        let state = self.state();
        let here = state.of_person.contains_key(&person) && state.presence.of(person) == Some(false);
        here || state.elsewhere.of(person) == Some(false)
    }

    fn everybody(&self) -> Vec<UserId> {
        let state = self.state();
        let mut everybody: Vec<UserId> = state.presence.everybody().chain(state.elsewhere.everybody()).collect();
        everybody.sort_unstable();
        everybody.dedup();
        everybody
    }
}

/// Puts a frame into a queue; gives the queue back when it is to be carried.
fn put(queue: &Arc<Queue>, lane: Lane, frame: &Frame) -> Option<Arc<Queue>> {
    queue.push(lane, frame.clone()).then(|| Arc::clone(queue))
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
