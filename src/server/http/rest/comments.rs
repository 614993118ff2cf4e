//! Comments, replies and their likes.

use axum::{Json, extract::State, http::StatusCode};

use super::input::{Body, Id, Params};
use crate::{
    protocol::{
        errors::ApiError,
        ids::{CommentId, PostId},
        requests::{Commented, Done, NewComment},
        views::{CommentView, LikeState, Page},
    },
    server::{
        domain::LikeTarget,
        http::{AppState, session::SignedIn},
    },
};

/// `GET /api/posts/{id}/comments?before=&limit=`.
pub async fn list(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
    params: Params,
) -> Result<Json<Page<CommentView>>, ApiError> {
    Ok(Json(state.domain.comments(&actor, id, params.before()?, params.limit()?).await?))
}

/// `POST /api/posts/{id}/comments`.
pub async fn add(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
    Body(form): Body<NewComment>,
) -> Result<(StatusCode, Json<CommentView>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.domain.add_comment(&actor, id, form).await?)))
}

/// `POST /api/posts/{id}/comment`: the same, with the documented answer.
pub async fn add_documented(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<PostId>,
    Body(form): Body<NewComment>,
) -> Result<Json<Commented>, ApiError> {
    let comment = state.domain.add_comment(&actor, id, form).await?;
    Ok(Json(Commented { success: true, comment }))
}

/// `DELETE /api/comments/{id}`: it can be restored for a minute.
pub async fn delete(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<CommentId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.delete_comment(&actor, id).await?;
    Ok(Json(Done { success: true }))
}

/// `POST /api/comments/{id}/restore`.
pub async fn restore(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<CommentId>,
) -> Result<Json<CommentView>, ApiError> {
    Ok(Json(state.domain.restore_comment(&actor, id).await?))
}

/// `GET /api/comments/{id}/replies?before=&limit=`.
pub async fn replies(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<CommentId>,
    params: Params,
) -> Result<Json<Page<CommentView>>, ApiError> {
    Ok(Json(state.domain.replies(&actor, id, params.before()?, params.limit()?).await?))
}

/// `PUT /api/comments/{id}/like`.
pub async fn like(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<CommentId>,
) -> Result<Json<LikeState>, ApiError> {
    Ok(Json(state.domain.set_like(&actor, LikeTarget::Comment(id), true).await?))
}

/// `DELETE /api/comments/{id}/like`.
pub async fn unlike(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<CommentId>,
) -> Result<Json<LikeState>, ApiError> {
    Ok(Json(state.domain.set_like(&actor, LikeTarget::Comment(id), false).await?))
}
