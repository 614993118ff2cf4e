//! Notifications as clients see them: what happened, to whom it matters, and how they want to be told.
//!
//! A person's notifications are a log: everything that changes them (a new one, one more like in a group, read, removed)
//! takes the next `seq` of that person, without gaps. What is alike (likes of one post, comments on one post, messages of one
//! conversation) is one notification with exact counts, changed in place until it is read; what comes after that begins
//! the next one.

pub mod sentence;

use serde::{Deserialize, Serialize};

use super::{
    ids::{
        AnnouncementId, ApplicationId, CommentId, ConnectionRequestId, ConversationId, JobId, MessageId,
        NotificationId, PostId, UserId,
    },
    time::Timestamp,
    views::PersonRef,
};

/// What a notification is about. A new kind is a variant here; the compiler then asks for its sentence, icon and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// People liked the reader's post or comment.
    Like,
    /// People commented on the reader's post, or replied to their comment.
    Comment,
    /// Somebody follows the reader.
    Follow,
    /// There are unread messages in a conversation.
    Message,
    /// Somebody named the reader in a post, a comment or a message.
    Mention,
    /// Somebody wants to connect with the reader, or accepted to.
    FriendRequest,
    /// Somebody applied for the reader's job, or the reader's application moved.
    JobApplication,
    /// The community announces something, or a test.
    System,
}

impl NotificationKind {
    /// All of them, in the order in which settings list them.
    pub const ALL: [Self; 8] = [
        Self::Like,
        Self::Comment,
        Self::Mention,
        Self::Follow,
        Self::FriendRequest,
        Self::Message,
        Self::JobApplication,
        Self::System,
    ];

    /// Its name on the wire, in addresses and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Like => "like",
            Self::Comment => "comment",
            Self::Follow => "follow",
            Self::Message => "message",
            Self::Mention => "mention",
            Self::FriendRequest => "friend_request",
            Self::JobApplication => "job_application",
            Self::System => "system",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Which variety of its kind a notification is: decides its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// `like`: of the reader's post.
    PostLiked,
    /// `like`: of the reader's comment.
    CommentLiked,
    /// `comment`: on the reader's post.
    PostCommented,
    /// `comment`: in reply to the reader's comment.
    CommentReplied,
    /// `follow`.
    Followed,
    /// `message`: in a conversation of two.
    Wrote,
    /// `message`: in a group; `subject` is its title.
    WroteInGroup,
    /// `mention` in a post.
    MentionedInPost,
    /// `mention` in a comment.
    MentionedInComment,
    /// `mention` in a message.
    MentionedInMessage,
    /// `friend_request`: they ask.
    ConnectionAsked,
    /// `friend_request`: they accepted what the reader asked.
    ConnectionAccepted,
    /// `job_application`: for the reader's job; `subject` is its title.
    Applied,
    /// `job_application`: the reader's own moved; `subject` is the job's title, `excerpt` the new stage in words.
    ApplicationMoved,
    /// `system`: `subject` is its title, `excerpt` its text.
    Announced,
    /// `system`: somebody tried out their notifications; `excerpt` is the text they gave.
    Tested,
}

impl Occasion {
    /// The kind that it is a variety of.
    #[must_use]
    pub const fn kind(self) -> NotificationKind {
        match self {
            Self::PostLiked | Self::CommentLiked => NotificationKind::Like,
            Self::PostCommented | Self::CommentReplied => NotificationKind::Comment,
            Self::Followed => NotificationKind::Follow,
            Self::Wrote | Self::WroteInGroup => NotificationKind::Message,
            Self::MentionedInPost | Self::MentionedInComment | Self::MentionedInMessage => NotificationKind::Mention,
            Self::ConnectionAsked | Self::ConnectionAccepted => NotificationKind::FriendRequest,
            Self::Applied | Self::ApplicationMoved => NotificationKind::JobApplication,
            Self::Announced | Self::Tested => NotificationKind::System,
        }
    }
}

/// What a notification leads to; fields that do not apply are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NotificationTarget {
    /// The post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_id: Option<PostId>,
    /// The newest comment of the group, or the one that was liked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment_id: Option<CommentId>,
    /// The conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// The newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The request to connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<ConnectionRequestId>,
    /// The job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// The application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<ApplicationId>,
    /// The announcement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement_id: Option<AnnouncementId>,
}

/// What the documented clients find in `data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NotificationData {
    /// Which variety of its kind.
    pub occasion: Occasion,
    /// People behind it: exact, however many `actors` are told.
    pub actor_count: u64,
    /// Likes, comments or messages behind it: exact.
    pub count: u64,
    /// The newest people behind it, newest first, at most [`super::limits::ACTORS_SHOWN`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<PersonRef>,
    /// The title of what it is about: a group, a job, an announcement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The beginning of what was said or liked, at most [`super::limits::QUOTE_MAX_CHARS`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// Where it leads, as a path on this server.
    pub href: String,
}

