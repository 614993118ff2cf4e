//! Personal access tokens for scripts, and one-use tickets for sockets.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ids::SessionId, time::Timestamp};

/// What a personal access token may do. What no scope names is never open to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read what its person may see, but for conversations.
    Read,
    /// Write, like, follow and change as its person, but for conversations.
    Write,
    /// Read and write conversations, with what is attached.
    Messages,
    /// Open sockets: what they carry is everything that reaches its person live, messages too.
    Socket,
    /// What the person's role allows in looking after the community. Without it a token acts for a plain member.
    Admin,
}

impl Scope {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Messages, Self::Socket, Self::Admin];

    /// The name on the wire and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Messages => "messages",
            Self::Socket => "socket",
            Self::Admin => "admin",
        }
    }
}

/// `POST /api/me/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewToken {
    /// What it is for, in words: at most [`TOKEN_NAME_MAX_CHARS`](super::limits::TOKEN_NAME_MAX_CHARS) characters.
    pub name: String,
    /// What it may do; at least one.
    pub scopes: Vec<Scope>,
    /// In how many days it ends: from 1 to [`TOKEN_MAX_DAYS`](super::limits::TOKEN_MAX_DAYS),
    /// [`TOKEN_DEFAULT_DAYS`](super::limits::TOKEN_DEFAULT_DAYS) when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_days: Option<u32>,
}

/// A personal access token, as its owner sees it; never the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TokenView {
    /// Which.
    pub id: SessionId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute; `None` when it never was.
    pub last_used_at: Option<Timestamp>,
}

/// The answer to [`NewToken`]: the only time that the token itself is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MadeToken {
    /// Send as `Authorization: Bearer`.
    pub token: String,
    /// What is kept of it.
    pub details: TokenView,
}

impl fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeToken").field("token", &"***").field("details", &self.details).finish()
    }
}

/// The answer to `POST /api/ws/ticket`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Ticket {
    /// Opens one socket: as `?ticket=`, or for Socket.IO as `auth.ticket`.
    pub ticket: String,
    /// Seconds until it is worth nothing.
    pub expires_in: u64,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("ticket", &"***").field("expires_in", &self.expires_in).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_stands_in_no_log_line() {
        let details = TokenView {
            id: SessionId::new(1),
            name: "Bot".to_owned(),
            scopes: vec![Scope::Read],
            created_at: Timestamp::from_millis(0),
            expires_at: Timestamp::from_millis(1),
            last_used_at: None,
        };
        let made = MadeToken { token: "hub_secret".to_owned(), details };
        let ticket = Ticket { ticket: "secret".to_owned(), expires_in: 30 };
        assert!(!format!("{made:?} {ticket:?}").contains("secret"));
    }

    #[test]
    fn a_scope_is_named_as_on_the_wire() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
    }
}
