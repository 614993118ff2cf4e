//! The announcement that stands above the feed: what was read of it, and when it has to be read again.
//!
//! Which one stands is the server's to say. Events only tell that it may be another one by now: the bell had one more, or
//! what tells of this one was read, here or elsewhere, or marked as read because it is over.

use std::sync::Arc;

use crate::protocol::{
    announcements::CurrentAnnouncement,
    events::{NotificationUpdate, ServerEvent},
    notifications::{NotificationStatus, Occasion},
};

/// What a tab knows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    told: Option<Arc<CurrentAnnouncement>>,
    /// How many places show it.
    places: usize,
    is_seeded: bool,
    is_doubted: bool,
    is_reading: bool,
}

impl Standing {
    /// A place for it is on show: from now on what happens to it matters. Call it before it is read.
    pub fn open(&mut self) {
        self.places += 1;
    }

    /// A place for it is gone. With the last one all is forgotten.
    pub fn close(&mut self) {
        self.places = self.places.saturating_sub(1);
        if self.places == 0 {
            *self = Self { is_reading: self.is_reading, ..Self::default() };
        }
    }

    /// Takes what the page was rendered with.
    pub fn seed(&mut self, told: Option<CurrentAnnouncement>) {
        self.told = told.map(Arc::new);
        self.is_seeded = true;
    }

    /// The one that stands.
    #[must_use]
    pub fn told(&self) -> Option<Arc<CurrentAnnouncement>> {
        self.told.clone()
    }

    /// Takes an event; whether anything follows from it. One that comes twice only has it read twice.
    pub fn fold(&mut self, event: &ServerEvent) -> bool {
        let may_be_another = self.places > 0
            && match event {
                ServerEvent::Notification(event) => event.notification.data.occasion == Occasion::Announced,
                ServerEvent::NotificationUpdate(update) => self.concerns(update),
                _ => false,
            };
        self.is_doubted |= may_be_another;
        may_be_another
    }

    /// What is read or gone stands no longer, whatever the server says comes after it.
    fn concerns(&mut self, update: &NotificationUpdate) -> bool {
        match update.status {
            NotificationStatus::Read | NotificationStatus::Removed => {
                let is_it = |told: &mut Arc<CurrentAnnouncement>| {
                    update.seq.is_some() && (update.and_older || told.notification_id == update.notification_id)
                };
                // A page that is still on its way may have been written before this.
                self.told.take_if(is_it).is_some() || !self.is_seeded
            }
            NotificationStatus::Unread => true,
            NotificationStatus::Queued | NotificationStatus::Delivered | NotificationStatus::Failed => false,
        }
    }

    /// Too much was missed.
    pub fn doubt(&mut self) {
        self.is_doubted = self.places > 0;
    }

    /// Whether it is to be read again now; who is told so reads it and calls [`Standing::answer`] or [`Standing::fail`].
    pub fn claim(&mut self) -> bool {
        let must_read = self.is_seeded && self.is_doubted && !self.is_reading;
        if must_read {
            self.is_reading = true;
            self.is_doubted = false;
        }
        must_read
    }

    /// Takes what was read. What is in doubt again by now is left: it will be read once more.
    pub fn answer(&mut self, told: Option<CurrentAnnouncement>) {
        self.is_reading = false;
        if !self.is_doubted && self.is_seeded && self.told.as_deref() != told.as_ref() {
            self.told = told.map(Arc::new);
        }
    }

    /// It could not be read.
    pub fn fail(&mut self) {
        self.is_reading = false;
        self.doubt();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        announcements::{Announcement, AnnouncementState, Recipients},
        events::NotificationEvent,
        ids::{AnnouncementId, NotificationId, UserId},
        notifications::{Channel, Notification, NotificationData, NotificationKind, NotificationTarget},
        time::Timestamp,
        views::PersonRef,
    };

    fn current(id: u64) -> CurrentAnnouncement {
        let author =
            PersonRef { id: UserId::new(1), username: "mina".into(), full_name: "Mina".into(), avatar_url: None };
        CurrentAnnouncement {
            announcement: Announcement {
                announcement_id: AnnouncementId::new(id),
                user_id: author.id,
                author,
                title: format!("No {id}"),
                content: String::new(),
                entities: vec![],
                recipients: Recipients::Everyone,
                starts_at: Timestamp::from_millis(1),
                ends_at: Timestamp::from_millis(2),
                state: AnnouncementState::Running,
                reach: None,
            },
            notification_id: NotificationId::new(id * 10),
        }
    }

