//! Whether somebody is there: a dot on their face, and words under their name.

use leptos::prelude::*;

use crate::{
    app::components::time::{ago_words, use_clock},
    client::live::{Presence, use_live},
    protocol::ids::UserId,
};

/// The dot at the edge of a face: filled while they are there, hollow while they do nothing, and none while they are not
/// there or do not show it.
#[component]
pub fn PresenceDot(
    /// Whose.
    of: UserId,
) -> impl IntoView {
    let presence = use_live().presence_of(of);
    move || {
        let (look, words) = match presence.get() {
            Some(Presence::Active) => ("bg-presence", "Active now"),
            Some(Presence::Idle) => ("border-[2.5px] border-muted bg-surface", "Idle"),
            Some(Presence::Away(_)) | None => return None,
        };
        Some(view! {
            <span
                class=format!("absolute right-0 bottom-0 size-2.5 rounded-pill ring-[2.5px] ring-surface {look}")
                data-presence=words
            >
                <span class="sr-only">{words}</span>
            </span>
        })
    }
}

/// "Active now", "Idle", "Last seen 5 min ago"; empty where nobody says.
#[must_use]
pub fn presence_words(of: UserId) -> Memo<String> {
    let (presence, clock) = (use_live().presence_of(of), use_clock());
    Memo::new(move |_| match presence.get() {
        Some(Presence::Active) => "Active now".to_owned(),
        Some(Presence::Idle) => "Idle".to_owned(),
        Some(Presence::Away(Some(at))) => ["Last seen ", &ago_words(at, clock.now())].concat(),
        Some(Presence::Away(None)) | None => String::new(),
    })
}
