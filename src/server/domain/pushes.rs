//! Web Push: what reaches the devices of somebody who has no tab open.
//!
//! A notification is pushed once until it is read, to every device that its person turned it on for. What is pushed, and
//! whether at all, is decided right before it is sent: what was read meanwhile is not.

use std::time::Duration;

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    notifications::{
        preferences::{default_choice, quiet_for, settings_or_default},
        views::view,
    },
    outcome::{Publication, Work},
    ports::{DuePush, NotificationRecord, Push, PushAddress, PushDeviceRecord, PushError, Read, Tx, Urgency},
};
use crate::protocol::{
    events::{NotificationUpdate, ServerEvent},
    ids::PushDeviceId,
    limits::PUSH_DEVICES_MAX,
    notifications::{Channel, KindPreference, NotificationKind, NotificationStatus},
    push::{NewSubscription, PushDevice, PushKey, PushNote},
    time::Timestamp,
};

/// For how long who sends to a device has it to itself: longer than any try may take.
const CLAIM: Duration = Duration::from_secs(60);
/// Who is there is told by their tab. A tab that only seems to be there is noticed within this: longer than two of its
/// heartbeats.
const SEEMING: Duration = Duration::from_secs(60);
/// A device whose push service did not take one is left alone for so long, then for twice as long each time, at most an
/// hour.
const FIRST_REST: Duration = Duration::from_secs(15);
const LONGEST_REST: Duration = Duration::from_secs(60 * 60);
/// What is older is no news: it is given up, here and by the push service.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What an address that leads to no device of the asker is called.
const GONE: DomainError = DomainError::NotFound("This device");

/// What a push came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Settled {
    /// The push service took it.
    Sent,
    /// It was read or is gone.
    Read,
    /// It will never be sent.
    Failed(String),
    /// Not now.
    PutOff(Timestamp),
    /// The push service did not take it.
    TryAgain(String, Option<Duration>),
    /// The device takes none any more.
    Gone(String),
}

impl From<PushError> for Settled {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Later { reason, after } => Self::TryAgain(reason, after),
            PushError::Gone(reason) => Self::Gone(reason),
            PushError::Refused(reason) => Self::Failed(reason),
        }
    }
}

// ------------------------------------------------------------------------------------------------------- devices

impl Domain {
    /// What browsers subscribe with.
    #[must_use]
    pub fn push_key(&self) -> PushKey {
        PushKey { public_key: self.ports.post.pusher.public_key().to_owned() }
    }

