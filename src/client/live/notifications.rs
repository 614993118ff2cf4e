//! The bell as pages see it: how many are unread, the lists, each notification, and marking them.

use std::{collections::BTreeMap, sync::Arc};

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::{Live, conversations::Door, feed_list::Tail, set_if_new};
use crate::{
    client::{
        alerts::Extra,
        connection::Input,
        push,
        state::notifications::{Bell, Changes, Need},
    },
    protocol::{
        commands::ClientCommand,
        events::{ServerEvent, UnreadCount},
        ids::NotificationId,
        limits::NOTIFICATION_INTERVAL_MS,
        notifications::{AllRead, Notification, NotificationFilter, NotificationStatus},
        time::Timestamp,
        views::Page,
    },
};

/// A group that grows is told now and then, so an entry of the log may come late by that much; so long is waited before a
/// gap counts as one, in milliseconds.
const PATIENCE_MS: u64 = NOTIFICATION_INTERVAL_MS + 1_000;
/// The pause after an answer or a failure before the same thing is asked again, in milliseconds.
const PAUSE_MS: u32 = 10_000;

/// How notifications are fetched and marked.
#[derive(Clone)]
pub struct BellDoors {
    /// The page of a list before a cursor, or the newest; newest first.
    pub page: Door<(NotificationFilter, Option<String>), Page<Notification>>,
    /// Marks one as read, or as unread.
    pub mark: Door<(NotificationId, bool), Notification>,
    /// Marks all as read.
    pub mark_all: Door<(), AllRead>,
    /// Takes back exactly what was marked at once at this time.
    pub undo_all: Door<Timestamp, AllRead>,
}

type AlertListener = Arc<dyn Fn(Notification) + Send + Sync>;

/// The signals of one list.
#[derive(Clone, Default)]
struct ListSignals {
    ids: ArcRwSignal<Vec<NotificationId>>,
    is_seeded: ArcRwSignal<bool>,
    tail: ArcRwSignal<Tail>,
}

/// What stands behind the signals of the bell.
#[derive(Default)]
pub(super) struct BellCore {
    state: Bell,
    doors: Option<BellDoors>,
    count: ArcRwSignal<u64>,
    lists: BTreeMap<NotificationFilter, ListSignals>,
    rows: BTreeMap<NotificationId, ArcRwSignal<Arc<Notification>>>,
    on_alert: Option<AlertListener>,
    // How many components show each list.
    shown: BTreeMap<NotificationFilter, usize>,
    fetching: Vec<Need>,
    waits: bool,
    // Nothing says what happened between the rendering of the page and the connection.
    is_unmarked: bool,
}

impl BellCore {
    fn publish(&mut self, changes: &Changes) {
        for id in &changes.items {
            match (self.rows.get(id), self.state.shown(*id)) {
                (Some(row), Some(shown)) => set_if_new(row, shown),
                (Some(_), None) => drop(self.rows.remove(id)),
                (None, _) => {}
            }
        }
        if changes.lists {
            set_if_new(&self.count, self.state.count());
            for (filter, signals) in &self.lists {
                signals.publish(&self.state, *filter);
            }
        }
    }

    fn list(&mut self, filter: NotificationFilter) -> ListSignals {
        let state = &self.state;
        let made = self.lists.entry(filter).or_insert_with(|| {
            let signals = ListSignals::default();
            signals.publish(state, filter);
            signals
        });
        made.clone()
    }

    /// Needs that nobody sees to.
    fn claim_needs(&mut self) -> Vec<Need> {
        let mut needs = self.state.needs();
        needs.retain(|need| !self.fetching.contains(need));
        self.fetching.extend(&needs);
        needs
    }
}

impl ListSignals {
    fn publish(&self, state: &Bell, filter: NotificationFilter) {
        set_if_new(&self.ids, state.list(filter));
        set_if_new(&self.is_seeded, state.is_seeded(filter));
        let ended = state.is_seeded(filter) && state.next(filter).is_none();
        if ended {
            set_if_new(&self.tail, Tail::End);
        } else if self.tail.get_untracked() == Tail::End {
            self.tail.set(Tail::More);
        }
    }
}

