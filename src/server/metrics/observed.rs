//! Ports of the domain whose use is counted: each does what the one inside it does.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use super::Metrics;
use crate::{
    protocol::errors::FieldError,
    server::domain::ports::{
        Activity, Letter, MailError, Mailer, Push, PushAddress, PushError, Pusher, Read, Store, Stored, Tx,
    },
};

/// A store of which it is known how long it was waited for.
pub struct ObservedStore {
    inside: Arc<dyn Store>,
    metrics: Metrics,
}

/// A mailer of which it is known what came of letters.
pub struct ObservedMailer {
    inside: Arc<dyn Mailer>,
    metrics: Metrics,
}

/// A pusher of which it is known what came of pushes.
pub struct ObservedPusher {
    inside: Arc<dyn Pusher>,
    metrics: Metrics,
}

impl ObservedStore {
    /// Around a store.
    #[must_use]
    pub const fn new(inside: Arc<dyn Store>, metrics: Metrics) -> Self {
        Self { inside, metrics }
    }
}

impl ObservedMailer {
    /// Around a mailer.
    #[must_use]
    pub const fn new(inside: Arc<dyn Mailer>, metrics: Metrics) -> Self {
        Self { inside, metrics }
    }
}

impl ObservedPusher {
    /// Around a pusher.
    #[must_use]
    pub const fn new(inside: Arc<dyn Pusher>, metrics: Metrics) -> Self {
        Self { inside, metrics }
    }
}

#[async_trait]
impl Store for ObservedStore {
    async fn read(&self) -> Stored<Box<dyn Read>> {
        let begun = Instant::now();
        let read = self.inside.read().await;
        self.metrics.waited("read", begun.elapsed());
        read
    }

    async fn begin(&self) -> Stored<Box<dyn Tx>> {
        let begun = Instant::now();
        let tx = self.inside.begin().await;
        self.metrics.waited("write", begun.elapsed());
        tx
    }

    fn writers(&self) -> usize {
        self.inside.writers()
    }

    async fn probe(&self) -> Stored<()> {
        self.inside.probe().await
    }

    fn activity(&self) -> Activity {
        self.inside.activity()
    }
}

#[async_trait]
impl Mailer for ObservedMailer {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let begun = Instant::now();
        let sent = self.inside.send(letter).await;
        let outcome = match &sent {
            Ok(()) => "delivered",
            Err(MailError::Later(_)) => "put_off",
            Err(MailError::Refused(_)) => "refused",
        };
        self.metrics.delivered("email", outcome, begun.elapsed());
        sent
    }
}

#[async_trait]
impl Pusher for ObservedPusher {
    fn public_key(&self) -> &str {
        self.inside.public_key()
    }

    fn fault(&self, address: &PushAddress) -> Option<FieldError> {
        self.inside.fault(address)
    }

    async fn send(&self, push: &Push) -> Result<(), PushError> {
        let begun = Instant::now();
        let sent = self.inside.send(push).await;
        let outcome = match &sent {
            Ok(()) => "delivered",
            Err(PushError::Later { .. }) => "put_off",
            Err(PushError::Gone(_)) => "gone",
            Err(PushError::Refused(_)) => "refused",
        };
        self.metrics.delivered("push", outcome, begun.elapsed());
        sent
    }
}
