//! Reading, writing and liking comments.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::{CommentId, PostId},
    views::{CommentView, LikeState, Page},
};

/// A page of the comments on a post, newest first, each with its newest replies.
///
/// # Errors
/// When the post cannot be seen.
#[server(prefix = "/sfn", endpoint = "comments/page", input = GetUrl)]
pub async fn comment_page(post_id: PostId, before: Option<CommentId>) -> Result<Page<CommentView>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.comments(&actor, post_id, before, None).await }).await
}

/// A page of the replies to a comment, newest first.
///
/// # Errors
/// When the comment cannot be seen.
#[server(prefix = "/sfn", endpoint = "comments/replies", input = GetUrl)]
pub async fn reply_page(parent_id: CommentId, before: Option<CommentId>) -> Result<Page<CommentView>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.replies(&actor, parent_id, before, None).await }).await
}

/// Comments on a post, or replies to a comment.
///
/// # Errors
/// When the post cannot be seen, the parent is gone, or the text is not acceptable.
#[server(prefix = "/sfn", endpoint = "comments/add")]
pub async fn add_comment(
    post_id: PostId,
    parent_id: Option<CommentId>,
    content: String,
    client_id: Option<String>,
) -> Result<CommentView, ApiError> {
    use crate::{protocol::requests::NewComment, server::auth::asker::asked};
    let form = NewComment { content, parent_id, client_id: client_id.filter(|id| !id.is_empty()) };
    asked(|domain, actor| async move { domain.add_comment(&actor, post_id, form).await }).await
}

/// Deletes a comment; it can be brought back for a minute.
///
/// # Errors
/// When the asker wrote neither the comment nor the post it is on.
#[server(prefix = "/sfn", endpoint = "comments/delete")]
pub async fn delete_comment(id: CommentId) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.delete_comment(&actor, id).await }).await
}

/// Brings a deleted comment back.
///
/// # Errors
/// When the asker could not have deleted it, or the minute is over.
#[server(prefix = "/sfn", endpoint = "comments/restore")]
pub async fn restore_comment(id: CommentId) -> Result<CommentView, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.restore_comment(&actor, id).await }).await
}

/// Likes a comment, or takes the like back. Doing either twice changes nothing.
///
/// # Errors
/// Not found when there is no comment that the asker may see.
#[server(prefix = "/sfn", endpoint = "comments/like")]
pub async fn like_comment(id: CommentId, liked: bool) -> Result<LikeState, ApiError> {
    use crate::server::{auth::asker::asked, domain::LikeTarget};
    asked(|domain, actor| async move { domain.set_like(&actor, LikeTarget::Comment(id), liked).await }).await
}
