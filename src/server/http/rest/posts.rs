//! Feeds, posts and their likes.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, StatusCode},
};

use super::input::{Body, Id, Params, header_text};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::PostId,
        requests::{Done, LikeToggled, NewPost, PostChange},
        views::{FeedKind, LikeState, Page, PostView},
    },
    server::{
        domain::{Actor, FeedQuery, LikeTarget},
        http::{AppState, session::SignedIn},
    },
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// `GET /api/feed?feed=&before=&limit=`.
pub async fn feed(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<PostView>>, ApiError> {
    let kinds = [FeedKind::Everyone, FeedKind::Following];
    let asked = params.text("feed").unwrap_or(FeedKind::default().as_str());
    let kind = kinds.into_iter().find(|kind| kind.as_str() == asked).ok_or_else(|| {
        ApiError::on_field(ErrorCode::Invalid, "feed", "There are two feeds: `everyone` and `following`.")
    })?;
    page(&state, &actor, FeedQuery::Feed(kind), &params).await
}

/// `GET /api/posts?before=&limit=`: everything the asker may see.
pub async fn list(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<PostView>>, ApiError> {
    page(&state, &actor, FeedQuery::Feed(FeedKind::Everyone), &params).await
}

/// `GET /api/tags/{tag}/posts?before=&limit=`.
pub async fn tagged(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path(tag): Path<String>,
    params: Params,
) -> Result<Json<Page<PostView>>, ApiError> {
    page(&state, &actor, FeedQuery::Tagged(tag), &params).await
}

/// A page of posts.
pub async fn page(
    state: &AppState,
    actor: &Actor,
    query: FeedQuery,
    params: &Params,
) -> Result<Json<Page<PostView>>, ApiError> {
    Ok(Json(state.domain.feed(actor, query, params.before()?, params.limit()?).await?))
}

/// `POST /api/posts`.
pub async fn create(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(form): Body<NewPost>,
) -> Result<(StatusCode, Json<PostView>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.domain.create_post(&actor, form).await?)))
}

/// `GET /api/posts/{id}`.
pub async fn one(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
) -> Result<Json<PostView>, ApiError> {
    Ok(Json(state.domain.post(&actor, id).await?))
}

/// `PATCH /api/posts/{id}`.
pub async fn edit(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
    Body(change): Body<PostChange>,
) -> Result<Json<PostView>, ApiError> {
    Ok(Json(state.domain.edit_post(&actor, id, change).await?))
}

/// `DELETE /api/posts/{id}`: it can be restored for a minute.
pub async fn delete(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.delete_post(&actor, id).await?;
    Ok(Json(Done { success: true }))
}

/// `POST /api/posts/{id}/restore`.
pub async fn restore(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
) -> Result<Json<PostView>, ApiError> {
    Ok(Json(state.domain.restore_post(&actor, id).await?))
}

/// `POST /api/posts/{id}/like`: turns the like over. With an `Idempotency-Key`, a repeated request gets the first answer.
pub async fn toggle_like(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
    headers: HeaderMap,
) -> Result<Json<LikeToggled>, ApiError> {
    let key = header_text(&headers, &IDEMPOTENCY_KEY);
    Ok(Json(state.domain.toggle_like(&actor, id, key).await?))
}

/// `PUT /api/posts/{id}/like`.
pub async fn like(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
) -> Result<Json<LikeState>, ApiError> {
    Ok(Json(state.domain.set_like(&actor, LikeTarget::Post(id), true).await?))
}

/// `DELETE /api/posts/{id}/like`.
pub async fn unlike(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
) -> Result<Json<LikeState>, ApiError> {
    Ok(Json(state.domain.set_like(&actor, LikeTarget::Post(id), false).await?))
}
