//! What links in letters do.

use axum::{Extension, Json, extract::State, response::Redirect};

use super::input::{Body, Params};
use crate::{
    protocol::{
        errors::ApiError,
        requests::{Confirmed, Done, Forgotten, LinkKey, PasswordReset},
    },
    server::{
        auth::visitor::Visitor,
        http::{AppState, session::SignedIn},
    },
};

const DONE: Json<Done> = Json(Done { success: true });

/// `POST /api/me/confirmation`: the letter that confirms the asker's address, once more.
pub async fn ask_to_confirm(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<Done>, ApiError> {
    state.auth.ask_to_confirm(&actor).await?;
    Ok(DONE)
}

/// `GET /api/me/confirmation`: whether the asker's address is known to be theirs.
pub async fn is_confirmed(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Json<Confirmed>, ApiError> {
    Ok(Json(Confirmed { confirmed: state.domain.is_email_confirmed(actor.user_id).await? }))
}

/// `POST /api/auth/confirm {token}`.
pub async fn confirm(State(state): State<AppState>, Body(form): Body<LinkKey>) -> Result<Json<Done>, ApiError> {
    state.domain.confirm_email(&form.token).await?;
    Ok(DONE)
}

/// `POST /api/auth/forgot {email}`: the same answer whether anybody has this address or not.
pub async fn forgot(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Body(form): Body<Forgotten>,
) -> Result<Json<Done>, ApiError> {
    state.auth.forgot_password(&form.email, &visitor).await?;
    Ok(DONE)
}

/// `POST /api/auth/reset {token, new_password}`: ends all sessions of that person.
pub async fn reset(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Body(form): Body<PasswordReset>,
) -> Result<Json<Done>, ApiError> {
    state.auth.reset_password(form, &visitor).await?;
    Ok(DONE)
}

/// `POST /api/unsubscribe?token=`: what a mail program does with one click, for somebody who is signed out.
pub async fn unsubscribe(State(state): State<AppState>, params: Params) -> Result<Json<Done>, ApiError> {
    state.domain.unsubscribe(params.text("token").unwrap_or_default()).await?;
    Ok(DONE)
}

/// `GET /api/unsubscribe?token=`: the page on which a person does it. Programs that look into links change nothing.
pub async fn unsubscribe_page(params: Params) -> Redirect {
    let token: String = params.text("token").unwrap_or_default().chars().filter(|c| is_of_token(*c)).collect();
    Redirect::to(&format!("/unsubscribe?token={token}"))
}

/// The characters that signed tokens are made of.
const fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}
