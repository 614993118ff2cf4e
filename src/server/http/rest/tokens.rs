//! The asker's personal access tokens.

use axum::{Json, extract::State, http::StatusCode};

use super::input::{Body, Id};
use crate::{
    protocol::{
        errors::ApiError,
        ids::SessionId,
        requests::Done,
        tokens::{MadeToken, NewToken, TokenView},
    },
    server::http::{AppState, session::SignedIn},
};

/// `GET /api/me/tokens`: newest first.
pub async fn list(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<Vec<TokenView>>, ApiError> {
    Ok(Json(state.domain.tokens(&actor).await?))
}

/// `POST /api/me/tokens`: the only answer with the token itself.
pub async fn create(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(form): Body<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.auth.make_token(&actor, form).await?)))
}

/// `DELETE /api/me/tokens/{id}`: ends it and its sockets.
pub async fn revoke(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<SessionId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.revoke_token(&actor, id).await?;
    Ok(Json(Done { success: true }))
}
