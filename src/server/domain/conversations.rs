//! Conversations: beginning them, who is in them, and what each member keeps to themselves about them.

use bytes::Bytes;

use super::{
    Actor, Domain,
    audience::{Surface, may_read, may_see, message_topics},
    errors::{DomainError, Result},
    images::check_size,
    messages::no_longer,
    outcome::{Publication, Topic},
    ports::{ConversationFacts, ConversationRecord, ImagePurpose, MemberRecord, MessageRecord, Read, StoreError, Tx},
    validation::{Faults, clean, client_id, cut, page_size},
};
use crate::protocol::{
    conversations::{
        ConversationBox, ConversationItem, ConversationKind, MembershipChange, MessageView, NewConversation, Note,
        Standing,
    },
    crop::Crop,
    events::{ConversationUpdate, MembershipUpdate, MessageEvent, ServerEvent, UnreadCount},
    ids::{ConversationId, MessageId, UserId},
    limits::{GROUP_MAX_MEMBERS, MESSAGE_MAX_CHARS, TITLE_MAX_CHARS},
    views::Page,
};

pub(super) const GONE: DomainError = DomainError::NotFound("This conversation");

impl Domain {
    /// Begins a group, or finds or begins the direct conversation with somebody. A direct one is listed for the other
    /// person when the first message comes; for somebody who does not follow the asker it is a request.
    ///
    /// # Errors
    /// When a person does not exist, is suspended, has blocked the asker or is blocked by them, or there are too many.
    pub async fn begin_conversation(&self, actor: &Actor, form: NewConversation) -> Result<ConversationItem> {
        let mut others = form.member_ids;
        others.sort_unstable();
        others.dedup();
        others.retain(|id| *id != actor.user_id);
        let mut faults = Faults::default();
        if others.is_empty() {
            faults.add("member_ids", "Choose at least one other person.");
        } else if others.len() >= GROUP_MAX_MEMBERS {
            faults.add("member_ids", format!("A group can have at most {GROUP_MAX_MEMBERS} people."));
        }
        let title = form.title.map(|title| checked_title(&mut faults, &title));
        faults.check()?;
        match (others.as_slice(), title) {
            (&[other], None) => self.direct_conversation(actor, other).await,
            (_, title) => self.begin_group(actor, &others, title, client_id(form.client_id)?).await,
        }
    }

    async fn direct_conversation(&self, actor: &Actor, other: UserId) -> Result<ConversationItem> {
        let mut tx = self.ports.store.begin().await?;
        let id = match tx.direct_conversation(actor.user_id, other).await? {
            Some(id) => id,
            None => match self.insert_direct(&mut *tx, actor, other).await {
                // Both began at the same moment, and the other was first.
                Err(DomainError::Conflict(_)) => {
                    drop(tx);
                    tx = self.ports.store.begin().await?;
                    tx.direct_conversation(actor.user_id, other).await?.ok_or(GONE)?
                }
                inserted => inserted?,
            },
        };
        let facts = held_facts(&mut *tx, actor, id).await?;
        // Writing to somebody whose request was declined before is a change of mind.
        let changed = facts.mine.standing == Standing::Declined;
        if changed {
            tx.set_standing(id, actor.user_id, Standing::Active).await?;
        }
        let item = whole(&mut *tx, actor, id).await?;
        tx.commit().await?;
        if changed {
            self.publish(vec![own_update(actor.user_id, &item)]).await;
        }
        Ok(item)
    }

