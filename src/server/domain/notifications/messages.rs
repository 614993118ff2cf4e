//! Unread messages in the bell: counted a moment after they were sent, not with each of them.

use std::{collections::HashMap, time::Duration};

use super::{
    super::{
        Domain,
        audience::{Surface, may_see},
        errors::Result,
        outcome::{LaterWork, Publication, Work},
        ports::{MessagesRecord, Tx, UnreadMember},
    },
    raising::wanted,
};
use crate::protocol::{
    conversations::ConversationKind,
    ids::{ConversationId, NotificationId, OutboxId, UserId},
    notifications::Occasion,
};

/// How long after a message it is looked at who has not read it: who has the conversation on screen has by then.
const PATIENCE: Duration = Duration::from_secs(2);

/// Members that one transaction raises for: short, so that nobody who writes waits long.
const MEMBERS_AT_ONCE: usize = 50;

impl Domain {
    /// Promises that the members who do not read it soon are told that something was said in these conversations.
    pub(in crate::server::domain) async fn promise_messages(
        &self,
        tx: &mut (dyn Tx + '_),
        said_in: impl IntoIterator<Item = ConversationId>,
    ) -> Result<()> {
        let works = said_in.into_iter().map(|conversation_id| Work::Later(LaterWork::Messages { conversation_id }));
        self.promise_all(tx, works, self.now().plus(PATIENCE)).await
    }

    /// Who reads a conversation has read what the bell says of it, too. What the caller is to publish after the commit.
    pub(in crate::server::domain) async fn read_messages_in_bell(
        &self,
        tx: &mut (dyn Tx + '_),
        user: UserId,
        conversation_id: ConversationId,
    ) -> Result<Vec<Publication>> {
        tx.hold_bell(user).await?;
        let Some(id) = tx.open_messages(user, conversation_id).await? else { return Ok(Vec::new()) };
        super::read_for(tx, user, id, self.now()).await
    }

    /// Tells the members of a conversation what they have not read. Absolute values: doing it twice changes nothing.
    pub(in crate::server::domain) async fn tell_messages(&self, entry: OutboxId, id: ConversationId) -> Result<()> {
        let mut read = self.ports.store.read().await?;
        let members = read.unread_members(id).await?;
        let conversation = read.shared_conversation(id).await?;
        drop(read);
        if let Some(conversation) = conversation {
            let occasion = match conversation.kind {
                ConversationKind::Direct => Occasion::Wrote,
                ConversationKind::Group => Occasion::WroteInGroup,
            };
            for members in members.chunks(MEMBERS_AT_ONCE) {
                self.raise_messages(id, occasion, conversation.title.as_deref(), members).await?;
            }
        }
        let mut tx = self.ports.store.begin().await?;
        tx.finish_outbox(&[entry]).await?;
        tx.commit().await?;
        self.kick();
        Ok(())
    }

    async fn raise_messages(
        &self,
        conversation_id: ConversationId,
        occasion: Occasion,
        title: Option<&str>,
        members: &[UnreadMember],
    ) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        // Members come in the order of their ids, in which bells are held. What they have not read is asked for after that:
        // who reads now waits for the bell, and then finds what is raised here.
        for member in members {
            tx.hold_bell(member.user_id).await?;
        }
        let current = tx.unread_members(conversation_id).await?;
        let current: HashMap<UserId, UnreadMember> = current.into_iter().map(|at| (at.user_id, at)).collect();
        for member in members.iter().filter_map(|member| current.get(&member.user_id)) {
            let unread = tx.unread_messages(conversation_id, member.user_id, member.read_number).await?;
            let Some(unread) = unread else { continue };
            let facts = tx.notify_facts(member.user_id, unread.actors.first().copied(), occasion.kind()).await?;
            let Some(choice) = wanted(&facts, occasion) else { continue };
            if let Some(by) = unread.actors.first()
                && !may_see(&tx.relation(member.user_id, *by).await?.unwrap_or_default(), Surface::Notice)
            {
                continue;
            }
            let messages = MessagesRecord {
                id: NotificationId::new(self.next_id()),
                recipient: member.user_id,
                conversation_id,
                occasion,
                subject: title.map(str::to_owned),
                count: member.unread,
                actor_count: unread.actor_count,
                actors: unread.actors,
                message_id: unread.message_id,
                excerpt: (!unread.excerpt.is_empty()).then_some(unread.excerpt),
                shown: choice.in_app,
                at: unread.at,
            };
            let changed = tx.raise_messages(&messages).await?;
            self.promise_to_tell(&mut *tx, changed).await?;
        }
        Ok(tx.commit().await?)
    }
}
