//! Memory of idle signed-in connections, each a person of its own who watches the feed and a page of posts.

use std::{sync::Arc, time::Duration};

use super::{
    client::{self, Tally},
    community::Community,
    process::Server,
};

/// Posts on one page of the feed.
const WATCHED: usize = 20;
/// `connected`, and an `ack` for each of the two commands.
const FRAMES_AT_START: u64 = 3;
/// Nothing happens for so long before memory is looked at.
const IDLE: Duration = Duration::from_secs(10);

pub async fn measure(connections: usize) {
    let community = Community::of(connections as u64, 100).await;
    let server = Server::start(community.folder.path());
    // One connection first, so that what is allocated once is not counted.
    let tally = Arc::new(Tally::default());
    let first = sign_in(&server, &community, 0, &tally).await;
    tally.quiet().await;
    let before = server.resident_kib();
    let cpu_before = server.cpu_seconds();
    let mut sockets = vec![first];
    sockets.extend(client::open_many(1..connections, |at| sign_in(&server, &community, at, &tally)).await);
    let expected = FRAMES_AT_START * connections as u64;
    let frames = tally.reach(expected, Duration::from_secs(60)).await;
    assert!(frames >= expected, "only {frames} of {expected} frames came");
    tally.quiet().await;
    let opening = server.cpu_seconds() - cpu_before;
    let idle_from = server.cpu_seconds();
    tokio::time::sleep(IDLE).await;
    let (idle, after) = (server.cpu_seconds() - idle_from, server.resident_kib());
    assert_eq!(tally.ended.load(std::sync::atomic::Ordering::Relaxed), 0, "connections were closed");
    let opened = connections as f64 - 1.0;
    println!(
        "memory: {:.2} KiB RSS per idle signed-in connection ({connections} connections and people, each watching the \
         feed and {WATCHED} posts; {:.1} MiB before, {:.1} MiB after); {:.0} us of CPU to open one, {:.2} us/s to keep it",
        (after - before) / opened,
        before / 1024.0,
        after / 1024.0,
        opening * 1e6 / opened,
        idle * 1e6 / IDLE.as_secs_f64() / connections as f64,
    );
    drop(sockets);
}

async fn sign_in(server: &Server, community: &Community, at: usize, tally: &Arc<Tally>) -> client::Socket {
    let newest: Vec<String> = community.posts.iter().rev().take(WATCHED).map(|id| format!("\"{id}\"")).collect();
    let commands = [
        r#"{"type":"watch_feed","feed":"everyone","ref":"1"}"#.to_owned(),
        format!(r#"{{"type":"watch_posts","post_ids":[{}],"ref":"2"}}"#, newest.join(",")),
    ];
    client::open(server.addr, "/ws", &community.members[at].token, &commands, tally.clone()).await
}
