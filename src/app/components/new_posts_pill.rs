//! "3 new posts", "1 new job": lies over the list and moves nothing; pressing it shows them.

use leptos::prelude::*;

use super::{
    avatar::{Avatar, AvatarSize},
    icon::{Icon, IconName},
};
use crate::{
    client::live::{FeedList, Pill},
    protocol::views::PersonRef,
};

/// The pill of a list of posts.
#[component]
pub fn NewPostsPill(
    /// The list.
    list: FeedList,
) -> impl IntoView {
    let pill = list.pill();
    let authors = Memo::new(move |_| pill.with(|pill| pill.authors.clone()));
    let words = Memo::new(move |_| pill.with(|pill| if pill.count > 0 { words(pill) } else { String::new() }));
    let press = Callback::new(move |()| {
        list.show_pending();
        window().scroll_to_with_x_and_y(0.0, 0.0);
        focus_first("[role=feed] article");
    });
    view! { <NewPill words authors on_press=press /> }
}

/// The pill of any list. Stands where the list begins and sticks under the top bar.
#[component]
pub fn NewPill(
    /// What waits; empty hides the pill.
    words: Memo<String>,
    /// Up to three whose faces stand on it.
    authors: Memo<Vec<PersonRef>>,
    /// Shows what waits.
    on_press: Callback<()>,
) -> impl IntoView {
    let is_shown = Memo::new(move |_| words.with(|words| !words.is_empty()));
    view! {
        <div class="sticky top-[calc(var(--bar)+var(--tabs)+8px)] z-10 h-0 medium:top-[calc(var(--bar)+26px)]">
            <Show when=move || is_shown.get()>
                <button
                    type="button"
                    class="absolute top-2 left-1/2 flex h-9 -translate-x-1/2 items-center gap-2 rounded-pill bg-ink pr-4 pl-2 text-meta font-strong whitespace-nowrap text-ink-contrast shadow-3 animate-drop hover:bg-ink-hover active:scale-[0.97] touch-area medium:-top-4.5"
                    on:click=move |_| on_press.run(())
                >
                    <Faces authors />
                    {words}
                </button>
            </Show>
            <p class="sr-only" role="status">
                {words}
            </p>
        </div>
    }
}

#[component]
fn Faces(authors: Memo<Vec<PersonRef>>) -> impl IntoView {
    move || {
        let authors = authors.get();
        if authors.is_empty() {
            return view! { <Icon name=IconName::Retry size=16 class="ml-1.5" /> }.into_any();
        }
        view! {
            <span class="flex -space-x-2" aria-hidden="true">
                {authors
                    .into_iter()
                    .map(|person| {
                        view! {
                            <span class="rounded-pill ring-2 ring-ink">
                                <Avatar person size=AvatarSize::S24 />
                            </span>
                        }
                    })
                    .collect_view()}
            </span>
        }
        .into_any()
    }
}

/// "1 new post", "3 new posts", "20+ new posts".
fn words(pill: &Pill) -> String {
    let more = if pill.and_more { "+" } else { "" };
    let noun = if pill.count == 1 && !pill.and_more { " new post" } else { " new posts" };
    [&pill.count.to_string(), more, noun].concat()
}

/// Keyboard and screen reader go on with what has come.
pub fn focus_first(selector: &'static str) {
    use wasm_bindgen::JsCast as _;
    request_animation_frame(move || {
        let first = document().query_selector(selector).ok().flatten();
        if let Some(first) = first.and_then(|first| first.dyn_into::<web_sys::HtmlElement>().ok()) {
            // An element that has just gone takes no focus, and need not.
            let _ = first.focus();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_posts_are_counted_in_words() {
        let said = |count, and_more| words(&Pill { count, and_more, authors: Vec::new() });
        assert_eq!([said(1, false), said(3, false), said(20, true)], ["1 new post", "3 new posts", "20+ new posts"]);
    }
}
