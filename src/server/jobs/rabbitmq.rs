//! RabbitMQ: the road on which errands travel to workers.
//!
//! Every kind of errand has a line of its own: a durable quorum queue, of bounded length. What cannot be read, or fails again
//! and again, goes to a queue of dead letters, where somebody may look at it; the store knows what is to be done anyway.

mod consumer;
mod dispatcher;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use lapin::{
    Channel, Connection, ConnectionProperties, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
    uri::AMQPUri,
};
use thiserror::Error;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

pub use consumer::ErrandConsumer;
pub use dispatcher::ErrandDispatcher;

use crate::server::domain::ports::{ErrandKind, Road};

/// How long the broker may take to accept a connection, and to close one.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// Seconds between signs of life, unless the address says otherwise: a broker that went away without a word is noticed
/// after twice as long.
const HEARTBEAT_S: u16 = 10;
/// The first pause before connecting again; each is twice as long as the one before, and up to half of it left to chance.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Errands that may stand in a line. More wait in the store.
const LINE_MAX: i32 = 10_000;
/// How often an errand is given back, or lost with its worker, before it is a dead letter.
const DELIVERIES_MAX: i32 = 20;
/// Dead letters that are kept; the oldest go first.
const DEAD_MAX: i32 = 1_000;
/// Where dead letters go.
const DEAD_EXCHANGE: &str = "hubbub.dead";

/// The line of a kind. A queue cannot be changed once it is there: whoever changes its arguments gives it another name.
#[must_use]
pub const fn line(kind: ErrandKind) -> &'static str {
    match kind {
        ErrandKind::Letter => "hubbub.letters",
        ErrandKind::Push => "hubbub.pushes",
    }
}

/// Where the dead letters of a kind wait to be looked at.
#[must_use]
pub const fn dead_line(kind: ErrandKind) -> &'static str {
    match kind {
        ErrandKind::Letter => "hubbub.letters.dead",
        ErrandKind::Push => "hubbub.pushes.dead",
    }
}

/// The address cannot be understood.
#[derive(Debug, Error)]
#[error("AMQP_URL cannot be used: {0}")]
pub struct RabbitMqSetupError(String);

/// Why a connection is over.
#[derive(Debug, Error)]
enum Ended {
    #[error(transparent)]
    Broker(#[from] lapin::Error),
    #[error("the broker did not answer in time")]
    Silent,
    #[error("the broker closed the line")]
    Closed,
}

/// Where the broker is, and whether it can be reached. Clones share what they know.
#[derive(Clone, Debug)]
pub struct RabbitMq {
    address: AMQPUri,
    reached: Arc<AtomicBool>,
}

impl RabbitMq {
    /// The broker at `amqp://user:password@host:5672/vhost`.
    ///
    /// # Errors
    /// When that address cannot be understood.
    pub fn new(url: &str) -> Result<Self, RabbitMqSetupError> {
        let mut address: AMQPUri = url.parse().map_err(RabbitMqSetupError)?;
        if address.vhost.is_empty() {
            // A slash at the end is the default host for people; RabbitMQ would look for one without a name.
            "/".clone_into(&mut address.vhost);
        }
        address.query.heartbeat.get_or_insert(HEARTBEAT_S);
        Ok(Self { address, reached: Arc::default() })
    }

    async fn connect(&self, name: &str) -> Result<Connection, Ended> {
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connecting = Connection::connect_uri(self.address.clone(), properties);
        Ok(timeout(CONNECT_PATIENCE, connecting).await.map_err(|_| Ended::Silent)??)
    }
}

impl Road for RabbitMq {
    fn is_open(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }
}

/// Connects again and again, with pauses that grow while nothing works.
struct Redial {
    rabbit: RabbitMq,
    name: &'static str,
    failures: u32,
}

impl Redial {
    const fn new(rabbit: RabbitMq, name: &'static str) -> Self {
        Self { rabbit, name, failures: 0 }
    }

