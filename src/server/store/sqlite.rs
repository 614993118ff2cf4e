//! SQLite: one file, one writer, several readers.
//!
//! Write-ahead logging lets readers go on beside the writer. The writer syncs the log on every commit (`synchronous =
//! FULL`): what was acknowledged survives not only a killed process, for which `NORMAL` would do, but also a power cut.
//! A commit costs one sync of one file, about 0.1 ms on a good disk.
//!
//! There is no memory mapping: an input error would then kill the process instead of failing a request. Statistics
//! (`ANALYZE`) are never gathered, so the plans that the tests check stay the plans that run.

use std::{fs, io, path::Path, str::FromStr, sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    Settings,
    columns::{self, json},
};
use crate::server::{
    domain::ports::{Read, Store, StoreError, Stored, Tx},
    tasks::Tasks,
};

/// The driver, for the shared query files.
type Db = sqlx::Sqlite;

/// A list of ids or texts as one parameter.
type KeyList = String;
type TextList = String;

/// `= any of the list`.
macro_rules! one_of {
    ($parameter:literal) => {
        concat!("IN (SELECT value FROM json_each(", $parameter, "))")
    };
}

/// The list as a table `item` with a column `value`.
macro_rules! items {
    ($parameter:literal) => {
        concat!("json_each(", $parameter, ") AS item")
    };
}

/// Leaves alone the rows that another transaction is changing. Here, nobody else writes.
macro_rules! skip_locked {
    () => {
        ""
    };
}

#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "comments.rs"]
mod comments;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "follows.rs"]
mod follows;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "idempotency.rs"]
mod idempotency;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "images.rs"]
mod images;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "likes.rs"]
mod likes;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "outbox.rs"]
mod outbox;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "people.rs"]
mod people;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "posts.rs"]
mod posts;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "sessions.rs"]
mod sessions;

fn key_list(keys: &[i64]) -> Stored<KeyList> {
    json(keys)
}

fn text_list(texts: &[String]) -> Stored<TextList> {
    json(texts)
}

/// The tables, embedded.
pub(super) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// An open database file.
pub(super) struct Database {
    readers: SqlitePool,
    writer: Arc<Mutex<Writer>>,
    patience: Duration,
    tasks: Tasks,
}

impl Database {
    /// Opens or creates the file and brings its tables up to date.
    pub(super) async fn open(path: &Path, settings: Settings, tasks: Tasks) -> Stored<Self> {
        create_private(path).map_err(|cause| StoreError::Unavailable(cause.into()))?;
        let options = SqliteConnectOptions::from_str("sqlite:")?
            .filename(path)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(settings.patience)
            .statement_cache_capacity(256)
            // Each connection keeps at most 8 MiB of pages, and the log shrinks back to 64 MiB after a burst.
            .pragma("cache_size", "-8192")
            .pragma("journal_size_limit", "67108864")
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();
        let mut connection = options.connect().await?;
        MIGRATIONS.run(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(settings.connections.sqlite_readers.max(1))
            .acquire_timeout(settings.patience)
            .idle_timeout(None)
            .max_lifetime(None)
            // A file does not hang up.
            .test_before_acquire(false)
            .connect_with(options.clone().pragma("query_only", "ON"))
            .await?;
        let writer = Writer { connection, options, state: State::Idle };
        Ok(Self { readers, writer: Arc::new(Mutex::new(writer)), patience: settings.patience, tasks })
    }

    async fn begin_writing(&self) -> Stored<Writing> {
        let writer = tokio::time::timeout(self.patience, Arc::clone(&self.writer).lock_owned())
            .await
            .map_err(|late| StoreError::Unavailable(late.into()))?;
        let mut writing = Writing { slot: Arc::clone(&self.writer), tasks: self.tasks.clone(), writer };
        writing.writer.begin().await?;
        Ok(writing)
    }
}

/// Creates the file for its owner's eyes only; SQLite gives the files beside it the same permissions.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[async_trait]
impl Store for Database {
    async fn read(&self) -> Stored<Box<dyn Read>> {
        Ok(Box::new(Link::Reading(self.readers.acquire().await?)))
    }

