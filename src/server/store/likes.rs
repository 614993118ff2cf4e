//! Likes of posts and comments, and their counts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use async_trait::async_trait;

use super::{
    Db, HOLDS_ROWS, Link,
    columns::{json, key, ms, number},
    key_list,
};
use crate::{
    protocol::{
        ids::{PostId, UserId},
        time::Timestamp,
    },
    server::domain::{
        LikeTarget,
        ports::{LikeChange, LikeRecord, LikesWrite, Stored},
    },
};

/// The texts for likes of one kind of thing.
pub(super) struct Likes {
    hold: &'static str,
    insert: &'static str,
    pub(super) delete: &'static str,
    pub(super) count: &'static str,
    pub(super) recount: &'static str,
}

/// Lists are of thing and person, or of thing, what its count changes by, and how often it changes.
macro_rules! likes_of {
    ($thing:literal) => {
        Likes {
            hold: concat!("SELECT id FROM ", $thing, " WHERE id ", one_of!("$1"), " ORDER BY id", held!()),
            insert: concat!(
                "INSERT INTO ",
                $thing,
                "_like (",
                $thing,
                "_id, user_id, created_at) SELECT ",
                cell!(0),
                ", ",
                cell!(1),
                ", $2 FROM ",
                records!("$1"),
                // Without a condition, SQLite would take the conflict for one of a join.
                " WHERE TRUE ON CONFLICT DO NOTHING RETURNING ",
                $thing,
                "_id, user_id",
            ),
            delete: concat!(
                "DELETE FROM ",
                $thing,
                "_like WHERE (",
                $thing,
                "_id, user_id) IN (SELECT ",
                cell!(0),
                ", ",
                cell!(1),
                " FROM ",
                records!("$1"),
                ") RETURNING ",
                $thing,
                "_id, user_id",
            ),
            count: concat!("SELECT id, like_count, like_version FROM ", $thing, " WHERE id ", one_of!("$1")),
            recount: concat!(
                "UPDATE ",
                $thing,
                " SET like_count = like_count + ",
                cell!(1),
                ", like_version = like_version + ",
                cell!(2),
                " FROM ",
                records!("$1"),
                " WHERE ",
                $thing,
                ".id = ",
                cell!(0),
                " RETURNING ",
                $thing,
                ".id, like_count, like_version",
            ),
        }
    };
}

pub(super) const OF_POSTS: Likes = likes_of!("post");
const OF_COMMENTS: Likes = likes_of!("comment");

/// A like of one kind of thing: of what, by whom, and whether it is one or one taken back.
type Like = (i64, i64, bool);

impl Link {
    /// Sets likes of one kind of thing.
    async fn set_likes_of(&mut self, sql: &Likes, likes: &[Like], at: Timestamp) -> Stored<Vec<LikeChange>> {
        if likes.is_empty() {
            return Ok(Vec::new());
        }
        let things = likes.iter().map(|(thing, ..)| *thing).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        if HOLDS_ROWS {
            sqlx::query::<Db>(sql.hold).bind(key_list(&things)?).execute(self.connection()).await?;
        }
        let pairs = |wanted: bool| likes.iter().filter(move |like| like.2 == wanted).map(|like| (like.0, like.1));
        let (added, removed): (Vec<_>, Vec<_>) = (pairs(true).collect(), pairs(false).collect());
        let mut changed = HashSet::new();
        if !added.is_empty() {
            let insert = sqlx::query_as::<Db, (i64, i64)>(sql.insert).bind(json(&added)?).bind(ms(at));
            changed.extend(insert.fetch_all(self.connection()).await?);
        }
        if !removed.is_empty() {
            let delete = sqlx::query_as::<Db, (i64, i64)>(sql.delete).bind(json(&removed)?);
            changed.extend(delete.fetch_all(self.connection()).await?);
        }
        let mut counts = self.counts_before(sql, &things, likes, &changed).await?;
        let change = |(thing, by, liked): &Like| {
            let (like_count, version) = counts.get_mut(thing).ok_or(sqlx::Error::RowNotFound)?;
            let changed = changed.contains(&(*thing, *by));
            if changed {
                *like_count += step(*liked);
                *version += 1;
            }
            Ok(LikeChange { changed, like_count: number(*like_count), version: number(*version) })
        };
        likes.iter().map(change).collect()
    }

    /// Counts what changed; the counts of all things and their versions as they were before that.
    async fn counts_before(
        &mut self,
        sql: &Likes,
        things: &[i64],
        likes: &[Like],
        changed: &HashSet<(i64, i64)>,
    ) -> Stored<HashMap<i64, (i64, i64)>> {
        let mut steps = BTreeMap::<i64, (i64, i64)>::new();
        for (thing, _, liked) in likes.iter().filter(|(thing, by, _)| changed.contains(&(*thing, *by))) {
            let (sum, times) = steps.entry(*thing).or_default();
            *sum += step(*liked);
            *times += 1;
        }
        let mut counts = HashMap::with_capacity(things.len());
        if !steps.is_empty() {
            let rows = steps.iter().map(|(thing, (sum, times))| (thing, sum, times)).collect::<Vec<_>>();
            let recounted = sqlx::query_as::<Db, (i64, i64, i64)>(sql.recount).bind(json(&rows)?);
            for (thing, like_count, version) in recounted.fetch_all(self.connection()).await? {
                let (sum, times) = steps.get(&thing).copied().unwrap_or_default();
                counts.insert(thing, (like_count - sum, version - times));
            }
        }
        let same = things.iter().copied().filter(|thing| !steps.contains_key(thing)).collect::<Vec<_>>();
        if !same.is_empty() {
            let found = sqlx::query_as::<Db, (i64, i64, i64)>(sql.count).bind(key_list(&same)?);
            let found = found.fetch_all(self.connection()).await?.into_iter();
            counts.extend(found.map(|(thing, like_count, version)| (thing, (like_count, version))));
        }
        Ok(counts)
    }
}

const fn step(liked: bool) -> i64 {
    if liked { 1 } else { -1 }
}

#[async_trait]
impl LikesWrite for Link {
    async fn set_likes(&mut self, likes: &[LikeRecord], at: Timestamp) -> Stored<Vec<LikeChange>> {
        let (mut of_posts, mut of_comments) = (Vec::new(), Vec::new());
        for LikeRecord { of, by, liked } in likes {
            match of {
                LikeTarget::Post(id) => of_posts.push((key(id.get()), key(by.get()), *liked)),
                LikeTarget::Comment(id) => of_comments.push((key(id.get()), key(by.get()), *liked)),
            }
        }
        // Comments before posts, as who deletes a comment holds it before it is counted.
        let mut of_comments = self.set_likes_of(&OF_COMMENTS, &of_comments, at).await?.into_iter();
        let mut of_posts = self.set_likes_of(&OF_POSTS, &of_posts, at).await?.into_iter();
        let changes = likes.iter().filter_map(|like| match like.of {
            LikeTarget::Post(_) => of_posts.next(),
            LikeTarget::Comment(_) => of_comments.next(),
        });
        Ok(changes.collect())
    }

    async fn likes_post(&mut self, post: PostId, by: UserId) -> Stored<bool> {
        let select = "SELECT EXISTS (SELECT 1 FROM post_like WHERE post_id = $1 AND user_id = $2)";
        let likes = sqlx::query_scalar::<Db, bool>(select).bind(key(post.get())).bind(key(by.get()));
        Ok(likes.fetch_one(self.connection()).await?)
    }
}