    async fn insert_direct(&self, tx: &mut (dyn Tx + '_), actor: &Actor, other: UserId) -> Result<ConversationId> {
        self.check_reachable(tx, actor, other).await?;
        let (me, now) = (actor.user_id, self.now());
        let conversation = ConversationRecord {
            id: ConversationId::new(self.next_id()),
            kind: ConversationKind::Direct,
            title: None,
            pair: Some((me.min(other), me.max(other))),
            created_by: me,
            client_id: None,
            created_at: now,
        };
        tx.insert_conversation(&conversation).await.map_err(|error| taken(error, "member_ids"))?;
        tx.put_member(conversation.id, &newcomer(me, Standing::Active), now).await?;
        let standing = first_standing(tx, other, me).await?;
        tx.put_member(conversation.id, &newcomer(other, standing), now).await?;
        Ok(conversation.id)
    }

    async fn begin_group(
        &self,
        actor: &Actor,
        others: &[UserId],
        title: Option<String>,
        client_id: Option<String>,
    ) -> Result<ConversationItem> {
        let mut tx = self.ports.store.begin().await?;
        if let Some(key) = client_id.as_deref()
            && let Some(made) = tx.conversation_by_client_id(actor.user_id, key).await?
        {
            let item = whole(&mut *tx, actor, made).await?;
            tx.commit().await?;
            return Ok(item);
        }
        let now = self.now();
        let conversation = ConversationRecord {
            id: ConversationId::new(self.next_id()),
            kind: ConversationKind::Group,
            title,
            pair: None,
            created_by: actor.user_id,
            client_id,
            created_at: now,
        };
        let id = conversation.id;
        tx.insert_conversation(&conversation).await.map_err(|error| taken(error, "client_id"))?;
        let creator = MemberRecord { admin: true, ..newcomer(actor.user_id, Standing::Active) };
        tx.put_member(id, &creator, now).await?;
        for other in others {
            self.check_reachable(&mut *tx, actor, *other).await?;
            let standing = first_standing(&mut *tx, *other, actor.user_id).await?;
            tx.put_member(id, &newcomer(*other, standing), now).await?;
        }
        let note = self.add_note(&mut *tx, actor, id, Note::Created).await?;
        let item = whole(&mut *tx, actor, id).await?;
        let topics = message_topics(&tx.members(id).await?, note.seq);
        tx.commit().await?;
        self.publish(vec![said(topics, note)]).await;
        Ok(item)
    }

    /// One conversation, as the asker has it in their list.
    ///
    /// # Errors
    /// Not found when the asker does not take part and was not asked to.
    pub async fn conversation(&self, actor: &Actor, id: ConversationId) -> Result<ConversationItem> {
        let mut read = self.ports.store.read().await?;
        facts_for(&mut *read, actor, id).await?;
        whole(&mut *read, actor, id).await
    }

    /// A page of the asker's conversations, last said first. The first page of the inbox begins with all that are
    /// pinned, whatever their age; they come again in their place.
    ///
    /// # Errors
    /// When `limit` is not acceptable.
    pub async fn conversations(
        &self,
        actor: &Actor,
        of: ConversationBox,
        query: &str,
        before: Option<u64>,
        limit: Option<usize>,
    ) -> Result<Page<ConversationItem>> {
        let limit = page_size(limit)?;
        let query = clean(query);
        let mut read = self.ports.store.read().await?;
        let mut rows = read.conversations(actor.user_id, of, &query, before, limit + 1).await?;
        let next = cut(&mut rows, limit, |(cursor, _)| cursor.to_string());
        let mut items: Vec<ConversationItem> = rows.into_iter().map(|(_, item)| item).collect();
        if before.is_none() && query.is_empty() && of == ConversationBox::Inbox {
            let mut pinned = read.pinned_conversations(actor.user_id).await?;
            let is_pinned = |item: &ConversationItem| item.mine.pinned;
            items.retain(|item| !is_pinned(item));
            pinned.append(&mut items);
            items = pinned;
        }
        Ok(Page { items, next })
    }

    /// In how many conversations strangers wait for the asker's answer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count_requests(&self, actor: &Actor) -> Result<u64> {
        Ok(self.ports.store.read().await?.count_requests(actor.user_id).await?)
    }

