//! The store's port: records, and one reading and one writing trait for each noun.
//!
//! A [`Tx`] is a transaction: [`Tx::commit`] keeps it, dropping it rolls it back. A [`Read`] sees committed data only.

mod announcements;
mod attachments;
mod conversations;
mod graph;
mod jobs;
mod letters;
mod notifications;
mod pushes;
mod tokens;

use async_trait::async_trait;
use thiserror::Error;

use super::Cause;
use crate::{
    protocol::{
        ids::{CommentId, ConversationId, ImageId, OutboxId, PostId, SessionId, UserId},
        time::Timestamp,
        views::{Audience, CommentView, Entity, PersonItem, PersonRef, PostView, Privacy, Profile, Role},
    },
    server::domain::{LikeTarget, audience::Relation, outcome::Work},
};

pub use announcements::*;
pub use attachments::*;
pub use conversations::*;
pub use graph::*;
pub use jobs::*;
pub use letters::*;
pub use notifications::*;
pub use pushes::*;
pub use tokens::*;

/// The store failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another row holds this value; carries the field: `email`, `username`, `client_id`, `pair`, `applicant`.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// Locked, full, or not reachable: worth trying again.
    #[error("the database is unavailable")]
    Unavailable(#[source] Cause),
    /// Everything else: a fault of the server.
    #[error("the database failed")]
    Failed(#[source] Cause),
}

/// What the store answers.
pub type Stored<T> = Result<T, StoreError>;

/// Where things are kept.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Begins to read.
    async fn read(&self) -> Stored<Box<dyn Read>>;
    /// Begins a transaction that may write.
    async fn begin(&self) -> Stored<Box<dyn Tx>>;
    /// Into how many transactions at a time that what waits to be written is best gathered.
    fn writers(&self) -> usize;
    /// Whether the store would take a write right now; for readiness.
    async fn probe(&self) -> Stored<()>;
    /// How much was asked of it since it was opened.
    fn activity(&self) -> Activity;
}

/// How much was asked of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Queries outside of transactions.
    pub reads: u64,
    /// Transactions that were begun.
    pub transactions: u64,
}

/// All that can be read.
pub trait Read:
    PeopleRead
    + SessionsRead
    + PostsRead
    + CommentsRead
    + FollowsRead
    + ImagesRead
    + ConversationsRead
    + MessagesRead
    + AttachmentsRead
    + BlocksRead
    + JobsRead
    + AnnouncementsRead
    + NotificationsRead
    + ConnectionsRead
    + MutesRead
    + StandingRead
    + LettersRead
    + PushesRead
    + TokensRead
    + OutboxRead
    + Send
{
}
impl<T> Read for T where
    T: PeopleRead
        + SessionsRead
        + PostsRead
        + CommentsRead
        + FollowsRead
        + ImagesRead
        + ConversationsRead
        + MessagesRead
        + AttachmentsRead
        + BlocksRead
        + JobsRead
        + AnnouncementsRead
        + NotificationsRead
        + ConnectionsRead
        + MutesRead
        + StandingRead
        + LettersRead
        + PushesRead
        + TokensRead
        + OutboxRead
        + Send
{
}

/// A transaction: all that can be read and written.
///
/// What it sees may have been written by another that is not kept yet. So whatever is answered because of what it saw is
/// answered after [`Tx::commit`], also when it wrote nothing itself; refusals need not wait.
#[async_trait]
pub trait Tx:
    Read
    + PeopleWrite
    + SessionsWrite
    + PostsWrite
    + LikesWrite
    + CommentsWrite
    + FollowsWrite
    + ImagesWrite
    + ConversationsWrite
    + MessagesWrite
    + AttachmentsWrite
    + BlocksWrite
    + JobsWrite
    + AnnouncementsWrite
    + NotificationsWrite
    + ConnectionsWrite
    + MutesWrite
    + StandingWrite
    + LettersWrite
    + PushesWrite
    + TokensWrite
    + OutboxWrite
    + IdempotencyWrite
{
    /// Keeps everything that was written.
    async fn commit(self: Box<Self>) -> Stored<()>;
}

