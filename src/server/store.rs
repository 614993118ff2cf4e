//! The only SQL: SQLite and PostgreSQL behind the domain's ports.
//!
//! Each query is written once, in the file of its noun, and compiled for both databases: `sqlite.rs` and `postgres.rs`
//! name the driver's types and the few words in which the dialects differ, and include the same files. Nothing of sqlx
//! leaves this folder.

// Text that several queries share. Macros, because sqlx takes only texts known at compile time, and because what is
// defined above a module is known inside it.
//
// Whether a row exists is asked as `(SELECT 1 …) IS NOT NULL`: PostgreSQL may answer `EXISTS` by first reading all likes
// or follows of a person into memory, and this form only by looking the one row up.

/// What an author, follower or found person is shown with.
macro_rules! person_columns {
    () => {
        "person.id AS person_id, person.username, person.full_name, person.avatar_id"
    };
}

/// Whether the viewer, `$1` unless another is given, follows somebody.
macro_rules! follows {
    ($who:literal) => {
        follows!($who, "$1")
    };
    ($who:literal, $viewer:expr) => {
        concat!(
            "(SELECT 1 FROM follow WHERE follow.follower_id = ",
            $viewer,
            " AND follow.followee_id = ",
            $who,
            ") IS NOT NULL"
        )
    };
}

/// Whether the viewer, `$1` unless another is given, is connected with somebody.
macro_rules! connected {
    ($who:literal) => {
        connected!($who, "$1")
    };
    ($who:literal, $viewer:expr) => {
        concat!(
            "(SELECT 1 FROM connection WHERE connection.person_id = ",
            $viewer,
            " AND connection.other_id = ",
            $who,
            " AND connection.state = 'connected') IS NOT NULL"
        )
    };
}

/// Whether the viewer, `$1` unless another is given, muted somebody.
macro_rules! muted {
    ($who:literal) => {
        muted!($who, "$1")
    };
    ($who:literal, $viewer:expr) => {
        concat!("(SELECT 1 FROM mute WHERE mute.muter_id = ", $viewer, " AND mute.muted_id = ", $who, ") IS NOT NULL")
    };
}

/// Whether the viewer, `$1` unless another is given, blocked somebody, or was blocked by them.
macro_rules! blocked {
    ($who:literal) => {
        blocked!($who, "$1")
    };
    ($who:literal, $viewer:expr) => {
        concat!(
            "((SELECT 1 FROM block WHERE block.blocker_id = ",
            $viewer,
            " AND block.blocked_id = ",
            $who,
            ") IS NOT NULL OR (SELECT 1 FROM block WHERE block.blocker_id = ",
            $who,
            " AND block.blocked_id = ",
            $viewer,
            ") IS NOT NULL)"
        )
    };
}

/// How the viewer, `$1` unless another is given, stands to a `person`:
/// [`audience::Relation`](super::domain::audience::Relation).
macro_rules! relation_columns {
    () => {
        relation_columns!("$1")
    };
    ($viewer:expr) => {
        concat!(
            "person.id = ",
            $viewer,
            " AS is_self, person.is_private, person.suspended_at IS NOT NULL AS suspended, ",
            follows!("person.id", $viewer),
            " AS follows, ",
            connected!("person.id", $viewer),
            " AS connected, ",
            muted!("person.id", $viewer),
            " AS muted, ",
            blocked!("person.id", $viewer),
            " AS blocked"
        )
    };
}

/// Whether a `person` is shown to the viewer `$1` in lists of people and below posts: `Surface::Listed` and
/// `Surface::Comment` of [`audience::may_see`](super::domain::audience::may_see) in SQL.
macro_rules! listed {
    () => {
        concat!("(person.id = $1 OR (person.suspended_at IS NULL AND NOT ", blocked!("person.id"), "))")
    };
}

/// [`person_columns`] and what a list of people adds for the viewer `$1`; of a private one not what is for connections.
macro_rules! person_item_columns {
    () => {
        concat!(
            person_columns!(),
            ", person.is_private, CASE WHEN person.is_private = FALSE OR person.id = $1 OR ",
            connected!("person.id"),
            " THEN person.bio ELSE '' END AS bio, ",
            follows!("person.id"),
            " AS followed, (SELECT connection.state FROM connection WHERE connection.person_id = $1 ",
            "AND connection.other_id = person.id) AS connection_state, (SELECT connection.request_id FROM connection ",
            "WHERE connection.person_id = $1 AND connection.other_id = person.id) AS connection_request, ",
            "(SELECT connection.place FROM connection WHERE connection.person_id = $1 ",
            "AND connection.other_id = person.id) AS connection_place"
        )
    };
}

/// Attachments that were not discarded, as `AttachmentRow`.
macro_rules! select_attachments {
    () => {
        "SELECT id, owner_id, client_id, message_id, application_id, kind, name, content_type, size_bytes, width, height, duration_ms, \
         waveform, created_at FROM attachment WHERE discarded = FALSE AND "
    };
}

/// The posts that the viewer `$1` may see: [`audience::may_see_post`](super::domain::audience::may_see_post) in SQL.
macro_rules! visible {
    () => {
        concat!(
            "post.deleted_at IS NULL AND (post.author_id = $1 OR (CASE post.audience WHEN 'public' THEN TRUE ",
            "WHEN 'followers' THEN ",
            follows!("post.author_id"),
            " ELSE ",
            connected!("post.author_id"),
            " END AND (SELECT 1 FROM person AS author WHERE author.id = post.author_id AND author.suspended_at IS NULL ",
            "AND (author.is_private = FALSE OR ",
            connected!("post.author_id"),
            ")) IS NOT NULL AND NOT ",
            blocked!("post.author_id"),
            "))"
        )
    };
}

