//! A gateway's hold on one connection of the hub: what it watches, and what waits to be written to it.

use std::{
    collections::HashSet,
    io,
    sync::Arc,
    task::{Context, Poll},
};

use super::{ConnectionId, Hub, Member};
use crate::{
    protocol::{
        events::{CloseCode, ServerEvent},
        ids::{ConversationId, PostId, UserId},
        limits::{JOINED_CONVERSATIONS_MAX, WATCHED_PEOPLE_MAX, WATCHED_POSTS_MAX},
        views::FeedKind,
    },
    server::{
        domain::{
            outcome::Topic,
            ports::{PostCounts, PresenceRecord},
        },
        realtime::{
            encoding::{Frame, encode},
            queue::{Flushed, Lane, Next, Queue, Wire},
        },
    },
};

/// What one resume may replay, in bytes and frames: half of the queue's bounds, so that what happens meanwhile fits
/// too. A client that missed more reloads, which costs it less.
const RESUME_MAX_BYTES: usize = 32 * 1024;
/// See [`RESUME_MAX_BYTES`].
const RESUME_MAX_FRAMES: usize = 256;

/// People whose coming and going a connection hears of that hears of everybody. Everybody told of everybody costs the square
/// of their number: five thousand would be told 25 million times, and each keep 200 KiB.
pub const HEARD_PEOPLE_MAX: usize = 1_000;

/// More posts than one connection may watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyPosts;

/// Why something is not watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotJoined {
    /// What the person may see changed while it was read: read it again.
    ReadAgain,
    /// More than one connection may watch.
    TooMany,
}

/// What came of settling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// What was read is what the subscriptions continue from.
    Current,
    /// Something happened while it was read: the subscriptions are live, read again.
    ReadAgain,
    /// Whom the person follows changed while it was read: begin again.
    BeginAgain,
}

/// One open connection. Dropping it takes the connection out of the hub.
#[derive(Debug)]
pub struct ConnectionHandle {
    pub(super) hub: Hub,
    pub(super) id: ConnectionId,
    queue: Arc<Queue>,
}

impl Drop for ConnectionHandle {
    fn drop(&mut self) {
        self.queue.detach();
        let now = self.hub.shared.clock.now();
        self.hub.state().dismiss(self.id, now);
        self.hub.shared.paced.notify_one();
        self.hub.shared.moved.notify_one();
    }
}

impl ConnectionHandle {
    pub(super) const fn new(hub: Hub, id: ConnectionId, queue: Arc<Queue>) -> Self {
        Self { hub, id, queue }
    }

    /// Sends an event to this connection alone; it is not dropped for slowness.
    pub fn send(&self, event: &ServerEvent) {
        if let Some(frame) = encode(event) {
            self.push(Lane::Must, frame);
        }
    }

    /// What a connection asked for is written by its own task.
    fn push(&self, lane: Lane, frame: Frame) {
        if self.queue.push(lane, frame) {
            self.queue.call();
        }
    }

    /// From now on frames go over this wire, until the handle is dropped.
    pub fn attach(&self, wire: Arc<dyn Wire>) {
        self.queue.attach(wire);
    }

    /// Writes what waits, as far as the wire takes it.
    ///
    /// # Errors
    /// When the connection broke.
    pub fn flush(&self) -> io::Result<Flushed> {
        self.queue.flush()
    }

    /// Closes the connection once what waits was written.
    pub fn close(&self, code: CloseCode) {
        self.queue.close(code);
    }

    /// What the writer does next.
    #[must_use]
    pub fn next(&self) -> Next {
        self.queue.next()
    }

