//! Messages: the list at the left and a thread at the right; one at a time where there is no room for both.

pub mod details;
pub mod new;
pub mod thread;

use leptos::prelude::*;
use leptos_router::{components::Outlet, hooks::use_location};

use crate::{
    app::components::{
        button::ButtonLink, empty::EmptyState, icon::IconName, messages::inbox::Inbox, page_title::PageTitle,
    },
    protocol::{conversations::ConversationBox, ids::ConversationId},
};

/// The part of the address after `/messages/`; empty for the list itself.
fn place_in(path: &str) -> &str {
    path.strip_prefix("/messages").unwrap_or_default().trim_matches('/')
}

/// The conversation that an address names.
fn conversation_in(path: &str) -> Option<ConversationId> {
    place_in(path).split('/').next()?.parse().ok()
}

/// The frame of all pages of messages.
#[component]
pub fn MessagesFrame() -> impl IntoView {
    let path = use_location().pathname;
    let of = Memo::new(move |_| {
        if path.with(|path| place_in(path) == "requests") { ConversationBox::Requests } else { ConversationBox::Inbox }
    });
    let current = Memo::new(move |_| path.with(|path| conversation_in(path)));
    // Where there is room for one, the list gives way to what was chosen from it.
    let is_list = Memo::new(move |_| path.with(|path| matches!(place_in(path), "" | "requests")));
    let list_class = move || {
        let shown = if is_list.get() { "block" } else { "hidden pair:block" };
        format!("{shown} min-h-0 overflow-y-auto overscroll-contain border-border bg-surface pair:border-r")
    };
    let pane_class = move || {
        let shown = if is_list.get() { "hidden pair:flex" } else { "flex" };
        format!("{shown} relative min-h-0 min-w-0 flex-col bg-canvas")
    };
    view! {
        <div
            data-messages=""
            data-thread=move || (!is_list.get()).then_some("")
            class="grid h-full grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)] pair:grid-cols-[320px_minmax(0,1fr)]"
        >
            <section aria-label="Conversations" class=list_class>
                <Inbox of current />
            </section>
            <section aria-label="Conversation" class=pane_class>
                <Outlet />
            </section>
        </div>
    }
}

/// `/messages`: the list alone, or beside it the offer to choose.
#[component]
pub fn MessagesPage() -> impl IntoView {
    view! {
        <PageTitle text="Messages" />
        <Choose />
    }
}

/// `/messages/requests`.
#[component]
pub fn RequestsPage() -> impl IntoView {
    view! {
        <PageTitle text="Message requests" />
        <Choose />
    }
}

#[component]
fn Choose() -> impl IntoView {
    view! {
        <div class="grid flex-1 place-content-center">
            <EmptyState icon=IconName::Messages title="Choose a conversation" text="Or begin one with somebody you know.">
                <ButtonLink href="/messages/new" icon=IconName::NewMessage>
                    "New message"
                </ButtonLink>
            </EmptyState>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_conversation() {
        assert_eq!(conversation_in("/messages/7"), Some(ConversationId::new(7)));
        assert_eq!(conversation_in("/messages/7/details"), Some(ConversationId::new(7)));
        assert_eq!(conversation_in("/messages/new"), None);
        assert_eq!(conversation_in("/messages"), None);
    }
}
