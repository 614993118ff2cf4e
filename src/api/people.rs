//! Finding people, reading their profiles and following them.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::protocol::{
    errors::ApiError,
    ids::UserId,
    views::{Page, PeopleOnline, PersonItem, Profile},
};

/// Which side of a person's follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowSide {
    /// Who follows them.
    Followers,
    /// Whom they follow.
    Following,
}

/// A person's profile, by username.
///
/// # Errors
/// Not found when there is no such person.
#[server(prefix = "/sfn", endpoint = "people/profile", input = GetUrl)]
pub async fn profile_of(username: String) -> Result<Profile, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.profile(&actor, &username).await }).await
}

/// People whose name or username starts with `query`, by username.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "people/search", input = GetUrl)]
pub async fn search_people(
    query: String,
    after: Option<String>,
    limit: Option<usize>,
) -> Result<Page<PersonItem>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.search_people(&actor, &query, after.as_deref(), limit).await }).await
}

/// Three people whom the asker could follow.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "people/to-follow", input = GetUrl)]
pub async fn people_to_follow() -> Result<Vec<PersonItem>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.people_to_follow(&actor, 3).await }).await
}

/// Who is there now besides the asker, five of them: with the number of the others, a row.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "people/online", input = GetUrl)]
pub async fn online_now() -> Result<PeopleOnline, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.people_online(&actor, 5).await }).await
}

/// A page of who follows a person, or of whom they follow, newest first.
///
/// # Errors
/// Not found when there is no such person.
#[server(prefix = "/sfn", endpoint = "people/follows", input = GetUrl)]
pub async fn follows_page(
    username: String,
    side: FollowSide,
    before: Option<u64>,
) -> Result<Page<PersonItem>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move {
        match side {
            FollowSide::Followers => domain.followers(&actor, &username, before, None).await,
            FollowSide::Following => domain.following(&actor, &username, before, None).await,
        }
    })
    .await
}

/// Which of these people the asker follows.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "people/followed-among")]
pub async fn followed_among(#[server(default)] ids: Vec<UserId>) -> Result<Vec<UserId>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.followed_among(&actor, &ids).await }).await
}

/// Follows a person, or stops following them. Doing either twice changes nothing.
///
/// # Errors
/// When there is no such person, or it is oneself.
#[server(prefix = "/sfn", endpoint = "people/follow")]
pub async fn set_follow(id: UserId, following: bool) -> Result<Profile, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.set_follow(&actor, id, following).await }).await
}
