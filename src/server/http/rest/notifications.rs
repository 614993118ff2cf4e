//! The asker's notifications, and how they want to be told.

use axum::{Json, extract::State};

use super::input::{Body, Id, Params};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::NotificationId,
        notifications::{AllRead, Notification, NotificationFilter, NotificationPreferences},
        requests::{TestNotification, TestNotified},
        time::Timestamp,
        views::Page,
    },
    server::{
        auth::limits::Action,
        domain::time_zones as zones,
        http::{AppState, session::SignedIn},
    },
};

/// `GET /api/notifications?filter=&before=&limit=`: newest first.
pub async fn list(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<Notification>>, ApiError> {
    let filter = filter(params.text("filter"))?;
    Ok(Json(state.domain.notifications(&actor, filter, params.before()?, params.limit()?).await?))
}

/// `PUT /api/notifications/{id}/read`.
pub async fn read(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<NotificationId>,
) -> Result<Json<Notification>, ApiError> {
    Ok(Json(state.domain.set_notification_read(&actor, id, true).await?))
}

/// `DELETE /api/notifications/{id}/read`: unread again.
pub async fn unread(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<NotificationId>,
) -> Result<Json<Notification>, ApiError> {
    Ok(Json(state.domain.set_notification_read(&actor, id, false).await?))
}

/// `POST /api/notifications/read-all`.
pub async fn read_all(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<AllRead>, ApiError> {
    Ok(Json(state.domain.read_all_notifications(&actor).await?))
}

/// `DELETE /api/notifications/read-all?at=`: takes back the one that answered with this `at`.
pub async fn undo_read_all(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<AllRead>, ApiError> {
    let at = params.text("at").map(str::to_owned).map(serde_json::Value::String);
    let at: Option<Timestamp> = at.and_then(|text| serde_json::from_value(text).ok());
    let refuse = || {
        let message = "`at` is the moment that marking all as read answered with.";
        ApiError::on_field(ErrorCode::Invalid, "at", message)
    };
    Ok(Json(state.domain.undo_read_all(&actor, at.ok_or_else(refuse)?).await?))
}

/// `GET /api/me/notification-preferences`.
pub async fn preferences(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Json<NotificationPreferences>, ApiError> {
    Ok(Json(state.domain.notification_preferences(&actor).await?))
}

/// `PUT /api/me/notification-preferences`.
pub async fn set_preferences(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(wish): Body<NotificationPreferences>,
) -> Result<Json<NotificationPreferences>, ApiError> {
    Ok(Json(state.domain.set_notification_preferences(&actor, &wish).await?))
}

/// `GET /api/time-zones`: the zones that preferences know, by name.
pub async fn time_zones() -> Json<Vec<String>> {
    Json(zones())
}

/// `POST /api/ws/test-notification`, as documented.
pub async fn test(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(form): Body<TestNotification>,
) -> Result<Json<TestNotified>, ApiError> {
    state.limits.person(Action::TestNotificationByPerson, actor.user_id)?;
    state.domain.test_notification(&actor, &form.message).await?;
    Ok(Json(TestNotified { success: true, message: "Test notification sent".to_owned(), user_id: actor.user_id }))
}

fn filter(name: Option<&str>) -> Result<NotificationFilter, ApiError> {
    let Some(name) = name else { return Ok(NotificationFilter::All) };
    let found = NotificationFilter::ALL.into_iter().find(|filter| filter.as_str() == name);
    found.ok_or_else(|| {
        let known = NotificationFilter::ALL.map(NotificationFilter::as_str).join(", ");
        ApiError::on_field(ErrorCode::Invalid, "filter", format!("`filter` is one of {known}."))
    })
}
