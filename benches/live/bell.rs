//! The bell: notifications raised, stored and pushed per second; what a thousand likes of one post cost; and how long a full
//! bell takes to open. Each beside what it is to be compared with: likes that raise nothing, one notification for each like,
//! and a bell that is nearly empty.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{SinkExt, StreamExt};
use hubbub::{
    protocol::{
        events::ServerEvent,
        ids::{NotificationId, PostId},
        notifications::{NotificationTarget, Occasion},
    },
    server::{
        domain::ports::{Ids, ThingRecord},
        ids::IdGenerator,
    },
};
use parking_lot::Mutex;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{
    client::{self, Http, Says, Socket},
    community::{Community, Member, now},
    groups,
    likes::percentile,
    process::Server,
};

/// Clients that like at the same time, and as many people who are told.
const SIDES: usize = 16;
/// Likes of one post whose cost is counted.
const STORM: usize = 1_000;
/// How often a list of the bell is asked for.
const ASKED: usize = 300;
/// A group that grows is told this often at most; a little later the last push has come.
const LAST_PUSH: Duration = Duration::from_secs(4);
/// Rows of one transaction while filling.
const BATCH: usize = 2_000;

pub async fn measure(likes: usize, full: usize) {
    flow(likes).await;
    let together = storm("one post", 1).await;
    let apart = storm("as many posts, so one notification and one push for each", STORM).await;
    println!(
        "bell: a thousand likes on one post instead of many: {:.1} % of the notification rows, {:.0} % of the transactions, \
         {:.1} % of the frames, {:.0} % of the CPU",
        100.0 * together.rows / apart.rows,
        100.0 * together.transactions / apart.transactions,
        100.0 * together.frames / apart.frames,
        100.0 * together.cpu / apart.cpu,
    );
    let (few, many) = (opened(100).await, opened(full).await);
    for (name, few, many) in few.iter().zip(&many).map(|((name, few), (_, many))| (name, few, many)) {
        println!(
            "bell: {name} p50 {:.2} ms, p99 {:.2} ms with {full} notifications of one person; p50 {:.2} ms, p99 {:.2} ms \
             with 100 ({ASKED} times, one kept connection)",
            percentile(many, 50),
            percentile(many, 99),
            percentile(few, 50),
            percentile(few, 99),
        );
    }
}

// ------------------------------------------------------------------------------------------------------------- a flow

/// What those who are told heard, and when that was asked for which brought it about.
#[derive(Default)]
struct Heard {
    asked: Mutex<HashMap<u64, Instant>>,
    times: Mutex<Vec<Duration>>,
}

impl Heard {
    fn hear(&self, text: &[u8]) {
        let Some(post) = told_post(text) else { return };
        if let Some(asked) = self.asked.lock().remove(&post) {
            self.times.lock().push(asked.elapsed());
        }
    }
}

/// The post that a notification tells of.
fn told_post(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.strip_prefix("{\"type\":\"notification\",")?;
    groups::value(text, "\"post_id\":\"")?.parse().ok()
}

/// Likes of as many posts, each of which rings for its connected author; and likes of one's own posts, which ring for nobody.
async fn flow(likes: usize) {
    let rounds = likes / SIDES;
    // Posts are by everybody in turn: by those who are told, then by those who like.
    let community = Community::of(SIDES as u64 * 2, (rounds * SIDES * 2) as u64).await;
    let server = Server::start(community.folder.path());
    let heard = Arc::new(Heard::default());
    let sockets = listen_to(&server, &community.members[..SIDES], &heard).await;
    let own = |liker: usize, round: usize| round * SIDES * 2 + SIDES + liker;
    let theirs = |liker: usize, round: usize| round * SIDES * 2 + (liker + round) % SIDES;
    let silent = run(&server, &community, &heard, rounds, own, 0).await;
    let told = run(&server, &community, &heard, rounds, theirs, rounds * SIDES).await;
    let mut times = heard.times.lock().clone();
    times.sort_unstable();
    println!(
        "bell: {:.0} notifications per second raised, stored and pushed, {:.0} per CPU-second ({SIDES} clients like each post \
         once, {SIDES} authors connected, {} likes; like sent to notification there p50 {:.1} ms, p99 {:.1} ms; {} of {} \
         came); the same likes that raise nothing, same run: {:.0} per second, {:.0} per CPU-second",
        told.per_second,
        told.per_cpu_second,
        rounds * SIDES,
        percentile(&times, 50),
        percentile(&times, 99),
        times.len(),
        rounds * SIDES,
        silent.per_second,
        silent.per_cpu_second,
    );
    drop(sockets);
    server.kill();
}

