//! The frame of the pages before one is signed in: the form at the left, the poster beside it on a wide window.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*, task::spawn_local};

use super::{
    icon::{Icon, IconName},
    number::short_count,
    shell::wordmark::Wordmark,
    toast::ToastShelf,
};
use crate::{api::account::community_size, app::facts::CommunitySize};

/// How often the poster asks how many there are.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// The frame. The heading and the line under it may depend on how many members there are: nobody yet is `Some(0)`.
#[component]
pub fn WelcomeFrame(
    /// The page's heading.
    heading: fn(Option<u64>) -> String,
    /// The line under it.
    line: fn(Option<u64>) -> String,
    /// The form, and the way to the other form.
    children: Children,
) -> impl IntoView {
    let count = RwSignal::new(use_context::<CommunitySize>().and_then(|CommunitySize(size)| size));
    Effect::new(move |_| {
        let look = move || {
            spawn_local(async move {
                // A failed look leaves the number as it was.
                if let Ok(size) = community_size().await {
                    count.try_set(Some(size));
                }
            });
        };
        if let Ok(handle) = set_interval_with_handle(look, LOOK_AGAIN) {
            on_cleanup(move || handle.clear());
        }
    });
    view! {
        <div class="grid min-h-dvh bg-surface wide:grid-cols-[600px_1fr]">
            <div class="flex flex-col px-5 pt-5 pb-6 medium:px-18 medium:pt-9 medium:pb-8">
                <header>
                    <a href="/" class="inline-block rounded-tail" aria-label="Hubbub, home">
                        <Wordmark class="h-[25px] medium:h-[30px]" />
                    </a>
                </header>
                <main
                    id="main"
                    class="mx-auto mt-9 flex w-full max-w-110 flex-col medium:my-auto medium:py-8 wide:mx-0"
                >
                    <h1 class="text-display-phone medium:text-display">{move || heading(count.get())}</h1>
                    <p class="mt-2 mb-7 text-body text-muted">{move || line(count.get())}</p>
                    {children()}
                </main>
                <footer class="mt-10 flex items-center gap-2.5 text-meta text-muted medium:mt-0">
                    <Icon name=IconName::Lock size=16 />
                    "Run by its members. Your data stays on this server."
                </footer>
            </div>
            <Poster count />
        </div>
        <ToastShelf />
    }
}

/// The giant mark; its dot is the number of members.
#[component]
fn Poster(count: RwSignal<Option<u64>>) -> impl IntoView {
    let number = move || count.get().map(short_count).unwrap_or_default();
    let word = move || match count.get() {
        Some(1) => "member",
        Some(_) => "members",
        None => "",
    };
    view! {
        <div class="sticky top-0 hidden h-dvh overflow-hidden bg-poster wide:block" aria-hidden="true">
            <svg class="size-full overflow-visible" viewBox="2.86 -2.2 25.28 33.5" preserveAspectRatio="xMidYMid meet">
                <path
                    d="M7 4.5v90M7 20a8.5 8.5 0 0 1 17 0v75"
                    fill="none"
                    class="stroke-poster-ink"
                    stroke-width="5"
                    stroke-linecap="round"
                />
                <circle cx="15.5" cy="25.8" r="4.2" class="fill-poster-dot" />
                <text
                    x="15.5"
                    y="26.2"
                    text-anchor="middle"
                    font-size="3.1"
                    font-weight="750"
                    letter-spacing="-0.08"
                    class="fill-poster-text tabular-nums"
                >
                    {number}
                </text>
                <text x="15.5" y="27.95" text-anchor="middle" font-size="0.78" font-weight="500" class="fill-poster-muted">
                    {word}
                </text>
            </svg>
        </div>
    }
}
