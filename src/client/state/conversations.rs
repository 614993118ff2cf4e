//! Conversations as a tab knows them: folds what members say and do, notices what is missing, and says what to fetch.
//!
//! Of each conversation the tab holds every entry of its log up to one place ([`HeldConversation`]). The next entry moves
//! that place. An entry further on is taken too, for what a message is now does no harm, but leaves a gap; gaps that do
//! not close by themselves are closed by `sync_conversations`. No clock is read here: what expires is told the time.

mod messages;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use self::messages::Messages;
pub use self::messages::Thread;
use crate::protocol::{
    conversations::{
        Conversation, ConversationChanges, ConversationItem, HeldConversation, Membership, MessageView, Standing,
    },
    events::{Receipt, ServerEvent, Typing, UnreadCount},
    ids::{ConversationId, MessageId, UserId},
    limits::{HELD_CONVERSATIONS_MAX, TYPING_EXPIRES_MS},
    views::Page,
};

/// Entries remembered beyond a gap. With more than that the gap is closed by asking, not by waiting.
const BEYOND_MAX: usize = 256;

/// What a fold touched, so that only those signals are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Conversations whose item may have changed, or that are gone.
    pub items: BTreeSet<ConversationId>,
    /// Conversations whose members may have read or received more.
    pub positions: BTreeSet<ConversationId>,
    /// Conversations whose loaded messages may be others than before.
    pub threads: BTreeSet<ConversationId>,
    /// Messages that changed.
    pub messages: BTreeSet<MessageId>,
    /// Conversations in which others type than before.
    pub typing: BTreeSet<ConversationId>,
    /// Whether the order of the inbox, or what is unread, may have changed.
    pub inbox: bool,
    /// Client ids of the reader's own messages that are stored.
    pub stored: Vec<String>,
}

impl Changes {
    fn item(id: ConversationId) -> Self {
        Self { items: BTreeSet::from([id]), inbox: true, ..Self::default() }
    }
}

/// Something the events alone cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The newest page of the inbox: [`Conversations::seed_inbox`].
    Inbox,
    /// One conversation: [`Conversations::answer_item`].
    Item(ConversationId),
    /// The newest page of an open thread: [`Conversations::seed_thread`].
    Newest(ConversationId),
}

/// How far a member is, as message numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// They have read up to this one.
    pub read: u64,
    /// A device of theirs holds up to this one.
    pub delivered: u64,
}

/// Somebody who types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typist {
    /// Who.
    pub user_id: UserId,
    /// The name they go by.
    pub user_name: String,
    until_ms: u64,
}

/// All that is unread in the inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Messages.
    pub messages: u64,
    /// Conversations that have any.
    pub conversations: usize,
}

/// How much of a conversation's log is held.
#[derive(Clone, Debug, Default)]
struct Log {
    /// Everything up to this entry.
    held: u64,
    /// Entries after a gap.
    beyond: BTreeSet<u64>,
    /// The newest entry heard of.
    head: u64,
    /// There may be entries that nobody told of.
    doubted: bool,
}

impl Log {
    fn enter(&mut self, entry: u64) {
        self.hear(entry);
        if entry > self.held && self.beyond.len() < BEYOND_MAX {
            self.beyond.insert(entry);
        }
        self.close_up();
    }

    fn hear(&mut self, entry: u64) {
        self.head = self.head.max(entry);
    }

    /// Everything up to `entry` is held now.
    fn advance(&mut self, entry: u64) {
        self.held = self.held.max(entry);
        self.hear(entry);
        self.close_up();
    }

    fn close_up(&mut self) {
        while let Some(first) = self.beyond.first().copied() {
            if first > self.held.saturating_add(1) {
                break;
            }
            self.held = self.held.max(first);
            self.beyond.pop_first();
        }
    }

    const fn has_gap(&self) -> bool {
        self.head > self.held || self.doubted
    }
}

/// What is known of one conversation. The numbers in the item's members are those of its fetch: positions grow beside
/// it, so that a receipt does not touch what hundreds of rows show.
#[derive(Clone, Debug)]
struct Known {
    item: Arc<ConversationItem>,
    log: Log,
    messages: Messages,
    thread: Option<Thread>,
    positions: BTreeMap<UserId, Position>,
    typists: Vec<Typist>,
    // What the server counted, while it differs from what is counted here.
    told_unread: Option<u64>,
    wanted: bool,
}

