//! Server to client: every live event, tagged by `type`.
//!
//! Counts are absolute and versioned: applying an event twice, or late, changes nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    conversations::{Conversation, ConversationChanges, Membership, MessageView, Reaction},
    errors::{ApiError, ErrorCode},
    ids::{CommentId, ConnectionRequestId, ConversationId, MessageId, NotificationId, PostId, UserId},
    jobs::{Application, JobView},
    notifications::{Channel, Notification, NotificationStatus},
    time::Timestamp,
    views::{CommentView, ConnectionState, PostView},
};

/// What the server sends over the native socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerEvent {
    /// First frame of every connection.
    Connected(Connected),
    /// A command that carried a `ref` was carried out.
    Ack(Ack),
    /// The likes of a post or comment changed, or were asked for.
    LikeUpdate(LikeUpdate),
    /// The comments of a post changed, or were asked for.
    CommentUpdate(CommentUpdate),
    /// Somebody posted.
    NewPost(PostEvent),
    /// A post was edited or restored.
    PostUpdated(PostEvent),
    /// A post is gone.
    PostDeleted(PostDeleted),
    /// Somebody said something in a conversation, or a note was added; also the acknowledgement of `send_message`.
    NewMessage(MessageEvent),
    /// A message was edited.
    MessageUpdated(MessageEvent),
    /// A message was deleted for everybody.
    MessageDeleted(MessageDeleted),
    /// The reactions to a message changed.
    ReactionUpdate(ReactionUpdate),
    /// A member has read up to a message.
    MessageRead(Receipt),
    /// A device of a member holds everything up to a message.
    MessageDelivered(Receipt),
    /// Somebody types, or stopped.
    Typing(Typing),
    /// Somebody came or went, or was asked for.
    UserStatus(UserStatus),
    /// Title, picture or members of a conversation changed.
    ConversationUpdate(ConversationUpdate),
    /// What the receiver has to themselves in a conversation changed, on this device or another.
    MembershipUpdate(MembershipUpdate),
    /// Answer to `sync_conversations`, and to `resume` when the event log does not reach far enough back.
    ConversationChanges(ConversationChanges),
    /// A job was posted, changed, closed, opened again, deleted or brought back: for who watches everyone's feed.
    JobUpdate(JobUpdate),
    /// An application came, or moved: for the applicant and for whoever posted the job.
    ApplicationUpdate(ApplicationUpdate),
    /// Something concerns the receiver, or more of the same does.
    Notification(NotificationEvent),
    /// What became of a notification: read on another device, gone, delivered.
    NotificationUpdate(NotificationUpdate),
    /// Somebody asks the receiver to connect.
    ConnectionRequest(ConnectionEvent),
    /// Somebody accepted the receiver's request.
    ConnectionAccepted(ConnectionEvent),
    /// Somebody declined the receiver's request.
    ConnectionDeclined(ConnectionEvent),
    /// What the receiver did on another device, or a request or connection that the other one took back.
    ConnectionUpdate(ConnectionUpdate),
    /// What the receiver may see of a person, or wants to, may have changed: what is shown of them is asked for again.
    SightUpdate(SightUpdate),
    /// How much the receiver has not read.
    UnreadCount(UnreadCount),
    /// Answer to `custom_event`.
    CustomResponse(CustomResponse),
    /// Answer to `ping`.
    Pong {
        /// The server's clock.
        timestamp: Timestamp,
    },
    /// A frame or command was refused; the connection stays open.
    Error(ErrorEvent),
    /// The server is about to restart: come back after this many milliseconds, different for each client.
    GoingAway {
        /// Milliseconds to wait before reconnecting.
        retry_after_ms: u64,
    },
    /// An event of a newer server. Clients ignore it; the server never sends it.
    #[serde(other)]
    #[cfg_attr(feature = "ssr", schemars(skip))]
    Unknown,
}

