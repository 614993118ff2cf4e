//! The live state as reactive signals: what pages read, watch and press.
//!
//! On the server nothing here moves: values are those the page was seeded with, so that the first render in the
//! browser is the same.

mod announcements;
mod applications;
mod comment_list;
mod conversations;
mod entities;
mod feed_list;
mod graph;
mod jobs;
mod needs;
mod notifications;
mod presence;
mod shared;
mod talk;
mod uploads;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::channel::mpsc;
use leptos::{prelude::*, task::spawn_local};

use self::{
    announcements::AnnouncementCore,
    applications::ApplicationSignal,
    comment_list::ThreadSignals,
    entities::{CommentSignals, PostSignals},
    feed_list::FeedSignals,
    jobs::JobSignal,
    notifications::BellCore,
    presence::PeopleThere,
    shared::Shared,
    talk::Talk,
};
pub use self::{
    announcements::AnnouncementPlace,
    comment_list::CommentList,
    conversations::{Door, Doors, LiveConversation, LiveConversations, LiveThread, door},
    entities::{LikeBadge, LiveComment, LivePost},
    feed_list::{FeedList, Pill, Tail},
    notifications::{BellDoors, BellList, LiveBell},
    presence::Presence,
};
use super::{
    connection::{Input, Status, Wishes},
    http,
    like_toggle::{LikeTarget, LikeToggle, Settled},
    socket,
    state::{Changes, LiveState, Need, feed::FeedScope},
};
use crate::protocol::{
    commands::KnownPost,
    errors::ApiError,
    events::{LogMark, ServerEvent},
    ids::{CommentId, ConversationId, PostId, UserId},
    limits::{WATCHED_PEOPLE_MAX, WATCHED_POSTS_MAX},
    views::{FeedKind, LikeState},
};

/// Messages that wait for the connection's task. They are few: most only say "look again". Each sender has a place of
/// its own beside these, so a timer or a browser event is never refused.
const MAILBOX: usize = 64;

/// What wakes the connection's task.
#[derive(Clone, Debug)]
pub enum Wake {
    /// What is to be watched has changed.
    Wishes,
    /// Something for the connection.
    Input(Input),
}

/// Why something is watched; dropped when the page that asked goes away.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Holder {
    Posts(Vec<PostId>),
    Kind(FeedKind),
    Feed(FeedScope),
    Thread(PostId),
    Conversation(ConversationId),
    Person(UserId),
}

type Listener = Arc<dyn Fn() + Send + Sync>;
type RefusalListener = Arc<dyn Fn(RefusedLike) + Send + Sync>;

/// A like that was refused and has been taken back.
#[derive(Clone, Debug)]
pub struct RefusedLike {
    /// What it was for.
    pub target: LikeTarget,
    /// Whether it was to be liked; else the like was to be taken back.
    pub liked: bool,
    /// Why.
    pub error: ApiError,
}

#[derive(Default)]
struct Core {
    state: LiveState,
    talk: Talk,
    bell: BellCore,
    people: PeopleThere,
    graph: graph::People,
    applications: ApplicationSignal,
    announcement: AnnouncementCore,
    jobs: JobSignal,
    posts: BTreeMap<PostId, PostSignals>,
    comments: BTreeMap<CommentId, CommentSignals>,
    threads: BTreeMap<PostId, ThreadSignals>,
    feeds: Vec<(FeedScope, FeedSignals)>,
    toggles: BTreeMap<LikeTarget, LikeToggle>,
    holders: BTreeMap<u64, Holder>,
    next_key: u64,
    mailbox: Option<mpsc::Sender<Wake>>,
    wishes_told: bool,
    fetching: Vec<Need>,
    // Where the event log stood when the page was rendered, until the connection starts.
    mark: Option<LogMark>,
    on_reload: BTreeMap<u64, Listener>,
    on_refusal: Option<RefusalListener>,
}

impl Core {
    fn key(&mut self) -> u64 {
        self.next_key = self.next_key.wrapping_add(1);
        self.next_key
    }

    /// Brings every signal that a fold may have touched in line with the state.
    fn publish(&mut self, changes: &Changes) {
        for id in &changes.posts {
            if let (Some(signals), Some(post)) = (self.posts.get(id), self.state.post(*id)) {
                signals.publish(post, self.toggles.get(&LikeTarget::Post(*id)).copied().unwrap_or_default());
            }
        }
        for id in &changes.threads {
            if let (Some(signals), Some(thread)) = (self.threads.get(id), self.state.thread(*id)) {
                signals.publish(thread);
            }
            for (comment, signals) in self.comments.iter().filter(|(_, signals)| signals.post_id == *id) {
                if let Some(state) = self.state.thread(*id).and_then(|thread| thread.comment(*comment)) {
                    signals.publish(state);
                }
            }
        }
        for id in &changes.comments {
            if let Some(signals) = self.comments.get(id) {
                let toggle = self.toggles.get(&LikeTarget::Comment(*id)).copied().unwrap_or_default();
                signals.publish_likes(self.state.comment_likes(*id), toggle);
            }
        }
        if changes.feeds {
            for (scope, signals) in &self.feeds {
                signals.publish(&self.state, scope);
            }
        }
    }

