//! Deliveries per CPU-second: one post, many who watch it, and likes that come one at a time.
//!
//! Beside it, in the same run and with the same clients and frames: the usual way (axum's WebSocket with default
//! buffers and one broadcast channel), and the practical bound (one thread that sends a ready frame to each connection).

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{
    client::{self, Http, Socket, Tally},
    community::{Community, Member},
    process::Server,
};

/// Likes one after the other, each early enough for the next frame: at most five frames a second go to a viewer.
const LIKE_EVERY: Duration = Duration::from_millis(220);

/// Deliveries and the CPU time they took.
struct Run {
    deliveries: u64,
    cpu_seconds: f64,
    frame_bytes: u64,
}

impl Run {
    fn us_each(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.deliveries as f64
    }
}

pub async fn measure(watchers: usize, seconds: u64) {
    let rounds = (Duration::from_secs(seconds).as_millis() / LIKE_EVERY.as_millis()) as u64;
    let ours = product(watchers, rounds).await;
    // What a like costs by itself: stored, counted, and its author notified.
    let likes = product(1, rounds).await.cpu_seconds;
    let live_us = (ours.cpu_seconds - likes).max(0.0) * 1e6 / ours.deliveries as f64;
    let naive = baseline("naive-server", &[], watchers, rounds, ours.frame_bytes).await;
    let count = watchers.to_string();
    let raw = baseline("raw-server", &[&count], watchers, rounds, ours.frame_bytes).await;
    println!(
        "fanout: {:.0} deliveries per CPU-second ({watchers} watchers of one post, {rounds} likes one at a time, frames of \
         {} bytes; {:.2} us each, the likes themselves included, {live_us:.2} us without); naive broadcast {:.0} ({:.2} us), raw \
         sends {:.0} ({:.2} us): {:.2} x naive's CPU, {:.2} x raw's, {:.2} x raw's without the likes",
        ours.deliveries as f64 / ours.cpu_seconds,
        ours.frame_bytes,
        ours.us_each(),
        naive.deliveries as f64 / naive.cpu_seconds,
        naive.us_each(),
        raw.deliveries as f64 / raw.cpu_seconds,
        raw.us_each(),
        ours.us_each() / naive.us_each(),
        ours.us_each() / raw.us_each(),
        live_us / raw.us_each(),
    );
}

async fn product(watchers: usize, rounds: u64) -> Run {
    let people = watchers.max(usize::try_from(rounds).unwrap());
    let community = Community::of(people as u64, 1).await;
    let server = Server::start(community.folder.path());
    let tally = Arc::new(Tally::default());
    let post = community.posts[0];
    let command = format!(r#"{{"type":"watch_posts","post_ids":["{post}"],"ref":"1"}}"#);
    let tokens: Vec<&str> = community.members.iter().take(watchers).map(|member| member.token.as_str()).collect();
    let sockets = open_all(&server, "/ws", &tokens, &[command], &tally).await;
    let start = tally.quiet().await;
    let bytes = tally.bytes.load(Ordering::Relaxed);
    let mut http = Http::connect(server.addr).await;
    let cpu = server.cpu_seconds();
    let mut tick = tokio::time::interval(LIKE_EVERY);
    for round in 0..rounds {
        tick.tick().await;
        like(&mut http, &community.members[round as usize % people], post.get()).await;
    }
    let end = tally.quiet().await;
    let run = finished(&server, cpu, &tally, start, bytes);
    assert!(end - start >= rounds * watchers as u64 * 9 / 10, "{} deliveries of {rounds} x {watchers}", end - start);
    assert_eq!(tally.ended.load(Ordering::Relaxed), 0, "connections were closed");
    drop(sockets);
    run
}

async fn like(http: &mut Http, member: &Member, post: u64) {
    let answer = http
        .send("PUT", &format!("/api/posts/{post}/like"), &format!("authorization: Bearer {}\r\n", member.token))
        .await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

async fn baseline(name: &str, words: &[&str], watchers: usize, rounds: u64, frame_bytes: u64) -> Run {
    let mut server = Server::start_baseline(name, words);
    let tally = Arc::new(Tally::default());
    let tokens = vec!["none"; watchers];
    let sockets = open_all(&server, "/", &tokens, &[], &tally).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (start, bytes) = (tally.frames(), tally.bytes.load(Ordering::Relaxed));
    let cpu = server.cpu_seconds();
    let mut tick = tokio::time::interval(LIKE_EVERY);
    for _ in 0..rounds {
        tick.tick().await;
        server.tell(&frame_bytes.to_string());
    }
    tally.reach(start + rounds * watchers as u64, Duration::from_secs(30)).await;
    tally.quiet().await;
    let run = finished(&server, cpu, &tally, start, bytes);
    drop(sockets);
    run
}

fn finished(server: &Server, cpu: f64, tally: &Tally, start: u64, bytes: u64) -> Run {
    let deliveries = tally.frames() - start;
    let frame_bytes = (tally.bytes.load(Ordering::Relaxed) - bytes) / deliveries.max(1);
    Run { deliveries, cpu_seconds: (server.cpu_seconds() - cpu).max(0.01), frame_bytes }
}

async fn open_all(
    server: &Server,
    path: &str,
    tokens: &[&str],
    commands: &[String],
    tally: &Arc<Tally>,
) -> Vec<Socket> {
    let open = |at: usize| client::open(server.addr, path, tokens[at], commands, tally.clone());
    client::open_many(0..tokens.len(), open).await
}
