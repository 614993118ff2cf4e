//! Where runs keep their data: in an SQLite file of each, or in a database of each on a PostgreSQL server.

use std::{
    fs,
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::process::cpu_seconds_of;

/// The server, and the process of it that starts all its others.
struct Postgres {
    url: String,
    postmaster: String,
}

static POSTGRES: OnceLock<Postgres> = OnceLock::new();

/// From here on every run has a database of its own on this server, which must run on this machine.
pub async fn choose(url: &str) {
    let mut connection = PgConnection::connect(url).await.expect("a PostgreSQL that answers");
    let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await.unwrap();
    let status = fs::read_to_string(format!("/proc/{backend}/status")).expect("a PostgreSQL on this machine");
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
    let postgres = Postgres { url: url.to_owned(), postmaster: parent.trim().to_owned() };
    assert!(POSTGRES.set(postgres).is_ok(), "the database is chosen once");
}

pub fn name() -> &'static str {
    if POSTGRES.get().is_some() { "PostgreSQL" } else { "SQLite" }
}

/// An empty database for what is in this folder.
pub async fn make(folder: &Path) {
    if let Some(postgres) = POSTGRES.get() {
        fs::write(folder.join(hubbub_load::database::ADDRESS), fresh(postgres).await).unwrap();
    }
}

/// An empty database on the server; `None` when the runs are on SQLite.
pub async fn on_postgres() -> Option<String> {
    match POSTGRES.get() {
        Some(postgres) => Some(fresh(postgres).await),
        None => None,
    }
}

async fn fresh(postgres: &Postgres) -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("bench_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&postgres.url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
    let (server, _) = postgres.url.rsplit_once('/').expect("an address that names a database");
    format!("{server}/{name}")
}

/// CPU time that the server of the database used so far, in seconds; SQLite is part of the program that uses it.
pub fn cpu_seconds() -> f64 {
    let Some(Postgres { postmaster, .. }) = POSTGRES.get() else { return 0.0 };
    let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap();
    // One that ends at this moment is counted no more; connections stay open while something is measured.
    let running = children.split_whitespace().filter(|child| Path::new(&format!("/proc/{child}/stat")).exists());
    running.map(cpu_seconds_of).sum::<f64>() + cpu_seconds_of(postmaster)
}