    /// Tells the connection's task, once per round, that it should look at the wishes again.
    fn tell_wishes(&mut self) {
        if self.wishes_told {
            return;
        }
        if let Some(mailbox) = &mut self.mailbox {
            // A full mailbox holds something that wakes the task, and a woken task looks.
            self.wishes_told = mailbox.try_send(Wake::Wishes).is_ok();
        }
    }

    /// What the open pages want to be told of: threads first, then single posts, then lists, up to the limit.
    fn wishes(&self) -> Wishes {
        let mut wishes = Wishes::default();
        let mut add = |ids: &mut dyn Iterator<Item = PostId>| {
            for id in ids {
                if wishes.posts.len() < WATCHED_POSTS_MAX {
                    wishes.posts.insert(id);
                }
            }
        };
        let held = || self.holders.values().rev();
        add(&mut held().filter_map(|holder| if let Holder::Thread(id) = holder { Some(*id) } else { None }));
        for holder in held() {
            if let Holder::Posts(ids) = holder {
                add(&mut ids.iter().copied());
            }
        }
        for holder in held() {
            if let Holder::Feed(scope) = holder {
                add(&mut self.window(scope).into_iter());
            }
        }
        wishes.feeds = held().filter_map(Holder::feed).collect();
        let joined = held().filter_map(|holder| if let Holder::Conversation(id) = holder { Some(*id) } else { None });
        // Whoever has not said yet that they take part is told nothing of who types and reads, so they join afterwards.
        wishes.conversations = joined.filter(|id| !self.talk.is_request(*id)).collect();
        let people = held().filter_map(|holder| if let Holder::Person(id) = holder { Some(*id) } else { None });
        wishes.people = people.take(WATCHED_PEOPLE_MAX).collect();
        wishes.is_idle = self.people.is_idle;
        wishes
    }

    /// The posts of a list around the one being read, nearest first.
    fn window(&self, scope: &FeedScope) -> Vec<PostId> {
        let mut ids = self.state.visible(scope);
        let focus = self.feeds.iter().find(|(at, _)| at == scope).and_then(|(_, signals)| signals.focus);
        let place = focus.and_then(|focus| ids.iter().position(|id| *id == focus));
        // Unless told otherwise, the reader is where the list was last extended: at its end.
        let skip = place.unwrap_or(ids.len()).saturating_sub(WATCHED_POSTS_MAX / 2);
        let skip = skip.min(ids.len().saturating_sub(WATCHED_POSTS_MAX));
        ids.drain(..skip);
        ids.truncate(WATCHED_POSTS_MAX);
        ids
    }

    /// Forgets what no page shows. Called when a page goes, so that its posts are not on show any more.
    fn forget_unheld(&mut self) {
        let held = self.wishes().posts;
        for id in self.state.forget_unheld(&held) {
            self.posts.remove(&id);
        }
    }

    fn is_held(&self, holder: &Holder) -> bool {
        self.holders.values().any(|held| held == holder)
    }
}

impl Holder {
    /// The feed that tells of edits and deletions of what is held.
    const fn feed(&self) -> Option<FeedKind> {
        match self {
            Self::Posts(_) | Self::Conversation(_) | Self::Person(_) => None,
            Self::Kind(kind) => Some(*kind),
            Self::Feed(scope) => Some(scope.watched_feed()),
            Self::Thread(_) => Some(FeedKind::Everyone),
        }
    }
}

/// The live half of the session; one per tab, in the context of the app.
#[derive(Clone, Copy)]
pub struct Live {
    core: Shared<Core>,
    status: RwSignal<Status>,
}

/// Makes the live half and gives it to everything below. It stays still until [`Live::connect_as`].
pub fn provide_live() -> Live {
    let live = Live { core: Shared::new(Core::default()), status: RwSignal::new(Status::Idle) };
    provide_context(live);
    live
}

/// The live half that [`provide_live`] made; outside of it a still one of its own.
#[must_use]
pub fn use_live() -> Live {
    use_context::<Live>().unwrap_or_else(provide_live)
}

