//! Posts and comments as signals, one set for each id, shared by every badge that shows it.

use std::sync::Arc;

use leptos::prelude::*;

use super::{Core, Live, set_if_new};
use crate::{
    client::{
        like_toggle::{LikeTarget, LikeToggle},
        state::{
            post::{Likes, PostState},
            thread::CommentState,
        },
    },
    protocol::{
        ids::{CommentId, PostId},
        views::{CommentView, PostView},
    },
};

/// What a like button shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LikeBadge {
    /// Whether the reader likes it, or has just pressed so.
    pub liked: bool,
    /// All likes, with the reader's latest press counted.
    pub count: u64,
    /// Whether the press is not stored yet.
    pub pending: bool,
}

impl LikeBadge {
    fn new(likes: Likes, toggle: LikeToggle) -> Self {
        let (liked, count) = toggle.shown(likes.liked, likes.count);
        Self { liked, count, pending: toggle.pending() }
    }
}

/// The signals of one post.
#[derive(Clone)]
pub(super) struct PostSignals {
    view: ArcRwSignal<Arc<PostView>>,
    like: ArcRwSignal<LikeBadge>,
    comment_count: ArcRwSignal<u64>,
    gone: ArcRwSignal<bool>,
}

impl PostSignals {
    fn new(body: &Arc<PostView>, post: &PostState, toggle: LikeToggle) -> Self {
        Self {
            view: ArcRwSignal::new(Arc::clone(body)),
            like: ArcRwSignal::new(LikeBadge::new(post.likes, toggle)),
            comment_count: ArcRwSignal::new(post.comments.count),
            gone: ArcRwSignal::new(post.is_gone()),
        }
    }

    pub(super) fn publish(&self, post: &PostState, toggle: LikeToggle) {
        if let Some(body) = post.body() {
            set_if_new(&self.view, Arc::clone(body));
        }
        set_if_new(&self.like, LikeBadge::new(post.likes, toggle));
        set_if_new(&self.comment_count, post.comments.count);
        set_if_new(&self.gone, post.is_gone());
    }
}

/// One post, live.
#[derive(Clone, Copy)]
pub struct LivePost {
    /// Which.
    pub id: PostId,
    view: Signal<Arc<PostView>>,
    like: Signal<LikeBadge>,
    comment_count: Signal<u64>,
    deleted: Signal<bool>,
}

impl LivePost {
    fn new(id: PostId, signals: PostSignals) -> Self {
        Self {
            id,
            view: signals.view.into(),
            like: signals.like.into(),
            comment_count: signals.comment_count.into(),
            deleted: signals.gone.into(),
        }
    }

    /// Author, text, pictures. Changes when the post is edited; its counts and `liked` do not move: read the others.
    #[must_use]
    pub fn view(self) -> Signal<Arc<PostView>> {
        self.view
    }

    /// The like button.
    #[must_use]
    pub fn like(self) -> Signal<LikeBadge> {
        self.like
    }

    /// Comments and replies.
    #[must_use]
    pub fn comment_count(self) -> Signal<u64> {
        self.comment_count
    }

    /// Whether it was deleted, or may no longer be seen.
    #[must_use]
    pub fn deleted(self) -> Signal<bool> {
        self.deleted
    }

    /// What [`Live::toggle_like`] takes.
    #[must_use]
    pub const fn target(self) -> LikeTarget {
        LikeTarget::Post(self.id)
    }
}

/// The signals of one comment.
#[derive(Clone)]
pub(super) struct CommentSignals {
    pub(super) post_id: PostId,
    view: ArcRwSignal<Arc<CommentView>>,
    replies: ArcRwSignal<Vec<CommentId>>,
    reply_count: ArcRwSignal<u64>,
    like: ArcRwSignal<LikeBadge>,
}

impl CommentSignals {
    fn new(state: &CommentState, likes: Likes, toggle: LikeToggle) -> Self {
        Self {
            post_id: state.view.post_id,
            view: ArcRwSignal::new(Arc::clone(&state.view)),
            replies: ArcRwSignal::new(state.replies.iter().copied().collect()),
            reply_count: ArcRwSignal::new(state.reply_count),
            like: ArcRwSignal::new(LikeBadge::new(likes, toggle)),
        }
    }

