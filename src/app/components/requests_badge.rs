//! How many requests to connect wait, on the way to them.

use leptos::prelude::*;

use super::messages::row::badge_words;
use crate::client::live::use_live;

/// A round badge: 1…99, then 99+; nothing while none waits. It stands on a link and adds to its name.
#[component]
pub fn RequestsBadge(
    /// Where it stands, as classes.
    class: &'static str,
) -> impl IntoView {
    let waiting = use_live().waiting_requests(None);
    let count = Memo::new(move |_| waiting.get());
    move || {
        let count = count.get();
        (count > 0).then(|| {
            view! {
                <span
                    class=format!(
                        "grid h-5 min-w-5 animate-pop place-items-center rounded-pill bg-accent px-1.5 text-caption text-accent-contrast tabular-nums {class}",
                    )
                    data-waiting-requests=count
                >
                    {badge_words(count)}
                    <span class="sr-only">" waiting"</span>
                </span>
            }
        })
    }
}
