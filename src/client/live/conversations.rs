//! Conversations as pages see them: the inbox, threads, who types, what is unread and what is not sent yet.

use std::{collections::BTreeMap, fmt::Display, future::Future, sync::Arc};

use futures::{FutureExt, channel::mpsc, future::LocalBoxFuture};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::{
    Core, Holder, Live,
    feed_list::Tail,
    talk::{Signals, Talk, Work},
};
use crate::{
    client::{
        connection::{Answer, Errand, Input},
        outbox::{
            self, Shown, Unsent,
            carried::{self, Carried},
            storage,
        },
        socket,
        state::conversations::{Changes, Need, Position, Typist, Unread},
        typing,
    },
    protocol::{
        conversations::{ConversationItem, HeldConversation, MessageView},
        events::{LogMark, UnreadCount},
        ids::{ConversationId, MessageId, UserId},
        views::Page,
    },
};

/// What waits for the storage; more than a person can press.
const STORAGE_QUEUE: usize = 512;
/// What is missing may be on its way: so long is waited before it is fetched, in milliseconds.
const PATIENCE_MS: u32 = 300;
/// The pause after an answer or a failure before the same thing is asked again, in milliseconds.
const PAUSE_MS: u32 = 500;
/// See [`PAUSE_MS`].
const FAILURE_PAUSE_MS: u32 = 3_000;
/// Pages of the inbox that are read again at most.
const INBOX_PAGES_MAX: usize = 5;

/// A way to the server that the app gives; used in the browser only.
pub type Door<A, T> = Arc<dyn Fn(A) -> LocalBoxFuture<'static, Result<T, String>> + Send + Sync>;

