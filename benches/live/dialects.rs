//! What a connection costs in each dialect: memory while it idles, and CPU for each delivery of the same posts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    client::{self, Http, Socket, Tally},
    community::Community,
    process::Server,
};

/// Posts one after the other, each alone.
const POST_EVERY: Duration = Duration::from_millis(200);
/// What a Socket.IO client is answered that asks too much of the server.
const BUSY: &[u8] = br#"431[{"error":{"code":"unavailable""#;
/// For all clients to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a client of a dialect watches everyone's feed.
struct Dialect {
    name: &'static str,
    path: &'static str,
    first: Option<&'static str>,
    /// Whether a text says that its client hears of posts from then on; without it nothing does, and an open connection has to do.
    begins: Option<fn(&[u8]) -> bool>,
    replies: fn(&[u8]) -> Option<String>,
}

const DIALECTS: [Dialect; 3] = [
    Dialect {
        name: "native",
        path: "/ws",
        first: Some(r#"{"type":"watch_feed","feed":"everyone","ref":"1"}"#),
        begins: Some(|text| text.starts_with(br#"{"type":"ack""#)),
        replies: |_| None,
    },
    Dialect { name: "channel", path: "/ws/feed", first: None, begins: None, replies: |_| None },
    Dialect {
        name: "Socket.IO",
        path: "/socket.io/?EIO=4&transport=websocket",
        first: Some("40"),
        begins: Some(|text| text.starts_with(br#"431[{"success":true"#)),
        replies: |text| match text {
            b"2" => Some("3".to_owned()),
            // Of thousands who come at once some are told that the server is busy, and ask again.
            text if text.starts_with(b"40") || text.starts_with(BUSY) => {
                Some(r#"421["watch_feed",{"feed":"everyone"}]"#.to_owned())
            }
            _ => None,
        },
    },
];

/// What was measured of one.
struct Cost {
    kib: f64,
    us_each: f64,
    frame_bytes: u64,
}

pub async fn measure(connections: usize, seconds: u64) {
    let rounds = (Duration::from_secs(seconds).as_millis() / POST_EVERY.as_millis()) as u64;
    let mut native: Option<Cost> = None;
    for dialect in &DIALECTS {
        let cost = cost(dialect, connections, rounds).await;
        let (kib, us) =
            native.as_ref().map_or((1.0, 1.0), |native| (cost.kib / native.kib, cost.us_each / native.us_each));
        println!(
            "dialect {}: {:.1} KiB RSS per idle connection ({kib:.2} x native), {:.0} deliveries per CPU-second ({:.2} us each, \
             {us:.2} x native; {connections} connections on the feed, {rounds} posts one at a time, frames of {} bytes, storing \
             the posts included)",
            dialect.name,
            cost.kib,
            1e6 / cost.us_each,
            cost.us_each,
            cost.frame_bytes,
        );
        native.get_or_insert(cost);
    }
}

async fn cost(dialect: &Dialect, connections: usize, rounds: u64) -> Cost {
    let community = Community::of(connections as u64, 1).await;
    let server = Server::start(community.folder.path());
    let (tally, begun) = (Arc::new(Tally::default()), Arc::new(AtomicUsize::new(0)));
    let open = |at| open(dialect, &server, &community, at, &tally, &begun);
    let mut sockets: Vec<Socket> = vec![open(0).await];
    tally.quiet().await;
    let before = server.resident_kib();
    sockets.extend(client::open_many(1..connections, open).await);
    let patience = Instant::now() + PATIENCE;
    while begun.load(Ordering::Relaxed) < connections && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ended = || tally.ended.load(Ordering::Relaxed);
    assert_eq!(
        (begun.load(Ordering::Relaxed), ended()),
        (connections, 0),
        "clients that hear of posts, and that were closed"
    );
    let start = tally.quiet().await;
    let kib = (server.resident_kib() - before) / (connections as f64 - 1.0);
    let (bytes, cpu) = (tally.bytes.load(Ordering::Relaxed), server.cpu_seconds());
    let mut http = Http::connect(server.addr).await;
    let headers = format!("authorization: Bearer {}\r\n", community.members[0].token);
    let mut tick = tokio::time::interval(POST_EVERY);
    for round in 0..rounds {
        tick.tick().await;
        let body = format!(r#"{{"content":"Post {round}"}}"#);
        let answer = http.send_body("POST", "/api/posts", &headers, &body).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    }
    let deliveries = tally.quiet().await - start;
    assert!(deliveries >= rounds * connections as u64, "{deliveries} deliveries of {rounds} x {connections}");
    assert_eq!(ended(), 0, "connections were closed");
    let frame_bytes = (tally.bytes.load(Ordering::Relaxed) - bytes) / deliveries;
    let us_each = (server.cpu_seconds() - cpu).max(0.01) * 1e6 / deliveries as f64;
    drop(sockets);
    Cost { kib, us_each, frame_bytes }
}

async fn open(
    dialect: &Dialect,
    server: &Server,
    community: &Community,
    at: usize,
    tally: &Arc<Tally>,
    begun: &Arc<AtomicUsize>,
) -> Socket {
    let commands: Vec<String> = dialect.first.map(str::to_owned).into_iter().collect();
    let token = &community.members[at].token;
    let Dialect { begins, replies, .. } = *dialect;
    let counted = Arc::clone(begun);
    let answer = move |text: &[u8]| {
        counted.fetch_add(usize::from(begins.is_some_and(|begins| begins(text))), Ordering::Relaxed);
        replies(text)
    };
    let socket = client::open_answering(server.addr, dialect.path, token, &commands, tally.clone(), answer).await;
    begun.fetch_add(usize::from(begins.is_none()), Ordering::Relaxed);
    socket
}