impl ServerEvent {
    /// Its place in the event log, if it is of the log: such an event can be replayed to a client that was away.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        match self {
            Self::NewPost(event) | Self::PostUpdated(event) => Some(event.offset),
            Self::PostDeleted(event) => Some(event.offset),
            Self::NewMessage(event) | Self::MessageUpdated(event) => Some(event.offset),
            Self::MessageDeleted(event) => Some(event.offset),
            Self::ReactionUpdate(event) => Some(event.offset),
            Self::ConversationUpdate(event) => Some(event.offset),
            Self::MembershipUpdate(event) => Some(event.offset),
            Self::JobUpdate(event) => Some(event.offset),
            Self::ApplicationUpdate(event) => Some(event.offset),
            Self::Notification(event) => Some(event.offset),
            Self::NotificationUpdate(event) => Some(event.offset),
            Self::ConnectionRequest(event) | Self::ConnectionAccepted(event) | Self::ConnectionDeclined(event) => {
                Some(event.offset)
            }
            Self::ConnectionUpdate(event) => Some(event.offset),
            Self::SightUpdate(event) => Some(event.offset),
            _ => None,
        }
    }

    /// [`ServerEvent::offset`], to be set by the log.
    pub const fn offset_mut(&mut self) -> Option<&mut u64> {
        match self {
            Self::NewPost(event) | Self::PostUpdated(event) => Some(&mut event.offset),
            Self::PostDeleted(event) => Some(&mut event.offset),
            Self::NewMessage(event) | Self::MessageUpdated(event) => Some(&mut event.offset),
            Self::MessageDeleted(event) => Some(&mut event.offset),
            Self::ReactionUpdate(event) => Some(&mut event.offset),
            Self::ConversationUpdate(event) => Some(&mut event.offset),
            Self::MembershipUpdate(event) => Some(&mut event.offset),
            Self::JobUpdate(event) => Some(&mut event.offset),
            Self::ApplicationUpdate(event) => Some(&mut event.offset),
            Self::Notification(event) => Some(&mut event.offset),
            Self::NotificationUpdate(event) => Some(&mut event.offset),
            Self::ConnectionRequest(event) | Self::ConnectionAccepted(event) | Self::ConnectionDeclined(event) => {
                Some(&mut event.offset)
            }
            Self::ConnectionUpdate(event) => Some(&mut event.offset),
            Self::SightUpdate(event) => Some(&mut event.offset),
            _ => None,
        }
    }
}

/// See [`ServerEvent::Connected`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Connected {
    /// The connection's own id.
    pub sid: String,
    /// Who is signed in.
    pub user_id: UserId,
    /// The server's clock.
    pub timestamp: Timestamp,
    /// Send `ping` this often; two intervals of silence mean the connection is dead.
    pub heartbeat_interval_ms: u64,
    /// Names the run of the server's event log; `resume` with another one means reload.
    pub epoch: String,
    /// The newest entry of the event log.
    pub offset: u64,
}

/// A place in the event log. A list that is read after it is made current by `resume` from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct LogMark {
    /// Names the run of the event log.
    pub epoch: String,
    /// The newest entry then.
    pub offset: u64,
}

/// See [`ServerEvent::Ack`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Ack {
    /// The `ref` of the command.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What came of it.
    #[serde(default)]
    pub result: AckResult,
}

/// What came of a command; fields that do not apply are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AckResult {
    /// `watch_posts`: what is watched now, with the version of each post's text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watched: Vec<WatchedPost>,
    /// `watch_posts`: posts that do not exist, or that the asker may not see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<PostId>,
    /// `send_message`: the stored message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// `resume`: true when every missed event was sent before this acknowledgement; false means reload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<bool>,
}

/// A post being watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct WatchedPost {
    /// Which.
    pub post_id: PostId,
    /// Version of its text: fetch it again when yours is older.
    pub version: u64,
}

/// See [`ServerEvent::LikeUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct LikeUpdate {
    /// The post.
    pub post_id: PostId,
    /// The comment, when its likes changed and not the post's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment_id: Option<CommentId>,
    /// All likes, now.
    pub like_count: u64,
    /// Version of `like_count`.
    pub version: u64,
    /// Who liked or unliked last.
    pub user_id: UserId,
    /// When.
    pub timestamp: Timestamp,
    /// Whether the receiver likes it: only on the actor's own connections and in answer to `watch_posts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liked: Option<bool>,
}

/// See [`ServerEvent::CommentUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct CommentUpdate {
    /// The post.
    pub post_id: PostId,
    /// All comments and replies, now.
    pub comment_count: u64,
    /// Version of the comments: more than one above yours means that some changes were folded into one; fetch them.
    pub version: u64,
    /// The newest comment, when one was added and the receiver may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<CommentView>,
    /// The comment that was deleted, when one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_comment_id: Option<CommentId>,
    /// When.
    pub timestamp: Timestamp,
}

/// A post that is new or has changed; `liked` is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PostEvent {
    /// The whole post.
    pub post: PostView,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::PostDeleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PostDeleted {
    /// What is left of it.
    pub post: DeletedPost,
    /// Its place in the event log.
    pub offset: u64,
}

