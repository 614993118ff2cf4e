//! Saying something: what many say at the same time is stored together.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;

use super::{Sent, bounded_text, check_writable, checked_text, newly_named, no_longer, quotable};
use crate::{
    protocol::{
        conversations::{MessageView, NewMessage, Standing},
        events::{MembershipUpdate, ServerEvent},
        ids::{AttachmentId, ConversationId, MessageId, UserId},
        views::Entity,
    },
    server::domain::{
        Actor, Domain,
        attachments::{check_claimable, claim},
        audience::message_topics,
        conversations::{Seat, said, seat_in},
        errors::Result,
        group_commit::{Done, Grouped, Kept, refused_or},
        outcome::Publication,
        ports::{Carrier, MemberRecord, MessageRecord, ReadUpTo, Speaker, SpeakerFacts, Tx},
        text::entities,
        validation::client_id,
    },
};

/// What somebody wants to say.
#[derive(Clone, Debug)]
pub(in crate::server::domain) struct Saying {
    actor: Actor,
    id: ConversationId,
    client_id: Option<String>,
    content: String,
    reply_to: Option<MessageId>,
    attachment: Option<AttachmentId>,
}

/// What is to become of it.
enum Verdict {
    /// It was said before: nothing.
    Before(MessageId),
    /// It is stored.
    New(NewSaying),
}

/// What is needed to store it.
struct NewSaying {
    seat: Seat,
    /// The speaker's bell tells them of what others said there.
    is_told: bool,
    entities: Vec<Entity>,
}

#[async_trait]
impl Grouped for Saying {
    type Answer = Sent;

    /// A hundred take as many statements as one.
    const AT_ONCE: usize = 128;

    fn person(&self) -> UserId {
        self.actor.user_id
    }

    fn about(&self) -> u64 {
        self.id.get()
    }

    async fn done(domain: &Domain, tx: &mut (dyn Tx + '_), sayings: &[Self]) -> Result<Done<Sent>> {
        let verdicts = judge_all(tx, sayings).await?;
        let new: Vec<(&Self, &NewSaying)> = sayings.iter().zip(&verdicts).filter_map(only_new).collect();
        let stored = domain.store_all(tx, &new).await?;
        let before = verdicts.iter().filter_map(|verdict| match verdict {
            Ok(Verdict::Before(id)) => Some(*id),
            _ => None,
        });
        let ids: Vec<MessageId> = before.chain(stored.iter().copied()).collect();
        let messages = tx.messages_by_id(&ids).await?.into_iter();
        let messages: HashMap<MessageId, MessageView> = messages.map(|view| (view.message_id, view)).collect();
        let mut news = domain.raise_all(tx, &new, &stored, &messages).await?;
        let mut stored = stored.into_iter();
        let told = verdicts.into_iter().map(|verdict| {
            let (id, is_new) = match verdict? {
                Verdict::Before(id) => (Some(id), false),
                Verdict::New(_) => (stored.next(), true),
            };
            let id = id.ok_or_else(no_longer)?;
            let message = messages.get(&id).cloned().ok_or_else(no_longer)?;
            Ok(Kept { answer: Sent { message, is_new }, news: news.remove(&id).unwrap_or_default() })
        });
        Ok(told.collect())
    }
}

impl Domain {
    /// Says something. The same `client_id` again, however late and wherever, returns the stored message and changes
    /// nothing. Saying something in a conversation that a stranger began accepts it.
    ///
    /// # Errors
    /// When the asker may not write there, or the text is not acceptable.
    pub async fn send_message(&self, actor: &Actor, id: ConversationId, form: NewMessage) -> Result<Sent> {
        let client_id = client_id(form.client_id)?;
        // A picture needs no words.
        let content =
            if form.attachment.is_some() { bounded_text(&form.content)? } else { checked_text(&form.content)? };
        let NewMessage { reply_to, attachment, .. } = form;
        let saying = Saying { actor: *actor, id, client_id, content, reply_to, attachment };
        self.together(&self.saying, saying).await
    }

