//! Web Push: the devices that take it, and what they are told.

use serde::{Deserialize, Serialize};

use super::{ids::PushDeviceId, time::Timestamp};

/// `GET /api/push/key`: what a browser subscribes with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PushKey {
    /// The server's public key (VAPID: P-256, uncompressed), in base64url.
    pub public_key: String,
}

/// The keys of a browser's subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SubscriptionKeys {
    /// The public key (P-256, uncompressed), in base64url.
    pub p256dh: String,
    /// The shared secret of 16 bytes, in base64url.
    pub auth: String,
}

/// `POST /api/push/subscriptions`: a subscription as browsers put it into JSON; what else they say is left aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewSubscription {
    /// The address at the push service.
    pub endpoint: String,
    /// What to seal with.
    pub keys: SubscriptionKeys,
}

/// A device that takes pushes, as its owner sees it. Where it is reached is told to nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PushDevice {
    /// Which.
    pub id: PushDeviceId,
    /// The device in words ("Firefox on Linux"), as in the list of sessions.
    pub device: String,
    /// Since when it takes them.
    pub created_at: Timestamp,
    /// When its push service last took one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// Whether it belongs to the session that asks.
    pub current: bool,
}

/// What a device is told: for the service worker, which shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushNote {
    /// What is shown of the same tag gives way to it: the id of the notification, or `test`.
    pub tag: String,
    /// A few words.
    pub title: String,
    /// A sentence.
    pub body: String,
    /// Where it leads, as a path on this server.
    pub href: String,
    /// When it happened.
    pub timestamp: Timestamp,
}
