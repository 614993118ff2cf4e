//! Messages: saying, changing, reacting and reading.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};

use super::input::{Body, Id, Params};
use crate::{
    protocol::{
        conversations::{MessageChange, MessageView, NewMessage, Reaction, ReadUpTo},
        errors::{ApiError, ErrorCode},
        ids::{ConversationId, MessageId},
        requests::Done,
        views::Page,
    },
    server::http::{AppState, session::SignedIn},
};

/// `GET /api/conversations/{id}/messages?before=&limit=`: newest first; `before` is a place (`seq`) in the thread.
pub async fn list(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
    params: Params,
) -> Result<Json<Page<MessageView>>, ApiError> {
    Ok(Json(state.domain.messages(&actor, id, params.before()?, params.limit()?).await?))
}

/// `POST /api/conversations/{id}/messages`: 201 when it was stored, 200 when the same `client_id` was stored before.
pub async fn send(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
    Body(form): Body<NewMessage>,
) -> Result<(StatusCode, Json<MessageView>), ApiError> {
    let sent = state.domain.send_message(&actor, id, form).await?;
    let status = if sent.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(sent.message)))
}

/// `POST /api/conversations/{id}/read`.
pub async fn read(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
    Body(form): Body<ReadUpTo>,
) -> Result<Json<Done>, ApiError> {
    state.domain.read_message(&actor, id, form.message_id).await?;
    Ok(Json(Done { success: true }))
}

/// `GET /api/messages/{id}`.
pub async fn one(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<MessageId>,
) -> Result<Json<MessageView>, ApiError> {
    Ok(Json(state.domain.message(&actor, id).await?))
}

/// `PATCH /api/messages/{id}`.
pub async fn edit(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<MessageId>,
    Body(form): Body<MessageChange>,
) -> Result<Json<MessageView>, ApiError> {
    Ok(Json(state.domain.edit_message(&actor, id, &form.content).await?))
}

/// `DELETE /api/messages/{id}`: for everybody.
pub async fn delete(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<MessageId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.delete_message(&actor, id).await?;
    Ok(Json(Done { success: true }))
}

/// `PUT /api/messages/{id}/reactions/{emoji}`: all reactions, now.
pub async fn react(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path((id, emoji)): Path<(String, String)>,
) -> Result<Json<Vec<Reaction>>, ApiError> {
    Ok(Json(state.domain.set_reaction(&actor, message(&id)?, &emoji, true).await?))
}

/// `DELETE /api/messages/{id}/reactions/{emoji}`: all reactions, now.
pub async fn take_back(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path((id, emoji)): Path<(String, String)>,
) -> Result<Json<Vec<Reaction>>, ApiError> {
    Ok(Json(state.domain.set_reaction(&actor, message(&id)?, &emoji, false).await?))
}

fn message(id: &str) -> Result<MessageId, ApiError> {
    id.parse().map_err(|_| ApiError::new(ErrorCode::NotFound, "There is nothing at this address."))
}