/// [`visible`] in feeds: nothing of people whom the viewer `$1` muted.
macro_rules! in_feeds {
    () => {
        concat!(visible!(), " AND NOT ", muted!("post.author_id"))
    };
}

/// A notification, without the people behind it.
macro_rules! notification_columns {
    () => {
        "notification.id, notification.user_id, notification.occasion, notification.target, notification.subject, \
         notification.excerpt, notification.count, notification.actor_count, notification.actors, notification.place, \
         notification.updated_at, notification.read_at, notification.removed_at, notification.shown, notification.seq, \
         notification.changed, notification.alert, notification.told_at"
    };
}

/// A column of [`records!`]: a number, unless it says `text`.
macro_rules! cell {
    ($at:literal) => {
        concat!("CAST(item.value ->> ", $at, " AS BIGINT)")
    };
    ($at:literal text) => {
        concat!("(item.value ->> ", $at, ")")
    };
}

/// Whether one of the two people of the row `conversation` blocked the other; never of a group.
macro_rules! apart {
    () => {
        "((SELECT 1 FROM block WHERE block.blocker_id = conversation.pair_low \
         AND block.blocked_id = conversation.pair_high) IS NOT NULL OR (SELECT 1 FROM block \
         WHERE block.blocker_id = conversation.pair_high AND block.blocked_id = conversation.pair_low) IS NOT NULL) \
         AS blocked"
    };
}

/// What decides what the owner of the row `mine`, who is `person`, may do.
macro_rules! facts_columns {
    () => {
        concat!(
            "conversation.id, conversation.kind, conversation.title, conversation.seq, conversation.last_number, ",
            "mine.standing, mine.admin, mine.from_seq, mine.read_number, mine.delivered_number, person.shows_receipts, ",
            apart!(),
        )
    };
}

pub mod checking;
mod columns;
mod failure;
pub mod moving;
mod postgres;
mod sqlite;
pub mod tables;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::server::{
    domain::ports::{Activity, Store, StoreError, Stored},
    tasks::Tasks,
};

/// Counts what is asked of a database.
#[derive(Debug, Default)]
struct Counter {
    reads: AtomicU64,
    transactions: AtomicU64,
}

impl Counter {
    fn read(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    fn begin(&self) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
    }

    fn activity(&self) -> Activity {
        let (reads, transactions) = (&self.reads, &self.transactions);
        Activity { reads: reads.load(Ordering::Relaxed), transactions: transactions.load(Ordering::Relaxed) }
    }
}

/// How a store behaves towards its database.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a request waits for a lock or a free connection before it is told to try again.
    pub patience: Duration,
    /// Connections that read at the same time on SQLite; all connections on PostgreSQL.
    pub connections: Connections,
}

/// How many connections are held.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// SQLite: readers beside the one writer.
    pub sqlite_readers: u32,
    /// PostgreSQL: readers and writers together. Its own default bound is 100 for all its clients.
    pub postgres: u32,
}

impl Default for Settings {
    /// Five seconds of patience: longer than any checkpoint, shorter than a person's. One SQLite reader more than cores
    /// (at most four of them), so that one slow search does not stop the rest.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4);
        let sqlite_readers = u32::try_from(cores).unwrap_or(1).saturating_add(1);
        Self { patience: Duration::from_secs(5), connections: Connections { sqlite_readers, postgres: 16 } }
    }
}

/// Opens the database and brings its tables up to date.
///
/// `database_url` is `postgres://…` or `postgresql://…`; anything else is the path of an SQLite file, with or without
/// `sqlite:` before it. The file is created, readable by its owner only, when there is none; its folder must exist.
///
/// # Errors
/// When the database cannot be reached, or is newer than this program.
pub async fn open(database_url: &str, settings: Settings, tasks: &Tasks) -> Stored<Arc<dyn Store>> {
    match place(database_url) {
        Place::Server(url) => Ok(Arc::new(postgres::Database::open(url, settings, tasks.clone()).await?)),
        Place::File(path) => Ok(Arc::new(sqlite::Database::open(path, settings, tasks.clone()).await?)),
    }
}

/// Opens the database of a server beside it, and changes none of its tables; `None` as long as that server has not brought
/// them up to date.
///
/// # Errors
/// When the database cannot be reached, or is newer than this program.
pub async fn join(database_url: &str, settings: Settings, tasks: &Tasks) -> Stored<Option<Arc<dyn Store>>> {
    let tasks = tasks.clone();
    Ok(match place(database_url) {
        Place::Server(url) => postgres::Database::join(url, settings, tasks).await?.map(|open| Arc::new(open) as _),
        Place::File(path) => sqlite::Database::join(path, settings, tasks).await?.map(|open| Arc::new(open) as _),
    })
}

/// Where a database is.
enum Place<'url> {
    Server(&'url str),
    File(&'url Path),
}

fn place(database_url: &str) -> Place<'_> {
    if database_url.starts_with("postgres://") || database_url.starts_with("postgresql://") {
        return Place::Server(database_url);
    }
    let path = database_url.strip_prefix("sqlite:").unwrap_or(database_url);
    Place::File(Path::new(path.strip_prefix("//").unwrap_or(path)))
}

/// Whether a database has all tables that this program knows.
fn is_up_to_date(known: &sqlx::migrate::Migrator, applied: &[i64]) -> Stored<bool> {
    if applied.iter().any(|version| !known.version_exists(*version)) {
        return Err(StoreError::Failed("a newer Hubbub brought its tables up to date".into()));
    }
    Ok(known.iter().all(|migration| applied.contains(&migration.version)))
}