impl Live {
    /// Connects while somebody is signed in, and disconnects when nobody is. Does nothing on the server.
    pub fn connect_as(self, user: Signal<Option<UserId>>) {
        Effect::new(move |_| match user.get() {
            Some(user) => self.start(user),
            None => drop(self.tell(Input::SignOut)),
        });
    }

    fn start(self, user: UserId) {
        let inbox = self.core.try_update_value(|core| {
            if core.mailbox.is_some() {
                return None;
            }
            let (mailbox, inbox) = mpsc::channel(MAILBOX);
            core.mailbox = Some(mailbox.clone());
            Some((mailbox, inbox))
        });
        if let Some(Some((mailbox, inbox))) = inbox {
            spawn_local(socket::drive(self, mailbox, inbox));
        }
        self.start_talk(user);
        let mark = self.core.try_update_value(|core| core.mark.take()).flatten();
        if mark.is_none() {
            self.set_bell_unmarked();
        }
        self.tell(Input::Start { user, mark });
        self.with_core(Core::tell_wishes);
    }

    /// How the connection is.
    #[must_use]
    pub fn status(self) -> Signal<Status> {
        self.status.into()
    }

    /// Tries to connect now instead of at the end of the countdown.
    pub fn retry_now(self) {
        self.tell(Input::RetryNow);
    }

    /// Calls `listener` when too much was missed and data outside of posts and comments should be fetched again; lists
    /// of posts and comments do so themselves. Ends with the calling component.
    pub fn on_reload(self, listener: impl Fn() + Send + Sync + 'static) {
        let key = self.core.try_update_value(|core| {
            let key = core.key();
            core.on_reload.insert(key, Arc::new(listener));
            key
        });
        on_cleanup(move || {
            if let Some(key) = key {
                self.with_core(|core| drop(core.on_reload.remove(&key)));
            }
        });
    }

    /// Calls `listener` when a like was refused and has been taken back. One listener at a time: the toasts.
    pub fn on_refusal(self, listener: impl Fn(RefusedLike) + Send + Sync + 'static) {
        self.with_core(|core| core.on_refusal = Some(Arc::new(listener)));
    }

    /// Watches the counts of these posts while the calling component lives. Lists of posts and comments do so for what
    /// they hold; this is for posts outside of them.
    pub fn watch_posts(self, ids: Vec<PostId>) {
        self.hold(Holder::Posts(ids));
    }

    /// Watches a feed while the calling component lives. Lists of posts do so themselves.
    pub fn watch_feed(self, kind: FeedKind) {
        self.hold(Holder::Kind(kind));
    }

    fn hold(self, holder: Holder) {
        let key = self.core.try_update_value(|core| {
            let key = core.key();
            core.holders.insert(key, holder);
            core.tell_wishes();
            key
        });
        on_cleanup(move || {
            if let Some(key) = key {
                self.release(key);
            }
        });
    }

    fn release(self, key: u64) {
        self.with_core(|core| {
            let released = core.holders.remove(&key);
            if let Some(Holder::Thread(id)) = &released
                && !core.is_held(&Holder::Thread(*id))
            {
                core.threads.remove(id);
                core.state.close_thread(*id);
                core.comments.retain(|_, signals| signals.post_id != *id);
            }
            core.forget_unheld();
            core.tell_wishes();
        });
    }

    /// Turns a like on or off: shown at once, sent one at a time, taken back when refused.
    pub fn toggle_like(self, target: LikeTarget) {
        let request = self.core.try_update_value(|core| {
            let stored = match target {
                LikeTarget::Post(id) => core.state.post(id).is_some_and(|post| post.likes.liked),
                LikeTarget::Comment(id) => core.state.comment_likes(id).liked,
            };
            let request = core.toggles.entry(target).or_default().press(stored);
            core.publish(&target_changes(target));
            request
        });
        if let Some(Some(liked)) = request {
            spawn_local(self.send_like(target, liked));
        }
    }

    /// Likes, or takes a like back, unless it stands so already.
    pub fn set_like(self, target: LikeTarget, liked: bool) {
        let stands = self.core.try_with_value(|core| {
            let likes = match target {
                LikeTarget::Post(id) => core.state.post(id).is_some_and(|post| post.likes.liked),
                LikeTarget::Comment(id) => core.state.comment_likes(id).liked,
            };
            core.toggles.get(&target).copied().unwrap_or_default().shown(likes, 0).0
        });
        if stands == Some(!liked) {
            self.toggle_like(target);
        }
    }

