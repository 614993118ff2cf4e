//! What the community tells its members: by whom it is seen, from when until when, and whom it reached.

use serde::{Deserialize, Serialize};

use super::{
    ids::{AnnouncementId, NotificationId, UserId},
    time::Timestamp,
    views::{Entity, PersonRef},
};

/// Whom an announcement is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Recipients {
    /// All members.
    #[default]
    Everyone,
    /// Who joined in the [`super::limits::NEWCOMER_DAYS`] before it began.
    Newcomers,
    /// Moderators, admins and the owner.
    Staff,
}

impl Recipients {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Everyone, Self::Newcomers, Self::Staff];

    /// Its name on the wire, in addresses and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Newcomers => "newcomers",
            Self::Staff => "staff",
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Everyone => "Everyone",
            Self::Newcomers => "Who joined lately",
            Self::Staff => "Who looks after the community",
        }
    }

    /// Those of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|recipients| recipients.as_str() == name)
    }
}

/// How an announcement stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnnouncementState {
    /// It has not begun; only those who announce see it.
    Scheduled,
    /// It is told.
    Running,
    /// It is over: who has not read it by now is not asked to any more.
    Over,
}

/// An announcement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Announcement {
    /// Which; newer ones have greater ids.
    pub announcement_id: AnnouncementId,
    /// Who announces it.
    pub user_id: UserId,
    /// Their name and picture.
    pub author: PersonRef,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub content: String,
    /// Links, mentions and tags in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// Whom it is for.
    pub recipients: Recipients,
    /// From when it is told.
    pub starts_at: Timestamp,
    /// Until when it counts as unread.
    pub ends_at: Timestamp,
    /// Where it stands now.
    pub state: AnnouncementState,
    /// Whom it reached so far; only for those who announce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
}

/// An announcement that runs, and that the asker has neither read nor put away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct CurrentAnnouncement {
    /// The announcement.
    #[serde(flatten)]
    pub announcement: Announcement,
    /// What tells them of it: reading that puts the announcement away.
    pub notification_id: NotificationId,
}

/// Whom an announcement reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Reach {
    /// Whose bell has it.
    pub raised: u64,
    /// Who read it before it was over.
    pub read: u64,
}

/// `POST /api/admin/announcements`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewAnnouncement {
    /// What it is called.
    pub title: String,
    /// What it says; possibly empty.
    #[serde(default)]
    pub content: String,
    /// Whom it is for.
    #[serde(default)]
    pub recipients: Recipients,
    /// From when it is told; at once unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// Until when it counts as unread; [`super::limits::ANNOUNCEMENT_DAYS`] unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// A UUID made by the client: sending the same one again returns the same announcement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}