// ---------------------------------------------------------------------------------------------------------- people

/// A person with an account, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRecord {
    /// Who.
    pub id: UserId,
    /// Lowercase; unique.
    pub email: String,
    /// Lowercase; unique.
    pub username: String,
    /// The name they go by.
    pub full_name: String,
    /// About themselves; possibly empty.
    pub bio: String,
    /// What they may do.
    pub role: Role,
    /// Their picture.
    pub avatar: Option<ImageId>,
    /// PHC form.
    pub password_hash: String,
    /// When they joined.
    pub created_at: Timestamp,
}

/// When somebody was last there, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceRecord {
    /// Who.
    pub person: PersonRef,
    /// When their last connection closed, or they last renewed a session; `None` when neither ever happened.
    pub last_seen_at: Option<Timestamp>,
}

/// Reads people.
#[async_trait]
pub trait PeopleRead {
    /// One person by id.
    async fn person(&mut self, id: UserId) -> Stored<Option<PersonRecord>>;
    /// One person by username, in lowercase.
    async fn person_by_username(&mut self, username: &str) -> Stored<Option<PersonRecord>>;
    /// One person by e-mail address, in lowercase.
    async fn person_by_email(&mut self, email: &str) -> Stored<Option<PersonRecord>>;
    /// A profile with its counts, as `viewer` sees it; `post_count` counts what `viewer` may see. The caller leaves out
    /// what is not for them when it is `closed`.
    async fn profile(&mut self, id: UserId, viewer: UserId) -> Stored<Option<Profile>>;
    /// How many people have an account.
    async fn count_people(&mut self) -> Stored<u64>;
    /// People whose username or any word of whose full name starts with `query` (lowercase), by username; those after
    /// `after` only. An empty query matches everyone. As in all lists of people, those are left out whom `viewer` may not
    /// see there, and of private ones what they say of themselves.
    async fn search_people(
        &mut self,
        viewer: UserId,
        query: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<PersonItem>>;
    /// People whom `viewer` does not follow yet and may, most followed first, then newest; never `viewer`, nor whom they
    /// muted.
    async fn people_to_follow(&mut self, viewer: UserId, limit: usize) -> Stored<Vec<PersonItem>>;
    /// Which of these usernames (lowercase) are of people whom `by` may mention.
    async fn existing_usernames(&mut self, by: UserId, usernames: &[String]) -> Stored<Vec<String>>;
    /// Name and picture of one person.
    async fn person_ref(&mut self, id: UserId) -> Stored<Option<PersonRef>>;
    /// For each viewer, those of their people whose presence they may know: both show theirs, neither blocked the other,
    /// none is suspended, and who is private is connected. As many queries for a thousand viewers as for one.
    async fn presence(&mut self, asked: &[(UserId, Vec<UserId>)]) -> Stored<Vec<Vec<PresenceRecord>>>;
    /// What a person shows of themselves.
    async fn privacy(&mut self, id: UserId) -> Stored<Option<Privacy>>;
}

/// Writes people.
#[async_trait]
pub trait PeopleWrite {
    /// Adds a person. [`StoreError::Taken`] names `email` or `username`.
    async fn insert_person(&mut self, person: &PersonRecord) -> Stored<()>;
    /// Replaces name and bio.
    async fn update_profile(&mut self, id: UserId, full_name: &str, bio: &str) -> Stored<()>;
    /// Replaces the password hash.
    async fn set_password_hash(&mut self, id: UserId, hash: &str) -> Stored<()>;
    /// Notes when a person was last there, unless they were later.
    async fn set_last_seen(&mut self, id: UserId, at: Timestamp) -> Stored<()>;
    /// Replaces what a person shows of themselves.
    async fn set_privacy(&mut self, id: UserId, privacy: Privacy) -> Stored<()>;
    /// Replaces or removes the picture.
    async fn set_avatar(&mut self, id: UserId, avatar: Option<ImageId>) -> Stored<()>;
}

// -------------------------------------------------------------------------------------------------------- sessions

/// A signed-in device, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// The device in words.
    pub device: String,
    /// The address it last came from.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it last refreshed its tokens.
    pub last_seen_at: Timestamp,
    /// When it ended, if it did.
    pub ended_at: Option<Timestamp>,
}

