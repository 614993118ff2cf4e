//! A list of posts as a page sees it: items, what waits above, and how the next older page is doing.

use std::{fmt::Display, future::Future, sync::Arc};

use futures::{FutureExt, future::LocalBoxFuture};
use leptos::{prelude::*, task::spawn_local};

use super::{Core, Holder, Live, set_if_new};
use crate::{
    client::state::{Changes, LiveState, feed::FeedScope},
    protocol::{
        events::LogMark,
        ids::{PostId, UserId},
        views::{Page, PersonRef, PostView},
    },
};

/// Lists kept for going back to; the oldest is forgotten first.
const KEPT_LISTS: usize = 8;
/// Faces on the pill.
const PILL_AUTHORS: usize = 3;

/// New posts that wait above the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pill {
    /// How many; 0 hides the pill.
    pub count: usize,
    /// Whether there are more than `count`.
    pub and_more: bool,
    /// Up to three who wrote them, newest first.
    pub authors: Vec<PersonRef>,
}

/// The end of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tail {
    /// Older posts can be loaded.
    #[default]
    More,
    /// They are being loaded.
    Loading,
    /// That failed, for this reason; [`FeedList::load_older`] tries again.
    Failed(String),
    /// There are none.
    End,
}

/// Fetches the page before a cursor; the newest page without one.
pub(super) type Loader<T> =
    Arc<dyn Fn(Option<String>) -> LocalBoxFuture<'static, Result<Page<T>, String>> + Send + Sync>;

