//! What it takes to come back: all clients are cut at once, something is said meanwhile, and all return within a second,
//! as browsers do: each waits a random part of the backoff's first second.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hubbub::client::backoff::Backoff;
use hubbub::protocol::ids::ConversationId;
use parking_lot::Mutex;

use super::{
    client::{self, Says, Socket},
    community::Community,
    groups,
    latency::neighbours,
    likes::percentile,
    process::Server,
};

/// Who is cut.
const PEOPLE: usize = 5_000;
/// One in so many says something on a second device while the others are away.
const SPREAD: usize = 50;
/// What each of them says.
const SAID: u64 = 3;
const PATIENCE: Duration = Duration::from_secs(60);
/// Posts on one page of the feed.
const WATCHED: usize = 20;

/// What is on screen.
#[derive(Clone, Copy, Debug)]
enum Page {
    /// Nothing that is live but the badge.
    Settings,
    /// The list of conversations.
    Inbox,
    /// The list and a conversation.
    Thread,
    /// The feed.
    Feed,
}

/// Everything of one run that its clients share.
struct Run {
    page: Page,
    community: Community,
    conversations: Vec<ConversationId>,
    epoch: Mutex<String>,
    /// The newest event that each client has seen before the cut.
    offsets: Vec<AtomicU64>,
    cut: AtomicBool,
    /// Acknowledgements that came.
    acks: AtomicUsize,
    resumed: AtomicUsize,
    missed: AtomicUsize,
    live: Mutex<Vec<Duration>>,
}

pub async fn measure() {
    for page in [Page::Settings, Page::Inbox, Page::Thread, Page::Feed] {
        measure_on(page).await;
    }
}

async fn measure_on(page: Page) {
    let community = Community::of(PEOPLE as u64, WATCHED as u64).await;
    let conversations = groups::begin(&community, &groups::ring(PEOPLE)).await;
    let mut server = Server::start_counted(community.folder.path());
    let run = Arc::new(Run {
        page,
        community,
        conversations,
        epoch: Mutex::default(),
        offsets: (0..PEOPLE).map(|_| AtomicU64::new(0)).collect(),
        cut: AtomicBool::new(false),
        acks: AtomicUsize::new(0),
        resumed: AtomicUsize::new(0),
        missed: AtomicUsize::new(0),
        live: Mutex::default(),
    });
    let sockets = client::open_many(0..PEOPLE, |at| first(&server, &run, at)).await;
    let talkers = futures::future::join_all((0..PEOPLE).step_by(SPREAD).map(|at| first(&server, &run, at))).await;
    let expected = (PEOPLE + talkers.len()) * watches(&run, 0).len();
    reached(&run.acks, expected).await;
    // All at once, without a word.
    drop(sockets);
    run.cut.store(true, Ordering::Relaxed);
    run.acks.store(0, Ordering::Relaxed);
    for (at, talker) in (0..PEOPLE).step_by(SPREAD).zip(&talkers) {
        (0..SAID).for_each(|number| talker.say(groups::say(run.conversations[at], number)));
    }
    let said = talkers.len() * usize::try_from(SAID).unwrap();
    reached(&run.acks, said).await;
    let (before, cpu, back) = (server.activity(), server.cpu_seconds(), Instant::now());
    let returning = (0..PEOPLE).map(|at| {
        let (run, addr) = (Arc::clone(&run), server.addr);
        tokio::spawn(async move { again(addr, run, at, back).await })
    });
    let sockets = futures::future::join_all(returning).await;
    let end = Instant::now() + PATIENCE;
    while run.live.lock().len() < PEOPLE && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (after, cpu) = (server.activity(), server.cpu_seconds() - cpu);
    let mut live = run.live.lock().clone();
    live.sort_unstable();
    let (reads, transactions) = (after.0 - before.0, after.1 - before.1);
    println!(
        "resume: {} of {PEOPLE} clients live and current again after p50 {:.0} ms, p99 {:.0} ms, all {:.0} ms, their waiting \
         included ({page:?} on screen; {} resumed, {} of {} missed messages came; {reads} database reads = {:.2} each, \
         {transactions} transactions; {cpu:.2} CPU-s = {:.0} us each)",
        live.len(),
        percentile(&live, 50),
        percentile(&live, 99),
        percentile(&live, 100),
        run.resumed.load(Ordering::Relaxed),
        run.missed.load(Ordering::Relaxed),
        said * 3,
        reads as f64 / PEOPLE as f64,
        cpu * 1e6 / PEOPLE as f64,
    );
    drop(sockets);
    server.kill();
}

