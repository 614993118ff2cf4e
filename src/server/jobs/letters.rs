//! Sends letters when they are due, beside everything else: a slow mail server holds up no notification.

use std::time::Duration;

use futures::StreamExt;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::server::domain::{Domain, LETTERS_AT_ONCE, Result};

/// How soon it is noticed that a letter is due.
const EVERY: Duration = Duration::from_secs(1);

/// Letters on their way at the same time.
const SIDE_BY_SIDE: usize = 4;

/// Sends what is due.
#[derive(Clone)]
pub struct LetterCarrier {
    domain: Domain,
}

impl LetterCarrier {
    /// With the verbs of this domain.
    #[must_use]
    pub const fn new(domain: Domain) -> Self {
        Self { domain }
    }

    /// Works until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            match stopping.run_until_cancelled(self.run_once()).await {
                None => return,
                Some(Ok(sent)) if sent == LETTERS_AT_ONCE => {}
                Some(Ok(_)) => _ = stopping.run_until_cancelled(sleep(EVERY)).await,
                Some(Err(cause)) => {
                    tracing::warn!(%cause, "letters could not be sent; they are tried again");
                    _ = stopping.run_until_cancelled(sleep(EVERY)).await;
                }
            }
        }
    }

    /// Sends one batch of what is due; how many were taken.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_once(&self) -> Result<usize> {
        let letters = self.domain.due_letters(LETTERS_AT_ONCE).await?;
        let taken = letters.len();
        let send = async |letter| {
            if let Err(cause) = self.domain.send_letter(letter).await {
                tracing::warn!(%cause, "what came of a letter was not kept; it is looked at again");
            }
        };
        futures::stream::iter(letters).for_each_concurrent(SIDE_BY_SIDE, send).await;
        Ok(taken)
    }
}
