//! The store's port for conversations, their messages, and who blocked whom.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{StoreError, Stored};
use crate::protocol::{
    conversations::{
        Conversation, ConversationBox, ConversationItem, ConversationKind, HeldConversation, Membership, MessageView,
        Note, Reaction, Standing,
    },
    events::UnreadConversation,
    ids::{ConversationId, ImageId, MessageId, UserId},
    time::Timestamp,
    views::{Entity, PersonRef, Privacy},
};

// --------------------------------------------------------------------------------------------------- conversations

/// A conversation to be stored; it has no members and no entries yet.
#[derive(Clone, Debug)]
pub struct ConversationRecord {
    /// Which.
    pub id: ConversationId,
    /// Two people or a group.
    pub kind: ConversationKind,
    /// Of a group.
    pub title: Option<String>,
    /// The two people of a direct conversation, the smaller id first: there is one conversation for each pair.
    pub pair: Option<(UserId, UserId)>,
    /// Who began it.
    pub created_by: UserId,
    /// The client's own id for it, unique for each person who begins groups.
    pub client_id: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// One member's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    /// Who.
    pub user_id: UserId,
    /// How they stand to it.
    pub standing: Standing,
    /// May change the group.
    pub admin: bool,
    /// Entries up to this one came before they did: they do not see them.
    pub from_seq: u64,
    /// They have read the messages up to this number.
    pub read_number: u64,
    /// A device of theirs holds the messages up to this number.
    pub delivered_number: u64,
    /// They show how far they are, and see it of others.
    pub shows_receipts: bool,
}

/// Somebody's place in a conversation, and what they see from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRecord {
    /// Their own row.
    pub mine: MemberRecord,
    /// The name they go by.
    pub full_name: String,
    /// What they show of themselves.
    pub privacy: Privacy,
    /// Of two, one has blocked the other.
    pub blocked: bool,
    /// With how far the members are as the person may know it: of those who take part, when both show it.
    pub conversation: Conversation,
}

/// What decides what somebody may do in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationFacts {
    /// Which.
    pub id: ConversationId,
    /// Two people or a group.
    pub kind: ConversationKind,
    /// Of a group.
    pub title: Option<String>,
    /// The newest entry of its log.
    pub seq: u64,
    /// How many messages there were.
    pub last_number: u64,
    /// Of two, one has blocked the other.
    pub blocked: bool,
    /// The asker's own row; `None` when they never were a member.
    pub mine: Option<MemberRecord>,
}

/// How far a member has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadUpTo {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// Messages up to this number.
    pub number: u64,
}

/// An entry of a conversation's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log.
    pub seq: u64,
    /// How many messages there are with it.
    pub number: u64,
}