    fn begun(occasion: Occasion) -> ServerEvent {
        let notification = Notification {
            notification_id: NotificationId::new(20),
            kind: NotificationKind::System,
            user_id: None,
            target: NotificationTarget::default(),
            title: String::new(),
            message: String::new(),
            timestamp: Timestamp::from_millis(1),
            data: NotificationData {
                occasion,
                actor_count: 0,
                count: 1,
                actors: vec![],
                subject: None,
                excerpt: None,
                href: String::new(),
            },
            read_at: None,
            seq: 4,
        };
        ServerEvent::Notification(NotificationEvent { notification, alert: true, offset: 9 })
    }

    fn update(id: u64, status: NotificationStatus) -> NotificationUpdate {
        NotificationUpdate {
            notification_id: NotificationId::new(id),
            status,
            and_older: false,
            channel: None,
            reason: None,
            timestamp: Timestamp::from_millis(3),
            seq: Some(5),
            offset: 10,
        }
    }

    fn open(told: Option<CurrentAnnouncement>) -> Standing {
        let mut standing = Standing::default();
        standing.open();
        standing.seed(told);
        standing
    }

    fn shown(standing: &Standing) -> Option<u64> {
        standing.told().map(|told| told.announcement.announcement_id.get())
    }

    #[test]
    fn one_that_begins_is_read_and_stands() {
        let mut standing = open(None);
        assert!(!standing.fold(&begun(Occasion::Tested)), "no announcement");
        assert!(!standing.claim());
        assert!(standing.fold(&begun(Occasion::Announced)));
        assert!(standing.claim() && !standing.claim(), "one reads it");
        standing.answer(Some(current(2)));
        assert_eq!(shown(&standing), Some(2));
        assert!(!standing.claim());
    }

    #[test]
    fn one_that_is_over_or_read_elsewhere_goes_at_once_and_makes_room_for_the_one_before() {
        for status in [NotificationStatus::Read, NotificationStatus::Removed] {
            let mut standing = open(Some(current(2)));
            assert!(!standing.fold(&ServerEvent::NotificationUpdate(update(30, status))), "another one");
            assert!(standing.fold(&ServerEvent::NotificationUpdate(update(20, status))));
            assert_eq!(shown(&standing), None);
            assert!(standing.claim());
            standing.answer(Some(current(1)));
            assert_eq!(shown(&standing), Some(1));
        }
    }

    #[test]
    fn marking_all_takes_it_away_and_taking_that_back_brings_it_again() {
        let mut standing = open(Some(current(2)));
        let all = NotificationUpdate { and_older: true, ..update(99, NotificationStatus::Read) };
        assert!(standing.fold(&ServerEvent::NotificationUpdate(all.clone())));
        assert_eq!(shown(&standing), None);
        assert!(standing.claim());
        standing.answer(None);
        let back = NotificationUpdate { status: NotificationStatus::Unread, ..all };
        assert!(standing.fold(&ServerEvent::NotificationUpdate(back)) && standing.claim());
        standing.answer(Some(current(2)));
        assert_eq!(shown(&standing), Some(2));
    }

    #[test]
    fn what_a_channel_did_with_it_changes_nothing() {
        let mut standing = open(Some(current(2)));
        let carried = NotificationUpdate {
            channel: Some(Channel::Email),
            seq: None,
            ..update(20, NotificationStatus::Delivered)
        };
        assert!(!standing.fold(&ServerEvent::NotificationUpdate(carried)));
        assert_eq!(shown(&standing), Some(2));
    }

    #[test]
    fn an_answer_that_was_written_before_the_last_news_is_left() {
        let mut standing = open(Some(current(2)));
        standing.fold(&begun(Occasion::Announced));
        assert!(standing.claim());
        standing.fold(&ServerEvent::NotificationUpdate(update(20, NotificationStatus::Read)));
        standing.answer(Some(current(2)));
        assert_eq!(shown(&standing), None, "it was read meanwhile");
        assert!(standing.claim());
        standing.fail();
        assert!(standing.claim(), "who could not read it tries again");
    }

    #[test]
    fn what_happens_while_the_page_is_on_its_way_is_read_after_it() {
        let mut standing = Standing::default();
        assert!(!standing.fold(&begun(Occasion::Announced)), "nobody shows it");
        standing.open();
        assert!(standing.fold(&ServerEvent::NotificationUpdate(update(20, NotificationStatus::Read))));
        assert!(!standing.claim(), "the page comes first");
        standing.seed(Some(current(2)));
        assert!(standing.claim());
        standing.close();
        standing.answer(Some(current(1)));
        assert_eq!(shown(&standing), None, "nobody shows it any more");
    }
}
