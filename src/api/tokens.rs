//! Personal access tokens, as settings list, make and revoke them.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::SessionId,
    tokens::{MadeToken, Scope, TokenView},
};

/// The asker's tokens, newest first.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "tokens/list", input = GetUrl)]
pub async fn personal_tokens() -> Result<Vec<TokenView>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.tokens(&actor).await }).await
}

/// Makes a token. A box of a form that is not ticked is not sent.
///
/// # Errors
/// Fields that are not acceptable, or too many tokens.
#[server(prefix = "/sfn", endpoint = "tokens/make")]
pub async fn make_token(
    name: String,
    #[server(default)] scopes: Vec<Scope>,
    expires_in_days: u32,
) -> Result<MadeToken, ApiError> {
    use crate::{protocol::tokens::NewToken, server::auth::browser::with_auth};
    let form = NewToken { name, scopes, expires_in_days: Some(expires_in_days) };
    with_auth(move |auth, actor| async move { auth.make_token(&actor, form).await }).await
}

/// Ends one of the asker's tokens, and its sockets.
///
/// # Errors
/// When the asker has no such token.
#[server(prefix = "/sfn", endpoint = "tokens/revoke")]
pub async fn revoke_token(id: SessionId) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.revoke_token(&actor, id).await }).await
}
