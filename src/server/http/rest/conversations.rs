//! Conversations, their members, and what each member keeps to themselves.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};

use super::input::{Body, Id, Params};
use crate::{
    protocol::{
        conversations::{
            ConversationBox, ConversationChange, ConversationChanges, ConversationItem, HeldConversation,
            MembershipChange, NewConversation, NewMembers,
        },
        errors::{ApiError, ErrorCode},
        events::UnreadCount,
        ids::{ConversationId, UserId},
        requests::{Counted, Done},
        views::Page,
    },
    server::http::{AppState, session::SignedIn},
};

/// `GET /api/conversations?box=&q=&before=&limit=`: last said first; `box` is `inbox` (the default) or `requests`.
pub async fn list(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<ConversationItem>>, ApiError> {
    let of = match params.text("box").unwrap_or("inbox") {
        "inbox" => ConversationBox::Inbox,
        "requests" => ConversationBox::Requests,
        _ => return Err(ApiError::on_field(ErrorCode::Invalid, "box", "`box` is `inbox` or `requests`.")),
    };
    let query = params.text("q").unwrap_or_default();
    Ok(Json(state.domain.conversations(&actor, of, query, params.before()?, params.limit()?).await?))
}

/// `POST /api/conversations`: begins a group, or finds or begins the direct conversation with somebody.
pub async fn begin(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(form): Body<NewConversation>,
) -> Result<(StatusCode, Json<ConversationItem>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.domain.begin_conversation(&actor, form).await?)))
}

/// `GET /api/conversations/unread`.
pub async fn unread(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<UnreadCount>, ApiError> {
    Ok(Json(state.domain.unread_count(&actor).await?))
}

/// `GET /api/conversations/requests`: in how many strangers wait for an answer.
pub async fn requests(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<Counted>, ApiError> {
    Ok(Json(Counted { count: state.domain.count_requests(&actor).await? }))
}

/// `GET /api/conversations/{id}`.
pub async fn one(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationItem>, ApiError> {
    Ok(Json(state.domain.conversation(&actor, id).await?))
}

/// `PATCH /api/conversations/{id}`: names a group.
pub async fn rename(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
    Body(form): Body<ConversationChange>,
) -> Result<Json<ConversationItem>, ApiError> {
    Ok(Json(state.domain.rename_conversation(&actor, id, &form.title).await?))
}

/// `PATCH /api/conversations/{id}/mine`: mutes, pins, keeps a draft.
pub async fn change_mine(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
    Body(form): Body<MembershipChange>,
) -> Result<Json<ConversationItem>, ApiError> {
    Ok(Json(state.domain.change_membership(&actor, id, form).await?))
}

/// `POST /api/conversations/{id}/members`.
pub async fn add_members(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
    Body(form): Body<NewMembers>,
) -> Result<Json<ConversationItem>, ApiError> {
    Ok(Json(state.domain.add_members(&actor, id, &form.member_ids).await?))
}

/// `DELETE /api/conversations/{id}/members/{user_id}`: removes somebody; oneself leaves.
pub async fn remove_member(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path((id, person)): Path<(String, String)>,
) -> Result<Json<Done>, ApiError> {
    let nowhere = |_| ApiError::new(ErrorCode::NotFound, "There is nothing at this address.");
    let (id, person) = (id.parse::<ConversationId>().map_err(nowhere)?, person.parse::<UserId>().map_err(nowhere)?);
    state.domain.remove_member(&actor, id, person).await?;
    Ok(Json(Done { success: true }))
}

/// `POST /api/conversations/{id}/accept`.
pub async fn accept(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationItem>, ApiError> {
    Ok(Json(state.domain.accept_request(&actor, id).await?))
}

/// `POST /api/conversations/{id}/decline`.
pub async fn decline(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.decline_request(&actor, id).await?;
    Ok(Json(Done { success: true }))
}

/// `GET /api/conversations/{id}/changes?after=`: what came after the entry `after` of the log; `null` when nothing did.
pub async fn changes(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
    params: Params,
) -> Result<Json<Option<ConversationChanges>>, ApiError> {
    let refuse = |_| ApiError::on_field(ErrorCode::Invalid, "after", "`after` is the number of an entry.");
    let seq = params.text("after").unwrap_or("0").parse().map_err(refuse)?;
    // Says that there is no such conversation, where there is none.
    state.domain.conversation(&actor, id).await?;
    let held = HeldConversation { conversation_id: id, seq };
    Ok(Json(state.domain.conversation_changes(&actor, &[held]).await?.pop()))
}
