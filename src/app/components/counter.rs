//! How many characters are left, once few are.

use leptos::prelude::*;

/// Shown from this share of the limit on, in percent.
const NEAR_PERCENT: usize = 90;

/// Counts down near a limit, and says by how much a text is over it.
#[component]
pub fn Counter(
    /// What is typed.
    #[prop(into)]
    text: Signal<String>,
    /// The limit, in characters.
    max: usize,
) -> impl IntoView {
    let used = Memo::new(move |_| text.with(|text| text.chars().count()));
    let left = move || {
        let used = used.get();
        (used * 100 >= max * NEAR_PERCENT).then(|| {
            if used > max {
                view! { <span class="font-strong text-danger">{used - max} " over"</span> }.into_any()
            } else {
                view! { <span class="text-muted">{max - used} " left"</span> }.into_any()
            }
        })
    };
    view! {
        <span class="text-small tabular-nums not-empty:mr-2" role="status">
            {left}
        </span>
    }
}
