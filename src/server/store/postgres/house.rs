//! A database on a PostgreSQL server as a house that somebody leaves or moves into.

use sqlx::{AssertSqlSafe, ConnectOptions};

use super::{
    DbConnection, MIGRATIONS, options,
    rows::{self, Rows},
};
use crate::server::{
    domain::ports::{StoreError, Stored},
    store::{moving::SETTINGS, tables::TABLES},
};

/// The database with nobody writing into it until the connection ends; `None` when its tables are not those of this program.
pub(in crate::server::store) async fn alone(url: &str) -> Stored<Option<Rows>> {
    let Some(mut connection) = beside(url).await? else { return Ok(None) };
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                  AND application_name = 'hubbub' AND pid <> pg_backend_pid()";
    let others: i64 = sqlx::query_scalar(others).fetch_one(&mut connection).await?;
    if others > 0 {
        return Err(StoreError::Unavailable(format!("{others} connections of Hubbub are open").into()));
    }
    sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ").execute(&mut connection).await?;
    // Before the first row is read, as that is what the transaction sees from then on.
    let tables = TABLES.iter().map(|table| format!("\"{}\"", table.name)).collect::<Vec<_>>().join(", ");
    sqlx::query(AssertSqlSafe(format!("LOCK TABLE {tables} IN SHARE MODE"))).execute(&mut connection).await?;
    Ok(Some(Rows { connection }))
}

/// Everything as it is at one moment, while others go on writing; `None` when its tables are not those of this program.
pub(in crate::server::store) async fn seen_at_once(url: &str) -> Stored<Option<Rows>> {
    let Some(mut connection) = beside(url).await? else { return Ok(None) };
    sqlx::query(super::BEGIN_READING).execute(&mut connection).await?;
    Ok(Some(Rows { connection }))
}

/// The database with all tables, with nobody else moving into it.
pub(in crate::server::store) async fn prepared(url: &str) -> Stored<Rows> {
    let mut connection = connected(url).await?;
    // Until the connection ends: of a move that was killed, the server may notice it a moment later.
    let lock = "SELECT pg_advisory_lock(hashtextextended('hubbub move', 0))";
    sqlx::query(lock).execute(&mut connection).await?;
    MIGRATIONS.run(&mut connection).await?;
    Ok(Rows { connection })
}

/// A connection beside others; `None` when the tables are not those of this program.
pub(in crate::server::store) async fn beside(url: &str) -> Stored<Option<DbConnection>> {
    let mut connection = connected(url).await?;
    rows::refuse_half_moved(&mut connection).await?;
    Ok(rows::is_current(&mut connection).await?.then_some(connection))
}

/// For as long as it takes; only locks are not waited for.
async fn connected(url: &str) -> Stored<DbConnection> {
    let patience = format!("{}ms", SETTINGS.patience.as_millis());
    let options =
        options(url)?.application_name("hubbub upkeep").options([("jit", "off"), ("lock_timeout", patience.as_str())]);
    Ok(options.connect().await?)
}