    /// The asker's devices that take pushes, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn push_devices(&self, actor: &Actor) -> Result<Vec<PushDevice>> {
        let devices = self.ports.store.read().await?.push_devices(actor.user_id).await?;
        Ok(devices.into_iter().map(|device| seen_by(actor, device)).collect())
    }

    /// Takes the subscription of the session that asks, in place of the one it had before. It ends with the session.
    ///
    /// # Errors
    /// When it cannot be used, or the asker has too many devices.
    pub async fn add_push_device(&self, actor: &Actor, form: NewSubscription) -> Result<PushDevice> {
        let address = PushAddress { endpoint: form.endpoint, p256dh: form.keys.p256dh, auth: form.keys.auth };
        if let Some(fault) = self.ports.post.pusher.fault(&address) {
            return Err(DomainError::Invalid(vec![fault]));
        }
        let mut tx = self.ports.store.begin().await?;
        let session = tx.session(actor.session_id).await?.filter(|session| session.ended_at.is_none());
        let session = session.ok_or(DomainError::Unauthorized("This session has ended. Sign in again."))?;
        let others = tx.push_devices(actor.user_id).await?;
        let others = others.iter().filter(|device| device.session_id != actor.session_id).count();
        if others >= PUSH_DEVICES_MAX {
            let message = format!("At most {PUSH_DEVICES_MAX} devices take notifications. Remove one first.");
            return Err(DomainError::conflict("endpoint", message));
        }
        let device = PushDeviceRecord {
            id: PushDeviceId::new(self.next_id()),
            user_id: actor.user_id,
            session_id: actor.session_id,
            device: session.device,
            address,
            created_at: self.now(),
            delivered_at: None,
        };
        let id = tx.save_push_device(&device).await?;
        let stored = tx.push_device(id).await?.ok_or(GONE)?;
        tx.commit().await?;
        Ok(seen_by(actor, stored))
    }

    /// Forgets one of the asker's devices.
    ///
    /// # Errors
    /// When the asker has no such device.
    pub async fn remove_push_device(&self, actor: &Actor, id: PushDeviceId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        own_device(&mut *tx, actor, id).await?;
        tx.forget_push_device(id, "The device was removed.", self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Sends something to one of the asker's devices at once, to try it out.
    ///
    /// # Errors
    /// When the asker has no such device, or its push service did not take it: with what it said.
    pub async fn test_push_device(&self, actor: &Actor, id: PushDeviceId) -> Result<()> {
        let mut read = self.ports.store.read().await?;
        let device = own_device(&mut *read, actor, id).await?;
        drop(read);
        let now = self.now();
        let note = PushNote {
            tag: "test".to_owned(),
            title: "Hubbub".to_owned(),
            body: "This is how this device is told.".to_owned(),
            href: "/settings/notifications".to_owned(),
            timestamp: now,
        };
        let push = sealed_for(device.address, &note, Duration::from_secs(60), Urgency::Normal)?;
        match self.ports.post.pusher.send(&push).await {
            Ok(()) => Ok(()),
            Err(PushError::Gone(reason)) => {
                let mut tx = self.ports.store.begin().await?;
                tx.forget_push_device(id, &reason, now).await?;
                tx.commit().await?;
                let message = "This device takes no notifications any more, so it was removed. Turn it on again there.";
                Err(DomainError::conflict("id", message))
            }
            Err(PushError::Later { reason, .. } | PushError::Refused(reason)) => {
                Err(DomainError::conflict("id", ["The push service did not take it. ", &reason].concat()))
            }
        }
    }
}

fn seen_by(actor: &Actor, device: PushDeviceRecord) -> PushDevice {
    PushDevice {
        id: device.id,
        device: device.device,
        created_at: device.created_at,
        delivered_at: device.delivered_at,
        current: device.session_id == actor.session_id,
    }
}

async fn own_device(read: &mut (dyn Read + '_), actor: &Actor, id: PushDeviceId) -> Result<PushDeviceRecord> {
    read.push_device(id).await?.filter(|device| device.user_id == actor.user_id).ok_or(GONE)
}

fn sealed_for(to: PushAddress, note: &PushNote, keep_for: Duration, urgency: Urgency) -> Result<Push> {
    let payload = serde_json::to_string(note).map_err(|cause| DomainError::Internal(cause.into()))?;
    Ok(Push { to, payload, keep_for, urgency, topic: note.tag.clone() })
}

// ------------------------------------------------------------------------------------------------------- sending

impl Domain {
    /// Queues what was just told, if the person wants it pushed and has devices for it: once until it is read.
    pub(super) async fn queue_push(
        &self,
        tx: &mut (dyn Tx + '_),
        told: &NotificationRecord,
        choice: &KindPreference,
    ) -> Result<()> {
        if choice.push {
            tx.queue_push(told.id, told.user_id, self.now()).await?;
        }
        Ok(())
    }

    /// Takes what is due, at most one push for each of `limit` devices. Each is then sent by [`Domain::send_push`], here or
    /// elsewhere. What their tab tells those who are here is put off or dropped: nobody but this server knows.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn due_pushes(&self, limit: usize) -> Result<Vec<DuePush>> {
        let now = self.now();
        let due = self.ports.store.read().await?.push_due().await?;
        if limit == 0 || due.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let attendance = &self.ports.post.attendance;
        let mut tx = self.ports.store.begin().await?;
        let pushes = tx.lease_pushes(now, now.plus(CLAIM), limit).await?;
        let (there, due): (Vec<_>, Vec<_>) = pushes.into_iter().partition(|push| attendance.is_active(push.user_id));
        for push in there {
            let sure_at = push.created_at.plus(SEEMING);
            if now < sure_at {
                tx.put_off_push(&push, sure_at).await?;
            } else {
                tx.finish_push(&push, None).await?;
                tx.drop_push(push.notification_id).await?;
            }
        }
        tx.commit().await?;
        Ok(due)
    }

    /// Claims one push, sends it, or finds that it need not be sent, and notes what came of it. Of several who do so with
    /// the same push one claims it; for the others there is nothing to do.
    ///
    /// # Errors
    /// When the store fails; the push then comes up again.
    pub async fn send_push(&self, push: DuePush) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let claimed = tx.claim_push(&push, self.now().plus(CLAIM)).await?;
        tx.commit().await?;
        let Some(push) = claimed else { return Ok(()) };
        let mut read = self.ports.store.read().await?;
        // Signed out or removed since: nothing is left to do here.
        let Some(device) = read.push_device(push.device_id).await? else { return Ok(()) };
        let notification = read.notification(push.user_id, push.notification_id).await?;
        let decided = match &notification {
            Some(notification) => self.decide_push(&mut *read, &push, notification).await?,
            None => Some(Settled::Read),
        };
        drop(read);
        let settled = match (decided, notification) {
            (Some(settled), _) => settled,
            (None, Some(notification)) => self.carry_push(&push, device.address, notification).await?,
            (None, None) => Settled::Read,
        };
        self.note_push(&push, settled).await
    }

    /// What comes of it without asking the push service; `None` when it is to be sent.
    async fn decide_push(
        &self,
        read: &mut (dyn Read + '_),
        push: &DuePush,
        told: &NotificationRecord,
    ) -> Result<Option<Settled>> {
        let (user, kind, now) = (told.user_id, told.occasion.kind(), self.now());
        if told.read_at.is_some() || told.removed_at.is_some() {
            return Ok(Some(Settled::Read));
        }
        let settings = settings_or_default(read.notification_settings(user).await?);
        let choices = read.notification_choices(user).await?;
        let choice = choices.into_iter().find(|choice| choice.kind == kind).unwrap_or_else(|| default_choice(kind));
        // Who chose otherwise since it was queued is left alone. What the community announces is told to all.
        let is_wanted = choice.push && (settings.enabled || kind == NotificationKind::System);
        if !is_wanted {
            return Ok(Some(Settled::Failed("They do not want pushes of this kind any more.".to_owned())));
        }
        if read.suspension(user).await?.is_some() {
            return Ok(Some(Settled::Failed("They are suspended.".to_owned())));
        }
        if now.since(push.created_at) >= KEPT {
            return Ok(Some(Settled::Failed("It waited for too long.".to_owned())));
        }
        if let Some(quiet) = quiet_for(&settings, now) {
            return Ok(Some(Settled::PutOff(now.plus(quiet))));
        }
        Ok(None)
    }

    async fn carry_push(&self, push: &DuePush, to: PushAddress, told: NotificationRecord) -> Result<Settled> {
        let urgency = match told.occasion.kind() {
            NotificationKind::Like | NotificationKind::Follow | NotificationKind::System => Urgency::Low,
            _ => Urgency::Normal,
        };
        let told = view(told);
        let note = PushNote {
            tag: told.notification_id.to_string(),
            title: told.title,
            body: told.message,
            href: told.data.href,
            timestamp: told.timestamp,
        };
        let keep_for = KEPT.saturating_sub(self.now().since(push.created_at));
        let sealed = sealed_for(to, &note, keep_for, urgency)?;
        Ok(self.ports.post.pusher.send(&sealed).await.map_or_else(Settled::from, |()| Settled::Sent))
    }

    async fn note_push(&self, push: &DuePush, settled: Settled) -> Result<()> {
        let (now, id) = (self.now(), push.notification_id);
        let mut tx = self.ports.store.begin().await?;
        let (status, reason) = match settled {
            Settled::PutOff(until) => {
                tx.put_off_push(push, until).await?;
                return Ok(tx.commit().await?);
            }
            Settled::TryAgain(reason, after) => {
                tracing::warn!(device = %push.device_id, attempts = push.attempts, reason, "a push was not taken");
                let doublings = push.attempts.min(16);
                let rest = FIRST_REST.saturating_mul(1 << doublings).min(LONGEST_REST);
                // A service that asks for more has it, within reason.
                let rest = after.map_or(rest, |after| after.max(rest)).min(KEPT);
                tx.rest_push_device(push, now.plus(rest)).await?;
                return Ok(tx.commit().await?);
            }
            Settled::Gone(reason) => {
                tracing::info!(device = %push.device_id, reason, "a device takes no pushes any more");
                tx.finish_push(push, None).await?;
                tx.forget_push_device(push.device_id, &reason, now).await?;
                (NotificationStatus::Failed, Some(reason))
            }
            Settled::Sent => {
                tx.finish_push(push, Some(now)).await?;
                (NotificationStatus::Delivered, None)
            }
            Settled::Read => {
                tx.finish_push(push, None).await?;
                (NotificationStatus::Read, None)
            }
            Settled::Failed(reason) => {
                tx.finish_push(push, None).await?;
                (NotificationStatus::Failed, Some(reason))
            }
        };
        let is_news = tx.settle_push(id, status, reason.as_deref(), now).await?;
        if is_news && status != NotificationStatus::Read {
            // Through the outbox: whoever sends pushes may be another process than the one they are connected to.
            self.promise(&mut *tx, Work::Publish(became_of(push, status, reason, now)), now).await?;
        }
        tx.commit().await?;
        self.kick();
        Ok(())
    }
}

/// What the person's open tabs hear of it.
fn became_of(push: &DuePush, status: NotificationStatus, reason: Option<String>, timestamp: Timestamp) -> Publication {
    let update = NotificationUpdate {
        notification_id: push.notification_id,
        status,
        and_older: false,
        channel: Some(Channel::Push),
        reason,
        timestamp,
        seq: None,
        offset: 0,
    };
    Publication::to_person(push.user_id, ServerEvent::NotificationUpdate(update))
}
