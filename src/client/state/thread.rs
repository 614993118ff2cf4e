//! The comments of one open post: roots newest first, replies oldest first, and the version they stand for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::protocol::{
    events::CommentUpdate,
    ids::CommentId,
    views::{CommentView, Page},
};

/// One comment and its loaded replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentState {
    /// The comment, with `replies` left empty. Its like count is that of when it was read.
    pub view: Arc<CommentView>,
    /// Loaded replies, oldest first.
    pub replies: BTreeSet<CommentId>,
    /// All its replies, loaded or not.
    pub reply_count: u64,
}

/// The comments of one post.
///
/// `version` is a lower bound of what the list stands for. One change further is applied; more than one, or one that
/// cannot be placed, asks for a refetch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadState {
    seeded: bool,
    version: u64,
    heard: u64,
    doubted: bool,
    roots: BTreeSet<CommentId>,
    comments: BTreeMap<CommentId, CommentState>,
    bottom: Option<CommentId>,
    next: Option<String>,
}

/// A refetch in flight: what had been heard when it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refetch {
    heard: u64,
}

impl ThreadState {
    /// Whether a first page was taken.
    #[must_use]
    pub const fn is_seeded(&self) -> bool {
        self.seeded
    }

    /// Comments on the post itself, newest first.
    pub fn roots(&self) -> impl DoubleEndedIterator<Item = CommentId> {
        self.roots.iter().rev().copied()
    }

    /// One comment or reply.
    #[must_use]
    pub fn comment(&self, id: CommentId) -> Option<&CommentState> {
        self.comments.get(&id)
    }

    /// Pass as `before` for the next older page; `None` at the end.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// The oldest root that is loaded.
    #[must_use]
    pub const fn bottom(&self) -> Option<CommentId> {
        self.bottom
    }

    /// The first page. `version` is the post's `comment_version`, read before or with the page.
    pub fn seed(&mut self, version: u64, page: &Page<CommentView>) {
        self.heard = self.heard.max(version);
        if self.seeded {
            return;
        }
        self.seeded = true;
        self.version = version;
        self.append(page);
    }

    /// The next older page.
    pub fn append(&mut self, page: &Page<CommentView>) {
        for view in &page.items {
            self.roots.insert(view.id);
            self.store(view);
            self.bottom = Some(self.bottom.map_or(view.id, |bottom| bottom.min(view.id)));
        }
        self.next.clone_from(&page.next);
    }

    /// More replies of one comment, read just now.
    pub fn add_replies(&mut self, parent: CommentId, replies: &[CommentView]) {
        for reply in replies {
            self.store(reply);
        }
        if let Some(state) = self.comments.get_mut(&parent) {
            state.replies.extend(replies.iter().map(|reply| reply.id));
            state.reply_count = state.reply_count.max(u64::try_from(state.replies.len()).unwrap_or(u64::MAX));
        }
    }

    /// Takes an event.
    pub fn fold(&mut self, update: &CommentUpdate) {
        self.heard = self.heard.max(update.version);
        if !self.seeded || update.version != self.version.saturating_add(1) {
            return;
        }
        let placed = match (&update.comment, update.deleted_comment_id) {
            (Some(comment), _) => self.upsert(comment),
            (None, Some(id)) => self.delete(id),
            // The count without the change: told when a post is watched again, or about what the reader may not see.
            (None, None) => false,
        };
        if placed {
            self.version = update.version;
        }
    }

    /// Hears of a version without its change.
    pub fn hear(&mut self, version: u64) {
        self.heard = self.heard.max(version);
    }

    /// Something may have been missed that no version tells of: likes of comments during a gap.
    pub fn doubt(&mut self) {
        self.doubted = self.seeded;
    }

    /// Whether the list is to be fetched again, down to [`ThreadState::bottom`].
    #[must_use]
    pub const fn wants_refetch(&self) -> bool {
        self.seeded && (self.doubted || self.heard > self.version)
    }

    /// Call before asking the server.
    pub fn begin_refetch(&mut self) -> Refetch {
        self.doubted = false;
        Refetch { heard: self.heard }
    }

    /// Takes the answer: all loaded roots, newest first. It is left aside when events have led further meanwhile; as
    /// versions told what changed, nothing but likes is lost with it, and those are folded separately.
    pub fn finish_refetch(&mut self, asked: Refetch, page: &Page<CommentView>) {
        if asked.heard < self.version {
            return;
        }
        self.version = asked.heard;
        self.roots.clear();
        self.comments.clear();
        self.bottom = None;
        self.append(page);
    }

    /// The reader's own new comment, as the server answered it: shown before its event comes.
    pub fn accept(&mut self, comment: &CommentView) {
        if self.comments.contains_key(&comment.id) || !self.upsert(comment) {
            return;
        }
        // Its event will find it in place.
        self.seeded = true;
    }

    /// The reader's own deletion, shown before its event comes; the event then asks for a refetch where it finds nothing
    /// left to do.
    pub fn remove(&mut self, id: CommentId) {
        let _known = self.delete(id);
    }

    /// Puts a comment in its place; false when its place is unknown.
    fn upsert(&mut self, comment: &CommentView) -> bool {
        let Some(parent) = comment.parent_id else {
            let loaded_replies =
                self.comments.get(&comment.id).map_or(comment.replies.len(), |known| known.replies.len());
            if !self.is_below(comment.id) {
                self.bottom = Some(self.bottom.map_or(comment.id, |bottom| bottom.min(comment.id)));
                self.roots.insert(comment.id);
                self.store(comment);
            }
            return comment.reply_count == 0 || loaded_replies > 0 || self.is_below(comment.id);
        };
        let Some(state) = self.comments.get_mut(&parent) else { return self.is_below(parent) };
        if state.replies.insert(comment.id) {
            state.reply_count = state.reply_count.saturating_add(1);
        }
        self.store(comment);
        true
    }

    /// Takes a comment out, or leaves its place where it has replies; false when it is not known.
    fn delete(&mut self, id: CommentId) -> bool {
        let Some(state) = self.comments.get_mut(&id) else { return self.is_below(id) };
        let Some(parent) = state.view.parent_id else {
            if state.reply_count == 0 {
                self.roots.remove(&id);
                self.comments.remove(&id);
            } else {
                let mut view = CommentView::clone(&state.view);
                view.deleted = true;
                view.content.clear();
                view.entities.clear();
                state.view = Arc::new(view);
            }
            return true;
        };
        self.comments.remove(&id);
        let Some(parent) = self.comments.get_mut(&parent) else { return false };
        if parent.replies.remove(&id) {
            parent.reply_count = parent.reply_count.saturating_sub(1);
        }
        // Whether a deleted comment keeps its place without replies is the server's to say.
        !(parent.view.deleted && parent.reply_count == 0)
    }

    /// Keeps a comment and the replies that came with it.
    fn store(&mut self, view: &CommentView) {
        let mut bare = view.clone();
        let replies = std::mem::take(&mut bare.replies);
        let known = self.comments.remove(&view.id);
        let mut ids = known.map(|known| known.replies).unwrap_or_default();
        ids.extend(replies.iter().map(|reply| reply.id));
        let reply_count = view.reply_count.max(u64::try_from(ids.len()).unwrap_or(u64::MAX));
        self.comments.insert(view.id, CommentState { view: Arc::new(bare), replies: ids, reply_count });
        for reply in replies {
            self.store(&reply);
        }
    }

    /// Whether a comment belongs to older pages that are not loaded.
    fn is_below(&self, id: CommentId) -> bool {
        self.next.is_some() && self.bottom.is_some_and(|bottom| id < bottom)
    }
}
