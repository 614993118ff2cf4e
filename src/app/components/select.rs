//! A choice of one of several, on the browser's own list.

use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// The arrow of a select that is not this module's: it wants `appearance-none` and room at its right.
#[component]
pub fn Arrow(children: Children) -> impl IntoView {
    view! {
        <span class="relative grid min-w-0">
            {children()}
            <Icon name=IconName::Down size=18 class=ARROW />
        </span>
    }
}

const ARROW: &str = "pointer-events-none absolute top-1/2 right-3 -translate-y-1/2 text-muted";

/// A select. Its label is read aloud; what stands before it on the page is the caller's.
#[component]
pub fn Select(
    /// Name in the form, and id.
    name: &'static str,
    /// What is chosen.
    label: &'static str,
    /// Values and their words.
    options: Vec<(String, String)>,
    /// The value that is chosen at first.
    #[prop(into)]
    chosen: String,
    /// Lower, for a row of filters.
    #[prop(optional)]
    small: bool,
    /// Called with the value that was chosen.
    #[prop(optional, into)]
    on_choose: Option<Callback<String>>,
) -> impl IntoView {
    let height = if small { "h-11 medium:h-10" } else { "h-12 medium:h-11.5" };
    let entries = options.into_iter().map(|(value, words)| {
        let selected = value == chosen;
        view! {
            <option value=value selected=selected>
                {words}
            </option>
        }
    });
    view! {
        <span class="relative grid min-w-0">
            <select
                id=name
                name=name
                aria-label=label
                class=format!(
                    "{height} w-full cursor-pointer appearance-none truncate rounded-field border border-border-strong bg-surface pr-10 pl-4 text-lead font-normal text-text",
                )
                on:change=move |event| {
                    if let Some(choose) = on_choose {
                        choose.run(event_target_value(&event));
                    }
                }
            >
                {entries.collect_view()}
            </select>
            <Icon name=IconName::Down size=18 class=ARROW />
        </span>
    }
}