/// The bell of the signed-in person, live.
#[derive(Clone, Copy)]
pub struct LiveBell {
    live: Live,
}

/// One list of the bell.
#[derive(Clone, Copy)]
pub struct BellList {
    /// Which.
    pub filter: NotificationFilter,
    // The newest entry that was heard of when it was opened: what is read for it is no older.
    asked: u64,
    live: Live,
    ids: Signal<Vec<NotificationId>>,
    is_seeded: Signal<bool>,
    tail: Signal<Tail>,
}

impl Live {
    /// The bell of the signed-in person.
    #[must_use]
    pub fn bell(self) -> LiveBell {
        LiveBell { live: self }
    }

    fn with_bell<T>(self, change: impl FnOnce(&mut BellCore) -> T) -> Option<T> {
        self.core.try_update_value(|core| change(&mut core.bell))
    }

    /// Changes the bell, then does what follows from it.
    fn change_bell(self, change: impl FnOnce(&mut Bell) -> Changes) -> Changes {
        let changes = self.with_bell(|bell| {
            let changes = change(&mut bell.state);
            bell.publish(&changes);
            changes
        });
        changes.unwrap_or_default()
    }

    pub(super) fn fold_bell(self, event: &ServerEvent) {
        let changes = self.change_bell(|bell| bell.fold(event));
        if let ServerEvent::Notification(told) = event
            && told.alert
            && changes.items.contains(&told.notification.notification_id)
            && let Some(listener) = self.with_bell(|bell| bell.on_alert.clone()).flatten()
        {
            listener(told.notification.clone());
        }
        close_what_was_read(event);
        if changes.lists {
            self.wait_for_gap();
        }
    }

    pub(super) fn reload_bell(self) {
        self.change_bell(Bell::reload);
        self.pursue_bell();
    }

    /// The page says nothing of where the log stood when it was rendered.
    pub(super) fn set_bell_unmarked(self) {
        self.with_bell(|bell| bell.is_unmarked = true);
    }

    /// Connected, and what was missed has come.
    pub(super) fn begin_bell(self) {
        let is_unmarked = self.with_bell(|bell| std::mem::take(&mut bell.is_unmarked)).unwrap_or(false);
        if is_unmarked {
            self.tell(Input::Command(ClientCommand::GetUnreadCount, None));
            self.change_bell(Bell::doubt);
        }
        self.pursue_bell();
    }

    /// Looks again in a while whether what is missing has come.
    fn wait_for_gap(self) {
        let must_wait = self.with_bell(|bell| {
            let is_behind = bell.state.needs().contains(&Need::Count)
                || (bell.state.has_gap() && bell.shown.values().any(|shown| *shown > 0));
            let must_wait = is_behind && !bell.waits && self.is_connected();
            bell.waits |= must_wait;
            must_wait
        });
        if must_wait == Some(true) {
            spawn_local(async move {
                TimeoutFuture::new(u32::try_from(PATIENCE_MS).unwrap_or(u32::MAX)).await;
                self.with_bell(|bell| {
                    bell.waits = false;
                    bell.state.doubt_gap();
                });
                self.pursue_bell();
            });
        }
    }

    fn is_connected(self) -> bool {
        self.status.try_get_untracked() == Some(super::Status::Live)
    }

    /// Sees to what the bell lacks. Nothing on the server.
    fn pursue_bell(self) {
        let has_begun = self.core.try_with_value(|core| core.mailbox.is_some()).unwrap_or(false);
        if !has_begun {
            return;
        }
        for need in self.with_bell(BellCore::claim_needs).unwrap_or_default() {
            spawn_local(async move {
                match need {
                    Need::Count => drop(self.tell(Input::Command(ClientCommand::GetUnreadCount, None))),
                    Need::Newest(filter) => self.fetch_newest(filter).await,
                }
                TimeoutFuture::new(PAUSE_MS).await;
                self.with_bell(|bell| bell.fetching.retain(|fetching| *fetching != need));
                self.pursue_bell();
            });
        }
    }

