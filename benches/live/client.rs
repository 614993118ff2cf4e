//! The load generator's connections for the benchmarks, which wait for them as tasks do: bare WebSockets that count frames,
//! and HTTP requests over kept connections. All WebSockets are on one thread of their own.

use std::{
    collections::HashMap,
    net::SocketAddr,
    ops::Range,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    },
    time::{Duration, Instant},
};

pub use hubbub_load::{engine::upgrade, frames::TEXT, http::Answer};
use hubbub_load::{
    engine::{Ended, Engine, Hear, Line, Waker},
    frames,
};
use tokio::sync::oneshot;

/// Long enough for any answer here; a benchmark that hangs is none.
const PATIENCE: Duration = Duration::from_secs(60);
/// Orders that wait for the thread of the connections.
const ORDERS: usize = 65_536;

/// What all connections of a run received.
#[derive(Default)]
pub struct Tally {
    /// Text frames.
    pub frames: AtomicU64,
    /// Bytes of their texts.
    pub bytes: AtomicU64,
    /// Connections that ended.
    pub ended: AtomicU64,
}

impl Tally {
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Waits until `frames` have come, or `patience` is over; how many have.
    pub async fn reach(&self, frames: u64, patience: Duration) -> u64 {
        let end = Instant::now() + patience;
        while self.frames() < frames && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.frames()
    }

    /// Waits until nothing has come for a while: what was under way has arrived.
    pub async fn quiet(&self) -> u64 {
        loop {
            let before = self.frames();
            tokio::time::sleep(Duration::from_millis(750)).await;
            if self.frames() == before {
                return before;
            }
        }
    }
}

/// What is done with each text.
type Heard = Box<dyn Fn(&[u8], &Says) + Send>;
/// Who waits for a connection is told that it is open, or why it is not.
type Opened = oneshot::Sender<Result<(), String>>;

/// Whoever listens at one connection.
struct Guest {
    heard: Heard,
    ended: Box<dyn Fn() + Send>,
    says: Says,
    /// What is said first, and who waits for that, or for why it cannot be said.
    first: Option<(Vec<String>, Opened)>,
}

enum Order {
    Open { at: usize, addr: SocketAddr, path: String, token: String, guest: Guest },
    Say(usize, String),
    Cut(usize),
}

/// The way to the thread of the connections.
struct Desk {
    orders: SyncSender<Order>,
    waker: Waker,
    /// Numbers that were not given to a connection yet.
    next: AtomicUsize,
}

impl Desk {
    fn get() -> &'static Self {
        static DESK: OnceLock<Desk> = OnceLock::new();
        DESK.get_or_init(|| {
            let (orders, ordered) = sync_channel(ORDERS);
            let engine = Engine::new().unwrap();
            let waker = engine.waker().unwrap();
            std::thread::spawn(move || attend(engine, &ordered));
            Self { orders, waker, next: AtomicUsize::new(0) }
        })
    }

    fn order(&self, order: Order) {
        self.orders.try_send(order).expect("the connections do what they are told");
        self.waker.wake().unwrap();
    }
}

#[derive(Default)]
struct Guests(HashMap<usize, Guest>);

impl Hear for Guests {
    fn opened(&mut self, at: usize, line: &mut Line) {
        if let Some((commands, opened)) = self.0.get_mut(&at).and_then(|guest| guest.first.take()) {
            commands.iter().for_each(|command| line.say(command));
            // Who waited may have lost patience.
            let _ = opened.send(Ok(()));
        }
    }

    fn heard(&mut self, at: usize, text: &[u8], _: &mut Line) {
        if let Some(guest) = self.0.get(&at) {
            (guest.heard)(text, &guest.says);
        }
    }

    fn ended(&mut self, at: usize, why: &Ended) {
        let Some(guest) = self.0.remove(&at) else { return };
        match guest.first {
            Some((_, opened)) => drop(opened.send(Err(format!("not opened: {why:?}")))),
            None => (guest.ended)(),
        }
    }
}

