//! A post with its pictures as one plain form: what the composer sends where there is no JavaScript.

use axum::{
    extract::{FromRequest, Multipart, Request, State, multipart::Field},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{
    Deserialize as _,
    de::value::{Error as ValueError, StrDeserializer},
};

use super::{
    AppState,
    forms::FormOnItsWay,
    limits,
    pages::refused_call,
    rest::{files::bytes_of, input::unreadable},
};
use crate::{
    app::components::composer::PUBLISH_HREF,
    protocol::{
        errors::{ApiError, ErrorCode},
        limits::POST_MAX_IMAGES,
        requests::{NewPost, PostImage},
        views::Audience,
    },
    server::domain::Actor,
};

/// `POST /sfn/posts/publish`: the fields `content` and `audience`, and up to four each of `file` and `alt`. Leads back to
/// the page it was sent from, which shows what was wrong and the text again.
pub async fn publish(State(state): State<AppState>, request: Request) -> Response {
    let (form, request) = FormOnItsWay::notice(request).await;
    let mut content = String::new();
    let taken = match limits::check(&state.limits, &request) {
        Ok(()) => take(&state, request, &mut content).await,
        Err(error) => {
            note_text(&state, request, &mut content).await;
            Err(error.into())
        }
    };
    let response = match taken {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused_call(error, PUBLISH_HREF),
    };
    match form {
        Some(form) => form.saying("content", content).answer(&state.forms, &state.domain, response).await,
        None => response,
    }
}

/// Reads the form, keeps its pictures and posts. What was typed is in `content` even when the rest fails.
async fn take(state: &AppState, request: Request, content: &mut String) -> Result<(), ApiError> {
    let actor = request.extensions().get::<Actor>().copied();
    let actor = actor.ok_or_else(|| ApiError::new(ErrorCode::Unauthorized, "Sign in to go on."))?;
    let form = Multipart::from_request(request, state).await;
    let mut form = form.map_err(|cause| ApiError::new(ErrorCode::Malformed, cause.body_text()))?;
    let mut post = NewPost::default();
    let mut descriptions = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|cause| unreadable(cause.status().as_u16()))? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "content" => *content = text_of(field).await?,
            "audience" => post.audience = audience(&text_of(field).await?)?,
            "alt" => descriptions.push(text_of(field).await?),
            "file" => post.images.extend(keep(state, &actor, field, post.images.len()).await?),
            _ => {}
        }
    }
    for (image, alt) in post.images.iter_mut().zip(descriptions) {
        image.alt = alt;
    }
    post.content.clone_from(content);
    state.domain.create_post(&actor, post).await?;
    Ok(())
}

/// Reads only what was typed, of a form that is refused whatever is in it: it is shown again with that text. The pictures
/// are let pass by unread, so that the browser gets to its answer.
async fn note_text(state: &AppState, request: Request, content: &mut String) {
    let Ok(mut form) = Multipart::from_request(request, state).await else { return };
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() == Some("content") {
            *content = text_of(field).await.unwrap_or_default();
        }
    }
}

/// Whom the form says it is for. What it does not know is refused: a slip must not show a post to more people.
fn audience(name: &str) -> Result<Audience, ApiError> {
    let unknown = |_| ApiError::on_field(ErrorCode::Invalid, "audience", "Choose who sees the post.");
    Audience::deserialize(StrDeserializer::<ValueError>::new(name)).map_err(unknown)
}

/// Keeps one picture; a file field that was left empty has none.
async fn keep(state: &AppState, actor: &Actor, field: Field<'_>, kept: usize) -> Result<Option<PostImage>, ApiError> {
    let file = bytes_of(field).await?;
    if file.is_empty() {
        return Ok(None);
    }
    if kept >= POST_MAX_IMAGES {
        let message = format!("A post can have at most {POST_MAX_IMAGES} pictures.");
        return Err(ApiError::on_field(ErrorCode::Invalid, "images", message));
    }
    let image = state.domain.upload_image(actor, file).await?;
    Ok(Some(PostImage { id: image.id, alt: String::new() }))
}

async fn text_of(field: Field<'_>) -> Result<String, ApiError> {
    field.text().await.map_err(|cause| unreadable(cause.status().as_u16()))
}
