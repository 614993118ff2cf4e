//! What one writer stores when every message has a commit of its own: a number from the conversation's row, and the row of
//! the message. Nothing is checked, sent or told to anybody.

use std::time::{Duration, Instant};

use sqlx::{
    ConnectOptions, Connection, PgConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{database, likes::percentile, process::cpu_seconds_of};

const TABLES: &str = "CREATE TABLE conversation (id INTEGER PRIMARY KEY, seq BIGINT NOT NULL); \
                      INSERT INTO conversation VALUES (1, 0); CREATE TABLE message (id BIGINT PRIMARY KEY, \
                      conversation_id INTEGER NOT NULL, seq BIGINT NOT NULL, content TEXT NOT NULL)";
const NEXT: &str = "UPDATE conversation SET seq = seq + 1 WHERE id = 1 RETURNING seq";
const INSERT: &str = "INSERT INTO message (id, conversation_id, seq, content) VALUES ($1, 1, $1, $2)";
const CONTENT: &str = "The small kiln is free from Thursday evening on.";

/// Says the same to either database; a macro, as their types have nothing in common.
macro_rules! say_until {
    ($connection:ident, $begin:literal, $end:expr) => {{
        let (mut times, end) = (Vec::new(), $end);
        while Instant::now() < end {
            let begun = Instant::now();
            let mut tx = $connection.begin_with($begin).await.unwrap();
            let seq: i64 = sqlx::query_scalar(NEXT).fetch_one(&mut *tx).await.unwrap();
            sqlx::query(INSERT).bind(seq).bind(CONTENT).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
            times.push(begun.elapsed());
        }
        times
    }};
}

pub async fn measure(seconds: u64) {
    let cpu_seconds = || cpu_seconds_of("self") + database::cpu_seconds();
    let span = Duration::from_secs(seconds);
    let (mut times, cpu) = if let Some(url) = database::on_postgres().await {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(TABLES).execute(&mut connection).await.unwrap();
        let cpu = cpu_seconds();
        (say_until!(connection, "BEGIN", Instant::now() + span), cpu_seconds() - cpu)
    } else {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("alone.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(TABLES).execute(&mut connection).await.unwrap();
        let cpu = cpu_seconds();
        (say_until!(connection, "BEGIN IMMEDIATE", Instant::now() + span), cpu_seconds() - cpu)
    };
    times.sort_unstable();
    println!(
        "messages: {:.0} per second by one writer with a commit for each, {:.0} per CPU-second ({} alone, nothing sent; \
         {seconds} s; p50 {:.1} ms, p99 {:.1} ms)",
        times.len() as f64 / span.as_secs_f64(),
        times.len() as f64 / cpu,
        database::name(),
        percentile(&times, 50),
        percentile(&times, 99),
    );
}
