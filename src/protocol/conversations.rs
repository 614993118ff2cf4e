//! Conversations as clients see them: who is in them, what was said, and how far each member has read.
//!
//! A conversation is a log. Everything that changes what was said (a message, an edit, a deletion, a reaction, a note such
//! as "Ana added Ben") takes the next `seq` of the conversation, without gaps; a client that holds everything up to one
//! `seq` asks for what came after it. A message keeps the `seq` it was sent with, which is its place in the thread, and
//! carries in `revision` the `seq` of its last change. Messages alone are also counted by `number`, notes are not, so
//! that unread is plain arithmetic: the conversation's `last_number` less the member's `read_number`.
//!
//! How far members have read and received are *states*: numbers that only grow, sent whole when a thread is opened.

use serde::{Deserialize, Serialize};

use super::{
    attachments::{Attachment, AttachmentKind},
    ids::{AttachmentId, ConversationId, MessageId, UserId},
    time::Timestamp,
    views::{Entity, PersonRef},
};

/// Two people, or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Two people; there is one such conversation for each pair.
    Direct,
    /// Any number of people, with a title and admins.
    Group,
}

/// How somebody stands to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Takes part.
    Active,
    /// A stranger wrote to them or added them: they may read, and have not said yet whether they take part.
    Requested,
    /// They declined. The conversation is not listed, and nothing tells the others.
    Declined,
    /// They left or were removed, and see nothing of it any more.
    Left,
}

/// A member, as the other members see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MemberView {
    /// Who.
    #[serde(flatten)]
    pub person: PersonRef,
    /// May change the group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub admin: bool,
    /// They have read the messages up to this number; 0 when they have read none or do not tell.
    pub read_number: u64,
    /// A device of theirs holds the messages up to this number.
    pub delivered_number: u64,
}

/// A conversation, as all its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// Which.
    pub conversation_id: ConversationId,
    /// Two people or a group.
    pub kind: ConversationKind,
    /// Of a group; a direct conversation goes by the other person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Of a group: a square picture, as a path on this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Everyone who takes part or was asked to, oldest members first.
    pub members: Vec<MemberView>,
    /// Grows with every change of title, picture and members.
    pub version: u64,
    /// The newest entry of the log.
    pub seq: u64,
    /// How many messages there were.
    pub last_number: u64,
    /// When something was last said.
    pub timestamp: Timestamp,
}

/// What a member has to themselves in a conversation; the same on all their devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Membership {
    /// How they stand to it.
    pub standing: Standing,
    /// May change the group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub admin: bool,
    /// They have read the messages up to this number.
    pub read_number: u64,
    /// They do not want to be told of new messages.
    pub muted: bool,
    /// They keep it above the others.
    pub pinned: bool,
    /// What they began to write and did not send; possibly empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub draft: String,
    /// Grows with every change of anything here but `read_number`, which only grows itself.
    pub version: u64,
}

/// A conversation in somebody's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConversationItem {
    /// What all its members see.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// What the viewer has to themselves.
    pub mine: Membership,
    /// The newest message or note that the viewer may see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<MessageView>,
    /// Messages that the viewer has not read: `last_number` less `mine.read_number`.
    pub unread_count: u64,
}

/// What happened to a group, said in the thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// The sender made the group.
    Created,
    /// The sender added somebody.
    Added {
        /// Whom.
        person: PersonRef,
    },
    /// The sender removed somebody.
    Removed {
        /// Whom.
        person: PersonRef,
    },
    /// The sender left.
    Left,
    /// The sender named the group.
    Renamed {
        /// The new title.
        title: String,
    },
}

/// The message that another replies to, as much of it as stands above the reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Quote {
    /// Which.
    pub message_id: MessageId,
    /// Who wrote it.
    pub sender: PersonRef,
    /// The beginning of its text, at most [`super::limits::QUOTE_MAX_CHARS`] characters; empty once deleted.
    pub content: String,
    /// What it carries, if it does; nothing once deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentKind>,
    /// Its place in the thread.
    pub seq: u64,
    /// It was deleted since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// One emoji under a message, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Reaction {
    /// One emoji.
    pub emoji: String,
    /// Who, in the order they did.
    pub user_ids: Vec<UserId>,
}

/// A message or a note in a conversation; the same for every member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MessageView {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Which; newer messages have greater ids.
    pub message_id: MessageId,
    /// The sender's own id for it, which no other message of theirs ever has. Notes have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Who wrote it, or did what the note says.
    pub sender_id: UserId,
    /// Their name and picture.
    pub sender: PersonRef,
    /// The text; empty when deleted, in notes, and where the attachment says it all.
    pub content: String,
    /// Links, mentions and tags in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// What it carries; nothing once deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// What it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    /// In the order in which they first came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Set when this is no message but something that happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// When it was stored.
    pub timestamp: Timestamp,
    /// When its text last changed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Deleted for everybody; its place stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Its place in the thread: the entry of the log with which it came.
    pub seq: u64,
    /// The entry of the log with which it last changed; `seq` when it never did.
    pub revision: u64,
    /// How many messages there were with it; that of the message before for a note.
    pub number: u64,
}

/// What a client holds of a conversation: everything up to `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct HeldConversation {
    /// Which.
    pub conversation_id: ConversationId,
    /// The newest entry it holds.
    pub seq: u64,
}

/// What came after an entry of a conversation's log: each message that is new or changed, as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConversationChanges {
    /// Which.
    pub conversation_id: ConversationId,
    /// With these changes the client holds everything up to this entry.
    pub seq: u64,
    /// In the order of their last changes (`revision`).
    pub messages: Vec<MessageView>,
    /// True: there is too much. Forget what is held of the thread and load its newest page; `messages` is empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reload: bool,
}

// -------------------------------------------------------------------------------------------------------- requests

/// `POST /api/conversations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewConversation {
    /// The other people. One makes, or finds, the direct conversation with that person, unless there is a title.
    pub member_ids: Vec<UserId>,
    /// Makes it a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A UUID made by the client: sending the same one again returns the same group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// `PATCH /api/conversations/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConversationChange {
    /// The new title.
    pub title: String,
}

/// `POST /api/conversations/{id}/members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewMembers {
    /// Whom to add.
    pub member_ids: Vec<UserId>,
}

/// `PATCH /api/conversations/{id}/mine`: fields left out stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MembershipChange {
    /// Do not tell of new messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// Keep above the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// What is written and not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
}

/// `POST /api/conversations/{id}/messages`, and the fields of `send_message`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewMessage {
    /// The text; may be empty beside an attachment.
    #[serde(default)]
    pub content: String,
    /// What it carries: uploaded before by the sender, and carried by no other message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentId>,
    /// A UUID made by the client: sending the same one again, however late, returns the same message. The server makes
    /// one where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The message to reply to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
}

/// `PATCH /api/messages/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MessageChange {
    /// The new text.
    pub content: String,
}

/// `POST /api/conversations/{id}/read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ReadUpTo {
    /// The newest message that was seen.
    pub message_id: MessageId,
}

/// Which list of conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversationBox {
    /// Those the viewer takes part in.
    #[default]
    Inbox,
    /// Those that strangers began and the viewer has not answered yet.
    Requests,
}