/// One refresh token, as stored: only its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRecord {
    /// SHA-256 of the token, in hex.
    pub hash: String,
    /// The session it belongs to.
    pub session_id: SessionId,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was traded for the next one, if it was.
    pub spent_at: Option<Timestamp>,
}

/// Reads sessions.
#[async_trait]
pub trait SessionsRead {
    /// One session, ended or not.
    async fn session(&mut self, id: SessionId) -> Stored<Option<SessionRecord>>;
    /// A person's devices: sessions that have not ended and are no tokens, last seen first.
    async fn sessions_of(&mut self, user: UserId) -> Stored<Vec<SessionRecord>>;
    /// A refresh token by its hash.
    async fn refresh_token(&mut self, hash: &str) -> Stored<Option<RefreshRecord>>;
    /// Sessions that ended at `since` or later.
    async fn sessions_ended_since(&mut self, since: Timestamp) -> Stored<Vec<SessionId>>;
}

/// Writes sessions.
#[async_trait]
pub trait SessionsWrite {
    /// Adds a session.
    async fn insert_session(&mut self, session: &SessionRecord) -> Stored<()>;
    /// Notes when and from where a session was last seen.
    async fn touch_session(&mut self, id: SessionId, at: Timestamp, address: &str) -> Stored<()>;
    /// Ends a session; whether it was still open.
    async fn end_session(&mut self, id: SessionId, at: Timestamp) -> Stored<bool>;
    /// Ends a person's open sessions but one; those that ended.
    async fn end_sessions_of(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        at: Timestamp,
    ) -> Stored<Vec<SessionId>>;
    /// Adds a refresh token.
    async fn insert_refresh_token(&mut self, token: &RefreshRecord) -> Stored<()>;
    /// Marks a token as spent; whether it was not before.
    async fn spend_refresh_token(&mut self, hash: &str, at: Timestamp) -> Stored<bool>;
    /// Forgets sessions that ended, or were last seen, before these moments, and their refresh tokens; how many. Personal
    /// access tokens need not be used to stay.
    async fn purge_sessions(&mut self, ended_before: Timestamp, unseen_before: Timestamp) -> Stored<u64>;
}

// ----------------------------------------------------------------------------------------------------------- posts

/// What decides who may see a post, and who may change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostFacts {
    /// Which.
    pub id: PostId,
    /// Its author.
    pub author: UserId,
    /// Who may see it.
    pub audience: Audience,
    /// When it was deleted, if it was.
    pub deleted_at: Option<Timestamp>,
    /// Version of its text.
    pub version: u64,
    /// How the viewer asked for stands to the author.
    pub relation: Relation,
}

/// A post to be stored.
#[derive(Clone, Debug)]
pub struct PostRecord {
    /// Which.
    pub id: PostId,
    /// Its author.
    pub author: UserId,
    /// The text.
    pub content: String,
    /// Its links, mentions and tags.
    pub entities: Vec<Entity>,
    /// Who may see it.
    pub audience: Audience,
    /// When.
    pub created_at: Timestamp,
    /// The client's own id for it, unique for each author.
    pub client_id: Option<String>,
}

/// Which posts a page is of. All are limited to what `viewer` may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostFilter {
    /// All of them; none of people whom the viewer muted.
    Everyone,
    /// Those of the viewer and of people the viewer follows; likewise.
    Following,
    /// Those of one person.
    By(UserId),
    /// Those with a tag (lowercase, without `#`); none of people whom the viewer muted.
    Tagged(String),
}

/// The counts of a post, for those who start to watch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostCounts {
    /// Which.
    pub post_id: PostId,
    /// Its author.
    pub author: UserId,
    /// Who may see it.
    pub audience: Audience,
    /// Version of its text.
    pub version: u64,
    /// Likes.
    pub like_count: u64,
    /// Version of the likes.
    pub like_version: u64,
    /// Whether the viewer likes it.
    pub liked: bool,
    /// Comments and replies.
    pub comment_count: u64,
    /// Version of the comments.
    pub comment_version: u64,
}

