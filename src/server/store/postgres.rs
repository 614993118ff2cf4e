//! PostgreSQL: a pool of connections to a server.
//!
//! Transactions run at READ COMMITTED. Rows whose counts change are locked by the very statement that changes them, so
//! counts never lose an update; rows of one kind are always locked in the order of their ids.

mod house;

use std::{str::FromStr, sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::{
    ConnectOptions, Connection, PgConnection, PgPool, Postgres, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub(super) use faults::Rules;
pub(super) use house::{alone, beside, prepared, seen_at_once};

use super::{Counter, Settings, columns, is_up_to_date};
use crate::server::{
    domain::ports::{Activity, Read, Store, Stored, Tx},
    tasks::Tasks,
};

/// The driver, for the shared query files.
type Db = Postgres;
type DbConnection = PgConnection;

/// Whether there is a table called `$1`.
const IS_THERE: &str = "SELECT to_regclass($1) IS NOT NULL";

/// Begins a transaction that writes, and one that sees everything as it is at one moment.
const BEGIN_WRITING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What a database wants when it was filled all at once: here, to know how much there is of what.
const AFTER_MOVE: &str = "ANALYZE";

/// Rows that refer to one that is not there: this database has none.
const ORPHANS: &str = "SELECT CAST(0 AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) WHERE FALSE";

/// A list of ids or texts as one parameter.
type KeyList = Vec<i64>;
type TextList = Vec<String>;

/// `= any of the list`.
macro_rules! one_of {
    ($parameter:literal) => {
        concat!("= ANY(", $parameter, ")")
    };
}

/// The list as a table `item` with a column `value`.
macro_rules! items {
    ($parameter:literal) => {
        concat!("unnest(", $parameter, ") AS item (value)")
    };
}

/// The list as a table `item` with a column `value` that holds an array; [`cell!`] reads it.
macro_rules! records {
    ($parameter:literal) => {
        concat!("json_array_elements(CAST(", $parameter, " AS json)) AS item (value)")
    };
}

/// Whether the first text contains the second.
macro_rules! contains {
    ($text:literal, $part:literal) => {
        concat!("strpos(", $text, ", ", $part, ") > 0")
    };
}

/// Keeps the rows from being changed until the transaction ends. Others may still refer to them.
macro_rules! held {
    () => {
        " FOR NO KEY UPDATE"
    };
}

/// Whether [`held!`] does anything.
const HOLDS_ROWS: bool = true;

/// Leaves alone the rows that another transaction is changing.
macro_rules! skip_locked {
    () => {
        " FOR UPDATE SKIP LOCKED"
    };
}

#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "announcements.rs"]
mod announcements;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "attachments.rs"]
mod attachments;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "blocks.rs"]
mod blocks;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "comments.rs"]
mod comments;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "connections.rs"]
mod connections;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "conversations.rs"]
mod conversations;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "faults.rs"]
mod faults;
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
#[path = "jobs.rs"]
mod jobs;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "letters.rs"]
mod letters;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "likes.rs"]
mod likes;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "messages.rs"]
mod messages;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "mutes.rs"]
mod mutes;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "notifications.rs"]
mod notifications;
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
#[path = "pushes.rs"]
mod pushes;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "rows.rs"]
mod rows;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "sessions.rs"]
mod sessions;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "standing.rs"]
mod standing;
#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "tokens.rs"]
mod tokens;

#[expect(clippy::unnecessary_wraps, reason = "SQLite writes it as JSON, which can fail")]
fn key_list(keys: &[i64]) -> Stored<KeyList> {
    Ok(keys.to_vec())
}

#[expect(clippy::unnecessary_wraps, reason = "SQLite writes it as JSON, which can fail")]
fn text_list(texts: &[String]) -> Stored<TextList> {
    Ok(texts.to_vec())
}

/// The tables, embedded.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// One executes while another waits for its commit; with more, each would carry less of what waits.
const WRITERS: usize = 2;

/// A connection that rested longer than this is asked whether it still lives before it is used.
const TRUSTED_REST: Duration = Duration::from_secs(1);

/// A database on a server.
pub(super) struct Database {
    pool: PgPool,
    tasks: Tasks,
    counter: Arc<Counter>,
}

