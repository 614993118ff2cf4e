//! Tabs that are places: links with an accent line under the current one.

use leptos::prelude::*;

/// A row of [`Tab`]s.
#[component]
pub fn Tabs(
    /// What they choose between: "Feeds".
    label: &'static str,
    /// The tabs.
    children: Children,
) -> impl IntoView {
    view! {
        <nav aria-label=label class="flex h-full items-stretch gap-7">
            {children()}
        </nav>
    }
}

/// One tab.
#[component]
pub fn Tab(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// Whether one is there.
    #[prop(into)]
    current: Signal<bool>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <a
            href=href
            aria-current=move || current.get().then_some("page")
            class="relative flex items-center text-lead text-muted transition-colors hover:text-text aria-[current]:font-strong aria-[current]:text-text aria-[current]:after:absolute aria-[current]:after:inset-x-0 aria-[current]:after:-bottom-px aria-[current]:after:h-1 aria-[current]:after:rounded-t-tail aria-[current]:after:bg-accent"
        >
            {children()}
        </a>
    }
}
