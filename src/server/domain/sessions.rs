//! Sessions: one for each signed-in device, a family of refresh tokens of which each works once.

use std::time::Duration;

use super::{
    Actor, Domain,
    community::{holds, refusal},
    errors::{DomainError, Result},
    outcome::{Publication, SignInTry},
    ports::{PersonRecord, Read, RefreshRecord, SessionRecord, Tx},
    validation::Faults,
};
use crate::protocol::{
    ids::{SessionId, UserId},
    requests::{Login, PasswordChange},
    time::Timestamp,
    views::{Role, SessionView},
};

/// A spent refresh token still works for this long: parallel tabs send the same one.
const REUSE_GRACE: Duration = Duration::from_secs(10);

/// A refresh token unused for this long ends with its session.
pub const REFRESH_LIFETIME: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// One sentence for a wrong password and an unknown account: an answer tells nobody who has an account.
const WRONG_LOGIN: DomainError = DomainError::Unauthorized("The name or the password is not right. Try again.");

/// The device that signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// In words: "Firefox on Linux".
    pub device: String,
    /// Where it comes from.
    pub address: String,
}

/// Why a refresh token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshRefused {
    /// Nobody was ever given it, or it has expired.
    Unknown,
    /// Its session has ended.
    Ended,
    /// It was spent before: somebody has a copy, so its session ends now.
    Reused,
}

/// What came of trading a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The new token is stored.
    Rotated {
        /// The session that goes on.
        session: SessionRecord,
        /// What its person may do.
        role: Role,
    },
    /// It was refused.
    Refused(RefreshRefused),
}

impl Domain {
    /// Has every node count the try of a password.
    pub async fn tell_sign_in_tried(&self, tried: SignInTry) {
        self.publish(vec![Publication::SignInTried(tried)]).await;
    }

    /// The account behind a name and password. Takes as long for an unknown name.
    ///
    /// # Errors
    /// Unauthorized when they do not fit; why and until when, when the account is suspended.
    pub async fn verify_login(&self, form: Login) -> Result<PersonRecord> {
        let login = form.login.trim().trim_start_matches('@').to_lowercase();
        let person = {
            let mut read = self.ports.store.read().await?;
            if login.contains('@') {
                read.person_by_email(&login).await?
            } else {
                read.person_by_username(&login).await?
            }
        };
        let hash = person.as_ref().map(|person| person.password_hash.clone());
        let fits = self.ports.passwords.verify(hash, form.password).await?;
        let person = person.filter(|_| fits).ok_or(WRONG_LOGIN)?;
        self.check_admitted(&mut *self.ports.store.read().await?, person.id).await?;
        Ok(person)
    }

    /// Whether somebody is not kept out: only said to those who know the password.
    async fn check_admitted(&self, read: &mut (dyn Read + '_), id: UserId) -> Result<()> {
        match read.suspension(id).await?.filter(|suspension| holds(suspension, self.now())) {
            Some(suspension) => Err(refusal(&suspension)),
            None => Ok(()),
        }
    }

    /// Opens a session with its first refresh token, given as its hash.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn start_session(&self, user_id: UserId, device: Device, refresh_hash: String) -> Result<SessionRecord> {
        let now = self.now();
        let id = SessionId::new(self.next_id());
        let Device { device, address } = device;
        let session =
            SessionRecord { id, user_id, device, address, created_at: now, last_seen_at: now, ended_at: None };
        let mut tx = self.ports.store.begin().await?;
        // Again, as it may have happened since the password was checked.
        self.check_admitted(&mut *tx, user_id).await?;
        tx.insert_session(&session).await?;
        tx.insert_refresh_token(&issued(refresh_hash, id, now)).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Trades a refresh token for the next one, both given as hashes.
    ///
    /// A token that was spent less than ten seconds ago still gets a next one. A later reuse means that somebody has a
    /// copy: the session ends.
    ///
    /// # Errors
    /// When the store fails; a refusal is an answer.
    pub async fn rotate_refresh(&self, old_hash: &str, new_hash: String, address: &str) -> Result<Rotation> {
        let now = self.now();
        let mut tx = self.ports.store.begin().await?;
        let Some((token, session)) = family(&mut *tx, old_hash).await? else {
            return Ok(Rotation::Refused(RefreshRefused::Unknown));
        };
        if session.ended_at.is_some() {
            return Ok(Rotation::Refused(RefreshRefused::Ended));
        }
        if now.since(token.created_at) > REFRESH_LIFETIME {
            return Ok(Rotation::Refused(RefreshRefused::Unknown));
        }
        let fresh = tx.spend_refresh_token(old_hash, now).await?;
        let in_grace = token.spent_at.is_none_or(|spent| now.since(spent) <= REUSE_GRACE);
        if !fresh && !in_grace {
            tx.end_session(session.id, now).await?;
            tx.commit().await?;
            tracing::warn!(session = %session.id, "a spent refresh token came back; its session was ended");
            self.publish(vec![Publication::SessionsEnded { session_ids: vec![session.id] }]).await;
            return Ok(Rotation::Refused(RefreshRefused::Reused));
        }
        tx.insert_refresh_token(&issued(new_hash, session.id, now)).await?;
        tx.touch_session(session.id, now, address).await?;
        let person = tx.person(session.user_id).await?.ok_or(DomainError::NotFound("The account"))?;
        tx.commit().await?;
        Ok(Rotation::Rotated { session, role: person.role })
    }

    /// The asker's open sessions, last seen first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions(&self, actor: &Actor) -> Result<Vec<SessionView>> {
        let records = self.ports.store.read().await?.sessions_of(actor.user_id).await?;
        let view = |record: SessionRecord| SessionView {
            id: record.id,
            device: record.device,
            address: record.address,
            created_at: record.created_at,
            last_seen_at: record.last_seen_at,
            current: record.id == actor.session_id,
        };
        Ok(records.into_iter().map(view).collect())
    }

