//! Likes of posts and comments, and their counts.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{key, ms, number},
};
use crate::{
    protocol::{
        ids::{CommentId, PostId, UserId},
        time::Timestamp,
    },
    server::domain::ports::{LikeChange, LikesWrite, Stored},
};

/// The texts for likes of one kind of thing. `$2` is what the count changes by.
struct Likes {
    insert: &'static str,
    delete: &'static str,
    count: &'static str,
    recount: &'static str,
}

macro_rules! likes_of {
    ($thing:literal) => {
        Likes {
            insert: concat!(
                "INSERT INTO ",
                $thing,
                "_like (",
                $thing,
                "_id, user_id, created_at) VALUES ($1, $2, $3) ",
                "ON CONFLICT DO NOTHING",
            ),
            delete: concat!("DELETE FROM ", $thing, "_like WHERE ", $thing, "_id = $1 AND user_id = $2"),
            count: concat!("SELECT like_count, like_version FROM ", $thing, " WHERE id = $1"),
            recount: concat!(
                "UPDATE ",
                $thing,
                " SET like_count = like_count + $2, like_version = like_version + 1 WHERE id = $1 ",
                "RETURNING like_count, like_version",
            ),
        }
    };
}

const OF_POSTS: Likes = likes_of!("post");
const OF_COMMENTS: Likes = likes_of!("comment");

impl Link {
    async fn set_like(
        &mut self,
        sql: &Likes,
        thing: i64,
        by: UserId,
        liked: bool,
        at: Timestamp,
    ) -> Stored<LikeChange> {
        let write = if liked {
            sqlx::query::<Db>(sql.insert).bind(thing).bind(key(by.get())).bind(ms(at))
        } else {
            sqlx::query::<Db>(sql.delete).bind(thing).bind(key(by.get()))
        };
        let changed = write.execute(self.connection()).await?.rows_affected() > 0;
        let count = if changed {
            let step: i64 = if liked { 1 } else { -1 };
            sqlx::query_as::<Db, (i64, i64)>(sql.recount).bind(thing).bind(step)
        } else {
            sqlx::query_as::<Db, (i64, i64)>(sql.count).bind(thing)
        };
        let (like_count, version) = count.fetch_one(self.connection()).await?;
        Ok(LikeChange { changed, like_count: number(like_count), version: number(version) })
    }
}

#[async_trait]
impl LikesWrite for Link {
    async fn set_post_like(&mut self, post: PostId, by: UserId, liked: bool, at: Timestamp) -> Stored<LikeChange> {
        self.set_like(&OF_POSTS, key(post.get()), by, liked, at).await
    }

    async fn set_comment_like(
        &mut self,
        comment: CommentId,
        by: UserId,
        liked: bool,
        at: Timestamp,
    ) -> Stored<LikeChange> {
        self.set_like(&OF_COMMENTS, key(comment.get()), by, liked, at).await
    }

    async fn likes_post(&mut self, post: PostId, by: UserId) -> Stored<bool> {
        let select = "SELECT EXISTS (SELECT 1 FROM post_like WHERE post_id = $1 AND user_id = $2)";
        let likes = sqlx::query_scalar::<Db, bool>(select).bind(key(post.get())).bind(key(by.get()));
        Ok(likes.fetch_one(self.connection()).await?)
    }
}
