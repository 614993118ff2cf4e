//! A RabbitMQ of the tests' own: in a temporary folder, on free ports, shared by the tests that run at the same time.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Weak, mpsc::sync_channel},
    thread,
    time::Duration,
};

use hubbub::server::{
    domain::ports::ErrandKind,
    jobs::rabbitmq::{dead_line, line},
};
use hubbub_load::ports::free_addr;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicGetOptions, BasicPublishOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep, timeout},
};

use crate::{
    program::{ended, signal},
    skipped::skipped,
};

const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// It is slow to start, and slower beside other tests.
const PATIENCE: Duration = Duration::from_secs(120);
/// For one try to connect.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// A broker. Of the tests that share it one has it at a time.
pub struct Rabbit {
    url: String,
    turn: Mutex<Server>,
}

/// The broker while it is one test's turn.
pub struct Turn<'broker> {
    pub url: &'broker str,
    server: MutexGuard<'broker, Server>,
}

struct Server {
    folder: tempfile::TempDir,
    ports: [u16; 3],
    broker: Option<Child>,
    epmd: Child,
}

/// The broker; `None`, and a line that says so, where there is none to test with.
pub fn rabbit() -> Option<Arc<Rabbit>> {
    static SHARED: parking_lot::Mutex<Weak<Rabbit>> = parking_lot::Mutex::new(Weak::new());
    if !Path::new(PROGRAM).exists() {
        skipped(&format!("every case with RabbitMQ, as {PROGRAM} is not there"));
        return None;
    }
    let mut shared = SHARED.lock();
    if let Some(rabbit) = shared.upgrade() {
        return Some(rabbit);
    }
    let ports = [(); 3].map(|()| free_addr().unwrap().port());
    let mut epmd = Command::new("setpriv");
    epmd.args(["--pdeathsig", "KILL", "epmd", "-address", "127.0.0.1", "-port", &ports[1].to_string()]);
    let server = Server { folder: tempfile::tempdir().unwrap(), ports, broker: None, epmd: spawn(epmd) };
    let rabbit = Arc::new(Rabbit { url: format!("amqp://127.0.0.1:{}", ports[0]), turn: Mutex::new(server) });
    *shared = Arc::downgrade(&rabbit);
    Some(rabbit)
}

impl Rabbit {
    /// A broker that runs and holds nothing, for one test until it drops it.
    pub async fn turn(&self) -> Turn<'_> {
        let server = self.turn.lock().await;
        let mut turn = Turn { url: &self.url, server };
        turn.start().await;
        let (_connection, channel) = turn.channel().await;
        for kind in ErrandKind::ALL {
            for name in [line(kind), dead_line(kind)] {
                channel.queue_delete(name.into(), QueueDeleteOptions::default()).await.unwrap();
            }
        }
        turn
    }
}