impl Known {
    fn new(item: &ConversationItem) -> Self {
        let seq = item.conversation.seq;
        let mut known = Self {
            item: Arc::new(item.clone()),
            log: Log { held: seq, head: seq, ..Log::default() },
            messages: Messages::default(),
            thread: None,
            positions: BTreeMap::new(),
            typists: Vec::new(),
            told_unread: None,
            wanted: false,
        };
        known.take_item(item, &mut BTreeSet::new());
        known
    }

    /// Changes the item; a changed count is not what the server counted before.
    fn change(&mut self, change: impl FnOnce(&mut ConversationItem)) -> bool {
        let mut item = ConversationItem::clone(&self.item);
        change(&mut item);
        item.unread_count = item.conversation.last_number.saturating_sub(item.mine.read_number);
        if item == *self.item {
            return false;
        }
        if item.unread_count != self.item.unread_count {
            self.told_unread = None;
        }
        self.item = Arc::new(item);
        true
    }

    fn take_item(&mut self, item: &ConversationItem, changed: &mut BTreeSet<MessageId>) {
        if self.thread.is_none() && item.conversation.seq > self.log.held {
            // Of a conversation that is not open nothing is shown but what the item says.
            self.messages.forget_up_to(item.conversation.seq);
            self.log.advance(item.conversation.seq);
        }
        if let Some(last) = &item.last_message {
            self.messages.fold(last, changed);
        }
        self.take_mine(&item.mine);
        self.take_shared(&item.conversation);
        self.settle();
    }

    fn take_shared(&mut self, shared: &Conversation) -> bool {
        self.log.hear(shared.seq);
        for member in &shared.members {
            let read = member.read_number;
            self.take_position(member.person.id, read, member.delivered_number);
        }
        self.change(|item| {
            let current = &mut item.conversation;
            let (last_number, timestamp, seq) = (
                current.last_number.max(shared.last_number),
                current.timestamp.max(shared.timestamp),
                current.seq.max(shared.seq),
            );
            if shared.version >= current.version {
                current.clone_from(shared);
            }
            (current.last_number, current.timestamp, current.seq) = (last_number, timestamp, seq);
        })
    }

    fn take_mine(&mut self, mine: &Membership) -> bool {
        self.change(|item| {
            let read_number = item.mine.read_number.max(mine.read_number);
            if mine.version >= item.mine.version {
                item.mine.clone_from(mine);
            }
            item.mine.read_number = read_number;
        })
    }

    fn take_position(&mut self, user: UserId, read: u64, delivered: u64) -> bool {
        let position = self.positions.entry(user).or_default();
        let before = *position;
        position.read = position.read.max(read);
        // What was read was received.
        position.delivered = position.delivered.max(delivered).max(position.read);
        *position != before
    }

    /// Brings the item in line with the messages, and forgets messages that nothing shows.
    fn settle(&mut self) {
        let Some(last) = self.messages.last().cloned() else { return };
        let head = self.log.head;
        self.change(|item| {
            let shared = &mut item.conversation;
            shared.seq = shared.seq.max(head);
            shared.last_number = shared.last_number.max(last.number);
            shared.timestamp = shared.timestamp.max(last.timestamp);
            if item.last_message.as_ref() != Some(&*last) {
                item.last_message = Some(MessageView::clone(&last));
            }
        });
        if self.thread.is_none() && !self.log.has_gap() {
            self.messages.keep_last();
        }
    }

    fn is_listed(&self) -> bool {
        self.item.mine.standing == Standing::Active
    }

    /// The server's order: pinned ones first, then by the newest message or note.
    fn place(&self) -> (bool, u64) {
        (self.item.mine.pinned, spoken(&self.item))
    }
}

/// The newest message or note, as the number by which the server orders and pages.
fn spoken(item: &ConversationItem) -> u64 {
    let last = item.last_message.as_ref().map(|message| message.message_id.get());
    last.unwrap_or_else(|| item.conversation.conversation_id.get())
}

/// A conversation of which only its id was heard.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    head: u64,
    wanted: bool,
    // A page shows its thread.
    opened: bool,
}

/// The inbox as a list: which part of it is loaded.
#[derive(Clone, Debug, Default)]
struct Inbox {
    seeded: bool,
    wanted: bool,
    next: Option<String>,
}

