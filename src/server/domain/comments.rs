//! Comments on posts, with one level of replies.

use std::time::Duration;

use super::{
    Actor, Domain,
    audience::{Surface, may_see},
    errors::{DomainError, Result},
    notifications::raising::{Raise, named},
    outcome::{Publication, Topic},
    ports::{CommentCount, CommentFacts, CommentRecord, PostFacts, Read, Tx},
    posts::visible_post,
    text::entities,
    validation::{Faults, client_id, cut, page_size},
};
use crate::protocol::{
    events::{CommentUpdate, ServerEvent},
    ids::{CommentId, PostId},
    limits::{COMMENT_MAX_CHARS, UNDO_WINDOW_MS},
    requests::NewComment,
    views::{CommentView, Page},
};

/// Replies shown under a comment until more are asked for.
const REPLIES_SHOWN: usize = 3;

impl Domain {
    /// Comments on a post, or replies to a comment: a reply to a reply joins it under the same comment. The same
    /// `client_id` again returns the same comment.
    ///
    /// # Errors
    /// When the post cannot be seen, the parent is not on it, or the text is not acceptable.
    pub async fn add_comment(&self, actor: &Actor, post_id: PostId, form: NewComment) -> Result<CommentView> {
        let client_id = client_id(form.client_id)?;
        let mut faults = Faults::default();
        let content = faults.text("content", "The comment", &form.content, COMMENT_MAX_CHARS);
        faults.check()?;
        let mut tx = self.ports.store.begin().await?;
        if let Some(made) = made_before(&mut *tx, actor, client_id.as_deref()).await? {
            tx.commit().await?;
            return Ok(made);
        }
        let post = visible_post(&mut *tx, actor, post_id).await?;
        let comment = CommentRecord {
            id: CommentId::new(self.next_id()),
            post_id,
            parent_id: parent(&mut *tx, actor, post_id, form.parent_id).await?,
            author: actor.user_id,
            entities: entities(&content, actor.user_id, &mut *tx).await?,
            content,
            created_at: self.now(),
            client_id,
        };
        let count = tx.insert_comment(&comment).await?;
        let view = whole_comment(&mut *tx, actor, comment.id).await?;
        self.raise_comment(&mut *tx, actor, &post, &comment).await?;
        let news = self.news(&mut *tx, post_id, count, Some(&view), None).await?;
        self.commit_and_publish(tx, news).await?;
        Ok(view)
    }

    /// Deletes a comment. It can be brought back for a minute. Deleting it again changes nothing.
    ///
    /// # Errors
    /// When the asker wrote neither the comment nor the post it is on.
    pub async fn delete_comment(&self, actor: &Actor, id: CommentId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let facts = tx.comment_facts(id).await?.ok_or(DomainError::NotFound("This comment"))?;
        let post = visible_post(&mut *tx, actor, facts.post_id).await?;
        if actor.user_id != facts.author && actor.user_id != post.author {
            return Err(DomainError::Forbidden("Only its author, or the post's, can delete this comment."));
        }
        if facts.deleted_at.is_some() {
            return Ok(tx.commit().await?);
        }
        let now = self.now();
        let count = tx.set_comment_deleted(id, Some(now)).await?;
        self.withdraw_about(&mut *tx, id.get(), now).await?;
        let news = self.news(&mut *tx, facts.post_id, count, None, Some(id)).await?;
        self.commit_and_publish(tx, news).await
    }

    /// Brings a deleted comment back.
    ///
    /// # Errors
    /// When the asker could not have deleted it, or the minute is over.
    pub async fn restore_comment(&self, actor: &Actor, id: CommentId) -> Result<CommentView> {
        let mut tx = self.ports.store.begin().await?;
        let facts = tx.comment_facts(id).await?.ok_or(DomainError::NotFound("This comment"))?;
        let post = visible_post(&mut *tx, actor, facts.post_id).await?;
        if actor.user_id != facts.author && actor.user_id != post.author {
            return Err(DomainError::NotFound("This comment"));
        }
        let Some(deleted_at) = facts.deleted_at else {
            let view = whole_comment(&mut *tx, actor, id).await?;
            tx.commit().await?;
            return Ok(view);
        };
        if self.now().since(deleted_at) > Duration::from_millis(UNDO_WINDOW_MS) {
            return Err(DomainError::Forbidden("This comment was deleted too long ago to bring it back."));
        }
        let count = tx.set_comment_deleted(id, None).await?;
        self.restore_about(&mut *tx, id.get(), deleted_at).await?;
        let view = whole_comment(&mut *tx, actor, id).await?;
        let news = self.news(&mut *tx, facts.post_id, count, Some(&view), None).await?;
        self.commit_and_publish(tx, news).await?;
        Ok(view)
    }

