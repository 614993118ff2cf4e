//! Messages: saying, changing and reading what was said in a conversation.

pub(super) mod saying;

use super::{
    Actor, Domain,
    audience::{joined_topics, may_read, may_watch_conversation, message_topics, receipt_topics},
    conversations::{GONE, Seat, facts_for, held_facts},
    errors::{DomainError, Result},
    notifications::raising::{Raise, named},
    outcome::{Publication, Topic},
    ports::{MemberRecord, MessageFacts, Read, SeatRecord, StoreError, Tx},
    text::entities,
    validation::{Faults, clean, cut, page_size},
};
use crate::protocol::{
    conversations::{Conversation, ConversationChanges, ConversationKind, HeldConversation, MessageView, Reaction},
    events::{MessageDeleted, MessageEvent, ReactionUpdate, Receipt, ServerEvent, Typing},
    ids::{ConversationId, MessageId, UserId},
    limits::{
        CHANGES_MAX, HELD_CONVERSATIONS_MAX, MESSAGE_MAX_CHARS, REACTIONS_MAX, TYPING_EXPIRES_MS, TYPING_MAX_MEMBERS,
    },
    views::Page,
};

/// How far somebody is in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// A device holds it.
    Delivered,
    /// They saw it.
    Read,
}

/// A message that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// As stored.
    pub message: MessageView,
    /// Whether it was stored just now, and the members were told: not when it was sent before.
    pub is_new: bool,
}

/// What joining a conversation gives: what its members see of it, and whether it is told who types.
#[derive(Clone, Debug)]
pub struct Joined {
    /// With how far each member is.
    pub conversation: Conversation,
    /// The asker's name, for "Ana is typing".
    pub user_name: String,
    /// Not in large groups, and not of who does not show it.
    pub tells_typing: bool,
    /// What to subscribe to.
    pub topics: Vec<Topic>,
}