/// All conversations that a tab knows.
#[derive(Clone, Debug, Default)]
pub struct Conversations {
    me: Option<UserId>,
    known: BTreeMap<ConversationId, Known>,
    heard: BTreeMap<ConversationId, Heard>,
    // What the server counted in conversations that are not known.
    counts: BTreeMap<ConversationId, u64>,
    gone: BTreeSet<ConversationId>,
    // Items on their way; one that was forgotten since is not among them.
    asked: BTreeSet<ConversationId>,
    inbox: Inbox,
    // How many threads were opened or begun anew: each has a number of its own.
    generations: u64,
}

impl Conversations {
    /// Says who reads. Somebody else starts with nothing.
    pub fn set_me(&mut self, me: UserId) {
        if self.me.is_some_and(|current| current != me) {
            *self = Self::default();
        }
        self.me = Some(me);
    }

    /// Takes an event at a time in milliseconds. Applying it twice, or late, changes nothing.
    pub fn fold(&mut self, event: &ServerEvent, now_ms: u64) -> Changes {
        match event {
            ServerEvent::NewMessage(event) | ServerEvent::MessageUpdated(event) => self.fold_message(&event.message),
            ServerEvent::MessageDeleted(event) => {
                self.fold_entry(event.conversation_id, event.seq, |messages, changed| {
                    messages.delete(event.message_id, event.seq, changed);
                })
            }
            ServerEvent::ReactionUpdate(event) => {
                self.fold_entry(event.conversation_id, event.seq, |messages, changed| {
                    messages.react(event.message_id, &event.reactions, event.seq, changed);
                })
            }
            ServerEvent::MessageRead(receipt) => self.fold_receipt(receipt, receipt.number),
            ServerEvent::MessageDelivered(receipt) => self.fold_receipt(receipt, 0),
            ServerEvent::Typing(typing) => self.fold_typing(typing, now_ms),
            ServerEvent::ConversationUpdate(event) => self.fold_shared(&event.conversation),
            ServerEvent::MembershipUpdate(event) => self.fold_mine(event.conversation_id, &event.mine),
            ServerEvent::ConversationChanges(changes) => self.fold_changes(changes),
            ServerEvent::UnreadCount(counts) => self.fold_counts(counts),
            // The connection's business, and that of posts and of people.
            ServerEvent::Connected(_)
            | ServerEvent::Ack(_)
            | ServerEvent::LikeUpdate(_)
            | ServerEvent::CommentUpdate(_)
            | ServerEvent::NewPost(_)
            | ServerEvent::PostUpdated(_)
            | ServerEvent::PostDeleted(_)
            | ServerEvent::JobUpdate(_)
            | ServerEvent::ApplicationUpdate(_)
            | ServerEvent::Notification(_)
            | ServerEvent::NotificationUpdate(_)
            | ServerEvent::UserStatus(_)
            | ServerEvent::ConnectionRequest(_)
            | ServerEvent::ConnectionAccepted(_)
            | ServerEvent::ConnectionDeclined(_)
            | ServerEvent::ConnectionUpdate(_)
            | ServerEvent::SightUpdate(_)
            | ServerEvent::CustomResponse(_)
            | ServerEvent::Pong { .. }
            | ServerEvent::Error(_)
            | ServerEvent::GoingAway { .. }
            | ServerEvent::Unknown => Changes::default(),
        }
    }

    fn fold_message(&mut self, message: &MessageView) -> Changes {
        let id = message.conversation_id;
        let mut changes = self.fold_entry(id, message.revision, |messages, changed| messages.fold(message, changed));
        self.note_sender(message, &mut changes);
        changes
    }

    /// What the reader's own message was called before it was stored.
    fn stored(&self, message: &MessageView) -> Option<String> {
        message.client_id.clone().filter(|_| self.me == Some(message.sender_id))
    }

    /// Who says something has read what came before, and types no more.
    fn note_sender(&mut self, message: &MessageView, changes: &mut Changes) {
        let sender = message.sender_id;
        changes.stored.extend(self.stored(message));
        if message.note.is_some() {
            return;
        }
        let Some(known) = self.known.get_mut(&message.conversation_id) else { return };
        if known.take_position(sender, message.number, message.number) {
            changes.positions.insert(message.conversation_id);
        }
        if self.me == Some(sender) {
            known.change(|item| item.mine.read_number = item.mine.read_number.max(message.number));
        }
        // An edit, or a message of long ago, ends nothing.
        let is_new = known.item.conversation.last_number == message.number && message.revision == message.seq;
        let typists = known.typists.len();
        known.typists.retain(|typist| !is_new || typist.user_id != sender);
        if typists != known.typists.len() {
            changes.typing.insert(message.conversation_id);
        }
    }

