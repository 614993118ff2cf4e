//! What clients see of stored things: people, posts, comments, sessions, and pages of them.

use serde::{Deserialize, Serialize};

use super::{
    ids::{CommentId, ConnectionRequestId, ImageId, PostId, SessionId, UserId},
    time::Timestamp,
};

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(rename = "{T}Page"))]
pub struct Page<T> {
    /// The entries of this page.
    pub items: Vec<T>,
    /// Pass as `before` for the next page; `None` at the end.
    pub next: Option<String>,
}

/// What a person may do beyond their own things; each may also do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everyone.
    Member,
    /// Suspends members.
    Moderator,
    /// Suspends moderators, and says who is one.
    Admin,
    /// The first account: runs the community. There is one.
    Owner,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Member, Self::Moderator, Self::Admin, Self::Owner];

    /// The name on the wire and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Whether they look after others: only they see the list of all people with roles and suspensions.
    #[must_use]
    pub const fn is_staff(self) -> bool {
        !matches!(self, Self::Member)
    }

    /// Whether somebody with this role may suspend somebody with the other, and let them in again: nobody may act on
    /// their equals or on those above them.
    #[must_use]
    pub fn may_suspend(self, other: Self) -> bool {
        self.is_staff() && self > other
    }

    /// The roles that somebody with this role may give to somebody who has the other one; without that one itself.
    pub fn may_give(self, other: Self) -> impl Iterator<Item = Self> {
        let may = self >= Self::Admin && self > other;
        Self::ALL.into_iter().filter(move |given| may && *given < self && *given != other)
    }
}

/// How far two people are on the way to being connected, as one of them sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Not connected, and nobody waits.
    #[default]
    None,
    /// The viewer asked, and waits.
    Requested,
    /// The other one asked, and waits.
    Asked,
    /// They are connected.
    Connected,
}

/// [`ConnectionState`] with what tells newer from older.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConnectionView {
    /// How far they are.
    pub state: ConnectionState,
    /// The newest request between them, if there ever was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<ConnectionRequestId>,
    /// Grows with every change; 0 when there never was one.
    #[serde(default)]
    pub version: u64,
}

/// How many requests wait for a person's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct WaitingRequests {
    /// Requests.
    pub waiting_count: u64,
    /// Grows with every change of any of the person's connections and requests.
    pub version: u64,
}

/// As much of a person as stands beside what they wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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

/// Others who are there now, as far as the asker may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PeopleOnline {
    /// Some of them.
    pub people: Vec<PersonRef>,
    /// How many there are.
    pub count: usize,
    /// Whether there are more than were counted.
    pub is_more: bool,
    /// Whether the asker does not show that they are there, and so does not see who is.
    pub is_hidden: bool,
}

/// A profile, as one viewer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
    /// How far the viewer is connected with them.
    #[serde(default)]
    pub connection: ConnectionView,
    /// People they are connected with.
    #[serde(default)]
    pub connection_count: u64,
    /// People with whom both they and the viewer are connected.
    #[serde(default)]
    pub in_common: u64,
    /// Whether the viewer muted them.
    #[serde(default)]
    pub muted: bool,
    /// Whether they show themselves to their connections only.
    #[serde(default)]
    pub is_private: bool,
    /// Whether the viewer is shown no more than name, handle and picture: what else stands here is empty.
    #[serde(default)]
    pub closed: bool,
    /// Whether they are suspended.
    #[serde(default)]
    pub suspended: bool,
}

/// The signed-in person's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PersonItem {
    /// Who.
    #[serde(flatten)]
    pub person: PersonRef,
    /// What they say about themselves, possibly empty.
    pub bio: String,
    /// Whether the viewer follows them.
    pub followed: bool,
    /// How far the viewer is connected with them.
    #[serde(default)]
    pub connection: ConnectionView,
    /// Whether they show themselves to their connections only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_private: bool,
    /// People with whom both they and the viewer are connected; only where somebody is suggested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_common: Option<u64>,
}

/// Why and how long somebody is suspended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Suspension {
    /// Since when.
    pub since: Timestamp,
    /// Until when; for good when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why, in words that they are told.
    pub reason: String,
    /// Who suspended them, while that person has an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonRef>,
}

/// A person as those see them who look after the community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ManagedPerson {
    /// Who.
    #[serde(flatten)]
    pub person: PersonRef,
    /// What they may do.
    pub role: Role,
    /// When they joined.
    pub joined_at: Timestamp,
    /// Absent while they may sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
}

/// A signed-in device, as its owner sees it in settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every signed-in member.
    #[default]
    Public,
    /// The author and the people who follow the author.
    Followers,
    /// The author and the people with whom the author is connected.
    Connections,
}

impl Audience {
    /// All of them, the widest first.
    pub const ALL: [Self; 3] = [Self::Public, Self::Followers, Self::Connections];
}

/// What a stretch of text is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Privacy {
    /// Whether they are online, and when they last were.
    pub shows_presence: bool,
    /// That they type.
    pub shows_typing: bool,
    /// How far they have read.
    pub shows_receipts: bool,
    /// Only their connections see more of them than name, handle and picture, and only these may follow them.
    #[serde(default)]
    pub is_private: bool,
}