impl Domain {
    /// Tells members who are named in a message, also those who muted the conversation.
    async fn raise_message_mentions(
        &self,
        tx: &mut (dyn Tx + '_),
        message: &MessageView,
        named: Vec<UserId>,
    ) -> Result<()> {
        let (conversation, id, by) = (message.conversation_id, message.message_id, message.sender_id);
        let raise = |person| Raise::mentioned_in_message(person, by, conversation, id, &message.content);
        self.raise(tx, named.into_iter().map(raise).collect()).await
    }

    /// Replaces the text of one's own message.
    ///
    /// # Errors
    /// When it is not the asker's, was deleted, or the text is not acceptable.
    pub async fn edit_message(&self, actor: &Actor, id: MessageId, content: &str) -> Result<MessageView> {
        let content = bounded_text(content)?;
        let mut tx = self.ports.store.begin().await?;
        let facts = own_message(&mut *tx, actor, id).await?;
        let before = whole(&mut *tx, id).await?;
        if before.attachment.is_none() {
            checked_text(&content)?;
        }
        if before.content == content {
            tx.commit().await?;
            return Ok(before);
        }
        let entities = entities(&content, actor.user_id, &mut *tx).await?;
        let entry = tx.next_entry(facts.conversation_id, false).await?;
        tx.update_message(id, &content, &entities, self.now(), entry.seq).await?;
        let view = whole(&mut *tx, id).await?;
        let members = tx.members(facts.conversation_id).await?;
        let named = newly_named(&mut *tx, &view, &members, &named(&before.entities)).await?;
        self.raise_message_mentions(&mut *tx, &view, named).await?;
        let event = ServerEvent::MessageUpdated(MessageEvent { message: view.clone(), offset: 0 });
        self.keep_and_tell(tx, &facts, event).await?;
        Ok(view)
    }

    /// Deletes one's own message for everybody. Deleting it again changes nothing.
    ///
    /// # Errors
    /// When it is not the asker's.
    pub async fn delete_message(&self, actor: &Actor, id: MessageId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let facts = held_message(&mut *tx, actor, id).await?;
        if facts.sender != actor.user_id || facts.is_note {
            return Err(DomainError::Forbidden("Only its sender can delete this message."));
        }
        if facts.deleted {
            return Ok(tx.commit().await?);
        }
        let (conversation_id, timestamp) = (facts.conversation_id, self.now());
        let entry = tx.next_entry(conversation_id, false).await?;
        tx.delete_message(id, timestamp, entry.seq).await?;
        let carried = tx.discard_attachment_of(id).await?;
        self.withdraw_about(&mut *tx, id.get(), timestamp).await?;
        self.promise_messages(&mut *tx, [conversation_id]).await?;
        let deleted = MessageDeleted { conversation_id, message_id: id, seq: entry.seq, timestamp, offset: 0 };
        self.keep_and_tell(tx, &facts, ServerEvent::MessageDeleted(deleted)).await?;
        if let Some(attachment) = carried {
            self.remove_attachment_file(attachment).await;
        }
        Ok(())
    }

    /// Puts an emoji under a message, or takes it back; doing it again changes nothing. All reactions, now.
    ///
    /// # Errors
    /// When the asker may not write there, the message was deleted, this is no emoji, or there are too many.
    pub async fn set_reaction(&self, actor: &Actor, id: MessageId, emoji: &str, on: bool) -> Result<Vec<Reaction>> {
        // In the form in which emoji are usually sent, so that one looks like itself to everyone.
        let emoji = emojis::get(emoji).map(emojis::Emoji::as_str);
        let emoji = emoji.ok_or_else(|| DomainError::invalid("emoji", "This is not an emoji."))?;
        let mut tx = self.ports.store.begin().await?;
        let facts = held_message(&mut *tx, actor, id).await?;
        writable(&mut *tx, actor, facts.conversation_id).await?;
        if facts.deleted || facts.is_note {
            return Err(DomainError::Forbidden("Nobody can react to this."));
        }
        let before = tx.reactions(id).await?;
        let is_new = on && !before.iter().any(|reaction| reaction.emoji == emoji);
        if is_new && before.len() >= REACTIONS_MAX {
            let message = format!("There can be at most {REACTIONS_MAX} different reactions.");
            return Err(DomainError::invalid("emoji", message));
        }
        if !tx.set_reaction(id, actor.user_id, emoji, on, self.now()).await? {
            tx.commit().await?;
            return Ok(before);
        }
        let conversation_id = facts.conversation_id;
        let entry = tx.next_entry(conversation_id, false).await?;
        tx.set_revision(id, entry.seq).await?;
        let reactions = tx.reactions(id).await?;
        let update = ReactionUpdate {
            conversation_id,
            message_id: id,
            reactions: reactions.clone(),
            user_id: actor.user_id,
            seq: entry.seq,
            timestamp: self.now(),
            offset: 0,
        };
        self.keep_and_tell(tx, &facts, ServerEvent::ReactionUpdate(update)).await?;
        Ok(reactions)
    }

    async fn keep_and_tell(&self, mut tx: Box<dyn Tx>, message: &MessageFacts, event: ServerEvent) -> Result<()> {
        let topics = message_topics(&tx.members(message.conversation_id).await?, message.seq);
        tx.commit().await?;
        self.kick();
        self.publish(vec![Publication::Watchers { topics, event, except: Vec::new() }]).await;
        Ok(())
    }

    /// A page of a thread, newest first; `before` is the place (`seq`) that the last page ended with.
    ///
    /// # Errors
    /// Not found when the asker may not read there; `limit` not acceptable.
    pub async fn messages(
        &self,
        actor: &Actor,
        id: ConversationId,
        before: Option<u64>,
        limit: Option<usize>,
    ) -> Result<Page<MessageView>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        let seat = facts_for(&mut *read, actor, id).await?;
        let mut items = read.messages(id, seat.mine.from_seq, before, limit + 1).await?;
        let next = cut(&mut items, limit, |last| last.seq.to_string());
        Ok(Page { items, next })
    }

    /// One message that the asker may read.
    ///
    /// # Errors
    /// Not found when they may not.
    pub async fn message(&self, actor: &Actor, id: MessageId) -> Result<MessageView> {
        let mut read = self.ports.store.read().await?;
        visible_message(&mut *read, actor, id).await?;
        whole(&mut *read, id).await
    }

    /// What came in each conversation after what the asker holds of it; those where nothing came are left out.
    ///
    /// # Errors
    /// When too many are named, or the store fails.
    pub async fn conversation_changes(
        &self,
        actor: &Actor,
        held: &[HeldConversation],
    ) -> Result<Vec<ConversationChanges>> {
        if held.len() > HELD_CONVERSATIONS_MAX {
            let message = format!("Name at most {HELD_CONVERSATIONS_MAX} conversations at a time.");
            return Err(DomainError::invalid("conversations", message));
        }
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let mut read = self.ports.store.read().await?;
        let mut all = Vec::new();
        for (held, facts) in read.conversations_ahead(actor.user_id, held).await? {
            let Some(mine) = facts.mine.filter(may_read) else { continue };
            let mut messages = read.messages_changed(facts.id, mine.from_seq, held.seq, CHANGES_MAX + 1).await?;
            // Who left and came back forgets what was said before.
            let reload = messages.len() > CHANGES_MAX || (0 < held.seq && held.seq < mine.from_seq);
            if reload {
                messages.clear();
            }
            // Something may have been said since the facts were read.
            let seq = messages.last().map_or(facts.seq, |last| last.revision.max(facts.seq));
            all.push(ConversationChanges { conversation_id: facts.id, seq, messages, reload });
        }
        Ok(all)
    }

