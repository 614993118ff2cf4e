//! What a committed change means for those who watch.

use serde::{Deserialize, Serialize};

use crate::protocol::{
    events::ServerEvent,
    ids::{PostId, SessionId, UserId},
};

/// What people subscribe to. Who may subscribe to what is decided in [`super::audience`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "on", content = "id", rename_all = "snake_case")]
pub enum Topic {
    /// Posts that every member may see.
    PublicFeed,
    /// Posts of one person, of every audience: for those who follow them.
    PostsBy(UserId),
    /// The counts of one post.
    Post(PostId),
}

/// One thing for every hub to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Publication {
    /// Send an event to everyone who watches any of these topics, once each.
    Watchers {
        /// Any of them.
        topics: Vec<Topic>,
        /// What to send. Hubs number the events of the feeds' log themselves.
        event: ServerEvent,
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
    /// The person's connections start or stop to see what the other posts for followers.
    FollowChanged {
        /// Who follows.
        follower: UserId,
        /// Whom.
        followee: UserId,
        /// Whether they do now.
        following: bool,
    },
}
