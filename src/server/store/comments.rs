//! Comments, one level of replies, and their count on the post.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{
    Db, Link, columns,
    columns::{PersonRefRow, key, moment, ms, number, rows},
    key_list,
};
use crate::{
    protocol::{
        ids::{CommentId, PostId, UserId},
        time::Timestamp,
        views::{CommentView, PersonRef},
    },
    server::domain::ports::{CommentCount, CommentFacts, CommentRecord, CommentsRead, CommentsWrite, Stored},
};

/// What a comment is shown with, for the viewer `$1`.
macro_rules! comment_columns {
    () => {
        concat!(
            "SELECT comment.id, comment.post_id, comment.parent_id, comment.content, comment.entities, ",
            "comment.created_at, comment.deleted_at, comment.like_count, comment.like_version, ",
            "(SELECT 1 FROM comment_like WHERE comment_like.comment_id = comment.id ",
            "AND comment_like.user_id = $1) IS NOT NULL AS liked, ",
            "(SELECT count(*) FROM comment AS reply CROSS JOIN person WHERE reply.parent_id = comment.id ",
            "AND reply.deleted_at IS NULL AND person.id = reply.author_id AND ",
            listed!(),
            ") AS reply_count, ",
            person_columns!(),
        )
    };
}

const COMMENT: &str = concat!(
    comment_columns!(),
    " FROM comment CROSS JOIN person WHERE person.id = comment.author_id AND comment.id = $2",
);

pub(super) const PAGE_OF_COMMENTS: &str = concat!(
    comment_columns!(),
    " FROM comment CROSS JOIN person WHERE person.id = comment.author_id AND comment.post_id = $2 ",
    "AND comment.parent_id IS NULL AND comment.id < $3 AND ",
    listed!(),
    " AND (comment.deleted_at IS NULL OR (SELECT 1 FROM comment AS reply CROSS JOIN person ",
    "WHERE reply.parent_id = comment.id AND reply.deleted_at IS NULL AND person.id = reply.author_id AND ",
    listed!(),
    " LIMIT 1) IS NOT NULL) ORDER BY comment.id DESC LIMIT $4",
);

pub(super) const PAGE_OF_REPLIES: &str = concat!(
    comment_columns!(),
    " FROM comment CROSS JOIN person WHERE person.id = comment.author_id AND comment.parent_id = $2 ",
    "AND comment.id < $3 AND comment.deleted_at IS NULL AND ",
    listed!(),
    " ORDER BY comment.id DESC LIMIT $4",
);

/// The newest `$3` replies to each of some comments: all from the `$3`th newest on.
pub(super) const NEWEST_REPLIES: &str = concat!(
    "WITH reach (parent_id, oldest) AS (SELECT item.value, coalesce((SELECT reply.id FROM comment AS reply ",
    "CROSS JOIN person WHERE reply.parent_id = item.value AND reply.deleted_at IS NULL AND person.id = reply.author_id AND ",
    listed!(),
    " ORDER BY reply.id DESC LIMIT 1 OFFSET $3 - 1), 0) FROM ",
    items!("$2"),
    ") ",
    comment_columns!(),
    " FROM reach CROSS JOIN comment CROSS JOIN person WHERE comment.parent_id = reach.parent_id ",
    "AND comment.id >= reach.oldest AND comment.deleted_at IS NULL AND person.id = comment.author_id AND ",
    listed!(),
    " ORDER BY comment.id",
);

#[derive(sqlx::FromRow)]
struct CommentRow {
    id: i64,
    post_id: i64,
    parent_id: Option<i64>,
    content: String,
    entities: String,
    created_at: i64,
    deleted_at: Option<i64>,
    like_count: i64,
    like_version: i64,
    liked: bool,
    reply_count: i64,
    #[sqlx(flatten)]
    author: PersonRefRow,
}

impl CommentRow {
    /// The comment without its replies. What a deleted one said is not told.
    fn into_view(self) -> Stored<CommentView> {
        let author = PersonRef::from(self.author);
        let deleted = self.deleted_at.is_some();
        Ok(CommentView {
            id: CommentId::new(number(self.id)),
            post_id: PostId::new(number(self.post_id)),
            parent_id: self.parent_id.map(|id| CommentId::new(number(id))),
            user_id: author.id,
            author,
            content: if deleted { String::new() } else { self.content },
            entities: if deleted { Vec::new() } else { columns::from_json(&self.entities)? },
            timestamp: moment(self.created_at),
            like_count: number(self.like_count),
            like_version: number(self.like_version),
            liked: Some(self.liked),
            deleted,
            replies: Vec::new(),
            reply_count: number(self.reply_count),
        })
    }
}

#[derive(sqlx::FromRow)]
struct FactsRow {
    post_id: i64,
    parent_id: Option<i64>,
    author_id: i64,
    deleted_at: Option<i64>,
}

fn views(rows: Vec<CommentRow>) -> Stored<Vec<CommentView>> {
    rows.into_iter().map(CommentRow::into_view).collect()
}

impl Link {
    /// Moves a post's count by `step`; the count, now.
    async fn count_comment(&mut self, post: i64, step: i64) -> Stored<CommentCount> {
        let update = "UPDATE post SET comment_count = comment_count + $2, comment_version = comment_version + 1 \
                      WHERE id = $1 RETURNING comment_count, comment_version";
        let count = sqlx::query_as::<Db, (i64, i64)>(update).bind(post).bind(step);
        let (comment_count, version) = count.fetch_one(self.connection()).await?;
        Ok(CommentCount { comment_count: number(comment_count), version: number(version) })
    }

