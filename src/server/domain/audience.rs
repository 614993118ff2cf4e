//! Who may see what: the only place that decides it, for pages, REST, search and every live event.
//!
//! Lists are filtered by the same rule in SQL (`store::posts::VISIBLE`); the store's contract suite checks that the two
//! agree on every combination.

use super::{outcome::Topic, ports::PostFacts};
use crate::protocol::{
    ids::{PostId, UserId},
    views::{Audience, FeedKind},
};

/// Whether `viewer` may see a post: their own, public ones, and those for followers of an author they follow.
#[must_use]
pub fn may_see(viewer: UserId, author: UserId, audience: Audience, viewer_follows_author: bool) -> bool {
    match audience {
        Audience::Public => true,
        Audience::Followers => viewer == author || viewer_follows_author,
    }
}

/// [`may_see`] for a stored post; a deleted one is seen by nobody.
#[must_use]
pub fn may_see_post(viewer: UserId, post: &PostFacts) -> bool {
    post.deleted_at.is_none() && may_see(viewer, post.author, post.audience, post.viewer_follows_author)
}

/// Where news of a post (new, changed, gone) goes. Those who watch the post itself may see it: they were asked when they
/// began, and stop when that changes.
#[must_use]
pub fn post_topics(post: PostId, author: UserId, audience: Audience) -> Vec<Topic> {
    match audience {
        Audience::Public => vec![Topic::PublicFeed, Topic::PostsBy(author), Topic::Post(post)],
        Audience::Followers => vec![Topic::PostsBy(author), Topic::Post(post)],
    }
}

/// What `viewer` subscribes to by watching a feed: `following` are the people they follow.
#[must_use]
pub fn feed_topics(viewer: UserId, feed: FeedKind, following: &[UserId]) -> Vec<Topic> {
    let people = following.iter().copied().chain([viewer]).map(Topic::PostsBy);
    match feed {
        FeedKind::Everyone => people.chain([Topic::PublicFeed]).collect(),
        FeedKind::Following => people.collect(),
    }
}
