//! Sends pushes when they are due, beside everything else: a push service that says nothing holds up its own device only.

use std::time::Duration;

use futures::{StreamExt, stream::FuturesUnordered};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::server::domain::{Domain, Result, ports::DuePush};

/// How soon it is noticed that a push is due.
const EVERY: Duration = Duration::from_millis(500);

/// Pushes on their way at the same time, each to another device.
const SIDE_BY_SIDE: usize = 64;

/// Sends what is due.
#[derive(Clone)]
pub struct PushCarrier {
    domain: Domain,
}

impl PushCarrier {
    /// With the verbs of this domain.
    #[must_use]
    pub const fn new(domain: Domain) -> Self {
        Self { domain }
    }

    /// Works until the server stops. As soon as one is done there is room for the next.
    pub async fn run(self, stopping: CancellationToken) {
        let mut under_way = FuturesUnordered::new();
        while !stopping.is_cancelled() {
            let room = SIDE_BY_SIDE.saturating_sub(under_way.len());
            match self.domain.due_pushes(room).await {
                Ok(due) => under_way.extend(due.into_iter().map(|push| self.send(push))),
                Err(cause) => tracing::warn!(%cause, "pushes could not be taken; they are looked for again"),
            }
            tokio::select! {
                () = stopping.cancelled() => return,
                Some(()) = under_way.next() => {}
                () = sleep(EVERY) => {}
            }
        }
    }

    /// Sends one batch of what is due; how many were taken.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_once(&self) -> Result<usize> {
        let due = self.domain.due_pushes(SIDE_BY_SIDE).await?;
        let taken = due.len();
        futures::future::join_all(due.into_iter().map(|push| self.send(push))).await;
        Ok(taken)
    }

    async fn send(&self, push: DuePush) {
        if let Err(cause) = self.domain.send_push(push).await {
            tracing::warn!(%cause, "what came of a push was not kept; it is looked at again");
        }
    }
}
