//! Posts: writing, changing and reading them.

use std::time::Duration;

use super::{
    Actor, Domain,
    audience::{may_see_post, post_topics},
    errors::{DomainError, Result},
    notifications::raising::{Raise, named},
    outcome::{Publication, Work},
    people::visible_profile,
    ports::{OutboxRecord, PostFacts, PostFilter, PostRecord, Read, Tx},
    text::entities,
    validation::{Faults, clean, client_id, cut, page_size},
};
use crate::protocol::{
    events::{DeletedPost, PostDeleted, PostEvent, ServerEvent},
    ids::{OutboxId, PostId},
    limits::{ALT_MAX_CHARS, POST_MAX_CHARS, POST_MAX_IMAGES, UNDO_WINDOW_MS},
    requests::{NewPost, PostChange, PostImage},
    views::{FeedKind, Page, PostView},
};

/// For how long the one who promised a publication has it to itself before the relay steps in.
const OUTBOX_LEASE: Duration = Duration::from_secs(5);

/// Which list of posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedQuery {
    /// A feed.
    Feed(FeedKind),
    /// The posts of the person with this username.
    By(String),
    /// The posts with this tag.
    Tagged(String),
}

impl Domain {
    /// Posts. The same `client_id` again returns the same post.
    ///
    /// # Errors
    /// When the text or the pictures are not acceptable.
    pub async fn create_post(&self, actor: &Actor, form: NewPost) -> Result<PostView> {
        let client_id = client_id(form.client_id)?;
        let content = checked_text(&form.content, &form.images)?;
        let mut tx = self.ports.store.begin().await?;
        if let Some(made) = made_before(&mut *tx, actor, client_id.as_deref()).await? {
            tx.commit().await?;
            return Ok(made);
        }
        let post = PostRecord {
            id: PostId::new(self.next_id()),
            author: actor.user_id,
            entities: entities(&content, actor.user_id, &mut *tx).await?,
            content,
            audience: form.audience,
            created_at: self.now(),
            client_id,
        };
        tx.insert_post(&post).await?;
        attach_images(&mut *tx, actor, post.id, &form.images).await?;
        let view = whole_post(&mut *tx, actor, post.id).await?;
        self.raise_mentions(&mut *tx, &view, &[]).await?;
        let news = news_of(&mut *tx, &view, |post| ServerEvent::NewPost(PostEvent { post, offset: 0 })).await?;
        self.commit_and_publish(tx, news).await?;
        Ok(view)
    }

    /// Replaces a post's text.
    ///
    /// # Errors
    /// When the asker is not its author, or the text is not acceptable.
    pub async fn edit_post(&self, actor: &Actor, id: PostId, change: PostChange) -> Result<PostView> {
        let mut tx = self.ports.store.begin().await?;
        own_post(&mut *tx, actor, id).await?;
        let before = whole_post(&mut *tx, actor, id).await?;
        let mut faults = Faults::default();
        let content = if before.images.is_empty() {
            faults.text("content", "The post", &change.content, POST_MAX_CHARS)
        } else {
            let content = clean(&change.content);
            faults.at_most("content", "The post", &content, POST_MAX_CHARS);
            content
        };
        faults.check()?;
        if content == before.content {
            tx.commit().await?;
            return Ok(before);
        }
        let found = entities(&content, actor.user_id, &mut *tx).await?;
        tx.update_post(id, &content, &found, self.now()).await?;
        let view = whole_post(&mut *tx, actor, id).await?;
        self.raise_mentions(&mut *tx, &view, &named(&before.entities)).await?;
        let news = news_of(&mut *tx, &view, |post| ServerEvent::PostUpdated(PostEvent { post, offset: 0 })).await?;
        self.commit_and_publish(tx, news).await?;
        Ok(view)
    }

