//! The right rail of a wide window: cards with what surrounds the feed.

use leptos::prelude::*;

use crate::app::components::{
    jobs::open_jobs::OpenJobs, online_now::OnlineNow, people_to_follow::PeopleToFollow, shell::shortcuts::ShortcutsHint,
};

/// The right rail.
#[component]
pub fn RightRail() -> impl IntoView {
    view! {
        <aside
            aria-label="Around you"
            class="sticky top-(--bar) hidden max-h-[calc(100dvh-var(--bar))] self-start overflow-y-auto py-5 wide:grid wide:grid-cols-[minmax(0,1fr)] wide:gap-4"
        >
            <OnlineNow />
            <PeopleToFollow />
            <OpenJobs />
            <ShortcutsHint />
        </aside>
    }
}

/// A card of the right rail.
#[component]
pub fn RailCard(
    /// Its heading.
    title: &'static str,
    /// "See all" and where that leads.
    #[prop(optional)]
    more: Option<(&'static str, &'static str)>,
    /// Stands where that would.
    #[prop(optional_no_strip)]
    beside: Option<AnyView>,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="rounded-card border border-border bg-surface p-4">
            <div class="mb-3 flex items-baseline justify-between gap-3">
                <h2 class="text-body font-bold">{title}</h2>
                {more
                    .map(|(label, href)| {
                        view! {
                            <a href=href class="text-meta font-medium text-accent-text hover:underline">
                                {label}
                            </a>
                        }
                    })}
                {beside}
            </div>
            {children()}
        </section>
    }
}
