//! The store's port for announcements.

use async_trait::async_trait;

use super::Stored;
use crate::protocol::{
    announcements::{Reach, Recipients},
    ids::{AnnouncementId, NotificationId, UserId},
    time::Timestamp,
    views::{Entity, PersonRef},
};

/// An announcement to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAnnouncementRecord {
    /// Which.
    pub id: AnnouncementId,
    /// Who announces it.
    pub author: UserId,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub content: String,
    /// Its links, mentions and tags.
    pub entities: Vec<Entity>,
    /// Whom it is for.
    pub recipients: Recipients,
    /// From when it is told.
    pub starts_at: Timestamp,
    /// Until when it counts as unread.
    pub ends_at: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
    /// The client's own id for it, unique for each author.
    pub client_id: Option<String>,
}

/// An announcement, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncementRecord {
    /// Which.
    pub id: AnnouncementId,
    /// Who announces it.
    pub author: PersonRef,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub content: String,
    /// Its links, mentions and tags.
    pub entities: Vec<Entity>,
    /// Whom it is for.
    pub recipients: Recipients,
    /// From when it is told.
    pub starts_at: Timestamp,
    /// Until when it counts as unread.
    pub ends_at: Timestamp,
    /// When it was ended by hand, if it was.
    pub ended_at: Option<Timestamp>,
}

impl AnnouncementRecord {
    /// When it is over.
    #[must_use]
    pub fn over_at(&self) -> Timestamp {
        self.ended_at.map_or(self.ends_at, |ended_at| ended_at.min(self.ends_at))
    }
}

/// Reads announcements.
#[async_trait]
pub trait AnnouncementsRead {
    /// One announcement.
    async fn announcement(&mut self, id: AnnouncementId) -> Stored<Option<AnnouncementRecord>>;
    /// A page of announcements: ids below `before`, newest first. With `told_to`, only those that have begun at `now` and
    /// are for that person.
    async fn announcements(
        &mut self,
        told_to: Option<UserId>,
        now: Timestamp,
        before: Option<AnnouncementId>,
        limit: usize,
    ) -> Stored<Vec<AnnouncementRecord>>;
    /// The newest announcement that runs at `now` and stands unread in somebody's bell, with what tells them of it.
    async fn unread_announcement(
        &mut self,
        user: UserId,
        now: Timestamp,
    ) -> Stored<Option<(AnnouncementRecord, NotificationId)>>;
    /// The announcement that somebody made under a client id.
    async fn announcement_by_client_id(&mut self, author: UserId, client_id: &str) -> Stored<Option<AnnouncementId>>;
    /// Some of those for whom an announcement that begins at `starts_at` is: ids above `after`, in their order.
    async fn recipients(
        &mut self,
        of: Recipients,
        starts_at: Timestamp,
        after: UserId,
        limit: usize,
    ) -> Stored<Vec<UserId>>;
    /// How many these are.
    async fn count_recipients(&mut self, of: Recipients, starts_at: Timestamp) -> Stored<u64>;
    /// Whom an announcement reached; who marked it as read at `over_at` or later did so because it was over.
    async fn reach(&mut self, id: AnnouncementId, over_at: Timestamp) -> Stored<Reach>;
    /// Some of those who have not read an announcement, in the order of their ids.
    async fn unread_of_announcement(
        &mut self,
        id: AnnouncementId,
        limit: usize,
    ) -> Stored<Vec<(UserId, NotificationId)>>;
    /// What tells somebody of an announcement, while it stands unread in their bell.
    async fn unread_of_announcement_by(&mut self, user: UserId, id: AnnouncementId) -> Stored<Option<NotificationId>>;
}

/// Writes announcements.
#[async_trait]
pub trait AnnouncementsWrite {
    /// Adds an announcement. [`super::StoreError::Taken`] names `client_id`.
    async fn insert_announcement(&mut self, announcement: &NewAnnouncementRecord) -> Stored<()>;
    /// Ends an announcement by hand.
    async fn end_announcement(&mut self, id: AnnouncementId, at: Timestamp) -> Stored<()>;
}
