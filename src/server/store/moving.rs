//! Moving house: all rows of a community from one database into another, in pieces, so that a move that was cut off goes on,
//! and compared at the end.
//!
//! What was moved so far stands in a table of the target, `house_move`, which is written with each piece in one transaction
//! and dropped once everything was compared. No server starts on a database that has it.

use std::{collections::HashMap, path::Path, time::Duration};

use async_trait::async_trait;
use futures::{TryStreamExt, stream::BoxStream};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{
    Connections, Settings, postgres, sqlite,
    tables::{Column, Filled, SEEDED, TABLES, Table},
};
use crate::server::{
    config::DatabaseUrl,
    domain::ports::{StoreError, Stored},
};

/// So many rows are kept together at most: enough that a commit's sync costs little.
const PIECE_ROWS: usize = 1_000;
/// So many bytes of them at most.
const PIECE_BYTES: usize = 1024 * 1024;

/// How a database is opened here: for one connection, which does not wait long for others.
pub(super) const SETTINGS: Settings =
    Settings { patience: Duration::from_secs(5), connections: Connections { sqlite_readers: 1, postgres: 1 } };

/// Why nothing was moved, or not all of it. The text is for the person who moves.
#[derive(Debug, Error)]
pub enum MoveError {
    /// Others have it open, or it is not there.
    #[error("{place} cannot be had alone: stop every `hubbub serve` and `hubbub worker` that uses it ({})", reason(.cause))]
    InUse {
        /// Which database.
        place: String,
        /// What the store said.
        cause: StoreError,
    },
    /// The source has not all tables of this program.
    #[error("{0} is not there or of an older version: start `hubbub serve` of this version on it once, and stop it")]
    Outdated(String),
    /// Somebody lives in the target.
    #[error("{place} is not empty: it has rows in `{table}`; name a database that has none")]
    NotEmpty {
        /// The target.
        place: String,
        /// The first table that has rows.
        table: &'static str,
    },
    /// The target is half full of something else.
    #[error(
        "{place} holds the beginning of another move, from {from}: name an empty database, or go on with that move"
    )]
    Another {
        /// The target.
        place: String,
        /// Where that move came from.
        from: String,
    },
    /// The two do not hold the same.
    #[error(
        "`{table}` is not the same in both databases ({here} rows and {there}): the source was changed meanwhile, or the \
         target; begin anew with an empty database"
    )]
    Different {
        /// Which table.
        table: &'static str,
        /// Rows of the source.
        here: u64,
        /// Rows of the target.
        there: u64,
    },
    /// A database failed.
    #[error("{place} cannot be used: {}", reason(.cause))]
    Failed {
        /// Which.
        place: String,
        /// What the store said.
        cause: StoreError,
    },
}

/// What a store's failure goes back to.
pub(super) fn reason(cause: &StoreError) -> String {
    std::error::Error::source(cause).map_or_else(|| cause.to_string(), ToString::to_string)
}

/// How far a long work is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// What is being done.
    pub what: &'a str,
    /// How much of it is.
    pub done: u64,
    /// How much there is.
    pub of: u64,
}

