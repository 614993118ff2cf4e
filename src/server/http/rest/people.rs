//! People and whom they follow.

use axum::{
    Json,
    extract::{Path, State},
};

use super::input::{Id, Params};
use crate::{
    protocol::{
        errors::ApiError,
        ids::UserId,
        requests::Done,
        views::{Page, PersonItem, PostView, Profile},
    },
    server::{
        domain::FeedQuery,
        http::{AppState, session::SignedIn},
    },
};

/// `GET /api/people?q=&before=&limit=`: by username; `before` is the `next` of the page before.
pub async fn search(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<PersonItem>>, ApiError> {
    let (query, after) = (params.text("q").unwrap_or_default(), params.text("before"));
    Ok(Json(state.domain.search_people(&actor, query, after, params.limit()?).await?))
}

/// `GET /api/people/{username}`.
pub async fn profile(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path(username): Path<String>,
) -> Result<Json<Profile>, ApiError> {
    Ok(Json(state.domain.profile(&actor, &username).await?))
}

/// `GET /api/people/{username}/followers?before=&limit=`.
pub async fn followers(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path(username): Path<String>,
    params: Params,
) -> Result<Json<Page<PersonItem>>, ApiError> {
    Ok(Json(state.domain.followers(&actor, &username, params.before()?, params.limit()?).await?))
}

/// `GET /api/people/{username}/following?before=&limit=`.
pub async fn following(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path(username): Path<String>,
    params: Params,
) -> Result<Json<Page<PersonItem>>, ApiError> {
    Ok(Json(state.domain.following(&actor, &username, params.before()?, params.limit()?).await?))
}

/// `GET /api/people/{username}/posts?before=&limit=`.
pub async fn posts(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Path(username): Path<String>,
    params: Params,
) -> Result<Json<Page<PostView>>, ApiError> {
    super::posts::page(&state, &actor, FeedQuery::By(username), &params).await
}

/// `POST /api/users/follow/{id}`: follows; doing it again changes nothing.
pub async fn follow_documented(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.set_follow(&actor, id, true).await?;
    Ok(Json(Done { success: true }))
}

/// `PUT /api/users/{id}/follow`.
pub async fn follow(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<Profile>, ApiError> {
    Ok(Json(state.domain.set_follow(&actor, id, true).await?))
}

/// `DELETE /api/users/{id}/follow`.
pub async fn unfollow(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<Profile>, ApiError> {
    Ok(Json(state.domain.set_follow(&actor, id, false).await?))
}
