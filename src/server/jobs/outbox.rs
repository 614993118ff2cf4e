//! The relay: does the work that transactions promised, at once where it can, and what a server that died left behind.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::server::domain::{Domain, PROMISES_AT_ONCE, Result};

/// How soon work is looked for that nobody said was promised: by a server that died, or beside this one.
const EVERY: Duration = Duration::from_secs(1);

/// Empties the outbox.
#[derive(Clone)]
pub struct OutboxRelay {
    domain: Domain,
}

impl OutboxRelay {
    /// With the verbs of this domain.
    #[must_use]
    pub const fn new(domain: Domain) -> Self {
        Self { domain }
    }

    /// Works until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            self.empty(&stopping).await;
            let rest = self.rest().await;
            tokio::select! {
                () = stopping.cancelled() => return,
                () = self.domain.promised() => {}
                () = sleep(rest) => {}
            }
        }
    }

    /// Does batch after batch while they are full.
    async fn empty(&self, stopping: &CancellationToken) {
        while !stopping.is_cancelled() {
            match self.run_once().await {
                Ok(done) if done == PROMISES_AT_ONCE => {}
                Ok(_) => return,
                Err(cause) => return tracing::warn!(%cause, "the outbox could not be emptied; it is tried again"),
            }
        }
    }

    /// How long until something is due, at most [`EVERY`].
    async fn rest(&self) -> Duration {
        match self.domain.next_promise().await {
            Ok(Some(due)) => due.since(self.domain.now()).min(EVERY),
            _ => EVERY,
        }
    }

    /// Does one batch of what is due; how much of it was done.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_once(&self) -> Result<usize> {
        self.domain.keep_promises().await
    }
}
