//! The frame of every signed-in page: top bar, rail, column, right rail; on a phone a bottom bar.

pub mod bell;
pub mod bottom_bar;
pub mod page_header;
pub mod rail;
pub mod right_rail;
pub mod shortcuts;
pub mod top_bar;
pub mod wordmark;

use leptos::prelude::*;
use leptos_router::{
    LazyRoute as _,
    components::{Outlet, Redirect},
    hooks::use_location,
};

use self::{
    bell::Bell, bottom_bar::BottomBar, rail::Rail, right_rail::RightRail, shortcuts::Shortcuts, top_bar::TopBar,
};
use super::{alerts::Alerts, banner::ConnectionBanner, composer::ComposerSheet, toast::ToastShelf};
use crate::app::{bell::BellPanelOpen, composing::provide_composing, facts::use_viewer, pages::on_demand};

/// Where `Post` leads: the composer at the head of the feed. With JavaScript the page opens it in place.
pub const COMPOSE_HREF: &str = "/#compose";

/// The frame around signed-in pages; whoever is signed out is asked to sign in, and comes back afterwards.
#[component]
pub fn SignedInShell() -> impl IntoView {
    let viewer = use_viewer();
    let location = use_location();
    let signed_in = Memo::new(move |_| viewer.get().is_some());
    move || {
        if signed_in.get() {
            view! { <Frame /> }.into_any()
        } else {
            let next = format!("{}{}", location.pathname.get_untracked(), query(&location.search.get_untracked()));
            let path = if next == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={}", escape(&next)) };
            view! { <Redirect path=path /> }.into_any()
        }
    }
}

/// A search string with its question mark; empty without one.
fn query(search: &str) -> String {
    let search = search.trim_start_matches('?');
    if search.is_empty() { String::new() } else { format!("?{search}") }
}

/// Percent-encodes what would end a query value.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('&', "%26").replace('#', "%23").replace('+', "%2B")
}

#[component]
fn Frame() -> impl IntoView {
    shortcuts::provide_shortcuts();
    provide_composing();
    let panel = BellPanelOpen(RwSignal::new(false));
    provide_context(panel);
    // Once it is there it stays, hidden while it is closed.
    let was_opened = Memo::new(move |was: Option<&bool>| was == Some(&true) || panel.0.get());
    view! {
        <a
            href="#main"
            class="fixed top-2 left-2 z-50 -translate-y-16 rounded-pill bg-ink px-4 py-2 font-strong text-ink-contrast focus:translate-y-0"
        >
            "Skip to content"
        </a>
        <TopBar />
        <Bell />
        <Show when=move || was_opened.get()>
            <PanelOnDemand />
        </Show>
        <ConnectionBanner />
        <div class="frame">
            <Rail />
            <main
                id="main"
                tabindex="-1"
                class="flow-root min-h-[calc(100dvh-var(--bar))] min-w-0 bg-surface pb-[calc(var(--bottom-bar)+72px)] outline-none medium:border-x medium:border-border medium:pb-24"
            >
                <Outlet />
            </main>
            <RightRail />
        </div>
        <BottomBar />
        <ComposerSheet />
        <ToastShelf />
        <Alerts />
        <Shortcuts />
    }
}

/// The bell's panel: its code is there by the time it is opened.
#[component]
fn PanelOnDemand() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move { on_demand::Panel::view(on_demand::Panel).await })}
        </Suspense>
    }
}
