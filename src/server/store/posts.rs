//! Posts: their pages, counts, tags and pictures.
//!
//! Every page walks an index from the newest post down and stops when it is full, so its cost does not grow with the
//! number of posts. `CROSS JOIN` is an ordinary join here; on SQLite it also keeps the tables in the order written.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{
    Db, Link, columns,
    columns::{PersonRefRow, RelationRow, image_url, key, moment, ms, number, rows, small},
    key_list, text_list,
};
use crate::{
    protocol::{
        ids::{ImageId, PostId, UserId},
        time::Timestamp,
        views::{Entity, EntityKind, ImageView, PostView},
    },
    server::domain::ports::{PostCounts, PostFacts, PostFilter, PostRecord, PostsRead, PostsWrite, Stored},
};

/// What a post is shown with, for the viewer `$1`.
macro_rules! post_columns {
    () => {
        concat!(
            "SELECT post.id, post.content, post.entities, post.audience, post.created_at, post.edited_at, ",
            "post.version, post.like_count, post.like_version, post.comment_count, post.comment_version, ",
            "(SELECT 1 FROM post_like WHERE post_like.post_id = post.id AND post_like.user_id = $1) IS NOT NULL AS liked, ",
            person_columns!(),
        )
    };
}

const POST: &str =
    concat!(post_columns!(), " FROM post CROSS JOIN person WHERE person.id = post.author_id AND post.id = $2",);

/// What decides about the posts of a list (place in it, post, viewer).
pub(super) const FACTS: &str = concat!(
    "SELECT ",
    cell!(0),
    " AS place, post.id, post.author_id, post.audience, post.deleted_at, post.version, ",
    relation_columns!(cell!(2)),
    " FROM ",
    records!("$1"),
    " CROSS JOIN post CROSS JOIN person WHERE post.id = ",
    cell!(1),
    " AND person.id = post.author_id",
);

pub(super) const PAGE_FOR_EVERYONE: &str = concat!(
    post_columns!(),
    " FROM post CROSS JOIN person WHERE person.id = post.author_id AND post.id < $2 AND ",
    in_feeds!(),
    " ORDER BY post.id DESC LIMIT $3",
);

pub(super) const PAGE_BY_AUTHOR: &str = concat!(
    post_columns!(),
    " FROM post CROSS JOIN person WHERE person.id = post.author_id AND post.author_id = $4 AND post.id < $2 AND ",
    visible!(),
    " ORDER BY post.id DESC LIMIT $3",
);

pub(super) const PAGE_WITH_TAG: &str = concat!(
    post_columns!(),
    " FROM post_tag CROSS JOIN post CROSS JOIN person WHERE post_tag.tag = $4 AND post_tag.post_id < $2 ",
    "AND post.id = post_tag.post_id AND person.id = post.author_id AND ",
    in_feeds!(),
    " ORDER BY post_tag.post_id DESC LIMIT $3",
);

