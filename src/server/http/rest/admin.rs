//! Looking after the community: roles and suspensions, and what became of notifications.

use axum::{Json, extract::State};

use super::input::{Body, Id, Params};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::UserId,
        notifications::{Channel, Delivery, NotificationStatus},
        requests::{Done, NewSuspension, RoleChange},
        views::{ManagedPerson, Page, Role},
    },
    server::{
        domain::{DeliveryFilter, ports::ManagedFilter},
        http::{AppState, session::SignedIn},
    },
};

/// `GET /api/admin/people?q=&role=&suspended=&before=&limit=`: by username; `before` is the `next` of the page before.
pub async fn people(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<ManagedPerson>>, ApiError> {
    let unknown = |field: &str, message: &str| ApiError::on_field(ErrorCode::Invalid, field, message);
    let role = match params.text("role") {
        None => None,
        Some(name) => Some(
            Role::ALL
                .into_iter()
                .find(|role| role.as_str() == name)
                .ok_or_else(|| unknown("role", "`role` is `member`, `moderator`, `admin` or `owner`."))?,
        ),
    };
    let suspended = match params.text("suspended") {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(unknown("suspended", "`suspended` is `true` or `false`.")),
    };
    let filter = ManagedFilter { query: params.text("q").unwrap_or_default().to_owned(), role, suspended };
    Ok(Json(state.domain.managed_people(&actor, filter, params.text("before"), params.limit()?).await?))
}

/// `PUT /api/admin/people/{id}/role`.
pub async fn change_role(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
    Body(change): Body<RoleChange>,
) -> Result<Json<Done>, ApiError> {
    state.auth.change_role(&actor, id, change).await?;
    Ok(Json(Done { success: true }))
}

/// `PUT /api/admin/people/{id}/suspension`.
pub async fn suspend(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
    Body(form): Body<NewSuspension>,
) -> Result<Json<Done>, ApiError> {
    state.domain.suspend(&actor, id, form).await?;
    Ok(Json(Done { success: true }))
}

/// `DELETE /api/admin/people/{id}/suspension`.
pub async fn lift(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.lift_suspension(&actor, id).await?;
    Ok(Json(Done { success: true }))
}

/// `GET /api/admin/deliveries?status=&channel=&before=&limit=`: newest first; `before` is the `next` of the page before.
pub async fn deliveries(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<Delivery>>, ApiError> {
    let refuse = |field: &str, message: &str| ApiError::on_field(ErrorCode::Invalid, field, message);
    let status = params.text("status").map(|name| {
        let message = "`status` is `queued`, `delivered`, `read` or `failed`.";
        NotificationStatus::of_delivery(name).ok_or_else(|| refuse("status", message))
    });
    let channel = params
        .text("channel")
        .map(|name| Channel::named(name).ok_or_else(|| refuse("channel", "`channel` is `in_app`, `push` or `email`.")));
    let filter = DeliveryFilter { status: status.transpose()?, channel: channel.transpose()? };
    Ok(Json(state.domain.deliveries(&actor, &filter, params.text("before"), params.limit()?).await?))
}