    /// The asker has seen everything up to a message. Their other devices are told, and the others if they may know.
    ///
    /// # Errors
    /// Not found when there is no such message that the asker may read.
    pub async fn read_message(&self, actor: &Actor, id: ConversationId, message: MessageId) -> Result<()> {
        self.advance(actor, id, message, Position::Read).await
    }

    /// A device of the asker holds everything up to a message.
    ///
    /// # Errors
    /// Not found when there is no such message that the asker may read.
    pub async fn receive_message(&self, actor: &Actor, id: ConversationId, message: MessageId) -> Result<()> {
        self.advance(actor, id, message, Position::Delivered).await
    }

    async fn advance(
        &self,
        actor: &Actor,
        id: ConversationId,
        message_id: MessageId,
        position: Position,
    ) -> Result<()> {
        let user_id = actor.user_id;
        let mut tx = self.ports.store.begin().await?;
        let facts = visible_message(&mut *tx, actor, message_id).await?;
        if facts.conversation_id != id {
            return Err(no_longer());
        }
        let seat = facts_for(&mut *tx, actor, id).await?;
        let changed = match position {
            Position::Read => tx.set_read(id, user_id, facts.number).await?,
            Position::Delivered => tx.set_delivered(id, user_id, facts.number).await?,
        };
        let topics = receipt_topics(id, &seat.mine, seat.blocked, seat.kind, &tx.members(id).await?);
        // In a group, nobody sees how far somebody is with whom a block stands between.
        let except = match seat.kind {
            ConversationKind::Group if changed => tx.apart_from(user_id).await?,
            _ => Vec::new(),
        };
        let mut news = Vec::new();
        if changed && position == Position::Read {
            news = self.read_messages_in_bell(&mut *tx, user_id, id).await?;
        }
        tx.commit().await?;
        if changed {
            let (number, read_at) = (facts.number, self.now());
            let receipt = Receipt { conversation_id: id, message_id, number, user_id, read_at };
            let event = match position {
                Position::Read => ServerEvent::MessageRead(receipt),
                Position::Delivered => ServerEvent::MessageDelivered(receipt),
            };
            news.push(Publication::Watchers { topics, event, except });
            self.publish(news).await;
        }
        Ok(())
    }

    /// What each who has a conversation on screen begins with; `None` when they were only asked to take part: then they
    /// read, and neither see nor show more than the messages. Asking for many at once costs the store no more questions
    /// than for one.
    ///
    /// # Errors
    /// For all when the store fails; not found for each who may not read there.
    pub async fn join_conversations(&self, asked: &[(UserId, ConversationId)]) -> Result<Vec<Result<Option<Joined>>>> {
        let seats = self.ports.store.read().await?.seats(asked).await?;
        let joined = asked.iter().zip(seats).map(|((_, id), seat)| {
            let seat = seat.filter(|seat| may_read(&seat.mine)).ok_or(GONE)?;
            let SeatRecord { mine, full_name, privacy, blocked, conversation } = seat;
            if !may_watch_conversation(&mine) || blocked {
                return Ok(None);
            }
            let tells_typing = privacy.shows_typing && conversation.members.len() <= TYPING_MAX_MEMBERS;
            let topics = joined_topics(*id, privacy);
            Ok(Some(Joined { conversation, user_name: full_name, tells_typing, topics }))
        });
        Ok(joined.collect())
    }

    /// Everyone from whom a block parts somebody. When it cannot be read, who types is told to nobody for that while.
    async fn apart(&self, user_id: UserId) -> std::result::Result<Vec<UserId>, StoreError> {
        self.ports.store.read().await?.apart_from(user_id).await
    }

