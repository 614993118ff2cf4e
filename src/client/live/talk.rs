//! What stands behind the signals of conversations: the fold, the outbox, receipts and typing, and the work they make.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use futures::{channel::mpsc::Sender, future::AbortHandle};
use leptos::prelude::*;

use super::{conversations::Doors, feed_list::Tail, set_if_new};
use crate::{
    client::{
        connection::{Answer, Errand},
        outbox::{self, Outbox, Shown, Unsent, storage::Wish},
        receipts::Receipts,
        state::conversations::{Changes, Conversations, Need, Position, Typist, Unread},
        typing::{self, Typing},
    },
    protocol::{
        commands::ClientCommand,
        conversations::{ConversationItem, MessageView, NewMessage, Standing},
        events::{ServerEvent, UnreadCount},
        ids::{AttachmentId, ConversationId, MessageId, UserId},
    },
};

/// A gap closes by itself when events came in another order than they were made; so long is waited, in milliseconds.
const GAP_MS: u64 = 300;
/// The pause before what was refused or lost is asked again, in milliseconds.
const AGAIN_MS: u64 = 1_000;
/// A draft is saved after so long without a key, in milliseconds.
const DRAFT_MS: u64 = 1_000;
/// Threads kept for going back to; the one that was opened first is forgotten first.
const KEPT_THREADS: usize = 8;

/// What is to be done outside.
pub(super) enum Work {
    /// Tell the connection.
    Send(ClientCommand, Option<Errand>),
    /// Upload what a message carries.
    Upload(UserId, Unsent),
    /// Throw away what was uploaded for nothing.
    Discard(AttachmentId),
    /// Fetch through a door.
    Fetch(Need),
    /// Save a draft through its door.
    SaveDraft(ConversationId, String),
    /// Come back at this time, which is so many milliseconds away.
    Tick { at_ms: u64, wait_ms: u64 },
}

/// The signals of one conversation.
#[derive(Clone, Default)]
pub(super) struct Signals {
    pub(super) item: ArcRwSignal<Option<Arc<ConversationItem>>>,
    pub(super) gone: ArcRwSignal<bool>,
    pub(super) positions: ArcRwSignal<Arc<BTreeMap<UserId, Position>>>,
    pub(super) reach: ArcRwSignal<Position>,
    pub(super) messages: ArcRwSignal<Vec<MessageId>>,
    pub(super) tail: ArcRwSignal<Tail>,
    pub(super) typists: ArcRwSignal<Vec<Typist>>,
    pub(super) unsent: ArcRwSignal<Vec<Shown>>,
}

/// The signals of the lists.
#[derive(Clone, Default)]
pub(super) struct ListSignals {
    pub(super) inbox: ArcRwSignal<Vec<ConversationId>>,
    pub(super) requests: ArcRwSignal<Vec<ConversationId>>,
    pub(super) unread: ArcRwSignal<Unread>,
    pub(super) tail: ArcRwSignal<Tail>,
}

/// All of it. It is still until [`Talk::start`], which only happens in a browser.
#[derive(Default)]
pub(super) struct Talk {
    pub(super) state: Conversations,
    pub(super) lists: ListSignals,
    pub(super) doors: Option<Doors>,
    outbox: Outbox,
    receipts: Receipts,
    typing: BTreeMap<ConversationId, Typing>,
    drafts: BTreeMap<ConversationId, (String, u64)>,
    signals: BTreeMap<ConversationId, Signals>,
    rows: BTreeMap<MessageId, (ConversationId, ArcRwSignal<Arc<MessageView>>)>,
    // In the order in which they were opened.
    opened: Vec<ConversationId>,
    // Whose messages are kept and sent.
    sender: Option<UserId>,
    clock: Option<fn() -> u64>,
    storage: Option<Sender<Wish>>,
    // By the client ids of their messages.
    pub(super) uploads: BTreeMap<String, AbortHandle>,
    online: bool,
    syncing: bool,
    sync_due_ms: Option<u64>,
    tick_ms: Option<u64>,
    pub(super) fetching: Vec<Need>,
    work: Vec<Work>,
}

