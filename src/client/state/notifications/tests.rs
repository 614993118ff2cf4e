//! Old state plus events equals a fresh read: a model of the server, a bad network, and the fold of the bell.

use proptest::prelude::*;

use super::*;
use crate::protocol::{
    events::NotificationEvent,
    ids::{PostId, UserId},
    notifications::{NotificationData, NotificationTarget},
    views::PersonRef,
};

const PAGE: usize = 3;
/// Rounds a settled network needs at most.
const ROUNDS: usize = 100;

/// What happens to the reader. Numbers choose among what exists.
#[derive(Clone, Copy, Debug)]
enum Change {
    Raise(Occasion),
    Grow(usize),
    Read(usize),
    Unread(usize),
    Remove(usize),
    ReadAll,
    UndoAll,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Something happens; its events come after so many steps, and perhaps once more later.
    Change {
        change: Change,
        delay: usize,
        again: Option<usize>,
    },
    /// The same, folded into what is told later.
    Unsaid(Change),
    /// The reader marks one here: the answer comes at once, the event later, or the server refuses.
    Mark {
        which: usize,
        read: bool,
        refused: bool,
    },
    /// The reader marks all here.
    MarkAll {
        refused: bool,
    },
    /// A list is opened, or closed.
    Open(NotificationFilter, bool),
    LoadOlder(NotificationFilter),
    /// Events on their way are lost, and the client is told so.
    Lose,
}

#[derive(Default)]
struct Server {
    rows: BTreeMap<NotificationId, Notification>,
    seq: u64,
    last_all: Option<Timestamp>,
}

fn notification(id: u64, occasion: Occasion, seq: u64) -> Notification {
    let data = NotificationData {
        occasion,
        actor_count: 1,
        count: 1,
        actors: vec![],
        subject: None,
        excerpt: None,
        href: "/".to_owned(),
    };
    let who = PersonRef { id: UserId::new(2), username: "u2".into(), full_name: "U 2".into(), avatar_url: None };
    Notification {
        notification_id: NotificationId::new(id),
        kind: occasion.kind(),
        user_id: Some(who.id),
        target: NotificationTarget { post_id: Some(PostId::new(1)), ..NotificationTarget::default() },
        title: who.full_name,
        message: "did something".to_owned(),
        timestamp: Timestamp::from_millis(seq),
        data,
        read_at: None,
        seq,
    }
}

impl Server {
    fn next(&mut self) -> (u64, Timestamp) {
        self.seq += 1;
        (self.seq, Timestamp::from_millis(self.seq))
    }

    fn pick(&self, which: usize) -> Option<NotificationId> {
        (!self.rows.is_empty()).then(|| self.rows.keys().nth(which % self.rows.len()).copied())?
    }

    fn count(&self) -> UnreadCount {
        let count = self.rows.values().filter(|row| row.read_at.is_none()).count() as u64;
        UnreadCount { count, seq: self.seq, conversations: None }
    }

    fn told(&self, id: NotificationId) -> ServerEvent {
        ServerEvent::Notification(NotificationEvent { notification: self.rows[&id].clone(), alert: true, offset: 0 })
    }

    fn update(id: NotificationId, status: NotificationStatus, and_older: bool, at: (u64, Timestamp)) -> ServerEvent {
        ServerEvent::NotificationUpdate(NotificationUpdate {
            notification_id: id,
            status,
            and_older,
            channel: None,
            reason: None,
            timestamp: at.1,
            seq: Some(at.0),
            offset: 0,
        })
    }

    /// Carries out a change; returns the events of it.
    fn apply(&mut self, change: Change) -> Vec<ServerEvent> {
        let told = match change {
            Change::Raise(occasion) => {
                let (seq, _) = self.next();
                let row = notification(seq, occasion, seq);
                let id = row.notification_id;
                self.rows.insert(id, row);
                self.told(id)
            }
            Change::Grow(which) => {
                let Some(id) = self.pick(which).filter(|id| self.rows[id].read_at.is_none()) else { return vec![] };
                let (seq, timestamp) = self.next();
                let row = self.rows.get_mut(&id).unwrap();
                (row.seq, row.timestamp, row.data.count) = (seq, timestamp, row.data.count + 1);
                self.told(id)
            }
            Change::Read(which) => {
                let Some(id) = self.pick(which) else { return vec![] };
                match self.mark(id, true) {
                    Some(event) => event,
                    None => return vec![],
                }
            }
            Change::Unread(which) => {
                let Some(id) = self.pick(which) else { return vec![] };
                match self.mark(id, false) {
                    Some(event) => event,
                    None => return vec![],
                }
            }
            Change::Remove(which) => {
                let Some(id) = self.pick(which) else { return vec![] };
                let at = self.next();
                self.rows.remove(&id);
                Self::update(id, NotificationStatus::Removed, false, at)
            }
            Change::ReadAll => match self.read_all() {
                Some((_, event)) => event,
                None => return vec![],
            },
            Change::UndoAll => match self.undo_all() {
                Some(event) => event,
                None => return vec![],
            },
        };
        vec![told, ServerEvent::UnreadCount(self.count())]
    }