struct Pace {
    per_second: f64,
    per_cpu_second: f64,
}

/// Likes `rounds` posts with each client, and waits for what is to come of it.
async fn run(
    server: &Server,
    community: &Community,
    heard: &Arc<Heard>,
    rounds: usize,
    post: impl Fn(usize, usize) -> usize,
    pushes: usize,
) -> Pace {
    let (started, cpu) = (Instant::now(), server.cpu_seconds());
    let liking = (0..SIDES).map(|liker| {
        let posts: Vec<PostId> = (0..rounds).map(|round| community.posts[post(liker, round)]).collect();
        let noted = (pushes > 0).then(|| Arc::clone(heard));
        tokio::spawn(like_all(server.addr, community.members[SIDES + liker].clone(), posts, noted))
    });
    for done in futures::future::join_all(liking).await {
        done.unwrap();
    }
    let end = Instant::now() + Duration::from_secs(30);
    while heard.times.lock().len() < pushes && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let all = (rounds * SIDES) as f64;
    let cpu = server.cpu_seconds() - cpu;
    Pace { per_second: all / started.elapsed().as_secs_f64(), per_cpu_second: all / cpu }
}

async fn like_all(addr: SocketAddr, member: Member, posts: Vec<PostId>, noted: Option<Arc<Heard>>) {
    let mut http = Http::connect(addr).await;
    let headers = format!("authorization: Bearer {}\r\n", member.token);
    for post in posts {
        if let Some(heard) = &noted {
            heard.asked.lock().insert(post.get(), Instant::now());
        }
        let answer = http.send("PUT", &format!("/api/posts/{post}/like"), &headers).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }
}

async fn listen_to(server: &Server, members: &[Member], heard: &Arc<Heard>) -> Vec<Socket> {
    let mut sockets = Vec::new();
    for member in members {
        let heard = Arc::clone(heard);
        let hear = move |text: &[u8], _: &Says| heard.hear(text);
        sockets.push(client::listen(server.addr, &member.token, &[], hear).await);
    }
    sockets
}

// ------------------------------------------------------------------------------------------------------------ a storm

/// What the likes cost.
struct Cost {
    rows: f64,
    transactions: f64,
    frames: f64,
    cpu: f64,
}