impl Talk {
    /// The time, once there is any.
    pub(super) fn now_ms(&self) -> u64 {
        self.clock.map_or(0, |clock| clock())
    }

    /// Begins to keep and send somebody's messages; whether it is the first time. `None` when they are kept already.
    pub(super) fn start(&mut self, me: UserId, clock: fn() -> u64, storage: Sender<Wish>) -> Option<bool> {
        if self.sender == Some(me) {
            return None;
        }
        self.state.set_me(me);
        // What the outbox of a fresh tab knows is what the page was rendered with: those messages are stored.
        if self.sender.replace(me).is_some() {
            self.outbox = Outbox::default();
            self.receipts = Receipts::default();
            self.drafts.clear();
            for upload in std::mem::take(&mut self.uploads).into_values() {
                upload.abort();
            }
        }
        let is_first = self.clock.replace(clock).is_none();
        self.storage = Some(storage);
        self.wish(Wish::Read { opened: true });
        Some(is_first)
    }

    /// Whose messages are kept and sent.
    pub(super) const fn sender(&self) -> Option<UserId> {
        self.sender
    }

    pub(super) fn take_work(&mut self) -> Vec<Work> {
        std::mem::take(&mut self.work)
    }

    // --------------------------------------------------------------------------------------------------- connection

    /// Takes what is unread; nothing else follows from it.
    pub(super) fn seed_counts(&mut self, counts: &UnreadCount) {
        self.state.seed_counts(counts);
        self.publish_lists();
    }

    pub(super) fn fold(&mut self, event: &ServerEvent) {
        let changes = self.state.fold(event, self.now_ms());
        self.publish(&changes);
    }

    /// Connected, and what was missed has come.
    pub(super) fn begin(&mut self) {
        self.online = true;
        self.run_outbox(outbox::Input::Online);
        // What came with the page was received too.
        for id in self.state.inbox() {
            self.note_received(id);
        }
        self.wish(Wish::Read { opened: false });
        if self.state.unread() != Unread::default() {
            // Another device may have read meanwhile. Where nothing is unread it cannot have, and nobody need ask.
            self.work.push(Work::Send(ClientCommand::GetUnreadCount, None));
        }
    }

    pub(super) fn end(&mut self) {
        self.online = false;
        self.syncing = false;
        self.run_outbox(outbox::Input::Offline);
    }

    pub(super) fn reload(&mut self) {
        let changes = self.state.reload();
        self.publish(&changes);
    }

    pub(super) fn take_answer(&mut self, errand: Errand, answer: Answer) {
        match (errand, answer) {
            (Errand::Message(id), Answer::Done) => self.run_outbox(outbox::Input::Stored(id)),
            (Errand::Message(id), Answer::Refused(error)) => self.run_outbox(outbox::Input::Refused(id, error)),
            (Errand::Message(id), Answer::Lost) => self.run_outbox(outbox::Input::Lost(id)),
            (Errand::Sync(asked), answer) => {
                self.syncing = false;
                if answer == Answer::Done {
                    self.state.end_sync(&asked);
                    // Only now is it known that nothing is missing below them.
                    for at in &asked {
                        self.note_received(at.conversation_id);
                    }
                } else {
                    self.sync_due_ms = Some(self.now_ms().saturating_add(AGAIN_MS));
                }
            }
            (errand @ Errand::Receipt { .. }, answer) => self.receipts.answer(&errand, &answer),
        }
    }

    // ------------------------------------------------------------------------------------------------------- outbox

    /// Whether the outbox took a new message; false: there are too many.
    pub(super) fn compose(&mut self, message: Unsent) -> bool {
        let takes = !self.outbox.is_full();
        if takes {
            self.run_outbox(outbox::Input::Compose(message));
        }
        takes
    }

