//! What was really seen: a message counts as read when its end was visible in a window that had the focus.

use std::collections::BTreeSet;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, js_sys::Array};

use crate::{client::live::LiveThread, protocol::ids::MessageId};

/// The attribute with the message's id on the element whose sight counts.
pub const END: &str = "data-end-of";

type Seen = Closure<dyn Fn(Array)>;
/// Made in the browser only: on the server, pages end on other threads than they began on.
type Observer = StoredValue<(IntersectionObserver, Seen), LocalStorage>;

/// Watches the ends of a thread's messages.
#[derive(Clone, Copy)]
pub struct Reading {
    thread: LiveThread,
    visible: StoredValue<BTreeSet<MessageId>>,
    observer: StoredValue<Option<Observer>>,
}

impl Reading {
    /// Begins once the thread is on the page, and ends with the calling component.
    #[must_use]
    pub fn watch(thread: LiveThread, scroller: NodeRef<html::Div>) -> Self {
        let reading = Self { thread, visible: StoredValue::new(BTreeSet::new()), observer: StoredValue::new(None) };
        Effect::new(move |_| {
            if let Some(scroller) = scroller.get() {
                reading.begin(&scroller);
            }
        });
        let item = thread.conversation.item();
        let standing = Memo::new(move |_| item.with(|item| item.as_ref().map(|item| item.mine.standing)));
        Effect::new(move |_| {
            // What was in sight before the reader took part is read from then on.
            let _standing = standing.get();
            reading.report();
        });
        Effect::new(move |_| {
            let focus = window_event_listener(ev::focus, move |_| reading.report());
            on_cleanup(move || focus.remove());
        });
        reading
    }

    fn begin(self, scroller: &Element) {
        let seen = Seen::new(move |entries: Array| self.take(&entries));
        let options = IntersectionObserverInit::new();
        options.set_root(Some(scroller));
        // Every browser we serve has it; without, opening another page of the thread reads nothing.
        let Ok(observer) = IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options) else {
            return;
        };
        self.observer.set_value(Some(StoredValue::new_local((observer, seen))));
        on_cleanup(move || {
            self.observe(|observer| {
                observer.disconnect();
                // What was seen just before would still be told, to a listener that is gone.
                observer.take_records();
            });
        });
        let Ok(ends) = scroller.query_selector_all(&["[", END, "]"].concat()) else { return };
        for at in 0..ends.length() {
            if let Some(end) = ends.get(at).and_then(|end| end.dyn_into::<Element>().ok()) {
                self.add(&end);
            }
        }
    }

    fn observe(self, act: impl FnOnce(&IntersectionObserver)) {
        if let Some(observer) = self.observer.try_get_value().flatten() {
            let _gone = observer.try_with_value(|(observer, _)| act(observer));
        }
    }

    /// Watches the end of one more message.
    pub fn add(self, end: &Element) {
        self.observe(|observer| observer.observe(end));
    }

    fn take(self, entries: &Array) {
        let mut changed = Vec::new();
        for entry in entries.iter().filter_map(|entry: JsValue| entry.dyn_into::<IntersectionObserverEntry>().ok()) {
            let id = entry.target().get_attribute(END).and_then(|id| id.parse::<MessageId>().ok());
            if let Some(id) = id {
                changed.push((id, entry.is_intersecting()));
            }
        }
        let _gone = self.visible.try_update_value(|visible| {
            for (id, is_in) in changed {
                if is_in {
                    visible.insert(id)
                } else {
                    visible.remove(&id)
                };
            }
        });
        self.report();
    }

    /// Tells how far was read, if anybody looks.
    pub fn report(self) {
        if !document().has_focus().unwrap_or(false) {
            return;
        }
        if let Some(newest) = self.visible.try_with_value(|visible| visible.last().copied()).flatten() {
            self.thread.read_up_to(newest);
        }
    }
}
