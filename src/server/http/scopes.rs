//! What personal access tokens may do: one row for each route. A route without a row is closed to them, and so is every
//! page and server function.

use axum::{
    extract::{MatchedPath, Request},
    http::{Extensions, Method},
};

use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        tokens::Scope,
    },
    server::auth::Bearer,
};

/// What a route asks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Only whole sessions: accounts, passwords, sessions, tokens, devices.
    Session,
    /// Any token: it is open to everyone.
    Nothing,
    /// A token with this scope.
    Scope(Scope),
}

const SESSION: Need = Need::Session;
const READ: Need = Need::Scope(Scope::Read);
const WRITE: Need = Need::Scope(Scope::Write);
const MESSAGES: Need = Need::Scope(Scope::Messages);
const SOCKET: Need = Need::Scope(Scope::Socket);
const ADMIN: Need = Need::Scope(Scope::Admin);

/// Route, what reading takes (GET, HEAD), what changing takes (the other methods).
type Row = (&'static str, Need, Need);

/// Every route, as the router matches it.
const ROUTES: &[Row] = &[
    ("/api/auth/register", SESSION, SESSION),
    ("/api/auth/login", SESSION, SESSION),
    ("/api/auth/refresh", SESSION, SESSION),
    ("/api/auth/logout", SESSION, SESSION),
    ("/api/auth/logout-everywhere", SESSION, SESSION),
    ("/api/auth/confirm", SESSION, SESSION),
    ("/api/auth/forgot", SESSION, SESSION),
    ("/api/auth/reset", SESSION, SESSION),
    ("/api/unsubscribe", SESSION, SESSION),
    ("/api/me", READ, WRITE),
    ("/api/me/avatar", READ, WRITE),
    ("/api/me/privacy", READ, SESSION),
    ("/api/me/password", SESSION, SESSION),
    ("/api/me/confirmation", SESSION, SESSION),
    ("/api/me/sessions", SESSION, SESSION),
    ("/api/me/sessions/{id}", SESSION, SESSION),
    ("/api/me/tokens", SESSION, SESSION),
    ("/api/me/tokens/{id}", SESSION, SESSION),
    ("/api/me/notification-preferences", READ, WRITE),
    ("/api/feed", READ, WRITE),
    ("/api/posts", READ, WRITE),
    ("/api/posts/{id}", READ, WRITE),
    ("/api/posts/{id}/restore", READ, WRITE),
    ("/api/posts/{id}/like", READ, WRITE),
    ("/api/posts/{id}/mute", READ, WRITE),
    ("/api/posts/{id}/comment", READ, WRITE),
    ("/api/posts/{id}/comments", READ, WRITE),
    ("/api/tags/{tag}/posts", READ, WRITE),
    ("/api/comments/{id}", READ, WRITE),
    ("/api/comments/{id}/restore", READ, WRITE),
    ("/api/comments/{id}/replies", READ, WRITE),
    ("/api/comments/{id}/like", READ, WRITE),
    ("/api/people", READ, WRITE),
    ("/api/people/{username}", READ, WRITE),
    ("/api/people/{username}/followers", READ, WRITE),
    ("/api/people/{username}/following", READ, WRITE),
    ("/api/people/{username}/posts", READ, WRITE),
    ("/api/users/follow/{id}", READ, WRITE),
    ("/api/users/{id}/follow", READ, WRITE),
    ("/api/users/followed", READ, WRITE),
    ("/api/users/online", READ, WRITE),
    ("/api/users/to-follow", READ, WRITE),
    ("/api/community", Need::Nothing, Need::Nothing),
    ("/api/openapi.json", Need::Nothing, Need::Nothing),
    ("/api/asyncapi.json", Need::Nothing, Need::Nothing),
    ("/api/hubbub.d.ts", Need::Nothing, Need::Nothing),
    ("/api/connections", READ, WRITE),
    ("/api/connections/requests", READ, WRITE),
    ("/api/connections/waiting", READ, WRITE),
    ("/api/connections/suggestions", READ, WRITE),
    ("/api/connections/{user_id}", READ, WRITE),
    ("/api/blocks", READ, WRITE),
    ("/api/blocks/{id}", READ, WRITE),
    ("/api/mutes", READ, WRITE),
    ("/api/mutes/{user_id}", READ, WRITE),
    ("/api/admin/people", ADMIN, ADMIN),
    // It hands the community over, with a password.
    ("/api/admin/people/{id}/role", SESSION, SESSION),
    ("/api/admin/people/{id}/suspension", ADMIN, ADMIN),
    ("/api/admin/deliveries", ADMIN, ADMIN),
    ("/api/admin/announcements", ADMIN, ADMIN),
    ("/api/admin/announcements/recipients", ADMIN, ADMIN),
    ("/api/admin/announcements/{id}/end", ADMIN, ADMIN),
    ("/api/announcements", READ, WRITE),
    ("/api/announcements/unread", READ, WRITE),
    ("/api/announcements/{id}", READ, WRITE),
    ("/api/conversations", MESSAGES, MESSAGES),
    ("/api/conversations/unread", MESSAGES, MESSAGES),
    ("/api/conversations/requests", MESSAGES, MESSAGES),
    ("/api/conversations/{id}", MESSAGES, MESSAGES),
    ("/api/conversations/{id}/avatar", MESSAGES, MESSAGES),
    ("/api/conversations/{id}/mine", MESSAGES, MESSAGES),
    ("/api/conversations/{id}/members", MESSAGES, MESSAGES),
    ("/api/conversations/{id}/members/{user_id}", MESSAGES, MESSAGES),
    ("/api/conversations/{id}/accept", MESSAGES, MESSAGES),
    ("/api/conversations/{id}/decline", MESSAGES, MESSAGES),
    ("/api/conversations/{id}/changes", MESSAGES, MESSAGES),
    ("/api/conversations/{id}/messages", MESSAGES, MESSAGES),
    ("/api/conversations/{id}/read", MESSAGES, MESSAGES),
    ("/api/messages/{id}", MESSAGES, MESSAGES),
    ("/api/messages/{id}/reactions/{emoji}", MESSAGES, MESSAGES),
    ("/api/attachments", MESSAGES, MESSAGES),
    ("/api/attachments/{id}", MESSAGES, MESSAGES),
    ("/api/jobs", READ, WRITE),
    ("/api/jobs/{id}", READ, WRITE),
    ("/api/jobs/{id}/restore", READ, WRITE),
    ("/api/jobs/{id}/close", READ, WRITE),
    ("/api/jobs/{id}/reopen", READ, WRITE),
    ("/api/jobs/{id}/applications", READ, WRITE),
    ("/api/applications/{id}", READ, WRITE),
    ("/api/notifications", READ, WRITE),
    ("/api/notifications/{id}/read", READ, WRITE),
    ("/api/notifications/read-all", READ, WRITE),
    ("/api/time-zones", Need::Nothing, Need::Nothing),
    ("/api/push/key", SESSION, SESSION),
    ("/api/push/subscriptions", SESSION, SESSION),
    ("/api/push/subscriptions/{id}", SESSION, SESSION),
    ("/api/push/subscriptions/{id}/test", SESSION, SESSION),
    ("/api/uploads", READ, WRITE),
    ("/api/ws/status", Need::Nothing, Need::Nothing),
    ("/api/ws/test-notification", READ, WRITE),
    ("/api/ws/ticket", SOCKET, SOCKET),
    ("/media/images/{id}", READ, SESSION),
    ("/media/attachments/{id}", MESSAGES, SESSION),
    ("/ws", SOCKET, SOCKET),
    ("/ws/{*channel}", SOCKET, SOCKET),
    ("/socket.io", SOCKET, SOCKET),
    ("/socket.io/", SOCKET, SOCKET),
];

/// Whether whoever presented a token may do what the request asks.
///
/// # Errors
/// Forbidden, with the scope that is missing.
pub fn check(bearer: &Bearer, request: &Request) -> Result<(), ApiError> {
    match need_of(request.extensions(), request.method()) {
        _ if bearer.scopes.is_none() => Ok(()),
        Some(Need::Scope(scope)) => check_scope(bearer, scope),
        Some(Need::Nothing) => Ok(()),
        Some(Need::Session) | None => {
            Err(ApiError::new(ErrorCode::Forbidden, "Personal access tokens cannot do this. Sign in for it."))
        }
    }
}

/// Whether whoever presented a token may open sockets; for those who present it inside one.
///
/// # Errors
/// Forbidden, with the scope that is missing.
pub fn check_socket(bearer: &Bearer) -> Result<(), ApiError> {
    check_scope(bearer, Scope::Socket)
}

fn check_scope(bearer: &Bearer, scope: Scope) -> Result<(), ApiError> {
    if bearer.scopes.as_ref().is_none_or(|scopes| scopes.contains(&scope)) {
        return Ok(());
    }
    let message = format!("This token lacks the scope `{}`.", scope.as_str());
    Err(ApiError::new(ErrorCode::Forbidden, message))
}

fn need_of(extensions: &Extensions, method: &Method) -> Option<Need> {
    let path = extensions.get::<MatchedPath>()?.as_str();
    let (_, reading, changing) = ROUTES.iter().find(|(route, ..)| *route == path)?;
    Some(if method.is_safe() { *reading } else { *changing })
}

/// Every route that has a row; for the test that none is missing.
#[must_use]
pub fn classed() -> Vec<&'static str> {
    ROUTES.iter().map(|(route, ..)| *route).collect()
}
