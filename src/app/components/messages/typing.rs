//! "Ana is typing…": in words for all, with dots that move for those who like things to move.

use leptos::prelude::*;

use super::words::typing_words;
use crate::client::state::conversations::Typist;

/// What is said of those who type; empty when nobody does.
#[must_use]
pub fn typing_line(typists: Signal<Vec<Typist>>) -> Memo<String> {
    Memo::new(move |_| {
        let names: Vec<String> =
            typists.with(|typists| typists.iter().map(|typist| typist.user_name.clone()).collect());
        typing_words(&names)
    })
}

/// The bubble with three dots at the end of the thread.
#[component]
pub fn TypingBubble(
    /// Who types.
    typists: Signal<Vec<Typist>>,
    /// Under the bubbles of a group, which have faces beside them.
    indented: bool,
) -> impl IntoView {
    let said = typing_line(typists);
    let is_shown = Memo::new(move |_| said.with(|said| !said.is_empty()));
    view! {
        <div class=if indented { "h-9 pl-10" } else { "h-9" } data-typing="">
            <Show when=move || is_shown.get()>
                <span class="flex w-fit animate-fade items-center gap-2.5">
                    <span
                        class="flex h-9 items-center gap-1.5 rounded-bubble bg-bubble px-4 shadow-1 speaks-left"
                        aria-hidden="true"
                    >
                        {["", "[animation-delay:160ms]", "[animation-delay:320ms]"]
                            .map(|delay| {
                                view! { <span class=format!("size-[7px] animate-typing rounded-pill bg-muted {delay}")></span> }
                            })
                            .collect_view()}
                    </span>
                    <span class="text-small text-muted">{said}</span>
                </span>
            </Show>
        </div>
    }
}