    async fn comment_page(
        &mut self,
        sql: &'static str,
        viewer: UserId,
        of: i64,
        before: Option<CommentId>,
        limit: usize,
    ) -> Stored<Vec<CommentView>> {
        let page = sqlx::query_as::<Db, CommentRow>(sql)
            .bind(key(viewer.get()))
            .bind(of)
            .bind(before.map_or(i64::MAX, |id| key(id.get())))
            .bind(rows(limit));
        views(page.fetch_all(self.connection()).await?)
    }

    /// Puts its newest replies, at most `limit`, under each comment that has any.
    async fn add_replies(&mut self, comments: &mut [CommentView], viewer: UserId, limit: usize) -> Stored<()> {
        let parents = comments.iter().filter(|comment| comment.reply_count > 0).map(|comment| key(comment.id.get()));
        let parents = parents.collect::<Vec<_>>();
        if parents.is_empty() || limit == 0 {
            return Ok(());
        }
        let replies = sqlx::query_as::<Db, CommentRow>(NEWEST_REPLIES)
            .bind(key(viewer.get()))
            .bind(key_list(&parents)?)
            .bind(rows(limit));
        let mut of_comment = HashMap::<Option<CommentId>, Vec<CommentView>>::new();
        for reply in views(replies.fetch_all(self.connection()).await?)? {
            of_comment.entry(reply.parent_id).or_default().push(reply);
        }
        for comment in comments {
            comment.replies = of_comment.remove(&Some(comment.id)).unwrap_or_default();
        }
        Ok(())
    }
}

#[async_trait]
impl CommentsRead for Link {
    async fn comment_facts(&mut self, id: CommentId) -> Stored<Option<CommentFacts>> {
        let select = "SELECT post_id, parent_id, author_id, deleted_at FROM comment WHERE id = $1";
        let row = sqlx::query_as::<Db, FactsRow>(select).bind(key(id.get()));
        Ok(row.fetch_optional(self.connection()).await?.map(|row| CommentFacts {
            id,
            post_id: PostId::new(number(row.post_id)),
            parent_id: row.parent_id.map(|id| CommentId::new(number(id))),
            author: UserId::new(number(row.author_id)),
            deleted_at: row.deleted_at.map(moment),
        }))
    }

    async fn comment(&mut self, id: CommentId, viewer: UserId) -> Stored<Option<CommentView>> {
        let row = sqlx::query_as::<Db, CommentRow>(COMMENT).bind(key(viewer.get())).bind(key(id.get()));
        row.fetch_optional(self.connection()).await?.map(CommentRow::into_view).transpose()
    }

    async fn comments(
        &mut self,
        post: PostId,
        viewer: UserId,
        before: Option<CommentId>,
        limit: usize,
        replies: usize,
    ) -> Stored<Vec<CommentView>> {
        let mut page = self.comment_page(PAGE_OF_COMMENTS, viewer, key(post.get()), before, limit).await?;
        self.add_replies(&mut page, viewer, replies).await?;
        Ok(page)
    }

    async fn replies(
        &mut self,
        parent: CommentId,
        viewer: UserId,
        before: Option<CommentId>,
        limit: usize,
    ) -> Stored<Vec<CommentView>> {
        self.comment_page(PAGE_OF_REPLIES, viewer, key(parent.get()), before, limit).await
    }

    async fn comment_by_client_id(&mut self, author: UserId, client_id: &str) -> Stored<Option<CommentId>> {
        let select = "SELECT id FROM comment WHERE author_id = $1 AND client_id = $2";
        let id = sqlx::query_scalar::<Db, i64>(select).bind(key(author.get())).bind(client_id);
        Ok(id.fetch_optional(self.connection()).await?.map(|id| CommentId::new(number(id))))
    }
}

#[async_trait]
impl CommentsWrite for Link {
    async fn insert_comment(&mut self, comment: &CommentRecord) -> Stored<CommentCount> {
        sqlx::query::<Db>(
            "INSERT INTO comment (id, post_id, parent_id, author_id, content, entities, created_at, client_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(key(comment.id.get()))
        .bind(key(comment.post_id.get()))
        .bind(comment.parent_id.map(|id| key(id.get())))
        .bind(key(comment.author.get()))
        .bind(&comment.content)
        .bind(columns::json(&comment.entities)?)
        .bind(ms(comment.created_at))
        .bind(&comment.client_id)
        .execute(self.connection())
        .await?;
        self.count_comment(key(comment.post_id.get()), 1).await
    }

    async fn set_comment_deleted(&mut self, id: CommentId, at: Option<Timestamp>) -> Stored<CommentCount> {
        // Only a change is counted: deleting what is deleted leaves the count as it is.
        let update = "UPDATE comment SET deleted_at = $2 WHERE id = $1 AND (deleted_at IS NULL) = ($2 IS NOT NULL) \
                      RETURNING post_id";
        let changed = sqlx::query_scalar::<Db, i64>(update).bind(key(id.get())).bind(at.map(ms));
        if let Some(post) = changed.fetch_optional(self.connection()).await? {
            let step = if at.is_some() { -1 } else { 1 };
            return self.count_comment(post, step).await;
        }
        let select = "SELECT comment_count, comment_version FROM post \
                      WHERE id = (SELECT post_id FROM comment WHERE id = $1)";
        let count = sqlx::query_as::<Db, (i64, i64)>(select).bind(key(id.get()));
        let (comment_count, version) = count.fetch_one(self.connection()).await?;
        Ok(CommentCount { comment_count: number(comment_count), version: number(version) })
    }
}
