//! Old state plus events equals a fresh read: a model of the server, a network that loses, repeats and reorders, and the
//! fold.

use proptest::prelude::*;

use super::*;
use crate::protocol::{
    conversations::{ConversationKind, MemberView, Note, Quote, Reaction},
    events::{ConversationUpdate, MembershipUpdate, MessageDeleted, MessageEvent, ReactionUpdate, UnreadConversation},
    time::Timestamp,
    views::PersonRef,
};

const ME: u64 = 1;
const PAGE: usize = 4;
/// Changed messages that the model sends to a tab that was away.
const CHANGES: usize = 5;
/// Rounds a settled network needs at most.
const ROUNDS: usize = 300;
/// The thread on screen.
const OPEN: ConversationId = ConversationId::new(10);

#[derive(Clone, Debug)]
struct ModelConversation {
    title: String,
    version: u64,
    seq: u64,
    last_number: u64,
    messages: Vec<MessageView>,
    positions: BTreeMap<u64, Position>,
    mine: Membership,
}

/// What people do. Numbers choose among what exists.
#[derive(Clone, Debug)]
enum Change {
    Say { at: usize, by: u64, reply: Option<usize> },
    Edit { at: usize, message: usize, text: u64 },
    Delete { at: usize, message: usize },
    React { at: usize, message: usize, by: u64 },
    Rename { at: usize, by: u64 },
    Read { at: usize, by: u64, message: usize },
    Receive { at: usize, by: u64, message: usize },
    Mine { at: usize, muted: bool, pinned: bool, draft: u64 },
    Leave { at: usize },
    Return { at: usize },
}

#[derive(Clone, Debug)]
enum Step {
    /// Somebody does something; the tab hears of it after so many steps, perhaps again, or not at all.
    Change {
        change: Change,
        delay: usize,
        again: Option<usize>,
        lost: bool,
    },
    LoadOlder,
    Cut,
    Connect {
        resumed: bool,
    },
}

struct Server {
    conversations: BTreeMap<ConversationId, ModelConversation>,
    next_id: u64,
    log: Vec<ServerEvent>,
}

