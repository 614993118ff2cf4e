//! The relay: hands on what a transaction promised and its own request did not get to, because the server died or the
//! broker was away.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::server::domain::{
    Result,
    ports::{Broker, Clock, OutboxRecord, Store},
};

/// How soon a promise is kept after the lease of the one who made it ran out.
const EVERY: Duration = Duration::from_secs(1);

/// How long one relay keeps others away from what it took. Handing on takes milliseconds; a relay that died in between
/// is followed by another after this.
const LEASE: Duration = Duration::from_secs(30);

/// How many are taken at once.
const BATCH: usize = 100;

/// An entry that failed this often is worth a line in the log each time.
const ATTEMPTS_BEFORE_WARNING: u32 = 3;

/// Empties the outbox into the broker.
#[derive(Clone)]
pub struct OutboxRelay {
    store: Arc<dyn Store>,
    broker: Arc<dyn Broker>,
    clock: Arc<dyn Clock>,
}

impl OutboxRelay {
    /// From this store into this broker.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, broker: Arc<dyn Broker>, clock: Arc<dyn Clock>) -> Self {
        Self { store, broker, clock }
    }

    /// Relays every second until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        let mut every = interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(every.tick()).await.is_some() {
            self.empty(&stopping).await;
        }
    }

    /// Relays batch after batch while they are full.
    async fn empty(&self, stopping: &CancellationToken) {
        while !stopping.is_cancelled() {
            match self.run_once().await {
                Ok(handed_on) if handed_on == BATCH => {}
                Ok(_) => return,
                Err(cause) => return tracing::warn!(%cause, "the outbox could not be relayed; it is tried again"),
            }
        }
    }

    /// Hands on one batch of entries whose lease ran out, oldest first; how many. What the broker refuses stays and
    /// comes up again when this lease has run out; receivers tolerate an event that comes twice.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_once(&self) -> Result<usize> {
        let entries = self.lease().await?;
        let mut finished = Vec::with_capacity(entries.len());
        for OutboxRecord { id, publication, attempts, .. } in entries {
            match self.broker.publish(publication).await {
                Ok(()) => finished.push(id),
                Err(cause) if attempts >= ATTEMPTS_BEFORE_WARNING => {
                    tracing::warn!(%id, attempts, %cause, "a promised publication still waits");
                }
                Err(_) => {}
            }
        }
        if !finished.is_empty() {
            let mut tx = self.store.begin().await?;
            tx.finish_outbox(&finished).await?;
            tx.commit().await?;
        }
        Ok(finished.len())
    }

    /// Takes a batch. An empty outbox, the usual case, is found by reading: the one who writes is not kept waiting.
    async fn lease(&self) -> Result<Vec<OutboxRecord>> {
        let (waiting, _) = self.store.read().await?.outbox_depth().await?;
        if waiting == 0 {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let entries = tx.lease_outbox(now, now.plus(LEASE), BATCH).await?;
        tx.commit().await?;
        Ok(entries)
    }
}