    /// Takes an entry of a conversation's log.
    fn fold_entry(
        &mut self,
        id: ConversationId,
        entry: u64,
        change: impl FnOnce(&mut Messages, &mut BTreeSet<MessageId>),
    ) -> Changes {
        let Some(known) = self.known.get_mut(&id) else {
            self.hear(id, entry, false);
            return Changes::default();
        };
        let mut changes = Changes::item(id);
        known.log.enter(entry);
        change(&mut known.messages, &mut changes.messages);
        known.settle();
        changes.threads.insert(id);
        changes
    }

    /// An unknown conversation spoke. `again`: what is being fetched of it may be older than that.
    fn hear(&mut self, id: ConversationId, entry: u64, again: bool) {
        let is_new = !self.heard.contains_key(&id);
        let heard = self.heard.entry(id).or_default();
        heard.head = heard.head.max(entry);
        heard.wanted |= is_new || again;
    }

    /// How far a member is; `read` is 0 when they only received.
    fn fold_receipt(&mut self, receipt: &Receipt, read: u64) -> Changes {
        let id = receipt.conversation_id;
        let Some(known) = self.known.get_mut(&id) else { return Changes::default() };
        let mut changes = Changes::default();
        if known.take_position(receipt.user_id, read, receipt.number) {
            changes.positions.insert(id);
        }
        if self.me == Some(receipt.user_id)
            && known.change(|item| item.mine.read_number = item.mine.read_number.max(read))
        {
            changes.items.insert(id);
            changes.inbox = true;
        }
        changes
    }

    fn fold_typing(&mut self, typing: &Typing, now_ms: u64) -> Changes {
        let Some(known) = self.known.get_mut(&typing.conversation_id) else { return Changes::default() };
        if self.me == Some(typing.user_id) {
            return Changes::default();
        }
        let place = known.typists.iter().position(|typist| typist.user_id == typing.user_id);
        let until_ms = now_ms.saturating_add(typing.expires_in_ms.min(TYPING_EXPIRES_MS));
        match (typing.is_typing && typing.expires_in_ms > 0, place) {
            (true, Some(place)) => {
                if let Some(typist) = known.typists.get_mut(place) {
                    typist.until_ms = until_ms;
                }
            }
            (true, None) => {
                known.typists.push(Typist { user_id: typing.user_id, user_name: typing.user_name.clone(), until_ms })
            }
            (false, Some(place)) => drop(known.typists.remove(place)),
            (false, None) => return Changes::default(),
        }
        Changes { typing: BTreeSet::from([typing.conversation_id]), ..Changes::default() }
    }

    /// Forgets who has not typed for a while.
    pub fn expire(&mut self, now_ms: u64) -> Changes {
        let mut changes = Changes::default();
        for (id, known) in &mut self.known {
            let before = known.typists.len();
            known.typists.retain(|typist| typist.until_ms > now_ms);
            if known.typists.len() != before {
                changes.typing.insert(*id);
            }
        }
        changes
    }

    /// When the next one is to be forgotten.
    #[must_use]
    pub fn next_expiry_ms(&self) -> Option<u64> {
        self.known.values().flat_map(|known| &known.typists).map(|typist| typist.until_ms).min()
    }

    fn fold_shared(&mut self, shared: &Conversation) -> Changes {
        let id = shared.conversation_id;
        let Some(known) = self.known.get_mut(&id) else {
            self.hear(id, shared.seq, true);
            return Changes::default();
        };
        known.take_shared(shared);
        let mut changes = Changes::item(id);
        changes.positions.insert(id);
        changes
    }

    fn fold_mine(&mut self, id: ConversationId, mine: &Membership) -> Changes {
        let Some(known) = self.known.get_mut(&id) else {
            // Even after "left" they may have been added again: only the server knows which of the two came last.
            self.hear(id, 0, true);
            return Changes::default();
        };
        if mine.standing == Standing::Left && mine.version >= known.item.mine.version {
            return self.forget(id);
        }
        known.take_mine(mine);
        Changes::item(id)
    }

