//! What a live connection may subscribe to.

use super::{
    Actor, Domain,
    audience::{Sight, feed_topics},
    errors::Result,
    outcome::Topic,
    ports::PostCounts,
};
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
        let sources = self.ports.store.read().await?.feed_sources(actor.user_id, FOLLOWING_MAX).await?;
        let sources: Vec<_> = sources.into_iter().map(|(author, relation)| (author, Sight::of(&relation))).collect();
        Ok(feed_topics(actor.user_id, feed, &sources))
    }
}
