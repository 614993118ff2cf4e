//! Roof: builds every part, hands each to the next, owns the order of shutdown.
//!
//! Start: listen (health answers from here on) · data folder · secrets · database, brought up to date · the parts · the
//! gate opens. Stop: no new connection, sockets are told when to return, requests and tasks run to their end.

mod nodes;
mod parts;
mod worker;

use std::{
    error::Error,
    fs::File,
    future::{Future, pending},
    io,
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use axum::serve::{Listener, ListenerExt};
use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use parts::Parts;
pub use worker::{Working, work};

use super::{
    auth::tokens::TokenError,
    config::{self, PublicUrl, SecretsError, Settings},
    demo::{self, DemoError},
    domain::{
        Domain, DomainError, Ports,
        ports::{BlobError, PasswordError, StoreError},
    },
    http::{self, AppState, health::Gate},
    jobs::{mail::MailSetupError, push::PushSetupError, rabbitmq::RabbitMqSetupError},
    realtime::redis::RedisSetupError,
    tasks::Tasks,
    upkeep,
};

/// How long requests and tasks may take to end once the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Of that, how long one of several servers goes on as it was, so that whoever is in front of them turns to the others; and for
/// how long after that it serves the connections it has, and takes no new one. A proxy then knows that it is gone before it
/// closes one that the next request may be on its way through.
const HAND_OVER: Duration = Duration::from_secs(1);

/// How long the links to other nodes may take to say goodbye after that.
const LINKS_DRAIN: Duration = Duration::from_secs(3);

/// Why the server could not start. Its text is for the person who started it.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address is taken or not of this machine.
    #[error("Cannot listen on {addr} (HUBBUB_ADDR): {cause}.")]
    Listen {
        /// Where.
        addr: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
    /// The data folder or the secrets in it.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// Two servers on one data folder would not tell each other what happens.
    #[error("Another Hubbub is using the data folder {} (HUBBUB_DATA_DIR).", .0.display())]
    InUse(PathBuf),
    /// Some of what is in the data folder is of a backup, and some was there before.
    #[error("A restore into {} was cut off: run `hubbub restore` again, and it is finished.", .0.display())]
    HalfRestored(PathBuf),
    /// The database cannot be reached or is newer than this program.
    #[error("The database {database} (DATABASE_URL) cannot be used: {}.", reason(.cause))]
    Database {
        /// Which, without its password.
        database: String,
        /// What the store said.
        cause: StoreError,
    },
    /// The folder of uploads.
    #[error("Uploads cannot be kept in the data folder (HUBBUB_DATA_DIR): {0}.")]
    Blobs(#[from] BlobError),
    /// The store of files elsewhere.
    #[error("Files cannot be kept in {store} (S3_URL): {}.", reason(.cause))]
    Files {
        /// Which, without its key.
        store: String,
        /// What it said.
        cause: BlobError,
    },
    /// Nobody can carry letters.
    #[error("{0}.")]
    Mail(#[from] MailSetupError),
    /// What carries events between nodes.
    #[error("{0}.")]
    Redis(#[from] RedisSetupError),
    /// Nodes that would not be one community.
    #[error("REDIS_URL is for several servers of one community, so {setting} must be set, the same for all: {why}.")]
    NotShared {
        /// The setting's environment variable.
        setting: &'static str,
        /// What happens without it.
        why: &'static str,
    },
    /// Ids hold 31 numbers of those who make them.
    #[error("31 servers and workers of this community are running, which is the most; stop one, then wait two minutes")]
    TooMany,
    /// The message broker's address.
    #[error("{0}.")]
    Broker(#[from] RabbitMqSetupError),
    /// There is nothing for a worker to do.
    #[error("`hubbub worker` needs AMQP_URL: without it `hubbub serve` delivers everything itself.")]
    NothingToDo,
    /// Nobody can carry pushes.
    #[error("{0}.")]
    Push(#[from] PushSetupError),
    /// The key is not usable.
    #[error("Access tokens cannot be signed: {0}.")]
    Tokens(#[from] TokenError),
    /// Password hashing.
    #[error("Passwords cannot be hashed: {0}.")]
    Passwords(#[from] PasswordError),
    /// The first questions to the database.
    #[error("The database does not answer: {0}")]
    Domain(#[from] DomainError),
    /// The demo community.
    #[error("The demo community could not move in: {0}.")]
    Demo(#[from] DemoError),
    /// The system does not say when to stop.
    #[error("The system's stop signals cannot be heard: {0}.")]
    Signals(#[source] io::Error),
}

/// What a failure goes back to.
fn reason(cause: &dyn Error) -> String {
    cause.source().map_or_else(|| cause.to_string(), ToString::to_string)
}

/// A server that serves.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The address people use.
    pub public_url: PublicUrl,
    /// The product's verbs.
    pub domain: Domain,
    /// What the domain stands on.
    pub ports: Ports,
    /// What its doors share.
    pub state: AppState,
    gate: Gate,
    /// No new connection is taken.
    closing: CancellationToken,
    tasks: Tasks,
    /// What the tasks speak through while they end, and so ends after them.
    links: Tasks,
    /// Held as long as the data folder is in use.
    _lock: File,
}

/// Starts a server and returns once it serves. Tests and benchmarks stand under this same roof.
///
/// # Errors
/// What it could not start with.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    // Leptos renders on whatever runs its tasks; told twice, the first stays.
    let _ = any_spawner::Executor::init_tokio();
    let (tasks, links) = (Tasks::new(), Tasks::new());
    let listening = TcpListener::bind(settings.addr).await.and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (addr, listener) = listening.map_err(|cause| StartError::Listen { addr: settings.addr, cause })?;
    let gate = Gate::new(&tasks.stopping());
    let closing = tasks.stopping().child_token();
    serve(Entrance::new(listener, closing.clone()), gate.clone(), &tasks);
    match build(settings, addr, &tasks, &links).await {
        Ok((Parts { state, ports, roads }, lock)) => {
            gate.open(http::router(state.clone()), ports.store.clone(), roads);
            let (public_url, domain) = (state.public_url.clone(), state.domain.clone());
            Ok(Running { addr, public_url, domain, ports, state, gate, closing, tasks, links, _lock: lock })
        }
        Err(error) => {
            tasks.shutdown(DRAIN).await;
            links.shutdown(LINKS_DRAIN).await;
            Err(error)
        }
    }
}

async fn build(
    settings: Settings,
    addr: SocketAddr,
    tasks: &Tasks,
    links: &Tasks,
) -> Result<(Parts, File), StartError> {
    config::private_folder(&settings.data_dir)?;
    let lock = config::hold_folder(&settings.data_dir)?;
    let lock = lock.ok_or_else(|| StartError::InUse(settings.data_dir.clone()))?;
    if upkeep::is_half_restored(&settings.data_dir) {
        return Err(StartError::HalfRestored(settings.data_dir));
    }
    Ok((parts::build(settings, addr, tasks, links).await?, lock))
}

/// Where connections come in, until it is closed: those that were made until then are taken, not reset.
struct Entrance {
    listener: Option<TcpListener>,
    closing: CancellationToken,
    /// Came until it closed, and are still to be served.
    last: Vec<(TcpStream, SocketAddr)>,
}

impl Entrance {
    fn new(listener: TcpListener, closing: CancellationToken) -> Self {
        Self { listener: Some(listener), closing, last: Vec::new() }
    }

    /// The system is asked itself: what it has, Tokio knows only after it has looked.
    fn close(&mut self) {
        let Some(Ok(listener)) = self.listener.take().map(TcpListener::into_std) else { return };
        loop {
            match listener.accept() {
                Ok((connection, from)) => {
                    let taken = connection.set_nonblocking(true).and_then(|()| TcpStream::from_std(connection));
                    self.last.extend(taken.ok().map(|connection| (connection, from)));
                }
                // One that went while it waited.
                Err(cause) if cause.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => break,
            }
        }
    }
}

impl Listener for Entrance {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        if let Some(listener) = &mut self.listener {
            tokio::select! {
                biased;
                accepted = Listener::accept(listener) => return accepted,
                () = self.closing.cancelled() => self.close(),
            }
        }
        match self.last.pop() {
            Some(accepted) => accepted,
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.as_ref().map_or_else(|| Err(io::ErrorKind::NotConnected.into()), TcpListener::local_addr)
    }
}

/// Serves what is behind the gate until the server stops.
fn serve(entrance: Entrance, gate: Gate, tasks: &Tasks) {
    let listener = entrance.tap_io(|connection| {
        // Small frames must leave at once. Refused only on a connection that is gone already.
        let _ = connection.set_nodelay(true);
    });
    let service = gate.router().into_make_service_with_connect_info::<SocketAddr>();
    let stopping = tasks.stopping();
    tasks.spawn("http", async move {
        let served = axum::serve(listener, service).with_graceful_shutdown(stopping.cancelled_owned());
        if let Err(cause) = served.await {
            tracing::error!(%cause, "the server stopped listening");
        }
    });
}

impl Running {
    /// Fills an empty community with the demo. How to sign in to it, if the demo lives here now or since earlier.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn fill_with_demo(&self) -> Result<Option<String>, StartError> {
        match demo::fill(&self.ports).await {
            Ok(size) => tracing::info!(?size, "the demo community moved in"),
            Err(DemoError::NotEmpty) => {}
            Err(cause) => return Err(cause.into()),
        }
        let mut read = self.ports.store.read().await.map_err(DomainError::from)?;
        let lives_here = read.person_by_username(demo::LOGIN).await.map_err(DomainError::from)?.is_some();
        Ok(lives_here.then(|| format!("Demo login: {}, password: {}", demo::LOGIN, demo::PASSWORD)))
    }

    /// Stops: no new connection, sockets are told, what runs may end. Whether all of it ended in time.
    pub async fn shutdown(self) -> bool {
        let mut drain = DRAIN;
        if self.gate.has_others() {
            self.gate.leave();
            sleep(HAND_OVER).await;
            self.closing.cancel();
            sleep(HAND_OVER).await;
            drain -= HAND_OVER * 2;
        }
        let ended = self.tasks.shutdown(drain).await;
        self.links.shutdown(LINKS_DRAIN).await && ended
    }
}

/// Resolves when the process is told to stop: SIGTERM, or SIGINT from a terminal. Listens from the call on.
///
/// # Errors
/// When the system does not let us listen.
pub fn stop_signal() -> Result<impl Future<Output = ()>, StartError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signals)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream as Caller;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn whoever_came_before_the_entrance_closed_is_let_in() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (addr, closing) = (listener.local_addr().unwrap(), CancellationToken::new());
        let mut entrance = Entrance::new(listener, closing.clone());
        // Without a pause in which Tokio could look.
        let callers: Vec<Caller> = (0..20).map(|_| Caller::connect(addr).unwrap()).collect();
        closing.cancel();
        let mut came = Vec::new();
        for _ in &callers {
            came.push(timeout(Duration::from_secs(10), entrance.accept()).await.expect("somebody was sent away").1);
        }
        let mut all: Vec<SocketAddr> = callers.iter().map(|caller| caller.local_addr().unwrap()).collect();
        came.sort_unstable();
        all.sort_unstable();
        assert_eq!(came, all);
        assert!(Caller::connect(addr).is_err(), "and nobody afterwards");
    }
}
