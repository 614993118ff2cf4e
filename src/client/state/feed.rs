//! One list of posts, newest first: what is shown, and what waits above it.

use std::collections::BTreeSet;

use crate::protocol::{
    ids::{PostId, UserId},
    views::{EntityKind, FeedKind, Page, PostView},
};

/// Which list of posts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeedScope {
    /// One of the two feeds.
    Feed(FeedKind),
    /// What one person posted.
    Author(UserId),
    /// What carries one tag (lowercase, without `#`).
    Tag(String),
    /// The answer to a search; nothing joins it by itself.
    Search(String),
}

/// Whether a post belongs in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    In,
    /// It does not.
    Out,
    /// Only the server can tell.
    Ask,
}

impl FeedScope {
    /// The feed to watch for this list to stay current. All but "following" are parts of everything.
    #[must_use]
    pub const fn watched_feed(&self) -> FeedKind {
        match self {
            Self::Feed(kind) => *kind,
            Self::Author(_) | Self::Tag(_) | Self::Search(_) => FeedKind::Everyone,
        }
    }

    /// Whether a post that an event tells of belongs here; `feeds` are those that may have brought it.
    #[must_use]
    pub fn admits(&self, post: &PostView, feeds: &[FeedKind]) -> Verdict {
        let belongs = match self {
            Self::Feed(FeedKind::Everyone) => true,
            // An event does not say which feed it was for: only when "following" is alone is it certain.
            Self::Feed(FeedKind::Following) if feeds.contains(&FeedKind::Everyone) => return Verdict::Ask,
            Self::Feed(FeedKind::Following) => feeds.contains(&FeedKind::Following),
            Self::Author(author) => post.user_id == *author,
            Self::Tag(tag) => {
                post.entities.iter().any(|at| matches!(&at.kind, EntityKind::Tag { tag: has } if has == tag))
            }
            Self::Search(_) => false,
        };
        if belongs { Verdict::In } else { Verdict::Out }
    }

    /// Whether posts of people whom the reader muted are left out.
    #[must_use]
    pub const fn leaves_out_muted(&self) -> bool {
        matches!(self, Self::Feed(_) | Self::Tag(_))
    }

    /// Whether an edit can take a post out of the list.
    #[must_use]
    pub const fn depends_on_text(&self) -> bool {
        matches!(self, Self::Tag(_))
    }
}

/// Posts between the shown ones and the waiting ones that were never fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Gap {
    bottom: PostId,
    next: Option<String>,
}

/// One list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedState {
    seeded: bool,
    shown: BTreeSet<PostId>,
    pending: BTreeSet<PostId>,
    // Every post from `bottom` to `head` was heard of; the reader's own new ones may stand above.
    bottom: Option<PostId>,
    head: Option<PostId>,
    next: Option<String>,
    gap: Option<Gap>,
    /// The newest page is to be fetched again and given to [`FeedState::merge_head`]. Cleared when it is asked for, so
    /// that what is missed meanwhile asks once more.
    pub head_wanted: bool,
}

impl FeedState {
    /// Whether a first page was taken.
    #[must_use]
    pub const fn is_seeded(&self) -> bool {
        self.seeded
    }

