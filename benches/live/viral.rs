//! One post that everybody watches while many like it and take it back: what live delivery costs, whether every viewer
//! ends with the right number, and whether two people who talk meanwhile notice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::task::JoinHandle;

use super::{
    client::{self, Http, Says, Socket},
    community::{Community, Member},
    groups,
    likes::percentile,
    process::Server,
};

/// Likes and takings back in a second.
const CHANGES_PER_SECOND: u64 = 2_000;
/// Kept connections that make them.
const LIKERS: usize = 100;
/// What is said in the conversation beside it.
const MESSAGE_EVERY: Duration = Duration::from_millis(50);
/// Frames that a viewer may get in a second.
const FRAMES_PER_SECOND: u64 = 5;

/// What one viewer saw.
#[derive(Default)]
struct Seen {
    frames: AtomicU64,
    likes: AtomicU64,
}

pub async fn measure(watchers: usize, seconds: u64) {
    let community = Community::of((watchers + LIKERS) as u64, 1).await;
    let talk = groups::begin(&community, &[[0, 1, 2]]).await[0];
    let server = Server::start(community.folder.path());
    let late = Arc::new(Mutex::new(Vec::new()));
    let talking = begin_talk(&server, &community, talk, &late).await;
    let calm = talk_for(&talking[0], talk, 0, Duration::from_secs(5), &late).await;
    let (seen, sockets) = watch(&server, &community, watchers).await;
    let cpu = server.cpu_seconds();
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let liking = begin_liking(&community, &server, watchers, started, until);
    let busy = talk_for(&talking[0], talk, 1_000_000, Duration::from_secs(seconds), &late).await;
    let (mut changes, mut liked) = (0, 0);
    for one in liking {
        let (made, likes) = one.await.unwrap();
        (changes, liked) = (changes + made, liked + u64::from(likes));
    }
    let elapsed = started.elapsed();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let right = seen.iter().filter(|seen| seen.likes.load(Ordering::Relaxed) == liked).count();
    let most = seen.iter().map(|seen| seen.frames.load(Ordering::Relaxed)).max().unwrap_or(0);
    let deliveries: u64 = seen.iter().map(|seen| seen.frames.load(Ordering::Relaxed)).sum();
    let cpu = server.cpu_seconds() - cpu;
    drop(sockets);
    let alone = likes_alone(&community, &server, watchers, seconds).await;
    println!(
        "viral: {:.0} changes a second on one post, each stored, for {seconds} s ({changes} in all) before {watchers} viewers: {:.2} \
         cores in all, {:.2} of them for {deliveries} live deliveries (the same without viewers: {:.2}); at most {:.2} frames a \
         second for a viewer (promised {FRAMES_PER_SECOND}); {right} of {watchers} had the right number a second later; a message \
         beside it p50 {:.1} ms, p99 {:.1} ms (before: {:.1}, {:.1})",
        changes as f64 / elapsed.as_secs_f64(),
        cpu / elapsed.as_secs_f64(),
        cpu / elapsed.as_secs_f64() - alone,
        alone,
        most as f64 / (elapsed.as_secs_f64() + 1.0),
        percentile(&busy, 50),
        percentile(&busy, 99),
        percentile(&calm, 50),
        percentile(&calm, 99),
    );
    drop(talking);
    server.kill();
}

async fn watch(server: &Server, community: &Community, watchers: usize) -> (Arc<Vec<Seen>>, Vec<Socket>) {
    let seen: Arc<Vec<Seen>> = Arc::new((0..watchers).map(|_| Seen::default()).collect());
    let command = format!(r#"{{"type":"watch_posts","post_ids":["{}"],"ref":"1"}}"#, community.posts[0]);
    let open = |at: usize| {
        let (seen, commands) = (Arc::clone(&seen), vec![command.clone()]);
        let heard = move |text: &[u8], _: &Says| {
            let Some(count) = like_count(text) else { return };
            seen[at].frames.fetch_add(1, Ordering::Relaxed);
            seen[at].likes.store(count, Ordering::Relaxed);
        };
        async move { client::listen(server.addr, &community.members[at].token, &commands, heard).await }
    };
    let sockets = client::open_many(0..watchers, open).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    (seen, sockets)
}

/// The number in a `like_update`.
fn like_count(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.starts_with("{\"type\":\"like_update\""))?;
    text.split_once("\"like_count\":")?.1.split(',').next()?.parse().ok()
}