/// Reads posts.
#[async_trait]
pub trait PostsRead {
    /// What decides about each of these posts, deleted or not, for a viewer.
    async fn post_facts_of(&mut self, asked: &[(PostId, UserId)]) -> Stored<Vec<Option<PostFacts>>>;
    /// [`PostsRead::post_facts_of`] one post.
    async fn post_facts(&mut self, id: PostId, viewer: UserId) -> Stored<Option<PostFacts>> {
        Ok(self.post_facts_of(&[(id, viewer)]).await?.pop().flatten())
    }
    /// One post, whole, with `liked` for `viewer`; deleted ones too. The caller has asked [`PostsRead::post_facts`].
    async fn post(&mut self, id: PostId, viewer: UserId) -> Stored<Option<PostView>>;
    /// A page of posts that `viewer` may see and that are not deleted: ids below `before`, newest first.
    async fn posts(
        &mut self,
        viewer: UserId,
        filter: &PostFilter,
        before: Option<PostId>,
        limit: usize,
    ) -> Stored<Vec<PostView>>;
    /// The counts of those of `ids` that `viewer` may see and that are not deleted.
    async fn post_counts(&mut self, viewer: UserId, ids: &[PostId]) -> Stored<Vec<PostCounts>>;
    /// The post that an author made under a client id.
    async fn post_by_client_id(&mut self, author: UserId, client_id: &str) -> Stored<Option<PostId>>;
}

/// Writes posts.
#[async_trait]
pub trait PostsWrite {
    /// Adds a post and its tags. [`StoreError::Taken`] names `client_id`.
    async fn insert_post(&mut self, post: &PostRecord) -> Stored<()>;
    /// Replaces the text and its tags; the new version.
    async fn update_post(&mut self, id: PostId, content: &str, entities: &[Entity], at: Timestamp) -> Stored<u64>;
    /// Deletes (a moment) or restores (`None`); the new version.
    async fn set_post_deleted(&mut self, id: PostId, at: Option<Timestamp>) -> Stored<u64>;
    /// Removes posts deleted before `before` with all that belongs to them, at most `limit`; the pictures set free.
    async fn purge_posts(&mut self, before: Timestamp, limit: usize) -> Stored<Vec<ImageId>>;
}

/// A like, or one taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LikeRecord {
    /// What is liked.
    pub of: LikeTarget,
    /// Who likes it.
    pub by: UserId,
    /// Or does so no more.
    pub liked: bool,
}

/// What a like changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LikeChange {
    /// Whether it was different before.
    pub changed: bool,
    /// All likes, now.
    pub like_count: u64,
    /// Version of the likes, now.
    pub version: u64,
}

/// Writes likes.
#[async_trait]
pub trait LikesWrite {
    /// Likes or unlikes, in this order; counts and their versions grow with the rows, in this transaction. Nobody is named
    /// twice for one thing.
    async fn set_likes(&mut self, likes: &[LikeRecord], at: Timestamp) -> Stored<Vec<LikeChange>>;
    /// [`LikesWrite::set_likes`] with one.
    async fn set_like(&mut self, like: LikeRecord, at: Timestamp) -> Stored<LikeChange> {
        let changed = self.set_likes(&[like], at).await?.pop();
        changed.ok_or_else(|| StoreError::Failed("a like was lost".into()))
    }
    /// [`LikesWrite::set_like`] of a post.
    async fn set_post_like(&mut self, post: PostId, by: UserId, liked: bool, at: Timestamp) -> Stored<LikeChange> {
        self.set_like(LikeRecord { of: LikeTarget::Post(post), by, liked }, at).await
    }
    /// [`LikesWrite::set_like`] of a comment.
    async fn set_comment_like(
        &mut self,
        comment: CommentId,
        by: UserId,
        liked: bool,
        at: Timestamp,
    ) -> Stored<LikeChange> {
        self.set_like(LikeRecord { of: LikeTarget::Comment(comment), by, liked }, at).await
    }
    /// Whether `by` likes the post now, as this transaction sees it.
    async fn likes_post(&mut self, post: PostId, by: UserId) -> Stored<bool>;
}

