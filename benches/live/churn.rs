//! Connections that come and go: what is left of them.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    client::{self, Http, Tally},
    community::Community,
    process::Server,
};

/// Open at the same time.
const AT_ONCE: usize = 1_000;
/// `connected`, and an answer to each of the two commands.
const FRAMES_EACH: u64 = 3;

pub async fn measure(total: usize) {
    let rounds = (total / AT_ONCE).max(2);
    let community = Community::of(AT_ONCE as u64, 20).await;
    let server = Server::start(community.folder.path());
    // The first round is not counted: what is allocated once stays.
    round(&server, &community).await;
    let (before, cpu, started) = (server.resident_kib(), server.cpu_seconds(), Instant::now());
    for _ in 1..rounds {
        round(&server, &community).await;
    }
    let opened = (rounds - 1) * AT_ONCE;
    let (cpu, elapsed) = (server.cpu_seconds() - cpu, started.elapsed().as_secs_f64());
    let left = status(&server, &community).await;
    println!(
        "churn: {opened} connects and disconnects, {AT_ONCE} at once, each signed in and watching the feed and 20 posts: {:.0} a \
         second, {:.0} us of CPU each; {:+.1} KiB RSS afterwards ({:.1} MiB before); the server says {left}",
        opened as f64 / elapsed,
        cpu * 1e6 / opened as f64,
        server.resident_kib() - before,
        before / 1024.0,
    );
}

/// Opens all, waits for every answer, and cuts all.
async fn round(server: &Server, community: &Community) {
    let posts: Vec<String> = community.posts.iter().map(|id| format!("\"{id}\"")).collect();
    let commands = [
        r#"{"type":"watch_feed","feed":"everyone","ref":"1"}"#.to_owned(),
        format!(r#"{{"type":"watch_posts","post_ids":[{}],"ref":"2"}}"#, posts.join(",")),
    ];
    let tally = Arc::new(Tally::default());
    let open = |at: usize| client::open(server.addr, "/ws", &community.members[at].token, &commands, tally.clone());
    let sockets = client::open_many(0..AT_ONCE, open).await;
    let expected = FRAMES_EACH * AT_ONCE as u64;
    let came = tally.reach(expected, Duration::from_secs(30)).await;
    assert!(came >= expected, "{came} of {expected} frames came");
    assert_eq!(tally.ended.load(Ordering::Relaxed), 0, "connections were closed");
    drop(sockets);
    let end = Instant::now() + Duration::from_secs(30);
    while connected(server, community).await > 0 {
        assert!(Instant::now() < end, "connections stayed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn status(server: &Server, community: &Community) -> String {
    let headers = format!("authorization: Bearer {}\r\n", community.members[0].token);
    let answer = Http::connect(server.addr).await.send("GET", "/api/ws/status", &headers).await;
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).unwrap()
}

async fn connected(server: &Server, community: &Community) -> u64 {
    let status: serde_json::Value = serde_json::from_str(&status(server, community).await).unwrap();
    status["active_connections"].as_u64().expect("the status counts connections")
}
