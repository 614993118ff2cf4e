//! The bar at the top: the name over the rail, room for the page's own header over the column, search over the right rail.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::wordmark::{Mark, Wordmark};
use crate::app::components::{
    button::ICON_BUTTON,
    icon::{Icon, IconName},
};

/// The top bar. What stands over the column is the page's `PageHeader`, which lies on top of it.
#[component]
pub fn TopBar() -> impl IntoView {
    let location = use_location();
    let on_search_page = Memo::new(move |_| location.pathname.with(|path| path == "/search"));
    view! {
        <header class="sticky top-0 z-20 h-(--bar) border-b border-border bg-surface medium:bg-canvas">
            <div class="frame h-full items-center">
                <a href="/" class="flex w-fit items-center px-4 medium:mx-auto medium:px-0 wide:mx-0 wide:px-3.5" aria-label="Hubbub, home">
                    <Wordmark class="h-[25px] medium:hidden wide:block wide:h-[27px]" />
                    <Mark class="hidden size-10 medium:block wide:hidden" />
                </a>
                <Show when=move || !on_search_page.get()>
                    <a
                        href="/search"
                        class=format!(
                            "{ICON_BUTTON} hidden! size-11 text-text medium:inline-grid! medium:absolute medium:right-[calc(max(24px,50%-336px)+48px)] wide:hidden!",
                        )
                        aria-label="Search"
                        title="Search"
                    >
                        <Icon name=IconName::Search size=22 />
                    </a>
                    <SearchBox />
                </Show>
            </div>
        </header>
    }
}

/// The search box over the right rail: a plain form, so that Enter works before anything else does.
#[component]
fn SearchBox() -> impl IntoView {
    view! {
        <form action="/search" role="search" class="col-start-3 mr-14 hidden wide:block">
            <label class="flex h-10 items-center gap-3 rounded-pill bg-sunken px-4 text-muted focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus">
                <Icon name=IconName::Search />
                <span class="sr-only">"Search"</span>
                <input
                    id="search-box"
                    name="q"
                    type="search"
                    placeholder="Search"
                    autocomplete="off"
                    class="min-w-0 flex-1 bg-transparent text-lead font-normal text-text outline-none"
                />
                <kbd class="needs-script rounded-[6px] border border-border bg-surface px-1.5 font-sans text-caption text-muted" aria-hidden="true">
                    "/"
                </kbd>
            </label>
        </form>
    }
}
