//! Letters: what somebody who is away gets by e-mail, and the links that confirm an address or set a new password.
//!
//! One letter of each purpose waits for a person. What it says is decided when it is sent: what was read meanwhile is not
//! in it, and with nothing left it is not sent. Until an address is confirmed nothing but that link goes there.

mod links;
mod writing;

use std::time::Duration;

use super::{
    Domain,
    errors::Result,
    notifications::{
        preferences::{default_choice, minute_of_day, quiet_for, settings_or_default},
        views::view,
    },
    outcome::{Publication, Work},
    ports::{
        ClaimedLetter, DueLetter, Letter, LetterPurpose, LetterRecipient, MailError, NotificationRecord,
        NotificationSettings, ToldNotification, Tx,
    },
};
use crate::protocol::{
    events::{NotificationUpdate, ServerEvent},
    ids::{NotificationId, UserId},
    notifications::{Channel, EmailTiming, Notification, NotificationStatus},
    time::Timestamp,
};

/// For how long who takes letters has them to itself before each is claimed.
const LEASE: Duration = Duration::from_secs(60);
/// For how long who claimed a letter has it to itself: longer than writing it and any try may take.
const CLAIM: Duration = Duration::from_secs(20);
/// Once less than this is left of the claim it is not sent any more: whoever claims it next may do so at any moment.
const TRY_AT_MOST: Duration = Duration::from_secs(12);
/// Letters that are taken at once.
pub const LETTERS_AT_ONCE: usize = 16;
/// Notifications that one letter tells; those beyond are counted.
const TOLD_IN_LETTER: usize = 50;
/// A letter that was not taken is tried again after five seconds, then after twice as long each time, at most an hour: a
/// server that was only started again is back by then.
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_secs(60 * 60);
/// After so many tries, about a day of them, it is given up.
const TRIES_MAX: u32 = 32;
/// Minutes of a day.
const DAY_MINUTES: u64 = 24 * 60;

/// What a letter came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Settled {
    /// It was sent, or there was nothing to send any more; these notifications were in it.
    Sent(Vec<NotificationRecord>),
    /// It will never be sent.
    Failed(Vec<NotificationRecord>, String),
    /// Not now.
    PutOff(Timestamp),
    /// The server did not take it.
    TryAgain(Vec<NotificationRecord>, String),
}

