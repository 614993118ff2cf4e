//! The store's port for letters: what waits to be sent, and what became of it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{NotificationRecord, Stored};
use crate::protocol::{
    ids::{NotificationId, UserId},
    notifications::{Channel, Delivery, EmailTiming, NotificationStatus},
    time::Timestamp,
};

/// What a letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterPurpose {
    /// What waits to be told soon.
    AtOnce,
    /// What waits for the letter of the day.
    Daily,
    /// The link that confirms the address.
    Confirm,
    /// The link that sets a new password.
    Reset,
}

/// A letter that is due: whoever sends it claims it with this first, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueLetter {
    /// To whom.
    pub user_id: UserId,
    /// What for.
    pub purpose: LetterPurpose,
    /// Grows each time somebody takes the letter: an older one takes nothing any more.
    pub turn: u64,
}

/// A letter that somebody claimed and is sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimedLetter {
    /// To whom.
    pub user_id: UserId,
    /// What for.
    pub purpose: LetterPurpose,
    /// As of the claim.
    pub turn: u64,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// Grows with each reason to send it.
    pub version: u64,
}

/// What a letter needs to know of whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterRecipient {
    /// Where it goes.
    pub email: String,
    /// How they are addressed.
    pub full_name: String,
    /// Whether they showed that the address is theirs.
    pub confirmed: bool,
    /// When they were last there.
    pub last_seen_at: Option<Timestamp>,
}

/// Reads what concerns letters.
#[async_trait]
pub trait LettersRead {
    /// Whom a letter is for.
    async fn letter_recipient(&mut self, user: UserId) -> Stored<Option<LetterRecipient>>;
    /// When the next letter, or wish for one, is due; `None` when none waits.
    async fn letter_due(&mut self) -> Stored<Option<Timestamp>>;
    /// Notifications that wait for a letter and are neither read nor removed, newest first, at most `limit`.
    async fn waiting_for_letter(
        &mut self,
        user: UserId,
        timing: EmailTiming,
        limit: usize,
    ) -> Stored<Vec<NotificationRecord>>;
    /// What became of notifications by one channel, newest first: those of notifications below `before`. In the bell that
    /// is what the notification itself says.
    async fn deliveries(
        &mut self,
        channel: Channel,
        status: Option<NotificationStatus>,
        before: Option<NotificationId>,
        limit: usize,
    ) -> Stored<Vec<Delivery>>;
}

/// Writes what concerns letters.
#[async_trait]
pub trait LettersWrite {
    /// A notification is to go by a channel; whether it was not before. It goes once until it is read.
    async fn queue_delivery(
        &mut self,
        notification: NotificationId,
        user: UserId,
        channel: Channel,
        timing: EmailTiming,
        at: Timestamp,
    ) -> Stored<bool>;
    /// A letter is to be sent at `due`, or when the one that waits already is due.
    async fn promise_letter(&mut self, user: UserId, purpose: LetterPurpose, due: Timestamp) -> Stored<()>;
    /// Takes letters that are due at `now`, and has others leave them alone until `lease_until`.
    async fn lease_letters(&mut self, now: Timestamp, lease_until: Timestamp, limit: usize) -> Stored<Vec<DueLetter>>;
    /// Has others leave a letter alone until `until`, unless somebody took it since.
    async fn lay_letter_aside(&mut self, letter: &DueLetter, until: Timestamp) -> Stored<()>;
    /// Claims a letter until `lease_until`; `None` when somebody took it since, or there is nothing to send any more.
    async fn claim_letter(&mut self, letter: &DueLetter, lease_until: Timestamp) -> Stored<Option<ClaimedLetter>>;
    /// Forgets a letter, unless there is a new reason to send it since it was claimed; then it is due at `again`. Nothing
    /// happens when somebody took it since.
    async fn finish_letter(&mut self, letter: &ClaimedLetter, again: Timestamp) -> Stored<()>;
    /// Puts a letter off, unless somebody took it since; `attempts` counts the tries that failed.
    async fn put_off_letter(&mut self, letter: &ClaimedLetter, due: Timestamp, attempts: u32) -> Stored<()>;
    /// Notes what became of deliveries that wait.
    async fn settle_deliveries(
        &mut self,
        notifications: &[NotificationId],
        channel: Channel,
        status: NotificationStatus,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Stored<()>;
    /// What waits for a letter and was read or removed meanwhile need not be sent any more.
    async fn settle_read_deliveries(&mut self, user: UserId, at: Timestamp) -> Stored<()>;
    /// Somebody asks to reset the password of this address (lowercase), whether anybody has it or not.
    async fn wish_for_reset(&mut self, email: &str, at: Timestamp) -> Stored<()>;
    /// Takes the wishes, at most `limit`.
    async fn take_reset_wishes(&mut self, limit: usize) -> Stored<Vec<String>>;
    /// Keeps the key of a link.
    async fn insert_link_key(
        &mut self,
        hash: &str,
        user: UserId,
        purpose: LetterPurpose,
        expires_at: Timestamp,
    ) -> Stored<()>;
    /// Uses a key up, with all others of the same person and purpose; whose it was.
    async fn take_link_key(&mut self, hash: &str, purpose: LetterPurpose, now: Timestamp) -> Stored<Option<UserId>>;
    /// Notes that somebody showed that their address is theirs.
    async fn confirm_email(&mut self, user: UserId, at: Timestamp) -> Stored<()>;
    /// Forgets keys that expired before `before`; how many.
    async fn purge_link_keys(&mut self, before: Timestamp) -> Stored<u64>;
}
