//! An SQLite file as a house that somebody leaves or moves into.

use std::path::Path;

use sqlx::{ConnectOptions, Connection, sqlite::SqliteLockingMode};

use super::{
    DbConnection, MIGRATIONS, create_private, options,
    rows::{self, Rows},
};
use crate::server::{
    domain::ports::{StoreError, Stored},
    store::moving::SETTINGS,
};

/// The file with nobody else having it open until the connection ends; `None` when there is none or its tables are not those
/// of this program.
pub(in crate::server::store) async fn alone(path: &Path) -> Stored<Option<Rows>> {
    if !path.is_file() {
        return Ok(None);
    }
    let mut connection = locked(path).await?;
    rows::refuse_half_moved(&mut connection).await?;
    Ok(rows::is_current(&mut connection).await?.then_some(Rows { connection }))
}

/// The file with all tables, made when there is none, with nobody else having it open.
pub(in crate::server::store) async fn prepared(path: &Path) -> Stored<Rows> {
    create_private(path).map_err(|cause| StoreError::Unavailable(cause.into()))?;
    let mut connection = locked(path).await?;
    MIGRATIONS.run(&mut connection).await?;
    Ok(Rows { connection })
}

/// In this mode SQLite wants the file for itself, and whoever opens it later is told that it is locked.
async fn locked(path: &Path) -> Stored<DbConnection> {
    let mut connection = options(path, SETTINGS)?.locking_mode(SqliteLockingMode::Exclusive).connect().await?;
    // The first transaction takes the lock, and the mode keeps it.
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await?;
    sqlx::query("COMMIT").execute(&mut connection).await?;
    Ok(connection)
}

/// Writes what the file holds at this moment into a new one, while others go on writing; `None` when its tables are not those
/// of this program.
pub(in crate::server::store) async fn copied_into(path: &Path, copy: &Path) -> Stored<Option<()>> {
    let Some(mut connection) = beside(path).await? else { return Ok(None) };
    // SQLite writes into an empty file, and the copy is for the owner's eyes only.
    create_private(copy).map_err(|cause| StoreError::Unavailable(cause.into()))?;
    let copy = copy.to_str().ok_or_else(|| StoreError::Failed("the name of the copy is no text".into()))?;
    sqlx::query("VACUUM INTO $1").bind(copy).execute(&mut connection).await?;
    connection.close().await?;
    Ok(Some(()))
}

/// The file beside others who use it; `None` when there is none or its tables are not those of this program.
pub(in crate::server::store) async fn beside(path: &Path) -> Stored<Option<DbConnection>> {
    if !path.is_file() {
        return Ok(None);
    }
    let patient = crate::server::store::Settings::default();
    let mut connection = options(path, patient)?.connect().await?;
    rows::refuse_half_moved(&mut connection).await?;
    Ok(rows::is_current(&mut connection).await?.then_some(connection))
}
