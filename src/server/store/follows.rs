//! Follows, the lists of them, and the counts on both people.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{PersonItemRow, key, ms, number, rows},
};
use crate::{
    protocol::{ids::UserId, time::Timestamp, views::PersonItem},
    server::domain::ports::{FollowsRead, FollowsWrite, Stored},
};

#[derive(sqlx::FromRow)]
struct FollowRow {
    place: i64,
    #[sqlx(flatten)]
    person: PersonItemRow,
}

/// One side's list: the people on the other side, newest follow first.
macro_rules! select_follows {
    ($of:literal, $listed:literal) => {
        concat!(
            "SELECT follow.place, ",
            person_item_columns!(),
            " FROM follow CROSS JOIN person WHERE follow.",
            $of,
            " = $2 AND follow.place < $3 AND person.id = follow.",
            $listed,
            " AND ",
            listed!(),
            " ORDER BY follow.place DESC LIMIT $4",
        )
    };
}

impl Link {
    async fn follow_page(
        &mut self,
        select: &'static str,
        of: UserId,
        viewer: UserId,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<(u64, PersonItem)>> {
        let found = sqlx::query_as::<Db, FollowRow>(select)
            .bind(key(viewer.get()))
            .bind(key(of.get()))
            .bind(before.map_or(i64::MAX, key))
            .bind(rows(limit))
            .fetch_all(self.connection())
            .await?;
        found.into_iter().map(|row| Ok((number(row.place), row.person.into_item()?))).collect()
    }

    /// Moves both counts by `step`. The person with the smaller id comes first: two people who follow each other at the
    /// same moment would otherwise wait for one another.
    async fn count_follow(&mut self, follower: UserId, followee: UserId, step: i64) -> Stored<()> {
        const FOLLOWER: &str = "UPDATE person SET following_count = following_count + $2 WHERE id = $1";
        const FOLLOWEE: &str = "UPDATE person SET follower_count = follower_count + $2 WHERE id = $1";
        let mut changes = [(follower, FOLLOWER), (followee, FOLLOWEE)];
        changes.sort_unstable();
        for (person, update) in changes {
            sqlx::query::<Db>(update).bind(key(person.get())).bind(step).execute(self.connection()).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl FollowsRead for Link {
    async fn follows(&mut self, follower: UserId, followee: UserId) -> Stored<bool> {
        let select = "SELECT EXISTS (SELECT 1 FROM follow WHERE follower_id = $1 AND followee_id = $2)";
        let follows = sqlx::query_scalar::<Db, bool>(select).bind(key(follower.get())).bind(key(followee.get()));
        Ok(follows.fetch_one(self.connection()).await?)
    }

    async fn count_following(&mut self, follower: UserId) -> Stored<u64> {
        let select = "SELECT following_count FROM person WHERE id = $1";
        let count = sqlx::query_scalar::<Db, i64>(select).bind(key(follower.get()));
        Ok(count.fetch_optional(self.connection()).await?.map_or(0, number))
    }

    async fn followers(
        &mut self,
        of: UserId,
        viewer: UserId,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<(u64, PersonItem)>> {
        self.follow_page(select_follows!("followee_id", "follower_id"), of, viewer, before, limit).await
    }

    async fn following(
        &mut self,
        of: UserId,
        viewer: UserId,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<(u64, PersonItem)>> {
        self.follow_page(select_follows!("follower_id", "followee_id"), of, viewer, before, limit).await
    }
}

#[async_trait]
impl FollowsWrite for Link {
    async fn insert_follow(&mut self, follower: UserId, followee: UserId, cursor: u64, at: Timestamp) -> Stored<bool> {
        let insert = "INSERT INTO follow (follower_id, followee_id, place, created_at) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT DO NOTHING";
        let done = sqlx::query::<Db>(insert)
            .bind(key(follower.get()))
            .bind(key(followee.get()))
            .bind(key(cursor))
            .bind(ms(at))
            .execute(self.connection())
            .await?;
        let changed = done.rows_affected() > 0;
        if changed {
            self.count_follow(follower, followee, 1).await?;
        }
        Ok(changed)
    }

    async fn delete_follow(&mut self, follower: UserId, followee: UserId) -> Stored<bool> {
        let delete = "DELETE FROM follow WHERE follower_id = $1 AND followee_id = $2";
        let done = sqlx::query::<Db>(delete)
            .bind(key(follower.get()))
            .bind(key(followee.get()))
            .execute(self.connection())
            .await?;
        let changed = done.rows_affected() > 0;
        if changed {
            self.count_follow(follower, followee, -1).await?;
        }
        Ok(changed)
    }
}