    pub(super) fn publish(&self, state: &CommentState) {
        set_if_new(&self.view, Arc::clone(&state.view));
        set_if_new(&self.replies, state.replies.iter().copied().collect());
        set_if_new(&self.reply_count, state.reply_count);
    }

    pub(super) fn publish_likes(&self, likes: Likes, toggle: LikeToggle) {
        set_if_new(&self.like, LikeBadge::new(likes, toggle));
    }
}

/// One comment or reply, live.
#[derive(Clone, Copy)]
pub struct LiveComment {
    /// Which.
    pub id: CommentId,
    view: Signal<Arc<CommentView>>,
    replies: Signal<Vec<CommentId>>,
    reply_count: Signal<u64>,
    like: Signal<LikeBadge>,
}

impl LiveComment {
    fn new(id: CommentId, signals: CommentSignals) -> Self {
        Self {
            id,
            view: signals.view.into(),
            replies: signals.replies.into(),
            reply_count: signals.reply_count.into(),
            like: signals.like.into(),
        }
    }

    /// Author, text and whether it was deleted; `replies` and counts do not move: read the others.
    #[must_use]
    pub fn view(self) -> Signal<Arc<CommentView>> {
        self.view
    }

    /// Loaded replies, oldest first.
    #[must_use]
    pub fn replies(self) -> Signal<Vec<CommentId>> {
        self.replies
    }

    /// All replies, loaded or not.
    #[must_use]
    pub fn reply_count(self) -> Signal<u64> {
        self.reply_count
    }

    /// The like button.
    #[must_use]
    pub fn like(self) -> Signal<LikeBadge> {
        self.like
    }

    /// What [`Live::toggle_like`] takes.
    #[must_use]
    pub const fn target(self) -> LikeTarget {
        LikeTarget::Comment(self.id)
    }
}

impl Core {
    fn post_signals(&mut self, id: PostId) -> Option<PostSignals> {
        if let Some(signals) = self.posts.get(&id) {
            return Some(signals.clone());
        }
        let post = self.state.post(id)?;
        let toggle = self.toggles.get(&LikeTarget::Post(id)).copied().unwrap_or_default();
        let signals = PostSignals::new(post.body()?, post, toggle);
        self.posts.insert(id, signals.clone());
        Some(signals)
    }

    fn comment_signals(&mut self, post: PostId, id: CommentId) -> Option<CommentSignals> {
        if let Some(signals) = self.comments.get(&id) {
            return Some(signals.clone());
        }
        let state = self.state.thread(post)?.comment(id)?;
        let toggle = self.toggles.get(&LikeTarget::Comment(id)).copied().unwrap_or_default();
        let signals = CommentSignals::new(state, self.state.comment_likes(id), toggle);
        self.comments.insert(id, signals.clone());
        Some(signals)
    }
}

impl Live {
    /// A post that the server rendered or answered, live from here on. Older views than what is known change nothing.
    #[must_use]
    pub fn post(self, view: &PostView) -> LivePost {
        self.change(|state| state.take_post(view));
        self.known_post(view.id).unwrap_or_else(|| self.still_post(view))
    }

    /// A post of a list, live. `None` when nothing is known of it.
    #[must_use]
    pub fn known_post(self, id: PostId) -> Option<LivePost> {
        let signals = self.core.try_update_value(|core| core.post_signals(id))??;
        Some(LivePost::new(id, signals))
    }

    /// Hides a post that the reader has just deleted, before its event comes. A restored post is shown again when its
    /// view is given to [`Live::post`].
    pub fn remove_post(self, id: PostId) {
        self.change(|state| state.hide_post(id));
    }

    /// Shows a hidden post again if the server still has it: for a deletion that was refused.
    pub fn recheck_post(self, id: PostId) {
        self.change(|state| state.doubt_post(id));
    }

    /// A post that is gone before it was ever shown: as it was rendered, and marked deleted.
    fn still_post(self, view: &PostView) -> LivePost {
        let mut post = PostState::default();
        post.fold(view);
        post.fold_absence();
        LivePost::new(view.id, PostSignals::new(&Arc::new(view.clone()), &post, LikeToggle::default()))
    }

    pub(super) fn known_comment(self, post: PostId, id: CommentId) -> Option<LiveComment> {
        let signals = self.core.try_update_value(|core| core.comment_signals(post, id))??;
        Some(LiveComment::new(id, signals))
    }
}
