//! How far the reader is connected with others, as signals that every button for a person shares.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{Live, set_if_new};
use crate::{
    client::state::connections::Connections,
    protocol::{
        events::ServerEvent,
        ids::UserId,
        views::{ConnectionView, WaitingRequests},
    },
};

/// What is known, and the signals of those who are on show.
#[derive(Default)]
pub(super) struct People {
    known: Connections,
    signals: BTreeMap<UserId, ArcRwSignal<ConnectionView>>,
    waiting: ArcRwSignal<u64>,
    changes: ArcRwSignal<u64>,
    sights: BTreeMap<UserId, ArcRwSignal<u64>>,
}

impl People {
    fn publish(&self, user: UserId) {
        if let Some(signal) = self.signals.get(&user) {
            set_if_new(signal, self.known.with(user));
        }
        set_if_new(&self.waiting, self.known.waiting().waiting_count);
    }
}

impl Live {
    /// How far the reader is connected with somebody, of whom the server rendered `view`.
    #[must_use]
    pub fn connection_with(self, user: UserId, view: ConnectionView) -> Signal<ConnectionView> {
        self.take_connection(user, view);
        let signal = self.core.try_update_value(|core| {
            let people = &mut core.graph;
            let known = people.known.with(user);
            people.signals.entry(user).or_insert_with(|| ArcRwSignal::new(known)).clone()
        });
        signal.unwrap_or_default().into()
    }

    /// Takes the answer to something that the reader wished of a connection.
    pub fn take_connection(self, user: UserId, view: ConnectionView) {
        self.with_core(|core| {
            core.graph.known.take(user, view);
            core.graph.publish(user);
        });
    }

    /// How many requests wait for the reader's answer; `waiting` is what the server just said of it, if it did.
    #[must_use]
    pub fn waiting_requests(self, waiting: Option<WaitingRequests>) -> Signal<u64> {
        let signal = self.core.try_update_value(|core| {
            if let Some(waiting) = waiting {
                core.graph.known.take_waiting(waiting);
                set_if_new(&core.graph.waiting, core.graph.known.waiting().waiting_count);
            }
            core.graph.waiting.clone()
        });
        signal.unwrap_or_default().into()
    }

    /// Moves when a connection or request comes or goes, here or elsewhere: lists of people are then asked for again.
    #[must_use]
    pub fn connection_changes(self) -> Signal<u64> {
        self.core.try_with_value(|core| core.graph.changes.clone()).unwrap_or_default().into()
    }

    /// Moves when what the reader may see of somebody, or wants to, may have changed: their page is then asked for again.
    #[must_use]
    pub fn sight_of(self, user: UserId) -> Signal<u64> {
        self.core.try_update_value(|core| core.graph.sights.entry(user).or_default().clone()).unwrap_or_default().into()
    }

    pub(super) fn take_graph(self, event: &ServerEvent) {
        if let ServerEvent::SightUpdate(update) = event {
            self.with_core(|core| {
                if let Some(signal) = core.graph.sights.get(&update.user_id) {
                    signal.update(|times| *times += 1);
                }
            });
            return;
        }
        self.with_core(|core| {
            if let Some(user) = core.graph.known.fold(event) {
                core.graph.publish(user);
                core.graph.changes.update(|changes| *changes += 1);
            }
        });
    }
}
