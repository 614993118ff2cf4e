//! What clients see of stored things: people, posts, comments, sessions, and pages of them.

use serde::{Deserialize, Serialize};

use super::{
    ids::{CommentId, ImageId, PostId, SessionId, UserId},
    time::Timestamp,
};

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The entries of this page.
    pub items: Vec<T>,
    /// Pass as `before` for the next page; `None` at the end.
    pub next: Option<String>,
}

/// What a person may do beyond their own things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everyone.
    Member,
    /// The first account: runs the community.
    Owner,
}

/// As much of a person as stands beside what they wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRef {
    /// Who.
    pub id: UserId,
    /// The handle, without `@`.
    pub username: String,
    /// The name they go by.
    pub full_name: String,
    /// A square picture, as a path on this server; `None` shows initials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
}

/// A profile, as one viewer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Name, handle and picture.
    #[serde(flatten)]
    pub person: PersonRef,
    /// What they say about themselves.
    pub bio: String,
    /// What they may do.
    pub role: Role,
    /// When they joined.
    pub joined_at: Timestamp,
    /// People who follow them.
    pub follower_count: u64,
    /// People they follow.
    pub following_count: u64,
    /// Their posts that the viewer may see.
    pub post_count: u64,
    /// Whether the viewer follows them.
    pub followed: bool,
    /// Whether they follow the viewer.
    pub follows_you: bool,
}

/// The signed-in person's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The public side.
    #[serde(flatten)]
    pub profile: Profile,
    /// Sign-in address; shown to nobody else.
    pub email: String,
    /// The session that asked.
    pub session_id: SessionId,
}

/// A person in a list, with whether the viewer follows them and why they are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonItem {
    /// Who.
    #[serde(flatten)]
    pub person: PersonRef,
    /// What they say about themselves, possibly empty.
    pub bio: String,
    /// Whether the viewer follows them.
    pub followed: bool,
}

/// A signed-in device, as its owner sees it in settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Which.
    pub id: SessionId,
    /// The device in words ("Firefox on Linux"), from its `User-Agent`.
    pub device: String,
    /// The address it last came from.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last seen, to the minute or so.
    pub last_seen_at: Timestamp,
    /// Whether it is the one asking.
    pub current: bool,
}

/// Who may see a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every signed-in member.
    #[default]
    Public,
    /// The author and the people who follow the author.
    Followers,
}

/// What a stretch of text is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntityKind {
    /// A web address; `url` has its scheme, `http` or `https`.
    Link {
        /// Where it leads.
        url: String,
    },
    /// An `@name` of an existing person.
    Mention {
        /// The handle, without `@`.
        username: String,
    },
    /// A `#tag`.
    Tag {
        /// Lowercase, without `#`.
        tag: String,
    },
}

/// A linked stretch of a text. Stretches are in order and do not overlap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// First byte, in the UTF-8 text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is.
    #[serde(flatten)]
    pub kind: EntityKind,
}

/// An uploaded picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageView {
    /// Which.
    pub id: ImageId,
    /// A path on this server.
    pub url: String,
    /// Width in pixels, so that space is reserved before it loads.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What it shows, in words; possibly empty.
    #[serde(default)]
    pub alt: String,
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostView {
    /// Which; newer posts have greater ids.
    pub id: PostId,
    /// Its author.
    pub user_id: UserId,
    /// Its author's name and picture.
    pub author: PersonRef,
    /// The text.
    pub content: String,
    /// Links, mentions and tags in the text.
    #[serde(default)]
    pub entities: Vec<Entity>,
    /// Up to four pictures.
    #[serde(default)]
    pub images: Vec<ImageView>,
    /// Who may see it.
    pub audience: Audience,
    /// When it was posted.
    pub timestamp: Timestamp,
    /// When its text last changed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Grows with every edit, deletion and restoration, from 1.
    pub version: u64,
    /// Likes.
    pub like_count: u64,
    /// Grows with every change of `like_count`.
    pub like_version: u64,
    /// Comments and replies.
    pub comment_count: u64,
    /// Grows with every change of the comments.
    pub comment_version: u64,
    /// Whether the viewer likes it; absent in events, which are the same for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liked: Option<bool>,
}

/// A comment on a post, or a reply to a comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentView {
    /// Which; newer comments have greater ids.
    pub id: CommentId,
    /// The post.
    pub post_id: PostId,
    /// The comment this replies to; `None` for a comment on the post itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<CommentId>,
    /// Its author.
    pub user_id: UserId,
    /// Its author's name and picture.
    pub author: PersonRef,
    /// The text; empty when deleted.
    pub content: String,
    /// Links, mentions and tags in the text.
    #[serde(default)]
    pub entities: Vec<Entity>,
    /// When it was written.
    pub timestamp: Timestamp,
    /// Likes.
    pub like_count: u64,
    /// Grows with every change of `like_count`.
    pub like_version: u64,
    /// Whether the viewer likes it; absent in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liked: Option<bool>,
    /// Deleted, but kept in place because it has replies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Replies to it, oldest first; only on comments of the post itself. The newest few: see `reply_count`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<CommentView>,
    /// All its replies, shown or not.
    #[serde(default)]
    pub reply_count: u64,
}

/// Whether the viewer likes something now, and how many do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LikeState {
    /// The viewer's own wish, as stored.
    pub liked: bool,
    /// Everyone's.
    pub like_count: u64,
    /// Version of `like_count`.
    pub version: u64,
}

/// Which list of posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedKind {
    /// Everything the viewer may see.
    #[default]
    Everyone,
    /// Posts of the viewer and of the people they follow.
    Following,
}

impl FeedKind {
    /// The name on the wire and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Following => "following",
        }
    }
}

/// What somebody shows of themselves. Who does not show it does not see it of others either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// Whether they are online, and when they last were.
    pub shows_presence: bool,
    /// That they type.
    pub shows_typing: bool,
    /// How far they have read.
    pub shows_receipts: bool,
}
