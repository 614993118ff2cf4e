//! Where one was reading: remembered per address while the tab lives, and taken up again on going back.
//!
//! The place is a post and how far it stood from the top of the window, not a number of pixels from the top of the
//! page: what has come or gone above it meanwhile then moves nothing.

use std::{cell::RefCell, collections::VecDeque};

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;

/// Addresses remembered; the oldest is forgotten first.
const KEPT: usize = 20;

/// Frames in which what comes into sight by a jump has to be there: it was far away and empty just before.
const FRAMES_TO_FILL: u8 = 10;

/// An element by its id, and its distance from the top of the window in pixels.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    address: String,
    element_id: String,
    top: f64,
}

thread_local! {
    static PLACES: RefCell<VecDeque<Place>> = const { RefCell::new(VecDeque::new()) };
    static GOING_BACK: RefCell<bool> = const { RefCell::new(false) };
}

/// Tells going back and forth in history from following a link. Call once, in the app.
pub fn watch_history() {
    Effect::new(|_| {
        let pop = window_event_listener(ev::popstate, |_| GOING_BACK.with_borrow_mut(|back| *back = true));
        let press = window_event_listener(ev::click, |_| GOING_BACK.with_borrow_mut(|back| *back = false));
        on_cleanup(move || {
            pop.remove();
            press.remove();
        });
    });
}

/// Remembers the place in the list at the current address while the calling component lives, and takes up the
/// remembered one if it was made by going back. The items are those elements of the page that match `items`;
/// `on_place` hears the id of the first one in sight whenever it has moved.
pub fn keep_place(items: &'static str, on_place: impl Fn(&str) + Copy + 'static) {
    let address = StoredValue::new(String::new());
    Effect::new(move |_| {
        address.set_value(here());
        if GOING_BACK.with_borrow(|back| *back)
            && let Some(place) = address.with_value(|address| place_of(address))
        {
            request_animation_frame(move || take_up(&place));
        }
        let waiting = StoredValue::new(false);
        let scrolled = window_event_listener(ev::scroll, move |_| {
            if waiting.try_get_value() != Some(false) {
                return;
            }
            waiting.set_value(true);
            request_animation_frame(move || {
                // The list may have gone between the event and the frame.
                if waiting.try_set_value(false).is_none() {
                    look(address, items, on_place, FRAMES_TO_FILL);
                }
            });
        });
        on_cleanup(move || scrolled.remove());
    });
}

/// Path and query of the page.
fn here() -> String {
    let location = window().location();
    [location.pathname().unwrap_or_default(), location.search().unwrap_or_default()].concat()
}

fn place_of(address: &str) -> Option<Place> {
    PLACES.with_borrow(|places| places.iter().find(|place| place.address == address).cloned())
}

fn take_up(place: &Place) {
    if let Some(element) = document().get_element_by_id(&place.element_id) {
        window().scroll_by_with_x_and_y(0.0, element.get_bounding_client_rect().top() - place.top);
    }
}

/// Remembers the first in sight, as soon as one is, within so many frames.
fn look(address: StoredValue<String>, items: &'static str, on_place: impl Fn(&str) + Copy + 'static, frames: u8) {
    // While one page gives way to the next, the window scrolls to the next one's top.
    if address.try_with_value(|address| *address == here()) != Some(true) {
        return;
    }
    let place = first_in_sight(items);
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(f64::MAX);
    if place.as_ref().is_none_or(|(_, top)| *top > height) && frames > 0 {
        request_animation_frame(move || look(address, items, on_place, frames.saturating_sub(1)));
    } else if let Some((element_id, top)) = place {
        on_place(&element_id);
        address.with_value(|address| remember(address, element_id, top));
    }
}

fn remember(address: &str, element_id: String, top: f64) {
    PLACES.with_borrow_mut(|places| {
        places.retain(|place| place.address != address);
        places.push_front(Place { address: address.to_owned(), element_id, top });
        places.truncate(KEPT);
    });
}

fn first_in_sight(items: &str) -> Option<(String, f64)> {
    let found = document().query_selector_all(items).ok()?;
    let place = |at: u32| {
        let element: web_sys::Element = found.get(at)?.dyn_into().ok()?;
        let bounds = element.get_bounding_client_rect();
        Some((element.id(), bounds.top(), bounds.bottom()))
    };
    // They stand below one another: of thousands only a few need be looked at in each frame.
    let (mut first, mut end) = (0, found.length());
    while first < end {
        let middle = first.midpoint(end);
        if place(middle)?.2 > 0.0 {
            end = middle;
        } else {
            first = middle + 1;
        }
    }
    place(first).map(|(id, top, _)| (id, top))
}
