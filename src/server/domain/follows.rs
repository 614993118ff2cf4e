//! Follows: whose posts a person reads.

use super::{
    Actor, Domain,
    audience::{Surface, may_see},
    connections::sight_changed,
    errors::{DomainError, Result},
    notifications::raising::{Raise, followed_by},
    people::{open_profile, profile_of},
    validation::{cut, page_size},
};
use crate::protocol::{
    ids::UserId,
    limits::{FOLLOWING_MAX, PAGE_MAX},
    views::{Page, PersonItem, Profile},
};

impl Domain {
    /// Follows or unfollows a person; doing it again changes nothing. The person's profile, now.
    ///
    /// # Errors
    /// When there is no such person, it is oneself, they show themselves to connections only, or too many are followed.
    pub async fn set_follow(&self, actor: &Actor, followee: UserId, following: bool) -> Result<Profile> {
        if followee == actor.user_id {
            return Err(DomainError::invalid("id", "You cannot follow yourself."));
        }
        let mut tx = self.ports.store.begin().await?;
        let relation = tx.relation(actor.user_id, followee).await?.ok_or(DomainError::NotFound("This person"))?;
        if following && !may_see(&relation, Surface::Follow) {
            return Err(match may_see(&relation, Surface::Contact) {
                true => DomainError::Forbidden("This profile is private: only connections can follow."),
                false => DomainError::NotFound("This person"),
            });
        }
        let changed = if following {
            if tx.count_following(actor.user_id).await? >= FOLLOWING_MAX as u64 {
                return Err(DomainError::invalid("id", format!("You can follow at most {FOLLOWING_MAX} people.")));
            }
            tx.insert_follow(actor.user_id, followee, self.next_id(), self.now()).await?
        } else {
            tx.delete_follow(actor.user_id, followee).await?
        };
        let sight = sight_changed(&mut *tx, actor.user_id, followee).await?;
        let profile = profile_of(&mut *tx, followee, actor).await?;
        if changed && following {
            self.raise(&mut *tx, vec![Raise::followed(followee, actor.user_id)]).await?;
        } else if changed {
            self.withdraw(&mut *tx, followee, &followed_by(actor.user_id)).await?;
        }
        tx.commit().await?;
        if changed {
            self.kick();
            self.publish(vec![sight]).await;
        }
        Ok(profile)
    }

    /// Which of these people the actor follows; of long lists only the first [`PAGE_MAX`] are looked at.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn followed_among(&self, actor: &Actor, people: &[UserId]) -> Result<Vec<UserId>> {
        let mut read = self.ports.store.read().await?;
        let mut followed = Vec::new();
        for person in people.iter().take(PAGE_MAX) {
            if read.follows(actor.user_id, *person).await? {
                followed.push(*person);
            }
        }
        Ok(followed)
    }

    /// Who follows a person, newest first.
    ///
    /// # Errors
    /// When there is no such person, they show themselves to connections only, or `limit` is not acceptable.
    pub async fn followers(
        &self,
        actor: &Actor,
        username: &str,
        before: Option<u64>,
        limit: Option<usize>,
    ) -> Result<Page<PersonItem>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        let person = open_profile(&mut *read, actor, username).await?;
        Ok(page(read.followers(person, actor.user_id, before, limit + 1).await?, limit))
    }

    /// Whom a person follows, newest first.
    ///
    /// # Errors
    /// When there is no such person, they show themselves to connections only, or `limit` is not acceptable.
    pub async fn following(
        &self,
        actor: &Actor,
        username: &str,
        before: Option<u64>,
        limit: Option<usize>,
    ) -> Result<Page<PersonItem>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        let person = open_profile(&mut *read, actor, username).await?;
        Ok(page(read.following(person, actor.user_id, before, limit + 1).await?, limit))
    }
}

fn page(mut rows: Vec<(u64, PersonItem)>, limit: usize) -> Page<PersonItem> {
    let next = cut(&mut rows, limit, |(cursor, _)| cursor.to_string());
    Page { items: rows.into_iter().map(|(_, item)| item).collect(), next }
}
