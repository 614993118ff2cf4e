//! Follow and Following: turned at once, the latest press wins, taken back when refused.

use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    button::{ButtonKind, ButtonSize, button_class},
    toast::use_toasts,
};
use crate::{
    api::people::{SetFollow, set_follow},
    client::like_toggle::{LikeToggle, Settled},
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
    /// Hears of the stored change, with the counts that hold then.
    #[prop(optional, into)]
    on_stored: Option<Callback<Profile>>,
) -> impl IntoView {
    let toasts = use_toasts();
    let stored = RwSignal::new(followed);
    // The same "latest wish wins, one request at a time" as a like.
    let toggle = RwSignal::new(LikeToggle::default());
    let shown = Memo::new(move |_| toggle.get().shown(stored.get(), 0).0);
    let id = person.id;
    let send = move |wish: bool| {
        spawn_local(async move {
            let mut next = Some(wish);
            while let Some(following) = next {
                let settled = match set_follow(id, following).await {
                    Ok(profile) => {
                        stored.set(profile.followed);
                        if let Some(listener) = on_stored {
                            listener.run(profile);
                        }
                        Settled::Stored
                    }
                    Err(error) => {
                        toasts.say(error.message);
                        Settled::Refused
                    }
                };
                next = toggle.try_update(|toggle| toggle.settle(settled)).flatten();
            }
        });
    };
    let press = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(Some(wish)) = toggle.try_update(|toggle| toggle.press(stored.get_untracked())) {
            send(wish);
        }
    };
    let name = StoredValue::new(person.full_name);
    let label = move || name.with_value(|name| [if shown.get() { "Following " } else { "Follow " }, name].concat());
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
                {move || if shown.get() { "Following" } else { "Follow" }}
            </button>
        </form>
    }
}

fn hidden(id: UserId) -> String {
    id.get().to_string()
}
