//! A small menu on `<details>`, so that it opens without JavaScript; with it, Esc and a press elsewhere close it.

use leptos::{ev, html, prelude::*};

use super::{
    button::ICON_BUTTON,
    icon::{Icon, IconName},
};

/// The class list of an entry: put it on a `<button>` or `<a>` inside [`Menu`].
pub const MENU_ITEM: &str = "flex w-full items-center gap-3 rounded-field px-3 py-2.5 text-left text-body font-medium hover:bg-sunken focus-visible:outline-offset-[-2px]";
/// The same for an entry that deletes.
pub const MENU_ITEM_DANGER: &str = "flex w-full items-center gap-3 rounded-field px-3 py-2.5 text-left text-body font-medium text-danger hover:bg-danger-soft focus-visible:outline-offset-[-2px]";

/// A `…` that opens a list of actions.
#[component]
pub fn Menu(
    /// What the menu is about: "More about this post".
    #[prop(into)]
    label: Signal<String>,
    /// Opens upwards.
    #[prop(optional)]
    up: bool,
    /// Entries, each with [`MENU_ITEM`].
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Details>::new();
    let close = use_closing(node);
    let place = if up { "bottom-full mb-1" } else { "top-full mt-1" };
    view! {
        <details
            class="relative"
            node_ref=node
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    close.run(true);
                }
            }
        >
            <summary
                class=format!("{ICON_BUTTON} list-none [&::-webkit-details-marker]:hidden")
                aria-label=label
                title=label
            >
                <Icon name=IconName::More />
            </summary>
            <div
                class=format!("absolute right-0 z-30 min-w-52 animate-panel rounded-card bg-raised p-1.5 shadow-3 {place}")
                on:click=move |_| close.run(false)
            >
                {children()}
            </div>
        </details>
    }
}

/// Closes what unfolds from a `<details>`, and gives the focus back to it where that is asked for; a press elsewhere closes
/// it too. Esc is for the caller's own `keydown`.
#[must_use]
pub fn use_closing(node: NodeRef<html::Details>) -> Callback<bool> {
    let close = Callback::new(move |focus: bool| {
        let Some(details) = node.get_untracked().filter(|details| details.open()) else { return };
        details.set_open(false);
        if focus && let Ok(Some(summary)) = details.query_selector("summary") {
            focus_element(&summary);
        }
    });
    Effect::new(move |_| {
        let press = window_event_listener(ev::pointerdown, move |event| {
            let inside = node.get_untracked().is_some_and(|details| {
                let target = event.target().map(event_target_node);
                details.contains(target.flatten().as_ref())
            });
            if !inside {
                close.run(false);
            }
        });
        on_cleanup(move || press.remove());
    });
    close
}

fn event_target_node(target: web_sys::EventTarget) -> Option<web_sys::Node> {
    use wasm_bindgen::JsCast as _;
    target.dyn_into().ok()
}

fn focus_element(element: &web_sys::Element) {
    use wasm_bindgen::JsCast as _;
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        // An element that has left the page cannot take focus, and need not.
        let _ = element.focus();
    }
}
