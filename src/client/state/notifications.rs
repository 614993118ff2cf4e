//! The reader's bell: folds the log of their notifications, keeps the loaded part of each list, and shows what they
//! marked before the server has confirmed it.
//!
//! A notification that arrives carries its whole state and the entry of the log it last changed with, so the later of two
//! holds. What became of one is an entry too. A group that grows fast is told now and then only, so an entry that is
//! missing may never come: a gap is a doubt, and a doubt is ended by reading the newest page again.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::protocol::{
    events::{NotificationUpdate, ServerEvent, UnreadCount},
    ids::NotificationId,
    notifications::{AllRead, Notification, NotificationFilter, NotificationKind, NotificationStatus, Occasion},
    time::Timestamp,
    views::Page,
};

/// What became of notifications that are not held is remembered for so many.
const FATES_KEPT: usize = 500;

/// What a fold touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Notifications whose state may have changed.
    pub items: BTreeSet<NotificationId>,
    /// Whether lists or the count may have changed.
    pub lists: bool,
}

impl Changes {
    fn lists() -> Self {
        Self { lists: true, ..Self::default() }
    }

    fn of(id: NotificationId) -> Self {
        Self { items: BTreeSet::from([id]), lists: true }
    }
}

/// Something the events alone cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The newest page of a list that is open.
    Newest(NotificationFilter),
    /// How many are unread.
    Count,
}

/// The place of a notification in lists: newest first.
type Key = (Timestamp, NotificationId);

/// The loaded part of one list.
#[derive(Clone, Debug, Default)]
struct List {
    /// What the list may show; what does not belong to it any more is left out when it is shown.
    ids: BTreeSet<NotificationId>,
    is_seeded: bool,
    is_doubted: bool,
    failed: bool,
    next: Option<String>,
    /// The last one that was loaded; `None` when all are.
    floor: Option<Key>,
}

impl List {
    fn takes(&self, key: Key) -> bool {
        self.is_seeded && self.floor.is_none_or(|floor| key >= floor)
    }
}

/// What became of a notification at an entry of the log.
#[derive(Clone, Copy, Debug)]
struct Fate {
    seq: u64,
    status: NotificationStatus,
    at: Timestamp,
}

/// A notification that is held.
#[derive(Clone, Debug)]
struct Held {
    /// As it was told last.
    told: Notification,
    /// It was so at this entry of the log, whichever it last changed with.
    as_of: u64,
    /// The same after what became of it since.
    now: Arc<Notification>,
}

/// What the reader marked, until the server's own count contains it.
#[derive(Clone, Copy, Debug)]
struct Wish {
    read: bool,
    /// By how much the server's count is wrong until then.
    moves: i64,
    /// The entry of the log that did it, once known.
    stored: Option<u64>,
}

/// The bell of one person.
#[derive(Clone, Debug, Default)]
pub struct Bell {
    items: BTreeMap<NotificationId, Held>,
    /// What became of those that are not held, or since they were told.
    fates: BTreeMap<NotificationId, Fate>,
    /// All before this entry were marked as read at this time.
    all_read: Option<(u64, Timestamp)>,
    /// The last marking of all that was taken back, by its time.
    undone: Option<Timestamp>,
    lists: BTreeMap<NotificationFilter, List>,
    open: BTreeSet<NotificationFilter>,
    count: u64,
    /// The entry that the count was made with; `None` before the first.
    counted: Option<u64>,
    /// Every entry up to this one is held, or was read with a page.
    whole: u64,
    /// Entries that came before one that is missing.
    ahead: BTreeSet<u64>,
    /// The newest entry heard of.
    newest: u64,
    wishes: BTreeMap<NotificationId, Wish>,
    /// Answered here: what takes them away elsewhere only reads them, so that the answer is seen where it was given.
    kept: BTreeSet<NotificationId>,
    /// "Mark all" is under way: everything up to this entry shows as read.
    wishes_all: Option<u64>,
}

/// Whether a notification stands in a list.
#[must_use]
pub fn belongs(notification: &Notification, filter: NotificationFilter) -> bool {
    match filter {
        NotificationFilter::All => true,
        NotificationFilter::Unread => notification.read_at.is_none(),
        NotificationFilter::Mentions => notification.kind == NotificationKind::Mention,
        NotificationFilter::Requests => notification.data.occasion == Occasion::ConnectionAsked,
    }
}

const fn key(notification: &Notification) -> Key {
    (notification.timestamp, notification.notification_id)
}

