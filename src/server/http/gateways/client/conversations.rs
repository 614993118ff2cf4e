//! What the commands of conversations do.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::sleep;

use super::{Client, Outlet, READ_AGAIN, Refused, Talk, changed_all_the_time};
use crate::{
    protocol::{
        conversations::{HeldConversation, NewMessage},
        errors::{ApiError, ErrorCode},
        events::{AckResult, ConversationUpdate, MessageEvent, ServerEvent},
        ids::ConversationId,
        limits::{JOINED_CONVERSATIONS_MAX, TYPING_EXPIRES_MS},
    },
    server::{auth::limits::Action, domain::Joined, realtime::hub::NotJoined},
};

impl Client {
    pub(super) async fn send_message(&mut self, id: ConversationId, form: NewMessage) -> Result<AckResult, Refused> {
        self.limits.person(Action::MessageByPerson, self.actor.user_id)?;
        let sent = self.domain.send_message(&self.actor, id, form).await?;
        let message_id = Some(sent.message.message_id);
        // The members were told when it was stored; only this connection asks again. Who left since and came back does not
        // see what was said before.
        if !sent.is_new
            && let Ok(message) = self.domain.message(&self.actor, sent.message.message_id).await
        {
            self.handle.send(&ServerEvent::NewMessage(MessageEvent { message, offset: 0 }));
        }
        Ok(AckResult { message_id, ..AckResult::default() })
    }

    /// Sends what came after what the client holds.
    pub(super) async fn tell_changes(
        &mut self,
        held: &[HeldConversation],
        outlet: &mut impl Outlet,
    ) -> Result<(), Refused> {
        for changes in self.domain.conversation_changes(&self.actor, held).await? {
            self.handle.send(&ServerEvent::ConversationChanges(changes));
            self.make_room(outlet).await?;
        }
        Ok(())
    }

    pub(super) async fn join_conversation(&mut self, id: ConversationId) -> Result<(), Refused> {
        for _ in 0..READ_AGAIN {
            let mark = self.handle.mark();
            let Some(joined) = self.questions.joined.ask((self.actor.user_id, id)).await?? else { return Ok(()) };
            match self.handle.join_conversation(id, &joined.topics, mark) {
                Ok(()) => return self.tell_joined(id).await,
                Err(NotJoined::ReadAgain) => {}
                Err(NotJoined::TooMany) => return Err(too_many()),
            }
        }
        Err(changed_all_the_time().into())
    }

    /// Sends how far the members are. Read after the subscription began, so that nothing falls between the two.
    async fn tell_joined(&mut self, id: ConversationId) -> Result<(), Refused> {
        let Some(joined) = self.questions.joined.ask((self.actor.user_id, id)).await?? else { return Ok(()) };
        let Joined { conversation, user_name, tells_typing, .. } = joined;
        let talk = self.talk.get_or_insert_with(Box::<Talk>::default);
        talk.user_name = user_name;
        talk.tells_typing.retain(|told| *told != id && self.handle.has_joined(*told));
        if tells_typing {
            talk.tells_typing.push(id);
        }
        self.handle.send(&ServerEvent::ConversationUpdate(ConversationUpdate { conversation, offset: 0 }));
        Ok(())
    }

    /// Only for a conversation that was joined: then the hub knows that the person takes part in it.
    pub(super) async fn tell_typing(&mut self, id: ConversationId, is_typing: bool) -> Result<(), Refused> {
        if !self.handle.has_joined(id) {
            let message = "Join the conversation before you say that somebody types in it.";
            return Err(Refused::Error(ApiError::on_field(ErrorCode::Forbidden, "conversation_id", message)));
        }
        let Some(talk) = self.talk.as_mut().filter(|talk| talk.tells_typing.contains(&id)) else { return Ok(()) };
        let name = talk.user_name.clone();
        let turn = talk.typed.fetch_add(1, Ordering::Relaxed) + 1;
        let before = std::mem::replace(&mut talk.types_in, is_typing.then_some(id));
        let typed = talk.typed.clone();
        // People type in one place at a time.
        if let Some(other) = before.filter(|before| *before != id) {
            self.domain.tell_typing(self.actor.user_id, name.clone(), other, false).await;
        }
        self.domain.tell_typing(self.actor.user_id, name.clone(), id, is_typing).await;
        if is_typing {
            self.end_typing_later(id, name, typed, turn);
        }
        Ok(())
    }

    /// Who leaves in the middle of a word says no more about it, and not every client counts the seconds itself.
    fn end_typing_later(&self, id: ConversationId, name: String, typed: Arc<AtomicU64>, turn: u64) {
        let (domain, user_id, stopping) = (self.domain.clone(), self.actor.user_id, self.tasks.stopping());
        self.tasks.spawn("end of typing", async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                () = sleep(Duration::from_millis(TYPING_EXPIRES_MS)) => {
                    if typed.load(Ordering::Relaxed) == turn {
                        domain.tell_typing(user_id, name, id, false).await;
                    }
                }
            }
        });
    }
}

fn too_many() -> Refused {
    let message =
        format!("One connection joins at most {JOINED_CONVERSATIONS_MAX} conversations. Leave some of them first.");
    Refused::Error(ApiError::on_field(ErrorCode::Invalid, "conversation_id", message))
}
