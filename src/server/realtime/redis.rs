//! The broker of several nodes: what one publishes goes to its own hub at once, and through a Redis channel to the others'.
//!
//! Redis keeps nothing and may lose everything; the database does neither. So what each node says is numbered, and
//! said again in number every second: a node that misses something knows within a second, and has everybody who is
//! connected to it come again and read what they show ([`Hub::begin_again`]). While Redis is away each node goes on by
//! itself.

mod envelope;
pub mod node;
mod peers;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind, RedisError, Value,
    aio::MultiplexedConnection,
};
use thiserror::Error;
use tokio::{
    sync::mpsc::{Receiver, channel},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::hub::Hub;
use crate::server::domain::{
    outcome::Publication,
    ports::{Broker, BrokerError, Clock, Road},
};
use node::Node;

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
    node: Node,
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
        let shared = Shared { client, channel, node: Node::new(name, hub, clock, observer) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Connections at other nodes.
    #[must_use]
    pub fn connections_elsewhere(&self) -> usize {
        self.shared.node.connections_elsewhere()
    }

    /// Waits until the link stands, `patience` at most; whether it does.
    pub async fn linked(&self, patience: Duration) -> bool {
        let mut linked = self.shared.node.linked();
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
        self.shared.node.publish(publication, Instant::now());
        Ok(())
    }
}

impl Road for RedisBroker {
    fn is_open(&self) -> bool {
        *self.shared.node.linked().borrow()
    }
}

impl Shared {
    /// Has nothing wait too long for what comes before it.
    async fn release_held(&self) {
        loop {
            match self.node.release_due(Instant::now()) {
                Some(due) => sleep_until(due).await,
                None => self.node.holds_something().await,
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
        self.node.link(Instant::now());
        let talked = tokio::select! {
            broken = self.speak(&mut connection) => broken,
            broken = self.listen(heard) => broken,
            () = stopping.cancelled() => Ok(()),
        };
        let talked = if talked.is_ok() {
            self.node.bid_farewell();
            self.empty(&mut connection).await
        } else {
            talked
        };
        self.node.unlink();
        talked
    }

    async fn speak(&self, connection: &mut MultiplexedConnection) -> Result<(), Broken> {
        let mut beats = interval(BEAT_EVERY);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.empty(connection).await?;
            tokio::select! {
                _ = beats.tick() => self.node.beat(),
                moved = self.node.hub().standings_changed() => self.node.tell_people(moved),
                () = self.node.has_something_to_say() => {}
            }
        }
    }

    /// Says what waits.
    async fn empty(&self, connection: &mut MultiplexedConnection) -> Result<(), Broken> {
        loop {
            let said = self.node.take_said(SAID_AT_ONCE);
            if said.is_empty() {
                return Ok(());
            }
            let mut pipe = redis::pipe();
            for bytes in said {
                pipe.publish(&self.channel, bytes).ignore();
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
                    self.node.look_round(Instant::now());
                }
            }
        }
    }

    /// Does what was heard on the channel; whether it was this node's own voice.
    fn hear(&self, data: &[Value]) -> bool {
        let Some(Value::BulkString(bytes)) = data.last() else { return false };
        self.node.hear(bytes, Instant::now())
    }
}