impl Bell {
    /// Takes an event. Applying it twice, or late, changes nothing.
    pub fn fold(&mut self, event: &ServerEvent) -> Changes {
        match event {
            ServerEvent::Notification(event) => {
                self.note(event.notification.seq);
                self.take(event.notification.clone(), event.notification.seq)
            }
            ServerEvent::NotificationUpdate(update) => self.fold_update(update),
            ServerEvent::UnreadCount(count) => self.take_count(count),
            _ => Changes::default(),
        }
    }

    /// An entry of the log was heard of.
    fn note(&mut self, seq: u64) {
        self.newest = self.newest.max(seq);
        if seq <= self.whole {
            return;
        }
        self.ahead.insert(seq);
        while self.ahead.remove(&(self.whole + 1)) {
            self.whole += 1;
        }
    }

    /// Takes a whole state, as it was at an entry of the log.
    fn take(&mut self, told: Notification, as_of: u64) -> Changes {
        let (id, as_of) = (told.notification_id, as_of.max(told.seq));
        // A page may be ahead of the events.
        self.newest = self.newest.max(told.seq);
        if self.items.get(&id).is_some_and(|held| (held.told.seq, held.as_of) >= (told.seq, as_of)) {
            return Changes::default();
        }
        if self.fates.get(&id).is_some_and(|fate| fate.seq <= as_of) {
            self.fates.remove(&id);
        }
        let changes = self.hold(told, as_of);
        if let Some(held) = self.items.get(&id) {
            for (filter, list) in &mut self.lists {
                if belongs(&held.now, *filter) && list.takes(key(&held.now)) {
                    list.ids.insert(id);
                }
            }
        }
        changes
    }

    /// Holds what was told, after what became of it.
    fn hold(&mut self, told: Notification, as_of: u64) -> Changes {
        let id = told.notification_id;
        let mut now = told.clone();
        let fate = self.fates.get(&id).copied().filter(|fate| fate.seq > as_of).map(|fate| self.spared(id, fate));
        if fate.is_some_and(|fate| !apply(&mut now, fate)) {
            self.wishes.remove(&id);
            return if self.items.remove(&id).is_some() { Changes::of(id) } else { Changes::default() };
        }
        if let Some((seq, at)) = self.all_read.filter(|(seq, _)| now.seq.max(as_of) < *seq && now.read_at.is_none()) {
            apply(&mut now, Fate { seq, status: NotificationStatus::Read, at });
        }
        self.settle(id, &now);
        let unread = self.lists.entry(NotificationFilter::Unread).or_default();
        if now.read_at.is_none() && unread.takes(key(&now)) {
            unread.ids.insert(id);
        }
        self.items.insert(id, Held { told, as_of, now: Arc::new(now) });
        Changes::of(id)
    }

    fn spared(&self, id: NotificationId, fate: Fate) -> Fate {
        if fate.status == NotificationStatus::Removed && self.kept.contains(&id) {
            Fate { status: NotificationStatus::Read, ..fate }
        } else {
            fate
        }
    }

    fn fold_update(&mut self, update: &NotificationUpdate) -> Changes {
        // What became of it on its way to a channel changes nothing here.
        let Some(seq) = update.seq else { return Changes::default() };
        self.note(seq);
        let fate = Fate { seq, status: update.status, at: update.timestamp };
        match (update.and_older, update.status) {
            (true, NotificationStatus::Read) => self.read_all(fate),
            (true, NotificationStatus::Unread) => self.unread_all(fate),
            (true, _) => self.doubt(),
            (false, _) => self.take_fate(update.notification_id, fate),
        }
    }

    fn take_fate(&mut self, id: NotificationId, fate: Fate) -> Changes {
        if self.fates.get(&id).is_some_and(|known| known.seq >= fate.seq) {
            return Changes::default();
        }
        let held = self.items.get(&id).map(|held| (held.told.clone(), held.as_of));
        if held.as_ref().is_some_and(|(_, as_of)| *as_of >= fate.seq) {
            return Changes::default();
        }
        self.fates.insert(id, fate);
        match held {
            Some((told, as_of)) => self.hold(told, as_of),
            None => {
                if fate.status == NotificationStatus::Unread {
                    // It stands in that list now, and nobody here knows what it says.
                    self.lists.entry(NotificationFilter::Unread).or_default().is_doubted = true;
                }
                self.forget_fates();
                Changes::default()
            }
        }
    }