/// Reads conversations.
#[async_trait]
pub trait ConversationsRead {
    /// What decides what `viewer` may do.
    async fn conversation_facts(&mut self, id: ConversationId, viewer: UserId) -> Stored<Option<ConversationFacts>>;
    /// Of each conversation everyone whose standing is not [`Standing::Left`], declined or not, oldest members first.
    async fn members_of(&mut self, ids: &[ConversationId]) -> Stored<HashMap<ConversationId, Vec<MemberRecord>>>;
    /// [`ConversationsRead::members_of`] one conversation.
    async fn members(&mut self, id: ConversationId) -> Stored<Vec<MemberRecord>> {
        Ok(self.members_of(&[id]).await?.remove(&id).unwrap_or_default())
    }
    /// One conversation as `viewer` has it in their list, if they are a member and have not left.
    async fn conversation(&mut self, id: ConversationId, viewer: UserId) -> Stored<Option<ConversationItem>>;
    /// What all members see of a conversation, with those who declined a group left out. How far they are is not told.
    async fn shared_conversation(&mut self, id: ConversationId) -> Stored<Option<Conversation>>;
    /// For each question, the person's place in the conversation, unless they have none or left. As many queries for a
    /// thousand questions as for one.
    async fn seats(&mut self, asked: &[(UserId, ConversationId)]) -> Stored<Vec<Option<SeatRecord>>>;
    /// What somebody has to themselves in a conversation they are or were in.
    async fn membership(&mut self, id: ConversationId, user: UserId) -> Stored<Option<Membership>>;
    /// A page of a person's conversations, last said first: those whose last message or note has an id below `before`,
    /// or that have none and whose own id is. `query` narrows to those whose title, or the name or username
    /// of another member, contains it. Pinned ones are not told apart. A direct conversation in which nothing was said yet is listed for the person who began it only.
    async fn conversations(
        &mut self,
        viewer: UserId,
        of: ConversationBox,
        query: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<(u64, ConversationItem)>>;
    /// A person's pinned conversations of the inbox, last said first, at most [`crate::protocol::limits::PAGE_MAX`].
    async fn pinned_conversations(&mut self, viewer: UserId) -> Stored<Vec<ConversationItem>>;
    /// The direct conversation of two people.
    async fn direct_conversation(&mut self, one: UserId, other: UserId) -> Stored<Option<ConversationId>>;
    /// The group that somebody made under a client id.
    async fn conversation_by_client_id(&mut self, creator: UserId, client_id: &str) -> Stored<Option<ConversationId>>;
    /// Those of `held` in which `viewer` takes part or was asked to, and whose log goes on after what is held.
    async fn conversations_ahead(
        &mut self,
        viewer: UserId,
        held: &[HeldConversation],
    ) -> Stored<Vec<(HeldConversation, ConversationFacts)>>;
    /// Unread messages in each conversation of the inbox that has any.
    async fn unread_counts(&mut self, viewer: UserId) -> Stored<Vec<UnreadConversation>>;
    /// In how many conversations strangers wait for an answer.
    async fn count_requests(&mut self, viewer: UserId) -> Stored<u64>;
}

/// Writes conversations.
#[async_trait]
pub trait ConversationsWrite {
    /// Adds a conversation. [`super::StoreError::Taken`] names `pair` or `client_id`.
    async fn insert_conversation(&mut self, conversation: &ConversationRecord) -> Stored<()>;
    /// Waits for others who write to these conversations, and keeps them waiting until this transaction ends: what is
    /// read of them from here on stays true. [`ConversationsWrite::next_entries`] waits likewise. A transaction that
    /// changes members and takes an entry, or takes entries of several, calls this first and once, so that two never wait
    /// for each other.
    async fn hold_conversations(&mut self, ids: &[ConversationId]) -> Stored<()>;
    /// [`ConversationsWrite::hold_conversations`] with one.
    async fn hold_conversation(&mut self, id: ConversationId) -> Stored<()> {
        self.hold_conversations(&[id]).await
    }
    /// Adds a member, or changes the standing, right, first entry and positions of one who was there before; positions
    /// only grow.
    async fn put_member(&mut self, id: ConversationId, member: &MemberRecord, at: Timestamp) -> Stored<()>;
    /// Changes how a member stands to it; the version of their membership, now.
    async fn set_standing(&mut self, id: ConversationId, user: UserId, standing: Standing) -> Stored<u64>;
    /// Makes a member an admin.
    async fn set_admin(&mut self, id: ConversationId, user: UserId) -> Stored<()>;
    /// Renames a group.
    async fn set_title(&mut self, id: ConversationId, title: &str) -> Stored<()>;
    /// Changes the picture of a group.
    async fn set_group_picture(&mut self, id: ConversationId, picture: Option<ImageId>) -> Stored<()>;
    /// Counts a change of title, picture or members; the conversation's version, now.
    async fn count_change(&mut self, id: ConversationId) -> Stored<u64>;
    /// Takes the next entry of each of these logs, in this order, one more message where it says so; a log may be named
    /// several times. Others who want the next entry wait until this transaction ends, so that there is no gap.
    async fn next_entries(&mut self, of: &[(ConversationId, bool)]) -> Stored<Vec<Entry>>;
    /// [`ConversationsWrite::next_entries`] of one log.
    async fn next_entry(&mut self, id: ConversationId, is_message: bool) -> Stored<Entry> {
        let taken = self.next_entries(&[(id, is_message)]).await?.pop();
        taken.ok_or_else(|| StoreError::Failed("an entry of no log was asked for".into()))
    }
    /// Notes how far members have read, each if it is further than before, which then also counts as received; for whom
    /// it was. A member of a conversation is named once.
    async fn set_all_read(&mut self, read: &[ReadUpTo]) -> Stored<Vec<(ConversationId, UserId)>>;
    /// [`ConversationsWrite::set_all_read`] for one member; whether it was further.
    async fn set_read(&mut self, id: ConversationId, user: UserId, number: u64) -> Stored<bool> {
        let read = ReadUpTo { conversation_id: id, user_id: user, number };
        Ok(!self.set_all_read(&[read]).await?.is_empty())
    }
    /// Notes what a device of a member holds, if it is more than before; whether it was.
    async fn set_delivered(&mut self, id: ConversationId, user: UserId, number: u64) -> Stored<bool>;
    /// Replaces what is given; whether the member is there.
    async fn change_membership(
        &mut self,
        id: ConversationId,
        user: UserId,
        muted: Option<bool>,
        pinned: Option<bool>,
        draft: Option<&str>,
    ) -> Stored<bool>;
}

// -------------------------------------------------------------------------------------------------------- messages

/// A message or note to be stored.
#[derive(Clone, Debug)]
pub struct MessageRecord {
    /// Which.
    pub id: MessageId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its entry of the log.
    pub entry: Entry,
    /// Who says it.
    pub sender: UserId,
    /// The sender's own id for it, unique for each sender for ever; none for notes.
    pub client_id: Option<String>,
    /// The text; empty for notes.
    pub content: String,
    /// Its links, mentions and tags.
    pub entities: Vec<Entity>,
    /// What it replies to.
    pub reply_to: Option<MessageId>,
    /// What happened, if it is a note.
    pub note: Option<Note>,
    /// When.
    pub created_at: Timestamp,
}

/// What decides about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFacts {
    /// Which.
    pub id: MessageId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Who sent it.
    pub sender: UserId,
    /// Its place in the thread.
    pub seq: u64,
    /// How many messages there were with it.
    pub number: u64,
    /// Whether it is a note.
    pub is_note: bool,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// Somebody who is about to say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// Who.
    pub user_id: UserId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Under which id of their own.
    pub client_id: Option<String>,
}