/// A thousand people like something of one connected author: the same post, or a post each.
async fn storm(of: &str, posts: usize) -> Cost {
    let mut community = Community::of(STORM as u64 + 1, 0).await;
    community.add_posts(0, posts as u64).await;
    let mut server = Server::start_counted(community.folder.path());
    let (frames, bytes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (counted, weighed) = (Arc::clone(&frames), Arc::clone(&bytes));
    let hear = move |text: &[u8], _: &Says| {
        if told_post(text).is_some() {
            counted.fetch_add(1, Ordering::Relaxed);
            weighed.fetch_add(text.len() as u64, Ordering::Relaxed);
        }
    };
    let socket = client::listen(server.addr, &community.members[0].token, &[], hear).await;
    let (cpu, before, started) = (server.cpu_seconds(), server.activity().1, Instant::now());
    let shares: Vec<Vec<usize>> = (0..SIDES).map(|side| (side..STORM).step_by(SIDES).collect()).collect();
    let liking = shares.into_iter().map(|share| {
        let likes: Vec<(Member, PostId)> = share
            .into_iter()
            .map(|at| (community.members[at + 1].clone(), community.posts[at % community.posts.len()]))
            .collect();
        let addr = server.addr;
        tokio::spawn(async move {
            for (member, post) in likes {
                like_all(addr, member, vec![post], None).await;
            }
        })
    });
    for done in futures::future::join_all(liking).await {
        done.unwrap();
    }
    let liked = started.elapsed().as_secs_f64();
    tokio::time::sleep(LAST_PUSH).await;
    let (cpu, transactions) = (server.cpu_seconds() - cpu, server.activity().1 - before);
    let frames = frames.load(Ordering::Relaxed);
    drop(socket);
    server.kill();
    let [notifications, things, left] = rows(&community).await;
    println!(
        "bell: {STORM} likes on {of}: {notifications} notification rows, {things} rows of what they count, {transactions} \
         transactions, {frames} frames pushed to the author with {:.1} KB, {cpu:.2} CPU-s ({SIDES} clients, {liked:.1} s; \
         {left} promises left)",
        bytes.load(Ordering::Relaxed) as f64 / 1e3,
    );
    Cost { rows: notifications as f64, transactions: transactions as f64, frames: frames as f64, cpu }
}

/// Notifications, what they count, and promises that wait to be told.
async fn rows(community: &Community) -> [i64; 3] {
    let options = SqliteConnectOptions::new().filename(community.folder.path().join("hubbub.db"));
    let mut connection = options.connect().await.unwrap();
    let mut counts = [0; 3];
    let counting = [
        "SELECT count(*) FROM notification",
        "SELECT count(*) FROM notification_thing",
        "SELECT count(*) FROM outbox WHERE work_key LIKE 'tell:%'",
    ];
    for (count, query) in counts.iter_mut().zip(counting) {
        *count = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    counts
}

// --------------------------------------------------------------------------------------------------------- a full bell

/// How long each way to look into a bell with so many notifications takes.
async fn opened(count: usize) -> Vec<(&'static str, Vec<Duration>)> {
    let community = Community::of(101, 0).await;
    fill(&community, count).await;
    let server = Server::start(community.folder.path());
    let member = &community.members[0];
    let mut times = vec![
        ("first page (20)", ask(&server, member, "/api/notifications").await),
        ("first page of what is unread", ask(&server, member, "/api/notifications?filter=unread").await),
        ("count over the socket", ask_count(&server, member, count as u64).await),
    ];
    for (_, times) in &mut times {
        times.sort_unstable();
    }
    server.kill();
    times
}

/// So many posts of one person, each liked by somebody and none of that read.
async fn fill(community: &Community, count: usize) {
    let (store, tasks) = community.reopened().await;
    let (ids, at) = (IdGenerator::new(2), now());
    let owner = community.members[0].id;
    let mut tx = store.begin().await.unwrap();
    for number in 0..count {
        if number % BATCH == 0 {
            tx.commit().await.unwrap();
            tx = store.begin().await.unwrap();
            tx.hold_bell(owner).await.unwrap();
        }
        let by = community.members[1 + number % (community.members.len() - 1)].id;
        let post = PostId::new(ids.next(at));
        let thing = ThingRecord {
            id: NotificationId::new(ids.next(at)),
            recipient: owner,
            actor: Some(by),
            occasion: Occasion::PostLiked,
            group_key: format!("likes:post:{post}"),
            thing: format!("like:post:{post}:{by}"),
            about: None,
            target: NotificationTarget { post_id: Some(post), ..NotificationTarget::default() },
            subject: None,
            excerpt: Some("The celadon went exactly the green we argued about for a month".to_owned()),
            shown: true,
            at,
        };
        tx.raise(&thing).await.unwrap();
    }
    tx.commit().await.unwrap();
    drop(store);
    assert!(tasks.shutdown(Duration::from_secs(30)).await);
}

async fn ask(server: &Server, member: &Member, path: &str) -> Vec<Duration> {
    let mut http = Http::connect(server.addr).await;
    let headers = format!("authorization: Bearer {}\r\n", member.token);
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let asked = Instant::now();
        let answer = http.send("GET", path, &headers).await;
        times.push(asked.elapsed());
        let body = String::from_utf8_lossy(&answer.body);
        assert_eq!((answer.status, body.matches("\"notification_id\"").count()), (200, 20), "{body}");
    }
    times
}

async fn ask_count(server: &Server, member: &Member, count: u64) -> Vec<Duration> {
    let mut request = format!("ws://{}/ws", server.addr).into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", member.token).parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let asked = Instant::now();
        socket.send(Message::text(r#"{"type":"get_unread_count"}"#)).await.unwrap();
        loop {
            let Message::Text(text) = socket.next().await.unwrap().unwrap() else { continue };
            if let Ok(ServerEvent::UnreadCount(unread)) = serde_json::from_str(&text) {
                assert_eq!(unread.count, count);
                break;
            }
        }
        times.push(asked.elapsed());
    }
    times
}