    pub(super) fn run_outbox(&mut self, input: outbox::Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for effect in self.outbox.step(input, self.now_ms()) {
                match effect {
                    outbox::Effect::Keep(message) => {
                        let id = message.client_id.clone();
                        if !self.wish(Wish::Keep(message)) {
                            inputs.push_back(outbox::Input::Kept(id, false));
                        }
                    }
                    outbox::Effect::Forget(id) => drop(self.wish(Wish::Forget(id))),
                    outbox::Effect::Send(message) => self.work.push(sending(message)),
                    outbox::Effect::Upload(message) => {
                        self.work.extend(self.sender.map(|me| Work::Upload(me, message)));
                    }
                    outbox::Effect::AbortUpload(id) => drop(self.uploads.remove(&id).map(|upload| upload.abort())),
                    outbox::Effect::Discard(id) => self.work.push(Work::Discard(id)),
                    // Asked before.
                    outbox::Effect::Full(_) => {}
                    outbox::Effect::Changed(id) => self.publish_unsent(id),
                }
            }
        }
    }

    /// Asks the storage; whether there is one.
    pub(super) fn wish(&mut self, wish: Wish) -> bool {
        self.storage.as_mut().is_some_and(|storage| storage.try_send(wish).is_ok())
    }

    // ------------------------------------------------------------------------------------------------------ signals

    /// Brings every signal that a fold may have touched in line, and takes note of what follows from it.
    pub(super) fn publish(&mut self, changes: &Changes) {
        for id in &changes.stored {
            self.run_outbox(outbox::Input::Arrived(id.clone()));
        }
        for id in &changes.items {
            match self.state.item(*id) {
                Some(_) => {
                    self.note_received(*id);
                    // Its page was open while the reader was not in it.
                    if self.opened.contains(id) {
                        self.state.open_thread(*id);
                    }
                }
                None => self.receipts.forget(*id),
            }
        }
        let touched = changes.items.iter().chain(&changes.positions).chain(&changes.threads).chain(&changes.typing);
        for id in touched {
            if let Some(signals) = self.signals.get(id) {
                self.publish_conversation(*id, signals);
            }
        }
        for id in &changes.messages {
            if let Some((at, row)) = self.rows.get(id)
                && let Some(message) = self.state.message(*at, *id)
            {
                set_if_new(row, Arc::clone(message));
            }
        }
        if changes.inbox {
            self.publish_lists();
        }
    }

    fn publish_conversation(&self, id: ConversationId, signals: &Signals) {
        set_if_new(&signals.item, self.state.item(id).cloned());
        set_if_new(&signals.gone, self.state.is_gone(id));
        let positions = self.state.positions(id).cloned().unwrap_or_default();
        set_if_new(&signals.positions, Arc::new(positions));
        set_if_new(&signals.reach, self.state.reach(id));
        set_if_new(&signals.messages, self.state.messages(id).map(|message| message.message_id).collect());
        set_if_new(&signals.typists, self.state.typists(id).to_vec());
        let ended = self.state.thread(id).is_some_and(|thread| thread.is_seeded() && thread.next().is_none());
        end_tail(&signals.tail, ended);
    }

    fn publish_unsent(&self, id: ConversationId) {
        if let Some(signals) = self.signals.get(&id) {
            set_if_new(&signals.unsent, self.outbox.shown(id));
        }
    }

    fn publish_lists(&self) {
        set_if_new(&self.lists.inbox, self.state.inbox());
        set_if_new(&self.lists.requests, self.state.requests());
        set_if_new(&self.lists.unread, self.state.unread());
        end_tail(&self.lists.tail, self.state.is_inbox_seeded() && self.state.inbox_next().is_none());
    }

    /// The signals of a conversation, made when they are first asked for.
    pub(super) fn signals(&mut self, id: ConversationId) -> Signals {
        if let Some(signals) = self.signals.get(&id) {
            return signals.clone();
        }
        let signals = Signals::default();
        self.publish_conversation(id, &signals);
        signals.unsent.set(self.outbox.shown(id));
        self.signals.insert(id, signals.clone());
        signals
    }

    /// The signal of one message that is held.
    pub(super) fn row(&mut self, at: ConversationId, id: MessageId) -> Option<ArcRwSignal<Arc<MessageView>>> {
        if let Some((_, row)) = self.rows.get(&id) {
            return Some(row.clone());
        }
        let row = ArcRwSignal::new(Arc::clone(self.state.message(at, id)?));
        self.rows.insert(id, (at, row.clone()));
        Some(row)
    }

    // ------------------------------------------------------------------------------------------------------ threads

    /// Whether the reader was asked to take part and has not answered.
    pub(super) fn is_request(&self, id: ConversationId) -> bool {
        self.state.item(id).is_some_and(|item| item.mine.standing == Standing::Requested)
    }

    pub(super) fn open(&mut self, id: ConversationId) {
        self.state.open_thread(id);
        self.opened.retain(|opened| *opened != id);
        self.opened.push(id);
    }

    /// Forgets threads that were opened long ago and are not held by a page.
    pub(super) fn forget_threads(&mut self, is_held: impl Fn(ConversationId) -> bool) {
        while self.opened.len() > KEPT_THREADS {
            let Some(place) = self.opened.iter().position(|id| !is_held(*id)) else { return };
            let id = self.opened.remove(place);
            self.state.close_thread(id);
            self.rows.retain(|_, (at, _)| *at != id);
            if let Some(signals) = self.signals.get(&id) {
                self.publish_conversation(id, signals);
            }
        }
    }

    fn note_received(&mut self, id: ConversationId) {
        if self.clock.is_some()
            && let Some((message_id, number)) = self.state.to_receive(id)
        {
            self.receipts.want(id, false, message_id, number);
        }
    }

    /// The reader saw a message in a focused window.
    pub(super) fn read_up_to(&mut self, id: ConversationId, message_id: MessageId) {
        let takes_part = self.state.item(id).is_some_and(|item| item.mine.standing == Standing::Active);
        let Some(number) = self.state.message(id, message_id).map(|message| message.number) else { return };
        // Strangers are not told that they were read before they are accepted.
        if takes_part && self.state.read_up_to(id, number) {
            self.receipts.want(id, true, message_id, number);
            let items = [id].into();
            self.publish(&Changes { items, inbox: true, ..Changes::default() });
        }
    }

    /// A key, the end of typing, or time.
    pub(super) fn type_in(&mut self, id: ConversationId, input: typing::Input) {
        let now_ms = self.now_ms();
        let Some(item) = self.state.item(id) else { return };
        let members = item.conversation.members.len();
        // Strangers are told nothing before they are accepted.
        let takes_part = item.mine.standing == Standing::Active;
        let input = if takes_part { input } else { typing::Input::Ended };
        if let Some(is_typing) = self.typing.entry(id).or_default().step(input, now_ms, members) {
            self.work.push(Work::Send(ClientCommand::Typing { conversation_id: id, is_typing }, None));
        }
    }

    /// The text of the composer changed; saved a second after the last key.
    pub(super) fn draft(&mut self, id: ConversationId, text: String) {
        let due_ms = self.now_ms().saturating_add(DRAFT_MS);
        self.drafts.insert(id, (text, due_ms));
    }

    fn save_drafts(&mut self, now_ms: u64) {
        let due = self.drafts.extract_if(.., |_, (_, due_ms)| *due_ms <= now_ms);
        for (id, (text, _)) in due {
            let known = self.state.item(id).map(|item| item.mine.draft.as_str());
            if known.is_some_and(|known| known != text) {
                self.work.push(Work::SaveDraft(id, text));
            }
        }
    }

    // --------------------------------------------------------------------------------------------------------- time

    /// Time passed.
    pub(super) fn tick(&mut self, at_ms: u64) {
        if self.tick_ms == Some(at_ms) {
            self.tick_ms = None;
        }
        let now_ms = self.now_ms();
        let changes = self.state.expire(now_ms);
        self.publish(&changes);
        self.run_outbox(outbox::Input::Tick);
        let composers: Vec<ConversationId> = self.typing.keys().copied().collect();
        for id in composers {
            self.type_in(id, typing::Input::Tick);
        }
    }

    /// Adds what is due, and when to come back. Call it after every change.
    pub(super) fn plan(&mut self) {
        let Some(clock) = self.clock else { return };
        let now_ms = clock();
        self.save_drafts(now_ms);
        if self.online {
            self.plan_sync(now_ms);
            for errand in self.receipts.take_due(now_ms) {
                self.work.push(receipt(errand));
            }
        }
        if self.doors.is_some() {
            let needs = self.state.needs();
            for need in needs.into_iter().filter(|need| !self.fetching.contains(need)).collect::<Vec<_>>() {
                self.fetching.push(need);
                self.work.push(Work::Fetch(need));
            }
        }
        self.plan_tick(now_ms);
    }

    fn plan_sync(&mut self, now_ms: u64) {
        if self.syncing {
            return;
        }
        let gaps = self.state.gaps();
        if gaps.is_empty() {
            self.sync_due_ms = None;
            return;
        }
        let due_ms = *self.sync_due_ms.get_or_insert(now_ms.saturating_add(GAP_MS));
        if due_ms <= now_ms {
            self.sync_due_ms = None;
            self.syncing = true;
            let command = ClientCommand::SyncConversations { conversations: gaps.clone() };
            self.work.push(Work::Send(command, Some(Errand::Sync(gaps))));
        }
    }

    fn plan_tick(&mut self, now_ms: u64) {
        let live = [self.sync_due_ms, self.receipts.due_ms(), self.outbox.due_ms(now_ms)];
        let live = live.into_iter().flatten().filter(|_| self.online);
        let typing = self.typing.values().filter_map(|typing| typing.due_ms());
        let drafts = self.drafts.values().map(|(_, due_ms)| *due_ms);
        let due = live.chain(typing).chain(drafts).chain(self.state.next_expiry_ms()).min();
        // One that runs already comes first.
        let Some(at_ms) = due.filter(|due| self.tick_ms.is_none_or(|tick| *due < tick)) else { return };
        self.tick_ms = Some(at_ms);
        self.work.push(Work::Tick { at_ms, wait_ms: at_ms.saturating_sub(now_ms) });
    }
}

