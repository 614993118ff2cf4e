//! Follow and Following: turned at once, the latest press wins, taken back when refused.

use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    button::{ButtonKind, ButtonSize, button_class},
    toast::{Toasts, use_toasts},
};
use crate::{
    api::people::{SetFollow, set_follow},
    app::follows::{Follow, use_follows},
    client::like_toggle::Settled,
    protocol::{
        ids::UserId,
        views::{PersonRef, Profile},
    },
};

/// Follows a person, or stops.
#[component]
pub fn FollowButton(
    /// Whom.
    person: PersonRef,
    /// Whether the reader follows them already.
    followed: bool,
    /// How tall.
    #[prop(default = ButtonSize::Small)]
    size: ButtonSize,
    /// They follow the reader: "Follow back".
    #[prop(optional)]
    back: bool,
    /// Hears of the stored change, with the counts that hold then.
    #[prop(optional, into)]
    on_stored: Option<Callback<Profile>>,
) -> impl IntoView {
    let toasts = use_toasts();
    let id = person.id;
    let follow = use_follows().of(id, followed);
    let shown = Memo::new({
        let follow = follow.clone();
        move |_| follow.toggle.get().shown(follow.stored.get(), 0).0
    });
    if let Some(listener) = on_stored {
        let changed = follow.changed.clone();
        Effect::new(move |woken: Option<()>| {
            // What was there before is older than the page.
            if let Some(profile) = changed.get().filter(|_| woken.is_some()) {
                listener.run(profile);
            }
        });
    }
    let offer = if back { "Follow back" } else { "Follow" };
    let press = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(wish) = follow.toggle.try_update(|toggle| toggle.press(follow.stored.get_untracked())).flatten() {
            spawn_local(send(id, follow.clone(), wish, toasts));
        }
    };
    let name = StoredValue::new(person.full_name);
    let label = move || name.with_value(|name| [if shown.get() { "Following" } else { offer }, " ", name].concat());
    let class = move || button_class(if shown.get() { ButtonKind::Quiet } else { ButtonKind::Outline }, size, false);
    view! {
        <form method="post" action=SetFollow::url() on:submit=press class="relative shrink-0">
            <input type="hidden" name="id" value=hidden(id) />
            <input type="hidden" name="following" value=move || if shown.get() { "false" } else { "true" } />
            <button
                type="submit"
                aria-label=label
                title=move || if shown.get() { "Stop following" } else { "Follow" }
                class=class
            >
                {move || if shown.get() { "Following" } else { offer }}
            </button>
        </form>
    }
}

/// Sends the wish, and what was wished for meanwhile after it.
async fn send(id: UserId, follow: Follow, wish: bool, toasts: Toasts) {
    let mut next = Some(wish);
    while let Some(following) = next {
        let settled = match set_follow(id, following).await {
            Ok(profile) => {
                follow.stored.set(profile.followed);
                follow.changed.set(Some(profile));
                Settled::Stored
            }
            Err(error) => {
                toasts.say(error.message);
                Settled::Refused
            }
        };
        next = follow.toggle.try_update(|toggle| toggle.settle(settled)).flatten();
    }
}

fn hidden(id: UserId) -> String {
    id.get().to_string()
}
