//! What the links in letters do, for people who may be signed out.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::errors::ApiError;

/// Whether the asker showed that their address is theirs.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "letters/confirmed", input = GetUrl)]
pub async fn is_address_confirmed() -> Result<bool, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.is_email_confirmed(actor.user_id).await }).await
}

/// Sends the asker the letter that confirms their address, once more.
///
/// # Errors
/// When nobody is signed in, or after too many letters.
#[server(prefix = "/sfn", endpoint = "letters/ask-to-confirm")]
pub async fn ask_to_confirm() -> Result<(), ApiError> {
    use crate::server::auth::browser::with_auth;
    with_auth(|auth, actor| async move { auth.ask_to_confirm(&actor).await }).await
}

/// Confirms the address of whoever was sent this link.
///
/// # Errors
/// When it is too old or was used.
#[server(prefix = "/sfn", endpoint = "letters/confirm")]
pub async fn confirm_address(token: String) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked_at_the_door;
    asked_at_the_door(|domain| async move { domain.confirm_email(&token).await }).await?;
    leptos_axum::redirect("/confirm?done=yes");
    Ok(())
}

/// Sends a link that sets a new password, if anybody has this address; nothing tells whether anybody does.
///
/// # Errors
/// When it is no address, or after too many tries.
#[server(prefix = "/sfn", endpoint = "letters/forgot")]
pub async fn forgot_password(email: String) -> Result<(), ApiError> {
    use crate::server::auth::browser::at_the_door;
    at_the_door(|auth, visitor| async move { auth.forgot_password(&email, &visitor).await }).await?;
    leptos_axum::redirect("/forgot?done=yes");
    Ok(())
}

/// Sets a new password for whoever was sent this link, and ends all of their sessions.
///
/// # Errors
/// When the link is too old or was used, or the password is not acceptable.
#[server(prefix = "/sfn", endpoint = "letters/reset")]
pub async fn reset_password(token: String, new_password: String) -> Result<(), ApiError> {
    use crate::{protocol::requests::PasswordReset, server::auth::browser::at_the_door};
    let form = PasswordReset { token, new_password };
    at_the_door(|auth, visitor| async move { auth.reset_password(form, &visitor).await }).await?;
    leptos_axum::redirect("/reset?done=yes");
    Ok(())
}

/// Ends the letters to whoever this was signed for.
///
/// # Errors
/// When we did not sign it.
#[server(prefix = "/sfn", endpoint = "letters/unsubscribe")]
pub async fn stop_letters(token: String) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked_at_the_door;
    asked_at_the_door(|domain| async move { domain.unsubscribe(&token).await }).await?;
    leptos_axum::redirect("/unsubscribe?done=yes");
    Ok(())
}
