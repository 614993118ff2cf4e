//! Whom and what the asker muted.

use axum::{Json, extract::State};

use super::input::Id;
use crate::{
    protocol::{
        errors::ApiError,
        ids::{PostId, UserId},
        requests::{Done, Muted},
        views::PersonRef,
    },
    server::http::{AppState, session::SignedIn},
};

/// `GET /api/mutes`: people, newest first.
pub async fn list(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<Vec<PersonRef>>, ApiError> {
    Ok(Json(state.domain.mutes(&actor).await?))
}

/// `PUT /api/mutes/{user_id}`.
pub async fn mute(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.set_mute(&actor, id, true).await?;
    Ok(Json(Done { success: true }))
}

/// `DELETE /api/mutes/{user_id}`.
pub async fn unmute(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.set_mute(&actor, id, false).await?;
    Ok(Json(Done { success: true }))
}

/// `GET /api/posts/{id}/mute`.
pub async fn is_post_muted(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
) -> Result<Json<Muted>, ApiError> {
    Ok(Json(Muted { muted: state.domain.post_muted(&actor, id).await? }))
}

/// `PUT /api/posts/{id}/mute`: the asker is told nothing more of what happens to it.
pub async fn mute_post(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.set_post_mute(&actor, id, true).await?;
    Ok(Json(Done { success: true }))
}

/// `DELETE /api/posts/{id}/mute`.
pub async fn unmute_post(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.set_post_mute(&actor, id, false).await?;
    Ok(Json(Done { success: true }))
}
