//! The bell's panel: the newest notifications over any page, from a medium window on.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;

use super::{
    button::{ButtonKind, ButtonSize, ICON_BUTTON, button_class},
    icon::{Icon, IconName},
    mark_all::MarkAllRead,
    notification_list::NotificationList,
    requests_badge::RequestsBadge,
};
use crate::{
    app::bell::{BELL_HREF, BELL_SETTINGS_HREF, use_bell_panel},
    client::live::use_live,
    protocol::notifications::NotificationFilter,
};

/// The words of a filter.
#[must_use]
pub const fn filter_words(filter: NotificationFilter) -> &'static str {
    match filter {
        NotificationFilter::All => "All",
        NotificationFilter::Unread => "Unread",
        NotificationFilter::Mentions => "Mentions",
        NotificationFilter::Requests => "Requests",
    }
}

/// The panel. Esc closes it and gives the focus back to the bell; so does a press beside it, without the focus.
#[component]
pub fn BellPanel() -> impl IntoView {
    let open = use_bell_panel();
    let node = NodeRef::<html::Section>::new();
    let filter = RwSignal::new(NotificationFilter::All);
    let close = Callback::new(move |()| open.set(false));
    Effect::new(move |_| {
        if open.get() {
            // It is shown by then.
            request_animation_frame(move || focus_panel(node));
        }
    });
    Effect::new(move |_| {
        let press = window_event_listener(ev::pointerdown, move |event| {
            if open.get_untracked() && !is_inside(node, event.target()) {
                open.set(false);
            }
        });
        on_cleanup(move || press.remove());
    });
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            event.stop_propagation();
            open.set(false);
            focus_bell();
        }
    };
    // Whoever goes on with the keyboard leaves it.
    let on_leave = move |event: ev::FocusEvent| {
        if event.related_target().is_some() && !is_inside(node, event.related_target()) {
            open.set(false);
        }
    };
    view! {
        <section
            node_ref=node
            role="dialog"
            aria-label="Notifications"
            tabindex="-1"
            hidden=move || !open.get()
            class="fixed top-[calc(var(--bar)+6px)] right-[max(24px,50%-336px)] z-30 flex max-h-[min(760px,calc(100dvh-var(--bar)-24px))] w-105 origin-top-right animate-panel flex-col overflow-hidden rounded-panel bg-raised shadow-3 outline-none wide:right-[max(8px,50%-604px)]"
            on:keydown=on_key
            on:focusout=on_leave
        >
            <div class="flex items-center gap-3 px-5 pt-4 pb-1">
                <h2 class="flex-1 text-heading">"Notifications"</h2>
                <MarkAllRead />
                <a href=BELL_SETTINGS_HREF class=format!("{ICON_BUTTON} -mr-2") aria-label="Notification settings" title="Notification settings">
                    <Icon name=IconName::Settings />
                </a>
            </div>
            <Filters filter />
            <div class="min-h-40 flex-1 overflow-y-auto overscroll-contain" tabindex="-1">
                {move || open.get().then(|| view! { <Listed filter=filter.get() on_open=close /> })}
            </div>
            <div class="border-t border-border">
                <a href=BELL_HREF class="grid h-12 place-items-center text-meta font-strong text-accent-text ring-inside rounded-b-panel hover:bg-hover">
                    "See all notifications"
                </a>
            </div>
        </section>
    }
}

#[component]
fn Filters(filter: RwSignal<NotificationFilter>) -> impl IntoView {
    let chip = move |of: NotificationFilter| {
        let is_chosen = Memo::new(move |_| filter.get() == of);
        let class = move || {
            let kind = if is_chosen.get() { ButtonKind::Ink } else { ButtonKind::Quiet };
            button_class(kind, ButtonSize::Small, false)
        };
        view! {
            <button
                type="button"
                class=class
                aria-pressed=move || is_chosen.get().to_string()
                on:click=move |_| filter.set(of)
            >
                {filter_words(of)}
                {(of == NotificationFilter::Requests).then(|| view! { <RequestsBadge class="-mr-1.5" /> })}
            </button>
        }
    };
    view! {
        <div role="group" aria-label="Show" class="flex gap-2 px-5 pt-1 pb-3">
            {NotificationFilter::ALL.map(chip).collect_view()}
        </div>
    }
}

#[component]
fn Listed(filter: NotificationFilter, on_open: Callback<()>) -> impl IntoView {
    let list = use_live().bell().open(filter);
    Effect::new(move |_| list.fetch());
    view! { <NotificationList list older_href=None on_open /> }
}

/// Whether something is the panel, the bell, or in one of them.
fn is_inside(panel: NodeRef<html::Section>, target: Option<web_sys::EventTarget>) -> bool {
    let Some(element) = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return false };
    let in_panel = panel.get_untracked().is_some_and(|panel| panel.contains(Some(&element)));
    // A toast speaks of what was done here.
    in_panel || matches!(element.closest("#bell, [role=status]"), Ok(Some(_)))
}

fn focus_panel(panel: NodeRef<html::Section>) {
    if let Some(panel) = panel.get_untracked() {
        // An element that has left the page cannot take focus, and need not.
        let _ = panel.focus();
    }
}

fn focus_bell() {
    let bell = document().get_element_by_id("bell").and_then(|bell| bell.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(bell) = bell {
        // See above.
        let _ = bell.focus();
    }
}