    /// Tells those who have a conversation on screen that somebody who joined it types, or stopped. It asks nobody
    /// whether they may: the hub knows that they joined, and takes them out when they leave.
    pub async fn tell_typing(&self, user_id: UserId, user_name: String, id: ConversationId, is_typing: bool) {
        let expires_in_ms = if is_typing { TYPING_EXPIRES_MS } else { 0 };
        let event = ServerEvent::Typing(Typing { conversation_id: id, user_id, user_name, is_typing, expires_in_ms });
        let topics = vec![Topic::Typing(id)];
        // In a group, nobody sees who types with whom a block stands between.
        let Ok(mut except) = self.apart(user_id).await else { return };
        except.push(user_id);
        self.publish(vec![Publication::Watchers { topics, event, except }]).await;
    }
}

/// The answer to those who ask for a message that they may not know of.
pub(super) const fn no_longer() -> DomainError {
    DomainError::NotFound("This message")
}

fn checked_text(content: &str) -> Result<String> {
    let mut faults = Faults::default();
    let content = faults.text("content", "The message", content, MESSAGE_MAX_CHARS);
    faults.check()?;
    Ok(content)
}

/// [`checked_text`] that may be empty, beside something else.
fn bounded_text(content: &str) -> Result<String> {
    let mut faults = Faults::default();
    let content = clean(content);
    faults.at_most("content", "The message", &content, MESSAGE_MAX_CHARS);
    faults.check()?;
    Ok(content)
}

/// The members who are sent a message and are named in it, but not in what stood there before; in the order of ids.
async fn newly_named(
    read: &mut (dyn Read + '_),
    message: &MessageView,
    members: &[MemberRecord],
    before: &[String],
) -> Result<Vec<UserId>> {
    let mut names = named(&message.entities);
    names.retain(|name| !before.contains(name));
    let mut people = read.people_named(&names).await?;
    let topics = message_topics(members, message.seq);
    people.retain(|person| *person != message.sender_id && topics.contains(&Topic::Person(*person)));
    Ok(people)
}

async fn whole(read: &mut (dyn Read + '_), id: MessageId) -> Result<MessageView> {
    read.message(id).await?.ok_or_else(no_longer)
}

/// The facts of a message, deleted or not, in a conversation that the asker may read, said since they came.
pub(super) async fn visible_message(read: &mut (dyn Read + '_), actor: &Actor, id: MessageId) -> Result<MessageFacts> {
    let facts = read.message_facts(id).await?.ok_or_else(no_longer)?;
    let seat = facts_for(read, actor, facts.conversation_id).await.map_err(|error| match error {
        DomainError::NotFound(_) => no_longer(),
        other => other,
    })?;
    if facts.seq > seat.mine.from_seq { Ok(facts) } else { Err(no_longer()) }
}

/// [`visible_message`] for somebody who is about to change it: what it says stays true until the transaction ends.
async fn held_message(tx: &mut (dyn Tx + '_), actor: &Actor, id: MessageId) -> Result<MessageFacts> {
    let facts = tx.message_facts(id).await?.ok_or_else(no_longer)?;
    tx.hold_conversation(facts.conversation_id).await?;
    visible_message(tx, actor, id).await
}

/// One's own message that is still there, where one may still write.
async fn own_message(tx: &mut (dyn Tx + '_), actor: &Actor, id: MessageId) -> Result<MessageFacts> {
    let facts = held_message(tx, actor, id).await?;
    writable(tx, actor, facts.conversation_id).await?;
    if facts.sender != actor.user_id || facts.is_note {
        return Err(DomainError::Forbidden("Only its sender can change this message."));
    }
    if facts.deleted { Err(no_longer()) } else { Ok(facts) }
}

/// The asker's place in a conversation in which they may write.
async fn writable(tx: &mut (dyn Tx + '_), actor: &Actor, id: ConversationId) -> Result<Seat> {
    let seat = held_facts(tx, actor, id).await?;
    check_writable(&seat)?;
    Ok(seat)
}

/// In a conversation of two, neither may have blocked the other.
fn check_writable(seat: &Seat) -> Result<()> {
    if seat.blocked { Err(DomainError::Forbidden("You cannot write to this person.")) } else { Ok(()) }
}

async fn quotable(read: &mut (dyn Read + '_), seat: &Seat, id: ConversationId, quoted: MessageId) -> Result<MessageId> {
    let facts = read.message_facts(quoted).await?;
    let is_there = |facts: &MessageFacts| {
        facts.conversation_id == id && facts.seq > seat.mine.from_seq && !facts.is_note && !facts.deleted
    };
    match facts.filter(is_there) {
        Some(facts) => Ok(facts.id),
        None => Err(DomainError::invalid("reply_to", "The message you reply to is gone.")),
    }
}