fn person(id: u64) -> PersonRef {
    PersonRef { id: UserId::new(id), username: format!("u{id}"), full_name: format!("U {id}"), avatar_url: None }
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn mine() -> Membership {
    Membership {
        standing: Standing::Active,
        admin: false,
        read_number: 0,
        muted: false,
        pinned: false,
        draft: String::new(),
        version: 1,
    }
}

impl ModelConversation {
    fn new() -> Self {
        Self {
            title: "group".into(),
            version: 1,
            seq: 0,
            last_number: 0,
            messages: Vec::new(),
            positions: [1, 2, 3].map(|id| (id, Position::default())).into(),
            mine: mine(),
        }
    }

    fn pick(&self, message: usize) -> Option<usize> {
        (!self.messages.is_empty()).then(|| message % self.messages.len())
    }

    /// A message as it is read now: with what its quote says now.
    fn view(&self, message: &MessageView) -> MessageView {
        let mut view = message.clone();
        if let Some(quote) = &mut view.reply_to
            && let Some(quoted) = self.messages.iter().find(|at| at.message_id == quote.message_id)
        {
            quote.content.clone_from(&quoted.content);
            quote.deleted = quoted.deleted;
        }
        view
    }

    fn shared(&self, id: ConversationId) -> Conversation {
        let members = self.positions.iter().map(|(user, position)| MemberView {
            person: person(*user),
            admin: false,
            read_number: position.read,
            delivered_number: position.delivered,
        });
        Conversation {
            conversation_id: id,
            kind: ConversationKind::Group,
            title: Some(self.title.clone()),
            avatar_url: None,
            members: members.collect(),
            version: self.version,
            seq: self.seq,
            last_number: self.last_number,
            timestamp: self.messages.last().map_or(at(0), |last| last.timestamp),
        }
    }

    fn item(&self, id: ConversationId) -> ConversationItem {
        ConversationItem {
            conversation: self.shared(id),
            mine: self.mine.clone(),
            last_message: self.messages.last().map(|last| self.view(last)),
            unread_count: self.last_number - self.mine.read_number,
        }
    }

    fn read(&mut self, by: u64, number: u64) {
        let position = self.positions.entry(by).or_default();
        position.read = position.read.max(number);
        position.delivered = position.delivered.max(position.read);
        if by == ME {
            self.mine.read_number = self.mine.read_number.max(number);
        }
    }
}

impl Server {
    fn new() -> Self {
        let ids = [10, 11, 12].map(ConversationId::new);
        let conversations = ids.map(|id| (id, ModelConversation::new())).into();
        let mut server = Self { conversations, next_id: 100, log: Vec::new() };
        for by in [2, 1, 3, 2, 2, 1, 2] {
            for conversation in 0..3 {
                server.apply(&Change::Say { at: conversation, by, reply: (by == 3).then_some(0) });
            }
        }
        server
    }

    fn pick(&self, at: usize) -> ConversationId {
        *self.conversations.keys().nth(at % self.conversations.len()).unwrap()
    }

    /// Carries out a change; its events. Those of the log are kept for whoever is away.
    fn apply(&mut self, change: &Change) -> Vec<ServerEvent> {
        let mut events = self.change(change);
        for event in &mut events {
            if let Some(offset) = event.offset_mut() {
                *offset = self.log.len() as u64 + 1;
                self.log.push(event.clone());
            }
        }
        events
    }

    fn change(&mut self, change: &Change) -> Vec<ServerEvent> {
        match *change {
            Change::Say { at, by, reply } => self.say(self.pick(at), by, reply, None),
            Change::Edit { at, message, text } => self.edit(self.pick(at), message, text),
            Change::Delete { at, message } => self.delete(self.pick(at), message),
            Change::React { at, message, by } => self.react(self.pick(at), message, by),
            Change::Rename { at, by } => self.rename(self.pick(at), by),
            Change::Read { at, by, message } => self.receipt(self.pick(at), by, message, true),
            Change::Receive { at, by, message } => self.receipt(self.pick(at), by, message, false),
            Change::Mine { at, muted, pinned, draft } => self.change_mine(self.pick(at), |mine| {
                (mine.muted, mine.pinned, mine.draft) = (muted, pinned, draft.to_string());
            }),
            Change::Leave { at } => self.change_mine(self.pick(at), |mine| mine.standing = Standing::Left),
            Change::Return { at } => self.change_mine(self.pick(at), |mine| mine.standing = Standing::Active),
        }
    }

    fn say(&mut self, id: ConversationId, by: u64, reply: Option<usize>, note: Option<Note>) -> Vec<ServerEvent> {
        self.next_id += 1;
        let message_id = self.next_id;
        let group = self.conversations.get_mut(&id).unwrap();
        if by == ME && group.mine.standing == Standing::Left {
            return vec![];
        }
        group.seq += 1;
        group.last_number += u64::from(note.is_none());
        let reply_to = reply.and_then(|reply| group.pick(reply)).map(|place| {
            let quoted = &group.messages[place];
            Quote {
                message_id: quoted.message_id,
                sender: quoted.sender.clone(),
                content: quoted.content.clone(),
                attachment: None,
                seq: quoted.seq,
                deleted: quoted.deleted,
            }
        });
        let message = MessageView {
            conversation_id: id,
            message_id: MessageId::new(message_id),
            client_id: note.is_none().then(|| format!("c{message_id}")),
            sender_id: UserId::new(by),
            sender: person(by),
            content: if note.is_none() { message_id.to_string() } else { String::new() },
            entities: vec![],
            attachment: None,
            reply_to,
            reactions: vec![],
            note,
            timestamp: at(message_id),
            edited_at: None,
            deleted: false,
            seq: group.seq,
            revision: group.seq,
            number: group.last_number,
        };
        if message.note.is_none() {
            group.read(by, message.number);
        }
        group.messages.push(message.clone());
        vec![ServerEvent::NewMessage(MessageEvent { message, offset: 0 })]
    }

    fn edit(&mut self, id: ConversationId, message: usize, text: u64) -> Vec<ServerEvent> {
        let group = self.conversations.get_mut(&id).unwrap();
        let Some(place) = group.pick(message) else { return vec![] };
        let message = &mut group.messages[place];
        if message.deleted || message.note.is_some() {
            return vec![];
        }
        group.seq += 1;
        (message.content, message.revision, message.edited_at) = (text.to_string(), group.seq, Some(at(group.seq)));
        let message = group.view(&group.messages[place]);
        vec![ServerEvent::MessageUpdated(MessageEvent { message, offset: 0 })]
    }

    fn delete(&mut self, id: ConversationId, message: usize) -> Vec<ServerEvent> {
        let group = self.conversations.get_mut(&id).unwrap();
        let Some(place) = group.pick(message) else { return vec![] };
        let message = &mut group.messages[place];
        if message.deleted || message.note.is_some() {
            return vec![];
        }
        group.seq += 1;
        message.revision = group.seq;
        erase(message);
        vec![ServerEvent::MessageDeleted(MessageDeleted {
            conversation_id: id,
            message_id: message.message_id,
            seq: group.seq,
            timestamp: at(0),
            offset: 0,
        })]
    }

    fn react(&mut self, id: ConversationId, message: usize, by: u64) -> Vec<ServerEvent> {
        let group = self.conversations.get_mut(&id).unwrap();
        let Some(place) = group.pick(message) else { return vec![] };
        let message = &mut group.messages[place];
        if message.deleted || message.note.is_some() {
            return vec![];
        }
        group.seq += 1;
        message.revision = group.seq;
        let by = UserId::new(by);
        match message.reactions.iter().position(|reaction| reaction.user_ids == [by]) {
            Some(place) => drop(message.reactions.remove(place)),
            None => message.reactions.push(Reaction { emoji: by.to_string(), user_ids: vec![by] }),
        }
        vec![ServerEvent::ReactionUpdate(ReactionUpdate {
            conversation_id: id,
            message_id: message.message_id,
            reactions: message.reactions.clone(),
            user_id: by,
            seq: group.seq,
            timestamp: at(0),
            offset: 0,
        })]
    }

    fn rename(&mut self, id: ConversationId, by: u64) -> Vec<ServerEvent> {
        let title = self.next_id.to_string();
        let mut events = self.say(id, by, None, Some(Note::Renamed { title: title.clone() }));
        if events.is_empty() {
            return events;
        }
        let group = self.conversations.get_mut(&id).unwrap();
        group.title = title;
        group.version += 1;
        let conversation = group.shared(id);
        events.push(ServerEvent::ConversationUpdate(ConversationUpdate { conversation, offset: 0 }));
        events
    }

    fn receipt(&mut self, id: ConversationId, by: u64, message: usize, read: bool) -> Vec<ServerEvent> {
        let group = self.conversations.get_mut(&id).unwrap();
        let Some(place) = group.pick(message) else { return vec![] };
        let (message_id, number) = (group.messages[place].message_id, group.messages[place].number);
        if read {
            group.read(by, number);
        } else {
            let position = group.positions.get_mut(&by).unwrap();
            position.delivered = position.delivered.max(number);
        }
        let receipt = Receipt { conversation_id: id, message_id, number, user_id: UserId::new(by), read_at: at(0) };
        vec![if read { ServerEvent::MessageRead(receipt) } else { ServerEvent::MessageDelivered(receipt) }]
    }

    fn change_mine(&mut self, id: ConversationId, change: impl FnOnce(&mut Membership)) -> Vec<ServerEvent> {
        let group = self.conversations.get_mut(&id).unwrap();
        change(&mut group.mine);
        group.mine.version += 1;
        vec![ServerEvent::MembershipUpdate(MembershipUpdate {
            conversation_id: id,
            mine: group.mine.clone(),
            offset: 0,
        })]
    }

    fn item(&self, id: ConversationId) -> Option<ConversationItem> {
        let group = &self.conversations[&id];
        (group.mine.standing != Standing::Left).then(|| group.item(id))
    }

    fn inbox(&self) -> Page<ConversationItem> {
        let mut items: Vec<_> = self.conversations.keys().filter_map(|id| self.item(*id)).collect();
        items.sort_by_key(|item| std::cmp::Reverse((item.mine.pinned, spoken(item))));
        Page { items, next: None }
    }

    fn page(&self, id: ConversationId, before: Option<&str>) -> Page<MessageView> {
        let before = before.map_or(u64::MAX, |before| before.parse().unwrap());
        let group = &self.conversations[&id];
        let older = group.messages.iter().rev().filter(|message| message.seq < before);
        let items: Vec<_> = older.clone().take(PAGE).map(|message| group.view(message)).collect();
        let next = items.last().filter(|_| older.count() > PAGE).map(|last| last.seq.to_string());
        Page { items, next }
    }

    fn changes(&self, held: HeldConversation) -> Option<ServerEvent> {
        let group = &self.conversations[&held.conversation_id];
        if group.mine.standing == Standing::Left || group.seq <= held.seq {
            return None;
        }
        let mut messages: Vec<_> = group.messages.iter().filter(|message| message.revision > held.seq).collect();
        messages.sort_by_key(|message| message.revision);
        let reload = messages.len() > CHANGES;
        let messages = if reload { vec![] } else { messages.into_iter().map(|at| group.view(at)).collect() };
        let conversation_id = held.conversation_id;
        Some(ServerEvent::ConversationChanges(ConversationChanges {
            conversation_id,
            seq: group.seq,
            messages,
            reload,
        }))
    }

    fn counts(&self) -> ServerEvent {
        let of = |(id, group): (&ConversationId, &ModelConversation)| UnreadConversation {
            conversation_id: *id,
            unread_count: group.last_number - group.mine.read_number,
        };
        let active = self.conversations.iter().filter(|(_, group)| group.mine.standing == Standing::Active);
        let conversations = active.map(of).filter(|at| at.unread_count > 0).collect();
        ServerEvent::UnreadCount(UnreadCount { conversations: Some(conversations), ..UnreadCount::default() })
    }

    /// How far everybody is, as it is told when a conversation is joined.
    fn receipts(&self, id: ConversationId) -> Vec<ServerEvent> {
        let of = |user: &u64, number: u64| Receipt {
            conversation_id: id,
            message_id: MessageId::new(1),
            number,
            user_id: UserId::new(*user),
            read_at: at(0),
        };
        let positions = self.conversations[&id].positions.iter();
        positions
            .flat_map(|(user, position)| {
                [
                    ServerEvent::MessageRead(of(user, position.read)),
                    ServerEvent::MessageDelivered(of(user, position.delivered)),
                ]
            })
            .collect()
    }
}

fn erase(message: &mut MessageView) {
    message.content.clear();
    message.reactions.clear();
    message.edited_at = None;
    message.deleted = true;
}

/// Whether an event is an entry of a conversation's log: only those are ever lost while connected.
fn is_entry(event: &ServerEvent) -> bool {
    matches!(
        event,
        ServerEvent::NewMessage(_)
            | ServerEvent::MessageUpdated(_)
            | ServerEvent::MessageDeleted(_)
            | ServerEvent::ReactionUpdate(_)
    )
}

/// What is on its way to the tab.
#[derive(Clone, Debug)]
enum Mail {
    Event(ServerEvent),
    Inbox(Page<ConversationItem>),
    Item(ConversationId, Option<ConversationItem>),
    Newest(ConversationId, u64, Page<MessageView>),
    Synced(Vec<HeldConversation>),
    /// All that was missed has come.
    Current,
}

struct Tab {
    state: Conversations,
    connected: bool,
    mark: usize,
    mail: Vec<(usize, Mail)>,
    asking: Vec<Need>,
    syncing: bool,
    joined: bool,
    step: usize,
}

impl Tab {
    fn open(server: &Server) -> Self {
        let mut state = Conversations::default();
        state.set_me(UserId::new(ME));
        state.seed_inbox(&server.inbox());
        state.open_thread(OPEN);
        let asked = state.begin_page(OPEN, true);
        state.seed_thread(OPEN, asked, &server.page(OPEN, None));
        let mut tab = Self {
            state,
            connected: false,
            mark: server.log.len(),
            mail: vec![],
            asking: vec![],
            syncing: false,
            joined: false,
            step: 0,
        };
        tab.connect(server, true);
        tab
    }

    fn connect(&mut self, server: &Server, resumed: bool) {
        if self.connected {
            return;
        }
        self.connected = true;
        if resumed {
            for (place, event) in server.log.iter().enumerate().skip(self.mark) {
                self.mail.push((self.step + place % 3, Mail::Event(event.clone())));
            }
        } else {
            for held in self.state.held() {
                self.mail.extend(server.changes(held).map(|event| (self.step + 1, Mail::Event(event))));
            }
            self.state.reload();
        }
        self.mail.push((self.step + 3, Mail::Current));
        self.joined = false;
    }

    fn cut(&mut self, server: &Server) {
        if !self.connected {
            return;
        }
        let offsets = self.mail.iter().filter_map(|(_, mail)| match mail {
            Mail::Event(event) => event.offset(),
            _ => None,
        });
        self.mark = offsets.min().map_or(server.log.len(), |first| usize::try_from(first).unwrap() - 1);
        self.mail.retain(|(_, mail)| !matches!(mail, Mail::Event(_) | Mail::Synced(_) | Mail::Current));
        self.connected = false;
        self.syncing = false;
    }

    /// Joins the open conversation again: after a reconnect, and when it was left and came back.
    fn join(&mut self, server: &Server) {
        if self.state.item(OPEN).is_none() {
            self.joined = false;
        } else if self.connected && !self.joined {
            self.joined = true;
            self.state.open_thread(OPEN);
            self.mail.extend(server.receipts(OPEN).into_iter().map(|event| (self.step + 1, Mail::Event(event))));
        }
    }

    fn ask(&mut self, server: &Server) {
        for need in self.state.needs() {
            if self.asking.contains(&need) {
                continue;
            }
            let mail = match need {
                Need::Inbox => {
                    self.state.begin_inbox();
                    Mail::Inbox(server.inbox())
                }
                Need::Item(id) => {
                    self.state.begin_item(id);
                    Mail::Item(id, server.item(id))
                }
                Need::Newest(id) => Mail::Newest(id, self.state.begin_page(id, true), server.page(id, None)),
            };
            self.mail.push((self.step + 3, mail));
            self.asking.push(need);
        }
        let gaps = self.state.gaps();
        if self.connected && !self.syncing && !gaps.is_empty() {
            self.syncing = true;
            for gap in &gaps {
                self.mail.extend(server.changes(*gap).map(|event| (self.step + 2, Mail::Event(event))));
            }
            self.mail.push((self.step + 3, Mail::Synced(gaps)));
        }
    }

    fn take(&mut self, mail: Mail, server: &Server) {
        match mail {
            // Another device may have read meanwhile; where nothing is unread it cannot have read more.
            Mail::Current if self.state.unread() == Unread::default() => {}
            Mail::Current => self.mail.push((self.step + 1, Mail::Event(server.counts()))),
            Mail::Event(event) => drop(self.state.fold(&event, 0)),
            Mail::Inbox(page) => {
                self.asking.retain(|need| *need != Need::Inbox);
                self.state.seed_inbox(&page);
            }
            Mail::Item(id, answer) => {
                self.asking.retain(|need| *need != Need::Item(id));
                self.state.answer_item(id, answer.as_ref());
            }
            Mail::Newest(id, asked, page) => {
                self.asking.retain(|need| *need != Need::Newest(id));
                self.state.seed_thread(id, asked, &page);
            }
            Mail::Synced(asked) => {
                self.syncing = false;
                self.state.end_sync(&asked);
            }
        }
        for gap in self.state.gaps() {
            assert!(self.state.known[&gap.conversation_id].log.held < self.state.known[&gap.conversation_id].log.head);
        }
    }

    fn pass(&mut self, server: &Server) {
        self.step += 1;
        let (mut due, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.mail).into_iter().partition(|(due, _)| *due <= self.step);
        self.mail = rest;
        due.sort_by_key(|(at, _)| *at);
        for (_, mail) in due {
            self.take(mail, server);
            self.assert_once();
        }
        self.join(server);
        self.ask(server);
    }

    fn settle(&mut self, server: &Server) {
        for _ in 0..ROUNDS {
            self.pass(server);
            if self.mail.is_empty() && self.state.needs().is_empty() && self.state.gaps().is_empty() {
                return;
            }
        }
        panic!("never enough: {:?}, {:?}, {:?}", self.state.needs(), self.state.gaps(), self.mail);
    }

    fn run(&mut self, server: &mut Server, step: &Step) {
        match step {
            Step::Change { change, delay, again, lost } => {
                for event in server.apply(change) {
                    let is_lost = *lost && is_entry(&event);
                    if self.connected && !is_lost {
                        self.mail.push((self.step + delay, Mail::Event(event.clone())));
                        self.mail.extend(again.map(|again| (self.step + again, Mail::Event(event))));
                    }
                }
            }
            Step::LoadOlder => {
                if let Some(next) = self.state.thread(OPEN).and_then(Thread::next).map(str::to_owned) {
                    let asked = self.state.begin_page(OPEN, false);
                    self.state.append_thread(OPEN, asked, &server.page(OPEN, Some(&next)));
                }
            }
            Step::Cut => self.cut(server),
            Step::Connect { resumed } => self.connect(server, *resumed),
        }
        self.pass(server);
    }

    /// At every moment: nothing twice, and one order.
    fn assert_once(&self) {
        let places: Vec<u64> = self.state.messages(OPEN).map(|message| message.seq).collect();
        assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
        let ids: BTreeSet<_> = self.state.messages(OPEN).map(|message| message.message_id).collect();
        assert_eq!(ids.len(), places.len());
    }

    fn assert_fresh(&self, server: &Server) {
        let fresh = server.inbox();
        let ids: Vec<_> = fresh.items.iter().map(|item| item.conversation.conversation_id).collect();
        assert_eq!(self.state.inbox(), ids, "the inbox");
        for item in &fresh.items {
            let id = item.conversation.conversation_id;
            let known = self.state.item(id).unwrap();
            assert_eq!(known.mine, item.mine, "mine of {id}");
            assert_eq!(known.unread_count, item.unread_count, "unread of {id}");
            assert_eq!(known.conversation.title, item.conversation.title, "title of {id}");
            assert_eq!(known.conversation.last_number, item.conversation.last_number);
            assert_eq!(known.conversation.timestamp, item.conversation.timestamp);
            let plain = |message: &MessageView| MessageView { reply_to: None, ..message.clone() };
            assert_eq!(
                known.last_message.as_ref().map(plain),
                item.last_message.as_ref().map(plain),
                "last message of {id}"
            );
        }
        let sum: u64 = fresh.items.iter().map(|item| item.unread_count).sum();
        assert_eq!(self.state.unread().messages, sum);
        self.assert_fresh_thread(server);
    }

    fn assert_fresh_thread(&self, server: &Server) {
        let Some(item) = server.item(OPEN) else {
            assert!(self.state.item(OPEN).is_none());
            return;
        };
        let thread = self.state.thread(OPEN).unwrap();
        let group = &server.conversations[&OPEN];
        let bottom = thread.bottom.unwrap();
        let fresh: Vec<MessageView> =
            group.messages.iter().filter(|message| message.seq >= bottom).map(|message| group.view(message)).collect();
        let held: Vec<MessageView> = self.state.messages(OPEN).map(|message| MessageView::clone(message)).collect();
        assert_eq!(held, fresh, "the thread");
        assert!(fresh.len() >= PAGE.min(group.messages.len()));
        for member in &item.conversation.members {
            let expected = Position { read: member.read_number, delivered: member.delivered_number };
            assert_eq!(self.state.positions(OPEN).unwrap()[&member.person.id], expected, "{:?}", member.person.id);
        }
    }
}

fn event(server: &mut Server, change: &Change) -> ServerEvent {
    server.apply(change).remove(0)
}

fn say(at: usize, by: u64) -> Change {
    Change::Say { at, by, reply: None }
}

#[test]
fn events_in_another_order_leave_no_gap_and_a_lost_one_does() {
    let mut server = Server::new();
    let mut tab = Tab::open(&server);
    let held = tab.state.held()[0];
    let (one, two, three) =
        (event(&mut server, &say(0, 2)), event(&mut server, &say(0, 2)), event(&mut server, &say(0, 3)));
    tab.state.fold(&three, 0);
    assert_eq!(tab.state.gaps(), [held]);
    tab.state.fold(&one, 0);
    assert_eq!(tab.state.gaps(), [HeldConversation { seq: held.seq + 1, ..held }]);
    tab.state.fold(&two, 0);
    assert!(tab.state.gaps().is_empty());
    assert_eq!(tab.state.held()[0].seq, held.seq + 3);
}

#[test]
fn a_sync_that_brings_nothing_ends_the_gap() {
    let mut server = Server::new();
    let mut tab = Tab::open(&server);
    event(&mut server, &say(0, 2));
    tab.state.fold(&event(&mut server, &say(0, 2)), 0);
    let asked = tab.state.gaps();
    assert_eq!(asked.len(), 1);
    tab.state.end_sync(&asked);
    assert!(tab.state.gaps().is_empty());
}

#[test]
fn an_unknown_conversation_is_fetched_once() {
    let mut server = Server::new();
    let mut state = Conversations::default();
    state.set_me(UserId::new(ME));
    state.fold(&event(&mut server, &say(1, 2)), 0);
    state.fold(&event(&mut server, &say(1, 2)), 0);
    let id = server.pick(1);
    assert_eq!(state.needs(), [Need::Item(id)]);
    state.begin_item(id);
    assert!(state.needs().is_empty());
    state.answer_item(id, server.item(id).as_ref());
    assert_eq!((state.inbox(), state.needs(), state.gaps()), (vec![id], vec![], vec![]));
}

#[test]
fn a_page_opened_before_its_conversation_is_known_asks_for_both() {
    let server = Server::new();
    let mut state = Conversations::default();
    state.open_thread(OPEN);
    assert_eq!(state.needs(), [Need::Item(OPEN)]);
    state.begin_item(OPEN);
    state.answer_item(OPEN, server.item(OPEN).as_ref());
    assert_eq!(state.needs(), [Need::Newest(OPEN)]);
    state.answer_item(OPEN, None);
    assert!(state.is_gone(OPEN) && state.needs().is_empty());
}

#[test]
fn typing_ends_by_itself_at_the_message_and_when_they_say_so() {
    let mut server = Server::new();
    let mut tab = Tab::open(&server);
    let typing = |user: u64, is_typing: bool| {
        ServerEvent::Typing(Typing {
            conversation_id: OPEN,
            user_id: UserId::new(user),
            user_name: "Ana".into(),
            is_typing,
            expires_in_ms: if is_typing { 60_000 } else { 0 },
        })
    };
    let names = |tab: &Tab| tab.state.typists(OPEN).len();
    tab.state.fold(&typing(2, true), 1_000);
    tab.state.fold(&typing(3, true), 2_000);
    tab.state.fold(&typing(2, true), 3_000);
    tab.state.fold(&typing(ME, true), 3_000);
    assert_eq!(names(&tab), 2);
    assert_eq!(tab.state.next_expiry_ms(), Some(2_000 + TYPING_EXPIRES_MS), "never longer than it may");
    assert_eq!(tab.state.expire(2_000 + TYPING_EXPIRES_MS).typing, [OPEN].into());
    assert_eq!(names(&tab), 1);
    tab.state.fold(&event(&mut server, &say(0, 2)), 4_000);
    assert_eq!(names(&tab), 0);
    tab.state.fold(&typing(2, true), 5_000);
    tab.state.fold(&typing(2, false), 5_001);
    assert_eq!((names(&tab), tab.state.next_expiry_ms()), (0, None));
}

#[test]
fn what_arrived_whole_is_received_by_those_who_take_part_only() {
    let mut server = Server::new();
    let mut tab = Tab::open(&server);
    let said = event(&mut server, &say(0, 2));
    tab.state.fold(&said, 0);
    let last = tab.state.item(OPEN).unwrap().last_message.clone().unwrap();
    assert_eq!(tab.state.to_receive(OPEN), Some((last.message_id, last.number)));
    assert!(tab.state.read_up_to(OPEN, last.number));
    assert_eq!(tab.state.to_receive(OPEN), None, "read is received");
    assert_eq!(tab.state.item(OPEN).unwrap().unread_count, 0);
    event(&mut server, &say(0, 2));
    tab.state.fold(&event(&mut server, &say(0, 2)), 0);
    assert_eq!(tab.state.to_receive(OPEN), None, "not with a gap");
    let id = server.pick(1);
    server.change_mine(id, |mine| mine.standing = Standing::Requested);
    tab.state.take_item(&server.item(id).unwrap());
    assert_eq!((tab.state.to_receive(id), tab.state.requests()), (None, vec![id]));
}

#[test]
fn ticks_follow_the_last_of_the_others() {
    let mut server = Server::new();
    let mut tab = Tab::open(&server);
    let reach = |tab: &Tab| tab.state.reach(OPEN);
    assert_eq!(reach(&tab), Position { read: 3, delivered: 3 }, "Ben said the third");
    for change in [Change::Receive { at: 0, by: 3, message: 5 }, Change::Read { at: 0, by: 3, message: 4 }] {
        tab.state.fold(&event(&mut server, &change), 0);
    }
    assert_eq!(reach(&tab), Position { read: 5, delivered: 6 });
}

fn any_change() -> impl Strategy<Value = Change> {
    let at = 0usize..3;
    let by = 1u64..4;
    let message = 0usize..30;
    prop_oneof![
        8 => (at.clone(), by.clone(), prop::option::weighted(0.4, message.clone()))
            .prop_map(|(at, by, reply)| Change::Say { at, by, reply }),
        3 => (at.clone(), message.clone(), 0u64..9).prop_map(|(at, message, text)| Change::Edit { at, message, text }),
        2 => (at.clone(), message.clone()).prop_map(|(at, message)| Change::Delete { at, message }),
        4 => (at.clone(), message.clone(), by.clone()).prop_map(|(at, message, by)| Change::React { at, message, by }),
        1 => (at.clone(), by.clone()).prop_map(|(at, by)| Change::Rename { at, by }),
        3 => (at.clone(), by.clone(), message.clone()).prop_map(|(at, by, message)| Change::Read { at, by, message }),
        2 => (at.clone(), by, message).prop_map(|(at, by, message)| Change::Receive { at, by, message }),
        2 => (at.clone(), any::<bool>(), any::<bool>(), 0u64..3)
            .prop_map(|(at, muted, pinned, draft)| Change::Mine { at, muted, pinned, draft }),
        1 => at.clone().prop_map(|at| Change::Leave { at }),
        2 => at.prop_map(|at| Change::Return { at }),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (any_change(), 0usize..7, prop::option::of(0usize..9), prop::bool::weighted(0.15))
            .prop_map(|(change, delay, again, lost)| Step::Change { change, delay, again, lost }),
        2 => Just(Step::LoadOlder),
        1 => Just(Step::Cut),
        2 => any::<bool>().prop_map(|resumed| Step::Connect { resumed }),
    ]
}

proptest! {
    #[test]
    fn old_state_and_events_in_any_order_equal_a_fresh_read(steps in prop::collection::vec(any_step(), 0..60)) {
        let mut server = Server::new();
        let mut tab = Tab::open(&server);
        for step in &steps {
            tab.run(&mut server, step);
        }
        tab.connect(&server, true);
        // What was lost is noticed by what comes after it.
        for at in 0..3 {
            let change = Change::Say { at, by: 2, reply: None };
            tab.run(&mut server, &Step::Change { change, delay: 0, again: None, lost: false });
        }
        tab.settle(&server);
        tab.assert_fresh(&server);
    }
}