fn sending(message: Unsent) -> Work {
    let Unsent { client_id, conversation_id, content, reply_to, carries, .. } = message;
    let attachment = carries.and_then(|carries| carries.uploaded);
    let new = NewMessage { content, attachment, client_id: Some(client_id.clone()), reply_to };
    Work::Send(ClientCommand::SendMessage { conversation_id, message: new }, Some(Errand::Message(client_id)))
}

fn receipt(errand: Errand) -> Work {
    let command = match &errand {
        Errand::Receipt { conversation_id, message_id, read: true, .. } => {
            ClientCommand::ReadMessage { conversation_id: *conversation_id, message_id: *message_id }
        }
        Errand::Receipt { conversation_id, message_id, .. } => {
            ClientCommand::ReceiveMessage { conversation_id: *conversation_id, message_id: *message_id }
        }
        Errand::Message(_) | Errand::Sync(_) => ClientCommand::GetUnreadCount,
    };
    Work::Send(command, Some(errand))
}

/// The end of a list shows by itself; what is loading or failed is left alone.
fn end_tail(tail: &ArcRwSignal<Tail>, ended: bool) {
    if ended {
        set_if_new(tail, Tail::End);
    } else if tail.get_untracked() == Tail::End {
        tail.set(Tail::More);
    }
}

#[cfg(test)]
mod tests;