    /// Sessions that ended at `since` or later: their access tokens may not have expired yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions_ended_since(&self, since: Timestamp) -> Result<Vec<SessionId>> {
        Ok(self.ports.store.read().await?.sessions_ended_since(since).await?)
    }

    /// Ends one of the asker's sessions.
    ///
    /// # Errors
    /// When the asker has no such session.
    pub async fn end_session(&self, actor: &Actor, id: SessionId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let own = tx.session(id).await?.is_some_and(|session| session.user_id == actor.user_id);
        if !own {
            return Err(DomainError::NotFound("This session"));
        }
        tx.end_session(id, self.now()).await?;
        tx.commit().await?;
        self.publish(vec![Publication::SessionsEnded { session_ids: vec![id] }]).await;
        Ok(())
    }

    /// Ends the session that asks.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(&self, actor: &Actor) -> Result<()> {
        self.end_session(actor, actor.session_id).await
    }

    /// Ends every session of the asker but the one that asks.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_other_sessions(&self, actor: &Actor) -> Result<()> {
        self.end_sessions(actor.user_id, Some(actor.session_id)).await
    }

    /// Ends every session of the asker.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_all_sessions(&self, actor: &Actor) -> Result<()> {
        self.end_sessions(actor.user_id, None).await
    }

    async fn end_sessions(&self, user: UserId, except: Option<SessionId>) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let session_ids = tx.end_sessions_of(user, except, self.now()).await?;
        tx.commit().await?;
        self.publish(vec![Publication::SessionsEnded { session_ids }]).await;
        Ok(())
    }

    /// Replaces the asker's password and ends every other session.
    ///
    /// # Errors
    /// When the current password is not right, or the new one is too short or easy to guess.
    pub async fn change_password(&self, actor: &Actor, form: PasswordChange) -> Result<()> {
        let person = self.ports.store.read().await?.person(actor.user_id).await?;
        let person = person.ok_or(DomainError::NotFound("The account"))?;
        if !self.ports.passwords.verify(Some(person.password_hash.clone()), form.current_password).await? {
            return Err(DomainError::invalid("current_password", "This is not your current password."));
        }
        let mut faults = Faults::default();
        let about = [person.email.as_str(), &person.username, &person.full_name];
        self.check_password(&mut faults, "new_password", &form.new_password, &about).await?;
        faults.check()?;
        let hash = self.ports.passwords.hash(form.new_password).await?;
        let mut tx = self.ports.store.begin().await?;
        tx.set_password_hash(actor.user_id, &hash).await?;
        let session_ids = tx.end_sessions_of(actor.user_id, Some(actor.session_id), self.now()).await?;
        tx.commit().await?;
        self.publish(vec![Publication::SessionsEnded { session_ids }]).await;
        Ok(())
    }
}

fn issued(hash: String, session_id: SessionId, created_at: Timestamp) -> RefreshRecord {
    RefreshRecord { hash, session_id, created_at, spent_at: None }
}

async fn family(tx: &mut (dyn Tx + '_), hash: &str) -> Result<Option<(RefreshRecord, SessionRecord)>> {
    let Some(token) = tx.refresh_token(hash).await? else { return Ok(None) };
    let session = tx.session(token.session_id).await?;
    Ok(session.map(|session| (token, session)))
}
