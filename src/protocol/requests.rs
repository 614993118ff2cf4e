//! What clients send over REST and forms, and the answers that are not plain views.

use serde::{Deserialize, Serialize};

use super::{
    ids::{CommentId, ImageId, UserId},
    views::{Audience, CommentView, Profile, Role},
};

/// `POST /api/auth/register`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Registration {
    /// Sign-in address.
    pub email: String,
    /// The handle: 2 to 30 of lowercase letters, digits, `_` and `.`, starting with a letter.
    pub username: String,
    /// The name they go by.
    pub full_name: String,
    /// At least ten characters, and hard to guess.
    pub password: String,
}

/// `POST /api/auth/login`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Login {
    /// E-mail address or username.
    pub login: String,
    /// The password.
    pub password: String,
}

/// `POST /api/auth/refresh` for clients without cookies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Refresh {
    /// The newest refresh token; cookie clients leave it out.
    #[serde(default)]
    pub refresh_token: Option<String>,
}

/// The answer to registering, signing in and refreshing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SignedIn {
    /// Who signed in.
    pub user: Profile,
    /// Send as `Authorization: Bearer`.
    pub access_token: String,
    /// Trade for the next pair before or after the access token expires; each works once.
    pub refresh_token: String,
    /// Seconds until the access token expires.
    pub expires_in: u64,
}

/// `POST /api/me/password`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PasswordChange {
    /// The password that holds now.
    pub current_password: String,
    /// The one to hold from now on; every other session ends.
    pub new_password: String,
}

/// `PATCH /api/me`: fields left out stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ProfileChange {
    /// The name to go by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// About oneself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
}

/// `PATCH /api/me/privacy`: fields left out stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PrivacyChange {
    /// See [`Privacy::shows_presence`](super::views::Privacy::shows_presence).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows_presence: Option<bool>,
    /// See [`Privacy::shows_typing`](super::views::Privacy::shows_typing).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows_typing: Option<bool>,
    /// See [`Privacy::shows_receipts`](super::views::Privacy::shows_receipts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows_receipts: Option<bool>,
    /// See [`Privacy::is_private`](super::views::Privacy::is_private).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_private: Option<bool>,
}

/// What somebody wants of a connection. Each says what it is for, so that a late press does nothing else than it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectionWish {
    /// Ask, or accept where the other one asked: `PUT /api/connections/{user_id}`.
    Ask,
    /// Accept the request that waits.
    Accept,
    /// Decline the request that waits.
    Decline,
    /// Withdraw one's own request.
    Withdraw,
    /// End the connection.
    Remove,
    /// Take the removal back, within a minute.
    Restore,
    /// Decline, withdraw or remove, whichever there is: `DELETE /api/connections/{user_id}`.
    End,
}

impl ConnectionWish {
    /// The name on the wire and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Withdraw => "withdraw",
            Self::Remove => "remove",
            Self::Restore => "restore",
            Self::End => "end",
        }
    }
}

/// `PATCH /api/connections/{user_id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConnectionChange {
    /// What is wanted of it.
    pub wish: ConnectionWish,
}

/// `PUT /api/admin/people/{id}/role`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RoleChange {
    /// What they may do from now on. `owner` hands the community over: the asker becomes an admin.
    pub role: Role,
    /// The asker's password, for `owner` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// `PUT /api/admin/people/{id}/suspension`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewSuspension {
    /// Why, in words that they are told.
    pub reason: String,
    /// For how long, from 1 to 365; for good when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// A picture of a post, uploaded before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PostImage {
    /// As answered by `POST /api/uploads`.
    pub id: ImageId,
    /// What it shows, in words.
    #[serde(default)]
    pub alt: String,
}

/// `POST /api/posts`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewPost {
    /// The text; may be empty when there are pictures.
    #[serde(default)]
    pub content: String,
    /// Who may see it.
    #[serde(default)]
    pub audience: Audience,
    /// Up to four.
    #[serde(default)]
    pub images: Vec<PostImage>,
    /// A UUID made by the client: sending the same one again returns the same post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// `PATCH /api/posts/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PostChange {
    /// The new text.
    pub content: String,
}

/// `POST /api/posts/{id}/comment` and `/comments`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewComment {
    /// The text.
    pub content: String,
    /// The comment to reply to; a reply's own replies join it under the same comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<CommentId>,
    /// A UUID made by the client: sending the same one again returns the same comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// The answer to the documented toggle `POST /api/posts/{id}/like`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct LikeToggled {
    /// Always true.
    pub success: bool,
    /// Whether the asker likes it now.
    pub liked: bool,
    /// All likes, now.
    pub likes_count: u64,
    /// Version of `likes_count`.
    pub version: u64,
}

/// The answer to `POST /api/posts/{id}/comment`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Commented {
    /// Always true.
    pub success: bool,
    /// The comment as stored.
    pub comment: CommentView,
}

/// The answer to requests that only succeed or fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Done {
    /// Always true.
    pub success: bool,
}

/// The answer to `GET /api/me/confirmation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Confirmed {
    /// Whether the asker showed that their address is theirs.
    pub confirmed: bool,
}

/// The answer to `GET /api/ws/status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct LiveStatus {
    /// Always true.
    pub success: bool,
    /// Whether sockets are served.
    pub websocket_enabled: bool,
    /// Open sockets.
    pub active_connections: usize,
    /// People with at least one of them.
    pub online_users: usize,
    /// Whether events go through Redis to other nodes.
    pub redis_enabled: bool,
}

/// `POST /api/ws/test-notification`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TestNotification {
    /// Its text, at most [`super::limits::TEST_NOTIFICATION_MAX_CHARS`] characters.
    pub message: String,
}

/// Answer to [`TestNotification`], as documented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TestNotified {
    /// Always true.
    pub success: bool,
    /// A sentence that says so.
    pub message: String,
    /// Who is notified: the asker.
    pub user_id: UserId,
}

/// `POST /api/auth/confirm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct LinkKey {
    /// What the link in the letter held.
    pub token: String,
}

/// `POST /api/auth/forgot`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Forgotten {
    /// The address of the account.
    pub email: String,
}

/// `POST /api/auth/reset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PasswordReset {
    /// What the link in the letter held.
    pub token: String,
    /// At least ten characters, and hard to guess.
    pub new_password: String,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Counted {
    /// Of what was asked for.
    pub count: u64,
}

/// The answer to `GET /api/posts/{id}/mute`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Muted {
    /// Whether the asker muted it.
    pub muted: bool,
}
