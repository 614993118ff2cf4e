//! What the product is compared with: the usual way of broadcasting, and the least a single thread can do.
//!
//! Both listen on `BASELINE_ADDR` and send, for each line on their standard input, one text of so many bytes to every
//! connection.

use std::{
    io::{BufRead, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    routing::get,
};
use sqlx::{
    ConnectOptions, Connection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::broadcast;

use super::{likes::percentile, process::cpu_seconds_of};

fn addr() -> SocketAddr {
    std::env::var("BASELINE_ADDR").unwrap().parse().unwrap()
}

/// A text like a like's, of exactly `bytes`.
fn text_of(bytes: usize) -> String {
    let mut text = r#"{"type":"like_update","post_id":"1","like_count":1,"filler":""#.to_owned();
    while text.len() + 2 < bytes {
        text.push('x');
    }
    text.push_str("\"}");
    text.truncate(bytes);
    text
}

/// The usual way: one broadcast channel, one task per connection, everything at its default.
pub fn serve_naively() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (news, _) = broadcast::channel::<String>(1_024);
        let app = Router::new().route("/", get(upgrade)).with_state(news.clone());
        let listener = tokio::net::TcpListener::bind(addr()).await.unwrap();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let bytes = line.unwrap().parse().unwrap();
                // Nobody may be there yet.
                let _ = news.send(text_of(bytes));
            }
        });
        axum::serve(listener, app).await.unwrap();
    });
}

async fn upgrade(upgrade: WebSocketUpgrade, State(news): State<broadcast::Sender<String>>) -> axum::response::Response {
    let heard = news.subscribe();
    upgrade.on_upgrade(move |socket| pass_on(socket, heard))
}

async fn pass_on(mut socket: WebSocket, mut heard: broadcast::Receiver<String>) {
    loop {
        tokio::select! {
            news = heard.recv() => {
                let Ok(text) = news else { return };
                if socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
            said = socket.recv() => {
                if !matches!(said, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}

/// The practical bound: one thread, one ready frame, one `send` per connection; nothing else.
pub fn send_only(words: &[String]) {
    let wanted: usize = words.first().unwrap().parse().unwrap();
    let listener = TcpListener::bind(addr()).unwrap();
    let mut connections = Vec::with_capacity(wanted);
    while connections.len() < wanted {
        let (stream, _) = listener.accept().unwrap();
        if let Some(stream) = greeted(stream) {
            connections.push(stream);
        }
    }
    for line in std::io::stdin().lock().lines() {
        let frame = frame_of(&text_of(line.unwrap().parse().unwrap()));
        for connection in &mut connections {
            // A connection that is gone is not the benchmark's concern.
            let _ = connection.write(&frame);
        }
    }
}

/// Answers the upgrade. `None` for the probe that only looks whether somebody listens.
fn greeted(mut stream: TcpStream) -> Option<TcpStream> {
    stream.set_nodelay(true).unwrap();
    let mut request = Vec::new();
    let mut part = [0; 1_024];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(read) => request.extend_from_slice(&part[..read]),
        }
    }
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n").unwrap();
    Some(stream)
}

fn frame_of(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(short @ 0..126) => frame.push(short),
        _ => {
            frame.push(126);
            frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend(text.as_bytes());
    frame
}

/// What one writer stores when every message has a commit of its own: a number from the conversation's row, and the row
/// of the message. Nothing is checked, sent or told to anybody.
pub async fn commit_alone(seconds: u64) {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("alone.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await.unwrap();
    let tables = "CREATE TABLE conversation (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL); \
                  INSERT INTO conversation VALUES (1, 0); CREATE TABLE message (id INTEGER PRIMARY KEY, \
                  conversation_id INTEGER NOT NULL, seq INTEGER NOT NULL, content TEXT NOT NULL)";
    sqlx::raw_sql(tables).execute(&mut connection).await.unwrap();
    let (started, cpu, mut times) = (Instant::now(), cpu_seconds_of("self"), Vec::new());
    while started.elapsed() < Duration::from_secs(seconds) {
        let begun = Instant::now();
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let next = "UPDATE conversation SET seq = seq + 1 WHERE id = 1 RETURNING seq";
        let seq: i64 = sqlx::query_scalar(next).fetch_one(&mut *tx).await.unwrap();
        let insert = "INSERT INTO message (conversation_id, seq, content) VALUES (1, $1, $2)";
        let content = "The small kiln is free from Thursday evening on.";
        sqlx::query(insert).bind(seq).bind(content).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    println!(
        "messages: {:.0} per second by one writer with a commit for each, {:.0} per CPU-second (SQLite alone, nothing sent; \
         {seconds} s; p50 {:.1} ms, p99 {:.1} ms)",
        times.len() as f64 / started.elapsed().as_secs_f64(),
        times.len() as f64 / (cpu_seconds_of("self") - cpu),
        percentile(&times, 50),
        percentile(&times, 99),
    );
}
