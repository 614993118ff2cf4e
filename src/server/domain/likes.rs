//! Likes of posts and comments.

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    notifications::raising::{Raise, liked_comment, liked_post},
    outcome::{Publication, Topic},
    ports::{LikeChange, Tx},
    posts::visible_post,
};
use crate::protocol::{
    events::{LikeUpdate, ServerEvent},
    ids::{CommentId, PostId},
    requests::LikeToggled,
    views::LikeState,
};

/// The longest `Idempotency-Key`, in bytes: room for a UUID with a prefix.
const KEY_MAX_BYTES: usize = 128;

/// What is liked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LikeTarget {
    /// A post.
    Post(PostId),
    /// A comment or a reply.
    Comment(CommentId),
}

impl Domain {
    /// Likes or unlikes; doing it again changes nothing.
    ///
    /// # Errors
    /// Not found when there is no such thing that the asker may see.
    pub async fn set_like(&self, actor: &Actor, target: LikeTarget, liked: bool) -> Result<LikeState> {
        let mut tx = self.ports.store.begin().await?;
        let (post, comment) = place(&mut *tx, actor, target).await?;
        let change = match comment {
            None => tx.set_post_like(post, actor.user_id, liked, self.now()).await?,
            Some(comment) => tx.set_comment_like(comment, actor.user_id, liked, self.now()).await?,
        };
        if change.changed {
            self.raise_like(&mut *tx, actor, target, liked).await?;
        }
        tx.commit().await?;
        if change.changed {
            self.kick();
            self.publish_like(actor, post, comment, change, liked).await;
        }
        Ok(LikeState { liked, like_count: change.like_count, version: change.version })
    }

    /// Turns the asker's like of a post over. The same `key` again returns the first answer and changes nothing.
    ///
    /// # Errors
    /// Not found when there is no such post that the asker may see; a key that is too long.
    pub async fn toggle_like(&self, actor: &Actor, post: PostId, key: Option<&str>) -> Result<LikeToggled> {
        let key = key.filter(|key| !key.is_empty());
        if key.is_some_and(|key| key.len() > KEY_MAX_BYTES) {
            let message = format!("Idempotency-Key must be at most {KEY_MAX_BYTES} bytes long.");
            return Err(DomainError::invalid("Idempotency-Key", message));
        }
        // The post is part of the key: the same key on two posts is two wishes.
        let key = key.map(|key| format!("like:{post}:{key}"));
        let mut tx = self.ports.store.begin().await?;
        if let Some(answer) = remembered(&mut *tx, actor, key.as_deref()).await? {
            tx.commit().await?;
            return Ok(answer);
        }
        visible_post(&mut *tx, actor, post).await?;
        let liked = !tx.likes_post(post, actor.user_id).await?;
        let change = tx.set_post_like(post, actor.user_id, liked, self.now()).await?;
        self.raise_like(&mut *tx, actor, LikeTarget::Post(post), liked).await?;
        let answer = LikeToggled { success: true, liked, likes_count: change.like_count, version: change.version };
        if let Some(key) = key.as_deref() {
            let text = serde_json::to_string(&answer).map_err(|cause| DomainError::Internal(Box::new(cause)))?;
            tx.remember_answer(actor.user_id, key, &text, self.now()).await?;
        }
        tx.commit().await?;
        self.kick();
        self.publish_like(actor, post, None, change, liked).await;
        Ok(answer)
    }

    /// Tells the author of a like, or that it was taken back.
    async fn raise_like(&self, tx: &mut (dyn Tx + '_), actor: &Actor, target: LikeTarget, liked: bool) -> Result<()> {
        let by = actor.user_id;
        let (author, thing, raise) = match target {
            LikeTarget::Post(id) => {
                let post = tx.post(id, by).await?.ok_or(DomainError::NotFound("This post"))?;
                let raise = Raise::post_liked(post.user_id, by, id, &post.content);
                (post.user_id, liked_post(id, by), raise)
            }
            LikeTarget::Comment(id) => {
                let comment = tx.comment(id, by).await?.ok_or(DomainError::NotFound("This comment"))?;
                let raise = Raise::comment_liked(comment.user_id, by, comment.post_id, id, &comment.content);
                (comment.user_id, liked_comment(id, by), raise)
            }
        };
        if author == by {
            return Ok(());
        }
        if liked { self.raise(tx, vec![raise]).await } else { self.withdraw(tx, author, &thing).await }
    }

    async fn publish_like(
        &self,
        actor: &Actor,
        post_id: PostId,
        comment_id: Option<CommentId>,
        change: LikeChange,
        liked: bool,
    ) {
        let update = LikeUpdate {
            post_id,
            comment_id,
            like_count: change.like_count,
            version: change.version,
            user_id: actor.user_id,
            timestamp: self.now(),
            liked: None,
        };
        let own = ServerEvent::LikeUpdate(LikeUpdate { liked: Some(liked), ..update.clone() });
        self.publish(vec![
            Publication::Person { user_id: actor.user_id, event: own },
            Publication::Watchers {
                topics: vec![Topic::Post(post_id)],
                event: ServerEvent::LikeUpdate(update),
                except: Vec::new(),
            },
        ])
        .await;
    }
}

/// The post a target stands on, and the comment if it is one; both seen by the asker.
async fn place(tx: &mut (dyn Tx + '_), actor: &Actor, target: LikeTarget) -> Result<(PostId, Option<CommentId>)> {
    match target {
        LikeTarget::Post(post) => {
            visible_post(tx, actor, post).await?;
            Ok((post, None))
        }
        LikeTarget::Comment(comment) => {
            let facts = super::comments::visible_comment(tx, actor, comment).await?;
            Ok((facts.post_id, Some(comment)))
        }
    }
}

async fn remembered(tx: &mut (dyn Tx + '_), actor: &Actor, key: Option<&str>) -> Result<Option<LikeToggled>> {
    let Some(key) = key else { return Ok(None) };
    let Some(text) = tx.remembered_answer(actor.user_id, key).await? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|cause| DomainError::Internal(Box::new(cause)))
}
