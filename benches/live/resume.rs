//! What it takes to come back: all clients are cut at once, something is said meanwhile, and all return within a second,
//! as browsers do: each waits a random part of the backoff's first second. And the same when the server is started anew:
//! then it tells each of them when to return.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hubbub::client::backoff::Backoff;
use hubbub::protocol::ids::ConversationId;
use parking_lot::Mutex;
use tokio::{sync::SetOnce, task::JoinHandle, time::timeout};

use super::{
    client::{self, Says, Socket},
    community::Community,
    groups,
    latency::neighbours,
    likes::percentile,
    process::Server,
};

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
    people: usize,
    /// Whether the server is started anew, instead of its clients being cut.
    is_restart: bool,
    community: Community,
    conversations: Vec<ConversationId>,
    epoch: Mutex<String>,
    /// The newest event that each client has seen before the cut.
    offsets: Vec<AtomicU64>,
    /// When the server said that each client may return, in milliseconds after it said so.
    returns: Vec<SetOnce<Duration>>,
    cut: AtomicBool,
    /// Acknowledgements that came.
    acks: AtomicUsize,
    resumed: AtomicUsize,
    missed: AtomicUsize,
    /// Clients that were refused once more after they had been refused.
    refused_twice: AtomicUsize,
    live: Mutex<Vec<Duration>>,
}

pub async fn measure(people: usize) {
    for page in [Page::Settings, Page::Inbox, Page::Thread, Page::Feed] {
        measure_cut(page, people).await;
    }
    for page in [Page::Settings, Page::Thread, Page::Feed] {
        measure_restart(page, people).await;
    }
}

impl Run {
    async fn new(page: Page, people: usize, is_restart: bool) -> Self {
        let community = Community::of(people as u64, WATCHED as u64).await;
        let conversations = groups::begin(&community, &groups::ring(people)).await;
        Self {
            page,
            people,
            is_restart,
            community,
            conversations,
            epoch: Mutex::default(),
            offsets: (0..people).map(|_| AtomicU64::new(0)).collect(),
            returns: (0..people).map(|_| SetOnce::new()).collect(),
            cut: AtomicBool::new(false),
            acks: AtomicUsize::new(0),
            resumed: AtomicUsize::new(0),
            missed: AtomicUsize::new(0),
            refused_twice: AtomicUsize::new(0),
            live: Mutex::default(),
        }
    }

    /// All of them return, as they would from the moment `back` on.
    fn return_all(self: &Arc<Self>, addr: SocketAddr, back: Instant) -> Vec<JoinHandle<Socket>> {
        let returning = (0..self.people).map(|at| tokio::spawn(again(addr, Arc::clone(self), at, back)));
        returning.collect()
    }

    /// How long each took until it was live and current, in order.
    async fn all_live(&self) -> Vec<Duration> {
        let end = Instant::now() + PATIENCE;
        while self.live.lock().len() < self.people && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut live = self.live.lock().clone();
        live.sort_unstable();
        live
    }
}

async fn measure_cut(page: Page, people: usize) {
    let run = Arc::new(Run::new(page, people, false).await);
    let mut server = Server::start_counted(run.community.folder.path());
    let sockets = client::open_many(0..people, |at| first(&server, &run, at)).await;
    let talkers = futures::future::join_all((0..people).step_by(SPREAD).map(|at| first(&server, &run, at))).await;
    let expected = (people + talkers.len()) * watches(&run, 0).len();
    reached(&run.acks, expected).await;
    // All at once, without a word.
    drop(sockets);
    run.cut.store(true, Ordering::Relaxed);
    run.acks.store(0, Ordering::Relaxed);
    for (at, talker) in (0..people).step_by(SPREAD).zip(&talkers) {
        (0..SAID).for_each(|number| talker.say(groups::say(run.conversations[at], number)));
    }
    let said = talkers.len() * usize::try_from(SAID).unwrap();
    reached(&run.acks, said).await;
    let (before, cpu, back) = (server.activity(), server.cpu_seconds(), Instant::now());
    let returning = run.return_all(server.addr, back);
    let live = run.all_live().await;
    let (after, cpu) = (server.activity(), server.cpu_seconds() - cpu);
    let (reads, transactions) = (after.0 - before.0, after.1 - before.1);
    println!(
        "resume: {} of {people} clients live and current again after p50 {:.0} ms, p99 {:.0} ms, all {:.0} ms, their waiting \
         included ({page:?} on screen; {} resumed, {} of {} missed messages came; {reads} database reads = {:.2} each, \
         {transactions} transactions; {cpu:.2} CPU-s = {:.0} us each)",
        live.len(),
        percentile(&live, 50),
        percentile(&live, 99),
        percentile(&live, 100),
        run.resumed.load(Ordering::Relaxed),
        run.missed.load(Ordering::Relaxed),
        said * 3,
        reads as f64 / people as f64,
        cpu * 1e6 / people as f64,
    );
    drop(futures::future::join_all(returning).await);
    server.kill();
}

