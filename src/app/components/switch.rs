//! A switch; without JavaScript a box to tick, drawn the same.

use leptos::prelude::*;

/// The class list of the box itself.
pub const SWITCH: &str = "relative h-6.5 w-11 shrink-0 cursor-pointer appearance-none rounded-pill bg-border-strong transition-colors before:absolute before:top-[3px] before:left-[3px] before:size-5 before:rounded-pill before:bg-surface before:transition-transform checked:bg-success checked:before:translate-x-4.5 disabled:opacity-50";

/// A switch with its words.
#[component]
pub fn Switch(
    /// Its name in the form.
    name: &'static str,
    /// Whether it is on at first.
    on: bool,
    /// What it turns on.
    label: &'static str,
    /// What that means.
    hint: &'static str,
) -> impl IntoView {
    view! {
        <label class=SWITCH_LINE>
            <span class="grid flex-1">
                <span class="font-strong">{label}</span>
                <span class="text-meta text-muted">{hint}</span>
            </span>
            <input type="checkbox" role="switch" name=name value="true" checked=on class=SWITCH />
        </label>
    }
}

/// The class list of a line with a switch at its end.
pub const SWITCH_LINE: &str = "-mx-3 flex cursor-pointer items-center gap-4 rounded-field px-3 py-2.5 hover:bg-hover";
