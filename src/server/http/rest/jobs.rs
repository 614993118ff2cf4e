//! The job board.

use axum::{Json, extract::State, http::StatusCode};

use super::input::{Body, Id, Params};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::{ApplicationId, JobId},
        jobs::{Application, ApplicationMove, JobKind, JobSearch, JobView, JobsOf, NewApplication, NewJob},
        requests::Done,
        views::Page,
    },
    server::http::{AppState, session::SignedIn},
};

/// `GET /api/jobs?of=&q=&kind=&place=&before=&limit=`.
pub async fn list(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<JobView>>, ApiError> {
    let of = params.text("of").unwrap_or(JobsOf::default().as_str());
    let of = JobsOf::ALL.into_iter().find(|list| list.as_str() == of).ok_or_else(|| {
        ApiError::on_field(ErrorCode::Invalid, "of", "There are three lists: `open`, `applied` and `mine`.")
    })?;
    let kind = params.text("kind").filter(|kind| !kind.is_empty());
    let kind = kind.map(|kind| JobKind::named(kind).ok_or_else(no_kind)).transpose()?;
    let text = |name: &str| params.text(name).unwrap_or_default().to_owned();
    let search = JobSearch { of, query: text("q"), kind, place: text("place") };
    Ok(Json(state.domain.jobs(&actor, &search, params.before()?, params.limit()?).await?))
}

fn no_kind() -> ApiError {
    let kinds = JobKind::ALL.map(JobKind::as_str).join(", ");
    ApiError::on_field(ErrorCode::Invalid, "kind", format!("There is no such kind of job. Hubbub knows: {kinds}."))
}

/// `POST /api/jobs`.
pub async fn create(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(form): Body<NewJob>,
) -> Result<(StatusCode, Json<JobView>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.domain.post_job(&actor, form).await?)))
}

/// `GET /api/jobs/{id}`.
pub async fn one(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<JobId>,
) -> Result<Json<JobView>, ApiError> {
    Ok(Json(state.domain.job(&actor, id).await?))
}

/// `PUT /api/jobs/{id}`: all of it.
pub async fn change(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<JobId>,
    Body(form): Body<NewJob>,
) -> Result<Json<JobView>, ApiError> {
    Ok(Json(state.domain.change_job(&actor, id, form).await?))
}

/// `DELETE /api/jobs/{id}`: it can be restored for a minute.
pub async fn delete(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<JobId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.delete_job(&actor, id).await?;
    Ok(Json(Done { success: true }))
}

/// `POST /api/jobs/{id}/restore`.
pub async fn restore(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<JobId>,
) -> Result<Json<JobView>, ApiError> {
    Ok(Json(state.domain.restore_job(&actor, id).await?))
}

/// `POST /api/jobs/{id}/close`.
pub async fn close(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<JobId>,
) -> Result<Json<JobView>, ApiError> {
    Ok(Json(state.domain.set_job_closed(&actor, id, true).await?))
}

/// `POST /api/jobs/{id}/reopen`.
pub async fn reopen(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<JobId>,
) -> Result<Json<JobView>, ApiError> {
    Ok(Json(state.domain.set_job_closed(&actor, id, false).await?))
}

/// `GET /api/jobs/{id}/applications?before=&limit=`: for whoever posted it.
pub async fn applications(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<JobId>,
    params: Params,
) -> Result<Json<Page<Application>>, ApiError> {
    Ok(Json(state.domain.applications(&actor, id, params.before()?, params.limit()?).await?))
}

/// `POST /api/jobs/{id}/applications`.
pub async fn apply(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<JobId>,
    Body(form): Body<NewApplication>,
) -> Result<(StatusCode, Json<Application>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.domain.apply(&actor, id, form).await?)))
}

/// `GET /api/applications/{id}`.
pub async fn application(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ApplicationId>,
) -> Result<Json<Application>, ApiError> {
    Ok(Json(state.domain.application(&actor, id).await?))
}

/// `PATCH /api/applications/{id}`.
pub async fn move_application(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ApplicationId>,
    Body(form): Body<ApplicationMove>,
) -> Result<Json<Application>, ApiError> {
    Ok(Json(state.domain.move_application(&actor, id, form.stage).await?))
}

/// `DELETE /api/applications/{id}`: withdraws it.
pub async fn withdraw(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ApplicationId>,
) -> Result<Json<Application>, ApiError> {
    Ok(Json(state.domain.withdraw_application(&actor, id).await?))
}
