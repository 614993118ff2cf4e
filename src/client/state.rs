//! The live state of a tab, keyed by id: folds events, newest version wins, and says what must be fetched again.

pub mod announcements;
pub mod applications;
pub mod connections;
pub mod conversations;
pub mod feed;
pub mod jobs;
pub mod notifications;
pub mod post;
pub mod thread;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    feed::{FeedScope, FeedState, Verdict},
    post::{Likes, PostState},
    thread::{Refetch, ThreadState},
};
use crate::protocol::{
    commands::KnownPost,
    events::{AckResult, CommentUpdate, LikeUpdate, PostDeleted, ServerEvent, SightUpdate},
    ids::{CommentId, PostId, UserId},
    views::{CommentView, FeedKind, LikeState, Page, PostView},
};

/// What a fold touched, so that only those signals are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Posts whose text, counts or existence may have changed.
    pub posts: BTreeSet<PostId>,
    /// Comments whose likes may have changed.
    pub comments: BTreeSet<CommentId>,
    /// Posts whose list of comments may have changed.
    pub threads: BTreeSet<PostId>,
    /// Whether lists of posts may have changed.
    pub feeds: bool,
}

/// Something the events alone cannot tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The newest pages of a list, down to what is loaded: [`LiveState::seed_feed`].
    Head(FeedScope),
    /// A post: [`LiveState::answer_post`].
    Post(PostId),
    /// The loaded comments of a post.
    Thread(PostId),
}

/// Posts remembered outside of lists and open pages before the rest is forgotten.
const POSTS_KEPT: usize = 1_000;

/// All that a tab knows.
#[derive(Clone, Debug, Default)]
pub struct LiveState {
    posts: BTreeMap<PostId, PostState>,
    comment_likes: BTreeMap<CommentId, Likes>,
    threads: BTreeMap<PostId, ThreadState>,
    feeds: BTreeMap<FeedScope, FeedState>,
    wanted_posts: BTreeSet<PostId>,
    // Whose posts are left out of feeds and lists of tags, as far as this tab was told.
    muted: BTreeSet<UserId>,
    // Feeds that may have brought an event: from the command to watch until the answer to the command to stop.
    possible_feeds: Vec<FeedKind>,
    // Feeds that the server has confirmed.
    confirmed_feeds: Vec<FeedKind>,
}

impl LiveState {
    /// Takes an event. Applying it twice, or late, changes nothing.
    pub fn fold(&mut self, event: &ServerEvent) -> Changes {
        match event {
            ServerEvent::LikeUpdate(update) => self.fold_likes(update),
            ServerEvent::CommentUpdate(update) => self.fold_comments(update),
            ServerEvent::NewPost(event) | ServerEvent::PostUpdated(event) => self.fold_post(&event.post),
            ServerEvent::PostDeleted(event) => self.fold_deletion(event),
            ServerEvent::SightUpdate(update) => self.fold_sight(*update),
            ServerEvent::Ack(ack) => self.fold_ack(&ack.result),
            // The business of the connection, of [`conversations`], [`connections`] and [`notifications`].
            ServerEvent::Connected(_)
            | ServerEvent::NewMessage(_)
            | ServerEvent::MessageUpdated(_)
            | ServerEvent::MessageDeleted(_)
            | ServerEvent::ReactionUpdate(_)
            | ServerEvent::MessageRead(_)
            | ServerEvent::MessageDelivered(_)
            | ServerEvent::Typing(_)
            | ServerEvent::ConversationUpdate(_)
            | ServerEvent::MembershipUpdate(_)
            | ServerEvent::ConversationChanges(_)
            | ServerEvent::JobUpdate(_)
            | ServerEvent::ApplicationUpdate(_)
            | ServerEvent::Notification(_)
            | ServerEvent::NotificationUpdate(_)
            | ServerEvent::ConnectionRequest(_)
            | ServerEvent::ConnectionAccepted(_)
            | ServerEvent::ConnectionDeclined(_)
            | ServerEvent::ConnectionUpdate(_)
            | ServerEvent::UnreadCount(_)
            | ServerEvent::CustomResponse(_)
            | ServerEvent::UserStatus(_)
            | ServerEvent::Pong { .. }
            | ServerEvent::Error(_)
            | ServerEvent::GoingAway { .. }
            | ServerEvent::Unknown => Changes::default(),
        }
    }