    async fn fetch_newest(self, filter: NotificationFilter) {
        let Some(Some(doors)) = self.with_bell(|bell| bell.doors.clone()) else { return };
        let Some((asked, tail)) = self.with_bell(|bell| (bell.state.asked(), bell.list(filter).tail)) else { return };
        match (doors.page)((filter, None)).await {
            Ok(page) => {
                if matches!(tail.get_untracked(), Tail::Failed(_)) {
                    tail.set(Tail::More);
                }
                self.change_bell(|bell| bell.seed(filter, &page, asked));
            }
            Err(message) => {
                self.with_bell(|bell| bell.state.fail(filter));
                tail.set(Tail::Failed(message));
            }
        }
    }
}

/// What was read or is gone need not stand on this device's screen any longer.
fn close_what_was_read(event: &ServerEvent) {
    let ServerEvent::NotificationUpdate(update) = event else { return };
    let is_over = matches!(update.status, NotificationStatus::Read | NotificationStatus::Removed);
    if is_over && update.channel.is_none() && (push::is_on() || Extra::Desktop.is_on()) {
        let tag = (!update.and_older).then(|| update.notification_id.to_string());
        spawn_local(async move { push::close(tag.as_deref()).await });
    }
}

impl LiveBell {
    /// Says how notifications are fetched and marked: once, when the app starts.
    pub fn set_doors(self, doors: BellDoors) {
        self.live.with_bell(|bell| bell.doors = Some(doors));
    }

    /// Calls `listener` with each notification that may be told with a toast. One listener at a time.
    pub fn on_alert(self, listener: impl Fn(Notification) + Send + Sync + 'static) {
        self.live.with_bell(|bell| bell.on_alert = Some(Arc::new(listener)));
    }

    /// Takes what the server counted when the page was rendered.
    pub fn seed_count(self, count: &UnreadCount) {
        self.live.change_bell(|bell| bell.take_count(count));
    }

    /// How many are unread.
    #[must_use]
    pub fn count(self) -> Signal<u64> {
        self.live.with_bell(|bell| bell.count.clone()).unwrap_or_default().into()
    }

    /// One notification, live. `None` when it is not held.
    #[must_use]
    pub fn get(self, id: NotificationId) -> Option<Signal<Arc<Notification>>> {
        let row = self.live.with_bell(|bell| {
            if let Some(row) = bell.rows.get(&id) {
                return Some(row.clone());
            }
            let row = ArcRwSignal::new(bell.state.shown(id)?);
            bell.rows.insert(id, row.clone());
            Some(row)
        });
        row.flatten().map(Into::into)
    }

    /// A list, on show while the calling component lives: what is missing is fetched.
    #[must_use]
    pub fn open(self, filter: NotificationFilter) -> BellList {
        let live = self.live;
        let signals = live.with_bell(|bell| {
            *bell.shown.entry(filter).or_default() += 1;
            bell.state.set_open(filter, true);
            bell.state.doubt_gap();
            (bell.list(filter), bell.state.asked())
        });
        on_cleanup(move || {
            live.with_bell(|bell| {
                let shown = bell.shown.entry(filter).or_default();
                *shown = shown.saturating_sub(1);
                if *shown == 0 {
                    bell.state.set_open(filter, false);
                }
            });
        });
        let (signals, asked) = signals.unwrap_or_default();
        BellList {
            filter,
            asked,
            live,
            ids: signals.ids.into(),
            is_seeded: signals.is_seeded.into(),
            tail: signals.tail.into(),
        }
    }

    /// The reader answers what one asks of them: it stays where it stands, with what came of it.
    pub fn keep(self, id: NotificationId) {
        self.live.with_bell(|bell| bell.state.keep(id));
    }