async fn measure_restart(page: Page, people: usize) {
    let run = Arc::new(Run::new(page, people, true).await);
    let server = Server::start_counted(run.community.folder.path());
    let sockets = client::open_many(0..people, |at| first(&server, &run, at)).await;
    reached(&run.acks, people * watches(&run, 0).len()).await;
    let (addr, back) = (server.addr, Instant::now());
    let folder = run.community.folder.path().to_owned();
    let restarting = tokio::task::spawn_blocking(move || server.restart_counted(&folder));
    let returning = run.return_all(addr, back);
    let (mut server, away) = restarting.await.unwrap();
    let live = run.all_live().await;
    let (reads, transactions) = server.activity();
    println!(
        "restart: {} of {people} clients live and current again after p50 {:.0} ms, p99 {:.0} ms, all {:.0} ms from the word to stop \
         ({page:?} on screen; nobody was served for {:.0} ms; {} were refused more than once; {reads} database reads = {:.2} \
         each, those of the start included, {transactions} transactions; {:.2} CPU-s, the start included)",
        live.len(),
        percentile(&live, 50),
        percentile(&live, 99),
        percentile(&live, 100),
        away.as_secs_f64() * 1e3,
        run.refused_twice.load(Ordering::Relaxed),
        reads as f64 / people as f64,
        server.cpu_seconds(),
    );
    drop(sockets);
    drop(futures::future::join_all(returning).await);
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
        if let Some(ms) = number(text, r#""retry_after_ms":"#).filter(|_| text.starts_with(r#"{"type":"going_away""#)) {
            shared.returns[at].set(Duration::from_millis(ms)).expect("a client is told once");
        }
        // Who talks on a second device sees more than the first.
        if let Some(offset) = number(text, r#""offset":"#).filter(|_| !shared.cut.load(Ordering::Relaxed)) {
            shared.offsets[at].fetch_max(offset, Ordering::Relaxed);
        }
        shared.acks.fetch_add(usize::from(text.starts_with(r#"{"type":"ack""#)), Ordering::Relaxed);
    };
    client::listen(server.addr, &run.community.members[at].token, &watches(run, at), heard).await
}

/// The last number of this name.
fn number(text: &str, name: &str) -> Option<u64> {
    let digits = text.rsplit_once(name)?.1;
    digits.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok()
}

/// Returns, watches what is on screen, and resumes.
async fn again(addr: SocketAddr, run: Arc<Run>, at: usize, back: Instant) -> Socket {
    // Spread evenly: what chance gives to many.
    let chance = at as f64 / run.people as f64;
    let mut backoff = Backoff::default();
    let told = if run.is_restart { timeout(PATIENCE, run.returns[at].wait()).await.ok() } else { None };
    let wait = told.copied().unwrap_or_else(|| Duration::from_millis(backoff.next_ms(chance)));
    let (mut due, mut refusals) = (if run.is_restart { Instant::now() } else { back } + wait, 0);
    loop {
        tokio::time::sleep_until(due.into()).await;
        match attempt(addr, &run, at, back).await {
            Ok(socket) => return socket,
            Err(_) => {
                refusals += 1;
                if refusals == 2 {
                    run.refused_twice.fetch_add(1, Ordering::Relaxed);
                }
                due = Instant::now() + Duration::from_millis(backoff.next_ms(chance));
            }
        }
    }
}

async fn attempt(addr: SocketAddr, run: &Arc<Run>, at: usize, back: Instant) -> Result<Socket, String> {
    let mut commands = watches(run, at);
    let held = [run.people - 2, run.people - 1, 0].map(|step| run.conversations[(at + step) % run.people]);
    let held = held.map(|id| format!(r#"{{"conversation_id":"{id}","seq":0}}"#)).join(",");
    let (epoch, offset) = (run.epoch.lock().clone(), run.offsets[at].load(Ordering::Relaxed));
    commands.push(format!(
        r#"{{"type":"resume","epoch":"{epoch}","offset":{offset},"conversations":[{held}],"ref":"resume"}}"#
    ));
    let (expected, acks) = (commands.len(), AtomicUsize::new(0));
    let shared = Arc::clone(run);
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
    client::try_listen(addr, &run.community.members[at].token, &commands, heard).await
}