    /// Stores what is new, in its order; under which ids.
    async fn store_all(&self, tx: &mut (dyn Tx + '_), new: &[(&Saying, &NewSaying)]) -> Result<Vec<MessageId>> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        // From here on others who write there wait: the entries are theirs in the order of commits.
        let entries = tx.next_entries(&new.iter().map(|(saying, _)| (saying.id, true)).collect::<Vec<_>>()).await?;
        let created_at = self.now();
        let message = |((saying, new), entry): (&(&Saying, &NewSaying), _)| MessageRecord {
            id: MessageId::new(self.next_id()),
            conversation_id: saying.id,
            entry,
            sender: saying.actor.user_id,
            client_id: saying.client_id.clone(),
            content: saying.content.clone(),
            entities: new.entities.clone(),
            reply_to: saying.reply_to,
            note: None,
            created_at,
        };
        let messages: Vec<MessageRecord> = new.iter().zip(entries).map(message).collect();
        tx.insert_messages(&messages).await?;
        for ((saying, _), message) in new.iter().zip(&messages) {
            if let Some(attachment) = saying.attachment {
                claim(tx, &saying.actor, attachment, Carrier::Message(message.id)).await?;
            }
        }
        let read = messages.iter().map(|message| ReadUpTo {
            conversation_id: message.conversation_id,
            user_id: message.sender,
            number: message.entry.number,
        });
        tx.set_all_read(&read.collect::<Vec<_>>()).await?;
        let said_in: BTreeSet<ConversationId> = messages.iter().map(|message| message.conversation_id).collect();
        self.promise_messages(tx, said_in).await?;
        Ok(messages.into_iter().map(|message| message.id).collect())
    }

    /// Writes down what new messages mean for people, and finds out who is told of each.
    async fn raise_all(
        &self,
        tx: &mut (dyn Tx + '_),
        new: &[(&Saying, &NewSaying)],
        stored: &[MessageId],
        messages: &HashMap<MessageId, MessageView>,
    ) -> Result<HashMap<MessageId, Vec<Publication>>> {
        if new.is_empty() {
            return Ok(HashMap::new());
        }
        let accepted = accept_by_writing(tx, new).await?;
        let said_in: BTreeSet<ConversationId> = new.iter().map(|(saying, _)| saying.id).collect();
        let members = tx.members_of(&said_in.into_iter().collect::<Vec<_>>()).await?;
        let of = |saying: &Saying| members.get(&saying.id).map_or::<&[MemberRecord], _>(&[], Vec::as_slice);
        let mut named = Vec::with_capacity(new.len());
        for ((saying, _), id) in new.iter().zip(stored) {
            let message = messages.get(id).ok_or_else(no_longer)?;
            named.push((message, newly_named(tx, message, of(saying), &[]).await?));
        }
        let speakers = new.iter().filter(|(_, new)| new.is_told).map(|(saying, _)| saying.actor.user_id);
        // In the order of their owners, as everybody holds them.
        let bells: BTreeSet<UserId> =
            named.iter().flat_map(|(_, named)| named.iter().copied()).chain(speakers).collect();
        for bell in bells {
            tx.hold_bell(bell).await?;
        }
        let mut all = HashMap::new();
        for (((saying, new), (message, named)), accepted) in new.iter().zip(named).zip(accepted) {
            let mut news = Vec::new();
            if new.is_told {
                // Who writes in a conversation has read it.
                news = self.read_messages_in_bell(tx, saying.actor.user_id, saying.id).await?;
            }
            self.raise_message_mentions(tx, message, named).await?;
            news.extend(accepted);
            news.push(said(message_topics(of(saying), message.seq), message.clone()));
            all.insert(message.message_id, news);
        }
        Ok(all)
    }
}

/// What is to become of all of this. What decides about it stays true until the transaction ends.
async fn judge_all(tx: &mut (dyn Tx + '_), sayings: &[Saying]) -> Result<Vec<Result<Verdict>>> {
    let held: BTreeSet<ConversationId> = sayings.iter().map(|saying| saying.id).collect();
    tx.hold_conversations(&held.into_iter().collect::<Vec<_>>()).await?;
    let speakers = sayings.iter().map(|saying| Speaker {
        user_id: saying.actor.user_id,
        conversation_id: saying.id,
        client_id: saying.client_id.clone(),
    });
    let speakers = tx.speakers(&speakers.collect::<Vec<_>>()).await?;
    let mut verdicts = Vec::with_capacity(sayings.len());
    for (saying, facts) in sayings.iter().zip(speakers) {
        verdicts.push(refused_or(judge(tx, saying, facts).await)?);
    }
    Ok(verdicts)
}

/// What is to become of something somebody wants to say. A refusal concerns nothing else that is said with it.
async fn judge(tx: &mut (dyn Tx + '_), saying: &Saying, facts: SpeakerFacts) -> Result<Verdict> {
    if let Some(id) = facts.sent_before {
        return Ok(Verdict::Before(id));
    }
    let seat = seat_in(facts.conversation)?;
    check_writable(&seat)?;
    if let Some(quoted) = saying.reply_to {
        quotable(tx, &seat, saying.id, quoted).await?;
    }
    if let Some(attachment) = saying.attachment {
        check_claimable(tx, &saying.actor, attachment).await?;
    }
    let entities = entities(&saying.content, saying.actor.user_id, tx).await?;
    Ok(Verdict::New(NewSaying { seat, is_told: facts.is_told, entities }))
}

/// Who writes in a conversation takes part in it: what the devices of each are to be told, if they did not before.
async fn accept_by_writing(tx: &mut (dyn Tx + '_), new: &[(&Saying, &NewSaying)]) -> Result<Vec<Option<Publication>>> {
    let mut accepted = Vec::with_capacity(new.len());
    for (saying, NewSaying { seat, .. }) in new {
        if seat.mine.standing == Standing::Active {
            accepted.push(None);
            continue;
        }
        let (conversation_id, user_id) = (saying.id, saying.actor.user_id);
        tx.set_standing(conversation_id, user_id, Standing::Active).await?;
        let mine = tx.membership(conversation_id, user_id).await?.ok_or_else(no_longer)?;
        let update = MembershipUpdate { conversation_id, mine, offset: 0 };
        accepted.push(Some(Publication::to_person(user_id, ServerEvent::MembershipUpdate(update))));
    }
    Ok(accepted)
}

fn only_new<'all>((saying, verdict): (&'all Saying, &'all Result<Verdict>)) -> Option<(&'all Saying, &'all NewSaying)> {
    match verdict {
        Ok(Verdict::New(new)) => Some((saying, new)),
        _ => None,
    }
}
