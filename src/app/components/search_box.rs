//! The box for words to look for: results as one types, or a plain form.

use std::time::Duration;

use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// After the last letter before the server is asked.
const PAUSE: Duration = Duration::from_millis(200);

/// A search. Without a script it is the form of the page at `action`, which looks for `q`.
#[component]
pub fn SearchBox(
    /// The page that searches.
    action: String,
    /// What is looked for, such as "Search people".
    words: &'static str,
    /// Names the form for assistive technology, where a page has several.
    #[prop(optional)]
    label: Option<&'static str>,
    /// The classes of the form.
    class: &'static str,
    /// For the narrow list of conversations.
    #[prop(optional)]
    small: bool,
    /// What is in it.
    typed: RwSignal<String>,
    /// Called once typing pauses.
    on_pause: Callback<()>,
    /// What else the search is narrowed by.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let turn = StoredValue::new(0_u64);
    let first = typed.get_untracked();
    let on_input = move |event| {
        typed.set(event_target_value(&event));
        let now = turn.get_value().wrapping_add(1);
        turn.set_value(now);
        set_timeout(
            move || {
                if turn.try_get_value() == Some(now) {
                    on_pause.run(());
                }
            },
            PAUSE,
        );
    };
    let (box_size, text_size) = if small { ("h-11 medium:h-10", "medium:text-body") } else { ("h-12 medium:h-11", "") };
    view! {
        <form action=action role="search" aria-label=label class=class on:submit=|event| event.prevent_default()>
            <label class=format!("flex items-center gap-3 rounded-pill bg-sunken px-4 text-muted focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus {box_size}")>
                <Icon name=IconName::Search />
                <span class="sr-only">{words}</span>
                <input
                    name="q"
                    type="search"
                    placeholder=words
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    class=format!("min-w-0 flex-1 bg-transparent text-lead font-normal text-text outline-none {text_size}")
                    value=first
                    prop:value=typed
                    on:input=on_input
                />
            </label>
            {children.map(|children| children())}
        </form>
    }
}
