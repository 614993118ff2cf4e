//! The one connection that writes, and the line before it.
//!
//! Every commit syncs the log, which takes as long for one transaction as for fifty. So transactions that stand in line
//! share a commit: one that is done while another waits leaves its changes in the open SQLite transaction, and hands
//! over; the last in line commits for all, and only then does each of them hear that it was kept. A transaction that is
//! dropped goes back to its own savepoint and takes nothing of the others along. Alone, a transaction is an ordinary one.
//!
//! What follows from this: a transaction may see what one before it has written and not committed yet. If that is lost,
//! this one is lost with it; but an answer that rests on what was seen must wait for [`Tx::commit`], also when nothing
//! was written.
//!
//! sqlx's own transactions are not used: when SQLite ends a transaction by itself, because the disk is full, sqlx still
//! counts it as open, and every later one on that connection would fail.
//!
//! [`Tx::commit`]: crate::server::domain::ports::Tx::commit

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{Mutex, OwnedMutexGuard, oneshot},
    time::Instant,
};

use crate::server::{
    domain::ports::{StoreError, Stored},
    tasks::Tasks,
};

/// So many transactions share a commit at most.
const GROUP_MAX: usize = 64;
/// The first of a group waits no longer than this for the others: about as long as a slow disk takes to sync.
const GROUP_AGE: Duration = Duration::from_millis(5);

/// The line before the writing connection. Clones stand before the same one.
#[derive(Clone)]
pub(super) struct Writer {
    desk: Arc<Mutex<Desk>>,
    /// How many stand in line: whoever hands over while somebody does need not commit.
    waiting: Arc<AtomicUsize>,
    patience: Duration,
    tasks: Tasks,
}

impl Writer {
    pub(super) fn new(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        patience: Duration,
        tasks: Tasks,
    ) -> Self {
        let desk = Desk { connection, options, state: State::Idle, done: Vec::new(), begun: Instant::now() };
        Self { desk: Arc::new(Mutex::new(desk)), waiting: Arc::default(), patience, tasks }
    }

    /// Begins a transaction, in a task of the server: nobody who goes away can leave it half begun.
    pub(super) async fn begin(&self) -> Stored<Writing> {
        let writer = self.clone();
        self.tasks.finish(async move { writer.begin_here().await }).await
    }

    async fn begin_here(self) -> Stored<Writing> {
        let place = Place::behind(&self);
        let locked = tokio::time::timeout(self.patience, Arc::clone(&self.desk).lock_owned()).await;
        let desk = locked.map_err(|late| StoreError::Unavailable(late.into()))?;
        place.reached();
        let mut writing = Writing { writer: self, desk, handed_over: false };
        writing.desk.begin().await?;
        Ok(writing)
    }

    /// Rolls back what was dropped, and commits for those who are done if nobody else comes to do it.
    fn tidy_up(&self) {
        // Outside a runtime nothing can be spawned; then the next transaction does it.
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let writer = self.clone();
        self.tasks.spawn("tidy up after a dropped transaction", async move {
            let mut desk = writer.desk.lock().await;
            let mut tidied = desk.settle().await;
            if tidied.is_ok() && desk.state == State::Open && writer.waiting.load(Ordering::SeqCst) == 0 {
                tidied = desk.commit().await;
            }
            if let Err(cause) = tidied {
                tracing::warn!(%cause, "the writing connection could not be tidied up");
            }
        });
    }
}

/// A place in line.
struct Place<'line> {
    writer: &'line Writer,
    reached: bool,
}

impl<'line> Place<'line> {
    fn behind(writer: &'line Writer) -> Self {
        writer.waiting.fetch_add(1, Ordering::SeqCst);
        Self { writer, reached: false }
    }