/// What decides whether somebody may say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeakerFacts {
    /// The message that they sent before under the same id.
    pub sent_before: Option<MessageId>,
    /// What decides what they may do there.
    pub conversation: Option<ConversationFacts>,
    /// Their bell tells them of what others said there.
    pub is_told: bool,
}

/// Reads messages. Members see what came after the [`MemberRecord::from_seq`] given.
#[async_trait]
pub trait MessagesRead {
    /// What decides about a message, deleted or not.
    async fn message_facts(&mut self, id: MessageId) -> Stored<Option<MessageFacts>>;
    /// These messages, whole, in no order.
    async fn messages_by_id(&mut self, ids: &[MessageId]) -> Stored<Vec<MessageView>>;
    /// One message, whole.
    async fn message(&mut self, id: MessageId) -> Stored<Option<MessageView>> {
        Ok(self.messages_by_id(&[id]).await?.pop())
    }
    /// What decides whether each of these may say what they are about to, in their order.
    async fn speakers(&mut self, asked: &[Speaker]) -> Stored<Vec<SpeakerFacts>>;
    /// A page of a thread, newest first: places below `before`.
    async fn messages(
        &mut self,
        id: ConversationId,
        from_seq: u64,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<MessageView>>;
    /// What is new or changed after an entry of the log, in the order of the last changes, at most `limit`.
    async fn messages_changed(
        &mut self,
        id: ConversationId,
        from_seq: u64,
        after: u64,
        limit: usize,
    ) -> Stored<Vec<MessageView>>;
    /// All reactions to a message, in the order in which each emoji first came.
    async fn reactions(&mut self, id: MessageId) -> Stored<Vec<Reaction>>;
}

/// Writes messages.
#[async_trait]
pub trait MessagesWrite {
    /// Adds messages or notes; each is the last one of its conversation when it comes. [`super::StoreError::Taken`]
    /// names `client_id`.
    async fn insert_messages(&mut self, messages: &[MessageRecord]) -> Stored<()>;
    /// [`MessagesWrite::insert_messages`] with one.
    async fn insert_message(&mut self, message: &MessageRecord) -> Stored<()> {
        self.insert_messages(std::slice::from_ref(message)).await
    }
    /// Replaces the text; `revision` is the entry of the log that says so.
    async fn update_message(
        &mut self,
        id: MessageId,
        content: &str,
        entities: &[Entity],
        at: Timestamp,
        revision: u64,
    ) -> Stored<()>;
    /// Deletes for everybody: the text and the reactions are gone, the place stays. What it carries is discarded by
    /// [`super::AttachmentsWrite::discard_attachment_of`].
    async fn delete_message(&mut self, id: MessageId, at: Timestamp, revision: u64) -> Stored<()>;
    /// Adds or takes back a reaction; whether it was different before. Deleted messages take none. Holds the
    /// conversation. The caller then takes an entry of the log and
    /// calls [`MessagesWrite::set_revision`].
    async fn set_reaction(&mut self, id: MessageId, by: UserId, emoji: &str, on: bool, at: Timestamp) -> Stored<bool>;
    /// Notes the entry of the log with which a message last changed.
    async fn set_revision(&mut self, id: MessageId, revision: u64) -> Stored<()>;
}

// ---------------------------------------------------------------------------------------------------------- blocks

/// Reads who blocked whom.
#[async_trait]
pub trait BlocksRead {
    /// Whom a person blocked, newest first, at most `limit`.
    async fn blocks(&mut self, by: UserId, limit: usize) -> Stored<Vec<PersonRef>>;
    /// Everyone whom a person blocked, or who blocked them.
    async fn apart_from(&mut self, person: UserId) -> Stored<Vec<UserId>>;
}

/// Writes who blocked whom.
#[async_trait]
pub trait BlocksWrite {
    /// Blocks or unblocks; whether it was different before.
    async fn set_block(&mut self, by: UserId, of: UserId, on: bool, at: Timestamp) -> Stored<bool>;
}