/// The page of the people followed, in three steps that each cost little whatever they have written:
///
/// 1. `head`: the newest post of each of them, one probe of the index per person.
/// 2. `lead`: the people with the newest heads, as many as the page is long. Nobody else can be on it, for these alone
///    fill it with newer posts.
/// 3. of each of those, as many posts as the page is long at most; the newest of all of them.
///
/// Of these authors the viewer may see everything in feeds, but for what is for connections of those who are none: that is
/// told by the index.
pub(super) const PAGE_OF_FOLLOWED: &str = concat!(
    "WITH author (id, connected) AS (SELECT follow.followee_id, ",
    connected!("follow.followee_id"),
    " FROM follow CROSS JOIN person WHERE follow.follower_id = $1 AND person.id = follow.followee_id ",
    "AND person.suspended_at IS NULL AND (person.is_private = FALSE OR ",
    connected!("person.id"),
    ") AND NOT ",
    blocked!("person.id"),
    " AND NOT ",
    muted!("person.id"),
    " UNION ALL SELECT $1, TRUE), ",
    "head (author_id, connected, newest) AS MATERIALIZED (SELECT author.id, author.connected, (SELECT post.id FROM post ",
    "WHERE post.author_id = author.id AND post.id < $2 AND post.deleted_at IS NULL ",
    "AND (author.connected OR post.audience <> 'connections') ORDER BY post.id DESC LIMIT 1) FROM author), ",
    "lead (author_id, connected) AS (SELECT author_id, connected FROM head WHERE newest IS NOT NULL ",
    "ORDER BY newest DESC LIMIT $3), ",
    "reach (author_id, connected, oldest) AS (SELECT lead.author_id, lead.connected, coalesce((SELECT post.id FROM post ",
    "WHERE post.author_id = lead.author_id AND post.id < $2 AND post.deleted_at IS NULL ",
    "AND (lead.connected OR post.audience <> 'connections') ORDER BY post.id DESC LIMIT 1 OFFSET $3 - 1), 0) FROM lead), ",
    "page (id) AS (SELECT post.id FROM reach CROSS JOIN post WHERE post.author_id = reach.author_id ",
    "AND post.id >= reach.oldest AND post.id < $2 AND post.deleted_at IS NULL ",
    "AND (reach.connected OR post.audience <> 'connections') ORDER BY post.id DESC LIMIT $3) ",
    post_columns!(),
    " FROM page CROSS JOIN post CROSS JOIN person WHERE post.id = page.id AND person.id = post.author_id ",
    "ORDER BY post.id DESC",
);

#[derive(sqlx::FromRow)]
struct PostRow {
    id: i64,
    content: String,
    entities: String,
    audience: String,
    created_at: i64,
    edited_at: Option<i64>,
    version: i64,
    like_count: i64,
    like_version: i64,
    comment_count: i64,
    comment_version: i64,
    liked: bool,
    #[sqlx(flatten)]
    author: PersonRefRow,
}

impl PostRow {
    fn into_view(self, images: Vec<ImageView>) -> Stored<PostView> {
        let author = crate::protocol::views::PersonRef::from(self.author);
        Ok(PostView {
            id: PostId::new(number(self.id)),
            user_id: author.id,
            author,
            content: self.content,
            entities: columns::from_json(&self.entities)?,
            images,
            audience: columns::audience(&self.audience)?,
            timestamp: moment(self.created_at),
            edited_at: self.edited_at.map(moment),
            version: number(self.version),
            like_count: number(self.like_count),
            like_version: number(self.like_version),
            comment_count: number(self.comment_count),
            comment_version: number(self.comment_version),
            liked: Some(self.liked),
        })
    }
}

#[derive(sqlx::FromRow)]
struct PostImageRow {
    post_id: i64,
    id: i64,
    width: i64,
    height: i64,
    alt: String,
}

#[derive(sqlx::FromRow)]
struct FactsRow {
    place: i64,
    id: i64,
    author_id: i64,
    audience: String,
    deleted_at: Option<i64>,
    version: i64,
    #[sqlx(flatten)]
    relation: RelationRow,
}

impl FactsRow {
    fn into_facts(self) -> Stored<PostFacts> {
        Ok(PostFacts {
            id: PostId::new(number(self.id)),
            author: UserId::new(number(self.author_id)),
            audience: columns::audience(&self.audience)?,
            deleted_at: self.deleted_at.map(moment),
            version: number(self.version),
            relation: self.relation.into(),
        })
    }
}

#[derive(sqlx::FromRow)]
struct CountsRow {
    id: i64,
    author_id: i64,
    audience: String,
    version: i64,
    like_count: i64,
    like_version: i64,
    liked: bool,
    comment_count: i64,
    comment_version: i64,
}

impl CountsRow {
    fn into_counts(self) -> Stored<PostCounts> {
        Ok(PostCounts {
            post_id: PostId::new(number(self.id)),
            author: UserId::new(number(self.author_id)),
            audience: columns::audience(&self.audience)?,
            version: number(self.version),
            like_count: number(self.like_count),
            like_version: number(self.like_version),
            liked: self.liked,
            comment_count: number(self.comment_count),
            comment_version: number(self.comment_version),
        })
    }
}