    fn reached(mut self) {
        self.reached = true;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.writer.waiting.fetch_sub(1, Ordering::SeqCst);
        if !self.reached {
            // Somebody may have relied on this one to commit.
            self.writer.tidy_up();
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No transaction is open.
    Idle,
    /// One is open, and those who wrote in it are done.
    Open,
    /// One is open, and somebody writes in it.
    Writing,
    /// The connection did not answer as it should.
    Broken,
}

/// The connection and what is open on it.
struct Desk {
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    state: State,
    /// Those who are done and wait for the commit.
    done: Vec<oneshot::Sender<Stored<()>>>,
    begun: Instant,
}

impl Desk {
    async fn run(&mut self, sql: &'static str) -> Stored<()> {
        sqlx::query(sql).execute(&mut self.connection).await?;
        Ok(())
    }

    async fn begin(&mut self) -> Stored<()> {
        self.settle().await?;
        let begin = if self.state == State::Open {
            "SAVEPOINT mine"
        } else {
            self.begun = Instant::now();
            // IMMEDIATE takes the write lock now: a transaction that began by reading could not get it later if
            // another process had written in between.
            "BEGIN IMMEDIATE"
        };
        self.state = State::Writing;
        let begun = self.run(begin).await;
        if begun.is_err() {
            self.give_up().await;
        }
        begun
    }

    /// Commits everything in the open transaction and tells those who wait for it.
    async fn commit(&mut self) -> Stored<()> {
        let committed = self.run("COMMIT").await;
        if committed.is_err() {
            self.give_up().await;
            return committed;
        }
        self.state = State::Idle;
        for waits in self.done.drain(..) {
            // Who does not listen any more does not need to know.
            let _ = waits.send(Ok(()));
        }
        Ok(())
    }

    /// Leaves the transaction open for the next in line; what comes of it arrives later.
    async fn hand_over(&mut self) -> Stored<oneshot::Receiver<Stored<()>>> {
        if !self.done.is_empty()
            && let Err(cause) = self.run("RELEASE mine").await
        {
            self.give_up().await;
            return Err(cause);
        }
        let (tell, outcome) = oneshot::channel();
        self.done.push(tell);
        self.state = State::Open;
        Ok(outcome)
    }

    /// Rolls back what its owner dropped, and replaces a connection that is broken.
    async fn settle(&mut self) -> Stored<()> {
        if self.state == State::Writing {
            let back = if self.done.is_empty() { Ok(()) } else { self.run("ROLLBACK TO mine; RELEASE mine").await };
            if self.done.is_empty() || back.is_err() {
                self.give_up().await;
            } else {
                self.state = State::Open;
            }
        }
        if self.state == State::Broken {
            let fresh = self.options.connect().await?;
            let broken = mem::replace(&mut self.connection, fresh);
            self.state = State::Idle;
            if let Err(cause) = broken.close_hard().await {
                tracing::debug!(%cause, "a broken connection did not close");
            }
        }
        Ok(())
    }

    /// Rolls everything back, and tells those who wait that it was not kept.
    async fn give_up(&mut self) {
        let rolled_back = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        self.state = match rolled_back {
            Ok(_) => State::Idle,
            Err(cause) if nothing_to_roll_back(&cause) => State::Idle,
            Err(cause) => {
                tracing::warn!(%cause, "the writing connection could not roll back");
                State::Broken
            }
        };
        for waits in self.done.drain(..) {
            let _ = waits.send(Err(StoreError::Unavailable("the shared commit failed".into())));
        }
    }
}

/// SQLite had ended the transaction by itself.
fn nothing_to_roll_back(error: &sqlx::Error) -> bool {
    // SQLITE_ERROR: the general one, here "cannot rollback - no transaction is active".
    error.as_database_error().and_then(|cause| cause.code()).is_some_and(|code| code == "1")
}

/// A transaction. Dropped, it is rolled back: by a task at once, or by whoever comes first.
pub(super) struct Writing {
    writer: Writer,
    desk: OwnedMutexGuard<Desk>,
    handed_over: bool,
}

impl Writing {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.desk.connection
    }

    /// Keeps everything, in a task of the server: whether it was kept must not hang on who is listening.
    pub(super) async fn commit(self) -> Stored<()> {
        let tasks = self.writer.tasks.clone();
        tasks.finish(self.commit_here()).await
    }

    async fn commit_here(mut self) -> Stored<()> {
        let others_wait = self.writer.waiting.load(Ordering::SeqCst) > 0;
        if !others_wait || self.desk.done.len() >= GROUP_MAX || self.desk.begun.elapsed() >= GROUP_AGE {
            return self.desk.commit().await;
        }
        let outcome = self.desk.hand_over().await?;
        self.handed_over = true;
        drop(self);
        outcome.await.unwrap_or_else(|gone| Err(StoreError::Unavailable(gone.into())))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.handed_over && self.desk.state != State::Idle {
            self.writer.tidy_up();
        }
    }
}
