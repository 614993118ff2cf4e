//! How long a message takes at a given rate: until it is stored and acknowledged, and until the others have it.
//!
//! Messages are sent at fixed times whether or not the ones before were answered, and times count from when each was to
//! be sent: a server that stalls is not spared the messages that would have come meanwhile.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    client::{self, Says, Socket, Tally},
    community::Community,
    groups,
    likes::percentile,
    process::Server,
};

/// Everybody who is connected.
const PEOPLE: usize = 5_000;
/// One in so many has a conversation in which it says something; the two next have it on screen.
const SPREAD: usize = 10;
/// Messages sent in a second.
const PER_SECOND: u64 = 1_000;
/// A browser tells how far it has read at most this often.
const RECEIPT_EVERY: Duration = Duration::from_secs(1);

/// What was measured.
#[derive(Default)]
struct Run {
    start: OnceLock<Instant>,
    acknowledged: Mutex<Vec<Duration>>,
    delivered: Mutex<Vec<Duration>>,
    receipts: AtomicU64,
}

impl Run {
    /// Since message `number` was to be sent.
    fn late(&self, number: u64) -> Duration {
        let due = *self.start.get().unwrap() + Duration::from_micros(number * 1_000_000 / PER_SECOND);
        Instant::now().saturating_duration_since(due)
    }
}

pub async fn measure(seconds: u64) {
    for tells in [false, true] {
        measure_with(seconds, tells).await;
    }
}

async fn measure_with(seconds: u64, tells: bool) {
    let community = Community::of(PEOPLE as u64, 0).await;
    let conversations = groups::begin(&community, &groups::ring(PEOPLE)).await;
    let server = Server::start(community.folder.path());
    let (run, idle) = (Arc::new(Run::default()), Arc::new(Tally::default()));
    let open = |at| connect(&server, &community, &conversations, at, tells, &run, &idle);
    let sockets = client::open_many(0..PEOPLE, open).await;
    idle.quiet().await;
    let talking: Vec<usize> = (0..PEOPLE).step_by(SPREAD).collect();
    let (cpu, start) = (server.cpu_seconds(), Instant::now() + Duration::from_millis(200));
    run.start.set(start).unwrap();
    let total = seconds * PER_SECOND;
    for number in 0..total {
        let due = start + Duration::from_micros(number * 1_000_000 / PER_SECOND);
        tokio::time::sleep_until(due.into()).await;
        let at = talking[usize::try_from(number).unwrap() % talking.len()];
        sockets[at].say(groups::say(conversations[at], number));
    }
    let last = all_came(&run, usize::try_from(total).unwrap()).await;
    let (elapsed, cpu) = (last.duration_since(start).as_secs_f64(), server.cpu_seconds() - cpu);
    let (mut acknowledged, mut delivered) = (run.acknowledged.lock().clone(), run.delivered.lock().clone());
    acknowledged.sort_unstable();
    delivered.sort_unstable();
    println!(
        "latency: send to stored and acknowledged p50 {:.1} ms, p99 {:.1} ms; to the other two p50 {:.1} ms, p99 {:.1} ms \
         ({PER_SECOND} messages a second offered in {} conversations for {seconds} s, {:.0} reached; {PEOPLE} connected; {} of \
         {total} acknowledged, {} of {} delivered; {} times somebody told how far they read; {cpu:.1} CPU-s)",
        percentile(&acknowledged, 50),
        percentile(&acknowledged, 99),
        percentile(&delivered, 50),
        percentile(&delivered, 99),
        talking.len(),
        acknowledged.len() as f64 / elapsed,
        acknowledged.len(),
        delivered.len(),
        total * 2,
        run.receipts.load(Ordering::Relaxed),
    );
    drop(sockets);
    server.kill();
}

/// Waits for everything that was sent; when the last came.
async fn all_came(run: &Run, total: usize) -> Instant {
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end && (run.acknowledged.lock().len() < total || run.delivered.lock().len() < total * 2) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Instant::now()
}

/// A tab on the messages page: those who talk have their conversation on screen, the others their list.
async fn connect(
    server: &Server,
    community: &Community,
    conversations: &[hubbub::protocol::ids::ConversationId],
    at: usize,
    tells: bool,
    run: &Arc<Run>,
    idle: &Arc<Tally>,
) -> Socket {
    let token = &community.members[at].token;
    let faces = neighbours(community, at);
    let mut commands = vec![format!(r#"{{"type":"watch_people","user_ids":[{faces}],"ref":"faces"}}"#)];
    let role = at % SPREAD;
    if role > 2 {
        return client::open(server.addr, "/ws", token, &commands, Arc::clone(idle)).await;
    }
    let id = conversations[at - role];
    commands.push(format!(r#"{{"type":"join_conversation","conversation_id":"{id}","ref":"thread"}}"#));
    let run = Arc::clone(run);
    if role == 0 {
        let heard = move |text: &[u8], _: &Says| {
            assert!(!text.starts_with(b"{\"type\":\"error\""), "refused: {}", String::from_utf8_lossy(text));
            if let Some(number) = groups::acknowledged(text) {
                let late = run.late(number);
                run.acknowledged.lock().push(late);
            }
        };
        return client::listen(server.addr, token, &commands, heard).await;
    }
    let told = Mutex::new(None::<Instant>);
    let heard = move |text: &[u8], says: &Says| {
        let Some((number, message)) = groups::delivered(text) else { return };
        let late = run.late(number);
        run.delivered.lock().push(late);
        let mut told = told.lock();
        if tells && told.is_none_or(|at| at.elapsed() >= RECEIPT_EVERY) {
            *told = Some(Instant::now());
            run.receipts.fetch_add(1, Ordering::Relaxed);
            let read = format!(r#"{{"type":"read_message","conversation_id":"{id}","message_id":"{message}"}}"#);
            says.say(read);
        }
    };
    client::listen(server.addr, token, &commands, heard).await
}

/// The four people with whom somebody of the ring talks.
pub fn neighbours(community: &Community, at: usize) -> String {
    let people = community.members.len();
    let around = [people - 2, people - 1, 1, 2].map(|step| (at + step) % people);
    around.map(|other| format!("\"{}\"", community.members[other].id)).join(",")
}
