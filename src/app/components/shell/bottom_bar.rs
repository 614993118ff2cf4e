//! The bar at the bottom of a phone, and the round Post button above it.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{
    COMPOSE_HREF,
    rail::{is_at, profile_href},
};
use crate::app::{
    components::{
        icon::{Icon, IconName},
        messages::nav_badge::UnreadBadge,
    },
    facts::use_viewer,
    pages::reference::REFERENCE_HREF,
};

/// Where one writes, sets or answers something already: a second pen would only lie over its buttons.
const WITHOUT_PEN: [&str; 9] = [
    "/settings",
    "/posts",
    "/messages",
    "/jobs",
    "/notifications",
    "/connections",
    "/announcements",
    "/admin",
    REFERENCE_HREF,
];

/// The bottom bar.
#[component]
pub fn BottomBar() -> impl IntoView {
    let viewer = use_viewer();
    let profile_href = Signal::derive(move || profile_href(viewer.person().map(|person| person.username)));
    let location = use_location();
    let may_compose =
        Memo::new(move |_| location.pathname.with(|path| !WITHOUT_PEN.into_iter().any(|at| is_at(path, at))));
    view! {
        <nav
            aria-label="Main, bottom"
            class="fixed inset-x-0 bottom-0 z-20 h-(--bottom-bar) border-t border-border bg-surface pb-[env(safe-area-inset-bottom)] medium:hidden"
        >
            <Show when=move || may_compose.get()>
                <a
                    href=COMPOSE_HREF
                    data-compose=""
                    aria-label="New post"
                    class="fixed right-4 bottom-[calc(var(--bottom-bar)+16px)] z-20 grid size-14 place-items-center rounded-pill bg-accent text-accent-contrast shadow-3 active:scale-[0.97] medium:hidden"
                >
                    <Icon name=IconName::Compose size=24 />
                </a>
            </Show>
            <ul class="grid h-16 grid-cols-5">
                <Place href="/" name="Home" icon=IconName::Home />
                <Place href="/search" name="Search" icon=IconName::Search />
                <Place href="/messages" name="Messages" icon=IconName::Messages badge=true />
                <Place href="/jobs" name="Jobs" icon=IconName::Jobs />
                <Place href=profile_href name="Profile" icon=IconName::Profile />
            </ul>
        </nav>
    }
}

#[component]
fn Place(
    #[prop(into)] href: Signal<String>,
    name: &'static str,
    icon: IconName,
    /// Shows how many conversations have something unread.
    #[prop(optional)]
    badge: bool,
) -> impl IntoView {
    let location = use_location();
    let current = Memo::new(move |_| location.pathname.with(|path| href.with(|href| is_at(path, href))));
    view! {
        <li class="grid">
            <a
                href=href
                aria-current=move || current.get().then_some("page")
                class="relative grid place-content-center justify-items-center gap-0.5 text-micro text-muted ring-inside aria-[current]:font-strong aria-[current]:text-text"
            >
                <Icon name=icon size=24 strong=current />
                {name}
                {badge.then(|| view! { <UnreadBadge class="top-1 left-1/2 ml-1" /> })}
            </a>
        </li>
    }
}