/// What is left of a deleted post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct DeletedPost {
    /// Which.
    pub id: PostId,
    /// Its author.
    pub user_id: UserId,
    /// When it was deleted.
    pub timestamp: Timestamp,
    /// Version of the post: an older `post_updated` that arrives late changes nothing.
    pub version: u64,
}

/// A message that is new or was edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MessageEvent {
    /// The whole message. Its `revision` is the entry of the conversation's log that this event is.
    #[serde(flatten)]
    pub message: MessageView,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::MessageDeleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MessageDeleted {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The message.
    pub message_id: MessageId,
    /// The entry of the conversation's log that this event is.
    pub seq: u64,
    /// When.
    pub timestamp: Timestamp,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::ReactionUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ReactionUpdate {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The message.
    pub message_id: MessageId,
    /// All its reactions, now.
    pub reactions: Vec<Reaction>,
    /// Whose reaction came or went.
    pub user_id: UserId,
    /// The entry of the conversation's log that this event is.
    pub seq: u64,
    /// When.
    pub timestamp: Timestamp,
    /// Its place in the event log.
    pub offset: u64,
}

/// How far a member is. Receipts only grow: an older one that arrives late changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The newest message that was read or received.
    pub message_id: MessageId,
    /// Its number.
    pub number: u64,
    /// The member.
    pub user_id: UserId,
    /// When.
    pub read_at: Timestamp,
}

/// See [`ServerEvent::Typing`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Typing {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// The name they go by.
    pub user_name: String,
    /// Whether they type.
    pub is_typing: bool,
    /// Forget it after this long without news, in milliseconds; 0 when they stopped.
    pub expires_in_ms: u64,
}

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Any tab or device of theirs is connected.
    Online,
    /// None is.
    Offline,
}

/// See [`ServerEvent::UserStatus`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct UserStatus {
    /// Who.
    pub user_id: UserId,
    /// Whether they are there.
    pub status: Status,
    /// They are, and did nothing for a while on any device.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
    /// The name they go by.
    pub full_name: String,
    /// The server's clock.
    pub timestamp: Timestamp,
    /// When they were last there; absent while they are, and when they never were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// See [`ServerEvent::ConversationUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConversationUpdate {
    /// All of it.
    pub conversation: Conversation,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::MembershipUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MembershipUpdate {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// All of it. With the standing `left`, forget the conversation.
    pub mine: Membership,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::JobUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct JobUpdate {
    /// All of it, now, but for what is only true for one reader: `application_count` and `mine` are absent. An older `version`
    /// that arrives late changes nothing.
    pub job: JobView,
    /// It is gone; who posted it may bring it back for a while.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::ApplicationUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ApplicationUpdate {
    /// All of it, now; an older `version` that arrives late changes nothing.
    pub application: Application,
    /// Its place in the event log.
    pub offset: u64,
}

/// A notification that is new or grew. It takes the next entry of its recipient's log, [`Notification::seq`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NotificationEvent {
    /// The whole notification, as it is now.
    #[serde(flatten)]
    pub notification: Notification,
    /// It may be told with a toast and a sound: it is not quiet hours, and the kind is not switched off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alert: bool,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::NotificationUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NotificationUpdate {
    /// Which.
    pub notification_id: NotificationId,
    /// What became of it.
    pub status: NotificationStatus,
    /// The same became of every notification that was raised before it, too: all were marked as read. With `unread`, of
    /// those that were marked together at `timestamp`: that was taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub and_older: bool,
    /// Which channel `queued`, `delivered` and `failed` speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When; of all at once the very moment they were marked with.
    pub timestamp: Timestamp,
    /// The entry of the person's log with which it happened; absent for `queued`, `delivered` and `failed`, which change
    /// nothing that the bell shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Its place in the event log.
    pub offset: u64,
}