    /// Forgets a conversation that the reader is not in any more.
    fn forget(&mut self, id: ConversationId) -> Changes {
        self.heard.remove(&id);
        self.counts.remove(&id);
        self.gone.insert(id);
        self.asked.remove(&id);
        let mut changes = Changes::item(id);
        if self.known.remove(&id).is_some() {
            changes.threads.insert(id);
            changes.typing.insert(id);
        }
        changes
    }

    fn fold_changes(&mut self, news: &ConversationChanges) -> Changes {
        let generation = self.next_generation();
        let id = news.conversation_id;
        let Some(known) = self.known.get_mut(&id) else { return Changes::default() };
        let mut changes = Changes::item(id);
        changes.threads.insert(id);
        known.log.advance(news.seq);
        known.log.doubted = false;
        if news.reload {
            known.wanted = true;
            if let Some(thread) = &mut known.thread {
                thread.reload(news.seq, generation);
            }
            return changes;
        }
        for message in &news.messages {
            known.messages.fold(message, &mut changes.messages);
        }
        known.settle();
        for message in &news.messages {
            self.note_sender(message, &mut changes);
        }
        changes
    }

    fn fold_counts(&mut self, counts: &UnreadCount) -> Changes {
        let Some(conversations) = counts.conversations.as_deref() else { return Changes::default() };
        let count = |id: &ConversationId| {
            conversations.iter().find(|at| at.conversation_id == *id).map_or(0, |at| at.unread_count)
        };
        for (id, known) in &mut self.known {
            if known.is_listed() {
                let told = count(id);
                known.told_unread = (told != known.item.unread_count).then_some(told);
            }
        }
        let unknown = conversations.iter().filter(|at| !self.known.contains_key(&at.conversation_id));
        self.counts = unknown.map(|at| (at.conversation_id, at.unread_count)).collect();
        Changes { inbox: true, ..Changes::default() }
    }

    /// Takes what the server counted when the page was rendered.
    pub fn seed_counts(&mut self, counts: &UnreadCount) -> Changes {
        self.fold_counts(counts)
    }

    // ------------------------------------------------------------------------------------------------------ fetching

    /// Takes a conversation that the server rendered or answered.
    pub fn take_item(&mut self, item: &ConversationItem) -> Changes {
        let generation = self.next_generation();
        let id = item.conversation.conversation_id;
        if item.mine.standing == Standing::Left {
            return self.forget(id);
        }
        let mut changes = Changes::item(id);
        changes.positions.insert(id);
        changes.threads.insert(id);
        changes.stored.extend(item.last_message.as_ref().and_then(|last| self.stored(last)));
        match self.known.get_mut(&id) {
            Some(known) => known.take_item(item, &mut changes.messages),
            None => drop(self.known.insert(id, Known::new(item))),
        }
        self.counts.remove(&id);
        self.gone.remove(&id);
        if let (Some(heard), Some(known)) = (self.heard.remove(&id), self.known.get_mut(&id)) {
            known.log.hear(heard.head);
            known.wanted |= heard.wanted;
            if heard.opened {
                known.thread = Some(Thread::wanted(generation));
            }
        }
        changes
    }

    /// Call before fetching for [`Need::Item`].
    pub fn begin_item(&mut self, id: ConversationId) {
        self.asked.insert(id);
        if let Some(known) = self.known.get_mut(&id) {
            known.wanted = false;
            known.told_unread = None;
        } else {
            self.heard.entry(id).or_default().wanted = false;
        }
    }

    /// Takes the answer to [`Need::Item`]: the conversation, or that there is none for this reader.
    pub fn answer_item(&mut self, id: ConversationId, answer: Option<&ConversationItem>) -> Changes {
        let is_late = !self.asked.remove(&id);
        match answer {
            // They left since it was asked, and may have come back: only the server knows.
            Some(_) if is_late => {
                self.hear(id, 0, true);
                Changes::default()
            }
            Some(item) => self.take_item(item),
            // They were added since it was asked.
            None if self.heard.get(&id).is_some_and(|heard| heard.wanted) => Changes::default(),
            None => self.forget(id),
        }
    }

    /// Asks for a conversation that a page wants to show.
    pub fn want_item(&mut self, id: ConversationId) {
        if !self.known.contains_key(&id) {
            self.hear(id, 0, true);
        }
    }

