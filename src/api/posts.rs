//! Reading, writing and liking posts.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::PostId,
    views::{LikeState, PostView},
};

/// One post.
///
/// # Errors
/// Not found when there is none that the asker may see.
#[server(prefix = "/sfn", endpoint = "posts/one", input = GetUrl)]
pub async fn one_post(id: PostId) -> Result<PostView, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.post(&actor, id).await }).await
}

/// Replaces a post's text.
///
/// # Errors
/// When the asker is not its author, or the text is not acceptable.
#[server(prefix = "/sfn", endpoint = "posts/edit")]
pub async fn edit_post(id: PostId, content: String) -> Result<PostView, ApiError> {
    use crate::{protocol::requests::PostChange, server::auth::asker::asked};
    asked(|domain, actor| async move { domain.edit_post(&actor, id, PostChange { content }).await }).await
}

/// Deletes a post; it can be brought back for a minute.
///
/// # Errors
/// When the asker is not its author.
#[server(prefix = "/sfn", endpoint = "posts/delete")]
pub async fn delete_post(id: PostId) -> Result<(), ApiError> {
    use crate::server::auth::asker::{asked, lead_away};
    asked(|domain, actor| async move { domain.delete_post(&actor, id).await }).await?;
    lead_away(&format!("/posts/{id}"), "/");
    Ok(())
}

/// Brings a deleted post back.
///
/// # Errors
/// When the asker is not its author, or the minute is over.
#[server(prefix = "/sfn", endpoint = "posts/restore")]
pub async fn restore_post(id: PostId) -> Result<PostView, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.restore_post(&actor, id).await }).await
}

/// Likes a post, or takes the like back. Doing either twice changes nothing.
///
/// # Errors
/// Not found when there is no post that the asker may see.
#[server(prefix = "/sfn", endpoint = "posts/like")]
pub async fn like_post(id: PostId, liked: bool) -> Result<LikeState, ApiError> {
    use crate::server::{auth::asker::asked, domain::LikeTarget};
    asked(|domain, actor| async move { domain.set_like(&actor, LikeTarget::Post(id), liked).await }).await
}