impl Link {
    /// Rows as views: the pictures of all of them are fetched at once.
    async fn with_images(&mut self, posts: Vec<PostRow>) -> Stored<Vec<PostView>> {
        let mut images = self.images_of(posts.iter().map(|post| post.id).collect()).await?;
        posts
            .into_iter()
            .map(|post| {
                let of_post = images.remove(&post.id).unwrap_or_default();
                post.into_view(of_post)
            })
            .collect()
    }

    async fn images_of(&mut self, posts: Vec<i64>) -> Stored<HashMap<i64, Vec<ImageView>>> {
        let mut images = HashMap::<i64, Vec<ImageView>>::new();
        if posts.is_empty() {
            return Ok(images);
        }
        let select = concat!(
            "SELECT post_id, id, width, height, alt FROM image WHERE post_id ",
            one_of!("$1"),
            " ORDER BY post_id, position, id",
        );
        let found = sqlx::query_as::<Db, PostImageRow>(select).bind(key_list(&posts)?);
        for row in found.fetch_all(self.connection()).await? {
            let id = ImageId::new(number(row.id));
            images.entry(row.post_id).or_default().push(ImageView {
                id,
                url: image_url(id),
                width: small(row.width),
                height: small(row.height),
                alt: row.alt,
            });
        }
        Ok(images)
    }

    async fn keep_tags(&mut self, id: PostId, entities: &[Entity]) -> Stored<()> {
        let mut tags = entities
            .iter()
            .filter_map(|entity| match &entity.kind {
                EntityKind::Tag { tag } => Some(tag.clone()),
                EntityKind::Link { .. } | EntityKind::Mention { .. } => None,
            })
            .collect::<Vec<_>>();
        if tags.is_empty() {
            return Ok(());
        }
        tags.sort_unstable();
        tags.dedup();
        let insert = concat!("INSERT INTO post_tag (tag, post_id) SELECT item.value, $2 FROM ", items!("$1"));
        sqlx::query::<Db>(insert).bind(text_list(&tags)?).bind(key(id.get())).execute(self.connection()).await?;
        Ok(())
    }
}

#[async_trait]
impl PostsRead for Link {
    async fn post_facts_of(&mut self, asked: &[(PostId, UserId)]) -> Stored<Vec<Option<PostFacts>>> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let rows = asked.iter().enumerate().map(|(at, (id, viewer))| (at, key(id.get()), key(viewer.get())));
        let found = sqlx::query_as::<Db, FactsRow>(FACTS).bind(columns::json(&rows.collect::<Vec<_>>())?);
        let mut facts = HashMap::new();
        for row in found.fetch_all(self.connection()).await? {
            facts.insert(row.place, row.into_facts()?);
        }
        Ok((0..asked.len()).map(|at| facts.remove(&columns::rows(at))).collect())
    }

    async fn post(&mut self, id: PostId, viewer: UserId) -> Stored<Option<PostView>> {
        let row = sqlx::query_as::<Db, PostRow>(POST).bind(key(viewer.get())).bind(key(id.get()));
        let row = row.fetch_optional(self.connection()).await?;
        Ok(self.with_images(row.into_iter().collect()).await?.pop())
    }

    async fn posts(
        &mut self,
        viewer: UserId,
        filter: &PostFilter,
        before: Option<PostId>,
        limit: usize,
    ) -> Stored<Vec<PostView>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let sql = match filter {
            PostFilter::Everyone => PAGE_FOR_EVERYONE,
            PostFilter::Following => PAGE_OF_FOLLOWED,
            PostFilter::By(_) => PAGE_BY_AUTHOR,
            PostFilter::Tagged(_) => PAGE_WITH_TAG,
        };
        let select = sqlx::query_as::<Db, PostRow>(sql)
            .bind(key(viewer.get()))
            .bind(before.map_or(i64::MAX, |id| key(id.get())))
            .bind(rows(limit));
        let select = match filter {
            PostFilter::Everyone | PostFilter::Following => select,
            PostFilter::By(author) => select.bind(key(author.get())),
            PostFilter::Tagged(tag) => select.bind(tag.clone()),
        };
        let page = select.fetch_all(self.connection()).await?;
        self.with_images(page).await
    }

    async fn post_counts(&mut self, viewer: UserId, ids: &[PostId]) -> Stored<Vec<PostCounts>> {
        let ids = ids.iter().map(|id| key(id.get())).collect::<Vec<_>>();
        let select = concat!(
            "SELECT post.id, post.author_id, post.audience, post.version, post.like_count, post.like_version, ",
            "post.comment_count, post.comment_version, ",
            "(SELECT 1 FROM post_like WHERE post_like.post_id = post.id AND post_like.user_id = $1) IS NOT NULL AS liked ",
            "FROM post WHERE post.id ",
            one_of!("$2"),
            " AND ",
            visible!(),
            " ORDER BY post.id DESC",
        );
        let found = sqlx::query_as::<Db, CountsRow>(select).bind(key(viewer.get())).bind(key_list(&ids)?);
        found.fetch_all(self.connection()).await?.into_iter().map(CountsRow::into_counts).collect()
    }

    async fn post_by_client_id(&mut self, author: UserId, client_id: &str) -> Stored<Option<PostId>> {
        let select = "SELECT id FROM post WHERE author_id = $1 AND client_id = $2";
        let id = sqlx::query_scalar::<Db, i64>(select).bind(key(author.get())).bind(client_id);
        Ok(id.fetch_optional(self.connection()).await?.map(|id| PostId::new(number(id))))
    }
}