/// One of the likers' share; how many changes were answered, and whether the post is liked in the end.
async fn like_at_fixed_times(
    addr: std::net::SocketAddr,
    member: Member,
    post: u64,
    at: usize,
    started: Instant,
    until: Instant,
) -> (u64, bool) {
    let mut http = Http::connect(addr).await;
    let (path, headers) = (format!("/api/posts/{post}/like"), format!("authorization: Bearer {}\r\n", member.token));
    let every = Duration::from_secs(1) * LIKERS as u32 / CHANGES_PER_SECOND as u32;
    let (mut due, mut made, mut liked) = (started + every * at as u32 / LIKERS as u32, 0, false);
    while due < until && Instant::now() < until {
        tokio::time::sleep_until(due.into()).await;
        let answer = http.send(if liked { "DELETE" } else { "PUT" }, &path, &headers).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        (due, made, liked) = (due + every, made + 1, !liked);
    }
    (made, liked)
}

/// Everybody who does not watch likes the post and takes it back, until then.
fn begin_liking(
    community: &Community,
    server: &Server,
    watchers: usize,
    started: Instant,
    until: Instant,
) -> Vec<JoinHandle<(u64, bool)>> {
    let post = community.posts[0].get();
    let likers = community.members[watchers..].iter().enumerate();
    let begin = |(at, member): (usize, &Member)| {
        tokio::spawn(like_at_fixed_times(server.addr, member.clone(), post, at, started, until))
    };
    likers.map(begin).collect()
}

/// The same changes with nobody watching: cores.
async fn likes_alone(community: &Community, server: &Server, watchers: usize, seconds: u64) -> f64 {
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (cpu, started) = (server.cpu_seconds(), Instant::now());
    let until = started + Duration::from_secs(seconds);
    futures::future::join_all(begin_liking(community, server, watchers, started, until)).await;
    (server.cpu_seconds() - cpu) / started.elapsed().as_secs_f64()
}

/// Two who talk: the first says something, the second notes when it came.
async fn begin_talk(
    server: &Server,
    community: &Community,
    talk: hubbub::protocol::ids::ConversationId,
    late: &Arc<Mutex<Vec<(u64, Instant)>>>,
) -> [Socket; 2] {
    let command = format!(r#"{{"type":"join_conversation","conversation_id":"{talk}","ref":"thread"}}"#);
    let late = Arc::clone(late);
    let heard = move |text: &[u8], _: &Says| {
        if let Some((number, _)) = groups::delivered(text) {
            late.lock().push((number, Instant::now()));
        }
    };
    let first =
        client::listen(server.addr, &community.members[0].token, std::slice::from_ref(&command), |_, _| {}).await;
    [first, client::listen(server.addr, &community.members[1].token, &[command], heard).await]
}

/// How long each message took to the other screen, in order of time.
async fn talk_for(
    socket: &Socket,
    talk: hubbub::protocol::ids::ConversationId,
    from: u64,
    time: Duration,
    late: &Mutex<Vec<(u64, Instant)>>,
) -> Vec<Duration> {
    let mut said = Vec::new();
    let mut tick = tokio::time::interval(MESSAGE_EVERY);
    for number in from..from + (time.as_millis() / MESSAGE_EVERY.as_millis()) as u64 {
        tick.tick().await;
        said.push(Instant::now());
        socket.say(groups::say(talk, number));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let came = std::mem::take(&mut *late.lock());
    assert_eq!(came.len(), said.len(), "a message did not come");
    let mut times: Vec<Duration> = came.into_iter().map(|(number, at)| at - said[(number - from) as usize]).collect();
    times.sort_unstable();
    times
}