fn attend(mut engine: Engine, orders: &Receiver<Order>) {
    let mut guests = Guests::default();
    loop {
        engine.round(Duration::from_secs(1), &mut guests).unwrap();
        loop {
            match orders.try_recv() {
                Ok(Order::Open { at, addr, path, token, guest }) => {
                    guests.0.insert(at, guest);
                    if let Err(cause) = engine.open(at, addr, &path, &token) {
                        guests.ended(at, &Ended::Lost(cause.kind()));
                    }
                }
                Ok(Order::Say(at, command)) => engine.say(at, &command),
                Ok(Order::Cut(at)) => {
                    engine.cut(at);
                    guests.0.remove(&at);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }
}

/// What a connection is to say; it says them in order.
pub struct Says(usize);

impl Says {
    /// Says a command as soon as the network takes it.
    pub fn say(&self, command: String) {
        Desk::get().order(Order::Say(self.0, command));
    }
}

/// An open connection; dropping it closes it.
pub struct Socket(Says);

impl Socket {
    /// Says a command as soon as the network takes it.
    pub fn say(&self, command: String) {
        self.0.say(command);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        Desk::get().order(Order::Cut(self.0.0));
    }
}

/// Connections that are being opened at the same time.
const AT_ONCE: usize = 64;

/// Opens a connection for each of these numbers, a few at a time.
pub async fn open_many<F: Future<Output = Socket>>(numbers: Range<usize>, open: impl Fn(usize) -> F) -> Vec<Socket> {
    let mut sockets = Vec::with_capacity(numbers.len());
    for some in numbers.collect::<Vec<_>>().chunks(AT_ONCE) {
        sockets.extend(futures::future::join_all(some.iter().map(|at| open(*at))).await);
    }
    sockets
}

/// Opens a WebSocket, says `commands`, and counts what comes until it is dropped.
pub async fn open(addr: SocketAddr, path: &str, token: &str, commands: &[String], tally: Arc<Tally>) -> Socket {
    open_answering(addr, path, token, commands, tally, |_| None).await
}

/// [`open`] for dialects in which the client has to answer: `replies` says what to a text, if anything.
pub async fn open_answering(
    addr: SocketAddr,
    path: &str,
    token: &str,
    commands: &[String],
    tally: Arc<Tally>,
    replies: impl Fn(&[u8]) -> Option<String> + Send + 'static,
) -> Socket {
    let counted = Arc::clone(&tally);
    let count = move |text: &[u8], says: &Says| {
        counted.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
        counted.frames.fetch_add(1, Ordering::Relaxed);
        if let Some(reply) = replies(text) {
            says.say(reply);
        }
    };
    let ended = move || {
        tally.ended.fetch_add(1, Ordering::Relaxed);
    };
    attended(addr, path, token, commands, Box::new(count), Box::new(ended)).await.expect("the server lets everybody in")
}

/// Opens a WebSocket, says `commands`, and gives every text to `heard`, which may say something to it.
pub async fn listen(
    addr: SocketAddr,
    token: &str,
    commands: &[String],
    heard: impl Fn(&[u8], &Says) + Send + 'static,
) -> Socket {
    try_listen(addr, token, commands, heard).await.expect("the server lets everybody in")
}

/// [`listen`], where the server may be away.
///
/// # Errors
/// How it refused.
pub async fn try_listen(
    addr: SocketAddr,
    token: &str,
    commands: &[String],
    heard: impl Fn(&[u8], &Says) + Send + 'static,
) -> Result<Socket, String> {
    attended(addr, "/ws", token, commands, Box::new(heard), Box::new(|| {})).await
}

async fn attended(
    addr: SocketAddr,
    path: &str,
    token: &str,
    commands: &[String],
    heard: Heard,
    ended: Box<dyn Fn() + Send>,
) -> Result<Socket, String> {
    let desk = Desk::get();
    let at = desk.next.fetch_add(1, Ordering::Relaxed);
    let (opened, open) = oneshot::channel();
    let guest = Guest { heard, ended, says: Says(at), first: Some((commands.to_vec(), opened)) };
    desk.order(Order::Open { at, addr, path: path.to_owned(), token: token.to_owned(), guest });
    let socket = Socket(Says(at));
    let opened = tokio::time::timeout(PATIENCE, open).await.expect("the upgrade is answered");
    opened.expect("the connections are attended").map(|()| socket)
}

/// A client's frame.
pub fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    frames::put(&mut frame, opcode, payload);
    frame
}

/// HTTP over one kept connection.
pub struct Http(hubbub_load::http::Http);

impl Http {
    pub async fn connect(addr: SocketAddr) -> Self {
        Self(hubbub_load::http::Http::connect(addr).await.unwrap())
    }

    pub async fn send(&mut self, method: &str, path: &str, headers: &str) -> Answer {
        self.send_body(method, path, headers, "").await
    }

    /// With a body of JSON.
    pub async fn send_body(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        self.0.send(method, path, headers, body).await.expect("an answer in time")
    }
}
