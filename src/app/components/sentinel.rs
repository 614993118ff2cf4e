//! An invisible mark that tells when one has scrolled near it.

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, js_sys::Array};

/// How far ahead it looks: about a screen, so that older posts are there before one reaches the end.
const AHEAD: &str = "1000px 0px";

/// Runs `on_near` each time it comes near the window, first as soon as it is there and near.
#[component]
pub fn Sentinel(
    /// What to do then.
    on_near: Callback<()>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let Some(mark) = node.get() else { return };
        let seen = Closure::<dyn Fn(Array)>::new(move |entries: Array| {
            let near = |entry: wasm_bindgen::JsValue| {
                entry.dyn_into::<IntersectionObserverEntry>().is_ok_and(|entry| entry.is_intersecting())
            };
            if entries.iter().any(near) {
                on_near.try_run(());
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(AHEAD);
        // Every browser we serve has it; without, the link to older posts remains.
        let Ok(observer) = IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options) else {
            return;
        };
        observer.observe(&mark);
        let kept = StoredValue::new_local((observer, seen));
        on_cleanup(move || {
            kept.with_value(|(observer, _)| {
                observer.disconnect();
                // What was seen just before would still be told, to a listener that is gone.
                observer.take_records();
            });
        });
    });
    view! { <div node_ref=node aria-hidden="true"></div> }
}