/// Hears how far it is.
pub type Watch<'a> = &'a mut (dyn FnMut(Progress<'_>) + Send);

/// What came over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Tables that hold anything, and their rows.
    pub tables: Vec<(&'static str, u64)>,
}

impl Moved {
    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    Nothing,
    Number(i64),
    Flag(bool),
    Text(String),
    Bytes(Vec<u8>),
}

/// The values of a row, in the order of the table's columns.
pub(super) type Row = Vec<Value>;

impl Value {
    /// Its bytes in a checksum: what it is, how long, and the value.
    fn feed(&self, digest: &mut Sha256) {
        let mut part = |kind: u8, bytes: &[u8]| {
            digest.update([kind]);
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        match self {
            Self::Nothing => part(0, &[]),
            Self::Number(number) => part(1, &number.to_le_bytes()),
            Self::Flag(flag) => part(2, &[u8::from(*flag)]),
            Self::Text(text) => part(3, text.as_bytes()),
            Self::Bytes(bytes) => part(4, bytes),
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Nothing | Self::Number(_) | Self::Flag(_) => 8,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

/// How many rows a table has, and the sum of their SHA-256: the same in whatever order they are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    rows: u64,
    sum: [u64; 4],
}

impl Tally {
    fn add(&mut self, row: &[Value]) {
        let mut digest = Sha256::new();
        for value in row {
            value.feed(&mut digest);
        }
        self.rows += 1;
        for (lane, bytes) in self.sum.iter_mut().zip(digest.finalize().chunks_exact(8)) {
            *lane = lane.wrapping_add(bytes.iter().fold(0, |lane, byte| (lane << 8) | u64::from(*byte)));
        }
    }
}

/// How much of a table was moved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Reached {
    /// Up to the row with this key.
    UpTo(Vec<Value>),
    /// To its end.
    End,
}

/// Which rows are read.
pub(super) enum Wanted {
    /// All, in any order, as they are.
    AsTheyAre,
    /// Those after this key, in the order of keys; columns that must wait for other rows are empty.
    After(Option<Vec<Value>>),
    /// Keys and values of a column that had to wait.
    Waiting(&'static Column),
}

/// One database of a move.
#[async_trait]
pub(super) trait House: Send {
    /// How many rows a table has.
    async fn count(&mut self, table: &'static Table) -> Stored<u64>;
    /// Its rows, one after the other.
    fn rows(&mut self, table: &'static Table, wanted: Wanted) -> BoxStream<'_, Stored<Row>>;
    /// Adds rows and notes how far the move is, in one transaction.
    async fn keep(&mut self, table: &'static Table, rows: &[Row], reached: &Reached) -> Stored<()>;
    /// Fills a column that had to wait: keys and values.
    async fn fill(&mut self, table: &'static Table, column: &'static Column, rows: &[Row]) -> Stored<()>;
    /// Where the move came from that was begun here, and how much of each table it moved; `None` when none was.
    async fn begun(&mut self) -> Stored<Option<(String, HashMap<String, Reached>)>>;
    /// Notes that a move begins, and removes the rows that every new database has.
    async fn begin(&mut self, from: &str) -> Stored<()>;
    /// Notes that everything is there.
    async fn end(&mut self) -> Stored<()>;
    /// Lets go of the database, so that others can have it at once.
    async fn close(self: Box<Self>) -> Stored<()>;
}

/// The statement that reads `wanted` of a table; parameters are the parts of the key.
pub(super) fn select(table: &Table, wanted: &Wanted) -> String {
    let quoted = |name: &&str| format!("\"{name}\"");
    let listed = |names: &[&str]| names.iter().map(quoted).collect::<Vec<_>>().join(", ");
    let (name, key) = (table.name, listed(table.key));
    match wanted {
        Wanted::AsTheyAre => {
            let columns = table.columns.iter().map(|column| column.name).collect::<Vec<_>>();
            format!("SELECT {} FROM \"{name}\"", listed(&columns))
        }
        Wanted::After(after) => {
            let columns = table.columns.iter().map(|column| match column.filled {
                Filled::AtOnce => format!("\"{}\"", column.name),
                Filled::Late => "CAST(NULL AS BIGINT)".to_owned(),
                Filled::UnlessForward => {
                    format!("CASE WHEN \"{0}\" > {key} THEN NULL ELSE \"{0}\" END", column.name)
                }
            });
            let columns = columns.collect::<Vec<_>>().join(", ");
            let places = (1..=table.key.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
            let from = if after.is_some() { format!("WHERE ({key}) > ({places})") } else { String::new() };
            format!("SELECT {columns} FROM \"{name}\" {from} ORDER BY {key}")
        }
        Wanted::Waiting(column) => {
            let waits = match column.filled {
                Filled::UnlessForward => format!("\"{}\" > {key}", column.name),
                Filled::AtOnce | Filled::Late => format!("\"{}\" IS NOT NULL", column.name),
            };
            format!("SELECT {key}, \"{}\" FROM \"{name}\" WHERE {waits} ORDER BY {key}", column.name)
        }
    }
}

/// A database and what it is called in messages.
struct Named {
    house: Box<dyn House>,
    place: String,
}

impl Named {
    fn failed(&self) -> impl Fn(StoreError) -> MoveError + use<> {
        let place = self.place.clone();
        move |cause| MoveError::Failed { place: place.clone(), cause }
    }

    async fn close(self) -> Result<(), MoveError> {
        let failed = self.failed();
        self.house.close().await.map_err(failed)
    }
}

/// Moves everything into an empty database, or goes on with it, and compares the two. Nobody else may use either.
///
/// # Errors
/// Why it was not begun or not finished; called again, it goes on.
pub async fn move_house(from: &DatabaseUrl, to: &DatabaseUrl, watch: Watch<'_>) -> Result<Moved, MoveError> {
    let mut source = source(from).await?;
    let mut target = target(to).await?;
    let name = source.place.clone();
    let moved = transfer(&mut source, &mut target, &name, watch).await?;
    source.close().await?;
    target.close().await?;
    Ok(moved)
}

/// [`move_house`] from a file that may be called differently the next time; `name` says which it is.
///
/// # Errors
/// As of [`move_house`].
pub async fn move_in(file: &Path, name: &str, to: &DatabaseUrl, watch: Watch<'_>) -> Result<Moved, MoveError> {
    let mut source = source(&DatabaseUrl::Sqlite(file.to_owned())).await?;
    let mut target = target(to).await?;
    let moved = transfer(&mut source, &mut target, name, watch).await?;
    source.close().await?;
    target.close().await?;
    Ok(moved)
}

/// Writes a new SQLite file with everything that is in the database at this moment, while servers go on using it.
///
/// # Errors
/// When either cannot be used.
pub async fn snapshot(from: &DatabaseUrl, file: &Path, watch: Watch<'_>) -> Result<(), MoveError> {
    let failed = |cause| MoveError::Failed { place: from.masked(), cause };
    let outdated = || MoveError::Outdated(from.masked());
    match from {
        DatabaseUrl::Sqlite(path) => {
            sqlite::copied_into(path, file).await.map_err(failed)?.ok_or_else(outdated)?;
            watch(Progress { what: "database", done: 1, of: 1 });
        }
        DatabaseUrl::Postgres(url) => {
            let house = postgres::seen_at_once(url).await.map_err(failed)?.ok_or_else(outdated)?;
            let mut source = Named { house: Box::new(house), place: from.masked() };
            let mut target = target(&DatabaseUrl::Sqlite(file.to_owned())).await?;
            transfer(&mut source, &mut target, &from.masked(), watch).await?;
            target.close().await?;
        }
    }
    Ok(())
}

/// Brings the tables of a file that nobody uses up to date.
///
/// # Errors
/// When it cannot be used, or is newer than this program.
pub async fn bring_up_to_date(file: &Path) -> Result<(), MoveError> {
    target(&DatabaseUrl::Sqlite(file.to_owned())).await?.close().await
}

async fn source(from: &DatabaseUrl) -> Result<Named, MoveError> {
    let place = from.masked();
    let opened: Stored<Option<Box<dyn House>>> = match from {
        DatabaseUrl::Sqlite(path) => sqlite::alone(path).await.map(|rows| rows.map(|rows| Box::new(rows) as _)),
        DatabaseUrl::Postgres(url) => postgres::alone(url).await.map(|rows| rows.map(|rows| Box::new(rows) as _)),
    };
    match opened {
        Ok(Some(house)) => Ok(Named { house, place }),
        Ok(None) => Err(MoveError::Outdated(place)),
        Err(cause) => Err(refused(place, cause)),
    }
}

async fn target(to: &DatabaseUrl) -> Result<Named, MoveError> {
    let place = to.masked();
    let opened: Stored<Box<dyn House>> = match to {
        DatabaseUrl::Sqlite(path) => sqlite::prepared(path).await.map(|rows| Box::new(rows) as _),
        DatabaseUrl::Postgres(url) => postgres::prepared(url).await.map(|rows| Box::new(rows) as _),
    };
    match opened {
        Ok(house) => Ok(Named { house, place }),
        Err(cause) => Err(refused(place, cause)),
    }
}

/// What another time may go well, goes well once nobody else has the database.
fn refused(place: String, cause: StoreError) -> MoveError {
    match cause {
        StoreError::Unavailable(_) => MoveError::InUse { place, cause },
        _ => MoveError::Failed { place, cause },
    }
}

async fn transfer(source: &mut Named, target: &mut Named, name: &str, watch: Watch<'_>) -> Result<Moved, MoveError> {
    let mut reached = begin(target, name).await?;
    for table in TABLES {
        copy(source, target, table, reached.remove(table.name), watch).await?;
    }
    for table in TABLES {
        for column in table.late_columns() {
            fill(source, target, table, column).await?;
        }
    }
    let moved = compare(source, target, watch).await?;
    let end = target.house.end().await;
    end.map_err(target.failed())?;
    Ok(moved)
}

/// How much of each table is there already. Nothing in a database that holds anything else is touched.
async fn begin(target: &mut Named, name: &str) -> Result<HashMap<String, Reached>, MoveError> {
    let failed = target.failed();
    let place = target.place.clone();
    match target.house.begun().await.map_err(&failed)? {
        Some((from, reached)) if from == name => return Ok(reached),
        Some((from, _)) => return Err(MoveError::Another { place, from }),
        None => {}
    }
    for table in TABLES.iter().filter(|table| !SEEDED.contains(&table.name)) {
        if target.house.count(table).await.map_err(&failed)? > 0 {
            return Err(MoveError::NotEmpty { place, table: table.name });
        }
    }
    target.house.begin(name).await.map_err(&failed)?;
    Ok(HashMap::new())
}

async fn copy(
    source: &mut Named,
    target: &mut Named,
    table: &'static Table,
    reached: Option<Reached>,
    watch: Watch<'_>,
) -> Result<(), MoveError> {
    let (at_source, at_target) = (source.failed(), target.failed());
    let after = match reached {
        Some(Reached::End) => return Ok(()),
        Some(Reached::UpTo(key)) => Some(key),
        None => None,
    };
    let of = source.house.count(table).await.map_err(&at_source)?;
    let mut done = target.house.count(table).await.map_err(&at_target)?;
    let mut rows = source.house.rows(table, Wanted::After(after));
    let (mut piece, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await.map_err(&at_source)? {
        bytes += row.iter().map(Value::weight).sum::<usize>();
        piece.push(row);
        if piece.len() >= PIECE_ROWS || bytes >= PIECE_BYTES {
            let key = piece.last().map(|row| key_of(table, row)).unwrap_or_default();
            target.house.keep(table, &piece, &Reached::UpTo(key)).await.map_err(&at_target)?;
            done += piece.len() as u64;
            watch(Progress { what: table.name, done, of });
            piece.clear();
            bytes = 0;
        }
    }
    target.house.keep(table, &piece, &Reached::End).await.map_err(&at_target)?;
    watch(Progress { what: table.name, done: done + piece.len() as u64, of });
    Ok(())
}

fn key_of(table: &Table, row: &[Value]) -> Vec<Value> {
    let of_key = |part: &&str| {
        let columns = table.columns.iter().zip(row);
        columns.clone().find(|(column, _)| column.name == *part).map(|(_, value)| value.clone())
    };
    table.key.iter().filter_map(of_key).collect()
}

async fn fill(
    source: &mut Named,
    target: &mut Named,
    table: &'static Table,
    column: &'static Column,
) -> Result<(), MoveError> {
    let (at_source, at_target) = (source.failed(), target.failed());
    let rows = source.house.rows(table, Wanted::Waiting(column));
    let mut pieces = rows.try_chunks(PIECE_ROWS);
    while let Some(piece) = pieces.try_next().await.map_err(|cause| at_source(cause.1))? {
        target.house.fill(table, column, &piece).await.map_err(&at_target)?;
    }
    Ok(())
}

/// Every value of every row, on both sides.
async fn compare(source: &mut Named, target: &mut Named, watch: Watch<'_>) -> Result<Moved, MoveError> {
    let (at_source, at_target) = (source.failed(), target.failed());
    let mut moved = Moved::default();
    let of = TABLES.len() as u64;
    for (done, table) in (1..).zip(TABLES) {
        let (here, there) = tokio::join!(tally(&mut *source.house, table), tally(&mut *target.house, table));
        let (here, there) = (here.map_err(&at_source)?, there.map_err(&at_target)?);
        if here != there {
            return Err(MoveError::Different { table: table.name, here: here.rows, there: there.rows });
        }
        if here.rows > 0 {
            moved.tables.push((table.name, here.rows));
        }
        watch(Progress { what: "compared", done, of });
    }
    Ok(moved)
}

async fn tally(house: &mut dyn House, table: &'static Table) -> Stored<Tally> {
    let mut tally = Tally::default();
    let mut rows = house.rows(table, Wanted::AsTheyAre);
    while let Some(row) = rows.try_next().await? {
        tally.add(&row);
    }
    Ok(tally)
}
