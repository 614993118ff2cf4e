//! The asker's devices that take pushes.

use axum::{Json, extract::State, http::StatusCode};

use super::input::{Body, Id};
use crate::{
    protocol::{
        errors::ApiError,
        ids::PushDeviceId,
        push::{NewSubscription, PushDevice, PushKey},
        requests::Done,
    },
    server::{
        auth::limits::Action,
        http::{AppState, session::SignedIn},
    },
};

const DONE: Json<Done> = Json(Done { success: true });

/// `GET /api/push/key`.
pub async fn key(State(state): State<AppState>, SignedIn(_): SignedIn) -> Json<PushKey> {
    Json(state.domain.push_key())
}

/// `GET /api/push/subscriptions`: newest first.
pub async fn list(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<Vec<PushDevice>>, ApiError> {
    Ok(Json(state.domain.push_devices(&actor).await?))
}

/// `POST /api/push/subscriptions {endpoint, keys: {p256dh, auth}}`: in place of the one that this session had.
pub async fn add(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(form): Body<NewSubscription>,
) -> Result<(StatusCode, Json<PushDevice>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.domain.add_push_device(&actor, form).await?)))
}

/// `DELETE /api/push/subscriptions/{id}`.
pub async fn remove(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PushDeviceId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.remove_push_device(&actor, id).await?;
    Ok(DONE)
}

/// `POST /api/push/subscriptions/{id}/test`: says whether the push service took it.
pub async fn test(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PushDeviceId>,
) -> Result<Json<Done>, ApiError> {
    state.limits.person(Action::TestNotificationByPerson, actor.user_id)?;
    state.domain.test_push_device(&actor, id).await?;
    Ok(DONE)
}
