//! Connecting with people, and wanting to hear nothing of them.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::{PostId, UserId},
    requests::ConnectionWish,
    views::{ConnectionState, ConnectionView, Page, PersonItem, PersonRef, WaitingRequests},
};

/// A page of those with whom the asker is this far, newest first.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "connections/page", input = GetUrl)]
pub async fn connections_page(state: ConnectionState, before: Option<u64>) -> Result<Page<PersonItem>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.connections(&actor, state, before, None).await }).await
}

/// How many requests wait for the asker's answer.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "connections/waiting", input = GetUrl)]
pub async fn waiting_count() -> Result<WaitingRequests, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.waiting_requests(&actor).await }).await
}

/// Whom the asker may know.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "connections/suggestions", input = GetUrl)]
pub async fn connection_suggestions() -> Result<Vec<PersonItem>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.connection_suggestions(&actor, 20).await }).await
}

/// Asks somebody to connect, or answers, withdraws or ends.
///
/// # Errors
/// See the verb: when they cannot be reached, it is too soon or too late, or there are too many.
#[server(prefix = "/sfn", endpoint = "connections/change")]
pub async fn change_connection(user_id: UserId, wish: ConnectionWish) -> Result<ConnectionView, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.change_connection(&actor, user_id, wish).await }).await
}

/// Mutes or unmutes somebody.
///
/// # Errors
/// When there is no such person, or it is oneself.
#[server(prefix = "/sfn", endpoint = "mutes/set")]
pub async fn set_mute(user_id: UserId, muted: bool) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.set_mute(&actor, user_id, muted).await }).await
}

/// Whom the asker muted, newest first.
///
/// # Errors
/// When the store fails.
#[server(prefix = "/sfn", endpoint = "mutes/list", input = GetUrl)]
pub async fn muted_people() -> Result<Vec<PersonRef>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.mutes(&actor).await }).await
}

/// Mutes or unmutes a post.
///
/// # Errors
/// When the asker may not see it.
#[server(prefix = "/sfn", endpoint = "mutes/post")]
pub async fn set_post_mute(post_id: PostId, muted: bool) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.set_post_mute(&actor, post_id, muted).await }).await
}

/// Whether the asker muted a post.
///
/// # Errors
/// When the asker may not see it.
#[server(prefix = "/sfn", endpoint = "mutes/of-post", input = GetUrl)]
pub async fn post_muted(post_id: PostId) -> Result<bool, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.post_muted(&actor, post_id).await }).await
}