/// Makes a door of a function.
pub fn door<A, T, E, F>(ask: impl Fn(A) -> F + Send + Sync + 'static) -> Door<A, T>
where
    E: Display,
    F: Future<Output = Result<T, E>> + 'static,
    T: 'static,
{
    Arc::new(move |asked| ask(asked).map(|answer| answer.map_err(|error| error.to_string())).boxed_local())
}

/// How conversations are fetched and saved.
#[derive(Clone)]
pub struct Doors {
    /// One conversation; `None` when there is none for this reader.
    pub item: Door<ConversationId, Option<ConversationItem>>,
    /// The page of the inbox before a cursor, or the newest.
    pub inbox: Door<Option<String>, Page<ConversationItem>>,
    /// The page of a thread before a cursor, or the newest; newest message first.
    pub messages: Door<(ConversationId, Option<String>), Page<MessageView>>,
    /// Saves a draft.
    pub draft: Door<(ConversationId, String), ()>,
}

/// All conversations of the reader, live.
#[derive(Clone, Copy)]
pub struct LiveConversations {
    live: Live,
}

/// One conversation, live.
#[derive(Clone, Copy)]
pub struct LiveConversation {
    /// Which.
    pub id: ConversationId,
    item: Signal<Option<Arc<ConversationItem>>>,
    gone: Signal<bool>,
    positions: Signal<Arc<BTreeMap<UserId, Position>>>,
    reach: Signal<Position>,
    typists: Signal<Vec<Typist>>,
    unsent: Signal<Vec<Shown>>,
}

/// An open thread: told who types and who reads while the component that opened it lives.
#[derive(Clone, Copy)]
pub struct LiveThread {
    /// The conversation.
    pub conversation: LiveConversation,
    live: Live,
    messages: Signal<Vec<MessageId>>,
    tail: Signal<Tail>,
}

impl Live {
    /// The conversations of the signed-in person.
    #[must_use]
    pub fn conversations(self, me: UserId) -> LiveConversations {
        self.with_core(|core| core.talk.state.set_me(me));
        LiveConversations { live: self }
    }

    /// Changes conversations, then does what follows from it.
    pub(super) fn talk<T>(self, change: impl FnOnce(&mut Talk) -> T) -> Option<T> {
        let changed = self.core.try_update_value(|core| {
            let outcome = change(&mut core.talk);
            core.talk.plan();
            outcome
        });
        self.do_work();
        changed
    }

    fn fold_talk(self, change: impl FnOnce(&mut Talk) -> Changes) {
        self.talk(|talk| {
            let changes = change(talk);
            talk.publish(&changes);
        });
    }

    /// Does what conversations want done. Nothing before the connection's task runs, and so nothing on the server.
    pub(in crate::client) fn do_work(self) {
        let take = |core: &mut Core| {
            let work = core.talk.take_work();
            if core.mailbox.is_some() { work } else { Vec::new() }
        };
        let work = self.core.try_update_value(take).unwrap_or_default();
        for work in work {
            match work {
                Work::Send(command, errand) => {
                    let lost = errand.clone();
                    if !self.tell(Input::Command(command, errand))
                        && let Some(errand) = lost
                    {
                        self.take_answer(errand, Answer::Lost);
                    }
                }
                Work::Upload(me, message) => self.begin_upload(me, message),
                Work::Discard(id) => self.discard_upload(id),
                Work::Fetch(need) => spawn_local(self.fetch_for_talk(need)),
                Work::SaveDraft(id, text) => self.save_draft(id, text),
                Work::Tick { at_ms, wait_ms } => spawn_local(async move {
                    TimeoutFuture::new(u32::try_from(wait_ms).unwrap_or(u32::MAX)).await;
                    self.talk(|talk| talk.tick(at_ms));
                }),
            }
        }
    }

    /// Begins to keep and send the messages of a person who signed in.
    pub(super) fn start_talk(self, me: UserId) {
        let (sender, wishes) = mpsc::channel(STORAGE_QUEUE);
        let Some(Some(is_first)) = self.talk(|talk| talk.start(me, socket::now_ms, sender)) else { return };
        let tell = move |input| {
            self.talk(|talk| talk.run_outbox(input));
        };
        spawn_local(storage::serve(me, wishes, tell));
        if is_first {
            storage::listen(move || {
                self.talk(|talk| talk.wish(storage::Wish::Read { opened: false }));
            });
        }
    }

    /// Nobody compared what is held of conversations with what there is.
    pub(in crate::client) fn compare_conversations(self) {
        self.talk(|talk| talk.state.doubt());
    }

    /// The end of an errand.
    pub(in crate::client) fn take_answer(self, errand: Errand, answer: Answer) {
        self.talk(|talk| talk.take_answer(errand, answer));
    }

    /// Connected, and what was missed has come.
    pub(in crate::client) fn begin_talk(self) {
        self.talk(Talk::begin);
        self.begin_bell();
    }

    /// What is held of conversations, for `resume`.
    pub(in crate::client) fn held_conversations(self) -> Vec<HeldConversation> {
        self.core.try_with_value(|core| core.talk.state.held()).unwrap_or_default()
    }

    fn doors(self) -> Option<Doors> {
        self.core.try_with_value(|core| core.talk.doors.clone()).flatten()
    }

    fn save_draft(self, id: ConversationId, text: String) {
        if let Some(doors) = self.doors() {
            spawn_local(async move {
                // The browser keeps the text too; another device sees it after the next key.
                let _lost = (doors.draft)((id, text)).await;
            });
        }
    }

    async fn fetch_for_talk(self, need: Need) {
        TimeoutFuture::new(PATIENCE_MS).await;
        let is_needed = self.core.try_with_value(|core| core.talk.state.needs().contains(&need)).unwrap_or(false);
        let mut pause_ms = PAUSE_MS;
        if is_needed && self.fetch_need(need).await.is_none() {
            pause_ms = FAILURE_PAUSE_MS;
            self.talk(|talk| talk.state.fail(need));
        }
        if is_needed {
            TimeoutFuture::new(pause_ms).await;
        }
        self.talk(|talk| talk.fetching.retain(|fetching| *fetching != need));
    }

    async fn fetch_need(self, need: Need) -> Option<()> {
        let doors = self.doors()?;
        match need {
            Need::Inbox => {
                self.talk(|talk| talk.state.begin_inbox());
                let page = self.fetch_inbox(&doors).await?;
                self.fold_talk(|talk| talk.state.seed_inbox(&page));
            }
            Need::Item(id) => {
                self.talk(|talk| talk.state.begin_item(id));
                let item = (doors.item)(id).await.ok()?;
                self.fold_talk(|talk| talk.state.answer_item(id, item.as_ref()));
            }
            Need::Newest(id) => {
                let asked = self.talk(|talk| talk.state.begin_page(id, true))?;
                let page = (doors.messages)((id, None)).await.ok()?;
                self.fold_talk(|talk| talk.state.seed_thread(id, asked, &page));
            }
        }
        Some(())
    }

    /// Reads the inbox again, as far as it is loaded.
    async fn fetch_inbox(self, doors: &Doors) -> Option<Page<ConversationItem>> {
        let loaded = self.core.try_with_value(|core| core.talk.state.inbox().len())?;
        let mut all = Page { items: Vec::new(), next: None };
        for _ in 0..INBOX_PAGES_MAX {
            let page = (doors.inbox)(all.next.take()).await.ok()?;
            all.items.extend(page.items);
            all.next = page.next;
            if all.next.is_none() || all.items.len() >= loaded {
                break;
            }
        }
        Some(all)
    }
}

impl LiveConversations {
    /// Says how conversations are fetched and saved: once, when the app starts.
    pub fn set_doors(self, doors: Doors) {
        self.live.talk(|talk| talk.doors = Some(doors));
    }

    /// Takes the first page of the inbox. `mark` is where the event log stood before it was read; without it the inbox
    /// and what is held are compared after connecting.
    pub fn seed_inbox(self, page: &Page<ConversationItem>, mark: Option<&LogMark>) {
        self.live.fold_talk(|talk| {
            let changes = talk.state.seed_inbox(page);
            if mark.is_none() {
                talk.state.doubt();
            }
            changes
        });
        if let Some(mark) = mark {
            self.live.tell_mark(mark);
        }
    }

    /// Takes conversations outside of the inbox: requests, what a search found, one that was just begun.
    pub fn take(self, items: &[ConversationItem]) {
        for item in items {
            self.live.fold_talk(|talk| talk.state.take_item(item));
        }
    }

    /// Takes what is unread, for pages that do not show the inbox.
    pub fn seed_counts(self, counts: &UnreadCount) {
        self.live.with_core(|core| core.talk.seed_counts(counts));
    }

    /// Whether a page of the inbox was taken, here or on an earlier visit.
    #[must_use]
    pub fn is_inbox_seeded(self) -> bool {
        self.live.core.try_with_value(|core| core.talk.state.is_inbox_seeded()).unwrap_or(false)
    }

    /// The inbox in order; give each to [`LiveConversations::get`].
    #[must_use]
    pub fn inbox(self) -> Signal<Vec<ConversationId>> {
        self.lists(|talk| talk.lists.inbox.clone()).into()
    }

    /// Requests of strangers, the last said first.
    #[must_use]
    pub fn requests(self) -> Signal<Vec<ConversationId>> {
        self.lists(|talk| talk.lists.requests.clone()).into()
    }

    /// All that is unread in the inbox.
    #[must_use]
    pub fn unread(self) -> Signal<Unread> {
        self.lists(|talk| talk.lists.unread.clone()).into()
    }

    /// The end of the inbox.
    #[must_use]
    pub fn inbox_tail(self) -> Signal<Tail> {
        self.lists(|talk| talk.lists.tail.clone()).into()
    }

    fn lists<T: Default>(self, read: impl FnOnce(&Talk) -> T) -> T {
        self.live.core.try_with_value(|core| read(&core.talk)).unwrap_or_default()
    }

    /// Loads the next older page of the inbox, unless that is under way or there is none.
    pub fn load_more(self) {
        let live = self.live;
        let Some(doors) = live.doors() else { return };
        let tail = self.lists(|talk| talk.lists.tail.clone());
        let next = self.lists(|talk| talk.state.inbox_next().map(str::to_owned));
        let Some(next) = next.filter(|_| tail.get_untracked() != Tail::Loading) else { return };
        tail.set(Tail::Loading);
        spawn_local(async move {
            match (doors.inbox)(Some(next)).await {
                Ok(page) => {
                    tail.set(Tail::More);
                    live.fold_talk(|talk| talk.state.append_inbox(&page));
                }
                Err(message) => tail.set(Tail::Failed(message)),
            }
        });
    }

    /// One conversation, live; its item is `None` until it is known, and when the reader is not in it any more.
    #[must_use]
    pub fn get(self, id: ConversationId) -> LiveConversation {
        let signals = self.live.talk(|talk| talk.signals(id)).unwrap_or_default();
        LiveConversation::new(id, signals)
    }

    /// Opens a thread. What is not known is fetched; seed it first where the server rendered it.
    #[must_use]
    pub fn open(self, id: ConversationId) -> LiveThread {
        let signals = self.live.talk(|talk| {
            talk.open(id);
            talk.signals(id)
        });
        self.live.hold(Holder::Conversation(id));
        self.live.with_core(|core| {
            let holders = &core.holders;
            let is_held = |id| holders.values().any(|held| *held == Holder::Conversation(id));
            core.talk.forget_threads(is_held);
        });
        let signals = signals.unwrap_or_default();
        LiveThread {
            live: self.live,
            messages: signals.messages.clone().into(),
            tail: signals.tail.clone().into(),
            conversation: LiveConversation::new(id, signals),
        }
    }

    /// Removes the unsent messages of everyone who used this browser: call it at sign-out.
    pub fn forget_unsent(self) {
        spawn_local(storage::forget_all());
    }
}

impl LiveConversation {
    fn new(id: ConversationId, signals: Signals) -> Self {
        Self {
            id,
            item: signals.item.into(),
            gone: signals.gone.into(),
            positions: signals.positions.into(),
            reach: signals.reach.into(),
            typists: signals.typists.into(),
            unsent: signals.unsent.into(),
        }
    }

    /// Title, members, the reader's own settings, the last message, and what is unread. How far members are does not
    /// move here: read the others.
    #[must_use]
    pub fn item(self) -> Signal<Option<Arc<ConversationItem>>> {
        self.item
    }

    /// Whether there is none for this reader: it does not exist, or they left or were removed.
    #[must_use]
    pub fn gone(self) -> Signal<bool> {
        self.gone
    }

    /// How far each member is: for "read by".
    #[must_use]
    pub fn positions(self) -> Signal<Arc<BTreeMap<UserId, Position>>> {
        self.positions
    }

    /// How far all the others are, at least: for ticks. A message of the reader is delivered to all, or read by all, when
    /// its number is not greater.
    #[must_use]
    pub fn reach(self) -> Signal<Position> {
        self.reach
    }

    /// Who types now, besides the reader.
    #[must_use]
    pub fn typists(self) -> Signal<Vec<Typist>> {
        self.typists
    }

    /// The reader's messages that do not stand in the thread yet, oldest first.
    #[must_use]
    pub fn unsent(self) -> Signal<Vec<Shown>> {
        self.unsent
    }
}

impl LiveThread {
    /// Takes what the server rendered. `item` was read before `page`, and `mark` before both.
    pub fn seed(self, item: &ConversationItem, page: &Page<MessageView>, mark: Option<&LogMark>) {
        let id = self.conversation.id;
        self.live.fold_talk(|talk| talk.state.take_item(item));
        self.live.fold_talk(|talk| {
            talk.state.open_thread(id);
            let asked = talk.state.begin_page(id, true);
            let changes = talk.state.seed_thread(id, asked, page);
            if mark.is_none() {
                talk.state.doubt();
            }
            changes
        });
        if let Some(mark) = mark {
            self.live.tell_mark(mark);
        }
    }

    /// Whether a page was taken, here or on an earlier visit.
    #[must_use]
    pub fn is_seeded(self) -> bool {
        self.with(|talk, id| talk.state.thread(id).is_some_and(|thread| thread.is_seeded())).unwrap_or(false)
    }

    /// The loaded messages and notes, oldest first; give each to [`LiveThread::message`].
    #[must_use]
    pub fn messages(self) -> Signal<Vec<MessageId>> {
        self.messages
    }

    /// One message, live. `None` when it is not held.
    #[must_use]
    pub fn message(self, id: MessageId) -> Option<Signal<Arc<MessageView>>> {
        self.with(|talk, at| talk.row(at, id))?.map(Into::into)
    }

    /// The upper end: whether there are older messages.
    #[must_use]
    pub fn tail(self) -> Signal<Tail> {
        self.tail
    }

    /// The first loaded message of others that the reader has not read; is not tracked.
    #[must_use]
    pub fn first_unread(self) -> Option<MessageId> {
        self.with(|talk, id| {
            let read = talk.state.item(id)?.mine.read_number;
            let first = talk.state.messages(id).find(|message| message.number > read && message.note.is_none());
            first.map(|message| message.message_id)
        })?
    }

    /// Whether everything unread is loaded, so that [`LiveThread::first_unread`] is the first of all; is not tracked.
    #[must_use]
    pub fn is_unread_loaded(self) -> bool {
        self.with(|talk, id| {
            let read = talk.state.item(id).map_or(0, |item| item.mine.read_number);
            let top = talk.state.messages(id).next().map(|message| message.number);
            let is_whole = talk.state.thread(id).is_some_and(|thread| thread.is_seeded() && thread.next().is_none());
            is_whole || top.is_some_and(|top| top <= read.saturating_add(1))
        })
        .unwrap_or(false)
    }

    /// Loads the next older page, unless that is under way or there is none.
    pub fn load_older(self) {
        let (live, id) = (self.live, self.conversation.id);
        let Some(doors) = live.doors() else { return };
        let asked = self.with(|talk, id| {
            let next = talk.state.thread(id)?.next()?.to_owned();
            let tail = talk.signals(id).tail;
            if tail.get_untracked() == Tail::Loading {
                return None;
            }
            tail.set(Tail::Loading);
            Some((next, tail, talk.state.begin_page(id, false)))
        });
        let Some(Some((next, tail, asked))) = asked else { return };
        spawn_local(async move {
            match (doors.messages)((id, Some(next))).await {
                Ok(page) => {
                    tail.set(Tail::More);
                    live.fold_talk(|talk| talk.state.append_thread(id, asked, &page));
                }
                Err(message) => tail.set(Tail::Failed(message)),
            }
        });
    }

    /// Sends a message: kept in the browser, then shown in [`LiveConversation::unsent`]. `client_id` is a fresh UUID.
    /// False when there are too many unsent ones: keep the text.
    #[must_use]
    pub fn send(self, client_id: String, content: String, reply_to: Option<MessageId>) -> bool {
        self.send_carrying(client_id, content, reply_to, None)
    }

    /// Sends a message with what it carries, whose bytes are held under the same `client_id`; see [`carried::hold`].
    #[must_use]
    pub fn send_carrying(
        self,
        client_id: String,
        content: String,
        reply_to: Option<MessageId>,
        carries: Option<Carried>,
    ) -> bool {
        self.with(|talk, conversation_id| {
            talk.type_in(conversation_id, typing::Input::Ended);
            talk.compose(Unsent { client_id, conversation_id, content, reply_to, carries, order: 0, failure: None })
        })
        .unwrap_or(false)
    }

    /// Where the browser shows what an unsent message carries from.
    pub async fn preview_of(self, client_id: String) -> Option<String> {
        let me = self.with(|talk, _| talk.sender())??;
        storage::bytes_of(me, &client_id).await?;
        carried::url_of(&client_id)
    }

    /// Tries a failed message again.
    pub fn retry(self, client_id: String) {
        self.with(|talk, _| talk.run_outbox(outbox::Input::Retry(client_id)));
    }

    /// Deletes a message that was not sent.
    pub fn cancel(self, client_id: String) {
        self.with(|talk, _| talk.run_outbox(outbox::Input::Cancel(client_id.clone())));
        let is_gone = |all: &Vec<Shown>| all.iter().all(|shown| shown.message.client_id != client_id);
        if self.conversation.unsent.with_untracked(is_gone) {
            carried::let_go(&client_id);
        }
    }

    /// Changes the text of a message that is `editable`; a failed one is sent again.
    pub fn edit_unsent(self, client_id: String, content: String) {
        self.with(|talk, _| talk.run_outbox(outbox::Input::Edit(client_id, content)));
    }

    /// A message was really visible in a focused window: it and all before it are read.
    pub fn read_up_to(self, id: MessageId) {
        self.with(|talk, at| talk.read_up_to(at, id));
    }

    /// A key changed the text: others are told that the reader types, and the draft is saved a second later.
    pub fn typed(self, text: &str) {
        self.with(|talk, id| {
            let input = if text.is_empty() { typing::Input::Ended } else { typing::Input::Key };
            talk.type_in(id, input);
            talk.draft(id, text.to_owned());
        });
    }

    /// The composer lost the focus.
    pub fn typing_ended(self) {
        self.with(|talk, id| talk.type_in(id, typing::Input::Ended));
    }

    fn with<T>(self, run: impl FnOnce(&mut Talk, ConversationId) -> T) -> Option<T> {
        self.live.talk(|talk| run(talk, self.conversation.id))
    }
}