    /// Tells those who are named in a post and were not before.
    async fn raise_mentions(&self, tx: &mut (dyn Tx + '_), post: &PostView, before: &[String]) -> Result<()> {
        let mut names = named(&post.entities);
        names.retain(|name| !before.contains(name));
        let people = tx.people_named(&names).await?;
        let raise = |person| Raise::mentioned_in_post(person, post.user_id, post.id, &post.content);
        self.raise(tx, people.into_iter().map(raise).collect()).await
    }

    /// Deletes a post. It can be brought back for a minute. Deleting it again changes nothing.
    ///
    /// # Errors
    /// When the asker is not its author.
    pub async fn delete_post(&self, actor: &Actor, id: PostId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let facts = tx.post_facts(id, actor.user_id).await?.filter(|facts| facts.author == actor.user_id);
        if facts.as_ref().is_some_and(|facts| facts.deleted_at.is_some()) {
            return Ok(tx.commit().await?);
        }
        own_post(&mut *tx, actor, id).await?;
        let now = self.now();
        let view = whole_post(&mut *tx, actor, id).await?;
        let version = tx.set_post_deleted(id, Some(now)).await?;
        self.set_removed_with_post(&mut *tx, id, None, Some(now)).await?;
        let post = DeletedPost { id, user_id: view.user_id, timestamp: now, version };
        let news = news_of(&mut *tx, &view, |_| ServerEvent::PostDeleted(PostDeleted { post, offset: 0 })).await?;
        self.commit_and_publish(tx, news).await
    }

    /// Brings a deleted post back.
    ///
    /// # Errors
    /// When the asker is not its author, or the minute is over.
    pub async fn restore_post(&self, actor: &Actor, id: PostId) -> Result<PostView> {
        let mut tx = self.ports.store.begin().await?;
        let facts = tx.post_facts(id, actor.user_id).await?.filter(|facts| facts.author == actor.user_id);
        let facts = facts.ok_or(DomainError::NotFound("This post"))?;
        let Some(deleted_at) = facts.deleted_at else {
            let view = whole_post(&mut *tx, actor, id).await?;
            tx.commit().await?;
            return Ok(view);
        };
        if self.now().since(deleted_at) > Duration::from_millis(UNDO_WINDOW_MS) {
            return Err(DomainError::Forbidden("This post was deleted too long ago to bring it back."));
        }
        tx.set_post_deleted(id, None).await?;
        self.set_removed_with_post(&mut *tx, id, Some(deleted_at), None).await?;
        let view = whole_post(&mut *tx, actor, id).await?;
        let news = news_of(&mut *tx, &view, |post| ServerEvent::PostUpdated(PostEvent { post, offset: 0 })).await?;
        self.commit_and_publish(tx, news).await?;
        Ok(view)
    }

    /// One post.
    ///
    /// # Errors
    /// Not found when there is none that the asker may see.
    pub async fn post(&self, actor: &Actor, id: PostId) -> Result<PostView> {
        let mut read = self.ports.store.read().await?;
        visible_post(&mut *read, actor, id).await?;
        whole_post(&mut *read, actor, id).await
    }

    /// A page of posts, newest first, of what the asker may see.
    ///
    /// # Errors
    /// When the person of [`FeedQuery::By`] does not exist, or `limit` is not acceptable.
    pub async fn feed(
        &self,
        actor: &Actor,
        query: FeedQuery,
        before: Option<PostId>,
        limit: Option<usize>,
    ) -> Result<Page<PostView>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        let filter = match query {
            FeedQuery::Feed(FeedKind::Everyone) => PostFilter::Everyone,
            FeedQuery::Feed(FeedKind::Following) => PostFilter::Following,
            FeedQuery::By(username) => PostFilter::By(visible_profile(&mut *read, actor, &username).await?),
            FeedQuery::Tagged(tag) => PostFilter::Tagged(tag.trim_start_matches('#').to_lowercase()),
        };
        let mut items = read.posts(actor.user_id, &filter, before, limit + 1).await?;
        let next = cut(&mut items, limit, |last| last.id.to_string());
        Ok(Page { items, next })
    }