async fn reached(count: &AtomicUsize, expected: usize) {
    let end = Instant::now() + PATIENCE;
    while count.load(Ordering::Relaxed) < expected {
        assert!(Instant::now() < end, "only {} of {expected} answers came", count.load(Ordering::Relaxed));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What the page watches; each is acknowledged.
fn watches(run: &Run, at: usize) -> Vec<String> {
    let faces = neighbours(&run.community, at);
    let people = format!(r#"{{"type":"watch_people","user_ids":[{faces}],"ref":"faces"}}"#);
    let thread =
        format!(r#"{{"type":"join_conversation","conversation_id":"{}","ref":"thread"}}"#, run.conversations[at]);
    let posts: Vec<String> = run.community.posts.iter().map(|id| format!("\"{id}\"")).collect();
    let posts = format!(r#"{{"type":"watch_posts","post_ids":[{}],"ref":"posts"}}"#, posts.join(","));
    match run.page {
        Page::Settings => Vec::new(),
        Page::Inbox => vec![people],
        Page::Thread => vec![thread, people],
        Page::Feed => vec![r#"{"type":"watch_feed","feed":"everyone","ref":"feed"}"#.to_owned(), posts],
    }
}

async fn first(server: &Server, run: &Arc<Run>, at: usize) -> Socket {
    let shared = Arc::clone(run);
    let heard = move |text: &[u8], _: &Says| {
        let text = std::str::from_utf8(text).unwrap();
        if text.starts_with(r#"{"type":"connected""#) {
            groups::value(text, r#""epoch":""#).unwrap().clone_into(&mut shared.epoch.lock());
        }
        // Who talks on a second device sees more than the first.
        if let Some(offset) = offset(text).filter(|_| !shared.cut.load(Ordering::Relaxed)) {
            shared.offsets[at].fetch_max(offset, Ordering::Relaxed);
        }
        shared.acks.fetch_add(usize::from(text.starts_with(r#"{"type":"ack""#)), Ordering::Relaxed);
    };
    client::listen(server.addr, &run.community.members[at].token, &watches(run, at), heard).await
}

fn offset(text: &str) -> Option<u64> {
    let digits = text.rsplit_once(r#""offset":"#)?.1;
    digits.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok()
}

/// Returns, watches what is on screen, and resumes.
async fn again(addr: std::net::SocketAddr, run: Arc<Run>, at: usize, back: Instant) -> Socket {
    // Spread evenly: what chance gives to many.
    let wait = Backoff::default().next_ms(at as f64 / PEOPLE as f64);
    tokio::time::sleep_until((back + Duration::from_millis(wait)).into()).await;
    let mut commands = watches(&run, at);
    let held = [PEOPLE - 2, PEOPLE - 1, 0].map(|step| run.conversations[(at + step) % PEOPLE]);
    let held = held.map(|id| format!(r#"{{"conversation_id":"{id}","seq":0}}"#)).join(",");
    let (epoch, offset) = (run.epoch.lock().clone(), run.offsets[at].load(Ordering::Relaxed));
    commands.push(format!(
        r#"{{"type":"resume","epoch":"{epoch}","offset":{offset},"conversations":[{held}],"ref":"resume"}}"#
    ));
    let (expected, acks) = (commands.len(), AtomicUsize::new(0));
    let shared = Arc::clone(&run);
    let heard = move |text: &[u8], _: &Says| {
        let text = std::str::from_utf8(text).unwrap();
        assert!(!text.starts_with(r#"{"type":"error""#), "refused: {text}");
        if groups::delivered(text.as_bytes()).is_some() {
            shared.missed.fetch_add(1, Ordering::Relaxed);
        }
        if text.starts_with(r#"{"type":"ack""#) {
            shared.resumed.fetch_add(usize::from(text.contains(r#""resumed":true"#)), Ordering::Relaxed);
            if acks.fetch_add(1, Ordering::Relaxed) + 1 == expected {
                shared.live.lock().push(back.elapsed());
            }
        }
    };
    client::listen(addr, &run.community.members[at].token, &commands, heard).await
}