// -------------------------------------------------------------------------------------------------------- comments

/// What decides about a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentFacts {
    /// Which.
    pub id: CommentId,
    /// The post it is on.
    pub post_id: PostId,
    /// The comment it replies to.
    pub parent_id: Option<CommentId>,
    /// Its author.
    pub author: UserId,
    /// When it was deleted, if it was.
    pub deleted_at: Option<Timestamp>,
}

/// A comment to be stored.
#[derive(Clone, Debug)]
pub struct CommentRecord {
    /// Which.
    pub id: CommentId,
    /// The post it is on.
    pub post_id: PostId,
    /// The comment it replies to.
    pub parent_id: Option<CommentId>,
    /// Its author.
    pub author: UserId,
    /// The text.
    pub content: String,
    /// Its links, mentions and tags.
    pub entities: Vec<Entity>,
    /// When.
    pub created_at: Timestamp,
    /// The client's own id for it, unique for each author.
    pub client_id: Option<String>,
}

/// The comment count of a post and its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommentCount {
    /// Comments and replies that are not deleted.
    pub comment_count: u64,
    /// Version of the comments.
    pub version: u64,
}

/// Reads comments.
#[async_trait]
pub trait CommentsRead {
    /// What decides about a comment, deleted or not.
    async fn comment_facts(&mut self, id: CommentId) -> Stored<Option<CommentFacts>>;
    /// One comment, whole, with `liked` for `viewer`, without its replies.
    async fn comment(&mut self, id: CommentId, viewer: UserId) -> Stored<Option<CommentView>>;
    /// Comments on the post itself: ids below `before`, newest first, each with its newest `replies` replies (oldest
    /// first) and its `reply_count`. Deleted ones are left out unless they have replies: then `deleted`, empty text. What
    /// is by somebody whose comments `viewer` may not see is left out with its replies.
    async fn comments(
        &mut self,
        post: PostId,
        viewer: UserId,
        before: Option<CommentId>,
        limit: usize,
        replies: usize,
    ) -> Stored<Vec<CommentView>>;
    /// Replies to a comment: ids below `before`, newest first.
    async fn replies(
        &mut self,
        parent: CommentId,
        viewer: UserId,
        before: Option<CommentId>,
        limit: usize,
    ) -> Stored<Vec<CommentView>>;
    /// The comment that an author made under a client id.
    async fn comment_by_client_id(&mut self, author: UserId, client_id: &str) -> Stored<Option<CommentId>>;
}

/// Writes comments.
#[async_trait]
pub trait CommentsWrite {
    /// Adds a comment; the post's count, now. [`StoreError::Taken`] names `client_id`.
    async fn insert_comment(&mut self, comment: &CommentRecord) -> Stored<CommentCount>;
    /// Deletes (a moment) or restores (`None`); the post's count, now.
    async fn set_comment_deleted(&mut self, id: CommentId, at: Option<Timestamp>) -> Stored<CommentCount>;
}

// --------------------------------------------------------------------------------------------------------- follows