    fn mark(&mut self, id: NotificationId, read: bool) -> Option<ServerEvent> {
        if self.rows.get(&id)?.read_at.is_some() == read {
            return None;
        }
        let (seq, at) = self.next();
        let row = self.rows.get_mut(&id)?;
        (row.read_at, row.seq) = (read.then_some(at), seq);
        let status = if read { NotificationStatus::Read } else { NotificationStatus::Unread };
        Some(Self::update(id, status, false, (seq, at)))
    }

    fn read_all(&mut self) -> Option<(AllRead, ServerEvent)> {
        let newest = self.rows.values().filter(|row| row.read_at.is_none()).map(key).max()?.1;
        let (seq, at) = self.next();
        let mut count = 0;
        for row in self.rows.values_mut().filter(|row| row.read_at.is_none()) {
            (row.read_at, row.seq) = (Some(at), seq);
            count += 1;
        }
        self.last_all = Some(at);
        Some((AllRead { at, count, seq }, Self::update(newest, NotificationStatus::Read, true, (seq, at))))
    }

    fn undo_all(&mut self) -> Option<ServerEvent> {
        let all = self.last_all.take()?;
        let newest = self.rows.values().filter(|row| row.read_at == Some(all)).map(key).max()?.1;
        let (seq, _) = self.next();
        for row in self.rows.values_mut().filter(|row| row.read_at == Some(all)) {
            (row.read_at, row.seq) = (None, seq);
        }
        Some(Self::update(newest, NotificationStatus::Unread, true, (seq, all)))
    }

    /// A list as a fresh read finds it.
    fn list(&self, filter: NotificationFilter) -> Vec<Notification> {
        let mut rows: Vec<_> = self.rows.values().filter(|row| belongs(row, filter)).cloned().collect();
        rows.sort_by_key(|row| Reverse(key(row)));
        rows
    }

    fn page(&self, filter: NotificationFilter, before: Option<&str>) -> Page<Notification> {
        let before: Option<(u64, u64)> = before.map(|cursor| {
            let (at, id) = cursor.split_once('-').unwrap();
            (at.parse().unwrap(), id.parse().unwrap())
        });
        let is_older = |row: &Notification| {
            before.is_none_or(|before| (row.timestamp.as_millis(), row.notification_id.get()) < before)
        };
        let mut rows: Vec<_> = self.list(filter).into_iter().filter(is_older).collect();
        let has_more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let last = rows.last().filter(|_| has_more);
        let next = last.map(|row| format!("{}-{}", row.timestamp.as_millis(), row.notification_id.get()));
        Page { items: rows, next }
    }
}

struct Tab {
    server: Server,
    bell: Bell,
    wire: Vec<(usize, ServerEvent)>,
    now: usize,
}

impl Tab {
    fn new() -> Self {
        let mut server = Server::default();
        for occasion in [Occasion::PostLiked, Occasion::MentionedInPost, Occasion::Followed, Occasion::PostLiked] {
            server.apply(Change::Raise(occasion));
        }
        server.apply(Change::Read(1));
        let mut bell = Bell::default();
        bell.fold(&ServerEvent::UnreadCount(server.count()));
        Self { server, bell, wire: vec![], now: 0 }
    }

    fn post(&mut self, events: Vec<ServerEvent>, delay: usize, again: Option<usize>) {
        for event in events {
            if let Some(again) = again {
                self.wire.push((self.now + again, event.clone()));
            }
            self.wire.push((self.now + delay, event));
        }
    }