    /// The newest page of the inbox, first or again. What should be in it and is not is asked for.
    pub fn seed_inbox(&mut self, page: &Page<ConversationItem>) -> Changes {
        let mut changes = self.take_items(page);
        let unpinned = page.items.iter().filter(|item| !item.mine.pinned);
        let bottom = if page.next.is_none() { None } else { unpinned.map(spoken).min() };
        let listed: BTreeSet<_> = page.items.iter().map(|item| item.conversation.conversation_id).collect();
        for (id, known) in &mut self.known {
            let is_missing = known.is_listed() && !listed.contains(id);
            known.wanted |= self.inbox.seeded && is_missing && Some(spoken(&known.item)) >= bottom;
        }
        if !self.inbox.seeded {
            self.inbox.next.clone_from(&page.next);
        }
        self.inbox.seeded = true;
        changes.inbox = true;
        changes
    }

    /// The next older page of the inbox.
    pub fn append_inbox(&mut self, page: &Page<ConversationItem>) -> Changes {
        let changes = self.take_items(page);
        self.inbox.next.clone_from(&page.next);
        changes
    }

    fn take_items(&mut self, page: &Page<ConversationItem>) -> Changes {
        let mut all = Changes { inbox: true, ..Changes::default() };
        for item in &page.items {
            let id = item.conversation.conversation_id;
            if self.gone.contains(&id) {
                // The page may have been read before they left.
                self.hear(id, 0, true);
                continue;
            }
            let mut changes = self.take_item(item);
            all.items.append(&mut changes.items);
            all.positions.append(&mut changes.positions);
            all.threads.append(&mut changes.threads);
            all.messages.append(&mut changes.messages);
            all.stored.append(&mut changes.stored);
        }
        all
    }

    /// Whether a page of the inbox was taken.
    #[must_use]
    pub const fn is_inbox_seeded(&self) -> bool {
        self.inbox.seeded
    }

    /// The cursor of the next older page of the inbox; `None` at its end.
    #[must_use]
    pub fn inbox_next(&self) -> Option<&str> {
        self.inbox.next.as_deref()
    }

    /// What was rendered may be older than the connection: the inbox is read again, and every log is compared.
    pub fn doubt(&mut self) {
        self.inbox.wanted = self.inbox.seeded;
        for known in self.known.values_mut() {
            known.log.doubted = true;
        }
    }

    /// Too much was missed. The server sends what the logs of the held conversations lack; the rest is read again.
    pub fn reload(&mut self) -> Changes {
        self.inbox.wanted = self.inbox.seeded;
        let compared: BTreeSet<_> = self.held().into_iter().map(|held| held.conversation_id).collect();
        for (id, known) in &mut self.known {
            // Those that are beyond the newest pages are asked for one by one when they are open.
            known.wanted |= known.thread.is_some();
            known.log.doubted |= !compared.contains(id);
        }
        Changes::default()
    }

