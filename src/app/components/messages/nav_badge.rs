//! How many conversations have something unread, on the way to them.

use leptos::prelude::*;

use super::{faces::use_me, row::badge_words};
use crate::client::live::use_live;

/// A round badge: 1…99, then 99+. It stands on a link and adds to its name.
#[component]
pub fn UnreadBadge(
    /// Where it stands, as classes.
    class: &'static str,
) -> impl IntoView {
    let unread = use_live().conversations(use_me()).unread();
    let count = Memo::new(move |_| unread.with(|unread| unread.conversations));
    move || {
        let count = count.get();
        (count > 0).then(|| {
            view! {
                <span
                    class=format!(
                        "absolute grid h-5 min-w-5 animate-pop place-items-center rounded-pill bg-accent px-1.5 text-caption text-accent-contrast tabular-nums ring-[2.5px] ring-canvas {class}",
                    )
                    data-unread-conversations=count
                >
                    {badge_words(u64::try_from(count).unwrap_or(u64::MAX))}
                    <span class="sr-only">" unread"</span>
                </span>
            }
        })
    }
}
