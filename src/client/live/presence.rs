//! Who is there: told by the server of those who are on screen, and told to it when nothing is done here.

use std::{collections::BTreeMap, time::Duration};

use leptos::{ev, leptos_dom::helpers::set_interval_with_handle, prelude::*};

use super::{Holder, Live, set_if_new};
use crate::{
    client::socket::now_ms,
    protocol::{
        events::{ServerEvent, Status},
        ids::UserId,
        limits::IDLE_AFTER_MS,
        time::Timestamp,
    },
};

/// How often it is looked whether anything was done.
const LOOK: Duration = Duration::from_secs(5);

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// They are.
    Active,
    /// They are, and did nothing for a while.
    Idle,
    /// They are not, and were last at this time, if they ever were.
    Away(Option<Timestamp>),
}

/// Those whose presence was asked for.
#[derive(Default)]
pub(super) struct PeopleThere {
    signals: BTreeMap<UserId, ArcRwSignal<Option<Presence>>>,
    pub(super) is_idle: bool,
}

impl Live {
    /// Whether somebody is there, for as long as the calling component lives. `None` until the server says it, and where
    /// the reader may not know.
    #[must_use]
    pub fn presence_of(self, id: UserId) -> Signal<Option<Presence>> {
        let signal =
            self.core.try_update_value(|core| core.people.signals.entry(id).or_default().clone()).unwrap_or_default();
        self.hold(Holder::Person(id));
        signal.into()
    }

    /// Tells the server when nothing was done on this device for a while, and when something is again. Call it once, in
    /// the browser.
    pub fn watch_idleness(self) {
        let last_ms = StoredValue::new(now_ms());
        let busy = move || {
            let _gone = last_ms.try_update_value(|last| *last = now_ms());
            self.set_idle(false);
        };
        let listeners = [
            window_event_listener(ev::keydown, move |_| busy()),
            window_event_listener(ev::pointerdown, move |_| busy()),
            window_event_listener(ev::pointermove, move |_| busy()),
            window_event_listener(ev::wheel, move |_| busy()),
            window_event_listener(ev::focus, move |_| busy()),
        ];
        let look = move || {
            if last_ms.try_get_value().is_some_and(|last| now_ms().saturating_sub(last) >= IDLE_AFTER_MS) {
                self.set_idle(true);
            }
        };
        let timer = set_interval_with_handle(look, LOOK).ok();
        on_cleanup(move || {
            listeners.into_iter().for_each(|listener| listener.remove());
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    }

    fn set_idle(self, is_idle: bool) {
        self.with_core(|core| {
            if core.people.is_idle != is_idle {
                core.people.is_idle = is_idle;
                core.tell_wishes();
            }
        });
    }

    pub(super) fn take_presence(self, event: &ServerEvent) {
        let ServerEvent::UserStatus(news) = event else { return };
        let presence = match (news.status, news.idle) {
            (Status::Online, false) => Presence::Active,
            (Status::Online, true) => Presence::Idle,
            (Status::Offline, _) => Presence::Away(news.last_seen_at),
        };
        self.with_core(|core| {
            if let Some(signal) = core.people.signals.get(&news.user_id) {
                set_if_new(signal, Some(presence));
            }
        });
    }
}
