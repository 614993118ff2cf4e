//! The keyboard: one listener for the whole page, and the dialog that lists what it hears.
//!
//! `j` and `k` move between the `<article>`s of the page; `l` and `c` press the current one's `[data-like]` and follow
//! its `[data-comment]`; `n` opens the composer: a page that has one listens for presses on `[data-compose]`.

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::app::{bell::BELL_HREF, components::dialog::Dialog};

/// Keys and what they do, in the order of the dialog.
const KEYS: [(&[&str], &str); 11] = [
    (&["j"], "Next post"),
    (&["k"], "Previous post"),
    (&["l"], "Like"),
    (&["c"], "Comment"),
    (&["Enter"], "Open the post"),
    (&["n"], "New post"),
    (&["/"], "Search"),
    (&["g", "h"], "Go home"),
    (&["g", "n"], "Go to notifications"),
    (&["g", "m"], "Go to messages"),
    (&["?"], "Show this list"),
];

/// How long after `g` the next key still belongs to it.
const CHORD: std::time::Duration = std::time::Duration::from_millis(1_200);

/// Whether the list of shortcuts is open.
#[derive(Clone, Copy)]
struct ShortcutsOpen(RwSignal<bool>);

/// Must be called by the frame before its parts: they share whether the list is open.
pub fn provide_shortcuts() {
    provide_context(ShortcutsOpen(RwSignal::new(false)));
}

/// Listens, and holds the dialog.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let open = use_context::<ShortcutsOpen>().map_or_else(|| RwSignal::new(false), |open| open.0);
    let navigate = use_navigate();
    let after_g = RwSignal::new(false);
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let listener = window_event_listener(ev::keydown, move |event| {
            if is_meant_for_something_else(&event) {
                return;
            }
            let key = event.key();
            if after_g.get_untracked() {
                after_g.set(false);
                let place = match key.as_str() {
                    "h" => "/",
                    "n" => BELL_HREF,
                    "m" => "/messages",
                    _ => return,
                };
                event.prevent_default();
                navigate(place, NavigateOptions::default());
                return;
            }
            let heard = match key.as_str() {
                "j" => step(1),
                "k" => step(-1),
                "l" => press_in_current("[data-like]"),
                "c" => press_in_current("[data-comment]"),
                "Enter" => open_current(),
                "n" => press("[data-compose]"),
                "/" => focus_search(),
                "?" => {
                    open.set(true);
                    true
                }
                "g" => {
                    after_g.set(true);
                    set_timeout(move || after_g.set(false), CHORD);
                    true
                }
                _ => false,
            };
            if heard {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
    view! {
        <Dialog id="shortcuts" open title="Keyboard shortcuts">
            <dl class="grid gap-0.5">
                {KEYS
                    .into_iter()
                    .map(|(keys, what)| {
                        view! {
                            <div class="flex items-center justify-between gap-6 py-1.5">
                                <dt>{what}</dt>
                                <dd class="flex gap-1">
                                    {keys.iter().map(|key| view! { <Key key /> }).collect_view()}
                                </dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
        </Dialog>
    }
}

/// "Shortcuts ?" at the foot of the right rail.
#[component]
pub fn ShortcutsHint() -> impl IntoView {
    let open = use_context::<ShortcutsOpen>().map_or_else(|| RwSignal::new(false), |open| open.0);
    view! {
        <button
            type="button"
            class="needs-script flex w-fit items-center gap-1.5 rounded-tail px-4 text-meta text-muted hover:text-text"
            on:click=move |_| open.set(true)
        >
            "Shortcuts"
            <Key key="?" />
        </button>
    }
}

#[component]
fn Key(key: &'static str) -> impl IntoView {
    view! {
        <kbd class="min-w-6 rounded-[6px] border border-border bg-surface px-1.5 py-0.5 text-center font-sans text-caption text-muted">
            {key}
        </kbd>
    }
}

/// Typing, a dialog, or a shortcut of the browser's own.
fn is_meant_for_something_else(event: &KeyboardEvent) -> bool {
    if event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() {
        return true;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let typing = target.is_some_and(|target| {
        matches!(target.closest("input, textarea, select, [contenteditable], dialog"), Ok(Some(_)))
    });
    typing || matches!(document().query_selector("dialog[open]"), Ok(Some(_)))
}

/// Moves to the next or the previous post: from the focused one, else from the first that is in sight.
fn step(by: i32) -> bool {
    let posts = posts();
    let here = current().and_then(|current| posts.iter().position(|post| **post == current));
    let to = match here {
        Some(at) if by > 0 => at.saturating_add(1),
        Some(at) => at.saturating_sub(1),
        None => posts.iter().position(|post| post.get_bounding_client_rect().bottom() > 120.0).unwrap_or(0),
    };
    let Some(post) = posts.get(to) else { return false };
    // Focus scrolls it into view, clear of the bars thanks to `scroll-padding`.
    post.focus().is_ok()
}

/// The posts of the page that can take focus, in order.
fn posts() -> Vec<HtmlElement> {
    let Ok(found) = document().query_selector_all("main article[tabindex]") else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

/// The post that has focus, or that holds what has it.
fn current() -> Option<Element> {
    document().active_element()?.closest("article[tabindex]").ok().flatten()
}

fn press_in_current(selector: &str) -> bool {
    let Some(Ok(Some(found))) = current().map(|post| post.query_selector(selector)) else { return false };
    click(&found)
}

/// Opens the focused post itself; Enter on a link or button inside it means that link or button.
fn open_current() -> bool {
    let focused = document().active_element();
    if focused.is_none_or(|focused| focused.tag_name() != "ARTICLE") {
        return false;
    }
    press_in_current("[data-open]")
}

fn press(selector: &str) -> bool {
    matches!(document().query_selector(selector), Ok(Some(found)) if click(&found))
}

fn click(element: &Element) -> bool {
    element.dyn_ref::<HtmlElement>().map(HtmlElement::click).is_some()
}

/// The search box where there is one in sight, else the search page.
fn focus_search() -> bool {
    let boxes = document().query_selector_all("main input[type=search], #search-box");
    let Ok(boxes) = boxes else { return false };
    let visible = (0..boxes.length())
        .filter_map(|at| boxes.get(at)?.dyn_into::<HtmlElement>().ok())
        .find(|found| found.offset_parent().is_some());
    match visible {
        Some(found) => found.focus().is_ok(),
        None => press("a[href='/search']"),
    }
}