/// A notification, as its recipient sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Notification {
    /// Which.
    pub notification_id: NotificationId,
    /// What it is about.
    pub kind: NotificationKind,
    /// The newest person behind it; the community has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// What it leads to.
    #[serde(flatten)]
    pub target: NotificationTarget,
    /// A few words, as the title of a browser notification.
    pub title: String,
    /// One sentence.
    pub message: String,
    /// When the newest of it happened: lists are in this order.
    pub timestamp: Timestamp,
    /// More about it.
    pub data: NotificationData,
    /// When it was read, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// The entry of the person's log with which it last changed: of two states the one with the greater holds.
    pub seq: u64,
}

/// What happened to a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotificationStatus {
    /// It waits for its channel.
    Queued,
    /// It reached the person's device, push service or mail server.
    Delivered,
    /// They read it.
    Read,
    /// They marked it as unread again.
    Unread,
    /// What it told of is gone: the like was taken back, the post deleted, the person blocked.
    Removed,
    /// The channel refused it for good; `reason` says why.
    Failed,
}

impl NotificationStatus {
    /// What may become of a notification by a channel.
    pub const OF_DELIVERIES: [Self; 4] = [Self::Queued, Self::Delivered, Self::Read, Self::Failed];

    /// Its name on the wire, in addresses and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Unread => "unread",
            Self::Removed => "removed",
            Self::Failed => "failed",
        }
    }

    /// What may become of a notification by a channel, by its name.
    #[must_use]
    pub fn of_delivery(name: &str) -> Option<Self> {
        Self::OF_DELIVERIES.into_iter().find(|status| status.as_str() == name)
    }
}

/// A way to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The bell of open tabs.
    InApp,
    /// Web Push to closed tabs.
    Push,
    /// E-mail.
    Email,
}

impl Channel {
    /// All of them, in the order in which they are listed for one notification.
    pub const ALL: [Self; 3] = [Self::InApp, Self::Push, Self::Email];

    /// Its name on the wire, in addresses and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InApp => "in_app",
            Self::Push => "push",
            Self::Email => "email",
        }
    }

    /// The channel of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == name)
    }
}

/// What became of a notification by one channel; `GET /api/admin/deliveries`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Delivery {
    /// Which notification.
    pub notification_id: NotificationId,
    /// Whose.
    pub user_id: UserId,
    /// Their name in addresses.
    pub username: String,
    /// What it is about.
    pub kind: NotificationKind,
    /// By which channel.
    pub channel: Channel,
    /// What became of it: `queued`, `delivered`, `read` or `failed`.
    pub status: NotificationStatus,
    /// Why it failed, or was not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub timestamp: Timestamp,
}

/// When letters of a kind are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EmailTiming {
    /// As soon as the person has been away for a while and has not read it.
    AtOnce,
    /// Once a day, with everything else of the day.
    Daily,
    /// Not at all.
    #[default]
    Never,
}

/// How a person wants to be told of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct KindPreference {
    /// Which.
    pub kind: NotificationKind,
    /// In the bell, with a toast.
    pub in_app: bool,
    /// By Web Push, to the devices that have it.
    pub push: bool,
    /// By e-mail.
    pub email: EmailTiming,
}

/// When a person is left in peace: no toast, sound, push or letter; the bell still fills. What waited is told afterwards,
/// unless it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct QuietHours {
    /// From this minute of the person's day, 0 to 1,439.
    pub from_minute: u16,
    /// Until this minute of the person's day; less than `from_minute` goes over midnight.
    pub until_minute: u16,
}

/// All that a person chose about being told; `GET` and `PUT /api/me/notification-preferences`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NotificationPreferences {
    /// Off: nothing is raised for them at all but what the community itself announces.
    pub enabled: bool,
    /// Each kind, in the order in which settings list them. In a `PUT`, kinds left out stay as they are.
    pub kinds: Vec<KindPreference>,
    /// When they are left in peace, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// The IANA name of the zone in which their day is told, such as `Europe/Lisbon`.
    pub time_zone: String,
    /// The minute of their day at which the daily letter is sent, 0 to 1,439.
    pub digest_minute: u16,
}

/// Which notifications a list is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotificationFilter {
    /// All of them.
    #[default]
    All,
    /// Those not read yet.
    Unread,
    /// Those in which the reader was named.
    Mentions,
    /// Requests to connect that wait for an answer.
    Requests,
}

impl NotificationFilter {
    /// All of them, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::All, Self::Unread, Self::Mentions, Self::Requests];

    /// Its name on the wire and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Unread => "unread",
            Self::Mentions => "mentions",
            Self::Requests => "requests",
        }
    }
}

/// Answer to marking everything as read: `at` undoes exactly this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AllRead {
    /// The moment they were all marked with.
    pub at: Timestamp,
    /// How many were unread.
    pub count: u64,
    /// The entry of the log with which it happened.
    pub seq: u64,
}
