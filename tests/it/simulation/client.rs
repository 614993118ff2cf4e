//! A device: the browser's own state and outbox, and the ends of a made-up network.

use std::collections::{BTreeMap, VecDeque};

use hubbub::{
    client::{
        connection::{Answer, Errand},
        outbox::{Effect, Input, Outbox, Sending, Shown, Unsent},
        receipts::Receipts,
        state::conversations::{Conversations, Need},
    },
    protocol::{
        commands::ClientCommand,
        conversations::{HeldConversation, NewMessage},
        events::{Ack, ServerEvent},
        ids::ConversationId,
    },
    server::{
        domain::{Actor, Domain},
        realtime::{hub::ConnectionHandle, queue::Next},
    },
};
use rand::{Rng, rngs::StdRng};

/// What an answer is waited for.
enum Asked {
    Send(String),
    Resume(Vec<HeldConversation>),
    Sync(Vec<HeldConversation>),
    Receipt(Errand),
}

pub struct Client {
    pub actor: Actor,
    pub state: Conversations,
    pub outbox: Outbox,
    receipts: Receipts,
    /// What survives when the tab is closed.
    storage: BTreeMap<String, Unsent>,
    pub handle: Option<ConnectionHandle>,
    pub up: VecDeque<(String, ClientCommand)>,
    down: VecDeque<ServerEvent>,
    asked: BTreeMap<String, Asked>,
    /// The place in the event log up to which everything came, in an earlier run perhaps.
    mark: Option<(String, u64)>,
    /// The newest place that this connection has heard of.
    line: Option<(String, u64)>,
    live: bool,
    now_ms: u64,
    references: u64,
}

impl Client {
    pub fn new(actor: Actor, talks: &[ConversationId]) -> Self {
        let mut client = Self {
            actor,
            state: Conversations::default(),
            outbox: Outbox::default(),
            receipts: Receipts::default(),
            storage: BTreeMap::new(),
            handle: None,
            up: VecDeque::new(),
            down: VecDeque::new(),
            asked: BTreeMap::new(),
            mark: None,
            line: None,
            live: false,
            now_ms: 1,
            references: 0,
        };
        client.open(talks);
        client
    }

    fn open(&mut self, talks: &[ConversationId]) {
        self.state = Conversations::default();
        self.state.set_me(self.actor.user_id);
        for id in talks {
            self.state.open_thread(*id);
        }
        self.mark = None;
        self.receipts = Receipts::default();
        self.outbox = Outbox::default();
        let messages = self.storage.values().cloned().collect();
        self.step(Input::Found { messages, opened: true });
    }

    /// The tab is closed, or crashes, and is opened again.
    pub fn reopen(&mut self, talks: &[ConversationId]) {
        self.cut();
        self.open(talks);
    }

    /// The connection breaks: what was on its way is lost.
    pub fn cut(&mut self) {
        self.handle = None;
        self.live = false;
        self.line = None;
        self.up.clear();
        self.down.clear();
        for asked in std::mem::take(&mut self.asked).into_values() {
            self.lose(asked);
        }
        self.step(Input::Offline);
    }

    /// Looks at a conversation again that was gone for a while.
    pub fn look_again(&mut self, talks: &[ConversationId]) {
        for id in talks {
            if self.state.item(*id).is_some() && self.state.thread(*id).is_none() {
                self.state.open_thread(*id);
            }
        }
    }

    pub fn write(&mut self, conversation_id: ConversationId, client_id: String, content: String) {
        let message =
            Unsent { client_id, conversation_id, content, reply_to: None, carries: None, order: 0, failure: None };
        self.step(Input::Compose(message));
    }

    /// Everything that is loaded was seen.
    pub fn read(&mut self, id: ConversationId) {
        let Some(last) = self.state.messages(id).next_back().map(|last| (last.message_id, last.number)) else { return };
        if self.state.read_up_to(id, last.1) {
            self.receipts.want(id, true, last.0, last.1);
        }
    }

    /// Nothing was answered in time.
    pub fn answers_are_late(&mut self) {
        let late: Vec<Asked> = std::mem::take(&mut self.asked).into_values().collect();
        // A connection that does not say what was missed is given up.
        let gives_up = late.iter().any(|asked| matches!(asked, Asked::Resume(_) | Asked::Sync(_)));
        late.into_iter().for_each(|asked| self.lose(asked));
        if gives_up {
            self.cut();
        }
    }

