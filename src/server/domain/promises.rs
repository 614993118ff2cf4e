//! Promises: the work that transactions wrote into the outbox, done after them.

use std::time::Duration;

use super::{
    Domain,
    errors::Result,
    notifications::telling::Telling,
    outcome::{LaterWork, Publication, Work},
    ports::{OutboxRecord, StoreError},
};
use crate::protocol::{
    ids::{AnnouncementId, ConversationId, OutboxId},
    time::Timestamp,
};

/// How long one server keeps others away from what it took. The work takes milliseconds; one that died in between is
/// followed by another after this.
const LEASE: Duration = Duration::from_secs(30);

/// How much is taken at once: what one transaction tells is short, so that nobody who writes waits long.
pub const PROMISES_AT_ONCE: usize = 100;

/// Work that failed this often is worth a line in the log each time.
const ATTEMPTS_BEFORE_WARNING: u32 = 3;

impl Domain {
    /// Says that a committed transaction promised work, so that it is done now and not when it is next looked for.
    pub(super) fn kick(&self) {
        self.promised.notify_one();
    }

    /// Resolves when somebody promised work since it last did.
    pub async fn promised(&self) {
        self.promised.notified().await;
    }

    /// How many promises wait, and since when the oldest does.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn promises_waiting(&self) -> Result<(u64, Option<Timestamp>)> {
        Ok(self.ports.store.read().await?.outbox_depth().await?)
    }

    /// When the next promise is due; `None` when none waits.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next_promise(&self) -> Result<Option<Timestamp>> {
        Ok(self.ports.store.read().await?.outbox_due().await?)
    }

    /// Does one batch of what is due, oldest first; how much of it was done. What fails stays, and comes up again when its
    /// lease has run out; doing anything twice changes nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_promises(&self) -> Result<usize> {
        let entries = self.lease_promises().await?;
        let taken = entries.len();
        let mut failed = 0;
        let (mut publications, mut tellings, mut conversations) = (Vec::new(), Vec::new(), Vec::new());
        for OutboxRecord { id: entry, work, attempts, .. } in entries {
            if attempts >= ATTEMPTS_BEFORE_WARNING {
                tracing::warn!(%entry, attempts, "promised work still waits");
            }
            match work {
                Work::Publish(publication) => publications.push((entry, publication)),
                Work::Later(LaterWork::Tell { notification_id, user_id }) => {
                    tellings.push(Telling { entry, notification_id, user_id });
                }
                Work::Later(LaterWork::Messages { conversation_id }) => conversations.push((entry, conversation_id)),
                Work::Later(LaterWork::Announce { announcement_id, after }) => {
                    let told = self.spread_announcement(entry, announcement_id, after).await;
                    failed += usize::from(is_failed(told, announcement_id));
                }
                Work::Later(LaterWork::EndAnnouncement { announcement_id }) => {
                    let ended = self.let_announcement_rest(entry, announcement_id).await;
                    failed += usize::from(is_failed(ended, announcement_id));
                }
            }
        }
        failed += self.publish_promised(publications).await?;
        failed += self.tell_promised(&tellings).await;
        failed += self.tell_promised_messages(&conversations).await;
        Ok(taken.saturating_sub(failed))
    }

    /// Takes a batch. An outbox in which nothing is due, the usual case, is found by reading: the one who writes is not
    /// kept waiting.
    async fn lease_promises(&self) -> Result<Vec<OutboxRecord>> {
        let now = self.now();
        if self.next_promise().await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let mut tx = self.ports.store.begin().await?;
        let entries = tx.lease_outbox(now, now.plus(LEASE), PROMISES_AT_ONCE).await?;
        tx.commit().await?;
        Ok(entries)
    }

    async fn publish_promised(&self, publications: Vec<(OutboxId, Publication)>) -> Result<usize> {
        let mut finished = Vec::with_capacity(publications.len());
        let mut failed = 0;
        for (entry, publication) in publications {
            match self.ports.broker.publish(publication).await {
                Ok(()) => finished.push(entry),
                Err(_) => failed += 1,
            }
        }
        self.forget_promises(&finished).await?;
        Ok(failed)
    }

    /// All together; when that fails, each alone, so that one that cannot be told holds up no other.
    async fn tell_promised(&self, tellings: &[Telling]) -> usize {
        if tellings.is_empty() || self.tell(tellings).await.is_ok() {
            return 0;
        }
        let mut failed = 0;
        for telling in tellings {
            if let Err(cause) = self.tell(std::slice::from_ref(telling)).await {
                failed += 1;
                tracing::warn!(%cause, notification = %telling.notification_id, "a notification was not told");
            }
        }
        failed
    }

    async fn tell_promised_messages(&self, conversations: &[(OutboxId, ConversationId)]) -> usize {
        let mut failed = 0;
        for (entry, conversation) in conversations {
            if let Err(cause) = self.tell_messages(*entry, *conversation).await {
                failed += 1;
                tracing::warn!(%cause, %conversation, "unread messages were not told");
            }
        }
        failed
    }

    /// Forgets what is done.
    pub(super) async fn forget_promises(&self, done: &[OutboxId]) -> std::result::Result<(), StoreError> {
        if done.is_empty() {
            return Ok(());
        }
        let mut tx = self.ports.store.begin().await?;
        tx.finish_outbox(done).await?;
        tx.commit().await
    }
}

/// Whether the work for an announcement failed; it comes up again.
fn is_failed(done: Result<()>, announcement: AnnouncementId) -> bool {
    if let Err(cause) = &done {
        tracing::warn!(%cause, %announcement, "an announcement was not told or ended for some");
    }
    done.is_err()
}
