//! Client to server: every socket command, tagged by `type`; each may carry a `ref` that the answer repeats.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    conversations::{HeldConversation, NewMessage},
    ids::{ConversationId, MessageId, NotificationId, PostId, UserId},
    views::FeedKind,
};

/// What a client may ask over the native socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientCommand {
    /// Heartbeat; answered by `pong`.
    Ping,
    /// Be told of new, changed and deleted posts.
    WatchFeed {
        /// Which feed; the default is everything the asker may see.
        #[serde(default)]
        feed: FeedKind,
    },
    /// Stop being told.
    UnwatchFeed {
        /// Which feed.
        #[serde(default)]
        feed: FeedKind,
    },
    /// Be told of the counts of these posts; each is sent whole first, unless `known` is current.
    WatchPosts {
        /// At most [`super::limits::WATCHED_POSTS_MAX`] per connection.
        post_ids: Vec<PostId>,
        /// What the client has of them, so that only what differs is sent.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        known: Vec<KnownPost>,
    },
    /// Stop being told.
    UnwatchPosts {
        /// Which posts.
        post_ids: Vec<PostId>,
    },
    /// Be told whether these people are online; each is sent whole first. Those whose presence the asker may not know are
    /// left out without a word.
    WatchPeople {
        /// At most [`super::limits::WATCHED_PEOPLE_MAX`] per connection.
        user_ids: Vec<UserId>,
    },
    /// Stop being told.
    UnwatchPeople {
        /// Whom.
        user_ids: Vec<UserId>,
    },
    /// Nothing was done on this device for [`super::limits::IDLE_AFTER_MS`], or something was again.
    SetIdle {
        /// Whether nothing is done.
        is_idle: bool,
    },
    /// After a gap: send what was missed of the watched feeds, in order, or say that it is too old (`resumed: false`).
    Resume {
        /// `epoch` of the `connected` event whose offsets are meant.
        epoch: String,
        /// The newest offset the client has seen.
        offset: u64,
        /// What the client holds of conversations, for when the log does not reach that far back; at most
        /// [`super::limits::HELD_CONVERSATIONS_MAX`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conversations: Vec<HeldConversation>,
    },
    /// Send what came after what the client holds: one `conversation_changes` for each conversation that has more.
    SyncConversations {
        /// At most [`super::limits::HELD_CONVERSATIONS_MAX`].
        conversations: Vec<HeldConversation>,
    },
    /// The conversation is on screen: be told who types and how far its members have read.
    JoinConversation {
        /// Which.
        conversation_id: ConversationId,
    },
    /// It no longer is.
    LeaveConversation {
        /// Which.
        conversation_id: ConversationId,
    },
    /// Tell the members who have it open that the asker types, or stopped.
    Typing {
        /// Where.
        conversation_id: ConversationId,
        /// Whether they type.
        is_typing: bool,
    },
    /// Say something. `new_message` with the same `client_id` says that it is stored.
    SendMessage {
        /// Where.
        conversation_id: ConversationId,
        /// What.
        #[serde(flatten)]
        message: NewMessage,
    },
    /// The asker has seen everything up to this message.
    ReadMessage {
        /// Where.
        conversation_id: ConversationId,
        /// The newest message that was seen.
        message_id: MessageId,
    },
    /// This device holds everything up to this message.
    ReceiveMessage {
        /// Where.
        conversation_id: ConversationId,
        /// The newest message it holds.
        message_id: MessageId,
    },
    /// The asker has seen this notification.
    MarkRead {
        /// Which.
        notification_id: NotificationId,
    },
    /// The asker has seen all their notifications.
    MarkAllRead,
    /// Ask how much is unread; answered by `unread_count`.
    GetUnreadCount,
    /// An event of this community's own; answered by `custom_response`.
    CustomEvent {
        /// Which; without a name it is `echo`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
        /// What goes with it; at most [`super::limits::CUSTOM_DATA_MAX_BYTES`] as JSON.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        data: Value,
    },
}

/// The versions a client has of a post's counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct KnownPost {
    /// Which.
    pub post_id: PostId,
    /// Version of the like count.
    pub like_version: u64,
    /// Version of the comments.
    pub comment_version: u64,
}

/// A command as it stands in a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommandFrame {
    /// What is asked.
    #[serde(flatten)]
    pub command: ClientCommand,
    /// Repeated in `ack` or `error`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// The part of a frame that is read first: enough to answer even when the rest is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CommandHead {
    /// The command's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// Repeated in `ack` or `error`.
    #[serde(rename = "ref", default)]
    pub reference: Option<String>,
}

/// The names of all commands, to tell an unknown command from a malformed one.
pub const COMMAND_NAMES: &[&str] = &[
    "ping",
    "watch_feed",
    "unwatch_feed",
    "watch_posts",
    "unwatch_posts",
    "watch_people",
    "unwatch_people",
    "set_idle",
    "resume",
    "sync_conversations",
    "join_conversation",
    "leave_conversation",
    "typing",
    "send_message",
    "read_message",
    "receive_message",
    "mark_read",
    "mark_all_read",
    "get_unread_count",
    "custom_event",
];
