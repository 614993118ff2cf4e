//! Mutes: whom and what a person wants to hear nothing of. Nobody is told.

use super::{
    Actor, Domain,
    connections::sight_changed,
    errors::{DomainError, Result},
    posts::visible_post,
};
use crate::protocol::{
    ids::{PostId, UserId},
    views::PersonRef,
};

/// The longest list of muted people that is shown.
const MUTES_SHOWN: usize = 1_000;

impl Domain {
    /// Mutes or unmutes somebody; doing it again changes nothing. What they post leaves the asker's feeds, and nothing
    /// they do is told to the asker. Their profile stays as it is.
    ///
    /// # Errors
    /// When there is no such person, or it is oneself.
    pub async fn set_mute(&self, actor: &Actor, person: UserId, on: bool) -> Result<()> {
        if person == actor.user_id {
            return Err(DomainError::invalid("user_id", "You cannot mute yourself."));
        }
        let mut tx = self.ports.store.begin().await?;
        if tx.person(person).await?.is_none() {
            return Err(DomainError::NotFound("This person"));
        }
        let changed = tx.set_mute(actor.user_id, person, on, self.now()).await?;
        let sight = sight_changed(&mut *tx, actor.user_id, person).await?;
        tx.commit().await?;
        if changed {
            self.publish(vec![sight, self.look_again(actor.user_id, person, Some(on))]).await;
        }
        Ok(())
    }

    /// Whom the asker muted, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mutes(&self, actor: &Actor) -> Result<Vec<PersonRef>> {
        Ok(self.ports.store.read().await?.mutes(actor.user_id, MUTES_SHOWN).await?)
    }

    /// Mutes or unmutes a post: the asker is told nothing more of what happens to it. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the asker may not see it.
    pub async fn set_post_mute(&self, actor: &Actor, post: PostId, on: bool) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        visible_post(&mut *tx, actor, post).await?;
        tx.set_post_mute(actor.user_id, post, on, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the asker muted a post.
    ///
    /// # Errors
    /// When the asker may not see it.
    pub async fn post_muted(&self, actor: &Actor, post: PostId) -> Result<bool> {
        let mut read = self.ports.store.read().await?;
        visible_post(&mut *read, actor, post).await?;
        Ok(read.post_muted(actor.user_id, post).await?)
    }
}