impl Database {
    /// Connects and brings the tables up to date.
    pub(super) async fn open(url: &str, settings: Settings, tasks: Tasks) -> Stored<Self> {
        let options = options(url)?;
        // Bringing tables up to date may take longer than any request may, so it has its own connection.
        let mut connection = options.connect().await?;
        rows::refuse_half_moved(&mut connection).await?;
        MIGRATIONS.run(&mut connection).await?;
        connection.close().await?;
        Self::on(options, settings, tasks).await
    }

    /// Connects to the database of another process; `None` while that has not brought its tables up to date.
    pub(super) async fn join(url: &str, settings: Settings, tasks: Tasks) -> Stored<Option<Self>> {
        let options = options(url)?;
        let mut connection = options.connect().await?;
        rows::refuse_half_moved(&mut connection).await?;
        let is_current = rows::is_current(&mut connection).await?;
        connection.close().await?;
        if !is_current {
            return Ok(None);
        }
        Ok(Some(Self::on(options, settings, tasks).await?))
    }

    async fn on(options: PgConnectOptions, settings: Settings, tasks: Tasks) -> Stored<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(settings.connections.postgres.max(1))
            .acquire_timeout(settings.patience)
            .test_before_acquire(false)
            .before_acquire(|connection, rest| {
                Box::pin(async move {
                    let lives = rest.idle_for < TRUSTED_REST || connection.ping().await.is_ok();
                    Ok(lives)
                })
            })
            .connect_with(options.options(bounds(settings.patience)))
            .await?;
        Ok(Self { pool, tasks, counter: Arc::default() })
    }

    /// A future dropped while it begins would leave the transaction open on a connection that sqlx believes idle. So a
    /// task of the server begins, and rolls back if nobody waits for the transaction any more.
    async fn begin_writing(&self) -> Stored<Transaction<'static, Db>> {
        let pool = self.pool.clone();
        Ok(self.tasks.finish(async move { pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await }).await?)
    }
}

fn options(url: &str) -> Stored<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url)?;
    Ok(options.application_name("hubbub").statement_cache_capacity(256).disable_statement_logging())
}

/// How long the server lets a request wait, run, or hold a transaction open without using it. Every query here ends after
/// a few rows, so compiling it to machine code first, as the server would for a large table, only costs time.
fn bounds(patience: Duration) -> [(&'static str, String); 4] {
    let ms = patience.as_millis();
    [
        ("jit", "off".to_owned()),
        ("lock_timeout", format!("{ms}ms")),
        ("statement_timeout", format!("{}ms", ms.saturating_mul(2))),
        ("idle_in_transaction_session_timeout", format!("{}ms", ms.saturating_mul(6))),
    ]
}

#[async_trait]
impl Store for Database {
    async fn read(&self) -> Stored<Box<dyn Read>> {
        Ok(Box::new(Link::Reading(self.pool.acquire().await?, Arc::clone(&self.counter))))
    }

    async fn begin(&self) -> Stored<Box<dyn Tx>> {
        self.counter.begin();
        Ok(Box::new(Link::Writing(self.begin_writing().await?, self.tasks.clone())))
    }

    fn writers(&self) -> usize {
        WRITERS
    }

    async fn probe(&self) -> Stored<()> {
        sqlx::query("UPDATE probe SET writes = writes + 1").execute(&self.pool).await?;
        Ok(())
    }

    fn activity(&self) -> Activity {
        self.counter.activity()
    }
}

/// A connection in use.
enum Link {
    Reading(PoolConnection<Db>, Arc<Counter>),
    Writing(Transaction<'static, Db>, Tasks),
}

impl Link {
    /// For one query.
    fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Reading(connection, counter) => {
                counter.read();
                connection
            }
            Self::Writing(transaction, _) => transaction,
        }
    }

    /// Waits for other transactions that gave the same name, and holds it until this one ends.
    async fn alone(&mut self, name: &str) -> Stored<()> {
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        sqlx::query(lock).bind(name).execute(self.connection()).await?;
        Ok(())
    }
}

#[async_trait]
impl Tx for Link {
    async fn commit(self: Box<Self>) -> Stored<()> {
        match *self {
            Self::Reading(..) => Ok(()),
            // To its end even if nobody waits: whether it was kept must not hang on who is listening.
            Self::Writing(transaction, tasks) => Ok(tasks.finish(transaction.commit()).await?),
        }
    }
}
