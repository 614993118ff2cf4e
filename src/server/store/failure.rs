//! What the databases' errors mean to the domain: taken, worth trying again, or a fault of ours.

use sqlx::{
    error::{DatabaseError, ErrorKind},
    migrate::MigrateError,
    postgres::PgDatabaseError,
    sqlite::SqliteError,
};

use crate::server::domain::ports::StoreError;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(cause) => match taken(cause.as_ref()) {
                Some(field) => Self::Taken(field),
                None if passes(cause.as_ref()) => Self::Unavailable(error.into()),
                None => Self::Failed(error.into()),
            },
            // The connection is gone or none came free; the next one may do.
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Self::Unavailable(error.into())
            }
            // What a connection says makes no sense: it is given up, and the next one may do. A server that hangs up before
            // it says a word, as a proxy does whose database is away, is told as this too.
            E::Protocol(_) => Self::Unavailable(error.into()),
            _ => Self::Failed(error.into()),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => cause.into(),
            other => Self::Failed(other.into()),
        }
    }
}

/// The field whose value another row holds. PostgreSQL names the index and SQLite the columns; the indexes are called
/// after their columns, so one search serves both.
fn taken(error: &dyn DatabaseError) -> Option<&'static str> {
    if error.kind() != ErrorKind::UniqueViolation {
        return None;
    }
    let place = error.constraint().unwrap_or_else(|| error.message());
    ["client_id", "username", "email", "pair", "applicant"].into_iter().find(|field| place.contains(field))
}

/// Whether the same request may succeed a little later.
fn passes(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // The low byte is the kind: locked by another (5, 6), out of memory (7), read-only (8), input or output failed
        // (10), disk full (13), cannot be opened (14). https://www.sqlite.org/rescode.html
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5..=8 | 10 | 13 | 14));
    }
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        // Connection lost (08), rolled back for another's sake (40), out of disk, memory or connections (53), lock not
        // free in time (55P03), cancelled or shutting down (57), input or output failed (58), a standby took over
        // (25006). https://www.postgresql.org/docs/current/errcodes-appendix.html
        let classes = ["08", "40", "53", "55P03", "57", "58", "25006"];
        return classes.iter().any(|class| code.starts_with(class));
    }
    false
}