    /// Promises the news in the same transaction, commits, hands it on and takes the promise back. A crash anywhere
    /// between leaves the promise to the relay.
    pub(super) async fn commit_and_publish(&self, mut tx: Box<dyn Tx>, news: Publication) -> Result<()> {
        let now = self.now();
        let entry = OutboxRecord {
            id: OutboxId::new(self.next_id()),
            work: Work::Publish(news.clone()),
            created_at: now,
            attempts: 0,
        };
        tx.insert_outbox(std::slice::from_ref(&entry), now.plus(OUTBOX_LEASE)).await?;
        tx.commit().await?;
        self.kick();
        if let Err(cause) = self.ports.broker.publish(news).await {
            tracing::warn!(%cause, outbox = %entry.id, "publishing failed; the relay will try again");
            return Ok(());
        }
        if let Err(cause) = self.forget_promises(&[entry.id]).await {
            tracing::warn!(%cause, outbox = %entry.id, "a kept promise stayed in the outbox; it will be published again");
        }
        Ok(())
    }
}

/// The facts of a post that the asker may see.
pub(super) async fn visible_post(read: &mut (dyn Read + '_), actor: &Actor, id: PostId) -> Result<PostFacts> {
    let facts = read.post_facts(id, actor.user_id).await?;
    facts.filter(may_see_post).ok_or(DomainError::NotFound("This post"))
}

async fn own_post(read: &mut (dyn Read + '_), actor: &Actor, id: PostId) -> Result<PostFacts> {
    let facts = visible_post(read, actor, id).await?;
    if facts.author == actor.user_id {
        Ok(facts)
    } else {
        Err(DomainError::Forbidden("Only its author can change this post."))
    }
}

async fn whole_post(read: &mut (dyn Read + '_), actor: &Actor, id: PostId) -> Result<PostView> {
    read.post(id, actor.user_id).await?.ok_or(DomainError::NotFound("This post"))
}

async fn made_before(tx: &mut (dyn Tx + '_), actor: &Actor, client_id: Option<&str>) -> Result<Option<PostView>> {
    let Some(client_id) = client_id else { return Ok(None) };
    match tx.post_by_client_id(actor.user_id, client_id).await? {
        Some(id) => whole_post(tx, actor, id).await.map(Some),
        None => Ok(None),
    }
}

fn checked_text(content: &str, images: &[PostImage]) -> Result<String> {
    let mut faults = Faults::default();
    let content = if images.is_empty() {
        faults.text("content", "The post", content, POST_MAX_CHARS)
    } else {
        let content = clean(content);
        faults.at_most("content", "The post", &content, POST_MAX_CHARS);
        content
    };
    if images.len() > POST_MAX_IMAGES {
        faults.add("images", format!("A post can have at most {POST_MAX_IMAGES} pictures."));
    }
    for image in images {
        faults.at_most("images", "A description", &image.alt, ALT_MAX_CHARS);
    }
    faults.check()?;
    Ok(content)
}

async fn attach_images(tx: &mut (dyn Tx + '_), actor: &Actor, post: PostId, images: &[PostImage]) -> Result<()> {
    for (position, image) in images.iter().enumerate() {
        if !tx.attach_image(image.id, actor.user_id, post, position, &clean(&image.alt)).await? {
            let message = "A picture is no longer there, or another post shows it. Add it again.";
            return Err(DomainError::invalid("images", message));
        }
    }
    Ok(())
}

/// News of a post, without what is only true for its author; not for those who muted the author, nor for whom a block
/// stands between.
async fn news_of(
    tx: &mut (dyn Tx + '_),
    view: &PostView,
    event: impl FnOnce(PostView) -> ServerEvent + Send,
) -> Result<Publication> {
    let post = PostView { liked: None, ..view.clone() };
    let is_private = tx.privacy(post.user_id).await?.is_some_and(|privacy| privacy.is_private);
    let topics = post_topics(post.id, post.user_id, post.audience, is_private);
    let mut except = tx.apart_from(post.user_id).await?;
    except.extend(tx.muters_of(post.user_id).await?);
    Ok(Publication::Watchers { topics, event: event(post), except })
}
