//! Several servers over one PostgreSQL and one Redis, all on this machine: what a delivery costs with one, two and three
//! of them, what an event costs a server nobody of whom watches, and how long a message takes from one to another.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use hubbub_load::process::cpu_seconds_of;
use parking_lot::Mutex;

use super::{
    client::{self, Http, Socket, Tally},
    community::Community,
    database, groups,
    likes::percentile,
    process::Server,
};

/// Likes one after the other, each early enough for the next frame.
const LIKE_EVERY: Duration = Duration::from_millis(220);
/// Messages sent in a second, each in the conversation whose turn it is.
const PER_SECOND: u64 = 200;
/// Conversations of three people.
const CONVERSATIONS: usize = 100;
/// Browsers subscribe to the pushes of one key, which all servers must have; any 32 bytes will do.
const VAPID_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/// A Redis that runs on this machine.
struct Redis {
    url: String,
    id: String,
}

impl Redis {
    fn at(url: &str) -> Self {
        let mut redis = Self { url: url.to_owned(), id: String::new() };
        redis.id = redis.told("server", "process_id:");
        redis
    }

    /// What stands behind `key` in a section of what Redis says of itself.
    fn told(&self, section: &str, key: &str) -> String {
        let addr = self.url.trim_start_matches("redis://").trim_end_matches('/');
        let mut line = TcpStream::connect(addr).expect("a Redis that answers");
        line.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        write!(line, "INFO {section}\r\nQUIT\r\n").unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        let found = answer.lines().find_map(|line| line.strip_prefix(key));
        found.unwrap_or_default().trim().to_owned()
    }

    /// Messages published so far.
    fn published(&self) -> u64 {
        let stat = self.told("commandstats", "cmdstat_publish:calls=");
        stat.split(',').next().and_then(|calls| calls.parse().ok()).unwrap_or(0)
    }

    fn cpu_seconds(&self) -> f64 {
        cpu_seconds_of(&self.id)
    }
}

pub async fn measure(redis: Option<&str>, watchers: &[usize], seconds: u64) {
    let (Some(url), "PostgreSQL") = (redis, database::name()) else {
        println!("nodes: several servers need --database postgres://… and --redis redis://…");
        return;
    };
    let redis = Redis::at(url);
    for watchers in watchers {
        let rounds = (Duration::from_secs(seconds).as_millis() / LIKE_EVERY.as_millis()) as u64;
        let mut alone = None;
        for nodes in 1..=3 {
            fanout(&redis, nodes, *watchers, rounds, &mut alone).await;
        }
    }
    unwatched(&redis, seconds).await;
    for nodes in 1..=3 {
        latency(&redis, nodes, seconds).await;
    }
}

fn start(community: &Community, redis: &Redis, nodes: usize) -> Vec<Server> {
    let start = |number: usize| {
        // The database is the community's; what is in a data folder is one server's.
        let own = community.folder.path().join(format!("server-{number}"));
        let shared = [
            ("REDIS_URL", redis.url.as_str()),
            ("HUBBUB_VAPID_KEY", VAPID_KEY),
            ("HUBBUB_UPLOADS_SHARED", "yes"),
            ("HUBBUB_DATA_DIR", own.to_str().unwrap()),
        ];
        // One server alone is measured as it would be started: without Redis.
        Server::start_with(community.folder.path(), if nodes == 1 { &[] } else { &shared })
    };
    (0..nodes).map(start).collect()
}

fn cpu(servers: &[Server]) -> Vec<f64> {
    servers.iter().map(|server| cpu_seconds_of(&server.id())).collect()
}