    async fn begin(&self) -> Stored<Box<dyn Tx>> {
        Ok(Box::new(Link::Writing(self.begin_writing().await?)))
    }

    async fn probe(&self) -> Stored<()> {
        let mut writing = self.begin_writing().await?;
        sqlx::query("UPDATE probe SET writes = writes + 1").execute(&mut writing.writer.connection).await?;
        writing.commit().await
    }
}

/// Whether a transaction is open on the writer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// Begun, or about to be; to be rolled back by whoever finds it so.
    Open,
    /// The connection did not answer as it should.
    Broken,
}

/// The connection that writes.
///
/// sqlx's own transactions are not used here: when SQLite ends a transaction by itself, because the disk is full, sqlx
/// still counts it as open, and every later one on that connection would fail.
struct Writer {
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    state: State,
}

impl Writer {
    async fn begin(&mut self) -> Stored<()> {
        self.settle().await?;
        self.state = State::Open;
        // IMMEDIATE takes the write lock now: a transaction that began by reading could not get it later if another
        // process had written in between.
        if let Err(cause) = sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await {
            self.settle().await?;
            return Err(cause.into());
        }
        Ok(())
    }

    async fn commit(&mut self) -> Stored<()> {
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        self.state = State::Idle;
        Ok(())
    }

    /// Rolls back what was left open, and replaces a connection that is broken.
    async fn settle(&mut self) -> Stored<()> {
        if self.state == State::Open {
            self.state = State::Broken;
            match sqlx::query("ROLLBACK").execute(&mut self.connection).await {
                Ok(_) => self.state = State::Idle,
                Err(cause) if nothing_to_roll_back(&cause) => self.state = State::Idle,
                Err(cause) => tracing::warn!(%cause, "the writing connection could not roll back"),
            }
        }
        if self.state == State::Broken {
            let fresh = self.options.connect().await?;
            let broken = std::mem::replace(&mut self.connection, fresh);
            self.state = State::Idle;
            if let Err(cause) = broken.close_hard().await {
                tracing::debug!(%cause, "a broken connection did not close");
            }
        }
        Ok(())
    }
}

/// SQLite had ended the transaction already: by committing for someone who went away, or because of a full disk.
fn nothing_to_roll_back(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|cause| cause.code()).is_some_and(|code| code == "1")
}

/// A transaction. Dropped, it is rolled back: by a task at once, or by whoever takes the writer first.
struct Writing {
    slot: Arc<Mutex<Writer>>,
    tasks: Tasks,
    writer: OwnedMutexGuard<Writer>,
}

impl Writing {
    async fn commit(mut self) -> Stored<()> {
        self.writer.commit().await
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // Outside a runtime nothing can be spawned; then the next transaction rolls back.
        if self.writer.state == State::Idle || tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let slot = Arc::clone(&self.slot);
        self.tasks.spawn("rollback", async move {
            if let Err(cause) = slot.lock().await.settle().await {
                tracing::warn!(%cause, "the writing connection could not be replaced");
            }
        });
    }
}

/// A connection in use.
enum Link {
    Reading(PoolConnection<Db>),
    Writing(Writing),
}

impl Link {
    fn connection(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reading(connection) => connection,
            Self::Writing(writing) => &mut writing.writer.connection,
        }
    }

    /// Waits for other transactions that gave the same name. Here, there is only one at a time anyway.
    #[expect(clippy::unused_async, reason = "PostgreSQL has to ask")]
    async fn alone(&mut self, _name: &str) -> Stored<()> {
        Ok(())
    }
}

#[async_trait]
impl Tx for Link {
    async fn commit(self: Box<Self>) -> Stored<()> {
        match *self {
            Self::Reading(_) => Ok(()),
            Self::Writing(writing) => writing.commit().await,
        }
    }
}
