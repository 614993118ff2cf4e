//! Lists of posts, a page at a time, newest first.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::PostId,
    views::{FeedKind, Page, PostView},
};

/// A page of one of the two feeds.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "feed/page", input = GetUrl)]
pub async fn feed_page(kind: FeedKind, before: Option<PostId>) -> Result<Page<PostView>, ApiError> {
    use crate::server::{auth::asker::asked, domain::FeedQuery};
    asked(|domain, actor| async move { domain.feed(&actor, FeedQuery::Feed(kind), before, None).await }).await
}

/// A page of what one person posted.
///
/// # Errors
/// Also when there is no such person.
#[server(prefix = "/sfn", endpoint = "feed/author", input = GetUrl)]
pub async fn author_page(username: String, before: Option<PostId>) -> Result<Page<PostView>, ApiError> {
    use crate::server::{auth::asker::asked, domain::FeedQuery};
    asked(|domain, actor| async move { domain.feed(&actor, FeedQuery::By(username), before, None).await }).await
}

/// A page of the posts with one tag, without `#`.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "feed/tag", input = GetUrl)]
pub async fn tag_page(tag: String, before: Option<PostId>) -> Result<Page<PostView>, ApiError> {
    use crate::server::{auth::asker::asked, domain::FeedQuery};
    asked(|domain, actor| async move { domain.feed(&actor, FeedQuery::Tagged(tag), before, None).await }).await
}