    fn lose(&mut self, asked: Asked) {
        match asked {
            Asked::Send(id) => self.step(Input::Lost(id)),
            Asked::Receipt(errand) => self.receipts.answer(&errand, &Answer::Lost),
            Asked::Resume(_) | Asked::Sync(_) => {}
        }
    }

    /// Says how far the reader is, if there is something new.
    fn tell_receipts(&mut self) {
        self.now_ms += 1_000;
        for errand in if self.live { self.receipts.take_due(self.now_ms) } else { Vec::new() } {
            if let Errand::Receipt { conversation_id, message_id, .. } = errand {
                self.ask(ClientCommand::ReadMessage { conversation_id, message_id }, Asked::Receipt(errand));
            }
        }
    }

    fn step(&mut self, input: Input) {
        self.now_ms += 1;
        for effect in self.outbox.step(input, self.now_ms) {
            match effect {
                Effect::Keep(message) => {
                    let id = message.client_id.clone();
                    self.storage.insert(id.clone(), message);
                    self.step(Input::Kept(id, true));
                }
                Effect::Forget(id) => drop(self.storage.remove(&id)),
                Effect::Send(message) if self.live => {
                    let Unsent { client_id, conversation_id, content, reply_to, .. } = message;
                    let form = NewMessage { content, client_id: Some(client_id.clone()), reply_to, attachment: None };
                    let command = ClientCommand::SendMessage { conversation_id, message: form };
                    self.ask(command, Asked::Send(client_id));
                }
                Effect::Send(_) | Effect::Full(_) => panic!("sent while offline, or too much"),
                Effect::Upload(_) | Effect::AbortUpload(_) | Effect::Discard(_) => panic!("nothing is carried here"),
                Effect::Changed(_) => {}
            }
        }
    }

    fn ask(&mut self, command: ClientCommand, asked: Asked) {
        self.references += 1;
        let reference = self.references.to_string();
        self.asked.insert(reference.clone(), asked);
        self.up.push_back((reference, command));
    }

    fn collect(&mut self) {
        let Some(handle) = &self.handle else { return };
        loop {
            match handle.next() {
                Next::Frame(frame) => self.down.push_back(serde_json::from_slice(&frame).unwrap()),
                // Only connections of other dialects are offered what they did not ask for.
                Next::Unasked(..) | Next::Nothing => return,
                Next::Close(_) => return self.cut(),
            }
        }
    }

    /// Takes what the server sent: all of it, in order; or some of it, with mishaps.
    pub fn carry_down(&mut self, rng: &mut StdRng, lossy: bool) {
        self.collect();
        if lossy && self.live && self.down.len() > 1 && rng.random_bool(0.2) {
            self.down.swap(0, 1);
        }
        let carried = if lossy { rng.random_range(0..=self.down.len()) } else { self.down.len() };
        for _ in 0..carried {
            let Some(event) = self.down.pop_front() else { break };
            // Entries of the log may be lost, which is noticed; the answers to commands are only late.
            if lossy && event.offset().is_some() && rng.random_bool(0.05) {
                continue;
            }
            if lossy && rng.random_bool(0.05) {
                self.take(event.clone());
            }
            self.take(event);
        }
        self.close_gaps();
    }

    fn close_gaps(&mut self) {
        let gaps = self.state.gaps();
        let asks = self.asked.values().any(|asked| matches!(asked, Asked::Sync(_) | Asked::Resume(_)));
        if self.live && !gaps.is_empty() && !asks {
            self.ask(ClientCommand::SyncConversations { conversations: gaps.clone() }, Asked::Sync(gaps));
        }
    }