#[async_trait]
impl PostsWrite for Link {
    async fn insert_post(&mut self, post: &PostRecord) -> Stored<()> {
        sqlx::query::<Db>(
            "INSERT INTO post (id, author_id, content, entities, audience, created_at, client_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(key(post.id.get()))
        .bind(key(post.author.get()))
        .bind(&post.content)
        .bind(columns::json(&post.entities)?)
        .bind(columns::audience_word(post.audience))
        .bind(ms(post.created_at))
        .bind(&post.client_id)
        .execute(self.connection())
        .await?;
        self.keep_tags(post.id, &post.entities).await
    }

    async fn update_post(&mut self, id: PostId, content: &str, entities: &[Entity], at: Timestamp) -> Stored<u64> {
        let update = "UPDATE post SET content = $2, entities = $3, edited_at = $4, version = version + 1 \
                      WHERE id = $1 RETURNING version";
        let version = sqlx::query_scalar::<Db, i64>(update)
            .bind(key(id.get()))
            .bind(content)
            .bind(columns::json(entities)?)
            .bind(ms(at))
            .fetch_one(self.connection())
            .await?;
        let forget = "DELETE FROM post_tag WHERE post_id = $1";
        sqlx::query::<Db>(forget).bind(key(id.get())).execute(self.connection()).await?;
        self.keep_tags(id, entities).await?;
        Ok(number(version))
    }

    async fn set_post_deleted(&mut self, id: PostId, at: Option<Timestamp>) -> Stored<u64> {
        let update = "UPDATE post SET deleted_at = $2, version = version + 1 WHERE id = $1 RETURNING version";
        let version = sqlx::query_scalar::<Db, i64>(update).bind(key(id.get())).bind(at.map(ms));
        Ok(number(version.fetch_one(self.connection()).await?))
    }

    async fn purge_posts(&mut self, before: Timestamp, limit: usize) -> Stored<Vec<ImageId>> {
        let select = concat!("SELECT id FROM post WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2", skip_locked!(),);
        let posts = sqlx::query_scalar::<Db, i64>(select).bind(ms(before)).bind(rows(limit));
        let posts = key_list(&posts.fetch_all(self.connection()).await?)?;
        let delete = concat!("DELETE FROM image WHERE post_id ", one_of!("$1"), " RETURNING id");
        let free = sqlx::query_scalar::<Db, i64>(delete).bind(posts.clone()).fetch_all(self.connection()).await?;
        // Tags, likes and comments go with their post.
        let delete = concat!("DELETE FROM post WHERE id ", one_of!("$1"));
        sqlx::query::<Db>(delete).bind(posts).execute(self.connection()).await?;
        Ok(free.into_iter().map(|id| ImageId::new(number(id))).collect())
    }
}
