//! Answers kept for requests that come again under the same key.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{key, ms},
};
use crate::{
    protocol::{ids::UserId, time::Timestamp},
    server::domain::ports::{IdempotencyWrite, Stored},
};

#[async_trait]
impl IdempotencyWrite for Link {
    async fn remembered_answer(&mut self, user: UserId, request_key: &str) -> Stored<Option<String>> {
        // Two requests under one key at the same moment: the second waits here until the first has kept its answer.
        self.alone(&format!("answer {user} {request_key}")).await?;
        let select = "SELECT answer FROM kept_answer WHERE user_id = $1 AND request_key = $2";
        let answer = sqlx::query_scalar::<Db, String>(select).bind(key(user.get())).bind(request_key);
        Ok(answer.fetch_optional(self.connection()).await?)
    }

    async fn remember_answer(&mut self, user: UserId, request_key: &str, answer: &str, at: Timestamp) -> Stored<()> {
        let insert = "INSERT INTO kept_answer (user_id, request_key, answer, created_at) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT DO NOTHING";
        sqlx::query::<Db>(insert)
            .bind(key(user.get()))
            .bind(request_key)
            .bind(answer)
            .bind(ms(at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn purge_answers(&mut self, before: Timestamp) -> Stored<u64> {
        let delete = "DELETE FROM kept_answer WHERE created_at < $1";
        Ok(sqlx::query::<Db>(delete).bind(ms(before)).execute(self.connection()).await?.rows_affected())
    }
}