    async fn send_like(self, target: LikeTarget, liked: bool) {
        let mut wish = Some(liked);
        while let Some(liked) = wish {
            let method = if liked { gloo_net::http::Method::PUT } else { gloo_net::http::Method::DELETE };
            let answer = http::call::<LikeState>(method, &target.path()).await;
            wish = self.settle_like(target, liked, answer);
        }
    }

    /// Takes the answer to a like; returns what to send next.
    fn settle_like(self, target: LikeTarget, liked: bool, answer: Result<LikeState, ApiError>) -> Option<bool> {
        let (next, refusal) = self.core.try_update_value(|core| {
            let (outcome, refusal) = match answer {
                Ok(likes) => {
                    match target {
                        LikeTarget::Post(id) => core.state.take_likes(id, likes),
                        LikeTarget::Comment(id) => core.state.take_comment_likes(id, likes),
                    };
                    (Settled::Stored, None)
                }
                Err(error) => (Settled::Refused, core.on_refusal.clone().map(|listener| (listener, error))),
            };
            let next = core.toggles.get_mut(&target).and_then(|toggle| toggle.settle(outcome));
            if next.is_none() {
                core.toggles.remove(&target);
            }
            core.publish(&target_changes(target));
            (next, refusal)
        })?;
        if let Some((listener, error)) = refusal {
            listener(RefusedLike { target, liked, error });
        }
        next
    }

    /// Sends something to the connection's task; nothing before it runs. Whether it will take it.
    pub(super) fn tell(self, input: Input) -> bool {
        // Full only when the task has not run for 64 messages; the next one finds it.
        let tell = |core: &mut Core| core.mailbox.as_mut()?.try_send(Wake::Input(input)).ok();
        self.core.try_update_value(tell).flatten().is_some()
    }

    /// Folds an event into the state and the signals.
    pub(super) fn fold(self, event: &ServerEvent) {
        self.change(|state| state.fold(event));
        self.talk(|talk| talk.fold(event));
        self.fold_bell(event);
        if matches!(event, ServerEvent::MembershipUpdate(_)) {
            self.with_core(Core::tell_wishes);
        }
        self.take_presence(event);
        self.take_graph(event);
        self.take_application(event);
        self.take_job(event);
        self.take_announcement(event);
    }

    /// What the server need not send again.
    pub(super) fn known(self, ids: &[PostId]) -> Vec<KnownPost> {
        self.core.try_with_value(|core| core.state.known(ids)).unwrap_or_default()
    }

    /// What is wished for now; later changes are told again.
    pub(super) fn take_wishes(self) -> Wishes {
        self.core
            .try_update_value(|core| {
                core.wishes_told = false;
                core.wishes()
            })
            .unwrap_or_default()
    }

    /// Tells the state which feeds may speak and which are confirmed.
    pub(super) fn set_feeds(self, possible: &[FeedKind], confirmed: &[FeedKind]) {
        self.with_core(|core| core.state.set_feeds(possible, confirmed));
    }

    /// Too much was missed.
    pub(super) fn reload(self) {
        self.change(LiveState::reload);
        self.talk(Talk::reload);
        self.reload_bell();
        self.reload_announcement();
        let listeners: Vec<Listener> =
            self.core.try_with_value(|core| core.on_reload.values().cloned().collect()).unwrap_or_default();
        for listener in listeners {
            listener();
        }
    }

    pub(super) fn set_status(self, status: Status) {
        if self.status.try_get_untracked().is_some_and(|current| current != status) {
            self.status.try_set(status);
            if status != Status::Live {
                self.talk(Talk::end);
            }
        }
    }

    /// Changes the state and publishes what changed. Lists that changed are watched anew, and what is needed by now is
    /// fetched: the connection's task does both.
    fn change(self, change: impl FnOnce(&mut LiveState) -> Changes) {
        self.with_core(|core| {
            let changes = change(&mut core.state);
            core.publish(&changes);
            if changes.feeds || !core.state.needs().is_empty() {
                core.tell_wishes();
            }
        });
    }

    fn with_core(self, run: impl FnOnce(&mut Core)) {
        // `None` when the app is gone: late timers and answers then have nobody to tell.
        let _gone = self.core.try_update_value(run);
    }
}

fn target_changes(target: LikeTarget) -> Changes {
    match target {
        LikeTarget::Post(id) => Changes { posts: BTreeSet::from([id]), ..Changes::default() },
        LikeTarget::Comment(id) => Changes { comments: BTreeSet::from([id]), ..Changes::default() },
    }
}

/// Sets a signal only when its value differs, so that nothing renders twice for one change.
fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|current| *current != value) {
        signal.set(value);
    }
}

#[cfg(test)]
mod tests;
