//! Personal access tokens and one-use tickets, as stored: only their hashes.

use async_trait::async_trait;

use super::Stored;
use crate::protocol::{
    ids::{SessionId, UserId},
    time::Timestamp,
    tokens::Scope,
};

/// A personal access token: a session of its own, which is ended like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// The session, and so which.
    pub session_id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the token, in hex.
    pub hash: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Reads personal access tokens. Those whose session has ended are not found.
#[async_trait]
pub trait TokensRead {
    /// One by its hash, expired or not.
    async fn token(&mut self, hash: &str) -> Stored<Option<TokenRecord>>;
    /// The one that a session is, if it is one.
    async fn token_of_session(&mut self, session: SessionId) -> Stored<Option<TokenRecord>>;
    /// A person's, newest first.
    async fn tokens_of(&mut self, user: UserId) -> Stored<Vec<TokenRecord>>;
}

/// Writes personal access tokens and tickets.
#[async_trait]
pub trait TokensWrite {
    /// Adds one to its session.
    async fn insert_token(&mut self, token: &TokenRecord) -> Stored<()>;
    /// Notes when one was last used.
    async fn touch_token(&mut self, session: SessionId, at: Timestamp) -> Stored<()>;
    /// Ends the sessions of those that expire at `now` or before; which.
    async fn end_tokens_over(&mut self, now: Timestamp) -> Stored<Vec<SessionId>>;
    /// Adds a ticket.
    async fn insert_ticket(&mut self, hash: &str, session: SessionId, expires_at: Timestamp) -> Stored<()>;
    /// Takes a ticket, in one statement: of two who use it at the same moment, one gets it. Whose session it is for, and
    /// when it expires.
    async fn take_ticket(&mut self, hash: &str) -> Stored<Option<(SessionId, Timestamp)>>;
    /// Forgets tickets that expired before `before`; how many.
    async fn purge_tickets(&mut self, before: Timestamp) -> Stored<u64>;
}
