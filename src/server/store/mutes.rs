//! Who muted whom and what.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{PersonRefRow, key, ms, number, rows},
};
use crate::{
    protocol::{
        ids::{PostId, UserId},
        time::Timestamp,
        views::PersonRef,
    },
    server::domain::ports::{MutesRead, MutesWrite, Stored},
};

pub(super) const PAGE_OF_MUTED: &str = concat!(
    "SELECT ",
    person_columns!(),
    " FROM mute CROSS JOIN person WHERE mute.muter_id = $1 AND person.id = mute.muted_id ",
    "ORDER BY mute.created_at DESC, mute.muted_id DESC LIMIT $2",
);

#[async_trait]
impl MutesRead for Link {
    async fn mutes(&mut self, by: UserId, limit: usize) -> Stored<Vec<PersonRef>> {
        let found = sqlx::query_as::<Db, PersonRefRow>(PAGE_OF_MUTED).bind(key(by.get())).bind(rows(limit));
        Ok(found.fetch_all(self.connection()).await?.into_iter().map(PersonRef::from).collect())
    }

    async fn muters_of(&mut self, person: UserId) -> Stored<Vec<UserId>> {
        let select = "SELECT muter_id FROM mute WHERE muted_id = $1";
        let ids = sqlx::query_scalar::<Db, i64>(select).bind(key(person.get()));
        Ok(ids.fetch_all(self.connection()).await?.into_iter().map(|id| UserId::new(number(id))).collect())
    }

    async fn post_muted(&mut self, by: UserId, post: PostId) -> Stored<bool> {
        let select = "SELECT EXISTS (SELECT 1 FROM post_mute WHERE post_id = $1 AND user_id = $2)";
        let muted = sqlx::query_scalar::<Db, bool>(select).bind(key(post.get())).bind(key(by.get()));
        Ok(muted.fetch_one(self.connection()).await?)
    }
}

#[async_trait]
impl MutesWrite for Link {
    async fn set_mute(&mut self, by: UserId, of: UserId, on: bool, at: Timestamp) -> Stored<bool> {
        let insert = "INSERT INTO mute (muter_id, muted_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let delete = "DELETE FROM mute WHERE muter_id = $1 AND muted_id = $2";
        let write = sqlx::query::<Db>(if on { insert } else { delete }).bind(key(by.get())).bind(key(of.get()));
        let write = if on { write.bind(ms(at)) } else { write };
        Ok(write.execute(self.connection()).await?.rows_affected() > 0)
    }

    async fn set_post_mute(&mut self, by: UserId, post: PostId, on: bool, at: Timestamp) -> Stored<bool> {
        let insert = "INSERT INTO post_mute (user_id, post_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let delete = "DELETE FROM post_mute WHERE user_id = $1 AND post_id = $2";
        let write = sqlx::query::<Db>(if on { insert } else { delete }).bind(key(by.get())).bind(key(post.get()));
        let write = if on { write.bind(ms(at)) } else { write };
        Ok(write.execute(self.connection()).await?.rows_affected() > 0)
    }
}
