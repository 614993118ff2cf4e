//! Pictures: uploading them, one's face, and the files themselves.

use axum::{
    Json,
    extract::{FromRequest, Multipart, Request, State, multipart::Field},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::TypedHeader;
use bytes::{Bytes, BytesMut};

use super::{
    attachments::{ASKED_AGAIN, is_unchanged, tag_of},
    input::{Id, header_text, unreadable, whole},
};
use crate::{
    protocol::{
        conversations::ConversationItem,
        crop::Crop,
        errors::{ApiError, ErrorCode},
        ids::{ConversationId, ImageId},
        limits::IMAGE_MAX_BYTES,
        views::{ImageView, Profile},
    },
    server::http::{AppState, session::SignedIn},
};

/// A picture never changes under its id, and whether it may be seen was asked when it was fetched.
const FOREVER_FOR_ONE: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
/// A picture that is opened by itself runs and loads nothing.
pub(super) const INERT: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// `POST /api/uploads`: a picture for a post, as the field `file` of a multipart form.
pub async fn upload(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    request: Request,
) -> Result<(StatusCode, Json<ImageView>), ApiError> {
    let file = picture_in(request, &state).await?;
    Ok((StatusCode::CREATED, Json(state.domain.upload_image(&actor, file).await?)))
}

/// `PUT /api/me/avatar`: the middle square of a picture becomes the asker's face; as a multipart form or as the bare file.
pub async fn set_avatar(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    request: Request,
) -> Result<Json<Profile>, ApiError> {
    let file = picture_in(request, &state).await?;
    Ok(Json(state.domain.set_avatar(&actor, file, Crop::default()).await?))
}

/// `DELETE /api/me/avatar`.
pub async fn remove_avatar(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Json<Profile>, ApiError> {
    Ok(Json(state.domain.remove_avatar(&actor).await?))
}

/// `PUT /api/conversations/{id}/avatar`: the middle square of a picture becomes the group's; as a multipart form or as the
/// bare file.
pub async fn set_group_picture(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
    request: Request,
) -> Result<Json<ConversationItem>, ApiError> {
    let file = picture_in(request, &state).await?;
    Ok(Json(state.domain.set_group_picture(&actor, id, file, Crop::default()).await?))
}

/// `DELETE /api/conversations/{id}/avatar`.
pub async fn remove_group_picture(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationItem>, ApiError> {
    Ok(Json(state.domain.remove_group_picture(&actor, id).await?))
}

/// `GET /media/images/{id}`.
pub async fn image(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<ImageId>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let (record, bytes) = state.domain.image(&actor, id).await?;
    // The pictures of a group are its members'. Who leaves may not go on seeing new ones from memory for a year.
    let (tag, cache) = match record.conversation_id {
        Some(_) => (tag_of(id.get()), ASKED_AGAIN),
        None => (None, FOREVER_FOR_ONE),
    };
    if let Some(tag) = tag.as_ref().filter(|tag| is_unchanged(&asked, tag)) {
        return Ok(
            (StatusCode::NOT_MODIFIED, [(header::CACHE_CONTROL, cache)], TypedHeader(tag.clone())).into_response()
        );
    }
    let kind = HeaderValue::try_from(record.content_type);
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream"))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, INERT),
    ];
    Ok((headers, tag.map(TypedHeader), bytes).into_response())
}

/// The file of a request: the field `file` of a form, or the whole body when it is typed as a picture.
async fn picture_in(request: Request, state: &AppState) -> Result<Bytes, ApiError> {
    let kind = header_text(request.headers(), &header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("image/") {
        return whole(request, state).await;
    }
    if !kind.starts_with("multipart/form-data") {
        let message = "Send the picture as the field `file` of a multipart form.";
        return Err(ApiError::on_field(ErrorCode::UnsupportedMedia, "file", message));
    }
    let form = Multipart::from_request(request, state).await;
    let mut form = form.map_err(|cause| ApiError::new(ErrorCode::Malformed, cause.body_text()))?;
    while let Some(field) = form.next_field().await.map_err(|cause| unreadable(cause.status().as_u16()))? {
        if field.name() == Some("file") {
            return bytes_of(field).await;
        }
    }
    Err(ApiError::on_field(ErrorCode::Malformed, "file", "The form has no field `file`."))
}

/// The bytes of a field, and no more of them than a picture may have.
///
/// # Errors
/// Too large, or the sender went away.
pub async fn bytes_of(mut field: Field<'_>) -> Result<Bytes, ApiError> {
    let mut file = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|cause| unreadable(cause.status().as_u16()))? {
        if file.len() + chunk.len() > IMAGE_MAX_BYTES {
            let message = format!("This file is too large. The limit is {} MB.", IMAGE_MAX_BYTES / 1_024 / 1_024);
            return Err(ApiError::on_field(ErrorCode::TooLarge, "file", message));
        }
        file.extend_from_slice(&chunk);
    }
    Ok(file.freeze())
}
