//! The name and the mark, drawn in the page's own colours so that they follow the chosen theme.

use leptos::prelude::*;

/// "hubbub", 144 by 32 in its own measure.
#[component]
pub fn Wordmark(
    /// Size, as classes.
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=format!("w-auto shrink-0 {class}") viewBox="0 0 144 32" role="img" aria-label="Hubbub">
            <path
                d="M2.5 3.5V28M2.5 20a8 8 0 0 1 16 0V28M27.1 14.5V20a8 8 0 0 0 16 0V14.5M51.7 3.5V20M51.7 20a8 8 0 1 0 16 0a8 8 0 1 0-16 0M76.3 3.5V20M76.3 20a8 8 0 1 0 16 0a8 8 0 1 0-16 0M100.9 14.5V20a8 8 0 0 0 16 0V14.5M125.5 3.5V20M125.5 20a8 8 0 1 0 16 0a8 8 0 1 0-16 0"
                fill="none"
                class="stroke-text"
                stroke-width="5"
                stroke-linecap="round"
                stroke-linejoin="round"
            />
            <circle cx="10.5" cy="26.7" r="3.8" class="fill-accent" />
        </svg>
    }
}

/// The mark alone, 32 by 32 in its own measure.
#[component]
pub fn Mark(
    /// Size, as classes.
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=format!("shrink-0 {class}") viewBox="0 0 32 32" role="img" aria-label="Hubbub">
            <path
                d="M7 4.5v23M7 20a8.5 8.5 0 0 1 17 0v7.5"
                fill="none"
                class="stroke-text"
                stroke-width="5"
                stroke-linecap="round"
            />
            <circle cx="15.5" cy="25.8" r="4.2" class="fill-accent" />
        </svg>
    }
}
