//! Who blocked whom.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{PersonRefRow, key, ms, number, rows},
};
use crate::{
    protocol::{ids::UserId, time::Timestamp, views::PersonRef},
    server::domain::ports::{BlocksRead, BlocksWrite, Stored},
};

pub(super) const PAGE_OF_BLOCKED: &str = concat!(
    "SELECT ",
    person_columns!(),
    " FROM block CROSS JOIN person WHERE block.blocker_id = $1 AND person.id = block.blocked_id ",
    "ORDER BY block.created_at DESC, block.blocked_id DESC LIMIT $2",
);

#[async_trait]
impl BlocksRead for Link {
    async fn blocks(&mut self, by: UserId, limit: usize) -> Stored<Vec<PersonRef>> {
        let found = sqlx::query_as::<Db, PersonRefRow>(PAGE_OF_BLOCKED).bind(key(by.get())).bind(rows(limit));
        Ok(found.fetch_all(self.connection()).await?.into_iter().map(PersonRef::from).collect())
    }

    async fn apart_from(&mut self, person: UserId) -> Stored<Vec<UserId>> {
        let select = "SELECT blocked_id FROM block WHERE blocker_id = $1 UNION \
                      SELECT blocker_id FROM block WHERE blocked_id = $1";
        let ids = sqlx::query_scalar::<Db, i64>(select).bind(key(person.get()));
        Ok(ids.fetch_all(self.connection()).await?.into_iter().map(|id| UserId::new(number(id))).collect())
    }
}

#[async_trait]
impl BlocksWrite for Link {
    async fn set_block(&mut self, by: UserId, of: UserId, on: bool, at: Timestamp) -> Stored<bool> {
        let insert = "INSERT INTO block (blocker_id, blocked_id, created_at) VALUES ($1, $2, $3) \
                      ON CONFLICT DO NOTHING";
        let delete = "DELETE FROM block WHERE blocker_id = $1 AND blocked_id = $2";
        let write = sqlx::query::<Db>(if on { insert } else { delete }).bind(key(by.get())).bind(key(of.get()));
        let write = if on { write.bind(ms(at)) } else { write };
        Ok(write.execute(self.connection()).await?.rows_affected() > 0)
    }
}