    fn fold_likes(&mut self, update: &LikeUpdate) -> Changes {
        let likes = match update.comment_id {
            Some(id) => self.comment_likes.entry(id).or_default(),
            None => &mut self.posts.entry(update.post_id).or_default().likes,
        };
        likes.fold(update.like_count, update.version, update.liked);
        match update.comment_id {
            Some(id) => Changes { comments: BTreeSet::from([id]), ..Changes::default() },
            None => Changes { posts: BTreeSet::from([update.post_id]), ..Changes::default() },
        }
    }

    fn fold_comments(&mut self, update: &CommentUpdate) -> Changes {
        let post = self.posts.entry(update.post_id).or_default();
        post.comments.fold(update.comment_count, update.version);
        let mut changes = Changes { posts: BTreeSet::from([update.post_id]), ..Changes::default() };
        // A comment that was gone while it was liked comes back without the reader's own like.
        let like_is_unknown = update.comment.as_ref().is_some_and(|comment| {
            comment.liked.is_none() && self.comment_likes(comment.id).are_behind(comment.like_version)
        });
        if let Some(comment) = &update.comment {
            self.fold_comment_likes(comment, &mut changes);
        }
        if let Some(thread) = self.threads.get_mut(&update.post_id) {
            thread.fold(update);
            if like_is_unknown {
                thread.doubt();
            }
            changes.threads.insert(update.post_id);
        }
        changes
    }

    fn fold_comment_likes(&mut self, comment: &CommentView, changes: &mut Changes) {
        let likes = self.comment_likes.entry(comment.id).or_default();
        likes.fold(comment.like_count, comment.like_version, comment.liked);
        changes.comments.insert(comment.id);
        for reply in &comment.replies {
            self.fold_comment_likes(reply, changes);
        }
    }

    fn fold_post(&mut self, view: &PostView) -> Changes {
        let post = self.posts.entry(view.id).or_default();
        post.fold(view);
        // A late event must not bring back what has changed since: the lists look at the newest text.
        let body = post.body().cloned();
        let current = body.as_deref().unwrap_or(view);
        for (scope, feed) in &mut self.feeds {
            match scope.admits(current, &self.possible_feeds) {
                Verdict::In => feed.offer(current.id),
                Verdict::Ask if !feed.contains(current.id) => feed.head_wanted = true,
                Verdict::Out if scope.depends_on_text() => feed.remove(current.id),
                Verdict::Ask | Verdict::Out => {}
            }
        }
        self.hear_comments(view.id);
        Changes { posts: BTreeSet::from([view.id]), feeds: true, ..Changes::default() }
    }

    /// Takes a post out of the lists that its newest text does not belong to any more.
    fn review_lists(&mut self, id: PostId) {
        let Some(body) = self.posts.get(&id).and_then(|post| post.body()) else { return };
        for (scope, feed) in &mut self.feeds {
            if scope.depends_on_text() && scope.admits(body, &[]) == Verdict::Out {
                feed.remove(id);
            }
        }
    }

    fn fold_deletion(&mut self, event: &PostDeleted) -> Changes {
        self.posts.entry(event.post.id).or_default().fold_deletion(event.post.version);
        Changes { posts: BTreeSet::from([event.post.id]), feeds: true, ..Changes::default() }
    }

    /// What may be seen of somebody changed: their posts and all lists are asked for again.
    fn fold_sight(&mut self, update: SightUpdate) -> Changes {
        let author = update.user_id;
        match update.muted {
            Some(true) => drop(self.muted.insert(author)),
            Some(false) => drop(self.muted.remove(&author)),
            None => {}
        }
        let is_theirs = |post: &PostState| post.body().is_some_and(|body| body.user_id == author);
        let posts: BTreeSet<PostId> =
            self.posts.iter().filter(|(_, post)| is_theirs(post)).map(|(id, _)| *id).collect();
        if update.muted.is_none() {
            self.wanted_posts.extend(&posts);
        }
        for feed in self.feeds.values_mut().filter(|feed| feed.is_seeded()) {
            feed.head_wanted = true;
        }
        for thread in self.threads.values_mut() {
            thread.doubt();
        }
        Changes { posts, feeds: true, ..Changes::default() }
    }

