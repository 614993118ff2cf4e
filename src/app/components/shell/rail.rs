//! The rail at the left: places with their names, or as icons alone on a medium window; below, oneself.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::COMPOSE_HREF;
use crate::app::{
    bell::BELL_HREF,
    components::{
        avatar::{Avatar, AvatarSize},
        icon::{Icon, IconName},
        messages::nav_badge::UnreadBadge,
        requests_badge::RequestsBadge,
    },
    facts::use_viewer,
};

/// The rail.
#[component]
pub fn Rail() -> impl IntoView {
    let viewer = use_viewer();
    let profile_href = Signal::derive(move || profile_href(viewer.person().map(|person| person.username)));
    view! {
        <nav
            aria-label="Main"
            class="sticky top-(--bar) hidden h-[calc(100dvh-var(--bar))] flex-col justify-between self-start overflow-y-auto py-4 medium:flex"
        >
            <div>
                <ul class="grid gap-1 wide:gap-0">
                    <Place href="/" name="Home" icon=IconName::Home />
                    <Place href="/search" name="Search" icon=IconName::Search />
                    <Place href=BELL_HREF name="Notifications" icon=IconName::Bell />
                    <Place href="/messages" name="Messages" icon=IconName::Messages badge=true />
                    <Place href="/connections" name="Connections" icon=IconName::People requests=true />
                    <Place href="/jobs" name="Jobs" icon=IconName::Jobs />
                    <Place href=profile_href name="Profile" icon=IconName::Profile />
                    <Place href="/settings" name="Settings" icon=IconName::Settings />
                </ul>
                <a
                    href=COMPOSE_HREF
                    data-compose=""
                    title="New post (n)"
                    class="mt-4 flex h-12 w-12 items-center justify-center gap-2 rounded-pill bg-accent text-lead font-strong text-accent-contrast transition-[background-color,scale] hover:bg-accent-hover active:scale-[0.97] wide:w-full"
                >
                    <Icon name=IconName::Compose />
                    <span class="sr-only wide:not-sr-only">"Post"</span>
                </a>
            </div>
            {move || viewer.person().map(|person| view! {
                <a
                    href=format!("/@{}", person.username)
                    title=format!("{} @{}", person.full_name, person.username)
                    class="mx-auto mt-6 flex items-center gap-3 rounded-card transition-colors hover:bg-sunken wide:mx-0 wide:p-2"
                >
                    <Avatar person=person.clone() size=AvatarSize::S40 />
                    <span class="sr-only min-w-0 wide:not-sr-only wide:grid">
                        <span class="truncate font-strong">{person.full_name.clone()}</span>
                        <span class="truncate text-meta text-muted">"@" {person.username.clone()}</span>
                    </span>
                </a>
            })}
        </nav>
    }
}

/// The address of one's own profile.
pub(super) fn profile_href(username: Option<String>) -> String {
    username.map_or_else(|| "/".to_owned(), |username| format!("/@{username}"))
}

/// Whether `path` is the place `href` leads to, or lies below it.
#[must_use]
pub fn is_at(path: &str, href: &str) -> bool {
    path == href || (href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')))
}

#[component]
fn Place(
    #[prop(into)] href: Signal<String>,
    name: &'static str,
    icon: IconName,
    /// Shows how many conversations have something unread.
    #[prop(optional)]
    badge: bool,
    /// Shows how many requests to connect wait.
    #[prop(optional)]
    requests: bool,
) -> impl IntoView {
    let location = use_location();
    let current = Memo::new(move |_| location.pathname.with(|path| href.with(|href| is_at(path, href))));
    view! {
        <li>
            <a
                href=href
                title=name
                aria-current=move || current.get().then_some("page")
                class="relative flex size-12 items-center justify-center gap-4 rounded-nav text-lead transition-colors hover:bg-sunken aria-[current]:bg-sunken aria-[current]:font-strong wide:h-12 wide:w-full wide:justify-start wide:px-3.5"
            >
                <Icon name=icon size=22 strong=current />
                <span class="sr-only wide:not-sr-only">{name}</span>
                {badge.then(|| view! { <UnreadBadge class="top-0.5 left-6.5 wide:static wide:ml-auto" /> })}
                {requests
                    .then(|| {
                        view! { <RequestsBadge class="absolute top-0.5 left-6.5 ring-[2.5px] ring-canvas wide:static wide:ml-auto" /> }
                    })}
            </a>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_current_on_the_pages_below_it_too() {
        assert!(is_at("/settings", "/settings"));
        assert!(is_at("/settings/sessions", "/settings"));
        assert!(!is_at("/settings-of-mine", "/settings"));
        assert!(is_at("/", "/"));
        assert!(!is_at("/search", "/"));
    }
}
