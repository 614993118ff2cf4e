//! People and whom they follow.

use axum::{
    Json,
    extract::{Path, State},
};

use super::input::{Id, Params, id};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::UserId,
        limits::PAGE_MAX,
        requests::{Counted, Done},
        views::{Page, PeopleOnline, PersonItem, PostView, Profile},
    },
    server::{
        domain::FeedQuery,
        http::{AppState, session::SignedIn},
    },
};

/// The suggestions in one answer.
const TO_FOLLOW: usize = 20;

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

/// `GET /api/users/followed?ids=1,2`: which of these people the asker follows.
pub async fn followed(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Vec<UserId>>, ApiError> {
    let refuse = || {
        let message = format!("`ids` are at most {PAGE_MAX} ids, separated by commas.");
        ApiError::on_field(ErrorCode::Invalid, "ids", message)
    };
    let ids = params.text("ids").unwrap_or_default().split(',').filter(|text| !text.is_empty());
    let ids = ids.map(|text| id(text.trim()).ok_or_else(refuse)).collect::<Result<Vec<UserId>, _>>()?;
    if ids.len() > PAGE_MAX {
        return Err(refuse());
    }
    Ok(Json(state.domain.followed_among(&actor, &ids).await?))
}

/// `GET /api/users/to-follow`: a few people whom the asker could follow, most followed first.
pub async fn to_follow(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Json<Vec<PersonItem>>, ApiError> {
    Ok(Json(state.domain.people_to_follow(&actor, TO_FOLLOW).await?))
}

/// `GET /api/users/online`: who is there now besides the asker, as far as they may know.
pub async fn online(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<PeopleOnline>, ApiError> {
    Ok(Json(state.domain.people_online(&actor, PAGE_MAX).await?))
}

/// `GET /api/community`: how many people there are, also for those who stand at the door.
pub async fn community(State(state): State<AppState>) -> Result<Json<Counted>, ApiError> {
    Ok(Json(Counted { count: state.domain.community_size().await? }))
}