impl Domain {
    /// When the next letter is due; `None` when none waits.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next_letter(&self) -> Result<Option<Timestamp>> {
        Ok(self.ports.store.read().await?.letter_due().await?)
    }

    /// Takes the letters that are due, at most `limit`. Each is then sent by [`Domain::send_letter`], here or elsewhere. Those
    /// to people who are here are put off: nobody but this server knows.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn due_letters(&self, limit: usize) -> Result<Vec<DueLetter>> {
        let now = self.now();
        if self.next_letter().await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let post = &self.ports.post;
        let mut tx = self.ports.store.begin().await?;
        for email in tx.take_reset_wishes(limit).await? {
            if let Some(person) = tx.person_by_email(&email).await? {
                tx.promise_letter(person.id, LetterPurpose::Reset, now).await?;
            }
        }
        let letters = tx.lease_letters(now, now.plus(LEASE), limit).await?;
        let is_for_later =
            |letter: &DueLetter| letter.purpose == LetterPurpose::AtOnce && post.attendance.is_here(letter.user_id);
        let (later, due): (Vec<_>, Vec<_>) = letters.into_iter().partition(is_for_later);
        for letter in later {
            tx.lay_letter_aside(&letter, now.plus(post.away_for)).await?;
        }
        tx.commit().await?;
        Ok(due)
    }

    /// Claims one letter, sends it, or finds that it need not be sent, and notes what came of it. Of several who do so with
    /// the same letter one claims it; for the others there is nothing to do.
    ///
    /// # Errors
    /// When the store fails; the letter then comes up again.
    pub async fn send_letter(&self, letter: DueLetter) -> Result<()> {
        let claimed_at = self.now();
        let mut tx = self.ports.store.begin().await?;
        let claimed = tx.claim_letter(&letter, claimed_at.plus(CLAIM)).await?;
        tx.commit().await?;
        let Some(letter) = claimed else { return Ok(()) };
        let send_until = claimed_at.plus(CLAIM.saturating_sub(TRY_AT_MOST));
        let settled = match letter.purpose {
            LetterPurpose::AtOnce => self.send_notifications(&letter, EmailTiming::AtOnce, send_until).await?,
            LetterPurpose::Daily => self.send_notifications(&letter, EmailTiming::Daily, send_until).await?,
            LetterPurpose::Confirm | LetterPurpose::Reset => self.send_link(&letter, send_until).await?,
        };
        match self.note_letter(&letter, &settled).await {
            // It may have been sent: to forget that would send it twice.
            Err(_) => self.note_letter(&letter, &settled).await,
            noted => noted,
        }
    }

    async fn send_notifications(
        &self,
        letter: &ClaimedLetter,
        timing: EmailTiming,
        send_until: Timestamp,
    ) -> Result<Settled> {
        let (user, now) = (letter.user_id, self.now());
        let mut read = self.ports.store.read().await?;
        let Some(recipient) = read.letter_recipient(user).await? else { return Ok(Settled::Sent(Vec::new())) };
        let settings = settings_or_default(read.notification_settings(user).await?);
        let chosen = read.notification_choices(user).await?;
        let mut waiting = read.waiting_for_letter(user, timing, TOLD_IN_LETTER).await?;
        let timing_of = |kind| {
            let choice = chosen.iter().find(|choice| choice.kind == kind).copied();
            choice.unwrap_or_else(|| default_choice(kind)).email
        };
        // Who chose otherwise since it was queued is not written to.
        let unwanted: Vec<NotificationRecord> =
            waiting.extract_if(.., |one| timing_of(one.occasion.kind()) == EmailTiming::Never).collect();
        if !unwanted.is_empty() {
            return Ok(Settled::Failed(unwanted, "They do not want letters of this kind any more.".to_owned()));
        }
        if waiting.is_empty() {
            return Ok(Settled::Sent(waiting));
        }
        if read.suspension(user).await?.is_some() {
            return Ok(Settled::Failed(waiting, "They are suspended.".to_owned()));
        }
        if !recipient.confirmed {
            return Ok(Settled::Failed(waiting, "The address is not confirmed.".to_owned()));
        }
        if let Some(until) = self.not_now(user, &recipient, &settings, timing, now) {
            return Ok(Settled::PutOff(until));
        }
        drop(read);
        let told: Vec<Notification> = waiting.iter().cloned().map(view).collect();
        let written = self.write_notifications(letter, &recipient, &told, timing)?;
        Ok(self.hand_over(&written, waiting, send_until).await)
    }

    /// Until when it must wait: they are there, were there a moment ago, or are left in peace.
    fn not_now(
        &self,
        user: UserId,
        recipient: &LetterRecipient,
        settings: &NotificationSettings,
        timing: EmailTiming,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let away_for = self.ports.post.away_for;
        if timing == EmailTiming::AtOnce {
            if self.ports.post.attendance.is_here(user) {
                return Some(now.plus(away_for));
            }
            let returns = recipient.last_seen_at.map(|seen| seen.plus(away_for)).filter(|until| *until > now);
            if returns.is_some() {
                return returns;
            }
        }
        quiet_for(settings, now).map(|span| now.plus(span))
    }

    async fn hand_over(&self, written: &Letter, told: Vec<NotificationRecord>, send_until: Timestamp) -> Settled {
        if self.now() > send_until {
            return Settled::TryAgain(told, "Too little time was left of the claim.".to_owned());
        }
        match self.ports.post.mailer.send(written).await {
            Ok(()) => Settled::Sent(told),
            Err(MailError::Later(reason)) => Settled::TryAgain(told, reason),
            Err(MailError::Refused(reason)) => Settled::Failed(told, reason),
        }
    }

    async fn note_letter(&self, letter: &ClaimedLetter, settled: &Settled) -> Result<()> {
        let now = self.now();
        let (told, status, reason) = match settled {
            Settled::PutOff(until) => {
                let mut tx = self.ports.store.begin().await?;
                tx.put_off_letter(letter, *until, 0).await?;
                return Ok(tx.commit().await?);
            }
            Settled::TryAgain(_, reason) if letter.attempts < TRIES_MAX => {
                tracing::warn!(person = %letter.user_id, attempts = letter.attempts, reason, "a letter was not taken");
                let doublings = letter.attempts.saturating_sub(1).min(16);
                let pause = FIRST_RETRY.saturating_mul(1 << doublings).min(LONGEST_RETRY);
                let mut tx = self.ports.store.begin().await?;
                tx.put_off_letter(letter, now.plus(pause), letter.attempts).await?;
                return Ok(tx.commit().await?);
            }
            Settled::Sent(told) => (told, NotificationStatus::Delivered, None),
            Settled::Failed(told, reason) | Settled::TryAgain(told, reason) => {
                (told, NotificationStatus::Failed, Some(reason))
            }
        };
        let ids: Vec<NotificationId> = told.iter().map(|one| one.id).collect();
        let mut tx = self.ports.store.begin().await?;
        tx.settle_deliveries(&ids, Channel::Email, status, reason.map(String::as_str), now).await?;
        tx.settle_read_deliveries(letter.user_id, now).await?;
        // Looked at once more right away: what was not in it may still wait.
        let again = tx.waiting_for_letter(letter.user_id, timing_of(letter.purpose), 1).await?;
        if again.is_empty() {
            tx.finish_letter(letter, now.plus(self.ports.post.away_for)).await?;
        } else {
            tx.put_off_letter(letter, now, 0).await?;
        }
        self.tell_deliveries(&mut *tx, letter.user_id, told, status, reason.map(String::as_str)).await?;
        tx.commit().await?;
        self.kick();
        Ok(())
    }

    /// Promises to tell the person's devices what became of notifications by e-mail: whoever sends letters may be another
    /// process than the one they are connected to.
    async fn tell_deliveries(
        &self,
        tx: &mut (dyn Tx + '_),
        user: UserId,
        told: &[NotificationRecord],
        status: NotificationStatus,
        reason: Option<&str>,
    ) -> Result<()> {
        for one in told.iter().filter(|one| one.shown) {
            let update = NotificationUpdate {
                notification_id: one.id,
                status,
                and_older: false,
                channel: Some(Channel::Email),
                reason: reason.map(str::to_owned),
                timestamp: self.now(),
                seq: None,
                offset: 0,
            };
            let event = ServerEvent::NotificationUpdate(update);
            self.promise(tx, Work::Publish(Publication::to_person(user, event)), self.now()).await?;
        }
        Ok(())
    }

    /// Queues what was just told for a letter and for pushes, if the person wants them: once until it is read.
    pub(super) async fn queue_letter(
        &self,
        tx: &mut (dyn Tx + '_),
        told: &ToldNotification,
        settings: &NotificationSettings,
    ) -> Result<()> {
        let ToldNotification { notification, is_news: true, .. } = told else { return Ok(()) };
        if notification.read_at.is_some() || notification.removed_at.is_some() {
            return Ok(());
        }
        let (user, now, kind) = (notification.user_id, self.now(), notification.occasion.kind());
        let choice = tx.notify_facts(user, None, kind).await?.choice.unwrap_or_else(|| default_choice(kind));
        self.queue_push(tx, notification, &choice).await?;
        let (purpose, due) = match choice.email {
            EmailTiming::Never => return Ok(()),
            EmailTiming::AtOnce => (LetterPurpose::AtOnce, now.plus(self.ports.post.away_for)),
            EmailTiming::Daily => {
                let minute = u64::from(minute_of_day(&settings.time_zone, now));
                let wait = (u64::from(settings.digest_minute) + DAY_MINUTES - minute - 1) % DAY_MINUTES + 1;
                (LetterPurpose::Daily, now.plus(Duration::from_secs(wait * 60)))
            }
        };
        if tx.queue_delivery(notification.id, user, Channel::Email, choice.email, now).await? {
            tx.promise_letter(user, purpose, due).await?;
        }
        Ok(())
    }
}

const fn timing_of(purpose: LetterPurpose) -> EmailTiming {
    match purpose {
        LetterPurpose::AtOnce => EmailTiming::AtOnce,
        LetterPurpose::Daily => EmailTiming::Daily,
        LetterPurpose::Confirm | LetterPurpose::Reset => EmailTiming::Never,
    }
}