    fn forget_fates(&mut self) {
        while self.fates.len() > FATES_KEPT + self.items.len() {
            let unheld = self.fates.iter().filter(|(id, _)| !self.items.contains_key(id));
            let Some(oldest) = unheld.min_by_key(|(_, fate)| fate.seq).map(|(id, _)| *id) else { return };
            self.fates.remove(&oldest);
        }
    }

    fn read_all(&mut self, fate: Fate) -> Changes {
        if self.undone == Some(fate.at) || self.all_read.is_some_and(|(seq, _)| seq >= fate.seq) {
            return Changes::default();
        }
        self.all_read = Some((fate.seq, fate.at));
        let unread = |held: &&Held| held.now.read_at.is_none() && held.now.seq < fate.seq;
        let held: Vec<Held> = self.items.values().filter(unread).cloned().collect();
        let mut changes = Changes::lists();
        for Held { told, as_of, .. } in held {
            changes.items.extend(self.hold(told, as_of).items);
        }
        changes
    }

    /// What was marked at once at the time of `fate` is not read after all. What is not held of it has to be read anew.
    fn unread_all(&mut self, fate: Fate) -> Changes {
        if self.undone.replace(fate.at) == Some(fate.at) {
            return Changes::default();
        }
        let was_marked = |held: &&Held| held.now.read_at == Some(fate.at);
        let ids: Vec<NotificationId> =
            self.items.values().filter(was_marked).map(|held| held.told.notification_id).collect();
        if self.all_read.is_some_and(|(_, at)| at == fate.at) {
            self.all_read = None;
        }
        let mut changes = self.doubt();
        for id in ids {
            changes.items.extend(self.take_fate(id, fate).items);
        }
        changes
    }

    /// Takes a count of the server.
    pub fn take_count(&mut self, count: &UnreadCount) -> Changes {
        if self.counted.is_some_and(|counted| counted > count.seq) {
            return Changes::default();
        }
        if self.counted.is_none() {
            // What was before the first count is read with pages.
            self.whole = self.whole.max(count.seq);
            self.ahead = self.ahead.split_off(&count.seq.saturating_add(1));
        }
        self.counted = Some(count.seq);
        self.newest = self.newest.max(count.seq);
        self.count = count.count;
        let stored = |wish: &Wish| wish.stored.is_some_and(|seq| seq <= count.seq);
        let done: BTreeSet<NotificationId> =
            self.wishes.iter().filter(|(_, wish)| stored(wish)).map(|(id, _)| *id).collect();
        for id in &done {
            self.wishes.remove(id);
        }
        Changes { items: done, lists: true }
    }

    /// Too much was missed: everything that is open is read again.
    pub fn reload(&mut self) -> Changes {
        self.counted = None;
        self.fates.clear();
        self.doubt()
    }

    /// Nobody compared what is held with what there is.
    pub fn doubt(&mut self) -> Changes {
        for list in self.lists.values_mut() {
            list.is_doubted = true;
            list.failed = false;
        }
        Changes::lists()
    }

    /// A gap has stood for a while. Lists that are open are to be read again, others when they are opened.
    pub fn doubt_gap(&mut self) {
        if self.has_gap() {
            self.doubt();
            // From here on the doubt stands for what is missing: a page that is read now has it.
            self.whole = self.newest;
            self.ahead.clear();
        }
    }

    /// Whether an entry is missing that later ones followed.
    #[must_use]
    pub fn has_gap(&self) -> bool {
        self.whole < self.newest
    }

