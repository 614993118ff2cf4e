//! The broker of several nodes: what one publishes goes to its own hub at once, and through a Redis channel to the others'.
//!
//! Redis keeps nothing and may lose everything; the database does neither. So what each node says is numbered, and
//! said again in number every second: a node that misses something knows within a second, and has everybody who is
//! connected to it come again and read what they show ([`Hub::begin_again`]). While Redis is away each node goes on by
//! itself.

mod envelope;
mod peers;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use async_trait::async_trait;
use parking_lot::Mutex;
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind, RedisError, Value,
    aio::MultiplexedConnection,
};
use thiserror::Error;
use tokio::{
    sync::{
        Notify,
        mpsc::{Receiver, channel},
        watch,
    },
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{hub::Hub, order::Order};
use crate::server::domain::{
    outcome::Publication,
    ports::{Broker, BrokerError, Clock, Road},
};
use envelope::{Envelope, Said};
use peers::{GONE_AFTER, Heard, Peers};

/// How long Redis may take to accept a connection, and to take what is said.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);
/// How often a node says that it is there.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// A node hears itself too. When it has not for so long, nobody hears it.
const ECHO_PATIENCE: Duration = Duration::from_secs(3);
/// The first pause after the link broke; the next ones double.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest: a site has to be right two seconds after Redis came back.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// What waits to be said at most, in things and in bytes. More is not said: it goes missing for the others, who notice.
const WAITING_MAX: usize = 16_384;
const WAITING_MAX_BYTES: usize = 16 * 1024 * 1024;
/// What is said at once, at most.
const SAID_AT_ONCE: usize = 256;
/// What was heard and waits to be done, at most. More is not heard, which is noticed.
const HEARD_MAX: usize = 16_384;

/// The address cannot be used.
#[derive(Debug, Error)]
#[error("REDIS_URL cannot be used: {0}")]
pub struct RedisSetupError(#[source] RedisError);

/// The link is over.
#[derive(Debug, Error)]
enum Broken {
    #[error(transparent)]
    Redis(#[from] RedisError),
    #[error("Redis closed the link")]
    Closed,
    #[error("Redis did not answer in time")]
    Silent,
}

/// What a broker is made with.
pub struct RedisSettings<'a> {
    /// `redis://user:password@host:6379`.
    pub url: &'a str,
    /// The channel, the same for all nodes of one community, and for no other's.
    pub channel: String,
    /// Names this run of this node.
    pub name: String,
}

/// Sees what other nodes publish before the hub does.
pub type Observer = Box<dyn Fn(&Publication) + Send + Sync>;

/// Hands publications to the hub of this process and to those of the other nodes. Clones are the same broker.
#[derive(Clone)]
pub struct RedisBroker {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    channel: String,
    name: String,
    hub: Hub,
    observer: Observer,
    clock: Arc<dyn Clock>,
    linked: watch::Sender<bool>,
    /// In the order in which this node says it. Held while something is numbered and put into the local hub, so that all
    /// nodes see what this one publishes in one order.
    saying: Mutex<Saying>,
    order: Mutex<Order>,
    peers: Mutex<Peers>,
    /// Something waits to be said.
    said: Notify,
    /// Something may wait for what comes before it.
    held: Notify,
}

#[derive(Default)]
struct Saying {
    number: u64,
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl RedisBroker {
    /// A broker that ends in `hub`, and in those of the other nodes. [`RedisBroker::run`] must run beside it.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub fn new(
        settings: RedisSettings<'_>,
        hub: Hub,
        clock: Arc<dyn Clock>,
        observer: Observer,
    ) -> Result<Self, RedisSetupError> {
        let RedisSettings { url, channel, name } = settings;
        let info = url.into_connection_info().map_err(RedisSetupError)?;
        // What is heard comes on the same connection as the answers to what is said.
        let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(redis)).map_err(RedisSetupError)?;
        hub.share();
        let shared = Shared {
            client,
            channel,
            name,
            hub,
            observer,
            clock,
            linked: watch::Sender::new(false),
            saying: Mutex::default(),
            order: Mutex::default(),
            peers: Mutex::default(),
            said: Notify::new(),
            held: Notify::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Connections at other nodes.
    #[must_use]
    pub fn connections_elsewhere(&self) -> usize {
        self.shared.peers.lock().connections()
    }

    /// Waits until the link stands, `patience` at most; whether it does.
    pub async fn linked(&self, patience: Duration) -> bool {
        let mut linked = self.shared.linked.subscribe();
        timeout(patience, linked.wait_for(|is_linked| *is_linked)).await.is_ok_and(|waited| waited.is_ok())
    }

    /// Keeps the link, until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        let linking = self.shared.keep_linked(&stopping);
        let releasing = stopping.run_until_cancelled(self.shared.release_held());
        futures::join!(linking, releasing);
    }
}

#[async_trait]
impl Broker for RedisBroker {
    async fn publish(&self, publication: Publication) -> Result<(), BrokerError> {
        self.shared.publish(publication);
        Ok(())
    }
}

impl Road for RedisBroker {
    fn is_open(&self) -> bool {
        *self.shared.linked.borrow()
    }
}

impl Shared {
    fn publish(&self, publication: Publication) {
        let mut saying = self.saying.lock();
        let Said::Publish(publication) = self.add(&mut saying, Said::Publish(publication)) else { return };
        self.deliver(publication);
    }

    fn say(&self, said: Said) {
        self.add(&mut self.saying.lock(), said);
    }

    /// Has something said to the other nodes, and gives it back. What cannot be said counts all the same, so that they
    /// notice.
    fn add(&self, saying: &mut Saying, said: Said) -> Said {
        saying.number += u64::from(said.is_numbered());
        if !*self.linked.borrow() || saying.waiting.len() >= WAITING_MAX || saying.bytes >= WAITING_MAX_BYTES {
            return said;
        }
        let envelope = Envelope { from: self.name.clone(), number: saying.number, said };
        match serde_json::to_vec(&envelope) {
            Ok(bytes) => {
                saying.bytes += bytes.len();
                saying.waiting.push_back(bytes);
                self.said.notify_one();
            }
            Err(cause) => tracing::error!(%cause, "a publication could not be written down for other nodes"),
        }
        envelope.said
    }

    /// Puts a publication into the hub, in its order.
    fn deliver(&self, publication: Publication) {
        let waits = *self.linked.borrow();
        let mut order = self.order.lock();
        for ready in order.offer(publication, waits, Instant::now()) {
            self.hub.publish(ready);
        }
        if order.next_due().is_some() {
            self.held.notify_one();
        }
    }

    /// Puts what waited long enough for what comes before it into the hub.
    async fn release_held(&self) {
        loop {
            let due = {
                let mut order = self.order.lock();
                for ready in order.take_due(Instant::now()) {
                    self.hub.publish(ready);
                }
                order.next_due()
            };
            match due {
                Some(due) => sleep_until(due).await,
                None => self.held.notified().await,
            }
        }
    }

    async fn keep_linked(&self, stopping: &CancellationToken) {
        let mut failures = 0_u32;
        while !stopping.is_cancelled() {
            let Some(linked) = stopping.run_until_cancelled(self.link()).await else { return };
            let broken = match linked {
                Ok((connection, heard)) => {
                    if failures > 0 {
                        tracing::info!("Redis is there");
                    }
                    failures = 0;
                    self.talk(connection, heard, stopping).await
                }
                Err(broken) => Err(broken),
            };
            let Err(cause) = broken else { return };
            failures = failures.saturating_add(1);
            // Said once; an outage may be long.
            if failures == 1 {
                tracing::warn!(%cause, "Redis is away; people at other nodes are not live for those at this one");
            } else {
                tracing::debug!(%cause, "Redis is still away");
            }
            let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(8)).min(LONGEST_PAUSE);
            // All who lost the same Redis must not come back at the same moment.
            let pause = pause.mul_f64(rand::random_range(0.5..=1.0));
            stopping.run_until_cancelled(sleep(pause)).await;
        }
    }

    async fn link(&self) -> Result<(MultiplexedConnection, Receiver<PushInfo>), Broken> {
        let (sender, heard) = channel(HEARD_MAX);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWER_PATIENCE))
            .set_response_timeout(Some(ANSWER_PATIENCE))
            .set_push_sender(move |push: PushInfo| sender.try_send(push));
        let linking = async {
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            connection.subscribe(&self.channel).await?;
            Ok((connection, heard))
        };
        timeout(ANSWER_PATIENCE, linking).await.map_err(|_| Broken::Silent)?
    }

    /// Speaks and listens until the link breaks or the server stops.
    async fn talk(
        &self,
        mut connection: MultiplexedConnection,
        heard: Receiver<PushInfo>,
        stopping: &CancellationToken,
    ) -> Result<(), Broken> {
        self.peers.lock().listen(Instant::now());
        self.linked.send_replace(true);
        self.say(Said::Hello);
        self.say(Said::Everybody(self.hub.standings()));
        let talked = tokio::select! {
            broken = self.speak(&mut connection) => broken,
            broken = self.listen(heard) => broken,
            () = stopping.cancelled() => Ok(()),
        };
        let talked = if talked.is_ok() {
            self.say(Said::Bye);
            self.empty(&mut connection).await
        } else {
            talked
        };
        // Under its lock, so that nothing is added that nobody would take.
        let mut saying = self.saying.lock();
        self.linked.send_replace(false);
        saying.waiting.clear();
        saying.bytes = 0;
        talked
    }

    async fn speak(&self, connection: &mut MultiplexedConnection) -> Result<(), Broken> {
        let mut beats = interval(BEAT_EVERY);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.empty(connection).await?;
            tokio::select! {
                _ = beats.tick() => self.say(self.beat()),
                moved = self.hub.standings_changed() => self.say(Said::People(moved)),
                () = self.said.notified() => {}
            }
        }
    }

    fn beat(&self) -> Said {
        Said::Beat { connections: self.hub.stats().connections }
    }

    /// Says what waits.
    async fn empty(&self, connection: &mut MultiplexedConnection) -> Result<(), Broken> {
        loop {
            let mut pipe = redis::pipe();
            {
                let mut saying = self.saying.lock();
                let count = saying.waiting.len().min(SAID_AT_ONCE);
                if count == 0 {
                    return Ok(());
                }
                let said: Vec<Vec<u8>> = saying.waiting.drain(..count).collect();
                for bytes in said {
                    saying.bytes -= bytes.len();
                    pipe.publish(&self.channel, bytes).ignore();
                }
            }
            pipe.query_async::<()>(connection).await?;
        }
    }

    async fn listen(&self, mut heard: Receiver<PushInfo>) -> Result<(), Broken> {
        let mut looks = interval(BEAT_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut echoed = Instant::now();
        loop {
            tokio::select! {
                push = heard.recv() => match push {
                    Some(PushInfo { kind: PushKind::Message, data }) => {
                        if self.hear(&data) {
                            echoed = Instant::now();
                        }
                    }
                    Some(PushInfo { kind: PushKind::Disconnection, .. }) | None => return Err(Broken::Closed),
                    Some(_) => {}
                },
                _ = looks.tick() => {
                    if echoed.elapsed() >= ECHO_PATIENCE {
                        return Err(Broken::Silent);
                    }
                    let gone = self.peers.lock().take_gone(Instant::now());
                    for gone in gone {
                        tracing::warn!(node = gone, "another node is gone");
                        self.hub.node_gone(&gone, self.clock.now().minus(GONE_AFTER));
                    }
                }
            }
        }
    }

    /// Does what was heard on the channel; whether it was this node's own voice.
    fn hear(&self, data: &[Value]) -> bool {
        let Some(Value::BulkString(bytes)) = data.last() else { return false };
        let envelope: Envelope = match serde_json::from_slice(bytes) {
            Ok(envelope) => envelope,
            Err(cause) => {
                tracing::error!(%cause, "another node said something that cannot be read");
                return false;
            }
        };
        let Envelope { from, number, said } = envelope;
        if from == self.name {
            return true;
        }
        let (was_there, heard) = {
            let mut peers = self.peers.lock();
            (peers.is_there(&from), peers.hear(&from, number, said.is_numbered(), Instant::now()))
        };
        match heard {
            Heard::Again => return false,
            Heard::AfterGap => {
                tracing::warn!(node = from, "something that another node published was missed");
                self.hub.begin_again();
                self.say(Said::Hello);
            }
            // Who was taken for gone is asked who is there.
            Heard::Next if !was_there && said != Said::Hello => self.say(Said::Hello),
            Heard::Next => {}
        }
        self.act(&from, said);
        false
    }

    fn act(&self, from: &str, said: Said) {
        match said {
            Said::Publish(publication) => {
                (self.observer)(&publication);
                self.deliver(publication);
            }
            Said::People(people) => self.hub.people_elsewhere(from, &people),
            Said::Everybody(people) => self.hub.everybody_elsewhere(from, &people),
            Said::Beat { connections } => self.peers.lock().set_connections(from, connections),
            Said::Hello => {
                self.say(Said::Everybody(self.hub.standings()));
                self.say(self.beat());
            }
            Said::Bye => self.peers.lock().leave(from, Instant::now()),
            Said::Unknown => {}
        }
    }
}
