//! The store's port for notifications: what people are told, and how they want to be told.
//!
//! Whoever writes holds the person's bell first ([`NotificationsWrite::hold_bell`]), the bells of several in the order of
//! their ids, and everything else before any bell: so nobody waits for each other.

use async_trait::async_trait;

use super::Stored;
use crate::protocol::{
    ids::{ConversationId, MessageId, NotificationId, PostId, UserId},
    notifications::{KindPreference, NotificationFilter, NotificationKind, NotificationTarget, Occasion, QuietHours},
    time::Timestamp,
    views::PersonRef,
};

/// A notification, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRecord {
    /// Which.
    pub id: NotificationId,
    /// Whose.
    pub user_id: UserId,
    /// Which variety of its kind.
    pub occasion: Occasion,
    /// What it leads to.
    pub target: NotificationTarget,
    /// The title of what it is about.
    pub subject: Option<String>,
    /// The beginning of what was said or liked.
    pub excerpt: Option<String>,
    /// Things behind it that are not gone.
    pub count: u64,
    /// People behind these.
    pub actor_count: u64,
    /// The newest of them, newest first.
    pub actors: Vec<PersonRef>,
    /// Orders lists: greater for what changed later.
    pub place: u64,
    /// When the newest thing happened.
    pub updated_at: Timestamp,
    /// When it was read, if it was.
    pub read_at: Option<Timestamp>,
    /// When all that it tells of was gone, if it is.
    pub removed_at: Option<Timestamp>,
    /// Whether the bell shows it; a kind may be wanted by other channels only.
    pub shown: bool,
    /// The entry of the person's log with which it last changed; 0 until it was told.
    pub seq: u64,
}

/// One thing that concerns somebody: a like, a comment, a follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThingRecord {
    /// A fresh id: of the notification, if one begins with this thing, and its place in lists.
    pub id: NotificationId,
    /// Whom it concerns.
    pub recipient: UserId,
    /// Who did it; the community has no id.
    pub actor: Option<UserId>,
    /// Which variety of its kind.
    pub occasion: Occasion,
    /// Things of one recipient with the same key are one notification until it is read.
    pub group_key: String,
    /// Names the thing among those of its recipient: it is counted once, however often it is raised.
    pub thing: String,
    /// The id of what takes it along when it is deleted, besides its post.
    pub about: Option<u64>,
    /// What it leads to.
    pub target: NotificationTarget,
    /// The title of what it is about.
    pub subject: Option<String>,
    /// The beginning of what was said or liked.
    pub excerpt: Option<String>,
    /// Whether the bell is to show it.
    pub shown: bool,
    /// When.
    pub at: Timestamp,
}

/// The unread messages of one conversation, for one of its members: absolute values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagesRecord {
    /// A fresh id, as in [`ThingRecord`].
    pub id: NotificationId,
    /// Who has not read them.
    pub recipient: UserId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// Of two, or of a group.
    pub occasion: Occasion,
    /// The title of a group.
    pub subject: Option<String>,
    /// How many.
    pub count: u64,
    /// By how many people.
    pub actor_count: u64,
    /// The newest of these, newest first.
    pub actors: Vec<UserId>,
    /// The newest message.
    pub message_id: MessageId,
    /// How it begins.
    pub excerpt: Option<String>,
    /// Whether the bell is to show it.
    pub shown: bool,
    /// When the newest was said.
    pub at: Timestamp,
}

/// A notification that is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedNotification {
    /// Which.
    pub id: NotificationId,
    /// Whose.
    pub user_id: UserId,
    /// When it was last told.
    pub told_at: Option<Timestamp>,
}

/// How many of a person's notifications are unread, and with which entry of their log that was so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BellRecord {
    /// Shown, unread and not removed.
    pub unread_count: u64,
    /// The last entry of the log.
    pub seq: u64,
}

/// A change that was given its entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldNotification {
    /// As it is now, with the new `seq`.
    pub notification: NotificationRecord,
    /// Something new is among what changed, so that it may be told with a sound.
    pub is_news: bool,
    /// What is unread now.
    pub bell: BellRecord,
}

/// What became of all notifications at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllChanged {
    /// The newest of them.
    pub newest: NotificationId,
    /// How many.
    pub count: u64,
    /// The moment they were marked with.
    pub at: Timestamp,
    /// What is unread now.
    pub bell: BellRecord,
}

/// How one person wants to be told of one kind, and what stands between them and the other person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotifyFacts {
    /// One of the two blocked the other.
    pub blocked: bool,
    /// What they chose for everything; `None` has the defaults.
    pub enabled: Option<bool>,
    /// What they chose for this kind; `None` has the defaults.
    pub choice: Option<KindPreference>,
}

/// What a person chose for all kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationSettings {
    /// Whether anything is raised for them at all.
    pub enabled: bool,
    /// When they are left in peace.
    pub quiet_hours: Option<QuietHours>,
    /// The IANA name of their zone.
    pub time_zone: String,
    /// The minute of their day at which the daily letter is sent.
    pub digest_minute: u16,
}

/// Unread messages of a conversation, as one of its members has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadMember {
    /// Who.
    pub user_id: UserId,
    /// How far they have read.
    pub read_number: u64,
    /// What they have not read.
    pub unread: u64,
}

/// The messages after a position, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadMessages {
    /// By how many people.
    pub actor_count: u64,
    /// The newest of these, newest first, at most [`crate::protocol::limits::ACTORS_SHOWN`].
    pub actors: Vec<UserId>,
    /// The newest message.
    pub message_id: MessageId,
    /// How it begins; empty for one that only carries something.
    pub excerpt: String,
    /// When it was said.
    pub at: Timestamp,
}

