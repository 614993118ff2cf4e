//! What is known of one post: its text, its likes and its comment count, each with a version of its own.

use std::sync::Arc;

use crate::protocol::{commands::KnownPost, views::PostView};

/// A count of likes, and whether the reader is among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Likes {
    /// Everyone's.
    pub count: u64,
    /// The reader's own.
    pub liked: bool,
    version: Option<u64>,
    // The newest version whose `liked` is known: events about other people's likes leave it out.
    liked_version: Option<u64>,
}

impl Likes {
    /// Takes a count and, where it is told, the reader's own like. Older versions change nothing.
    pub fn fold(&mut self, count: u64, version: u64, liked: Option<bool>) {
        if self.version < Some(version) {
            self.count = count;
            self.version = Some(version);
        }
        if let Some(liked) = liked
            && self.liked_version < Some(version)
        {
            self.liked = liked;
            self.liked_version = Some(version);
        }
    }

    /// Whether likes of this version are news. Told without the reader's own like, that may have changed, too.
    #[must_use]
    pub fn are_behind(&self, version: u64) -> bool {
        version > self.version.unwrap_or(0)
    }
}

/// The comments of a post, as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommentCount {
    /// Comments and replies.
    pub count: u64,
    version: Option<u64>,
}

impl CommentCount {
    /// Takes a count; older versions change nothing.
    pub fn fold(&mut self, count: u64, version: u64) {
        if self.version < Some(version) {
            self.count = count;
            self.version = Some(version);
        }
    }

    /// The newest version heard of; 0 before any.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.unwrap_or(0)
    }
}

/// One post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostState {
    body: Option<Arc<PostView>>,
    version: u64,
    gone: bool,
    /// Its likes.
    pub likes: Likes,
    /// Its comments, as a number.
    pub comments: CommentCount,
}

impl PostState {
    /// Takes a whole post; each part only where it is newer.
    pub fn fold(&mut self, view: &PostView) {
        self.likes.fold(view.like_count, view.like_version, view.liked);
        self.comments.fold(view.comment_count, view.comment_version);
        let is_first = self.body.is_none() && view.version == self.version && !self.gone;
        if view.version > self.version || is_first {
            self.version = view.version;
            self.gone = false;
            self.body = Some(Arc::new(view.clone()));
        }
    }

    /// Takes the answer to a question about this very post; `asked` is the version that was known when it was asked.
    ///
    /// An absence has no version: it counts only when nothing was heard meanwhile. A presence takes an earlier absence back.
    pub fn fold_answer(&mut self, asked: u64, answer: Option<&PostView>) {
        match answer {
            Some(view) => {
                self.fold(view);
                if view.version == self.version {
                    self.gone = false;
                    self.body.get_or_insert_with(|| Arc::new(view.clone()));
                }
            }
            None => self.gone |= self.version == asked,
        }
    }

    /// Takes a deletion; older versions change nothing.
    pub fn fold_deletion(&mut self, version: u64) {
        if version > self.version {
            self.version = version;
            self.gone = true;
        }
    }

    /// There is no such post for this reader, as far as was heard.
    pub fn fold_absence(&mut self) {
        self.gone = true;
    }

    /// The text, pictures and author, once known. Its counts are those of when the text last changed: read
    /// `likes` and `comments` instead.
    #[must_use]
    pub const fn body(&self) -> Option<&Arc<PostView>> {
        self.body.as_ref()
    }

    /// Version of the text; 0 before it is known.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Whether it was deleted, or may no longer be seen.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.gone
    }

    /// What the server need not send again; `None` when something is missing.
    #[must_use]
    pub fn known(&self) -> Option<KnownPost> {
        let body = self.body.as_ref()?;
        Some(KnownPost {
            post_id: body.id,
            like_version: self.likes.liked_version?,
            comment_version: self.comments.version?,
        })
    }
}
