//! Personal access tokens and one-use tickets.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{from_json, json, key, moment, ms, number},
};
use crate::{
    protocol::{
        ids::{SessionId, UserId},
        time::Timestamp,
    },
    server::domain::ports::{Stored, TokenRecord, TokensRead, TokensWrite},
};

macro_rules! select_token {
    () => {
        "SELECT session_id, personal_token.user_id, name, hash, scopes, personal_token.created_at, expires_at, \
         last_used_at FROM personal_token JOIN session ON session.id = personal_token.session_id \
         WHERE session.ended_at IS NULL AND "
    };
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    session_id: i64,
    user_id: i64,
    name: String,
    hash: String,
    scopes: String,
    created_at: i64,
    expires_at: i64,
    last_used_at: Option<i64>,
}

impl TokenRow {
    fn into_record(self) -> Stored<TokenRecord> {
        Ok(TokenRecord {
            session_id: SessionId::new(number(self.session_id)),
            user_id: UserId::new(number(self.user_id)),
            name: self.name,
            hash: self.hash,
            scopes: from_json(&self.scopes)?,
            created_at: moment(self.created_at),
            expires_at: moment(self.expires_at),
            last_used_at: self.last_used_at.map(moment),
        })
    }
}

#[async_trait]
impl TokensRead for Link {
    async fn token(&mut self, hash: &str) -> Stored<Option<TokenRecord>> {
        let row = sqlx::query_as::<Db, TokenRow>(concat!(select_token!(), "hash = $1")).bind(hash);
        row.fetch_optional(self.connection()).await?.map(TokenRow::into_record).transpose()
    }

    async fn token_of_session(&mut self, session: SessionId) -> Stored<Option<TokenRecord>> {
        let row = sqlx::query_as::<Db, TokenRow>(concat!(select_token!(), "session_id = $1")).bind(key(session.get()));
        row.fetch_optional(self.connection()).await?.map(TokenRow::into_record).transpose()
    }

    async fn tokens_of(&mut self, user: UserId) -> Stored<Vec<TokenRecord>> {
        let select = concat!(select_token!(), "personal_token.user_id = $1 ORDER BY session_id DESC");
        let found = sqlx::query_as::<Db, TokenRow>(select).bind(key(user.get())).fetch_all(self.connection()).await?;
        found.into_iter().map(TokenRow::into_record).collect()
    }
}

#[async_trait]
impl TokensWrite for Link {
    async fn insert_token(&mut self, token: &TokenRecord) -> Stored<()> {
        let insert = "INSERT INTO personal_token \
                      (session_id, user_id, name, hash, scopes, created_at, expires_at, last_used_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        sqlx::query::<Db>(insert)
            .bind(key(token.session_id.get()))
            .bind(key(token.user_id.get()))
            .bind(&token.name)
            .bind(&token.hash)
            .bind(json(&token.scopes)?)
            .bind(ms(token.created_at))
            .bind(ms(token.expires_at))
            .bind(token.last_used_at.map(ms))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn touch_token(&mut self, session: SessionId, at: Timestamp) -> Stored<()> {
        let update = "UPDATE personal_token SET last_used_at = $2 WHERE session_id = $1";
        sqlx::query::<Db>(update).bind(key(session.get())).bind(ms(at)).execute(self.connection()).await?;
        Ok(())
    }

    async fn end_tokens_over(&mut self, now: Timestamp) -> Stored<Vec<SessionId>> {
        let update = "UPDATE session SET ended_at = $1 WHERE ended_at IS NULL \
                      AND id IN (SELECT session_id FROM personal_token WHERE expires_at <= $1) RETURNING id";
        let ended = sqlx::query_scalar::<Db, i64>(update).bind(ms(now)).fetch_all(self.connection()).await?;
        Ok(ended.into_iter().map(|id| SessionId::new(number(id))).collect())
    }

    async fn insert_ticket(&mut self, hash: &str, session: SessionId, expires_at: Timestamp) -> Stored<()> {
        let insert = "INSERT INTO socket_ticket (hash, session_id, expires_at) VALUES ($1, $2, $3)";
        let insert = sqlx::query::<Db>(insert).bind(hash).bind(key(session.get())).bind(ms(expires_at));
        insert.execute(self.connection()).await?;
        Ok(())
    }

    async fn take_ticket(&mut self, hash: &str) -> Stored<Option<(SessionId, Timestamp)>> {
        let delete = "DELETE FROM socket_ticket WHERE hash = $1 RETURNING session_id, expires_at";
        let taken = sqlx::query_as::<Db, (i64, i64)>(delete).bind(hash).fetch_optional(self.connection()).await?;
        Ok(taken.map(|(session, expires_at)| (SessionId::new(number(session)), moment(expires_at))))
    }

    async fn purge_tickets(&mut self, before: Timestamp) -> Stored<u64> {
        let delete = sqlx::query::<Db>("DELETE FROM socket_ticket WHERE expires_at < $1").bind(ms(before));
        Ok(delete.execute(self.connection()).await?.rows_affected())
    }
}