    /// What the asker has not read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unread_count(&self, actor: &Actor) -> Result<UnreadCount> {
        let mut read = self.ports.store.read().await?;
        let bell = read.bell(actor.user_id).await?;
        let conversations = Some(read.unread_counts(actor.user_id).await?);
        Ok(UnreadCount { count: bell.unread_count, seq: bell.seq, conversations })
    }

    /// Names a group.
    ///
    /// # Errors
    /// When the asker is no admin of it, or the title is not acceptable.
    pub async fn rename_conversation(
        &self,
        actor: &Actor,
        id: ConversationId,
        title: &str,
    ) -> Result<ConversationItem> {
        let mut faults = Faults::default();
        let title = checked_title(&mut faults, title);
        faults.check()?;
        let mut tx = self.ports.store.begin().await?;
        let facts = administered(&mut *tx, actor, id).await?;
        if facts.title.as_deref() == Some(title.as_str()) {
            let item = whole(&mut *tx, actor, id).await?;
            tx.commit().await?;
            return Ok(item);
        }
        tx.set_title(id, &title).await?;
        let note = self.add_note(&mut *tx, actor, id, Note::Renamed { title }).await?;
        self.keep_change(tx, actor, id, vec![note]).await
    }

    /// Gives a group a picture: a square of the one that is sent.
    ///
    /// # Errors
    /// When the asker is no admin of it, or the file is too large or not an accepted picture.
    pub async fn set_group_picture(
        &self,
        actor: &Actor,
        id: ConversationId,
        file: Bytes,
        crop: Crop,
    ) -> Result<ConversationItem> {
        check_size(&file)?;
        // Asked before the work as well: nobody else makes the server decode pictures.
        check_administers(&facts_for(&mut *self.ports.store.read().await?, actor, id).await?)?;
        let picture = self.ports.pictures.avatar(file, crop).await?;
        let record = self.keep_picture(actor, picture, ImagePurpose::Avatar, Some(id)).await?;
        let mut tx = self.ports.store.begin().await?;
        administered(&mut *tx, actor, id).await?;
        tx.insert_image(&record).await?;
        tx.set_group_picture(id, Some(record.id)).await?;
        self.keep_change(tx, actor, id, Vec::new()).await
    }

    /// Removes the picture of a group: its title stands alone.
    ///
    /// # Errors
    /// When the asker is no admin of it.
    pub async fn remove_group_picture(&self, actor: &Actor, id: ConversationId) -> Result<ConversationItem> {
        let mut tx = self.ports.store.begin().await?;
        administered(&mut *tx, actor, id).await?;
        let item = whole(&mut *tx, actor, id).await?;
        if item.conversation.avatar_url.is_none() {
            tx.commit().await?;
            return Ok(item);
        }
        tx.set_group_picture(id, None).await?;
        self.keep_change(tx, actor, id, Vec::new()).await
    }

    /// Adds people to a group; those who are in it already stay as they are.
    ///
    /// # Errors
    /// When the asker is no admin of it, a person cannot be added, or there would be too many.
    pub async fn add_members(&self, actor: &Actor, id: ConversationId, people: &[UserId]) -> Result<ConversationItem> {
        let mut tx = self.ports.store.begin().await?;
        let facts = administered(&mut *tx, actor, id).await?;
        let members = tx.members(id).await?;
        let mut added: Vec<UserId> = people.to_vec();
        added.sort_unstable();
        added.dedup();
        added.retain(|person| !members.iter().any(|member| member.user_id == *person));
        if members.len() + added.len() > GROUP_MAX_MEMBERS {
            let message = format!("A group can have at most {GROUP_MAX_MEMBERS} people.");
            return Err(DomainError::invalid("member_ids", message));
        }
        let mut notes = Vec::new();
        for person in added {
            self.check_reachable(&mut *tx, actor, person).await?;
            let standing = first_standing(&mut *tx, person, actor.user_id).await?;
            let member = MemberRecord {
                // They see how they were added, and nothing before it.
                from_seq: notes.last().map_or(facts.seq, |note: &MessageView| note.seq),
                read_number: facts.last_number,
                delivered_number: facts.last_number,
                ..newcomer(person, standing)
            };
            tx.put_member(id, &member, self.now()).await?;
            let person = tx.person_ref(person).await?.ok_or(DomainError::NotFound("This person"))?;
            notes.push(self.add_note(&mut *tx, actor, id, Note::Added { person }).await?);
        }
        self.keep_change(tx, actor, id, notes).await
    }

    /// Takes somebody out of a group, or leaves it. The oldest member becomes admin when the last admin goes.
    ///
    /// # Errors
    /// When the asker may not do that, or the person is not in it.
    pub async fn remove_member(&self, actor: &Actor, id: ConversationId, person: UserId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let leaves = person == actor.user_id;
        let facts =
            if leaves { held_facts(&mut *tx, actor, id).await? } else { administered(&mut *tx, actor, id).await? };
        if facts.kind == ConversationKind::Direct {
            return Err(DomainError::Forbidden("A conversation of two cannot be left. Mute it, or block the person."));
        }
        let mut members = tx.members(id).await?;
        let Some(at) = members.iter().position(|member| member.user_id == person) else {
            return Err(DomainError::NotFound("This member"));
        };
        let gone = members.remove(at);
        tx.set_standing(id, person, Standing::Left).await?;
        if let Some(oldest) = members.iter().find(|member| member.standing == Standing::Active)
            && !members.iter().any(|member| member.admin && member.standing == Standing::Active)
        {
            tx.set_admin(id, oldest.user_id).await?;
        }
        // Who never took part goes without a word.
        let mut notes = Vec::new();
        if gone.standing == Standing::Active || !leaves {
            let note = if leaves {
                Note::Left
            } else {
                Note::Removed { person: tx.person_ref(person).await?.ok_or(DomainError::NotFound("This person"))? }
            };
            notes.push(self.add_note(&mut *tx, actor, id, note).await?);
        }
        let mine = tx.membership(id, person).await?.ok_or(GONE)?;
        let mut news = change_news(&mut *tx, id, notes).await?;
        tx.commit().await?;
        news.push(Publication::MembersLeft { conversation_id: id, user_ids: vec![person] });
        let update = MembershipUpdate { conversation_id: id, mine, offset: 0 };
        news.push(Publication::to_person(person, ServerEvent::MembershipUpdate(update)));
        self.publish(news).await;
        Ok(())
    }

    /// Takes part in a conversation that a stranger began.
    ///
    /// # Errors
    /// Not found when the asker was not asked to.
    pub async fn accept_request(&self, actor: &Actor, id: ConversationId) -> Result<ConversationItem> {
        let mut tx = self.ports.store.begin().await?;
        let facts = held_facts(&mut *tx, actor, id).await?;
        if facts.mine.standing == Standing::Active {
            let item = whole(&mut *tx, actor, id).await?;
            tx.commit().await?;
            return Ok(item);
        }
        tx.set_standing(id, actor.user_id, Standing::Active).await?;
        let item = whole(&mut *tx, actor, id).await?;
        tx.commit().await?;
        self.publish(vec![own_update(actor.user_id, &item)]).await;
        Ok(item)
    }

    /// Does not take part in a conversation that a stranger began; the stranger is not told. A group is left.
    ///
    /// # Errors
    /// Not found when the asker was not asked to; forbidden when they take part already.
    pub async fn decline_request(&self, actor: &Actor, id: ConversationId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let facts = held_facts(&mut *tx, actor, id).await?;
        match facts.mine.standing {
            Standing::Requested => {}
            Standing::Declined => return Ok(tx.commit().await?),
            _ => return Err(DomainError::Forbidden("You take part in this conversation already.")),
        }
        if facts.kind == ConversationKind::Group {
            drop(tx);
            return self.remove_member(actor, id, actor.user_id).await;
        }
        tx.set_standing(id, actor.user_id, Standing::Declined).await?;
        let mine = tx.membership(id, actor.user_id).await?.ok_or(GONE)?;
        tx.commit().await?;
        let update = MembershipUpdate { conversation_id: id, mine, offset: 0 };
        self.publish(vec![Publication::to_person(actor.user_id, ServerEvent::MembershipUpdate(update))]).await;
        Ok(())
    }

    /// Changes what the asker has to themselves: muted, pinned, the draft. All their devices are told.
    ///
    /// # Errors
    /// Not found when the asker does not take part and was not asked to; a draft that no message could hold.
    pub async fn change_membership(
        &self,
        actor: &Actor,
        id: ConversationId,
        change: MembershipChange,
    ) -> Result<ConversationItem> {
        let mut faults = Faults::default();
        // Drafts keep their edges: a space at the end may be the one before the next word.
        faults.at_most("draft", "The draft", change.draft.as_deref().unwrap_or_default(), MESSAGE_MAX_CHARS * 2);
        faults.check()?;
        let mut tx = self.ports.store.begin().await?;
        held_facts(&mut *tx, actor, id).await?;
        let draft = change.draft.as_deref();
        tx.change_membership(id, actor.user_id, change.muted, change.pinned, draft).await?;
        let item = whole(&mut *tx, actor, id).await?;
        tx.commit().await?;
        self.publish(vec![own_update(actor.user_id, &item)]).await;
        Ok(item)
    }

    /// Stores a note: an entry of the log that is no message.
    async fn add_note(
        &self,
        tx: &mut (dyn Tx + '_),
        actor: &Actor,
        id: ConversationId,
        note: Note,
    ) -> Result<MessageView> {
        let entry = tx.next_entry(id, false).await?;
        let record = MessageRecord {
            id: MessageId::new(self.next_id()),
            conversation_id: id,
            entry,
            sender: actor.user_id,
            client_id: None,
            content: String::new(),
            entities: Vec::new(),
            reply_to: None,
            note: Some(note),
            created_at: self.now(),
        };
        tx.insert_message(&record).await?;
        tx.message(record.id).await?.ok_or_else(no_longer)
    }

    /// Counts a change of the group, commits, and tells all its members.
    async fn keep_change(
        &self,
        mut tx: Box<dyn Tx>,
        actor: &Actor,
        id: ConversationId,
        notes: Vec<MessageView>,
    ) -> Result<ConversationItem> {
        let news = change_news(&mut *tx, id, notes).await?;
        let item = whole(&mut *tx, actor, id).await?;
        tx.commit().await?;
        self.publish(news).await;
        Ok(item)
    }

    async fn check_reachable(&self, tx: &mut (dyn Tx + '_), actor: &Actor, other: UserId) -> Result<()> {
        let relation = tx.relation(actor.user_id, other).await?;
        let relation =
            relation.ok_or_else(|| DomainError::invalid("member_ids", "One of these people does not exist."))?;
        if may_see(&relation, Surface::Contact) {
            Ok(())
        } else {
            Err(DomainError::Forbidden("You cannot write to this person."))
        }
    }
}

/// The facts of a conversation in which the asker takes part, was asked to, or declined.
#[derive(Debug)]
pub(super) struct Seat {
    pub kind: ConversationKind,
    pub title: Option<String>,
    pub seq: u64,
    pub last_number: u64,
    /// Of two, one has blocked the other.
    pub blocked: bool,
    pub mine: MemberRecord,
}

/// The asker's place in a conversation.
///
/// # Errors
/// Not found when they have none, or left.
pub(super) async fn facts_for(read: &mut (dyn Read + '_), actor: &Actor, id: ConversationId) -> Result<Seat> {
    seat_in(read.conversation_facts(id, actor.user_id).await?)
}

/// [`facts_for`] somebody of whom they are read already.
pub(super) fn seat_in(facts: Option<ConversationFacts>) -> Result<Seat> {
    let ConversationFacts { kind, title, seq, last_number, blocked, mine, .. } = facts.ok_or(GONE)?;
    let mine = mine.filter(may_read).ok_or(GONE)?;
    Ok(Seat { kind, title, seq, last_number, blocked, mine })
}

/// [`facts_for`] somebody who is about to write: what it says stays true until the transaction ends.
pub(super) async fn held_facts(tx: &mut (dyn Tx + '_), actor: &Actor, id: ConversationId) -> Result<Seat> {
    tx.hold_conversation(id).await?;
    facts_for(tx, actor, id).await
}

async fn administered(tx: &mut (dyn Tx + '_), actor: &Actor, id: ConversationId) -> Result<Seat> {
    let seat = held_facts(tx, actor, id).await?;
    check_administers(&seat)?;
    Ok(seat)
}

fn check_administers(seat: &Seat) -> Result<()> {
    if seat.kind == ConversationKind::Direct {
        return Err(DomainError::Forbidden("This is a conversation of two. Begin a group to have more people in it."));
    }
    if seat.mine.admin && seat.mine.standing == Standing::Active {
        Ok(())
    } else {
        Err(DomainError::Forbidden("Only an admin of the group can do this."))
    }
}

async fn whole(read: &mut (dyn Read + '_), actor: &Actor, id: ConversationId) -> Result<ConversationItem> {
    read.conversation(id, actor.user_id).await?.ok_or(GONE)
}

/// Whether somebody's first word reaches a person as a message or as a request: strangers are those they neither follow nor
/// are connected with.
async fn first_standing(read: &mut (dyn Read + '_), person: UserId, by: UserId) -> Result<Standing> {
    let relation = read.relation(person, by).await?;
    let knows = relation.is_some_and(|relation| relation.follows || relation.connected);
    Ok(if knows { Standing::Active } else { Standing::Requested })
}

const fn newcomer(user_id: UserId, standing: Standing) -> MemberRecord {
    MemberRecord {
        user_id,
        standing,
        admin: false,
        from_seq: 0,
        read_number: 0,
        delivered_number: 0,
        shows_receipts: true,
    }
}

fn checked_title(faults: &mut Faults, title: &str) -> String {
    faults.text("title", "The title", &title.replace('\n', " "), TITLE_MAX_CHARS)
}

fn taken(error: StoreError, field: &str) -> DomainError {
    match error {
        StoreError::Taken(_) => DomainError::conflict(field, "This was just begun. Try again."),
        other => other.into(),
    }
}

/// What the members of a group are told about a change: the notes, then the whole of it.
async fn change_news(tx: &mut (dyn Tx + '_), id: ConversationId, notes: Vec<MessageView>) -> Result<Vec<Publication>> {
    tx.count_change(id).await?;
    let members = tx.members(id).await?;
    let mut news: Vec<Publication> =
        notes.into_iter().map(|note| said(message_topics(&members, note.seq), note)).collect();
    let topics = message_topics(&members, u64::MAX);
    let conversation = tx.shared_conversation(id).await?.ok_or(GONE)?;
    let update = ConversationUpdate { conversation, offset: 0 };
    news.push(Publication::Watchers { topics, event: ServerEvent::ConversationUpdate(update), except: Vec::new() });
    Ok(news)
}

/// A message or note on its way to the members.
pub(super) fn said(topics: Vec<Topic>, message: MessageView) -> Publication {
    let event = ServerEvent::NewMessage(MessageEvent { message, offset: 0 });
    Publication::Watchers { topics, event, except: Vec::new() }
}

/// What somebody has to themselves in a conversation, on its way to their devices.
fn own_update(user_id: UserId, item: &ConversationItem) -> Publication {
    let conversation_id = item.conversation.conversation_id;
    let update = MembershipUpdate { conversation_id, mine: item.mine.clone(), offset: 0 };
    Publication::to_person(user_id, ServerEvent::MembershipUpdate(update))
}
