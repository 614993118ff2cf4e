//! Notifications: what concerns a person is counted for them with the change itself, told after it, and read by them.
//!
//! A change raises what concerns others in its own transaction ([`raising`]): the notification grows, and one entry of the
//! outbox waits for it to be told. Telling ([`telling`]) gives what changed meanwhile the next number of the person's log,
//! in a transaction of its own, and publishes it after that. So the numbers have no gaps however many likes are told as one.

mod messages;
pub(super) mod preferences;
pub(super) mod raising;
pub(super) mod telling;
pub(super) mod views;

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    outcome::Publication,
    ports::{AllChanged, BellRecord, Tx},
    validation::{Faults, cut, page_size},
};
use crate::protocol::{
    events::{NotificationUpdate, ServerEvent, UnreadCount},
    ids::{NotificationId, UserId},
    limits::TEST_NOTIFICATION_MAX_CHARS,
    notifications::{AllRead, Notification, NotificationFilter, NotificationStatus},
    time::Timestamp,
    views::Page,
};
pub use preferences::time_zones;
pub use raising::Raise;
use views::view;

/// What an address that leads to no notification of the asker is called.
const GONE: DomainError = DomainError::NotFound("This notification");

impl Domain {
    /// A page of the asker's notifications, newest first.
    ///
    /// # Errors
    /// When `limit` is not acceptable.
    pub async fn notifications(
        &self,
        actor: &Actor,
        filter: NotificationFilter,
        before: Option<u64>,
        limit: Option<usize>,
    ) -> Result<Page<Notification>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        let mut found = read.notifications(actor.user_id, filter, before, limit + 1).await?;
        let next = cut(&mut found, limit, |last| last.place.to_string());
        Ok(Page { items: found.into_iter().map(view).collect(), next })
    }

    /// Marks one as read, or as unread again; doing it again changes nothing. As it is now.
    ///
    /// # Errors
    /// When the asker has no such notification.
    pub async fn set_notification_read(
        &self,
        actor: &Actor,
        id: NotificationId,
        is_read: bool,
    ) -> Result<Notification> {
        let now = self.now();
        let mut tx = self.ports.store.begin().await?;
        tx.hold_bell(actor.user_id).await?;
        let changed = tx.set_read_notification(actor.user_id, id, is_read.then_some(now)).await?;
        let record = tx.notification(actor.user_id, id).await?.filter(|record| record.removed_at.is_none());
        let record = record.ok_or(GONE)?;
        tx.commit().await?;
        if let Some(bell) = changed {
            let status = if is_read { NotificationStatus::Read } else { NotificationStatus::Unread };
            self.publish(became(actor.user_id, id, (status, self.now()), false, bell)).await;
        }
        Ok(view(record))
    }

    /// Marks all as read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_all_notifications(&self, actor: &Actor) -> Result<AllRead> {
        let mut tx = self.ports.store.begin().await?;
        let before = tx.hold_bell(actor.user_id).await?;
        let changed = tx.read_all(actor.user_id, self.now()).await?;
        tx.commit().await?;
        Ok(self.all_became(actor, changed, before, NotificationStatus::Read).await)
    }

    /// Takes back the last [`Domain::read_all_notifications`], the one that answered with the moment `at`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn undo_read_all(&self, actor: &Actor, at: Timestamp) -> Result<AllRead> {
        let mut tx = self.ports.store.begin().await?;
        let before = tx.hold_bell(actor.user_id).await?;
        let changed = tx.undo_read_all(actor.user_id, at).await?;
        tx.commit().await?;
        Ok(self.all_became(actor, changed, before, NotificationStatus::Unread).await)
    }

    /// Tells what became of many at once, if anything did.
    async fn all_became(
        &self,
        actor: &Actor,
        changed: Option<AllChanged>,
        before: BellRecord,
        status: NotificationStatus,
    ) -> AllRead {
        let Some(AllChanged { newest, count, at, bell }) = changed else {
            return AllRead { at: self.now(), count: 0, seq: before.seq };
        };
        // The moment says which ones they were.
        self.publish(became(actor.user_id, newest, (status, at), true, bell)).await;
        AllRead { at, count, seq: bell.seq }
    }

    /// Raises a notification for the asker themselves, to try out theirs.
    ///
    /// # Errors
    /// When the text is not acceptable.
    pub async fn test_notification(&self, actor: &Actor, message: &str) -> Result<()> {
        let mut faults = Faults::default();
        let text = faults.text("message", "The text", message, TEST_NOTIFICATION_MAX_CHARS);
        faults.check()?;
        let mut tx = self.ports.store.begin().await?;
        let raise = Raise::tested(actor.user_id, self.next_id(), &text);
        self.raise(&mut *tx, vec![raise]).await?;
        tx.commit().await?;
        self.kick();
        Ok(())
    }
}

/// What a change of a notification's state, at a moment, is to the person's devices.
fn became(
    user_id: UserId,
    notification_id: NotificationId,
    (status, timestamp): (NotificationStatus, Timestamp),
    and_older: bool,
    bell: BellRecord,
) -> Vec<Publication> {
    let update = NotificationUpdate {
        notification_id,
        status,
        and_older,
        channel: None,
        reason: None,
        timestamp,
        seq: Some(bell.seq),
        offset: 0,
    };
    vec![
        Publication::to_person(user_id, ServerEvent::NotificationUpdate(update)),
        Publication::Person { user_id, event: unread(bell) },
    ]
}

/// Marks one as read because of something else that happened at a moment. What the caller is to publish after the commit.
pub(super) async fn read_for(
    tx: &mut (dyn Tx + '_),
    user: UserId,
    id: NotificationId,
    at: Timestamp,
) -> Result<Vec<Publication>> {
    tx.hold_bell(user).await?;
    let bell = tx.set_read_notification(user, id, Some(at)).await?;
    Ok(bell.map(|bell| became(user, id, (NotificationStatus::Read, at), false, bell)).unwrap_or_default())
}

/// What is unread, as it is told.
fn unread(bell: BellRecord) -> ServerEvent {
    ServerEvent::UnreadCount(UnreadCount { count: bell.unread_count, seq: bell.seq, conversations: None })
}
