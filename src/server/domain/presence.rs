//! Who may know whether somebody is there, and when they were last.

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    outcome::Publication,
    ports::PresenceRecord,
};
use crate::protocol::{
    ids::UserId, limits::WATCHED_PEOPLE_MAX, requests::PrivacyChange, time::Timestamp, views::Privacy,
};

impl Domain {
    /// Those of `people` whose presence the asker may know, with when they were last seen: not those who blocked the asker
    /// or are blocked by them, nobody who does not show it, and nobody at all for an asker who does not.
    ///
    /// # Errors
    /// When too many are named, or the store fails.
    pub async fn watch_people(&self, actor: &Actor, people: &[UserId]) -> Result<Vec<PresenceRecord>> {
        if people.len() > WATCHED_PEOPLE_MAX {
            let message = format!("Name at most {WATCHED_PEOPLE_MAX} people at a time.");
            return Err(DomainError::invalid("user_ids", message));
        }
        Ok(self.ports.store.read().await?.presence(actor.user_id, people).await?)
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

    /// Changes what the asker shows of themselves. Who does not show it does not see it of others.
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
        };
        tx.set_privacy(actor.user_id, privacy).await?;
        tx.commit().await?;
        if privacy != before {
            self.publish(vec![Publication::PrivacyChanged { user_id: actor.user_id, privacy }]).await;
        }
        Ok(privacy)
    }
}
