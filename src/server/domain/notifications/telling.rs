//! Telling: what changed is numbered in the person's log, kept, and then published.

use std::collections::BTreeMap;

use super::{
    super::{
        Domain,
        errors::Result,
        outcome::{Publication, Work},
        ports::{OutboxRecord, ToldNotification},
    },
    preferences::{is_quiet, settings_or_default},
    unread,
    views::view,
};
use crate::protocol::{
    events::{NotificationEvent, NotificationUpdate, ServerEvent},
    ids::{NotificationId, OutboxId, UserId},
    notifications::NotificationStatus,
    time::Timestamp,
};

/// One entry of the outbox that promises to tell a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server::domain) struct Telling {
    /// The entry.
    pub entry: OutboxId,
    /// Which notification.
    pub notification_id: NotificationId,
    /// Whose.
    pub user_id: UserId,
}

impl Domain {
    /// Tells all of them in one transaction, which also forgets their entries, and publishes after it. Nobody else is asked
    /// to tell the same meanwhile; if somebody did, there is nothing left to tell.
    pub(in crate::server::domain) async fn tell(&self, tellings: &[Telling]) -> Result<()> {
        let now = self.now();
        let mut by_person: BTreeMap<UserId, Vec<NotificationId>> = BTreeMap::new();
        for telling in tellings {
            by_person.entry(telling.user_id).or_default().push(telling.notification_id);
        }
        let mut tx = self.ports.store.begin().await?;
        let mut news = Vec::new();
        for (user_id, notifications) in by_person {
            tx.hold_bell(user_id).await?;
            let settings = settings_or_default(tx.notification_settings(user_id).await?);
            let mut bell = None;
            for id in notifications {
                let Some(told) = tx.tell(id, now).await? else { continue };
                self.queue_letter(&mut *tx, &told, &settings).await?;
                if told.notification.shown {
                    bell = Some(told.bell);
                    news.push(event(told, is_quiet(&settings, now), now));
                }
            }
            news.extend(bell.map(|bell| Publication::Person { user_id, event: unread(bell) }));
        }
        tx.finish_outbox(&tellings.iter().map(|telling| telling.entry).collect::<Vec<_>>()).await?;
        tx.commit().await?;
        self.publish_or_promise(news).await
    }

    /// Publishes; what the broker does not take is promised, so that it is tried again.
    async fn publish_or_promise(&self, news: Vec<Publication>) -> Result<()> {
        let mut refused = Vec::new();
        for publication in news {
            if self.ports.broker.publish(publication.clone()).await.is_err() {
                refused.push(publication);
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let mut tx = self.ports.store.begin().await?;
        for publication in refused {
            let work = Work::Publish(publication);
            let entry = OutboxRecord { id: OutboxId::new(self.next_id()), work, created_at: now, attempts: 0 };
            tx.insert_outbox(&[entry], now).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What a numbered change is to the person's devices.
fn event(told: ToldNotification, is_quiet: bool, now: Timestamp) -> Publication {
    let ToldNotification { notification, is_news, bell } = told;
    let user_id = notification.user_id;
    if notification.removed_at.is_some() {
        let update = NotificationUpdate {
            notification_id: notification.id,
            status: NotificationStatus::Removed,
            and_older: false,
            channel: None,
            reason: None,
            timestamp: now,
            seq: Some(bell.seq),
            offset: 0,
        };
        return Publication::to_person(user_id, ServerEvent::NotificationUpdate(update));
    }
    let alert = is_news && !is_quiet && notification.read_at.is_none();
    let event = NotificationEvent { notification: view(notification), alert, offset: 0 };
    Publication::to_person(user_id, ServerEvent::Notification(event))
}
