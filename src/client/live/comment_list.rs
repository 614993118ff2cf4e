//! The comments of an open post as its page sees them.

use std::{fmt::Display, future::Future};

use leptos::{prelude::*, task::spawn_local};

use super::{
    Core, Holder, Live, LiveComment,
    feed_list::{Loader, Tail, boxed},
    set_if_new,
};
use crate::{
    client::state::{Changes, LiveState, thread::ThreadState},
    protocol::{
        ids::{CommentId, PostId},
        views::{CommentView, Page, PostView},
    },
};

/// The signals of one thread.
#[derive(Clone)]
pub(super) struct ThreadSignals {
    items: ArcRwSignal<Vec<CommentId>>,
    tail: ArcRwSignal<Tail>,
    pub(super) loader: Loader<CommentView>,
}

impl ThreadSignals {
    pub(super) fn publish(&self, thread: &ThreadState) {
        set_if_new(&self.items, thread.roots().collect());
        if thread.is_seeded() && thread.next().is_none() {
            set_if_new(&self.tail, Tail::End);
        } else if self.tail.get_untracked() == Tail::End {
            self.tail.set(Tail::More);
        }
    }
}

/// The comments of one post, live while the component that opened them lives.
#[derive(Clone, Copy)]
pub struct CommentList {
    live: Live,
    post_id: PostId,
    items: Signal<Vec<CommentId>>,
    tail: Signal<Tail>,
}

impl Live {
    /// Opens the comments of a post. `loader` fetches the page before a cursor, or the newest page; it runs in the
    /// browser only.
    pub fn comment_list<E, F>(
        self,
        post_id: PostId,
        loader: impl Fn(Option<String>) -> F + Send + Sync + 'static,
    ) -> CommentList
    where
        E: Display + 'static,
        F: Future<Output = Result<Page<CommentView>, E>> + 'static,
    {
        let loader = boxed(loader);
        let signals = self.core.try_update_value(|core| core.open_thread(post_id, loader)).unwrap_or_default();
        self.hold(Holder::Thread(post_id));
        let (items, tail) = signals;
        CommentList { live: self, post_id, items: items.into(), tail: tail.into() }
    }
}

impl Core {
    fn open_thread(
        &mut self,
        id: PostId,
        loader: Loader<CommentView>,
    ) -> (ArcRwSignal<Vec<CommentId>>, ArcRwSignal<Tail>) {
        self.state.thread_mut(id);
        let signals = self.threads.entry(id).or_insert_with(|| ThreadSignals {
            items: ArcRwSignal::default(),
            tail: ArcRwSignal::default(),
            loader: loader.clone(),
        });
        signals.loader = loader;
        (signals.items.clone(), signals.tail.clone())
    }
}

impl CommentList {
    /// Takes the first page; `post` was read before it or with it.
    pub fn seed(self, post: &PostView, page: &Page<CommentView>) {
        self.change(|state, id| {
            let mut changes = state.take_post(post);
            let mut more = state.seed_thread(id, post.comment_version, page);
            changes.comments.append(&mut more.comments);
            changes.threads.append(&mut more.threads);
            changes
        });
    }

    /// Comments on the post itself, newest first; give each to [`CommentList::comment`].
    #[must_use]
    pub fn items(self) -> Signal<Vec<CommentId>> {
        self.items
    }

    /// The end of the list.
    #[must_use]
    pub fn tail(self) -> Signal<Tail> {
        self.tail
    }

    /// A comment or reply of this post, live. `None` when it is not loaded.
    #[must_use]
    pub fn comment(self, id: CommentId) -> Option<LiveComment> {
        self.live.known_comment(self.post_id, id)
    }

    /// Shows the reader's own new comment at once.
    pub fn accept(self, comment: &CommentView) {
        self.change(|state, _| state.accept_comment(comment));
    }

    /// Shows a comment as deleted before its event comes. Undo with [`CommentList::accept`].
    pub fn remove(self, comment: CommentId) {
        self.change(|state, id| state.remove_comment(id, comment));
    }

    /// Takes more replies of one comment.
    pub fn add_replies(self, parent: CommentId, replies: &[CommentView]) {
        self.change(|state, id| state.add_replies(id, parent, replies));
    }

    /// Loads the next older page, unless that is under way or there is none.
    pub fn load_older(self) {
        let id = self.post_id;
        let work = self.live.core.try_update_value(|core| {
            let next = core.state.thread(id)?.next()?.to_owned();
            let signals = core.threads.get(&id)?;
            if signals.tail.get_untracked() == Tail::Loading {
                return None;
            }
            signals.tail.set(Tail::Loading);
            Some((signals.clone(), next))
        });
        let Some(Some((signals, next))) = work else { return };
        let live = self.live;
        spawn_local(async move {
            match (signals.loader)(Some(next.clone())).await {
                Ok(page) => {
                    signals.tail.set(Tail::More);
                    live.change(|state| {
                        // A refetch may have moved the end meanwhile: then this page is not the next one.
                        if state.thread(id).and_then(|thread| thread.next()) == Some(next.as_str()) {
                            state.append_thread(id, &page)
                        } else {
                            Changes::default()
                        }
                    });
                }
                Err(message) => signals.tail.set(Tail::Failed(message)),
            }
        });
    }

    fn change(self, change: impl FnOnce(&mut LiveState, PostId) -> Changes) {
        self.live.change(|state| change(state, self.post_id));
    }
}
