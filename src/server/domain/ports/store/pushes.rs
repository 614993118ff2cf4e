//! The store's port for Web Push: the devices that take it, and what waits for each.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{super::PushAddress, Stored};
use crate::protocol::{
    ids::{NotificationId, PushDeviceId, SessionId, UserId},
    notifications::NotificationStatus,
    time::Timestamp,
};

/// A device that takes pushes, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushDeviceRecord {
    /// Which.
    pub id: PushDeviceId,
    /// Whose.
    pub user_id: UserId,
    /// The session it belongs to, and ends with.
    pub session_id: SessionId,
    /// The device in words, as its session has it.
    pub device: String,
    /// How it is reached.
    pub address: PushAddress,
    /// Since when.
    pub created_at: Timestamp,
    /// When its push service last took something.
    pub delivered_at: Option<Timestamp>,
}

/// What is due for a device: whoever sends it claims it with this first, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuePush {
    /// To which.
    pub device_id: PushDeviceId,
    /// Whose.
    pub user_id: UserId,
    /// What.
    pub notification_id: NotificationId,
    /// When it was queued.
    pub created_at: Timestamp,
    /// How many tries in a row have failed for the device.
    pub attempts: u32,
    /// Grows each time somebody takes or claims what is due for the device: an older one changes nothing any more.
    pub turn: u64,
}

/// Reads what concerns pushes.
#[async_trait]
pub trait PushesRead {
    /// The devices of a person whose sessions are open, newest first.
    async fn push_devices(&mut self, user: UserId) -> Stored<Vec<PushDeviceRecord>>;
    /// One device, while its session is open.
    async fn push_device(&mut self, id: PushDeviceId) -> Stored<Option<PushDeviceRecord>>;
    /// When the next push is due; `None` when none waits.
    async fn push_due(&mut self) -> Stored<Option<Timestamp>>;
}

/// Writes what concerns pushes. What came of a push is only kept while nobody else has taken what is due for its device.
#[async_trait]
pub trait PushesWrite {
    /// Keeps a device, in place of what its session had before and of whoever had its endpoint before. Its id: the old
    /// one where only its keys changed.
    async fn save_push_device(&mut self, device: &PushDeviceRecord) -> Stored<PushDeviceId>;
    /// Forgets a device. What waits for it alone has failed, for this reason.
    async fn forget_push_device(&mut self, id: PushDeviceId, reason: &str, at: Timestamp) -> Stored<()>;
    /// A notification is to go to every device of a person; whether it was not before, and there are any. It goes once
    /// until it is read.
    async fn queue_push(&mut self, notification: NotificationId, user: UserId, at: Timestamp) -> Stored<bool>;
    /// Takes the oldest push of each device for which one is due at `now`, and has others leave those devices alone until
    /// `lease_until`.
    async fn lease_pushes(&mut self, now: Timestamp, lease_until: Timestamp, limit: usize) -> Stored<Vec<DuePush>>;
    /// Has others leave the device of a push alone until `until`.
    async fn lay_push_aside(&mut self, push: &DuePush, until: Timestamp) -> Stored<()>;
    /// Claims a push until `lease_until`; `None` when somebody took what is due for its device since, or it is gone.
    async fn claim_push(&mut self, push: &DuePush, lease_until: Timestamp) -> Stored<Option<DuePush>>;
    /// Forgets a push; the device may be sent to again. `delivered_at` when its push service took it.
    async fn finish_push(&mut self, push: &DuePush, delivered_at: Option<Timestamp>) -> Stored<()>;
    /// Puts a push off; others to the same device may go before it.
    async fn put_off_push(&mut self, push: &DuePush, until: Timestamp) -> Stored<()>;
    /// Leaves a device alone: a try for it has failed.
    async fn rest_push_device(&mut self, push: &DuePush, until: Timestamp) -> Stored<()>;
    /// Notes what became of a notification by push, whether that changed it. A failure counts when no other device is
    /// still to hear of it, and none did.
    async fn settle_push(
        &mut self,
        notification: NotificationId,
        status: NotificationStatus,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Stored<bool>;
    /// A notification need not be pushed, as its person was told otherwise: when there is more of it, it may be.
    async fn drop_push(&mut self, notification: NotificationId) -> Stored<()>;
}