    /// Resolves when [`ConnectionHandle::next`] has something.
    pub fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.queue.poll_ready(cx)
    }

    /// Resolves when [`ConnectionHandle::next`] has something.
    pub async fn ready(&self) {
        self.queue.ready().await;
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.queue.waiting_bytes()
    }

    /// Whether the connection is being closed, and why.
    #[must_use]
    pub fn closing(&self) -> Option<CloseCode> {
        self.queue.closing()
    }

    /// Changes when what the person may see changes: take it before reading whom they follow or talk with.
    #[must_use]
    pub fn mark(&self) -> u32 {
        self.hub.state().members.get(&self.id).map_or(0, |member| member.mark)
    }

    /// Watches a feed, which consists of `topics`; false when what was read at `mark` no longer holds.
    #[must_use]
    pub fn watch_feed(&self, feed: FeedKind, topics: Vec<Topic>, mark: u32) -> bool {
        let mut state = self.hub.state();
        let Some(member) = state.members.get_mut(&self.id) else { return true };
        if member.mark != mark {
            return false;
        }
        if !member.feeds.contains(&feed) {
            member.feeds.push(feed);
        }
        for topic in topics {
            state.subscribe(self.id, topic, false);
        }
        true
    }

    /// Stops to watch a feed, and keeps what the other feed consists of.
    pub fn unwatch_feed(&self, feed: FeedKind) {
        let mut state = self.hub.state();
        let Some(member) = state.members.get_mut(&self.id) else { return };
        member.feeds.retain(|watched| *watched != feed);
        let kept = member.feeds.clone();
        let unwanted = |topic: &Topic| match topic {
            Topic::PublicFeed => !kept.contains(&FeedKind::Everyone),
            Topic::PostsBy(_) | Topic::PostsForConnections(_) => kept.is_empty(),
            _ => false,
        };
        state.unsubscribe(self.id, unwanted);
    }

    /// Asks to watch posts, each named once: they are sent nothing until [`ConnectionHandle::settle_posts`], but what would have come is
    /// noted, so that the store is read after the subscription began and mostly once.
    ///
    /// # Errors
    /// When the connection would watch more than [`WATCHED_POSTS_MAX`]; then nothing changes.
    pub fn begin_posts(&self, post_ids: &[PostId]) -> Result<(), TooManyPosts> {
        let mut state = self.hub.state();
        let Some(member) = state.members.get(&self.id) else { return Ok(()) };
        let watched = member.topics.iter().filter(|topic| matches!(topic, Topic::Post(_))).count();
        let mut added: Vec<Topic> = post_ids.iter().map(|id| Topic::Post(*id)).collect();
        added.retain(|topic| !state.subscriptions.contains(*topic, self.id));
        if watched + added.len() > WATCHED_POSTS_MAX {
            return Err(TooManyPosts);
        }
        if let Some(member) = state.members.get_mut(&self.id) {
            member.topics.reserve_exact(added.len());
        }
        for topic in added {
            state.subscribe(self.id, topic, true);
        }
        Ok(())
    }

    /// Makes the subscriptions to those of `post_ids` live that are `visible`, and ends the others.
    #[must_use]
    pub fn settle_posts(&self, post_ids: &[PostId], visible: &[PostCounts], mark: u32) -> Settled {
        let mut state = self.hub.state();
        let Some(member) = state.members.get(&self.id) else { return Settled::Current };
        if member.mark != mark {
            return Settled::BeginAgain;
        }
        let mut hidden = topics_of(post_ids);
        let mut touched = false;
        for post in visible {
            hidden.remove(&Topic::Post(post.post_id));
            touched |= state.subscriptions.settle(Topic::Post(post.post_id), self.id);
            if state.subscriptions.anyone(&Topic::Post(post.post_id)) {
                state.authors.insert(post.post_id, (post.author, post.audience));
            }
        }
        state.unsubscribe(self.id, |topic| hidden.contains(topic));
        if touched { Settled::ReadAgain } else { Settled::Current }
    }

    /// Stops to watch posts.
    pub fn unwatch_posts(&self, post_ids: &[PostId]) {
        let mut state = self.hub.state();
        let unwanted = topics_of(post_ids);
        state.unsubscribe(self.id, |topic| unwanted.contains(topic));
    }

    /// Watches a conversation that the person takes part in.
    ///
    /// # Errors
    /// When what was read at `mark` no longer holds, or the connection would watch more than
    /// [`JOINED_CONVERSATIONS_MAX`].
    pub fn join_conversation(&self, id: ConversationId, topics: &[Topic], mark: u32) -> Result<(), NotJoined> {
        let mut state = self.hub.state();
        let Some(member) = state.members.get_mut(&self.id) else { return Ok(()) };
        if member.mark != mark {
            return Err(NotJoined::ReadAgain);
        }
        if !member.joined.contains(&id) {
            if member.joined.len() >= JOINED_CONVERSATIONS_MAX {
                return Err(NotJoined::TooMany);
            }
            member.joined.push(id);
        }
        for topic in topics {
            state.subscribe(self.id, *topic, false);
        }
        Ok(())
    }

    /// Stops to watch a conversation.
    pub fn leave_conversation(&self, id: ConversationId) {
        self.hub.state().leave_conversation(self.id, id);
    }

    /// Whether the connection watches a conversation: the person takes part in it, and it is on screen.
    #[must_use]
    pub fn has_joined(&self, id: ConversationId) -> bool {
        self.hub.state().members.get(&self.id).is_some_and(|member| member.joined.contains(&id))
    }

    /// Watches whether people are there, who may be known as read at `mark`; each is sent as they are now.
    ///
    /// # Errors
    /// When what was read at `mark` no longer holds, or the connection would watch more than [`WATCHED_PEOPLE_MAX`], beside
    /// those it heard of without having asked.
    pub fn watch_people(&self, people: &[PresenceRecord], mark: u32) -> Result<(), NotJoined> {
        self.watch_at_most(
            |member| WATCHED_PEOPLE_MAX + if member.has_heard { HEARD_PEOPLE_MAX } else { 0 },
            people,
            mark,
        )
    }

    /// The same, of people who were offered.
    ///
    /// # Errors
    /// When what was read at `mark` no longer holds, or the connection would hear of more than [`HEARD_PEOPLE_MAX`].
    pub fn hear_of_people(&self, people: &[PresenceRecord], mark: u32) -> Result<(), NotJoined> {
        self.watch_at_most(|_| HEARD_PEOPLE_MAX, people, mark)
    }

    fn watch_at_most(
        &self,
        cap: impl Fn(&Member) -> usize,
        people: &[PresenceRecord],
        mark: u32,
    ) -> Result<(), NotJoined> {
        let now = self.hub.shared.clock.now();
        let mut state = self.hub.state();
        let Some(member) = state.members.get(&self.id) else { return Ok(()) };
        if member.mark != mark {
            return Err(NotJoined::ReadAgain);
        }
        let watched = member.topics.iter().filter(|topic| matches!(topic, Topic::Presence(_))).count();
        let is_new = |known: &&PresenceRecord| !state.subscriptions.contains(Topic::Presence(known.person.id), self.id);
        if watched + people.iter().filter(is_new).count() > cap(member) {
            return Err(NotJoined::TooMany);
        }
        for person in people {
            // Under the lock, so that nothing newer is overtaken.
            if let Some((key, frame)) = state.watch_person(self.id, person, now) {
                self.push(Lane::Count(key), frame);
            }
        }
        Ok(())
    }

    /// Stops to watch whether people are there.
    pub fn unwatch_people(&self, people: &[UserId]) {
        let unwanted = |topic: &Topic| matches!(topic, Topic::Presence(person) if people.contains(person));
        self.hub.state().unsubscribe(self.id, unwanted);
    }

    /// Notes whether nothing is done on this device.
    pub fn set_idle(&self, is_idle: bool) {
        let now = self.hub.shared.clock.now();
        self.hub.state().set_idle(self.id, is_idle, now);
        self.hub.shared.moved.notify_one();
    }

    /// Replays the events after `offset` that the present subscriptions entitle to and that were not sent as they
    /// happened, in order. False when the log does not reach that far back, or it would be too much: reload then.
    #[must_use]
    pub fn resume(&self, epoch: &str, offset: u64) -> bool {
        if epoch != self.hub.epoch() {
            return false;
        }
        let state = self.hub.state();
        let Some(viewer) = state.members.get(&self.id).map(|member| member.user_id) else { return false };
        let Some(events) = state.log.since(offset) else { return false };
        let is_missed = |topics: &[Topic], number: u64| {
            let mut began = topics.iter().filter_map(|topic| state.since(*topic, self.id)).peekable();
            began.peek().is_some() && began.all(|since| number <= since)
        };
        let missed = events.filter(|event| !event.except.contains(&viewer) && is_missed(&event.topics, event.offset));
        let frames: Vec<_> = missed.map(|event| event.frame.clone()).collect();
        let bytes: usize = frames.iter().map(|frame| frame.len()).sum();
        if bytes > RESUME_MAX_BYTES || frames.len() > RESUME_MAX_FRAMES {
            return false;
        }
        for frame in frames {
            self.push(Lane::Logged, frame);
        }
        true
    }
}

fn topics_of(post_ids: &[PostId]) -> HashSet<Topic> {
    post_ids.iter().copied().map(Topic::Post).collect()
}
