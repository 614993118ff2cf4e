//! Sessions: signed-in devices and the hashes of their refresh tokens.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{key, moment, ms, number},
};
use crate::{
    protocol::{
        ids::{SessionId, UserId},
        time::Timestamp,
    },
    server::domain::ports::{RefreshRecord, SessionRecord, SessionsRead, SessionsWrite, Stored},
};

macro_rules! select_session {
    () => {
        "SELECT id, user_id, device, address, created_at, last_seen_at, ended_at FROM session WHERE "
    };
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: i64,
    user_id: i64,
    device: String,
    address: String,
    created_at: i64,
    last_seen_at: i64,
    ended_at: Option<i64>,
}

impl From<SessionRow> for SessionRecord {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId::new(number(row.id)),
            user_id: UserId::new(number(row.user_id)),
            device: row.device,
            address: row.address,
            created_at: moment(row.created_at),
            last_seen_at: moment(row.last_seen_at),
            ended_at: row.ended_at.map(moment),
        }
    }
}

#[derive(sqlx::FromRow)]
struct RefreshRow {
    hash: String,
    session_id: i64,
    created_at: i64,
    spent_at: Option<i64>,
}

impl From<RefreshRow> for RefreshRecord {
    fn from(row: RefreshRow) -> Self {
        Self {
            hash: row.hash,
            session_id: SessionId::new(number(row.session_id)),
            created_at: moment(row.created_at),
            spent_at: row.spent_at.map(moment),
        }
    }
}

fn session_ids(keys: Vec<i64>) -> Vec<SessionId> {
    keys.into_iter().map(|id| SessionId::new(number(id))).collect()
}

#[async_trait]
impl SessionsRead for Link {
    async fn session(&mut self, id: SessionId) -> Stored<Option<SessionRecord>> {
        let row = sqlx::query_as::<Db, SessionRow>(concat!(select_session!(), "id = $1")).bind(key(id.get()));
        Ok(row.fetch_optional(self.connection()).await?.map(SessionRecord::from))
    }

    async fn sessions_of(&mut self, user: UserId) -> Stored<Vec<SessionRecord>> {
        let select = concat!(
            select_session!(),
            "user_id = $1 AND ended_at IS NULL ",
            "AND (SELECT 1 FROM personal_token WHERE personal_token.session_id = session.id) IS NULL ",
            "ORDER BY last_seen_at DESC, id DESC",
        );
        let found = sqlx::query_as::<Db, SessionRow>(select).bind(key(user.get())).fetch_all(self.connection()).await?;
        Ok(found.into_iter().map(SessionRecord::from).collect())
    }

    async fn refresh_token(&mut self, hash: &str) -> Stored<Option<RefreshRecord>> {
        let select = "SELECT hash, session_id, created_at, spent_at FROM refresh_token WHERE hash = $1";
        let row = sqlx::query_as::<Db, RefreshRow>(select).bind(hash);
        Ok(row.fetch_optional(self.connection()).await?.map(RefreshRecord::from))
    }

    async fn sessions_ended_since(&mut self, since: Timestamp) -> Stored<Vec<SessionId>> {
        let select = "SELECT id FROM session WHERE ended_at >= $1 ORDER BY id";
        let ended = sqlx::query_scalar::<Db, i64>(select).bind(ms(since)).fetch_all(self.connection()).await?;
        Ok(session_ids(ended))
    }
}

#[async_trait]
impl SessionsWrite for Link {
    async fn insert_session(&mut self, session: &SessionRecord) -> Stored<()> {
        sqlx::query::<Db>(
            "INSERT INTO session (id, user_id, device, address, created_at, last_seen_at, ended_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(key(session.id.get()))
        .bind(key(session.user_id.get()))
        .bind(&session.device)
        .bind(&session.address)
        .bind(ms(session.created_at))
        .bind(ms(session.last_seen_at))
        .bind(session.ended_at.map(ms))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn touch_session(&mut self, id: SessionId, at: Timestamp, address: &str) -> Stored<()> {
        let update = "UPDATE session SET last_seen_at = $2, address = $3 WHERE id = $1";
        sqlx::query::<Db>(update).bind(key(id.get())).bind(ms(at)).bind(address).execute(self.connection()).await?;
        Ok(())
    }

    async fn end_session(&mut self, id: SessionId, at: Timestamp) -> Stored<bool> {
        let update = "UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
        let done = sqlx::query::<Db>(update).bind(key(id.get())).bind(ms(at)).execute(self.connection()).await?;
        self.forget_devices_of(&[key(id.get())], at).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn end_sessions_of(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        at: Timestamp,
    ) -> Stored<Vec<SessionId>> {
        // No session has the id -1.
        let except = except.map_or(-1, |id| key(id.get()));
        let update =
            "UPDATE session SET ended_at = $3 WHERE user_id = $1 AND ended_at IS NULL AND id <> $2 RETURNING id";
        let mut ended = sqlx::query_scalar::<Db, i64>(update)
            .bind(key(user.get()))
            .bind(except)
            .bind(ms(at))
            .fetch_all(self.connection())
            .await?;
        ended.sort_unstable();
        self.forget_devices_of(&ended, at).await?;
        Ok(session_ids(ended))
    }

    async fn insert_refresh_token(&mut self, token: &RefreshRecord) -> Stored<()> {
        sqlx::query::<Db>("INSERT INTO refresh_token (hash, session_id, created_at, spent_at) VALUES ($1, $2, $3, $4)")
            .bind(&token.hash)
            .bind(key(token.session_id.get()))
            .bind(ms(token.created_at))
            .bind(token.spent_at.map(ms))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn spend_refresh_token(&mut self, hash: &str, at: Timestamp) -> Stored<bool> {
        let update = "UPDATE refresh_token SET spent_at = $2 WHERE hash = $1 AND spent_at IS NULL";
        let done = sqlx::query::<Db>(update).bind(hash).bind(ms(at)).execute(self.connection()).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn purge_sessions(&mut self, ended_before: Timestamp, unseen_before: Timestamp) -> Stored<u64> {
        let delete = "DELETE FROM session WHERE ended_at < $1 OR (last_seen_at < $2 \
                      AND (SELECT 1 FROM personal_token WHERE personal_token.session_id = session.id) IS NULL)";
        let done =
            sqlx::query::<Db>(delete).bind(ms(ended_before)).bind(ms(unseen_before)).execute(self.connection()).await?;
        Ok(done.rows_affected())
    }
}