/// Reads follows.
#[async_trait]
pub trait FollowsRead {
    /// Whether `follower` follows `followee`.
    async fn follows(&mut self, follower: UserId, followee: UserId) -> Stored<bool>;
    /// How many people a person follows.
    async fn count_following(&mut self, follower: UserId) -> Stored<u64>;
    /// Who follows a person, newest follow first; `before` is the cursor that the last page ended with.
    async fn followers(
        &mut self,
        of: UserId,
        viewer: UserId,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<(u64, PersonItem)>>;
    /// Whom a person follows, newest follow first, with the cursor of each.
    async fn following(
        &mut self,
        of: UserId,
        viewer: UserId,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<(u64, PersonItem)>>;
}

/// Writes follows.
#[async_trait]
pub trait FollowsWrite {
    /// Follows; `cursor` is a fresh id that orders the list. Whether it was not so before.
    async fn insert_follow(&mut self, follower: UserId, followee: UserId, cursor: u64, at: Timestamp) -> Stored<bool>;
    /// Unfollows; whether it was so before.
    async fn delete_follow(&mut self, follower: UserId, followee: UserId) -> Stored<bool>;
}

// ---------------------------------------------------------------------------------------------------------- images

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImagePurpose {
    /// For a post.
    Photo,
    /// A face, which everyone in the community may see; or the picture of a group, for its members.
    Avatar,
}

/// An uploaded picture, as stored; its bytes are with [`super::Blobs`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRecord {
    /// Which.
    pub id: ImageId,
    /// Who uploaded it.
    pub owner: UserId,
    /// What it is for.
    pub purpose: ImagePurpose,
    /// The post that shows it, once one does.
    pub post_id: Option<PostId>,
    /// The group whose picture it is or was; a face has none.
    pub conversation_id: Option<ConversationId>,
    /// Media type.
    pub content_type: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// In bytes.
    pub size_bytes: u64,
    /// When.
    pub created_at: Timestamp,
}

/// Reads pictures.
#[async_trait]
pub trait ImagesRead {
    /// One picture.
    async fn image(&mut self, id: ImageId) -> Stored<Option<ImageRecord>>;
}

/// Writes pictures.
#[async_trait]
pub trait ImagesWrite {
    /// Adds a picture.
    async fn insert_image(&mut self, image: &ImageRecord) -> Stored<()>;
    /// Shows a picture on a post at `position` (from 0), if `owner` uploaded it for a post and no post shows it yet.
    async fn attach_image(
        &mut self,
        id: ImageId,
        owner: UserId,
        post: PostId,
        position: usize,
        alt: &str,
    ) -> Stored<bool>;
    /// Removes pictures that nothing shows, uploaded before `before`, at most `limit`; which.
    async fn purge_images(&mut self, before: Timestamp, limit: usize) -> Stored<Vec<ImageId>>;
}

// ---------------------------------------------------------------------------------------------------------- outbox

/// Work that a transaction promised: it happens after the commit, whatever happens to the server.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRecord {
    /// Which.
    pub id: OutboxId,
    /// What is to be done.
    pub work: Work,
    /// When it was promised.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
}

/// Reads the outbox.
#[async_trait]
pub trait OutboxRead {
    /// How many entries wait, and since when the oldest does.
    async fn outbox_depth(&mut self) -> Stored<(u64, Option<Timestamp>)>;
    /// When the next entry is due; `None` when none waits.
    async fn outbox_due(&mut self) -> Stored<Option<Timestamp>>;
}

/// Writes the outbox.
#[async_trait]
pub trait OutboxWrite {
    /// Promises work that is due at `due`. Of work with the same [`Work::key`] only one entry waits: the first stays.
    async fn insert_outbox(&mut self, entries: &[OutboxRecord], due: Timestamp) -> Stored<()>;
    /// Takes entries that are due at `now`, oldest first, and has others leave them alone until `lease_until`. They lose
    /// their keys: what happens from here on is promised anew.
    async fn lease_outbox(&mut self, now: Timestamp, lease_until: Timestamp, limit: usize)
    -> Stored<Vec<OutboxRecord>>;
    /// Forgets entries that are done.
    async fn finish_outbox(&mut self, ids: &[OutboxId]) -> Stored<()>;
    /// Lends a number for making ids, from 1 to 31, until `until`: the one that `holder` has, else the one that nobody has
    /// held for the longest. `None` when others hold all, or took the same at this moment.
    async fn lend_number(&mut self, holder: &str, now: Timestamp, until: Timestamp) -> Stored<Option<u8>>;
}

/// Answers kept so that a repeated request changes nothing.
#[async_trait]
pub trait IdempotencyWrite {
    /// The answer kept under a person's key, if one is.
    async fn remembered_answer(&mut self, user: UserId, key: &str) -> Stored<Option<String>>;
    /// Keeps an answer.
    async fn remember_answer(&mut self, user: UserId, key: &str, answer: &str, at: Timestamp) -> Stored<()>;
    /// Forgets answers kept before `before`; how many.
    async fn purge_answers(&mut self, before: Timestamp) -> Stored<u64>;
}
