//! Announcements.

use axum::{Json, extract::State, http::StatusCode};

use super::input::{Body, Id, Params};
use crate::{
    protocol::{
        announcements::{Announcement, CurrentAnnouncement, NewAnnouncement, Recipients},
        errors::{ApiError, ErrorCode},
        ids::AnnouncementId,
        requests::Counted,
        views::Page,
    },
    server::http::{AppState, session::SignedIn},
};

/// `GET /api/announcements?before=&limit=`.
pub async fn list(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<Announcement>>, ApiError> {
    Ok(Json(state.domain.announcements(&actor, params.before()?, params.limit()?).await?))
}

/// `GET /api/announcements/unread`: the newest that runs and that the asker has not read; `null` when there is none.
pub async fn unread(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Json<Option<CurrentAnnouncement>>, ApiError> {
    Ok(Json(state.domain.unread_announcement(&actor).await?))
}

/// `GET /api/announcements/{id}`.
pub async fn one(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<AnnouncementId>,
) -> Result<Json<Announcement>, ApiError> {
    Ok(Json(state.domain.announcement(&actor, id).await?))
}

/// `POST /api/admin/announcements`.
pub async fn announce(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(form): Body<NewAnnouncement>,
) -> Result<(StatusCode, Json<Announcement>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.domain.announce(&actor, form).await?)))
}

/// `GET /api/admin/announcements/recipients?of=`: how many these are.
pub async fn recipients(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Counted>, ApiError> {
    let of = params.text("of").unwrap_or(Recipients::default().as_str());
    let of = Recipients::named(of).ok_or_else(|| {
        ApiError::on_field(ErrorCode::Invalid, "of", "An announcement is for `everyone`, `newcomers` or `staff`.")
    })?;
    Ok(Json(Counted { count: state.domain.count_recipients(&actor, of).await? }))
}

/// `POST /api/admin/announcements/{id}/end`.
pub async fn end(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<AnnouncementId>,
) -> Result<Json<Announcement>, ApiError> {
    Ok(Json(state.domain.end_announcement(&actor, id).await?))
}
