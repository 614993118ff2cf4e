//! Whether everyone has what is stored, and what is stored is what was said.

use std::collections::BTreeSet;

use hubbub::protocol::conversations::MessageView;

use super::world::World;

macro_rules! claim {
    ($holds:expr, $($what:tt)*) => {
        if !$holds {
            return Err(format!($($what)*));
        }
    };
}

impl World {
    /// Lets everything that is still under way arrive, and judges. Then once more after a restart, so that everyone
    /// depends on what is stored.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn settle_and_judge(&mut self) -> Result<(), String> {
        // Where frames were dropped, the last of a conversation may be missing until somebody says something more.
        if !self.lossy {
            if self.servers.count() > 1 {
                // One that died between storing and telling took that with it: the next entry tells.
                self.settle().await?;
                self.have_the_last_word();
            }
            self.settle().await?;
            self.judge_clients().await?;
            self.judge_presence()?;
        }
        self.crash_all();
        self.settle().await?;
        self.judge_store().await?;
        self.judge_clients().await
    }

    /// Everybody is connected now.
    fn judge_presence(&self) -> Result<(), String> {
        for at in 0..self.servers.count() {
            let (there, expected) = (self.servers.hub(at).people_at_all_nodes(), self.clients.len());
            claim!(there == expected, "server {at} sees {there} of {expected} people");
        }
        Ok(())
    }

    async fn judge_store(&self) -> Result<(), String> {
        let admin = self.actors[0];
        let mut texts = BTreeSet::new();
        for id in &self.talks {
            let conversation = self.truth.conversation(&admin, *id).await.map_err(|error| error.to_string())?;
            let thread = self.thread(0, *id).await?;
            let messages: Vec<&MessageView> = thread.iter().rev().filter(|message| message.note.is_none()).collect();
            let numbers: Vec<u64> = messages.iter().map(|message| message.number).collect();
            let gapless: Vec<u64> = (1..=conversation.conversation.last_number).collect();
            claim!(numbers == gapless, "the messages are numbered {numbers:?}");
            for message in messages {
                claim!(message.deleted || texts.insert(message.content.clone()), "{:?} stands twice", message.content);
                if let Some(expected) = self.expected.texts.get(&message.message_id) {
                    let text = (!message.deleted).then(|| message.content.clone());
                    claim!(*expected == text, "{expected:?} was made of a message, and {text:?} is stored");
                }
            }
        }
        for (client_id, id) in &self.expected.accepted {
            let sender = self.clients.iter().map(|client| client.actor);
            let mut stored = false;
            for actor in sender {
                stored |= self.truth.message(&actor, *id).await.is_ok();
            }
            claim!(stored, "{client_id} was acknowledged and is not stored");
        }
        Ok(())
    }

    async fn judge_clients(&self) -> Result<(), String> {
        for (who, client) in self.clients.iter().enumerate() {
            let me = client.actor.user_id;
            let stored = self.stored(&client.actor).await;
            for id in &self.talks {
                let of_this = stored.iter().find(|item| item.conversation.conversation_id == *id);
                let may = *id != self.group || !self.expected.outside.contains(&me);
                let member = who < 2 || *id == self.group;
                claim!(of_this.is_some() == (may && member), "{who} is in {id}: {}", of_this.is_some());
                let Some(item) = of_this else {
                    claim!(client.state.item(*id).is_none(), "{who} still has {id}");
                    continue;
                };
                let Some(seen) = client.state.item(*id) else { return Err(format!("{who} does not have {id}")) };
                let numbers = |item: &hubbub::protocol::conversations::ConversationItem| {
                    (item.conversation.seq, item.conversation.last_number, item.mine.read_number, item.unread_count)
                };
                claim!(numbers(seen) == numbers(item), "{who} has {:?} for {:?}", numbers(seen), numbers(item));
                let read = self.expected.read.get(&(*id, me)).copied().unwrap_or_default();
                claim!(item.mine.read_number == read, "{who} has read {read}, stored is {}", item.mine.read_number);
                let thread = self.thread(who, *id).await?;
                let from = self.expected.from.get(&me).copied().filter(|_| *id == self.group).unwrap_or_default();
                let loaded: Vec<&MessageView> = client.state.messages(*id).map(|message| &**message).collect();
                claim!(loaded.iter().all(|message| message.seq > from), "{who} sees what was said before they came");
                let expected: Vec<&MessageView> = thread.iter().rev().collect();
                claim!(loaded == expected, "{who} sees {loaded:#?} for {expected:#?}");
            }
        }
        Ok(())
    }

    /// A thread as it is stored, newest first.
    async fn thread(&self, who: usize, id: hubbub::protocol::ids::ConversationId) -> Result<Vec<MessageView>, String> {
        let page = self.truth.messages(&self.actors[who], id, None, Some(100)).await;
        page.map(|page| page.items).map_err(|error| error.to_string())
    }
}