    /// The posts on show, oldest first.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = PostId> {
        self.shown.iter().copied()
    }

    /// The posts that wait above, oldest first.
    pub fn pending(&self) -> impl DoubleEndedIterator<Item = PostId> {
        self.pending.iter().copied()
    }

    /// Pass as `before` for the next older page; `None` at the end.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// The oldest post that is loaded.
    #[must_use]
    pub const fn bottom(&self) -> Option<PostId> {
        self.bottom
    }

    /// Whether more waits above than is known.
    #[must_use]
    pub const fn has_gap(&self) -> bool {
        self.gap.is_some()
    }

    /// Whether the post is in the list.
    #[must_use]
    pub fn contains(&self, id: PostId) -> bool {
        self.shown.contains(&id) || self.pending.contains(&id)
    }

    /// The first page. Events that came before it are placed now.
    pub fn seed(&mut self, page: &Page<PostView>) {
        self.seeded = true;
        self.head = page.items.iter().map(|post| post.id).max();
        self.append(page);
        for id in std::mem::take(&mut self.pending) {
            self.offer(id);
        }
    }

    /// The next older page.
    pub fn append(&mut self, page: &Page<PostView>) {
        self.shown.extend(page.items.iter().map(|post| post.id));
        let oldest = page.items.iter().map(|post| post.id).min();
        self.bottom = self.bottom.into_iter().chain(oldest).min();
        self.next.clone_from(&page.next);
    }

    /// The newest page, fetched again: what is new waits above. When it does not reach down to what is shown, the posts
    /// between are a gap, and showing what waits starts the list anew from there.
    ///
    /// Returns the shown posts that the page lacks though it spans their place: they may be gone.
    pub fn merge_head(&mut self, page: &Page<PostView>) -> Vec<PostId> {
        let missing = self.missing_from(page);
        let oldest = page.items.iter().map(|post| post.id).min();
        let reaches = page.next.is_none() || self.head.is_none() || oldest.is_none() || oldest <= self.head;
        match oldest {
            Some(bottom) if !reaches => {
                self.pending.retain(|id| *id >= bottom);
                self.pending.extend(page.items.iter().map(|post| post.id));
                self.gap = Some(Gap { bottom, next: page.next.clone() });
            }
            _ => {
                self.gap = None;
                if self.head.is_none() {
                    self.head = page.items.iter().map(|post| post.id).max();
                }
                // A page down to the bottom also knows best what is below it.
                if self.bottom.is_none() || oldest <= self.bottom {
                    self.bottom = oldest;
                    self.next.clone_from(&page.next);
                }
                for post in &page.items {
                    self.offer(post.id);
                }
            }
        }
        missing
    }

    fn missing_from(&self, page: &Page<PostView>) -> Vec<PostId> {
        let ids: BTreeSet<PostId> = page.items.iter().map(|post| post.id).collect();
        let (oldest, newest) = (ids.first(), ids.last());
        // Newer ones came after the page was read.
        let is_spanned = |id: &PostId| (page.next.is_none() || oldest <= Some(id)) && Some(id) <= newest;
        self.shown.iter().filter(|id| is_spanned(id) && !ids.contains(id)).copied().collect()
    }

    /// A post that belongs here and may be new: it waits above when it is newer than all that is shown, and takes its
    /// place by id when it is not (a deletion undone).
    pub fn offer(&mut self, id: PostId) {
        if self.contains(id) || self.is_below(id) {
            return;
        }
        match self.head {
            _ if !self.seeded => drop(self.pending.insert(id)),
            Some(head) if id > head => {
                if self.gap.as_ref().is_none_or(|gap| id >= gap.bottom) {
                    self.pending.insert(id);
                }
            }
            _ => {
                self.head = self.head.max(Some(id));
                self.bottom = Some(self.bottom.map_or(id, |bottom| bottom.min(id)));
                self.shown.insert(id);
            }
        }
    }

    /// The reader's own new post: shown at once, wherever others wait.
    pub fn accept(&mut self, id: PostId) {
        self.pending.remove(&id);
        self.shown.insert(id);
    }

    /// Moves what waits above into the list.
    pub fn show_pending(&mut self) {
        if let Some(gap) = self.gap.take() {
            self.shown.retain(|id| *id >= gap.bottom);
            self.bottom = Some(gap.bottom);
            self.next = gap.next;
        }
        self.shown.append(&mut self.pending);
        self.head = self.shown.last().copied().or(self.head);
    }

    /// Forgets what waits above and asks for the newest page: too much was missed to be told one by one.
    pub fn restart_head(&mut self) {
        self.pending.clear();
        self.gap = None;
        self.head_wanted = true;
    }

    /// Takes a post out of the list.
    pub fn remove(&mut self, id: PostId) {
        self.shown.remove(&id);
        self.pending.remove(&id);
    }

    /// Whether a post belongs to older pages that are not loaded.
    fn is_below(&self, id: PostId) -> bool {
        self.seeded && self.next.is_some() && self.bottom.is_some_and(|bottom| id < bottom)
    }
}