    fn fold_ack(&mut self, result: &AckResult) -> Changes {
        let mut changes = Changes::default();
        for watched in &result.watched {
            let post = self.posts.entry(watched.post_id).or_default();
            if post.version() < watched.version {
                self.wanted_posts.insert(watched.post_id);
            }
            // Likes of comments are told only as they happen: what happened before the watch is in a refetch.
            if let Some(thread) = self.threads.get_mut(&watched.post_id) {
                thread.doubt();
            }
        }
        for id in &result.gone {
            let post = self.posts.entry(*id).or_default();
            if !post.is_gone() && post.body().is_some() {
                // It says no version, so an undone deletion may have come before it: make sure.
                self.wanted_posts.insert(*id);
            }
            post.fold_absence();
            changes.posts.insert(*id);
            changes.feeds = true;
        }
        changes
    }

    /// Tells which feeds may have brought the next events, and which the server has confirmed.
    pub fn set_feeds(&mut self, possible: &[FeedKind], confirmed: &[FeedKind]) {
        self.possible_feeds = possible.to_vec();
        self.confirmed_feeds = confirmed.to_vec();
    }

    /// Too much was missed: every list fetches its newest page, every thread its comments. Watching the posts again
    /// tells the rest.
    pub fn reload(&mut self) -> Changes {
        for feed in self.feeds.values_mut() {
            if feed.is_seeded() {
                feed.restart_head();
            }
        }
        for thread in self.threads.values_mut() {
            thread.doubt();
        }
        Changes { feeds: true, ..Changes::default() }
    }

