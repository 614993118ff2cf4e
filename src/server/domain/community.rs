//! Looking after the community: who may do what, and who is kept out for a while.

use std::time::Duration;

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    outcome::{Publication, Topic},
    ports::{ManagedFilter, PersonRecord, Read, SuspensionRecord},
    validation::{Faults, cut, page_size},
};
use crate::protocol::{
    events::{ServerEvent, SightUpdate},
    ids::UserId,
    limits::{SUSPENSION_MAX_DAYS, SUSPENSION_REASON_MAX_CHARS},
    requests::{NewSuspension, RoleChange},
    time::Timestamp,
    views::{ManagedPerson, Page, Role, Suspension},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Suspensions that are over, lifted at once.
const LIFTED_AT_ONCE: usize = 100;

const ABOVE: DomainError = DomainError::Forbidden("Only somebody with a higher role than theirs can do this.");

impl Domain {
    /// People with their roles and suspensions, by username.
    ///
    /// # Errors
    /// When the asker does not look after the community, or `limit` is not acceptable.
    pub async fn managed_people(
        &self,
        actor: &Actor,
        filter: ManagedFilter,
        after: Option<&str>,
        limit: Option<usize>,
    ) -> Result<Page<ManagedPerson>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        if !self.account(&mut *read, actor.user_id).await?.role.is_staff() {
            return Err(DomainError::Forbidden("Only moderators, admins and the owner see this."));
        }
        let query = filter.query.trim().trim_start_matches('@').to_lowercase();
        let filter = ManagedFilter { query, ..filter };
        let mut items = read.managed_people(&filter, after, limit + 1).await?;
        let next = cut(&mut items, limit, |last| last.person.username.clone());
        Ok(Page { items, next })
    }

    /// Says what somebody may do. The owner can hand the community over, with the password: there is one owner.
    ///
    /// # Errors
    /// When the asker may not, or the password is not right.
    pub async fn change_role(&self, actor: &Actor, id: UserId, change: RoleChange) -> Result<()> {
        let RoleChange { role, password } = change;
        if role == Role::Owner {
            self.confirm(actor, password).await?;
        }
        let mut tx = self.ports.store.begin().await?;
        // Whoever may say this now may not any more a moment later: there is one owner, whoever else asks.
        tx.hold_standings().await?;
        let asker = self.account(&mut *tx, actor.user_id).await?;
        let person = tx.person(id).await?.ok_or(DomainError::NotFound("This person"))?;
        if person.role == role {
            return Ok(tx.commit().await?);
        }
        match role {
            Role::Owner if asker.role == Role::Owner => {
                if tx.suspension(id).await?.is_some() {
                    return Err(DomainError::Forbidden("Somebody who is suspended cannot own the community."));
                }
                tx.set_role(actor.user_id, Role::Admin).await?;
            }
            Role::Owner => return Err(DomainError::Forbidden("Only the owner can hand the community over.")),
            _ if asker.role.may_give(person.role).any(|given| given == role) => {}
            _ => return Err(ABOVE),
        }
        tx.set_role(id, role).await?;
        Ok(tx.commit().await?)
    }

    async fn confirm(&self, actor: &Actor, password: Option<String>) -> Result<()> {
        let Some(password) = password.filter(|password| !password.is_empty()) else {
            return Err(DomainError::invalid("password", "Enter your password to hand the community over."));
        };
        let asker = {
            let mut read = self.ports.store.read().await?;
            self.account(&mut *read, actor.user_id).await?
        };
        if self.ports.passwords.verify(Some(asker.password_hash), password).await? {
            return Ok(());
        }
        Err(DomainError::invalid("password", "This is not your password."))
    }

    /// Keeps somebody out for a number of days, or for good: they are signed out at once and told why, and what they
    /// posted is not shown meanwhile. Suspending them again replaces reason and length.
    ///
    /// # Errors
    /// When the asker may not, or a field is not acceptable.
    pub async fn suspend(&self, actor: &Actor, id: UserId, form: NewSuspension) -> Result<()> {
        let mut faults = Faults::default();
        let reason = faults.text("reason", "The reason", &form.reason, SUSPENSION_REASON_MAX_CHARS);
        if form.days.is_some_and(|days| !(1..=SUSPENSION_MAX_DAYS).contains(&days)) {
            faults.add("days", format!("Choose from 1 to {SUSPENSION_MAX_DAYS} days, or for good."));
        }
        faults.check()?;
        let now = self.now();
        let mut tx = self.ports.store.begin().await?;
        tx.hold_standings().await?;
        self.check_above(&mut *tx, actor, id).await?;
        let until = form.days.map(|days| now.plus(DAY.saturating_mul(days)));
        let record = SuspensionRecord { since: now, until, reason, by: actor.user_id };
        tx.set_suspension(id, Some(&record)).await?;
        let session_ids = tx.end_sessions_of(id, None, now).await?;
        tx.commit().await?;
        self.publish(vec![
            Publication::SessionsEnded { session_ids },
            self.all_look_again(id),
            Publication::AudienceNarrowed { subject: id, keep: Vec::new() },
        ])
        .await;
        Ok(())
    }

    /// Lets somebody in again; nothing happens when they are not suspended.
    ///
    /// # Errors
    /// When the asker may not.
    pub async fn lift_suspension(&self, actor: &Actor, id: UserId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        tx.hold_standings().await?;
        self.check_above(&mut *tx, actor, id).await?;
        tx.set_suspension(id, None).await?;
        tx.commit().await?;
        self.publish(vec![self.all_look_again(id)]).await;
        Ok(())
    }

    /// Lets those in again whose suspension is over; how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn lift_suspensions_over(&self) -> Result<usize> {
        let over = self.ports.store.read().await?.suspensions_over(self.now(), LIFTED_AT_ONCE).await?;
        if over.is_empty() {
            return Ok(0);
        }
        let mut tx = self.ports.store.begin().await?;
        // Somebody may have been suspended for longer meanwhile.
        let over = tx.suspensions_over(self.now(), LIFTED_AT_ONCE).await?;
        for id in &over {
            tx.set_suspension(*id, None).await?;
        }
        tx.commit().await?;
        self.publish(over.iter().map(|id| self.all_look_again(*id)).collect()).await;
        Ok(over.len())
    }

    /// Tells everyone to ask again for what they show of somebody.
    pub(super) fn all_look_again(&self, subject: UserId) -> Publication {
        let update = SightUpdate { user_id: subject, muted: None, timestamp: self.now(), offset: 0 };
        let topics = vec![Topic::PublicFeed, Topic::PostsBy(subject), Topic::PostsForConnections(subject)];
        Publication::Watchers { topics, event: ServerEvent::SightUpdate(update), except: Vec::new() }
    }

    async fn check_above(&self, read: &mut (dyn Read + '_), actor: &Actor, id: UserId) -> Result<()> {
        let asker = self.account(read, actor.user_id).await?;
        let person = read.person(id).await?.ok_or(DomainError::NotFound("This person"))?;
        if asker.role.may_suspend(person.role) { Ok(()) } else { Err(ABOVE) }
    }

    /// The asker's own row: what they may do is never believed from a token here.
    pub(super) async fn account(&self, read: &mut (dyn Read + '_), id: UserId) -> Result<PersonRecord> {
        read.person(id).await?.ok_or(DomainError::Unauthorized("This account no longer exists."))
    }
}

/// Whether a suspension still holds.
pub(super) fn holds(suspension: &Suspension, now: Timestamp) -> bool {
    suspension.until.is_none_or(|until| until > now)
}

/// What somebody is told who is kept out.
pub(super) fn refusal(suspension: &Suspension) -> DomainError {
    let length = match suspension.until {
        Some(until) => ["until ", until.to_string().get(..10).unwrap_or_default()].concat(),
        None => "for good".to_owned(),
    };
    DomainError::Suspended(format!("This account is suspended {length}. Reason: {}", suspension.reason))
}