/// One post, watched through all servers alike, and liked at the first.
async fn fanout(redis: &Redis, nodes: usize, watchers: usize, rounds: u64, alone: &mut Option<f64>) {
    let people = watchers.max(usize::try_from(rounds).unwrap());
    let community = Community::of(people as u64, 1).await;
    let servers = start(&community, redis, nodes);
    let (tally, post) = (Arc::new(Tally::default()), community.posts[0]);
    let command = [format!(r#"{{"type":"watch_posts","post_ids":["{post}"],"ref":"1"}}"#)];
    let open = |at: usize| {
        client::open(servers[at % nodes].addr, "/ws", &community.members[at].token, &command, Arc::clone(&tally))
    };
    let sockets = client::open_many(0..watchers, open).await;
    let start = tally.quiet().await;
    let (before, carried, published) = (cpu(&servers), redis.cpu_seconds(), redis.published());
    let mut http = Http::connect(servers[0].addr).await;
    let (mut tick, began) = (tokio::time::interval(LIKE_EVERY), Instant::now());
    for round in 0..rounds {
        tick.tick().await;
        like(&mut http, &community, round as usize % people).await;
    }
    let deliveries = tally.quiet().await - start;
    let took = began.elapsed().as_secs_f64();
    assert!(deliveries >= rounds * watchers as u64 * 9 / 10, "{deliveries} deliveries of {rounds} x {watchers}");
    let used: f64 = cpu(&servers).iter().zip(&before).map(|(after, before)| after - before).sum();
    let us = used * 1e6 / deliveries as f64;
    // Each says once a second that it is there.
    let beats = if nodes == 1 { 0.0 } else { nodes as f64 * took };
    println!(
        "nodes {nodes}: {us:.2} us of the servers' CPU for each delivery ({:.2} x one server's; {watchers} watchers of one post \
         spread over them, {rounds} likes at the first, the likes themselves included); Redis {:.3} CPU-s, {:.1} messages \
         for each like, {:.1} a second to say that servers are there",
        us / *alone.get_or_insert(us),
        redis.cpu_seconds() - carried,
        (((redis.published() - published) as f64 - beats) / rounds as f64).max(0.0),
        beats / took,
    );
    drop(sockets);
}

async fn like(http: &mut Http, community: &Community, member: usize) {
    let (post, token) = (community.posts[0].get(), &community.members[member].token);
    let answer =
        http.send("PUT", &format!("/api/posts/{post}/like"), &format!("authorization: Bearer {token}\r\n")).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

/// Likes at the first of two servers; at the second nobody is.
async fn unwatched(redis: &Redis, seconds: u64) {
    let people = 2_000;
    let community = Community::of(people, 1).await;
    let servers = start(&community, redis, 2);
    let mut http = Http::connect(servers[0].addr).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle_from = cpu(&servers)[1];
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let idle = (cpu(&servers)[1] - idle_from) / seconds as f64;
    let (before, began) = (cpu(&servers), Instant::now());
    let mut likes = 0_usize;
    while began.elapsed() < Duration::from_secs(seconds) && likes < people as usize {
        like(&mut http, &community, likes).await;
        likes += 1;
    }
    let (after, took) = (cpu(&servers), began.elapsed().as_secs_f64());
    println!(
        "nodes, unwatched: {:.1} us of CPU for each like at a server nobody of whom watches, {:.0} us at the one it came to \
         ({likes} likes in {took:.1} s; {:.2} ms a second while nothing happens)",
        ((after[1] - before[1]) - idle * took).max(0.0) * 1e6 / likes as f64,
        (after[0] - before[0]) * 1e6 / likes as f64,
        idle * 1e3,
    );
}

/// What was measured of messages.
#[derive(Default)]
struct Run {
    start: OnceLock<Instant>,
    acknowledged: Mutex<Vec<Duration>>,
    delivered: Mutex<Vec<Duration>>,
}

impl Run {
    fn due(&self, number: u64) -> Instant {
        *self.start.get().unwrap() + Duration::from_micros(number * 1_000_000 / PER_SECOND)
    }
}

/// Messages that are sent at the first server to two people at the others.
async fn latency(redis: &Redis, nodes: usize, seconds: u64) {
    let community = Community::of(3 * CONVERSATIONS as u64, 0).await;
    let threes: Vec<[usize; 3]> = (0..CONVERSATIONS).map(|at| [3 * at, 3 * at + 1, 3 * at + 2]).collect();
    let conversations = groups::begin(&community, &threes).await;
    let servers = start(&community, redis, nodes);
    let run = Arc::new(Run::default());
    let open = |at: usize| {
        let run = Arc::clone(&run);
        // Who sends is at the first, the two others at the last.
        let server = if at.is_multiple_of(3) { &servers[0] } else { &servers[nodes - 1] };
        let join =
            format!(r#"{{"type":"join_conversation","conversation_id":"{}","ref":"thread"}}"#, conversations[at / 3]);
        let (addr, token) = (server.addr, &community.members[at].token);
        async move {
            let heard = move |text: &[u8], _: &client::Says| {
                let (times, number) = match (groups::acknowledged(text), groups::delivered(text)) {
                    (Some(number), _) => (&run.acknowledged, number),
                    (None, Some((number, _))) if !at.is_multiple_of(3) => (&run.delivered, number),
                    _ => return,
                };
                times.lock().push(Instant::now().saturating_duration_since(run.due(number)));
            };
            client::listen(addr, token, &[join], heard).await
        }
    };
    let sockets: Vec<Socket> = client::open_many(0..3 * CONVERSATIONS, open).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    run.start.set(Instant::now() + Duration::from_millis(200)).unwrap();
    let total = seconds * PER_SECOND;
    for number in 0..total {
        tokio::time::sleep_until(run.due(number).into()).await;
        let at = usize::try_from(number).unwrap() % CONVERSATIONS;
        sockets[3 * at].say(groups::say(conversations[at], number));
    }
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end && run.delivered.lock().len() < 2 * usize::try_from(total).unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (mut acknowledged, mut delivered) = (run.acknowledged.lock().clone(), run.delivered.lock().clone());
    acknowledged.sort_unstable();
    delivered.sort_unstable();
    println!(
        "nodes {nodes}, latency: a message from the first server to two people at the {} p50 {:.1} ms, p99 {:.1} ms; \
         acknowledged p50 {:.1} ms, p99 {:.1} ms ({PER_SECOND} a second for {seconds} s, {} of {} delivered)",
        if nodes == 1 { "same" } else { "last" },
        percentile(&delivered, 50),
        percentile(&delivered, 99),
        percentile(&acknowledged, 50),
        percentile(&acknowledged, 99),
        delivered.len(),
        2 * total,
    );
    drop(sockets);
}