impl Turn<'_> {
    /// Starts it where it does not run, and waits until it answers.
    pub async fn start(&mut self) {
        if self.server.broker.is_none() {
            let broker = self.server.command();
            self.server.broker = Some(spawn(broker));
        }
        let started = Instant::now();
        while !self.answers().await {
            // One whose port was taken by somebody else ends at once.
            let ended = self.server.broker.as_mut().is_none_or(|broker| broker.try_wait().unwrap().is_some());
            assert!(!ended && started.elapsed() < PATIENCE, "RabbitMQ does not start: {}", self.server.said());
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// One that hangs up while it starts is never heard of again, so waiting for it has an end.
    async fn answers(&self) -> bool {
        let connecting = Connection::connect(self.url, ConnectionProperties::default());
        matches!(timeout(ANSWER_PATIENCE, connecting).await, Ok(Ok(_)))
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.server.ports[0]))
    }

    /// Stops it as its machine would.
    pub async fn stop(&mut self) {
        self.signal("TERM");
        ended(&mut self.server.broker.take().unwrap()).await;
    }

    /// Ends it, as a power cut would.
    pub fn kill(&mut self) {
        let mut broker = self.server.broker.take().unwrap();
        broker.kill().unwrap();
        broker.wait().unwrap();
    }

    /// Stops the clock for it.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        signal(name, &[self.server.broker.as_ref().unwrap().id()]);
    }

    async fn channel(&self) -> (Connection, Channel) {
        let connection = Connection::connect(self.url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        (connection, channel)
    }

    /// Puts a message at the end of a line.
    pub async fn publish(&self, line: &str, body: &[u8]) {
        let (connection, channel) = self.channel().await;
        let properties = BasicProperties::default().with_delivery_mode(2);
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        channel.confirm_select(Default::default()).await.unwrap();
        let confirmed = channel.basic_publish("".into(), line.into(), options, body, properties).await.unwrap();
        assert!(confirmed.await.unwrap().is_ack());
        connection.close(200, "bye".into()).await.unwrap();
    }

    /// Takes everything out of a line.
    pub async fn take_all(&self, line: &str) -> Vec<Vec<u8>> {
        let (connection, channel) = self.channel().await;
        let mut bodies = Vec::new();
        let options = BasicGetOptions { no_ack: true };
        while let Some(message) = channel.basic_get(line.into(), options).await.unwrap() {
            bodies.push(message.delivery.data);
        }
        connection.close(200, "bye".into()).await.unwrap();
        bodies
    }

    /// Takes everything out of a line of dead letters, each with why it is there.
    pub async fn take_dead(&self, line: &str) -> Vec<(Vec<u8>, String)> {
        let (connection, channel) = self.channel().await;
        let mut letters = Vec::new();
        let options = BasicGetOptions { no_ack: true };
        while let Some(message) = channel.basic_get(line.into(), options).await.unwrap() {
            let headers = message.delivery.properties.headers().clone().unwrap_or_default();
            let reason = headers.inner().get("x-first-death-reason").map(|reason| match reason {
                AMQPValue::LongString(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
                other => panic!("{other:?} is no reason"),
            });
            letters.push((message.delivery.data, reason.unwrap_or_default()));
        }
        connection.close(200, "bye".into()).await.unwrap();
        letters
    }

    /// How many stand in a line.
    pub async fn depth(&self, line: &str) -> u32 {
        let (connection, channel) = self.channel().await;
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
        let queue = channel.queue_declare(line.into(), passive, FieldTable::default()).await.unwrap();
        connection.close(200, "bye".into()).await.unwrap();
        queue.message_count()
    }
}

impl Server {
    fn command(&self) -> Command {
        let folder = self.folder.path();
        let at = |name: &str| folder.join(name);
        fs::write(at("plugins"), "[].").unwrap();
        fs::create_dir_all(at("home")).unwrap();
        let [port, epmd, distribution] = self.ports.map(|port| port.to_string());
        let log = fs::File::options().create(true).append(true).open(at("said")).unwrap();
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", PROGRAM])
            .env("HOME", at("home"))
            .env("ERL_EPMD_PORT", epmd)
            .env("RABBITMQ_NODENAME", format!("hubbub-{}@localhost", std::process::id()))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", port)
            .env("RABBITMQ_DIST_PORT", distribution)
            .env("RABBITMQ_MNESIA_BASE", at("mnesia"))
            .env("RABBITMQ_LOG_BASE", at("log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_CONFIG_FILE", at("none"))
            // Otherwise it keeps both cores busy with waiting.
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none")
            // The shell becomes the broker, so that its process id is the broker's.
            .env("detached", "yes")
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for child in self.broker.iter_mut().chain([&mut self.epmd]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// From a thread that stays: a child that is to die with its parent dies with the thread that started it.
fn spawn(mut command: Command) -> Child {
    let (give, take) = sync_channel(1);
    thread::spawn(move || {
        give.send(command.stdin(Stdio::null()).spawn().unwrap()).unwrap();
        loop {
            thread::park();
        }
    });
    take.recv().unwrap()
}
