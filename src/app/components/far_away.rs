//! Long lists: what is far from the window is empty and keeps its height, so that what was scrolled past costs little and
//! nothing moves. It is an item, or a group of them (`groups`).

use std::collections::{BTreeMap, BTreeSet};

use leptos::{
    html::{self, ElementType},
    prelude::*,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{
    Element, HtmlMediaElement, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, js_sys,
};

/// What is nearer than this is there: two tall screens, so that nobody scrolls faster than it comes back.
const NEAR: &str = "2500px 0px";

/// The height of an item that is far away, as styles say it; `None` while it is near.
type Far = RwSignal<Option<String>>;

/// Tells the items of a list when they are far away; in the context of the list.
#[derive(Clone, Copy)]
struct Watch {
    items: StoredValue<BTreeMap<String, Far>>,
    /// How high an item was when it went far away: with its group it may go, and comes again so, to be filled when it is
    /// near.
    heights: StoredValue<BTreeMap<String, String>>,
    /// What is far away and in use: it is looked at again.
    held: StoredValue<BTreeSet<String>>,
    observer: RwSignal<Option<Observer>>,
}

type Told = Closure<dyn Fn(js_sys::Array)>;
/// Made in the browser only: on the server, pages end on other threads than they began on.
type Observer = StoredValue<(IntersectionObserver, Told), LocalStorage>;

/// Lets the items below know when they are far from the window, or from what scrolls them.
pub fn provide_far_away(scroller: Option<NodeRef<html::Div>>) {
    let watch = Watch {
        items: StoredValue::default(),
        heights: StoredValue::default(),
        held: StoredValue::default(),
        observer: RwSignal::new(None),
    };
    provide_context(watch);
    Effect::new(move |_| {
        let root = match scroller.map(|scroller| scroller.get()) {
            // It is not on the page yet.
            Some(None) => return,
            root => root.flatten(),
        };
        watch.observer.set(watch.observe(root.as_ref().map(AsRef::as_ref)));
        on_cleanup(move || {
            watch.with_observer(|observer| {
                observer.disconnect();
                // What was seen just before would still be told, to a listener that is gone.
                observer.take_records();
            });
        });
    });
}

/// The height an item keeps while it is far away; `None` while it is near, and where nobody watches. It is told apart by
/// the id of its element.
#[must_use]
pub fn use_far_away<E>(node: NodeRef<E>, id: &str) -> Signal<Option<String>>
where
    E: ElementType,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let Some(watch) = use_context::<Watch>() else { return Signal::stored(None) };
    let far = RwSignal::new(watch.heights.with_value(|heights| heights.get(id).cloned()));
    let id = id.to_owned();
    Effect::new(move |_| {
        watch.observer.track();
        let Some(item) = node.get() else { return };
        let item: &Element = item.as_ref();
        let id = id.clone();
        watch.items.update_value(|items| {
            items.insert(id.clone(), far);
        });
        watch.with_observer(|observer| observer.observe(item));
        let item = StoredValue::new_local(item.clone());
        on_cleanup(move || {
            // With the list all of it is gone.
            let _gone = watch.items.try_update_value(|items| items.remove(&id));
            watch.with_observer(|observer| {
                let _gone = item.try_with_value(|item| observer.unobserve(item));
            });
        });
    });
    far.into()
}

impl Watch {
    fn with_observer(self, act: impl FnOnce(&IntersectionObserver)) {
        if let Some(Some(observer)) = self.observer.try_get_untracked() {
            let _gone = observer.try_with_value(|(observer, _)| act(observer));
        }
    }

    fn observe(self, root: Option<&Element>) -> Option<Observer> {
        let told = Told::new(move |entries: js_sys::Array| {
            let entries = entries.iter().filter_map(|entry| entry.dyn_into::<IntersectionObserverEntry>().ok());
            entries.for_each(|entry| self.tell(&entry));
            // An observer speaks once of what went far away.
            let held = self.held.try_with_value(|held| held.iter().cloned().collect::<Vec<_>>());
            held.into_iter().flatten().for_each(|id| self.leave(id));
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(NEAR);
        options.set_root(root);
        let observer = IntersectionObserver::new_with_options(told.as_ref().unchecked_ref(), &options).ok()?;
        Some(StoredValue::new_local((observer, told)))
    }

    fn tell(self, entry: &IntersectionObserverEntry) {
        let id = entry.target().id();
        if !entry.is_intersecting() {
            return self.leave(id);
        }
        let _gone = self.held.try_update_value(|held| held.remove(&id));
        let _gone = self.heights.try_update_value(|heights| heights.remove(&id));
        if let Some(far) = self.far(&id)
            && far.with_untracked(Option::is_some)
        {
            far.set(None);
        }
    }

    /// Empties what is far away, unless it is in use.
    fn leave(self, id: String) {
        let near = self.far(&id).filter(|far| far.with_untracked(Option::is_none));
        let Some((far, item)) = near.zip(document().get_element_by_id(&id)) else {
            let _gone = self.held.try_update_value(|held| held.remove(&id));
            return;
        };
        if is_in_use(&item) {
            self.held.update_value(|held| {
                held.insert(id);
            });
            return;
        }
        // The browser writes numbers as styles read them.
        let height = js_sys::Number::from(item.get_bounding_client_rect().height()).to_string_with_radix(10);
        let height = height.ok().map(|height| [&String::from(height), "px"].concat());
        self.held.update_value(|held| {
            held.remove(&id);
        });
        self.heights.update_value(|heights| heights.extend(height.clone().map(|height| (id, height))));
        far.set(height);
    }

    fn far(self, id: &str) -> Option<Far> {
        self.items.try_with_value(|items| items.get(id).copied()).flatten()
    }
}

/// What has this attribute stays for as long, however far away: it still grows.
const STAYS: &str = "data-stays";

/// It still grows; somebody writes in it, or was led there or beside it by the keyboard, whose next step may be into it; or it
/// is listened to.
fn is_in_use(item: &Element) -> bool {
    if item.has_attribute(STAYS) {
        return true;
    }
    let is_focused = |focused: &Element| {
        let beside = [Some(item.clone()), item.previous_element_sibling(), item.next_element_sibling()];
        beside.iter().flatten().any(|place| place.contains(Some(focused)))
    };
    document().active_element().is_some_and(|focused| is_focused(&focused))
        || matches!(item.query_selector("textarea"), Ok(Some(_)))
        || is_listened_to(item)
}

/// A recording in it plays, or has begun and not ended.
fn is_listened_to(item: &Element) -> bool {
    let Ok(found) = item.query_selector_all("audio") else { return false };
    let mut players = (0..found.length()).filter_map(|at| found.get(at)?.dyn_into::<HtmlMediaElement>().ok());
    players.any(|player| !player.paused() || (player.current_time() > 0.0 && !player.ended()))
}
