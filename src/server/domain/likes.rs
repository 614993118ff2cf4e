//! Likes of posts and comments.

use async_trait::async_trait;

use super::{
    Actor, Domain,
    audience::may_see_post,
    comments::visible_comment,
    errors::{DomainError, Result},
    group_commit::{Done, Grouped, Kept, refused_or},
    notifications::raising::{Raise, liked_comment, liked_post},
    outcome::{Publication, Topic},
    ports::{LikeChange, LikeRecord, Tx},
    posts::visible_post,
};
use crate::protocol::{
    events::{LikeUpdate, ServerEvent},
    ids::{CommentId, PostId, UserId},
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
        self.together(&self.liking, Liking { actor: *actor, target, liked }).await
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
        let author = visible_post(&mut *tx, actor, post).await?.author;
        let liked = !tx.likes_post(post, actor.user_id).await?;
        let change = tx.set_post_like(post, actor.user_id, liked, self.now()).await?;
        let like = Liking { actor: *actor, target: LikeTarget::Post(post), liked };
        self.raise_like(&mut *tx, &like, &Liked { author, post }).await?;
        let answer = LikeToggled { success: true, liked, likes_count: change.like_count, version: change.version };
        if let Some(key) = key.as_deref() {
            let text = serde_json::to_string(&answer).map_err(|cause| DomainError::Internal(Box::new(cause)))?;
            tx.remember_answer(actor.user_id, key, &text, self.now()).await?;
        }
        tx.commit().await?;
        self.kick();
        self.publish(self.like_news(&like, post, change)).await;
        Ok(answer)
    }

    /// Tells the author of a like, or that it was taken back.
    async fn raise_like(&self, tx: &mut (dyn Tx + '_), like: &Liking, liked: &Liked) -> Result<()> {
        let by = like.actor.user_id;
        if liked.author == by {
            return Ok(());
        }
        match (like.target, like.liked) {
            (LikeTarget::Post(id), true) => {
                let post = tx.post(id, by).await?.ok_or(DomainError::NotFound("This post"))?;
                self.raise(tx, vec![Raise::post_liked(liked.author, by, id, &post.content)]).await
            }
            (LikeTarget::Comment(id), true) => {
                let comment = tx.comment(id, by).await?.ok_or(DomainError::NotFound("This comment"))?;
                self.raise(tx, vec![Raise::comment_liked(liked.author, by, liked.post, id, &comment.content)]).await
            }
            (LikeTarget::Post(id), false) => self.withdraw(tx, liked.author, &liked_post(id, by)).await,
            (LikeTarget::Comment(id), false) => self.withdraw(tx, liked.author, &liked_comment(id, by)).await,
        }
    }

    /// What a like is to those who watch, and to the devices of who likes.
    fn like_news(&self, like: &Liking, post_id: PostId, change: LikeChange) -> Vec<Publication> {
        let update = LikeUpdate {
            post_id,
            comment_id: match like.target {
                LikeTarget::Post(_) => None,
                LikeTarget::Comment(id) => Some(id),
            },
            like_count: change.like_count,
            version: change.version,
            user_id: like.actor.user_id,
            timestamp: self.now(),
            liked: None,
        };
        let own = ServerEvent::LikeUpdate(LikeUpdate { liked: Some(like.liked), ..update.clone() });
        vec![
            Publication::Person { user_id: like.actor.user_id, event: own },
            Publication::Watchers {
                topics: vec![Topic::Post(post_id)],
                event: ServerEvent::LikeUpdate(update),
                except: Vec::new(),
            },
        ]
    }
}

/// What somebody likes, or likes no more.
#[derive(Clone, Debug)]
pub(super) struct Liking {
    actor: Actor,
    target: LikeTarget,
    liked: bool,
}

/// What is liked: who wrote it, and the post it is or stands on.
struct Liked {
    author: UserId,
    post: PostId,
}

#[async_trait]
impl Grouped for Liking {
    type Answer = LikeState;

    /// Each still raises its own notification, which is half a millisecond of statements.
    const AT_ONCE: usize = 16;

    fn person(&self) -> UserId {
        self.actor.user_id
    }

    fn about(&self) -> u64 {
        match self.target {
            LikeTarget::Post(id) => id.get(),
            LikeTarget::Comment(id) => id.get(),
        }
    }

    async fn done(domain: &Domain, tx: &mut (dyn Tx + '_), likes: &[Self]) -> Result<Done<LikeState>> {
        let targets = seen(tx, likes).await?;
        let wanted = likes.iter().zip(&targets).filter(|(_, target)| target.is_ok());
        let wanted = wanted.map(|(like, _)| LikeRecord { of: like.target, by: like.actor.user_id, liked: like.liked });
        let mut changes = tx.set_likes(&wanted.collect::<Vec<_>>(), domain.now()).await?.into_iter();
        let mut changed = Vec::new();
        let one_done = |(like, target): (&'_ Self, Result<Liked>)| {
            let liked = target?;
            let change = changes.next().ok_or_else(|| DomainError::Internal("a like was lost".into()))?;
            let answer = LikeState { liked: like.liked, like_count: change.like_count, version: change.version };
            let news = if change.changed { domain.like_news(like, liked.post, change) } else { Vec::new() };
            if change.changed {
                changed.push((like.clone(), liked));
            }
            Ok(Kept { answer, news })
        };
        let done = likes.iter().zip(targets).map(one_done).collect();
        // Bells are held in the order of their owners.
        changed.sort_by_key(|(_, liked)| liked.author);
        for (like, liked) in changed {
            domain.raise_like(tx, &like, &liked).await?;
        }
        Ok(done)
    }
}

/// What the likes are of, as far as their askers see it.
async fn seen(tx: &mut (dyn Tx + '_), likes: &[Liking]) -> Result<Vec<Result<Liked>>> {
    let posts = likes.iter().filter_map(|like| match like.target {
        LikeTarget::Post(id) => Some((id, like.actor.user_id)),
        LikeTarget::Comment(_) => None,
    });
    let mut posts = tx.post_facts_of(&posts.collect::<Vec<_>>()).await?.into_iter();
    let mut all = Vec::with_capacity(likes.len());
    for like in likes {
        all.push(match like.target {
            LikeTarget::Post(post) => {
                let facts = posts.next().flatten().filter(may_see_post);
                facts.map(|facts| Liked { author: facts.author, post }).ok_or(DomainError::NotFound("This post"))
            }
            LikeTarget::Comment(id) => {
                let facts = refused_or(visible_comment(tx, &like.actor, id).await)?;
                facts.map(|facts| Liked { author: facts.author, post: facts.post_id })
            }
        });
    }
    Ok(all)
}

async fn remembered(tx: &mut (dyn Tx + '_), actor: &Actor, key: Option<&str>) -> Result<Option<LikeToggled>> {
    let Some(key) = key else { return Ok(None) };
    let Some(text) = tx.remembered_answer(actor.user_id, key).await? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|cause| DomainError::Internal(Box::new(cause)))
}
