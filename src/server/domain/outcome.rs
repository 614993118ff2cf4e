//! What a committed change means for those who watch.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::audience::Sight;
use crate::protocol::{
    events::ServerEvent,
    ids::{AnnouncementId, ConversationId, NotificationId, PostId, SessionId, UserId},
    views::Privacy,
};

/// What people subscribe to. Who may subscribe to what is decided in [`super::audience`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "on", content = "id", rename_all = "snake_case")]
pub enum Topic {
    /// Posts and jobs that every member may see.
    PublicFeed,
    /// Posts of one person, for everyone or for followers: for those who follow them.
    PostsBy(UserId),
    /// Posts of one person that only their connections may see: for these.
    PostsForConnections(UserId),
    /// The counts of one post.
    Post(PostId),
    /// How far each member of one conversation is: for members who have it on screen.
    Conversation(ConversationId),
    /// Who types in one conversation: likewise.
    Typing(ConversationId),
    /// Whether one person is there: for those who have them on screen and may know.
    Presence(UserId),
    /// What concerns one person: every connection of theirs has it, from its first moment to its last.
    Person(UserId),
}

/// What a transaction promises to happen after it, whatever happens to the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Work {
    /// Hand this to the broker.
    Publish(Publication),
    /// Something that is looked at again when its time has come.
    Later(LaterWork),
}

/// Work that names what it is about, and finds out what is to be done when it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum LaterWork {
    /// Tell what became of a notification.
    Tell {
        /// Which.
        notification_id: NotificationId,
        /// Whose.
        user_id: UserId,
    },
    /// Tell an announcement to those of its recipients who come after somebody.
    Announce {
        /// Which.
        announcement_id: AnnouncementId,
        /// Whom it was told to last; 0 when nobody was.
        after: UserId,
    },
    /// See to it that an announcement that is over counts as unread no more.
    EndAnnouncement {
        /// Which.
        announcement_id: AnnouncementId,
    },
    /// Tell the members of a conversation what they have not read.
    Messages {
        /// Which.
        conversation_id: ConversationId,
    },
}

impl Work {
    /// Of work with the same key one entry waits at most; publications have none.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        match self {
            Self::Publish(_) => None,
            Self::Later(LaterWork::Tell { notification_id, .. }) => Some(format!("tell:{notification_id}")),
            // One may be ended by hand while its end waits.
            Self::Later(LaterWork::EndAnnouncement { .. }) => None,
            Self::Later(LaterWork::Announce { announcement_id, .. }) => Some(format!("announce:{announcement_id}")),
            Self::Later(LaterWork::Messages { conversation_id }) => Some(format!("messages:{conversation_id}")),
        }
    }
}

/// One thing for every hub to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Publication {
    /// Send an event to everyone who watches any of these topics, once each.
    Watchers {
        /// Any of them.
        topics: Vec<Topic>,
        /// What to send. Hubs number the events of their log themselves.
        event: ServerEvent,
        /// Who is not sent it, whatever they watch. Of a count they are sent all but the comment that comes with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<UserId>,
    },
    /// Send an event to every connection of one person, whatever they watch; never conflated away.
    Person {
        /// Who.
        user_id: UserId,
        /// What to send.
        event: ServerEvent,
    },
    /// Close every connection of these sessions: they have ended.
    SessionsEnded {
        /// Which.
        session_ids: Vec<SessionId>,
    },
    /// These people are no longer in the conversation, or blocked each other in it: their connections stop to watch it.
    MembersLeft {
        /// Which.
        conversation_id: ConversationId,
        /// Who.
        user_ids: Vec<UserId>,
    },
    /// What somebody shows of themselves changed.
    PrivacyChanged {
        /// Who.
        user_id: UserId,
        /// All of it, now.
        privacy: Privacy,
    },
    /// What one person may see of another changed: their connections stop to watch what they may not, and begin to hear
    /// of new posts that they may.
    SightChanged {
        /// Whose connections.
        viewer: UserId,
        /// Of whom.
        subject: UserId,
        /// All they may see of them, now.
        sight: Sight,
    },
    /// Somebody tried a password: it counts at every node.
    SignInTried(SignInTry),
    /// Somebody shows themselves to few any more, or to nobody: all others stop to watch them and what they wrote.
    AudienceNarrowed {
        /// Who.
        subject: UserId,
        /// Who may go on.
        keep: Vec<UserId>,
    },
}

/// What the try of a password is counted by, so that a guesser does not get another allowance at every node. Of what was
/// typed there are only hashes with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInTry {
    /// The login.
    pub login: u64,
    /// The login and the network together.
    pub login_there: u64,
    /// The network.
    pub network: IpAddr,
}

impl Publication {
    /// An event of the log for all devices of one person.
    #[must_use]
    pub fn to_person(user_id: UserId, event: ServerEvent) -> Self {
        Self::Watchers { topics: vec![Topic::Person(user_id)], event, except: Vec::new() }
    }
}
