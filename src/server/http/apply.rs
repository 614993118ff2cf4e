//! An application with a file as one plain form: what the page of a job sends where there is no JavaScript.

use axum::{
    extract::{FromRequest, Multipart, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    AppState,
    forms::FormOnItsWay,
    limits,
    pages::refused_call,
    rest::input::unreadable,
    uploads::{FileField, keep_if_chosen, text_of},
};
use crate::{
    api::jobs::APPLY_FORM_HREF,
    protocol::{
        errors::{ApiError, ErrorCode},
        jobs::NewApplication,
    },
    server::domain::Actor,
};

/// `POST /sfn/jobs/apply-form`: the fields `job_id`, `note` and `file`. Leads back to the page it was sent from, which shows
/// what was wrong and the note again.
pub async fn apply(State(state): State<AppState>, request: Request) -> Response {
    let (form, request) = FormOnItsWay::notice(request).await;
    let (mut job_id, mut note) = (String::new(), String::new());
    let allowed = limits::check(&state.limits, &request).map_err(ApiError::from);
    let response = match take(&state, request, allowed, &mut job_id, &mut note).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused_call(error, APPLY_FORM_HREF),
    };
    match form {
        Some(form) => {
            let form = form.saying("job_id", job_id).saying("note", note);
            form.answer(&state.forms, &state.domain, response).await
        }
        None => response,
    }
}

/// Reads the form to its end whatever is refused on the way, so that the note is there to be shown again, and applies. A
/// file whose application was refused is forgotten in a day.
async fn take(
    state: &AppState,
    request: Request,
    allowed: Result<(), ApiError>,
    job_id: &mut String,
    note: &mut String,
) -> Result<(), ApiError> {
    let actor = request.extensions().get::<Actor>().copied();
    let bytes = limits::announced(request.headers());
    let form = Multipart::from_request(request, state).await;
    let mut form = form.map_err(|cause| ApiError::new(ErrorCode::Malformed, cause.body_text()))?;
    let actor = actor.ok_or_else(|| ApiError::new(ErrorCode::Unauthorized, "Sign in to go on."))?;
    let mut attachment = allowed.map(|()| None);
    while let Some(field) = form.next_field().await.map_err(|cause| unreadable(cause.status().as_u16()))? {
        match field.name().unwrap_or_default() {
            "job_id" => *job_id = text_of(field).await?,
            "note" => *note = text_of(field).await?,
            "file" if matches!(attachment, Ok(None)) => {
                attachment = keep_if_chosen(state, &actor, FileField(field), bytes).await;
            }
            _ => FileField(field).let_pass().await,
        }
    }
    let attachment = attachment?;
    let nowhere = || ApiError::new(ErrorCode::NotFound, "This job was not found.");
    let id = job_id.parse().map_err(|_| nowhere())?;
    state.domain.apply(&actor, id, NewApplication { note: note.clone(), attachment }).await?;
    Ok(())
}