/// A request to connect, or the answer to one. `version` tells newer from older, as in
/// [`ConnectionView`](super::views::ConnectionView).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConnectionEvent {
    /// The request.
    pub request_id: ConnectionRequestId,
    /// Who asks or answers.
    pub from_user_id: UserId,
    /// The name they go by.
    pub from_user_name: String,
    /// How far the receiver is connected with them now.
    pub state: ConnectionState,
    /// Version of `state` and of `waiting_count`.
    pub version: u64,
    /// How many requests wait for the receiver's answer now.
    pub waiting_count: u64,
    /// When.
    pub timestamp: Timestamp,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::ConnectionUpdate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConnectionUpdate {
    /// The other person.
    pub user_id: UserId,
    /// The newest request between the two.
    pub request_id: ConnectionRequestId,
    /// How far the receiver is connected with them now.
    pub state: ConnectionState,
    /// Version of `state` and of `waiting_count`.
    pub version: u64,
    /// How many requests wait for the receiver's answer now.
    pub waiting_count: u64,
    /// When.
    pub timestamp: Timestamp,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::SightUpdate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SightUpdate {
    /// Of whom.
    pub user_id: UserId,
    /// Whether the receiver has muted them; absent where that is not what changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// When.
    pub timestamp: Timestamp,
    /// Its place in the event log.
    pub offset: u64,
}

/// See [`ServerEvent::CustomResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct CustomResponse {
    /// Which event is answered.
    pub name: String,
    /// Who asked.
    pub user_id: UserId,
    /// The answer.
    pub data: Value,
    /// The server's clock.
    pub timestamp: Timestamp,
}

/// See [`ServerEvent::UnreadCount`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct UnreadCount {
    /// Unread notifications.
    pub count: u64,
    /// The entry of the person's log of notifications that `count` was made with: of two counts the later one holds.
    pub seq: u64,
    /// Each conversation of the inbox that has any unread messages; absent when only `count` changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversations: Option<Vec<UnreadConversation>>,
}

/// How much of one conversation is unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct UnreadConversation {
    /// Which.
    pub conversation_id: ConversationId,
    /// Messages.
    pub unread_count: u64,
}

/// See [`ServerEvent::Error`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ErrorEvent {
    /// What was wrong, as over REST.
    #[serde(flatten)]
    pub error: ApiError,
    /// The `ref` of the command, where it had one.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl ErrorEvent {
    /// An error about a frame that names no command.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { error: ApiError::new(code, message), reference: None }
    }
}

/// Why the server closed a native or channel connection, and so what a client does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// 1000: done, at the client's wish.
    Normal,
    /// 1009: a message was too large. Reconnect; do not send it again.
    TooLarge,
    /// 1012: restarting. Reconnect after `going_away`'s delay.
    Restarting,
    /// 1013: overloaded. Reconnect with backoff.
    Overloaded,
    /// 4401: not signed in, or the session ended. Refresh the tokens, else sign in again.
    Unauthorized,
    /// 4403: this origin or channel is not allowed. Do not retry.
    Forbidden,
    /// 4408: the heartbeat was missed. Reconnect and resume.
    HeartbeatMissed,
    /// 4409: reads too slowly. Reconnect and resume.
    TooSlow,
    /// 4429: sent too much. Wait half a minute, then reconnect.
    Abusive,
}

impl CloseCode {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Normal,
        Self::TooLarge,
        Self::Restarting,
        Self::Overloaded,
        Self::Unauthorized,
        Self::Forbidden,
        Self::HeartbeatMissed,
        Self::TooSlow,
        Self::Abusive,
    ];

    /// Why, and what a client does next.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Normal => "Done, at the client's wish.",
            Self::TooLarge => "A message was too large. Reconnect; do not send it again.",
            Self::Restarting => "The server restarts. Reconnect after the delay of `going_away`.",
            Self::Overloaded => "Overloaded. Reconnect with backoff.",
            Self::Unauthorized => "Not signed in, or the session ended. Refresh the tokens, else sign in again.",
            Self::Forbidden => "This origin or channel is not allowed. Do not retry.",
            Self::HeartbeatMissed => "The heartbeat was missed. Reconnect and resume.",
            Self::TooSlow => "Reads too slowly. Reconnect and resume.",
            Self::Abusive => "Sent too much. Wait half a minute, then reconnect.",
        }
    }

    /// The number in the close frame.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::TooLarge => 1009,
            Self::Restarting => 1012,
            Self::Overloaded => 1013,
            Self::Unauthorized => 4401,
            Self::Forbidden => 4403,
            Self::HeartbeatMissed => 4408,
            Self::TooSlow => 4409,
            Self::Abusive => 4429,
        }
    }

    /// The meaning of a number in a close frame; `None` for numbers of the transport (1006) or of others.
    #[must_use]
    pub const fn from_u16(code: u16) -> Option<Self> {
        Some(match code {
            1000 => Self::Normal,
            1009 => Self::TooLarge,
            1012 => Self::Restarting,
            1013 => Self::Overloaded,
            4401 => Self::Unauthorized,
            4403 => Self::Forbidden,
            4408 => Self::HeartbeatMissed,
            4409 => Self::TooSlow,
            4429 => Self::Abusive,
            _ => return None,
        })
    }
}