    /// What an open list lacks, and whether the count is older than what was heard since.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let lacks = |filter: &&NotificationFilter| {
            self.lists.get(filter).is_none_or(|list| {
                // All that was loaded is gone, and there is more.
                let is_used_up = || list.next.is_some() && self.list(**filter).is_empty();
                !list.failed && (!list.is_seeded || list.is_doubted || is_used_up())
            })
        };
        let mut needs: Vec<Need> = self.open.iter().filter(lacks).map(|filter| Need::Newest(*filter)).collect();
        if self.counted.is_none_or(|counted| counted < self.newest) {
            needs.push(Need::Count);
        }
        needs
    }

    /// A list is on show, or is not any more.
    pub fn set_open(&mut self, filter: NotificationFilter, is_open: bool) {
        if is_open {
            self.open.insert(filter);
            self.lists.entry(filter).or_default().failed = false;
        } else {
            self.open.remove(&filter);
        }
    }

    /// The newest entry heard of: call it before asking for a page, and give it to [`Bell::seed`] with the answer.
    #[must_use]
    pub const fn asked(&self) -> u64 {
        self.newest
    }

    /// The newest page of a list did not come; it is asked again when the reader wants to.
    pub fn fail(&mut self, filter: NotificationFilter) {
        self.lists.entry(filter).or_default().failed = true;
    }

    /// Takes the newest page of a list.
    pub fn seed(&mut self, filter: NotificationFilter, page: &Page<Notification>, asked: u64) -> Changes {
        let mut changes = Changes::lists();
        let is_used_up = self.list(filter).is_empty();
        self.take_page(page, asked, &mut changes);
        let fresh: BTreeSet<NotificationId> = page.items.iter().map(|item| item.notification_id).collect();
        let floor = page.next.is_some().then(|| page.items.last().map(key)).flatten();
        let mut list = self.lists.remove(&filter).unwrap_or_default();
        // What was told since it was asked for is newer than the page.
        let is_later = |id: &NotificationId| self.items.get(id).is_some_and(|held| held.now.seq > asked);
        let was_doubted = list.is_doubted || !list.is_seeded || is_used_up;
        if was_doubted {
            list.ids.retain(|id| fresh.contains(id) || is_later(id));
        }
        list.ids.extend(fresh);
        // Where nothing was in doubt, what was loaded below the page stays.
        if was_doubted || !list.is_seeded {
            (list.floor, list.next) = (floor, page.next.clone());
        }
        (list.is_seeded, list.is_doubted, list.failed) = (true, false, false);
        // What came while nobody had asked for this list.
        let arrived = self.items.values().map(|held| &held.now).filter(|now| now.seq > asked && belongs(now, filter));
        let arrived: Vec<NotificationId> =
            arrived.filter(|now| list.takes(key(now))).map(|now| now.notification_id).collect();
        list.ids.extend(arrived);
        self.lists.insert(filter, list);
        self.forget_unlisted();
        changes
    }

    /// Takes the next older page of a list.
    pub fn append(&mut self, filter: NotificationFilter, page: &Page<Notification>, asked: u64) -> Changes {
        let mut changes = Changes::lists();
        self.take_page(page, asked, &mut changes);
        let list = self.lists.entry(filter).or_default();
        list.ids.extend(page.items.iter().map(|item| item.notification_id));
        list.next.clone_from(&page.next);
        list.floor = page.next.is_some().then(|| page.items.last().map(key).or(list.floor)).flatten();
        changes
    }

    fn take_page(&mut self, page: &Page<Notification>, asked: u64, changes: &mut Changes) {
        for item in &page.items {
            changes.items.extend(self.take(item.clone(), asked).items);
        }
    }

    fn forget_unlisted(&mut self) {
        let listed: BTreeSet<NotificationId> = self.lists.values().flat_map(|list| list.ids.iter().copied()).collect();
        self.items.retain(|id, _| listed.contains(id));
    }

    // --------------------------------------------------------------------------------------------------- what is shown

    /// A notification as it is to be shown.
    #[must_use]
    pub fn shown(&self, id: NotificationId) -> Option<Arc<Notification>> {
        let now = &self.items.get(&id)?.now;
        let read = match self.wishes.get(&id) {
            // The log has gone on since: it knows better.
            Some(wish) if wish.stored.is_some_and(|seq| now.seq >= seq) => now.read_at.is_some(),
            Some(wish) => wish.read,
            None => now.read_at.is_some() || self.wishes_all.is_some_and(|seq| now.seq <= seq),
        };
        if read == now.read_at.is_some() {
            return Some(Arc::clone(now));
        }
        let read_at = read.then_some(now.timestamp);
        Some(Arc::new(Notification { read_at, ..Notification::clone(now) }))
    }

    /// The loaded part of a list, newest first.
    #[must_use]
    pub fn list(&self, filter: NotificationFilter) -> Vec<NotificationId> {
        let Some(list) = self.lists.get(&filter) else { return Vec::new() };
        let held = list.ids.iter().filter_map(|id| self.items.get(id));
        let mut items: Vec<&Arc<Notification>> = held.map(|held| &held.now).collect();
        items.retain(|item| belongs(item, filter) && list.takes(key(item)));
        items.sort_by_key(|item| Reverse(key(item)));
        items.into_iter().map(|item| item.notification_id).collect()
    }

    /// Whether a page of a list was taken.
    #[must_use]
    pub fn is_seeded(&self, filter: NotificationFilter) -> bool {
        self.lists.get(&filter).is_some_and(|list| list.is_seeded)
    }

    /// Where the next older page of a list begins.
    #[must_use]
    pub fn next(&self, filter: NotificationFilter) -> Option<&str> {
        self.lists.get(&filter)?.next.as_deref()
    }

    /// How many are unread: the server's count, and what the reader marked since.
    #[must_use]
    pub fn count(&self) -> u64 {
        if self.wishes_all.is_some() {
            return 0;
        }
        let moved: i64 = self.wishes.values().map(|wish| wish.moves).sum();
        self.count.saturating_add_signed(moved)
    }

    // -------------------------------------------------------------------------------------------------- what is wished

    /// The reader marks one. Whether there is anything to tell the server.
    pub fn wish(&mut self, id: NotificationId, read: bool) -> (bool, Changes) {
        let Some(shown) = self.shown(id) else { return (true, Changes::default()) };
        if (shown.read_at.is_some()) == read {
            return (false, Changes::default());
        }
        let held_read = self.items.get(&id).is_some_and(|held| held.now.read_at.is_some());
        let moves = match (held_read, read) {
            (false, true) => -1,
            (true, false) => 1,
            _ => 0,
        };
        self.wishes.insert(id, Wish { read, moves, stored: None });
        (true, Changes::of(id))
    }

    /// The server stored the reader's mark; this is the notification now.
    pub fn confirm(&mut self, stored: Notification) -> Changes {
        let (id, read, seq) = (stored.notification_id, stored.read_at.is_some(), stored.seq);
        if let Some(wish) = self.wishes.get_mut(&id).filter(|wish| wish.read == read) {
            wish.stored = Some(seq);
        }
        self.take(stored, seq);
        // The count that contains it has come already, by another way.
        if self.wishes.get(&id).is_some_and(|wish| wish.stored.is_some() && wish.stored <= self.counted) {
            self.wishes.remove(&id);
        }
        Changes::of(id)
    }

    /// The reader answers what this asks of them: it stays where it stands until its list is read again.
    pub fn keep(&mut self, id: NotificationId) {
        self.kept.insert(id);
    }

    /// The server refused the reader's mark: it is taken back, unless they wish otherwise by now.
    pub fn refuse(&mut self, id: NotificationId, read: bool) -> Changes {
        if self.wishes.get(&id).is_some_and(|wish| wish.read == read) {
            self.wishes.remove(&id);
        }
        Changes::of(id)
    }

    /// The reader marks all as read.
    pub fn wish_all(&mut self) -> Changes {
        self.wishes_all = Some(self.newest);
        Changes { items: self.items.keys().copied().collect(), lists: true }
    }

    /// What came of marking all; `None` when it was refused.
    pub fn end_all(&mut self, answer: Option<&AllRead>) -> Changes {
        self.wishes_all = None;
        let mut changes = Changes { items: self.items.keys().copied().collect(), lists: true };
        if let Some(read) = answer {
            let fate = Fate { seq: read.seq, status: NotificationStatus::Read, at: read.at };
            changes.items.extend(self.read_all(fate).items);
            changes.items.extend(self.take_count(&UnreadCount { count: 0, seq: read.seq, conversations: None }).items);
        }
        changes
    }

    /// Marking all was taken back.
    pub fn take_back(&mut self, read: AllRead, back: AllRead) -> Changes {
        let changes = self.unread_all(Fate { seq: back.seq, status: NotificationStatus::Unread, at: read.at });
        if let Some(counted) = self.counted.filter(|counted| *counted < back.seq) {
            // The count itself is told too; until then this is as near as can be.
            let count = self.count.saturating_add(back.count);
            self.take_count(&UnreadCount { count, seq: counted, conversations: None });
        }
        changes
    }

    /// An entry of the log says what the wish wanted, or otherwise.
    fn settle(&mut self, id: NotificationId, taken: &Notification) {
        if let Some(wish) = self.wishes.get_mut(&id)
            && wish.stored.is_none()
            && wish.read == taken.read_at.is_some()
        {
            wish.stored = Some(taken.seq);
        }
    }
}

/// Lets a fate come over a notification; false when nothing is left of it.
fn apply(notification: &mut Notification, fate: Fate) -> bool {
    match fate.status {
        NotificationStatus::Read => notification.read_at = notification.read_at.or(Some(fate.at)),
        NotificationStatus::Unread => notification.read_at = None,
        NotificationStatus::Removed => return false,
        NotificationStatus::Queued | NotificationStatus::Delivered | NotificationStatus::Failed => {}
    }
    notification.seq = notification.seq.max(fate.seq);
    true
}

#[cfg(test)]
mod tests;