    /// What is to be fetched; heads only once their feed is confirmed, so that nothing falls between.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let heads = self.feeds.iter().filter(|(scope, feed)| {
            feed.is_seeded() && feed.head_wanted && self.confirmed_feeds.contains(&scope.watched_feed())
        });
        let threads = self.threads.iter().filter(|(_, thread)| thread.wants_refetch());
        heads
            .map(|(scope, _)| Need::Head(scope.clone()))
            .chain(self.wanted_posts.iter().map(|id| Need::Post(*id)))
            .chain(threads.map(|(id, _)| Need::Thread(*id)))
            .collect()
    }

    /// Takes a post that the server rendered or answered among others.
    pub fn take_post(&mut self, view: &PostView) -> Changes {
        let post = self.posts.entry(view.id).or_default();
        post.fold(view);
        if post.is_gone() && view.version == post.version() {
            // The view may be older than the absence, or newer: make sure.
            self.wanted_posts.insert(view.id);
        }
        self.hear_comments(view.id);
        Changes { posts: BTreeSet::from([view.id]), feeds: true, ..Changes::default() }
    }

    /// Call before fetching for [`Need::Head`]; returns the oldest loaded post, down to which to read.
    pub fn begin_head(&mut self, scope: &FeedScope) -> Option<PostId> {
        let feed = self.feeds.get_mut(scope)?;
        feed.head_wanted = false;
        feed.bottom()
    }

    /// Call before fetching for [`Need::Post`]; returns the version to give back to [`LiveState::answer_post`].
    pub fn begin_post(&mut self, id: PostId) -> u64 {
        self.wanted_posts.remove(&id);
        self.posts.get(&id).map_or(0, PostState::version)
    }

    /// The fetch failed: what it was for is needed still.
    pub fn fail(&mut self, need: &Need) {
        match need {
            Need::Head(scope) => {
                if let Some(feed) = self.feeds.get_mut(scope) {
                    feed.head_wanted = true;
                }
            }
            Need::Post(id) => drop(self.wanted_posts.insert(*id)),
            Need::Thread(id) => {
                if let Some(thread) = self.threads.get_mut(id) {
                    thread.doubt();
                }
            }
        }
    }

    /// Takes the answer to [`Need::Post`]: the post, or that there is none; `asked` is what was known when it was asked.
    pub fn answer_post(&mut self, id: PostId, asked: u64, answer: Option<&PostView>) -> Changes {
        self.posts.entry(id).or_default().fold_answer(asked, answer);
        self.review_lists(id);
        self.hear_comments(id);
        Changes { posts: BTreeSet::from([id]), feeds: true, ..Changes::default() }
    }

    /// Hides a post that the reader has just deleted.
    pub fn hide_post(&mut self, id: PostId) -> Changes {
        self.posts.entry(id).or_default().fold_absence();
        Changes { posts: BTreeSet::from([id]), feeds: true, ..Changes::default() }
    }

    /// Asks the server about a post that was hidden too early.
    pub fn doubt_post(&mut self, id: PostId) -> Changes {
        self.wanted_posts.insert(id);
        Changes::default()
    }

    /// Takes the answer to a like.
    pub fn take_likes(&mut self, id: PostId, likes: LikeState) -> Changes {
        let post = self.posts.entry(id).or_default();
        post.likes.fold(likes.like_count, likes.version, Some(likes.liked));
        Changes { posts: BTreeSet::from([id]), ..Changes::default() }
    }

    /// Takes the answer to a like of a comment.
    pub fn take_comment_likes(&mut self, id: CommentId, likes: LikeState) -> Changes {
        self.comment_likes.entry(id).or_default().fold(likes.like_count, likes.version, Some(likes.liked));
        Changes { comments: BTreeSet::from([id]), ..Changes::default() }
    }

    /// Takes a comment's likes from a view that the server rendered.
    pub fn take_comment(&mut self, comment: &CommentView) -> Changes {
        let mut changes = Changes::default();
        self.fold_comment_likes(comment, &mut changes);
        changes
    }

    /// A post, once anything is known of it.
    #[must_use]
    pub fn post(&self, id: PostId) -> Option<&PostState> {
        self.posts.get(&id)
    }

    /// Likes of a comment; none before anything is known.
    #[must_use]
    pub fn comment_likes(&self, id: CommentId) -> Likes {
        self.comment_likes.get(&id).copied().unwrap_or_default()
    }

    /// What the server need not send again of these posts.
    #[must_use]
    pub fn known(&self, ids: &[PostId]) -> Vec<KnownPost> {
        ids.iter().filter_map(|id| self.posts.get(id)?.known()).collect()
    }

    /// A list of posts, once opened.
    #[must_use]
    pub fn feed(&self, scope: &FeedScope) -> Option<&FeedState> {
        self.feeds.get(scope)
    }

    /// A list of posts, opened if it is not.
    pub fn feed_mut(&mut self, scope: &FeedScope) -> &mut FeedState {
        self.feeds.entry(scope.clone()).or_default()
    }

    /// Forgets a list of posts.
    pub fn close_feed(&mut self, scope: &FeedScope) {
        self.feeds.remove(scope);
    }

    /// The first page of a list, or its newest page fetched again.
    pub fn seed_feed(&mut self, scope: &FeedScope, page: &Page<PostView>) -> Changes {
        let changes = self.take_page(page);
        let feed = self.feed_mut(scope);
        let missing = if feed.is_seeded() {
            feed.merge_head(page)
        } else {
            feed.seed(page);
            Vec::new()
        };
        self.wanted_posts
            .extend(missing.into_iter().filter(|id| self.posts.get(id).is_some_and(|post| !post.is_gone())));
        changes.posts.iter().for_each(|id| self.review_lists(*id));
        changes
    }

    /// The next older page of a list.
    pub fn append_feed(&mut self, scope: &FeedScope, page: &Page<PostView>) -> Changes {
        let changes = self.take_page(page);
        self.feed_mut(scope).append(page);
        changes.posts.iter().for_each(|id| self.review_lists(*id));
        changes
    }

    fn take_page(&mut self, page: &Page<PostView>) -> Changes {
        let mut changes = Changes { feeds: true, ..Changes::default() };
        for post in &page.items {
            changes.posts.append(&mut self.take_post(post).posts);
        }
        changes
    }

    /// The posts of a list that are there to be seen, newest first.
    #[must_use]
    pub fn visible(&self, scope: &FeedScope) -> Vec<PostId> {
        let Some(feed) = self.feed(scope) else { return Vec::new() };
        feed.shown().rev().filter(|id| self.is_visible(scope, *id)).collect()
    }

    /// The posts that wait above a list and are there to be seen, newest first.
    #[must_use]
    pub fn waiting(&self, scope: &FeedScope) -> Vec<PostId> {
        let Some(feed) = self.feed(scope) else { return Vec::new() };
        if !feed.is_seeded() {
            return Vec::new();
        }
        feed.pending().rev().filter(|id| self.is_visible(scope, *id)).collect()
    }

    fn is_visible(&self, scope: &FeedScope, id: PostId) -> bool {
        let Some(post) = self.posts.get(&id).filter(|post| !post.is_gone()) else { return false };
        post.body().is_some_and(|body| !scope.leaves_out_muted() || !self.muted.contains(&body.user_id))
    }

    /// Forgets posts and likes of comments that nothing holds, once there are many; returns what was forgotten. A tab
    /// that stays open for weeks then stays small.
    pub fn forget_unheld(&mut self, held: &BTreeSet<PostId>) -> Vec<PostId> {
        if self.posts.len() <= POSTS_KEPT {
            return Vec::new();
        }
        let listed = self.feeds.values().flat_map(|feed| feed.shown().chain(feed.pending()));
        let kept: BTreeSet<PostId> = listed.chain(self.threads.keys().copied()).chain(held.iter().copied()).collect();
        let forgotten: Vec<PostId> = self.posts.keys().filter(|id| !kept.contains(id)).copied().collect();
        for id in &forgotten {
            self.posts.remove(id);
        }
        let threads = &self.threads;
        self.comment_likes.retain(|id, _| threads.values().any(|thread| thread.comment(*id).is_some()));
        forgotten
    }

    /// The comments of a post, once opened.
    #[must_use]
    pub fn thread(&self, id: PostId) -> Option<&ThreadState> {
        self.threads.get(&id)
    }

    /// The comments of a post, opened if they are not.
    pub fn thread_mut(&mut self, id: PostId) -> &mut ThreadState {
        self.threads.entry(id).or_default()
    }

    /// Forgets the comments of a post.
    pub fn close_thread(&mut self, id: PostId) {
        self.threads.remove(&id);
    }

    /// The first page of comments; `version` is the post's `comment_version`, read before or with it.
    pub fn seed_thread(&mut self, id: PostId, version: u64, page: &Page<CommentView>) -> Changes {
        let changes = self.take_comments(id, &page.items);
        self.thread_mut(id).seed(version, page);
        self.hear_comments(id);
        changes
    }

    /// The next older page of comments.
    pub fn append_thread(&mut self, id: PostId, page: &Page<CommentView>) -> Changes {
        let changes = self.take_comments(id, &page.items);
        self.thread_mut(id).append(page);
        changes
    }

    /// The answer to a refetch: all loaded comments.
    pub fn finish_thread(&mut self, id: PostId, asked: Refetch, page: &Page<CommentView>) -> Changes {
        let changes = self.take_comments(id, &page.items);
        self.thread_mut(id).finish_refetch(asked, page);
        changes
    }

    /// The reader's own new comment, as the server answered it.
    pub fn accept_comment(&mut self, comment: &CommentView) -> Changes {
        let changes = self.take_comments(comment.post_id, std::slice::from_ref(comment));
        self.thread_mut(comment.post_id).accept(comment);
        changes
    }

    /// The reader's own deletion of a comment, before its event.
    pub fn remove_comment(&mut self, id: PostId, comment: CommentId) -> Changes {
        self.thread_mut(id).remove(comment);
        Changes { threads: BTreeSet::from([id]), ..Changes::default() }
    }

    /// More replies of one comment.
    pub fn add_replies(&mut self, id: PostId, parent: CommentId, replies: &[CommentView]) -> Changes {
        let changes = self.take_comments(id, replies);
        self.thread_mut(id).add_replies(parent, replies);
        changes
    }

    fn take_comments(&mut self, id: PostId, comments: &[CommentView]) -> Changes {
        let mut changes = Changes { threads: BTreeSet::from([id]), ..Changes::default() };
        for comment in comments {
            self.fold_comment_likes(comment, &mut changes);
        }
        changes
    }

    /// An open thread hears of the newest version that the post itself has heard of.
    fn hear_comments(&mut self, id: PostId) {
        let version = self.posts.get(&id).map_or(0, |post| post.comments.version());
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.hear(version);
        }
    }
}

#[cfg(test)]
mod tests;
