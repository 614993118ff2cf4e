//! What a live connection may subscribe to.

use super::{Actor, Domain, audience::feed_topics, errors::Result, outcome::Topic, ports::PostCounts};
use crate::protocol::{ids::PostId, limits::FOLLOWING_MAX, views::FeedKind};

impl Domain {
    /// The counts of those of `ids` that the asker may see: the ones they may watch.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn watch_posts(&self, actor: &Actor, ids: &[PostId]) -> Result<Vec<PostCounts>> {
        Ok(self.ports.store.read().await?.post_counts(actor.user_id, ids).await?)
    }

    /// What the asker subscribes to by watching a feed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn feed_subscription(&self, actor: &Actor, feed: FeedKind) -> Result<Vec<Topic>> {
        let following = self.ports.store.read().await?.following_ids(actor.user_id, FOLLOWING_MAX).await?;
        Ok(feed_topics(actor.user_id, feed, &following))
    }
}