    fn deliver(&mut self) {
        self.now += 1;
        let (due, wire) = std::mem::take(&mut self.wire).into_iter().partition(|(at, _)| *at <= self.now);
        self.wire = wire;
        for (_, event) in due {
            self.bell.fold(&event);
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Change { change, delay, again } => {
                let events = self.server.apply(change);
                self.post(events, delay, again);
            }
            Step::Unsaid(change) => drop(self.server.apply(change)),
            Step::Mark { which, read, refused } => self.mark(which, read, refused),
            Step::MarkAll { refused } => {
                self.bell.wish_all();
                assert_eq!(self.bell.count(), 0);
                let done = (!refused).then(|| self.server.read_all()).flatten();
                self.bell.end_all(done.as_ref().map(|(all, _)| all));
                self.post(done.into_iter().map(|(_, event)| event).collect(), 2, None);
            }
            Step::Open(filter, open) => self.bell.set_open(filter, open),
            Step::LoadOlder(filter) => {
                if let Some(next) = self.bell.next(filter).map(str::to_owned) {
                    let page = self.server.page(filter, Some(&next));
                    self.bell.append(filter, &page, self.bell.asked());
                }
            }
            Step::Lose => {
                self.wire.clear();
                self.bell.reload();
            }
        }
        self.deliver();
    }

    fn mark(&mut self, which: usize, read: bool, refused: bool) {
        let list = self.bell.list(NotificationFilter::All);
        let Some(id) = (!list.is_empty()).then(|| list[which % list.len()]) else { return };
        let (must_tell, _) = self.bell.wish(id, read);
        assert_eq!(self.bell.shown(id).unwrap().read_at.is_some(), read, "the wish shows at once");
        if !must_tell {
            return;
        }
        if refused || !self.server.rows.contains_key(&id) {
            self.bell.refuse(id, read);
            return;
        }
        let told = self.server.mark(id, read);
        self.bell.confirm(self.server.rows[&id].clone());
        self.post(told.into_iter().chain([ServerEvent::UnreadCount(self.server.count())]).collect(), 2, None);
    }

    fn fetch_needs(&mut self) {
        for need in self.bell.needs() {
            match need {
                Need::Count => drop(self.bell.fold(&ServerEvent::UnreadCount(self.server.count()))),
                Need::Newest(filter) => {
                    let asked = self.bell.asked();
                    let page = self.server.page(filter, None);
                    self.bell.seed(filter, &page, asked);
                }
            }
        }
    }

    fn settle(&mut self) {
        for _ in 0..ROUNDS {
            self.deliver();
            if self.wire.is_empty() {
                // The count is told on every change in the end, if only by asking.
                self.bell.fold(&ServerEvent::UnreadCount(self.server.count()));
                self.bell.doubt_gap();
                self.fetch_needs();
            }
        }
        assert!(self.bell.needs().is_empty(), "all needs were met");
    }

    /// Everything that is open is what a fresh read of as much would be.
    fn check(&self) {
        assert_eq!(self.bell.count(), self.server.count().count, "the badge");
        for filter in &self.bell.open {
            let shown: Vec<_> = self.bell.list(*filter).iter().map(|id| self.bell.shown(*id).unwrap()).collect();
            let fresh = self.server.list(*filter);
            if self.bell.next(*filter).is_none() {
                assert_eq!(shown.len(), fresh.len(), "{filter:?} is whole");
            }
            assert!(shown.len() >= fresh.len().min(1), "{filter:?} begins with the newest");
            for (shown, fresh) in shown.iter().zip(fresh) {
                let is_read = shown.read_at.is_some();
                assert_eq!(shown.notification_id, fresh.notification_id, "order of {filter:?}");
                assert_eq!(is_read, fresh.read_at.is_some(), "read of {}", fresh.notification_id);
                assert_eq!(shown.data, fresh.data, "counts of {}", fresh.notification_id);
            }
        }
    }
}

fn occasions() -> impl Strategy<Value = Occasion> {
    prop::sample::select(vec![Occasion::PostLiked, Occasion::MentionedInPost, Occasion::ConnectionAsked])
}