    fn take(&mut self, event: ServerEvent) {
        if let Some(newest) = &mut self.line {
            newest.1 = newest.1.max(event.offset().unwrap_or_default());
            self.keep_mark();
        }
        match &event {
            ServerEvent::Connected(connected) if !self.live => {
                self.live = true;
                self.line = Some((connected.epoch.clone(), connected.offset));
                match self.mark.clone() {
                    Some((epoch, offset)) => {
                        let conversations = self.state.held();
                        let resume = ClientCommand::Resume { epoch, offset, conversations: conversations.clone() };
                        self.ask(resume, Asked::Resume(conversations));
                    }
                    None => {
                        self.state.doubt();
                        self.keep_mark();
                    }
                }
                self.step(Input::Online);
            }
            ServerEvent::Ack(ack) => self.take_ack(ack),
            ServerEvent::Error(error) => {
                let reference = error.reference.clone().unwrap_or_default();
                match self.asked.remove(&reference) {
                    Some(Asked::Send(id)) => self.step(Input::Refused(id, error.error.clone())),
                    Some(Asked::Receipt(errand)) => {
                        self.receipts.answer(&errand, &Answer::Refused(error.error.clone()));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        let changes = self.state.fold(&event, self.now_ms);
        for id in changes.stored {
            self.step(Input::Arrived(id));
        }
    }

    /// While what was missed is still coming, the place to come back to stays where it was.
    fn keep_mark(&mut self) {
        if !self.asked.values().any(|asked| matches!(asked, Asked::Resume(_))) {
            self.mark.clone_from(&self.line);
        }
    }

    fn take_ack(&mut self, ack: &Ack) {
        match self.asked.remove(&ack.reference) {
            Some(Asked::Send(id)) => self.step(Input::Stored(id)),
            Some(Asked::Resume(held)) => {
                if ack.result.resumed == Some(false) {
                    drop(self.state.reload());
                    self.state.end_sync(&held);
                }
                self.keep_mark();
            }
            Some(Asked::Sync(held)) => self.state.end_sync(&held),
            Some(Asked::Receipt(errand)) => self.receipts.answer(&errand, &Answer::Done),
            None => {}
        }
    }

    /// Fetches what the state needs, as the page does over HTTP.
    pub async fn fetch(&mut self, domain: &Domain, fails: bool) {
        if !self.live {
            return;
        }
        // What the server renders when the page is opened.
        let first = (!self.state.is_inbox_seeded()).then_some(Need::Inbox);
        for need in self.state.needs().into_iter().chain(first) {
            let changes = match need {
                Need::Inbox => {
                    self.state.begin_inbox();
                    let of = hubbub::protocol::conversations::ConversationBox::Inbox;
                    match domain.conversations(&self.actor, of, "", None, None).await {
                        Ok(page) if !fails => Some(self.state.seed_inbox(&page)),
                        _ => None,
                    }
                }
                Need::Item(id) => {
                    self.state.begin_item(id);
                    let answer = domain.conversation(&self.actor, id).await.ok();
                    (!fails).then(|| self.state.answer_item(id, answer.as_ref()))
                }
                Need::Newest(id) => {
                    let asked = self.state.begin_page(id, true);
                    match domain.messages(&self.actor, id, None, Some(100)).await {
                        Ok(page) if !fails => Some(self.state.seed_thread(id, asked, &page)),
                        _ => None,
                    }
                }
            };
            match changes {
                Some(changes) => changes.stored.into_iter().for_each(|id| self.step(Input::Arrived(id))),
                None => self.state.fail(need),
            }
        }
        self.step(Input::Tick);
        self.tell_receipts();
        self.close_gaps();
    }

    /// What is on its way, or missing, if anything is.
    pub fn unrest(&mut self, talks: &[ConversationId]) -> Option<String> {
        self.collect();
        let under_way = |shown: &Shown| matches!(shown.sending, Sending::Waiting | Sending::Sending);
        let unsent: Vec<Shown> = talks.iter().flat_map(|id| self.outbox.shown(*id)).filter(under_way).collect();
        let (needs, gaps) = (self.state.needs(), self.state.gaps());
        let tells = self.receipts.due_ms().is_some();
        let carries = !(self.live && self.up.is_empty() && self.down.is_empty());
        let rests = !(carries || tells) && unsent.is_empty() && needs.is_empty() && gaps.is_empty();
        (!rests).then(|| {
            let held = self.state.held();
            format!(
                "carries {carries}, tells {tells}, needs {needs:?}, gaps {gaps:?}, held {held:?}, unsent {unsent:?}"
            )
        })
    }
}