    /// What is to be fetched.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        if self.inbox.wanted {
            needs.push(Need::Inbox);
        }
        needs.extend(self.heard.iter().filter(|(_, heard)| heard.wanted).map(|(id, _)| Need::Item(*id)));
        for (id, known) in &self.known {
            if known.wanted || known.told_unread.is_some() {
                needs.push(Need::Item(*id));
            }
            if known.thread.as_ref().is_some_and(|thread| thread.newest_wanted) {
                needs.push(Need::Newest(*id));
            }
        }
        needs
    }

    /// Call before fetching for [`Need::Inbox`].
    pub fn begin_inbox(&mut self) {
        self.inbox.wanted = false;
    }

    /// The fetch failed: what it was for is needed still.
    pub fn fail(&mut self, need: Need) {
        match need {
            Need::Inbox => self.inbox.wanted = true,
            Need::Item(id) => match self.known.get_mut(&id) {
                Some(known) => known.wanted = true,
                None => self.heard.entry(id).or_default().wanted = true,
            },
            Need::Newest(id) => {
                if let Some(thread) = self.thread_mut(id) {
                    thread.newest_wanted = true;
                }
            }
        }
    }

    /// Conversations with a gap, to be closed with `sync_conversations`.
    #[must_use]
    pub fn gaps(&self) -> Vec<HeldConversation> {
        let open = self.known.iter().filter(|(_, known)| known.log.has_gap());
        open.take(HELD_CONVERSATIONS_MAX).map(|(id, known)| held(*id, known)).collect()
    }

    /// What is held, for `resume`: open threads first, then what was last said.
    #[must_use]
    pub fn held(&self) -> Vec<HeldConversation> {
        let mut all: Vec<(&ConversationId, &Known)> = self.known.iter().collect();
        all.sort_by_key(|(_, known)| std::cmp::Reverse((known.thread.is_some(), spoken(&known.item))));
        all.truncate(HELD_CONVERSATIONS_MAX);
        all.into_iter().map(|(id, known)| held(*id, known)).collect()
    }

    /// The server has answered a `sync_conversations`: where nothing came, there was nothing.
    pub fn end_sync(&mut self, asked: &[HeldConversation]) {
        for at in asked {
            if let Some(known) = self.known.get_mut(&at.conversation_id)
                && known.log.held == at.seq
            {
                known.log.head = known.log.held;
                known.log.beyond.clear();
                known.log.doubted = false;
                known.settle();
            }
        }
    }

    // ------------------------------------------------------------------------------------------------------- threads

    /// Opens a thread; its newest page is wanted if it was not open.
    pub fn open_thread(&mut self, id: ConversationId) {
        let generation = self.next_generation();
        match self.known.get_mut(&id) {
            Some(known) if known.thread.is_none() => {
                known.thread = Some(Thread::wanted(generation));
            }
            Some(_) => {}
            None => {
                self.want_item(id);
                self.heard.entry(id).or_default().opened = true;
            }
        }
    }

    /// Forgets the messages of a thread but the last.
    pub fn close_thread(&mut self, id: ConversationId) {
        if let Some(known) = self.known.get_mut(&id) {
            known.thread = None;
            known.settle();
        }
    }

    /// A thread, once open.
    #[must_use]
    pub fn thread(&self, id: ConversationId) -> Option<&Thread> {
        self.known.get(&id)?.thread.as_ref()
    }

    /// A page that was asked for under another one, perhaps before the reader left and came back, is not taken.
    const fn next_generation(&mut self) -> u64 {
        self.generations = self.generations.saturating_add(1);
        self.generations
    }

    fn thread_mut(&mut self, id: ConversationId) -> Option<&mut Thread> {
        self.known.get_mut(&id)?.thread.as_mut()
    }

    /// Call before fetching for [`Need::Newest`], or an older page; returns what to give back with the answer.
    pub fn begin_page(&mut self, id: ConversationId, newest: bool) -> u64 {
        self.thread_mut(id).map_or(0, |thread| {
            thread.newest_wanted &= !newest;
            thread.generation
        })
    }

    /// The newest page of an open thread. One that is read before its conversation must be given after it.
    pub fn seed_thread(&mut self, id: ConversationId, asked: u64, page: &Page<MessageView>) -> Changes {
        let Some(known) = self.known.get_mut(&id) else { return Changes::default() };
        let Some(thread) = known.thread.as_mut().filter(|thread| thread.generation == asked) else {
            return Changes::default();
        };
        thread.newest_wanted = false;
        let stale_to = std::mem::take(&mut thread.stale_to);
        if stale_to > 0 {
            known.messages.forget_up_to(stale_to);
            thread.bottom = None;
        }
        self.extend_thread(id, page)
    }

    /// The next older page of a thread; dropped when the thread was reloaded since it was asked for.
    pub fn append_thread(&mut self, id: ConversationId, asked: u64, page: &Page<MessageView>) -> Changes {
        if self.thread(id).is_some_and(|thread| thread.is_seeded() && thread.generation == asked) {
            self.extend_thread(id, page)
        } else {
            Changes::default()
        }
    }

    fn extend_thread(&mut self, id: ConversationId, page: &Page<MessageView>) -> Changes {
        let mut changes = Changes::item(id);
        changes.threads.insert(id);
        let Some(known) = self.known.get_mut(&id) else { return changes };
        if let (Some(first), None) = (page.items.iter().map(|message| message.seq).min(), &page.next) {
            // Nothing stands before it: what is held from there was said before the reader came back.
            known.messages.forget_below(first);
        }
        for message in &page.items {
            known.messages.fold(message, &mut changes.messages);
            // It was read after an entry that has not come yet, or is lost.
            known.log.hear(message.revision);
        }
        if let Some(thread) = &mut known.thread {
            thread.extend(page);
        }
        known.settle();
        changes.stored.extend(page.items.iter().filter_map(|message| self.stored(message)));
        changes
    }

    /// The loaded messages and notes of an open thread, oldest first.
    pub fn messages(&self, id: ConversationId) -> impl DoubleEndedIterator<Item = &Arc<MessageView>> {
        let known = self.known.get(&id);
        let bottom = known.and_then(|known| known.thread.as_ref()?.bottom);
        known.zip(bottom).into_iter().flat_map(|(known, bottom)| known.messages.from(bottom))
    }

    /// One message that is held.
    #[must_use]
    pub fn message(&self, conversation: ConversationId, id: MessageId) -> Option<&Arc<MessageView>> {
        self.known.get(&conversation)?.messages.get(id)
    }

    // ------------------------------------------------------------------------------------------------------- reading

    /// One conversation. The numbers of its members are those of its fetch: see [`Conversations::positions`].
    #[must_use]
    pub fn item(&self, id: ConversationId) -> Option<&Arc<ConversationItem>> {
        Some(&self.known.get(&id)?.item)
    }

    /// Whether there is no such conversation for this reader: it does not exist, or they left or were removed.
    #[must_use]
    pub fn is_gone(&self, id: ConversationId) -> bool {
        self.gone.contains(&id)
    }

    /// How far each member is.
    #[must_use]
    pub fn positions(&self, id: ConversationId) -> Option<&BTreeMap<UserId, Position>> {
        Some(&self.known.get(&id)?.positions)
    }

    /// How far all the other members are, at least.
    #[must_use]
    pub fn reach(&self, id: ConversationId) -> Position {
        let Some(known) = self.known.get(&id) else { return Position::default() };
        let others = known.item.conversation.members.iter().filter(|member| Some(member.person.id) != self.me);
        let positions = others.map(|member| known.positions.get(&member.person.id).copied().unwrap_or_default());
        positions
            .reduce(|one, other| Position {
                read: one.read.min(other.read),
                delivered: one.delivered.min(other.delivered),
            })
            .unwrap_or_default()
    }

    /// Who types, in the order in which they began.
    #[must_use]
    pub fn typists(&self, id: ConversationId) -> &[Typist] {
        self.known.get(&id).map_or(&[], |known| &known.typists)
    }

    /// The inbox: pinned conversations first, then those in which something was last said.
    #[must_use]
    pub fn inbox(&self) -> Vec<ConversationId> {
        self.ordered(Standing::Active)
    }

    /// Conversations that strangers began and the reader has not answered, the last said first.
    #[must_use]
    pub fn requests(&self) -> Vec<ConversationId> {
        self.ordered(Standing::Requested)
    }

    fn ordered(&self, standing: Standing) -> Vec<ConversationId> {
        let mut listed: Vec<_> = self.known.iter().filter(|(_, known)| known.item.mine.standing == standing).collect();
        listed.sort_by_key(|(_, known)| std::cmp::Reverse(known.place()));
        listed.into_iter().map(|(id, _)| *id).collect()
    }

    /// All that is unread in the inbox.
    #[must_use]
    pub fn unread(&self) -> Unread {
        let known = self.known.values().filter(|known| known.is_listed()).map(|known| known.item.unread_count);
        let all = known.chain(self.counts.values().copied()).filter(|count| *count > 0);
        all.fold(Unread::default(), |sum, count| Unread {
            messages: sum.messages.saturating_add(count),
            conversations: sum.conversations.saturating_add(1),
        })
    }

    /// The newest message of a conversation, if this device holds all up to it and the server has not heard so. Only
    /// those who take part tell what they received.
    #[must_use]
    pub fn to_receive(&self, id: ConversationId) -> Option<(MessageId, u64)> {
        let known = self.known.get(&id).filter(|known| known.is_listed() && !known.log.has_gap())?;
        let last = known.item.last_message.as_ref()?;
        let told = known.positions.get(&self.me?).copied().unwrap_or_default().delivered;
        (last.number > told && last.note.is_none()).then_some((last.message_id, last.number))
    }

    /// The reader has seen everything up to this number; whether that is more than before.
    pub fn read_up_to(&mut self, id: ConversationId, number: u64) -> bool {
        let (Some(known), Some(me)) = (self.known.get_mut(&id), self.me) else { return false };
        known.take_position(me, number, number);
        known.change(|item| item.mine.read_number = item.mine.read_number.max(number))
    }
}

fn held(conversation_id: ConversationId, known: &Known) -> HeldConversation {
    HeldConversation { conversation_id, seq: known.log.held }
}

#[cfg(test)]
mod tests;