fn filters() -> impl Strategy<Value = NotificationFilter> {
    prop::sample::select(NotificationFilter::ALL.to_vec())
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => occasions().prop_map(Change::Raise),
        4 => (0usize..20).prop_map(Change::Grow),
        3 => (0usize..20).prop_map(Change::Read),
        1 => (0usize..20).prop_map(Change::Unread),
        1 => (0usize..20).prop_map(Change::Remove),
        1 => Just(Change::ReadAll),
        1 => Just(Change::UndoAll),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (changes(), 0usize..6, prop::option::of(1usize..12))
            .prop_map(|(change, delay, again)| Step::Change { change, delay, again }),
        2 => changes().prop_map(Step::Unsaid),
        3 => (0usize..20, any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(which, read, refused)| Step::Mark { which, read, refused }),
        1 => any::<bool>().prop_map(|refused| Step::MarkAll { refused }),
        3 => (filters(), prop::bool::weighted(0.7)).prop_map(|(filter, open)| Step::Open(filter, open)),
        2 => filters().prop_map(Step::LoadOlder),
        1 => Just(Step::Lose),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn old_state_and_events_equal_a_fresh_read(steps in prop::collection::vec((steps(), any::<bool>()), 1..60)) {
        let mut tab = Tab::new();
        for (step, fetches) in steps {
            tab.step(step);
            if fetches {
                tab.fetch_needs();
            }
        }
        tab.settle();
        tab.check();
    }

    #[test]
    fn an_event_that_comes_again_or_late_changes_nothing(
        changes in prop::collection::vec(changes(), 1..30),
        again in any::<prop::sample::Index>(),
    ) {
        let mut tab = Tab::new();
        tab.bell.set_open(NotificationFilter::All, true);
        tab.fetch_needs();
        let events: Vec<ServerEvent> = changes.into_iter().flat_map(|change| tab.server.apply(change)).collect();
        for event in &events {
            tab.bell.fold(event);
        }
        tab.fetch_needs();
        tab.check();
        if !events.is_empty() {
            let late = &events[again.index(events.len())];
            let before = (tab.bell.list(NotificationFilter::All), tab.bell.count());
            tab.bell.fold(late);
            prop_assert_eq!((tab.bell.list(NotificationFilter::All), tab.bell.count()), before);
            tab.check();
        }
    }
}

#[test]
fn of_two_counts_the_later_holds() {
    let mut bell = Bell::default();
    bell.fold(&ServerEvent::UnreadCount(UnreadCount { count: 3, seq: 9, conversations: None }));
    bell.fold(&ServerEvent::UnreadCount(UnreadCount { count: 5, seq: 8, conversations: None }));
    assert_eq!(bell.count(), 3);
}

#[test]
fn a_mark_moves_the_badge_at_once_and_only_once() {
    let mut tab = Tab::new();
    tab.bell.set_open(NotificationFilter::All, true);
    tab.fetch_needs();
    let id = tab.bell.list(NotificationFilter::All)[0];
    let before = tab.bell.count();
    tab.bell.wish(id, true);
    assert_eq!(tab.bell.count(), before - 1, "at once");
    let told = tab.server.mark(id, true).unwrap();
    tab.bell.fold(&told);
    assert_eq!(tab.bell.count(), before - 1, "the event came before the count");
    tab.bell.fold(&ServerEvent::UnreadCount(tab.server.count()));
    assert_eq!(tab.bell.count(), before - 1, "the count came");
    tab.bell.confirm(tab.server.rows[&id].clone());
    assert_eq!(tab.bell.count(), before - 1, "the answer came last");
}

#[test]
fn what_is_answered_here_stays_where_it_stands_and_is_read() {
    let page = Page {
        items: vec![notification(1, Occasion::ConnectionAsked, 1), notification(2, Occasion::ConnectionAsked, 2)],
        next: None,
    };
    let mut bell = Bell::default();
    bell.seed(NotificationFilter::All, &page, 2);
    bell.keep(NotificationId::new(1));
    for (id, seq) in [(1, 3), (2, 4)] {
        let update = NotificationUpdate {
            notification_id: NotificationId::new(id),
            status: NotificationStatus::Removed,
            and_older: false,
            channel: None,
            reason: None,
            timestamp: Timestamp::from_millis(seq),
            seq: Some(seq),
            offset: 0,
        };
        bell.fold(&ServerEvent::NotificationUpdate(update));
    }
    assert_eq!(bell.list(NotificationFilter::All), [NotificationId::new(1)]);
    assert!(bell.shown(NotificationId::new(1)).unwrap().read_at.is_some());
}

#[test]
fn a_refused_mark_is_taken_back() {
    let mut tab = Tab::new();
    tab.bell.set_open(NotificationFilter::All, true);
    tab.fetch_needs();
    let id = tab.bell.list(NotificationFilter::All)[0];
    let before = tab.bell.count();
    tab.bell.wish(id, true);
    tab.bell.refuse(id, true);
    assert_eq!(tab.bell.count(), before);
    assert_eq!(tab.bell.shown(id).unwrap().read_at, None);
}
