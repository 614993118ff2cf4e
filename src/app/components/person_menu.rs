//! Wanting to hear less of somebody: mute and block, as entries of the menus of profiles and posts.

use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    icon::{Icon, IconName},
    menu::{MENU_ITEM, MENU_ITEM_DANGER},
    messages::words::first_name,
    toast::{Toasts, use_toasts},
};
use crate::{
    api::{
        connections::{SetMute, SetPostMute, set_mute, set_post_mute},
        conversations::{SetBlock, set_block},
    },
    protocol::{
        errors::ApiError,
        ids::{PostId, UserId},
        views::PersonRef,
    },
};

/// Mute or unmute, and block.
#[component]
pub fn PersonEntries(
    /// Whom.
    person: PersonRef,
    /// Whether the reader has muted them, as the server rendered it.
    muted: bool,
) -> impl IntoView {
    let toasts = use_toasts();
    let (id, name) = (person.id, first_name(&person.full_name));
    let is_muted = RwSignal::new(muted);
    let heard = StoredValue::new(name.clone());
    let mute = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let on = !is_muted.get_untracked();
        let name = heard.get_value();
        spawn_local(async move { change_mute(toasts, id, &name, on, is_muted).await });
    };
    let blocked = name.clone();
    let block = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let name = blocked.clone();
        spawn_local(async move { block_somebody(toasts, id, &name).await });
    };
    let words = move || heard.with_value(|name| [if is_muted.get() { "Unmute " } else { "Mute " }, name].concat());
    view! {
        <form method="post" action=SetMute::url() on:submit=mute>
            <input type="hidden" name="user_id" value=id.get().to_string() />
            <input type="hidden" name="muted" value=move || if is_muted.get() { "false" } else { "true" } />
            <button type="submit" class=MENU_ITEM>
                {move || view! { <Icon name=if is_muted.get() { IconName::Sound } else { IconName::Muted } /> }}
                {words}
            </button>
        </form>
        <form method="post" action=SetBlock::url() on:submit=block>
            <input type="hidden" name="user_id" value=id.get().to_string() />
            <input type="hidden" name="blocked" value="true" />
            <button type="submit" class=MENU_ITEM_DANGER>
                <Icon name=IconName::Block />
                {["Block ", &name].concat()}
            </button>
        </form>
    }
}

/// Being told nothing more of what happens to a post.
#[component]
pub fn MutePostEntry(
    /// Which.
    post: PostId,
) -> impl IntoView {
    let toasts = use_toasts();
    let press = move |event: ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let undo = Callback::new(move |()| {
                spawn_local(async move { say_refusal(toasts, set_post_mute(post, false).await) });
            });
            match set_post_mute(post, true).await {
                Ok(()) => toasts.offer("You hear nothing more of this post", "Undo", undo),
                Err(error) => toasts.say(error.message),
            }
        });
    };
    view! {
        <form method="post" action=SetPostMute::url() on:submit=press>
            <input type="hidden" name="post_id" value=post.get().to_string() />
            <input type="hidden" name="muted" value="true" />
            <button type="submit" class=MENU_ITEM>
                <Icon name=IconName::Muted />
                "Mute post"
            </button>
        </form>
    }
}

async fn change_mute(toasts: Toasts, id: UserId, name: &str, on: bool, is_muted: RwSignal<bool>) {
    if let Err(error) = set_mute(id, on).await {
        return toasts.say(error.message);
    }
    is_muted.try_set(on);
    let text = [name, if on { " is muted" } else { " is no longer muted" }].concat();
    let undo = Callback::new(move |()| {
        is_muted.try_set(!on);
        spawn_local(async move { say_refusal(toasts, set_mute(id, !on).await) });
    });
    toasts.offer(text, "Undo", undo);
}

async fn block_somebody(toasts: Toasts, id: UserId, name: &str) {
    match set_block(id, true).await {
        Ok(()) => {
            let undo =
                Callback::new(move |()| spawn_local(async move { say_refusal(toasts, set_block(id, false).await) }));
            toasts.offer([name, " is blocked"].concat(), "Undo", undo);
        }
        Err(error) => toasts.say(error.message),
    }
}

fn say_refusal(toasts: Toasts, answer: Result<(), ApiError>) {
    if let Err(error) = answer {
        toasts.say(error.message);
    }
}
