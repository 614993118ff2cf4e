//! Announcements: what an admin or the owner tells the members.
//!
//! An announcement is stored once. From the moment it begins it is raised for its recipients, some of them in each
//! transaction, which also promises to go on; when it is over, what is unread of it is marked as read in the same way. So a
//! server that dies in between goes on where it stopped.

use std::time::{Duration, UNIX_EPOCH};

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    notifications::{raising::Raise, read_for},
    outcome::{LaterWork, Work},
    ports::{AnnouncementRecord, NewAnnouncementRecord, Read, Tx},
    text::entities,
    validation::{Faults, clean, client_id, cut, page_size},
};
use crate::protocol::{
    announcements::{Announcement, AnnouncementState, CurrentAnnouncement, NewAnnouncement, Recipients},
    ids::{AnnouncementId, OutboxId, UserId},
    limits::{ANNOUNCEMENT_AHEAD_DAYS, ANNOUNCEMENT_DAYS, ANNOUNCEMENT_MAX_CHARS, ANNOUNCEMENT_TITLE_MAX_CHARS},
    time::Timestamp,
    views::{Page, Role},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// People for whom one transaction raises or ends it: short, so that nobody who writes waits long.
const AT_ONCE: usize = 100;

const GONE: DomainError = DomainError::NotFound("This announcement");

impl Domain {
    /// Announces something. The same `client_id` again returns the same announcement.
    ///
    /// # Errors
    /// When the asker is neither admin nor owner, or a field is not acceptable.
    pub async fn announce(&self, actor: &Actor, mut form: NewAnnouncement) -> Result<Announcement> {
        let client_id = client_id(form.client_id.take())?;
        let now = self.now();
        let mut record = self.checked_announcement(actor, form, now)?;
        let mut tx = self.ports.store.begin().await?;
        self.check_announces(&mut *tx, actor).await?;
        if let Some(key) = client_id.as_deref()
            && let Some(made) = tx.announcement_by_client_id(actor.user_id, key).await?
        {
            let made = tx.announcement(made).await?.ok_or(GONE)?;
            tx.commit().await?;
            return Ok(view(made, now));
        }
        record.client_id = client_id;
        record.entities = entities(&record.content, actor.user_id, &mut *tx).await?;
        tx.insert_announcement(&record).await?;
        let (id, end) = (record.id, record.ends_at);
        let stored = tx.announcement(id).await?.ok_or(GONE)?;
        if record.starts_at > now {
            self.promise(&mut *tx, spread(id, UserId::new(0)), record.starts_at).await?;
        } else {
            // The first hear of it at once, so that whoever announces sees whom it reaches.
            self.raise_announcement(&mut *tx, &stored, UserId::new(0)).await?;
        }
        self.promise(&mut *tx, Work::Later(LaterWork::EndAnnouncement { announcement_id: id }), end).await?;
        tx.commit().await?;
        self.kick();
        Ok(view(stored, now))
    }

    /// Ends an announcement, or keeps it from beginning. Ending it again changes nothing.
    ///
    /// # Errors
    /// When the asker is neither admin nor owner, or there is no such announcement.
    pub async fn end_announcement(&self, actor: &Actor, id: AnnouncementId) -> Result<Announcement> {
        let now = self.now();
        let mut tx = self.ports.store.begin().await?;
        self.check_announces(&mut *tx, actor).await?;
        let record = tx.announcement(id).await?.ok_or(GONE)?;
        if record.over_at() > now {
            tx.end_announcement(id, now).await?;
            self.promise(&mut *tx, Work::Later(LaterWork::EndAnnouncement { announcement_id: id }), now).await?;
        }
        let record = tx.announcement(id).await?.ok_or(GONE)?;
        tx.commit().await?;
        self.kick();
        Ok(view(record, now))
    }

    /// One announcement; with whom it reached, for those who announce.
    ///
    /// # Errors
    /// Not found when there is none that is told to the asker.
    pub async fn announcement(&self, actor: &Actor, id: AnnouncementId) -> Result<Announcement> {
        let mut read = self.ports.store.read().await?;
        let now = self.now();
        let record = read.announcement(id).await?.ok_or(GONE)?;
        let next = AnnouncementId::new(id.get() + 1);
        if !self.announces(&mut *read, actor).await? {
            // The list decides for whom it is.
            let told = read.announcements(Some(actor.user_id), now, Some(next), 1).await?;
            return told.into_iter().find(|told| told.id == id).map(|told| view(told, now)).ok_or(GONE);
        }
        let reach = read.reach(id, record.over_at()).await?;
        Ok(Announcement { reach: Some(reach), ..view(record, now) })
    }

    /// One announcement, as its page is opened: what tells the asker of it is marked as read, however they came there.
    ///
    /// # Errors
    /// Not found when there is none that is told to the asker.
    pub async fn open_announcement(&self, actor: &Actor, id: AnnouncementId) -> Result<Announcement> {
        let unread = self.ports.store.read().await?.unread_of_announcement_by(actor.user_id, id).await?;
        if let Some(notification) = unread {
            let mut tx = self.ports.store.begin().await?;
            let news = read_for(&mut *tx, actor.user_id, notification, self.now()).await?;
            tx.commit().await?;
            self.publish(news).await;
        }
        self.announcement(actor, id).await
    }

    /// A page of announcements, newest first: all of them for those who announce, with whom they reached; else those that
    /// were told to the asker.
    ///
    /// # Errors
    /// When `limit` is not acceptable.
    pub async fn announcements(
        &self,
        actor: &Actor,
        before: Option<AnnouncementId>,
        limit: Option<usize>,
    ) -> Result<Page<Announcement>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        let now = self.now();
        let announces = self.announces(&mut *read, actor).await?;
        let told_to = (!announces).then_some(actor.user_id);
        let mut found = read.announcements(told_to, now, before, limit + 1).await?;
        let next = cut(&mut found, limit, |last| last.id.to_string());
        let mut items = Vec::with_capacity(found.len());
        for record in found {
            let reach = if announces { Some(read.reach(record.id, record.over_at()).await?) } else { None };
            items.push(Announcement { reach, ..view(record, now) });
        }
        Ok(Page { items, next })
    }

    /// The newest announcement that runs and that the asker has not read: reading its notification puts it away.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unread_announcement(&self, actor: &Actor) -> Result<Option<CurrentAnnouncement>> {
        let now = self.now();
        let unread = self.ports.store.read().await?.unread_announcement(actor.user_id, now).await?;
        let told = |(record, notification_id)| CurrentAnnouncement { announcement: view(record, now), notification_id };
        Ok(unread.map(told))
    }

    /// How many people an announcement that begins now would be for.
    ///
    /// # Errors
    /// When the asker is neither admin nor owner.
    pub async fn count_recipients(&self, actor: &Actor, of: Recipients) -> Result<u64> {
        let mut read = self.ports.store.read().await?;
        self.check_announces(&mut *read, actor).await?;
        Ok(read.count_recipients(of, self.now()).await?)
    }

    /// Raises an announcement for some of its recipients, and promises to go on with those after them.
    pub(super) async fn spread_announcement(&self, entry: OutboxId, id: AnnouncementId, after: UserId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let record = tx.announcement(id).await?.filter(|record| record.over_at() > self.now());
        if let Some(record) = record {
            self.raise_announcement(&mut *tx, &record, after).await?;
        }
        tx.finish_outbox(&[entry]).await?;
        tx.commit().await?;
        self.kick();
        Ok(())
    }

    async fn raise_announcement(
        &self,
        tx: &mut (dyn Tx + '_),
        record: &AnnouncementRecord,
        after: UserId,
    ) -> Result<()> {
        let people = tx.recipients(record.recipients, record.starts_at, after, AT_ONCE).await?;
        let raises = people.iter().map(|person| Raise::announced(*person, record)).collect();
        self.raise(tx, raises).await?;
        if people.len() == AT_ONCE
            && let Some(last) = people.last()
        {
            self.promise(tx, spread(record.id, *last), self.now()).await?;
        }
        Ok(())
    }

    /// Marks an announcement that is over as read for some who have not read it, and promises to go on.
    pub(super) async fn let_announcement_rest(&self, entry: OutboxId, id: AnnouncementId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let over_at = tx.announcement(id).await?.map(|record| record.over_at()).filter(|at| *at <= self.now());
        let mut news = Vec::new();
        if let Some(over_at) = over_at {
            let unread = tx.unread_of_announcement(id, AT_ONCE).await?;
            for (person, notification) in &unread {
                news.extend(read_for(&mut *tx, *person, *notification, over_at).await?);
            }
            if unread.len() == AT_ONCE {
                let more = Work::Later(LaterWork::EndAnnouncement { announcement_id: id });
                self.promise(&mut *tx, more, self.now()).await?;
            }
        }
        tx.finish_outbox(&[entry]).await?;
        tx.commit().await?;
        self.publish(news).await;
        self.kick();
        Ok(())
    }

    fn checked_announcement(
        &self,
        actor: &Actor,
        form: NewAnnouncement,
        now: Timestamp,
    ) -> Result<NewAnnouncementRecord> {
        let mut faults = Faults::default();
        let title = faults.text("title", "The title", &form.title, ANNOUNCEMENT_TITLE_MAX_CHARS);
        let content = clean(&form.content);
        faults.at_most("content", "The text", &content, ANNOUNCEMENT_MAX_CHARS);
        let starts_at = form.starts_at.unwrap_or(now).max(now);
        let ends_at = form.ends_at.unwrap_or_else(|| starts_at.plus(DAY.saturating_mul(ANNOUNCEMENT_DAYS)));
        if starts_at.since(now) > DAY.saturating_mul(ANNOUNCEMENT_AHEAD_DAYS) {
            faults.add("starts_at", format!("It can begin at most {ANNOUNCEMENT_AHEAD_DAYS} days from now."));
        }
        if ends_at <= starts_at {
            faults.add("ends_at", "It ends before it begins. Choose a later moment.");
        } else if ends_at.since(starts_at) > DAY.saturating_mul(ANNOUNCEMENT_AHEAD_DAYS) {
            faults.add("ends_at", format!("It can be told for at most {ANNOUNCEMENT_AHEAD_DAYS} days."));
        }
        faults.check()?;
        Ok(NewAnnouncementRecord {
            id: AnnouncementId::new(self.next_id()),
            author: actor.user_id,
            title: title.split_whitespace().collect::<Vec<_>>().join(" "),
            content,
            entities: Vec::new(),
            recipients: form.recipients,
            starts_at,
            ends_at,
            created_at: now,
            client_id: None,
        })
    }

    async fn announces(&self, read: &mut (dyn Read + '_), actor: &Actor) -> Result<bool> {
        Ok(read.person(actor.user_id).await?.is_some_and(|person| person.role >= Role::Admin))
    }

    async fn check_announces(&self, read: &mut (dyn Read + '_), actor: &Actor) -> Result<()> {
        if self.announces(read, actor).await? {
            Ok(())
        } else {
            Err(DomainError::Forbidden("Only admins and the owner announce."))
        }
    }
}

/// The promise to raise it for those after somebody.
const fn spread(announcement_id: AnnouncementId, after: UserId) -> Work {
    Work::Later(LaterWork::Announce { announcement_id, after })
}

/// As it is told.
fn view(record: AnnouncementRecord, now: Timestamp) -> Announcement {
    let state = if record.over_at() <= now {
        AnnouncementState::Over
    } else if record.starts_at > now {
        AnnouncementState::Scheduled
    } else {
        AnnouncementState::Running
    };
    Announcement {
        announcement_id: record.id,
        user_id: record.author.id,
        ends_at: record.over_at(),
        author: record.author,
        title: record.title,
        content: record.content,
        entities: record.entities,
        recipients: record.recipients,
        starts_at: record.starts_at,
        state,
        reach: None,
    }
}

/// A moment that a form tells: `utc` as RFC 3339 where the browser knew how to say it, else `field`, such as
/// `2026-12-31T18:00`, taken as UTC. `None` when both are empty.
///
/// # Errors
/// When it is no moment; names `field`.
pub fn moment_in_form(field: &str, local: &str, utc: &str) -> Result<Option<Timestamp>> {
    let (local, utc) = (local.trim(), utc.trim());
    if local.is_empty() {
        return Ok(None);
    }
    let text = if utc.is_empty() { format!("{local}:00Z") } else { utc.to_owned() };
    let moment = humantime::parse_rfc3339(&text).ok().and_then(|moment| moment.duration_since(UNIX_EPOCH).ok());
    let ms = moment.and_then(|span| u64::try_from(span.as_millis()).ok());
    let ms = ms.ok_or_else(|| DomainError::invalid(field, "This is no moment. Choose a day and a time."))?;
    Ok(Some(Timestamp::from_millis(ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_a_form_is_read_with_and_without_a_script() {
        let told = |local: &str, utc: &str| moment_in_form("begins", local, utc).map(|at| at.map(|at| at.to_string()));
        assert_eq!(told("", "").unwrap(), None);
        assert_eq!(told("2026-12-31T18:00", "").unwrap().unwrap(), "2026-12-31T18:00:00.000Z");
        assert_eq!(told("2026-12-31T18:00", "2026-12-31T17:00:00.000Z").unwrap().unwrap(), "2026-12-31T17:00:00.000Z");
        assert!(told("tomorrow", "").is_err());
    }
}