    /// The next connection; `None` once the server stops.
    async fn next(&mut self, stopping: &CancellationToken) -> Option<Connection> {
        loop {
            if self.failures > 0 {
                stopping.run_until_cancelled(sleep(pause(self.failures))).await?;
            }
            match stopping.run_until_cancelled(self.rabbit.connect(self.name)).await? {
                Ok(connection) => return Some(connection),
                Err(cause) => self.failed(&cause),
            }
        }
    }

    /// The connection does its work.
    fn works(&mut self) {
        if self.failures > 0 {
            tracing::info!(link = self.name, "RabbitMQ is there");
        }
        self.failures = 0;
    }

    /// The connection is over.
    async fn over(&mut self, connection: Connection, ended: Result<(), Ended>) {
        if let Err(cause) = ended {
            self.failed(&cause);
        }
        // One that is gone already cannot be closed, and need not be.
        let _ = timeout(CONNECT_PATIENCE, connection.close(200, "bye".into())).await;
    }

    fn failed(&mut self, cause: &Ended) {
        self.failures = self.failures.saturating_add(1);
        // Said once; an outage may be long.
        if self.failures == 1 {
            tracing::warn!(link = self.name, %cause, "RabbitMQ is away; what is due waits");
        } else {
            tracing::debug!(link = self.name, %cause, "RabbitMQ is still away");
        }
    }
}

/// How long to wait after so many failures.
fn pause(failures: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
    // All who lost the same broker must not come back at the same moment.
    longest.mul_f64(rand::random_range(0.5..=1.0))
}

/// Declares the line of a kind and where its dead letters go; what is there already stays as it is.
async fn declare(channel: &Channel, kind: ErrandKind) -> Result<(), Ended> {
    let (line, dead) = (line(kind), dead_line(kind));
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(DEAD_EXCHANGE.into(), ExchangeKind::Direct, durable, FieldTable::default()).await?;
    let text = |text: &str| AMQPValue::LongString(text.into());
    let queue = |arguments: &[(&str, AMQPValue)]| {
        let mut table = FieldTable::default();
        table.insert("x-queue-type".into(), text("quorum"));
        for (name, value) in arguments {
            table.insert((*name).into(), value.clone());
        }
        table
    };
    let arguments = queue(&[("x-max-length", AMQPValue::LongInt(DEAD_MAX))]);
    channel.queue_declare(dead.into(), QueueDeclareOptions::durable(), arguments).await?;
    let key: ShortString = line.into();
    let binding = QueueBindOptions::default();
    channel.queue_bind(dead.into(), DEAD_EXCHANGE.into(), key, binding, FieldTable::default()).await?;
    let arguments = queue(&[
        ("x-dead-letter-exchange", text(DEAD_EXCHANGE)),
        ("x-dead-letter-routing-key", text(line)),
        ("x-delivery-limit", AMQPValue::LongInt(DELIVERIES_MAX)),
        ("x-max-length", AMQPValue::LongInt(LINE_MAX)),
        ("x-overflow", text("reject-publish")),
    ]);
    channel.queue_declare(line.into(), QueueDeclareOptions::durable(), arguments).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound_and_differ() {
        for failures in 1..40 {
            let span = pause(failures);
            assert!(span >= FIRST_PAUSE / 2 && span <= LONGEST_PAUSE, "{failures}: {span:?}");
        }
        assert!(pause(1) <= FIRST_PAUSE);
        assert!((0..50).any(|_| pause(30) != pause(30)));
    }

    #[test]
    fn an_address_may_leave_out_its_host_of_queues() {
        for url in ["amqp://localhost", "amqp://localhost/", "amqp://localhost/%2f"] {
            assert_eq!(RabbitMq::new(url).unwrap().address.vhost, "/", "{url}");
        }
        let rabbit = RabbitMq::new("amqp://me:secret@localhost:5673/hubbub?heartbeat=3").unwrap();
        assert_eq!((rabbit.address.vhost.as_str(), rabbit.address.query.heartbeat), ("hubbub", Some(3)));
        assert!(!rabbit.is_open());
    }
}
