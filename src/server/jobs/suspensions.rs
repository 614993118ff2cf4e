//! Suspensions end by themselves: who is kept out until a moment is let in again when it has come.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::server::domain::{Domain, Result};

/// How often it is looked whose time has come. Signing in does not wait for it: that looks at the moment itself.
const EVERY: Duration = Duration::from_secs(60);

/// Lets people in again.
#[derive(Clone)]
pub struct Suspensions {
    domain: Domain,
}

impl Suspensions {
    /// With this domain, which tells those who watch.
    #[must_use]
    pub const fn new(domain: Domain) -> Self {
        Self { domain }
    }

    /// Looks at the start and every minute until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        let mut every = interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(every.tick()).await.is_some() {
            match self.run_once().await {
                Ok(0) => {}
                Ok(lifted) => tracing::info!(lifted, "suspensions ended"),
                Err(cause) => tracing::warn!(%cause, "suspensions could not be ended; it is tried again in a minute"),
            }
        }
    }

    /// Lets those in whose time has come; how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_once(&self) -> Result<usize> {
        self.domain.lift_suspensions_over().await
    }
}