    /// Marks one as read or unread: shown at once. `Err` says why the server refused; the mark is taken back by then.
    ///
    /// # Errors
    /// What the server said.
    pub async fn mark(self, id: NotificationId, read: bool) -> Result<(), String> {
        let must_tell = self.live.with_bell(|bell| {
            let (must_tell, changes) = bell.state.wish(id, read);
            bell.publish(&changes);
            must_tell.then(|| bell.doors.clone()).flatten()
        });
        let Some(Some(doors)) = must_tell else { return Ok(()) };
        match (doors.mark)((id, read)).await {
            Ok(stored) => {
                self.live.change_bell(|bell| bell.confirm(stored));
                Ok(())
            }
            Err(message) => {
                self.live.change_bell(|bell| bell.refuse(id, read));
                Err(message)
            }
        }
    }

    /// Marks all as read: shown at once.
    ///
    /// # Errors
    /// What the server said; the marks are taken back by then.
    pub async fn mark_all(self) -> Result<AllRead, String> {
        let doors = self.live.with_bell(|bell| {
            let changes = bell.state.wish_all();
            bell.publish(&changes);
            bell.doors.clone()
        });
        let answer = match doors.flatten() {
            Some(doors) => (doors.mark_all)(()).await,
            None => Err(String::new()),
        };
        self.live.change_bell(|bell| bell.end_all(answer.as_ref().ok()));
        answer
    }

    /// Takes back what [`LiveBell::mark_all`] did.
    ///
    /// # Errors
    /// What the server said.
    pub async fn undo_all(self, read: AllRead) -> Result<(), String> {
        let Some(Some(doors)) = self.live.with_bell(|bell| bell.doors.clone()) else { return Ok(()) };
        let back = (doors.undo_all)(read.at).await?;
        self.live.change_bell(|bell| bell.take_back(read, back));
        self.live.pursue_bell();
        Ok(())
    }
}

impl BellList {
    /// Takes what the server rendered, or was asked for after it was opened.
    pub fn seed(self, page: &Page<Notification>) {
        self.live.change_bell(|bell| bell.seed(self.filter, page, self.asked));
    }

    /// Fetches the list when it is not there, or nobody knows whether it is right. Call it in the browser.
    pub fn fetch(self) {
        let filter = self.filter;
        self.live.with_bell(|bell| {
            // The reader asked: they do not wait for the pause after an earlier answer.
            if !bell.state.is_seeded(filter) {
                bell.fetching.retain(|fetching| *fetching != Need::Newest(filter));
            }
            bell.state.set_open(filter, true);
            let tail = bell.list(filter).tail;
            if matches!(tail.get_untracked(), Tail::Failed(_)) {
                tail.set(Tail::More);
            }
        });
        self.live.pursue_bell();
    }

    /// The loaded part, newest first; give each to [`LiveBell::get`].
    #[must_use]
    pub fn ids(self) -> Signal<Vec<NotificationId>> {
        self.ids
    }

    /// Whether any page of it is there.
    #[must_use]
    pub fn is_seeded(self) -> Signal<bool> {
        self.is_seeded
    }

    /// Its end; before there is any page, whether that failed.
    #[must_use]
    pub fn tail(self) -> Signal<Tail> {
        self.tail
    }

    /// Loads the next older page, unless that is under way or there is none.
    pub fn load_older(self) {
        let (live, filter) = (self.live, self.filter);
        let asked = live.with_bell(|bell| {
            let tail = bell.list(filter).tail;
            let next = bell.state.next(filter).map(str::to_owned).filter(|_| tail.get_untracked() != Tail::Loading)?;
            tail.set(Tail::Loading);
            Some((bell.doors.clone()?, tail, next, bell.state.asked()))
        });
        let Some(Some((doors, tail, next, at))) = asked else { return };
        spawn_local(async move {
            match (doors.page)((filter, Some(next))).await {
                Ok(page) => {
                    tail.set(Tail::More);
                    live.change_bell(|bell| bell.append(filter, &page, at));
                }
                Err(message) => tail.set(Tail::Failed(message)),
            }
        });
    }
}
