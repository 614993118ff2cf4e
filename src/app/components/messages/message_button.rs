//! "Message" on a profile: opens the conversation with that person, or begins it.

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{faces::use_me, words::conversation_href};
use crate::{
    api::conversations::{BeginConversation, begin_conversation},
    app::components::{
        button::{Button, ButtonKind},
        icon::IconName,
        toast::use_toasts,
    },
    client::live::use_live,
    protocol::ids::UserId,
};

/// The button; without JavaScript a form that is led to the conversation.
#[component]
pub fn MessageButton(
    /// Whom to write to.
    to: UserId,
) -> impl IntoView {
    let (live, me, toasts, navigate) = (use_live(), use_me(), use_toasts(), use_navigate());
    let busy = RwSignal::new(false);
    let press = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            match begin_conversation(vec![to], None, None).await {
                Ok(item) => {
                    live.conversations(me).take(std::slice::from_ref(&item));
                    navigate(&conversation_href(item.conversation.conversation_id), NavigateOptions::default());
                }
                Err(error) => toasts.say(error.message),
            }
            busy.try_set(false);
        });
    };
    view! {
        <form method="post" action=BeginConversation::url() on:submit=press>
            <input type="hidden" name="member_ids[]" value=to.get().to_string() />
            <Button kind=ButtonKind::Outline icon=IconName::Messages submits=true busy>
                "Message"
            </Button>
        </form>
    }
}
