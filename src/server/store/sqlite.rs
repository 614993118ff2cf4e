//! SQLite: one file, one writer, several readers.
//!
//! Write-ahead logging lets readers go on beside the writer. The writer syncs the log on every commit (`synchronous =
//! FULL`): what was acknowledged survives not only a killed process, for which `NORMAL` would do, but also a power cut.
//! A commit costs one sync of one file; transactions that wait in line share it (`writer.rs`).
//!
//! There is no memory mapping: an input error would then kill the process instead of failing a request. Statistics
//! (`ANALYZE`) are never gathered, so the plans that the tests check stay the plans that run.

mod house;
mod writer;

use std::{fs, io, path::Path, str::FromStr, sync::Arc};

use async_trait::async_trait;
use sqlx::{
    ConnectOptions, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub(super) use faults::Rules;
pub(super) use house::{alone, beside, copied_into, prepared};
use writer::{Writer, Writing};

use super::{
    Counter, Settings,
    columns::{self, json},
    is_up_to_date,
};
use crate::server::{
    domain::ports::{Activity, Read, Store, StoreError, Stored, Tx},
    tasks::Tasks,
};

/// The driver, for the shared query files.
type Db = sqlx::Sqlite;
type DbConnection = SqliteConnection;

/// Whether there is a table called `$1`.
const IS_THERE: &str = "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1";

/// Begins a transaction that writes, and one that sees everything as it is at one moment.
const BEGIN_WRITING: &str = "BEGIN IMMEDIATE";
const BEGIN_READING: &str = "BEGIN";

/// What a database wants when it was filled all at once: here, that its log is written back.
const AFTER_MOVE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Rows that refer to one that is not there.
const ORPHANS: &str =
    "SELECT coalesce(rowid, 0), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) FROM pragma_foreign_key_check";

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

/// The list as a table `item` with a column `value` that holds an array; [`cell!`] reads it.
macro_rules! records {
    ($parameter:literal) => {
        items!($parameter)
    };
}

/// Whether the first text contains the second.
macro_rules! contains {
    ($text:literal, $part:literal) => {
        concat!("instr(", $text, ", ", $part, ") > 0")
    };
}

/// Keeps the rows from being changed until the transaction ends. Here, nobody else writes.
macro_rules! held {
    () => {
        ""
    };
}

/// Whether [`held!`] does anything.
const HOLDS_ROWS: bool = false;

/// Leaves alone the rows that another transaction is changing. Here, nobody else writes.
macro_rules! skip_locked {
    () => {
        ""
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
    writer: Writer,
    counter: Arc<Counter>,
}

impl Database {
    /// Opens or creates the file and brings its tables up to date.
    pub(super) async fn open(path: &Path, settings: Settings, tasks: Tasks) -> Stored<Self> {
        create_private(path).map_err(|cause| StoreError::Unavailable(cause.into()))?;
        let options = options(path, settings)?;
        let mut connection = options.connect().await?;
        rows::refuse_half_moved(&mut connection).await?;
        MIGRATIONS.run(&mut connection).await?;
        Self::on(connection, options, settings, tasks).await
    }

    /// Opens the file of another process; `None` while that has not brought its tables up to date.
    pub(super) async fn join(path: &Path, settings: Settings, tasks: Tasks) -> Stored<Option<Self>> {
        if !path.is_file() {
            return Ok(None);
        }
        let options = options(path, settings)?;
        let mut connection = options.connect().await?;
        rows::refuse_half_moved(&mut connection).await?;
        if !rows::is_current(&mut connection).await? {
            return Ok(None);
        }
        Ok(Some(Self::on(connection, options, settings, tasks).await?))
    }

    async fn on(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        settings: Settings,
        tasks: Tasks,
    ) -> Stored<Self> {
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
        let writer = Writer::new(connection, options, settings.patience, tasks);
        Ok(Self { readers, writer, counter: Arc::default() })
    }
}

fn options(path: &Path, settings: Settings) -> Stored<SqliteConnectOptions> {
    Ok(SqliteConnectOptions::from_str("sqlite:")?
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
        .disable_statement_logging())
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
        Ok(Box::new(Link::Reading(self.readers.acquire().await?, Arc::clone(&self.counter))))
    }

    async fn begin(&self) -> Stored<Box<dyn Tx>> {
        self.counter.begin();
        Ok(Box::new(Link::Writing(self.writer.begin().await?)))
    }

    fn writers(&self) -> usize {
        1
    }

    async fn probe(&self) -> Stored<()> {
        let mut writing = self.writer.begin().await?;
        sqlx::query("UPDATE probe SET writes = writes + 1").execute(writing.connection()).await?;
        writing.commit().await
    }

    fn activity(&self) -> Activity {
        self.counter.activity()
    }
}

/// A connection in use.
enum Link {
    Reading(PoolConnection<Db>, Arc<Counter>),
    Writing(Writing),
}

impl Link {
    /// For one query.
    fn connection(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reading(connection, counter) => {
                counter.read();
                connection
            }
            Self::Writing(writing) => writing.connection(),
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
            Self::Reading(..) => Ok(()),
            Self::Writing(writing) => writing.commit().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        protocol::{ids::UserId, views::Role},
        server::{domain::ports::PersonRecord, store::Settings},
    };

    async fn explain(connection: &mut SqliteConnection, query: &'static str) -> String {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}"));
        let steps = sqlx::query_as::<Db, (i64, i64, i64, String)>(explain).fetch_all(connection).await.unwrap();
        steps.into_iter().map(|step| step.3).collect::<Vec<_>>().join("\n")
    }

    fn someone() -> PersonRecord {
        PersonRecord {
            id: UserId::new(1),
            email: "mia@example.org".to_owned(),
            username: "mia".to_owned(),
            full_name: "Mia Chen".to_owned(),
            bio: String::new(),
            role: Role::Owner,
            avatar: None,
            password_hash: String::new(),
            created_at: columns::moment(0),
        }
    }

    async fn in_memory() -> SqliteConnection {
        let mut connection = SqliteConnectOptions::from_str("sqlite::memory:").unwrap().connect().await.unwrap();
        MIGRATIONS.run(&mut connection).await.unwrap();
        connection
    }

    #[tokio::test]
    async fn every_page_walks_an_index_and_stops_when_it_is_full() {
        let mut connection = in_memory().await;
        for query in [
            posts::PAGE_FOR_EVERYONE,
            posts::PAGE_BY_AUTHOR,
            posts::PAGE_WITH_TAG,
            comments::PAGE_OF_COMMENTS,
            comments::PAGE_OF_REPLIES,
            people::EVERYONE,
            messages::PAGE_OF_MESSAGES,
            messages::PAGE_OF_CHANGES,
            blocks::PAGE_OF_BLOCKED,
            notifications::PAGE_OF_ALL,
            notifications::PAGE_OF_UNREAD,
            notifications::PAGE_OF_MENTIONS,
            notifications::PAGE_OF_REQUESTS,
            notifications::OPEN_OF_GROUP,
            notifications::UNREAD_MEMBERS,
            notifications::UNREAD_MESSAGES,
            connections::PAGE_OF_CONNECTIONS,
            mutes::PAGE_OF_MUTED,
            standing::PAGE_OF_MANAGED,
            letters::DELIVERIES,
            letters::DELIVERIES_READ,
            letters::DELIVERIES_WITH_STATUS,
            letters::SHOWN,
            letters::SHOWN_QUEUED,
            letters::SHOWN_DELIVERED,
            letters::SHOWN_READ,
        ] {
            let plan = explain(&mut connection, query).await;
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{query}\n{plan}");
        }
    }

    #[tokio::test]
    async fn no_page_reads_a_whole_table() {
        let mut connection = in_memory().await;
        for query in [
            posts::PAGE_OF_FOLLOWED,
            comments::NEWEST_REPLIES,
            people::MATCHING,
            conversations::PAGE_OF_CONVERSATIONS,
            conversations::PAGE_OF_FOUND,
            conversations::PINNED,
            letters::WAITING,
            pushes::DEVICES_OF,
            pushes::OLDEST_OF_DEVICE,
            conversations::MEMBERS_SHOWN,
            conversations::MEMBERS,
            conversations::NEXT_ENTRIES,
            conversations::SET_READ,
            messages::SPEAKERS,
            messages::SAID_LAST,
            posts::FACTS,
            likes::OF_POSTS.delete,
            likes::OF_POSTS.count,
            likes::OF_POSTS.recount,
            conversations::FACTS_OF_HELD,
            conversations::SHARED,
            conversations::SEATED,
            conversations::UNREAD,
            conversations::REQUESTS,
            messages::MESSAGES_BY_ID,
            messages::REACTIONS_TO,
            people::PRESENCE,
            people::BLOCKS_BY,
            jobs::OPEN,
            announcements::REACH,
            announcements::UNREAD,
            announcements::UNREAD_OF_ONE,
            jobs::APPLIED,
            jobs::MINE,
            people::CONNECTIONS_AMONG,
            connections::SUGGESTED_IN_COMMON,
            standing::MATCHING_MANAGED,
            standing::SOURCES,
        ] {
            let plan = explain(&mut connection, query).await;
            for table in [
                "post",
                "person",
                "person_word",
                "follow",
                "comment",
                "reply",
                "post_like",
                "conversation",
                "conversation_member",
                "mine",
                "member",
                "message",
                "quoted",
                "reaction",
                "attachment",
                "delivery",
                "notification",
                "quoted_attachment",
                "session",
                "block",
                "job",
                "application",
                "connection",
                "theirs",
            ] {
                assert!(!plan.lines().any(|step| step.starts_with(&format!("SCAN {table}"))), "{query}\n{plan}");
            }
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_unavailable_and_loses_nothing_that_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hubbub.db");
        let store = Database::open(&path, Settings::default(), Tasks::new()).await.unwrap();
        let limit = async |pages: &'static str| {
            let mut writing = store.writer.begin().await.unwrap();
            sqlx::query(pages).execute(writing.connection()).await.unwrap();
        };
        let keep = async |id: u64, answer: &str| {
            let mut tx = store.begin().await?;
            tx.remember_answer(UserId::new(1), &id.to_string(), answer, columns::moment(1)).await?;
            tx.commit().await
        };
        let mut tx = store.begin().await.unwrap();
        tx.insert_person(&someone()).await.unwrap();
        tx.commit().await.unwrap();

        limit("PRAGMA max_page_count = 1").await;
        keep(1, "small").await.unwrap();
        for round in 0..3 {
            let refused = keep(10 + round, &"large".repeat(100_000)).await;
            assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        }
        limit("PRAGMA max_page_count = 4294967294").await;
        keep(2, &"large".repeat(100_000)).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        for (id, kept) in [(1, true), (10, false), (2, true)] {
            let answer = tx.remembered_answer(UserId::new(1), &format!("{id}")).await.unwrap();
            assert_eq!(answer.is_some(), kept, "{id}");
        }
    }
}
