//! Whom the asker blocked.

use axum::{Json, extract::State};

use super::input::Id;
use crate::{
    protocol::{errors::ApiError, ids::UserId, requests::Done, views::PersonRef},
    server::http::{AppState, session::SignedIn},
};

/// `GET /api/blocks`: newest first.
pub async fn list(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<Vec<PersonRef>>, ApiError> {
    Ok(Json(state.domain.blocks(&actor).await?))
}

/// `PUT /api/blocks/{id}`.
pub async fn block(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.set_block(&actor, id, true).await?;
    Ok(Json(Done { success: true }))
}

/// `DELETE /api/blocks/{id}`.
pub async fn unblock(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.set_block(&actor, id, false).await?;
    Ok(Json(Done { success: true }))
}