/// Boxes a page's way to fetch.
pub(super) fn boxed<T, E, F>(loader: impl Fn(Option<String>) -> F + Send + Sync + 'static) -> Loader<T>
where
    E: Display,
    F: Future<Output = Result<Page<T>, E>> + 'static,
    T: 'static,
{
    Arc::new(move |before| loader(before).map(|answer| answer.map_err(|error| error.to_string())).boxed_local())
}

/// The signals of one list.
pub(super) struct FeedSignals {
    items: ArcRwSignal<Vec<PostId>>,
    pill: ArcRwSignal<Pill>,
    tail: ArcRwSignal<Tail>,
    pub(super) loader: Loader<PostView>,
    pub(super) focus: Option<PostId>,
}

impl FeedSignals {
    pub(super) fn publish(&self, state: &LiveState, scope: &FeedScope) {
        set_if_new(&self.items, state.visible(scope));
        set_if_new(&self.pill, pill(state, scope));
        let ended = state.feed(scope).is_some_and(|feed| feed.is_seeded() && feed.next().is_none());
        let tail = self.tail.get_untracked();
        if ended {
            set_if_new(&self.tail, Tail::End);
        } else if tail == Tail::End {
            self.tail.set(Tail::More);
        }
    }
}

fn pill(state: &LiveState, scope: &FeedScope) -> Pill {
    let waiting = state.waiting(scope);
    let mut authors: Vec<PersonRef> = Vec::new();
    for body in waiting.iter().filter_map(|id| state.post(*id)?.body()) {
        if authors.len() < PILL_AUTHORS && authors.iter().all(|author| author.id != body.user_id) {
            authors.push(body.author.clone());
        }
    }
    Pill { count: waiting.len(), and_more: state.feed(scope).is_some_and(|feed| feed.has_gap()), authors }
}

/// A list of posts, live. Watches its feed and the counts of its posts while the component that opened it lives; the
/// list itself stays known for going back to it.
#[derive(Clone, Copy)]
pub struct FeedList {
    live: Live,
    scope: StoredValue<FeedScope>,
    items: Signal<Vec<PostId>>,
    pill: Signal<Pill>,
    tail: Signal<Tail>,
}

impl Live {
    /// Opens a list. `loader` fetches the page before a cursor, or the newest page; it runs in the browser only.
    pub fn feed_list<E, F>(
        self,
        scope: FeedScope,
        loader: impl Fn(Option<String>) -> F + Send + Sync + 'static,
    ) -> FeedList
    where
        E: Display + 'static,
        F: Future<Output = Result<Page<PostView>, E>> + 'static,
    {
        let loader = boxed(loader);
        let signals = self.core.try_update_value(|core| core.open_feed(&scope, loader)).unwrap_or_default();
        self.hold(Holder::Feed(scope.clone()));
        let (items, pill, tail) = signals;
        FeedList {
            live: self,
            scope: StoredValue::new(scope),
            items: items.into(),
            pill: pill.into(),
            tail: tail.into(),
        }
    }
}

type ListSignals = (ArcRwSignal<Vec<PostId>>, ArcRwSignal<Pill>, ArcRwSignal<Tail>);

impl Core {
    fn open_feed(&mut self, scope: &FeedScope, loader: Loader<PostView>) -> ListSignals {
        if let Some((_, signals)) = self.feeds.iter_mut().find(|(at, _)| at == scope) {
            signals.loader = loader;
            // Nobody watched while the list was away.
            let feed = self.state.feed_mut(scope);
            feed.head_wanted = feed.is_seeded();
            return (signals.items.clone(), signals.pill.clone(), signals.tail.clone());
        }
        self.forget_old_lists();
        let signals = FeedSignals {
            items: ArcRwSignal::default(),
            pill: ArcRwSignal::default(),
            tail: ArcRwSignal::default(),
            loader,
            focus: None,
        };
        let shared = (signals.items.clone(), signals.pill.clone(), signals.tail.clone());
        self.state.feed_mut(scope);
        self.feeds.push((scope.clone(), signals));
        shared
    }

    fn forget_old_lists(&mut self) {
        while self.feeds.len() >= KEPT_LISTS {
            let unheld = self.feeds.iter().position(|(scope, _)| !self.is_held(&Holder::Feed(scope.clone())));
            let Some(place) = unheld else { return };
            let (scope, _) = self.feeds.remove(place);
            self.state.close_feed(&scope);
        }
    }
}

impl FeedList {
    /// Takes the first page. `mark` is where the event log stood before the page was read: what came since is sent by
    /// the server; without it the newest page is fetched once more after connecting. A list that was seeded before
    /// keeps its place and lets what is new wait above.
    pub fn seed(self, page: &Page<PostView>, mark: Option<&LogMark>) {
        self.change(|state, scope| {
            let changes = state.seed_feed(scope, page);
            state.feed_mut(scope).head_wanted = mark.is_none();
            changes
        });
        if let Some(mark) = mark {
            self.live.tell_mark(mark);
        }
    }

    /// Whether a first page was taken, here or on an earlier visit: then nothing need be fetched.
    #[must_use]
    pub fn is_seeded(self) -> bool {
        self.read(|core, scope| core.state.feed(scope).is_some_and(|feed| feed.is_seeded())).unwrap_or(false)
    }

    /// The posts on show, newest first; give each to [`Live::known_post`].
    #[must_use]
    pub fn items(self) -> Signal<Vec<PostId>> {
        self.items
    }

    /// The new posts that wait above.
    #[must_use]
    pub fn pill(self) -> Signal<Pill> {
        self.pill
    }

    /// The end of the list.
    #[must_use]
    pub fn tail(self) -> Signal<Tail> {
        self.tail
    }

    /// Moves what waits above into the list. Scroll to its top afterwards.
    pub fn show_pending(self) {
        self.change(|state, scope| {
            state.feed_mut(scope).show_pending();
            Changes { feeds: true, ..Changes::default() }
        });
    }

    /// Shows the reader's own new post at once.
    pub fn accept(self, post: &PostView) {
        self.change(|state, scope| {
            let changes = state.take_post(post);
            state.feed_mut(scope).accept(post.id);
            changes
        });
    }

    /// Says which post is being read, so that the posts around it are watched when the list is longer than may be.
    pub fn focus(self, id: PostId) {
        let Some(scope) = self.scope.try_get_value() else { return };
        self.live.with_core(|core| {
            if let Some((_, signals)) = core.feeds.iter_mut().find(|(at, _)| *at == scope) {
                signals.focus = Some(id);
            }
            if core.state.visible(&scope).len() > crate::protocol::limits::WATCHED_POSTS_MAX {
                core.tell_wishes();
            }
        });
    }

    /// Loads the next older page, unless that is under way or there is none.
    pub fn load_older(self) {
        let Some(scope) = self.scope.try_get_value() else { return };
        let work = self.live.core.try_update_value(|core| {
            let next = core.state.feed(&scope)?.next()?.to_owned();
            let (_, signals) = core.feeds.iter().find(|(at, _)| *at == scope)?;
            if signals.tail.get_untracked() == Tail::Loading {
                return None;
            }
            signals.tail.set(Tail::Loading);
            Some((signals.loader.clone(), signals.tail.clone(), next))
        });
        let Some(Some((loader, tail, next))) = work else { return };
        let live = self.live;
        spawn_local(async move {
            match loader(Some(next.clone())).await {
                Ok(page) => {
                    tail.set(Tail::More);
                    live.change(|state| {
                        // The list may have started anew meanwhile: then this page is not the next one.
                        if state.feed(&scope).and_then(|feed| feed.next()) == Some(next.as_str()) {
                            state.append_feed(&scope, &page)
                        } else {
                            Changes::default()
                        }
                    });
                }
                Err(message) => tail.set(Tail::Failed(message)),
            }
        });
    }

    fn change(self, change: impl FnOnce(&mut LiveState, &FeedScope) -> Changes) {
        if let Some(scope) = self.scope.try_get_value() {
            self.live.change(|state| change(state, &scope));
        }
    }

    fn read<T>(self, read: impl FnOnce(&Core, &FeedScope) -> T) -> Option<T> {
        let scope = self.scope.try_get_value()?;
        self.live.core.try_with_value(|core| read(core, &scope))
    }
}

impl FeedScope {
    /// The list of what one person posted.
    #[must_use]
    pub const fn by(author: UserId) -> Self {
        Self::Author(author)
    }
}