    /// A page of the comments on a post, newest first, each with its newest replies.
    ///
    /// # Errors
    /// When the post cannot be seen, or `limit` is not acceptable.
    pub async fn comments(
        &self,
        actor: &Actor,
        post: PostId,
        before: Option<CommentId>,
        limit: Option<usize>,
    ) -> Result<Page<CommentView>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        visible_post(&mut *read, actor, post).await?;
        let rows = read.comments(post, actor.user_id, before, limit + 1, REPLIES_SHOWN).await?;
        Ok(page(rows, limit))
    }

    /// A page of the replies to a comment, newest first.
    ///
    /// # Errors
    /// When the comment cannot be seen, or `limit` is not acceptable.
    pub async fn replies(
        &self,
        actor: &Actor,
        parent: CommentId,
        before: Option<CommentId>,
        limit: Option<usize>,
    ) -> Result<Page<CommentView>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        let facts = read.comment_facts(parent).await?.ok_or(DomainError::NotFound("This comment"))?;
        visible_post(&mut *read, actor, facts.post_id).await?;
        let author = read.relation(actor.user_id, facts.author).await?.unwrap_or_default();
        if !may_see(&author, Surface::Comment) {
            return Err(DomainError::NotFound("This comment"));
        }
        Ok(page(read.replies(parent, actor.user_id, before, limit + 1).await?, limit))
    }

    /// Tells those whom a comment concerns: who is named in it, whose comment it answers, whose post it is on; each once.
    async fn raise_comment(
        &self,
        tx: &mut (dyn Tx + '_),
        actor: &Actor,
        post: &PostFacts,
        comment: &CommentRecord,
    ) -> Result<()> {
        let (by, id, content) = (actor.user_id, comment.id, comment.content.as_str());
        let mut concerned = Vec::new();
        for person in tx.people_named(&named(&comment.entities)).await? {
            concerned.push(Raise::mentioned_in_comment(person, by, post.id, id, content));
        }
        if let Some(parent) = comment.parent_id
            && let Some(facts) = tx.comment_facts(parent).await?
        {
            concerned.push(Raise::replied(facts.author, by, post.id, parent, id, content));
        }
        concerned.push(Raise::commented(post.author, by, post.id, id, content));
        self.raise(tx, concerned).await
    }

    /// What those who watch the post are told; who may not see the comment, only how many there are.
    async fn news(
        &self,
        tx: &mut (dyn Tx + '_),
        post_id: PostId,
        count: CommentCount,
        comment: Option<&CommentView>,
        deleted_comment_id: Option<CommentId>,
    ) -> Result<Publication> {
        let except = match comment {
            Some(view) => tx.apart_from(view.user_id).await?,
            None => Vec::new(),
        };
        let comment = comment.map(|view| CommentView { liked: None, ..view.clone() });
        let event = ServerEvent::CommentUpdate(CommentUpdate {
            post_id,
            comment_count: count.comment_count,
            version: count.version,
            comment,
            deleted_comment_id,
            timestamp: self.now(),
        });
        Ok(Publication::Watchers { topics: vec![Topic::Post(post_id)], event, except })
    }
}

/// The facts of a comment that is there and whose post the asker may see.
pub(super) async fn visible_comment(read: &mut (dyn Read + '_), actor: &Actor, id: CommentId) -> Result<CommentFacts> {
    let facts = read.comment_facts(id).await?.filter(|facts| facts.deleted_at.is_none());
    let facts = facts.ok_or(DomainError::NotFound("This comment"))?;
    visible_post(read, actor, facts.post_id).await?;
    let author = read.relation(actor.user_id, facts.author).await?.unwrap_or_default();
    if may_see(&author, Surface::Comment) { Ok(facts) } else { Err(DomainError::NotFound("This comment")) }
}

/// Where a reply goes: under the comment itself, or under the one that a reply belongs to.
async fn parent(
    tx: &mut (dyn Tx + '_),
    actor: &Actor,
    post: PostId,
    to: Option<CommentId>,
) -> Result<Option<CommentId>> {
    let Some(to) = to else { return Ok(None) };
    let facts = tx.comment_facts(to).await?.filter(|facts| facts.post_id == post && facts.deleted_at.is_none());
    let facts = facts.ok_or_else(|| DomainError::invalid("parent_id", "The comment you reply to is gone."))?;
    let author = tx.relation(actor.user_id, facts.author).await?.unwrap_or_default();
    if !may_see(&author, Surface::Comment) {
        return Err(DomainError::invalid("parent_id", "The comment you reply to is gone."));
    }
    Ok(Some(facts.parent_id.unwrap_or(facts.id)))
}

async fn whole_comment(read: &mut (dyn Read + '_), actor: &Actor, id: CommentId) -> Result<CommentView> {
    read.comment(id, actor.user_id).await?.ok_or(DomainError::NotFound("This comment"))
}

async fn made_before(tx: &mut (dyn Tx + '_), actor: &Actor, client_id: Option<&str>) -> Result<Option<CommentView>> {
    let Some(client_id) = client_id else { return Ok(None) };
    match tx.comment_by_client_id(actor.user_id, client_id).await? {
        Some(id) => whole_comment(tx, actor, id).await.map(Some),
        None => Ok(None),
    }
}

fn page(mut items: Vec<CommentView>, limit: usize) -> Page<CommentView> {
    let next = cut(&mut items, limit, |last| last.id.to_string());
    Page { items, next }
}