/// Reads notifications.
#[async_trait]
pub trait NotificationsRead {
    /// A page of what the bell shows, newest first: places below `before`.
    async fn notifications(
        &mut self,
        user: UserId,
        filter: NotificationFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<NotificationRecord>>;
    /// One of a person's notifications, whatever became of it.
    async fn notification(&mut self, user: UserId, id: NotificationId) -> Stored<Option<NotificationRecord>>;
    /// What is unread.
    async fn bell(&mut self, user: UserId) -> Stored<BellRecord>;
    /// What decides whether `recipient` is told of what `actor` did.
    async fn notify_facts(
        &mut self,
        recipient: UserId,
        actor: Option<UserId>,
        kind: NotificationKind,
    ) -> Stored<NotifyFacts>;
    /// What a person chose for all kinds, if they ever chose.
    async fn notification_settings(&mut self, user: UserId) -> Stored<Option<NotificationSettings>>;
    /// What a person chose for single kinds.
    async fn notification_choices(&mut self, user: UserId) -> Stored<Vec<KindPreference>>;
    /// Who takes part in a conversation, has not muted it and has not read all of it, by id.
    async fn unread_members(&mut self, id: ConversationId) -> Stored<Vec<UnreadMember>>;
    /// What others than `reader` said after the message `read_number`, unless all of that was deleted.
    async fn unread_messages(
        &mut self,
        id: ConversationId,
        reader: UserId,
        read_number: u64,
    ) -> Stored<Option<UnreadMessages>>;
    /// The ids of these usernames (lowercase).
    async fn people_named(&mut self, usernames: &[String]) -> Stored<Vec<UserId>>;
    /// The open notification of a conversation's messages.
    async fn open_messages(&mut self, user: UserId, id: ConversationId) -> Stored<Option<NotificationId>>;
}

/// Writes notifications.
#[async_trait]
pub trait NotificationsWrite {
    /// Waits for others who change a person's notifications, and keeps them waiting until this transaction ends.
    async fn hold_bell(&mut self, user: UserId) -> Stored<BellRecord>;
    /// Counts a thing in its group; `None` when it is counted already. One that was gone is counted where it was before,
    /// without being news.
    async fn raise(&mut self, thing: &ThingRecord) -> Stored<Option<ChangedNotification>>;
    /// A thing is gone; `None` when it was not counted.
    async fn withdraw(&mut self, user: UserId, thing: &str, at: Timestamp) -> Stored<Option<ChangedNotification>>;
    /// Whose notifications count anything about this id, gone at `gone_at` or (`None`) not gone; in the order of ids.
    async fn concerned_by(&mut self, about: u64, gone_at: Option<Timestamp>) -> Stored<Vec<UserId>>;
    /// All things about this id are gone (a moment), or those that were gone at `from` are back (`None`). The caller holds
    /// the bells of [`NotificationsWrite::concerned_by`].
    async fn set_gone_about(
        &mut self,
        about: u64,
        from: Option<Timestamp>,
        gone_at: Option<Timestamp>,
    ) -> Stored<Vec<ChangedNotification>>;
    /// All that `actor` did to `user` is gone.
    async fn set_gone_between(
        &mut self,
        user: UserId,
        actor: UserId,
        at: Timestamp,
    ) -> Stored<Vec<ChangedNotification>>;
    /// Whose notifications lead to a post, removed at `removed_at` or (`None`) not removed; in the order of ids.
    async fn concerned_by_post(&mut self, post: PostId, removed_at: Option<Timestamp>) -> Stored<Vec<UserId>>;
    /// All notifications that lead to a post are removed (a moment), or those removed at `from` are back (`None`). The
    /// caller holds the bells of [`NotificationsWrite::concerned_by_post`].
    async fn set_removed_with_post(
        &mut self,
        post: PostId,
        from: Option<Timestamp>,
        removed_at: Option<Timestamp>,
    ) -> Stored<Vec<ChangedNotification>>;
    /// Takes over what is unread in a conversation; `None` when that is known already.
    async fn raise_messages(&mut self, messages: &MessagesRecord) -> Stored<Option<ChangedNotification>>;
    /// Gives a change its entry of the person's log; `None` when there is none to tell. What the bell does not show takes
    /// no entry.
    async fn tell(&mut self, id: NotificationId, at: Timestamp) -> Stored<Option<ToldNotification>>;
    /// Marks as read (a moment), which closes its group, or as unread again (`None`); `None` when that changes nothing.
    async fn set_read_notification(
        &mut self,
        user: UserId,
        id: NotificationId,
        read_at: Option<Timestamp>,
    ) -> Stored<Option<BellRecord>>;
    /// Marks all as read, with a moment not before `at` that no other call for this person used; `None` when none was
    /// unread.
    async fn read_all(&mut self, user: UserId, at: Timestamp) -> Stored<Option<AllChanged>>;
    /// Marks as unread what the last [`NotificationsWrite::read_all`] marked with the moment `at`; `None` when that is
    /// nothing.
    async fn undo_read_all(&mut self, user: UserId, at: Timestamp) -> Stored<Option<AllChanged>>;
    /// Replaces what a person chose for all kinds.
    async fn set_notification_settings(&mut self, user: UserId, settings: &NotificationSettings) -> Stored<()>;
    /// Replaces what a person chose for one kind.
    async fn set_notification_choice(&mut self, user: UserId, choice: &KindPreference) -> Stored<()>;
    /// Forgets notifications removed before `before`, at most `limit`; how many.
    async fn purge_notifications(&mut self, before: Timestamp, limit: usize) -> Stored<u64>;
}
