//! What Web Push needs from outside: somebody who seals what is to be said for one device and takes it there.

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::protocol::errors::FieldError;

/// Where a device is reached, and the keys of its browser: what it is told is sealed for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushAddress {
    /// The address at the push service of the browser's maker.
    pub endpoint: String,
    /// The public key (P-256, uncompressed), in base64url.
    pub p256dh: String,
    /// The shared secret of 16 bytes, in base64url.
    pub auth: String,
}

/// How much it matters that a device that sleeps hears of it now: RFC 8030, section 5.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// It can wait until the device is charged or on Wi-Fi.
    Low,
    /// Somebody writes to them or asks something of them.
    Normal,
}

/// What is to be said to one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Which.
    pub to: PushAddress,
    /// JSON for the site's service worker.
    pub payload: String,
    /// How long the push service keeps it for a device that is off.
    pub keep_for: Duration,
    /// Whether it may wait.
    pub urgency: Urgency,
    /// What is kept of the same topic gives way to it. At most 32 characters of base64url.
    pub topic: String,
}

/// A push was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PushError {
    /// The push service was away, slow, or asked to come back later.
    #[error("the push service did not take it: {reason}")]
    Later {
        /// What it said.
        reason: String,
        /// How long it asked to be left alone.
        after: Option<Duration>,
    },
    /// The device does not take any any more.
    #[error("the device is gone: {0}")]
    Gone(String),
    /// This one will never be taken.
    #[error("the push service refused it: {0}")]
    Refused(String),
}

/// Carries pushes.
#[async_trait]
pub trait Pusher: Send + Sync + 'static {
    /// The server's public key (VAPID), in base64url, that browsers subscribe with.
    fn public_key(&self) -> &str;
    /// What is wrong with an address, if anything is.
    fn fault(&self, address: &PushAddress) -> Option<FieldError>;
    /// Seals a push and hands it on. Ends within seconds, whatever the push service does.
    ///
    /// # Errors
    /// When it was not taken.
    async fn send(&self, push: &Push) -> Result<(), PushError>;
}
