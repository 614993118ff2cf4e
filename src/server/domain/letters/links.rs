//! Links in letters: confirming an address, setting a new password, ending letters. Each works signed out.

use std::time::Duration;

use super::{
    super::{
        Domain,
        errors::{DomainError, Result},
        notifications::preferences::default_choice,
        outcome::Publication,
        ports::{ClaimedLetter, LetterPurpose},
        validation::Faults,
    },
    Settled,
};
use crate::protocol::{
    ids::UserId,
    notifications::{EmailTiming, NotificationKind},
    time::Timestamp,
};

/// Time to find the letter, also on another day.
const CONFIRM_LIFETIME: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// A key to an account is not left lying about.
const RESET_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// One sentence for a link that is unknown, expired or used.
fn over() -> DomainError {
    DomainError::invalid("token", "This link is too old, or was used before. Ask for another one.")
}

impl Domain {
    /// Sends the link that confirms an address or sets a password. Its key is made now and kept as a hash only, so nothing
    /// that waits could open an account.
    pub(super) async fn send_link(&self, letter: &ClaimedLetter, send_until: Timestamp) -> Result<Settled> {
        let recipient = self.ports.store.read().await?.letter_recipient(letter.user_id).await?;
        let Some(recipient) = recipient else { return Ok(Settled::Sent(Vec::new())) };
        let confirms = letter.purpose == LetterPurpose::Confirm;
        if confirms && recipient.confirmed {
            return Ok(Settled::Sent(Vec::new()));
        }
        let keys = &self.ports.post.keys;
        let key = keys.fresh().map_err(DomainError::Internal)?;
        let lifetime = if confirms { CONFIRM_LIFETIME } else { RESET_LIFETIME };
        let mut tx = self.ports.store.begin().await?;
        tx.insert_link_key(&keys.hash(&key), letter.user_id, letter.purpose, self.now().plus(lifetime)).await?;
        tx.commit().await?;
        let written = self.write_link(letter, &recipient, &key);
        Ok(self.hand_over(&written, Vec::new(), send_until).await)
    }

    /// Sends the asker the link that confirms their address, once more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ask_to_confirm(&self, user: UserId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        tx.promise_letter(user, LetterPurpose::Confirm, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Whether somebody showed that their address is theirs.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_email_confirmed(&self, user: UserId) -> Result<bool> {
        let recipient = self.ports.store.read().await?.letter_recipient(user).await?;
        Ok(recipient.is_some_and(|recipient| recipient.confirmed))
    }

    /// Confirms the address of whoever was sent this key.
    ///
    /// # Errors
    /// When it is unknown, expired or used.
    pub async fn confirm_email(&self, key: &str) -> Result<()> {
        let hash = self.ports.post.keys.hash(key);
        let mut tx = self.ports.store.begin().await?;
        let user = tx.take_link_key(&hash, LetterPurpose::Confirm, self.now()).await?.ok_or_else(over)?;
        tx.confirm_email(user, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Sends a link that sets a new password to an address, if anybody has it. The answer and the time it takes are the
    /// same when nobody does: who has it is looked for later.
    ///
    /// # Errors
    /// When the address is none.
    pub async fn forgot_password(&self, email: &str) -> Result<()> {
        let mut faults = Faults::default();
        let email = faults.email(email);
        faults.check()?;
        let mut tx = self.ports.store.begin().await?;
        tx.wish_for_reset(&email, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Sets a new password for whoever was sent this key, and ends all of their sessions. It also confirms their address.
    ///
    /// # Errors
    /// When the password is not acceptable; when the key is unknown, expired or used.
    pub async fn reset_password(&self, key: &str, password: String) -> Result<()> {
        let mut faults = Faults::default();
        self.check_password(&mut faults, "new_password", &password, &[]).await?;
        faults.check()?;
        let password_hash = self.ports.passwords.hash(password).await?;
        let hash = self.ports.post.keys.hash(key);
        let mut tx = self.ports.store.begin().await?;
        let user = tx.take_link_key(&hash, LetterPurpose::Reset, self.now()).await?.ok_or_else(over)?;
        tx.set_password_hash(user, &password_hash).await?;
        tx.confirm_email(user, self.now()).await?;
        let session_ids = tx.end_sessions_of(user, None, self.now()).await?;
        tx.commit().await?;
        self.publish(vec![Publication::SessionsEnded { session_ids }]).await;
        Ok(())
    }

    /// Ends all letters to whoever this was signed for, but those they ask for themselves. Doing it again changes nothing.
    ///
    /// # Errors
    /// When we did not sign it.
    pub async fn unsubscribe(&self, token: &str) -> Result<()> {
        let user = self.ports.post.keys.unsubscriber(token).ok_or_else(over)?;
        let mut tx = self.ports.store.begin().await?;
        let chosen = tx.notification_choices(user).await?;
        for kind in NotificationKind::ALL {
            let of_kind = chosen.iter().find(|choice| choice.kind == kind).copied();
            let mut choice = of_kind.unwrap_or_else(|| default_choice(kind));
            choice.email = EmailTiming::Never;
            tx.set_notification_choice(user, &choice).await?;
        }
        Ok(tx.commit().await?)
    }
}
