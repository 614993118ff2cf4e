//! Who may know whether somebody is there, and when they were last.

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    outcome::Publication,
    ports::PresenceRecord,
};
use crate::protocol::{
    ids::UserId,
    limits::{CONNECTIONS_MAX, WATCHED_PEOPLE_MAX},
    requests::PrivacyChange,
    time::Timestamp,
    views::{PeopleOnline, Privacy},
};

/// People who are there and are asked about for one answer, at most. With more of them the count is a lower bound.
const ONLINE_ASKED: usize = 100;

impl Domain {
    /// Others who are there now, as far as the asker may know it: `limit` of them, who joined last first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn people_online(&self, actor: &Actor, limit: usize) -> Result<PeopleOnline> {
        let mut here = self.ports.post.attendance.everybody();
        here.retain(|person| *person != actor.user_id);
        here.sort_unstable();
        let is_more = here.len() > ONLINE_ASKED;
        here.truncate(ONLINE_ASKED);
        let mut read = self.ports.store.read().await?;
        let known = read.presence(&[(actor.user_id, here)]).await?.pop().unwrap_or_default();
        let shows = !known.is_empty() || read.privacy(actor.user_id).await?.is_some_and(|own| own.shows_presence);
        let count = known.len();
        let people = known.into_iter().rev().take(limit).map(|known| known.person).collect();
        Ok(PeopleOnline { people, count, is_more, is_hidden: !shows })
    }

    /// For each who asks, those of their people whose presence they may know, with when they were last seen: not those who
    /// blocked the asker or are blocked by them, nobody who does not show it, and nobody at all for an asker who does not.
    /// Asking for many at once costs the store no more questions than for one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn watch_people(&self, asked: &[(UserId, Vec<UserId>)]) -> Result<Vec<Vec<PresenceRecord>>> {
        Ok(self.ports.store.read().await?.presence(asked).await?)
    }

    /// Whether one may ask for so many people at a time.
    ///
    /// # Errors
    /// When there are too many.
    pub fn check_people(people: &[UserId]) -> Result<()> {
        if people.len() > WATCHED_PEOPLE_MAX {
            let message = format!("Name at most {WATCHED_PEOPLE_MAX} people at a time.");
            return Err(DomainError::invalid("user_ids", message));
        }
        Ok(())
    }

    /// Notes when people were last seen.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_last_seen(&self, people: &[(UserId, Timestamp)]) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        for (person, at) in people {
            tx.set_last_seen(*person, *at).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What the asker shows of themselves.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn privacy(&self, actor: &Actor) -> Result<Privacy> {
        let privacy = self.ports.store.read().await?.privacy(actor.user_id).await?;
        privacy.ok_or(DomainError::NotFound("This person"))
    }

    /// Changes what the asker shows of themselves. Who does not show it does not see it of others. Who becomes private is
    /// followed by their connections only from then on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn change_privacy(&self, actor: &Actor, change: PrivacyChange) -> Result<Privacy> {
        let mut tx = self.ports.store.begin().await?;
        let before = tx.privacy(actor.user_id).await?.ok_or(DomainError::NotFound("This person"))?;
        let privacy = Privacy {
            shows_presence: change.shows_presence.unwrap_or(before.shows_presence),
            shows_typing: change.shows_typing.unwrap_or(before.shows_typing),
            shows_receipts: change.shows_receipts.unwrap_or(before.shows_receipts),
            is_private: change.is_private.unwrap_or(before.is_private),
        };
        tx.set_privacy(actor.user_id, privacy).await?;
        let mut news = Vec::new();
        if privacy != before {
            news.push(Publication::PrivacyChanged { user_id: actor.user_id, privacy });
        }
        if privacy.is_private != before.is_private {
            news.push(self.all_look_again(actor.user_id));
        }
        if privacy.is_private && !before.is_private {
            tx.end_unconnected_follows(actor.user_id).await?;
            let keep = tx.connected_ids(actor.user_id, CONNECTIONS_MAX).await?;
            news.push(Publication::AudienceNarrowed { subject: actor.user_id, keep });
        }
        tx.commit().await?;
        self.publish(news).await;
        Ok(privacy)
    }
}
