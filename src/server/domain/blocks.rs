//! Blocks: two people, one of whom blocked the other, cannot reach each other.

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    outcome::Publication,
};
use crate::protocol::{ids::UserId, views::PersonRef};

/// The longest list of blocked people that is shown.
const BLOCKS_SHOWN: usize = 1_000;

impl Domain {
    /// Blocks or unblocks somebody; doing it again changes nothing. They are not told. Blocking ends following, both
    /// ways, and the connection or request between them; from then on neither sees anything of the other.
    ///
    /// # Errors
    /// When there is no such person, or it is oneself.
    pub async fn set_block(&self, actor: &Actor, person: UserId, on: bool) -> Result<()> {
        if person == actor.user_id {
            return Err(DomainError::invalid("id", "You cannot block yourself."));
        }
        let mut tx = self.ports.store.begin().await?;
        tx.hold_connections(actor.user_id, person).await?;
        if tx.person(person).await?.is_none() {
            return Err(DomainError::NotFound("This person"));
        }
        let changed = tx.set_block(actor.user_id, person, on, self.now()).await?;
        let mut news = Vec::new();
        if on {
            if let Some(conversation_id) = tx.direct_conversation(actor.user_id, person).await? {
                let user_ids = vec![actor.user_id, person];
                news.push(Publication::MembersLeft { conversation_id, user_ids });
            }
            tx.delete_follow(actor.user_id, person).await?;
            tx.delete_follow(person, actor.user_id).await?;
            news.extend(self.end_connection(&mut *tx, actor.user_id, person).await?);
        }
        if changed {
            news.extend(self.sight_news(&mut *tx, actor.user_id, person).await?);
        }
        if on {
            self.withdraw_between(&mut *tx, actor.user_id, person).await?;
        }
        tx.commit().await?;
        self.kick();
        self.publish(news).await;
        Ok(())
    }

    /// Whom the asker blocked, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn blocks(&self, actor: &Actor) -> Result<Vec<PersonRef>> {
        Ok(self.ports.store.read().await?.blocks(actor.user_id, BLOCKS_SHOWN).await?)
    }
}
