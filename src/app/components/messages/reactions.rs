//! Emoji under a message: how many gave each, and one's own, which a press takes back.

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{open_thread::OpenThread, words::listed};
use crate::{
    api::conversations::{SetReaction, set_reaction},
    app::components::toast::{Toasts, use_toasts},
    protocol::{
        conversations::Reaction,
        ids::{MessageId, UserId},
    },
};

/// Offered without searching.
pub const QUICK: [(&str, &str); 6] = [
    ("👍", "Thumbs up"),
    ("❤️", "Heart"),
    ("😂", "Tears of joy"),
    ("🎉", "Party"),
    ("😮", "Surprise"),
    ("😢", "Sadness"),
];

/// Puts an emoji under a message or takes it back; a refusal is said in a toast.
pub fn react(toasts: Toasts, id: MessageId, emoji: String, on: bool) {
    spawn_local(async move {
        if let Err(error) = set_reaction(id, emoji, on).await {
            toasts.say(error.message);
        }
    });
}

/// The emoji under one message.
#[component]
pub fn Reactions(
    /// The thread.
    open: OpenThread,
    /// The message.
    id: MessageId,
    /// What stands under it.
    reactions: Memo<Vec<Reaction>>,
) -> impl IntoView {
    let item = open.thread.conversation.item();
    let names = move |ids: &[UserId]| {
        let known = item.get_untracked();
        let name = |id: &UserId| {
            if *id == open.me {
                return Some("you".to_owned());
            }
            let members = &known.as_ref()?.conversation.members;
            members.iter().find(|member| member.person.id == *id).map(|member| member.person.full_name.clone())
        };
        listed(&ids.iter().filter_map(name).collect::<Vec<_>>())
    };
    view! {
        <Show when=move || reactions.with(|all| !all.is_empty())>
            <ul class="relative z-1 -mt-[5px] flex flex-wrap gap-1 px-2 pb-1" aria-label="Reactions">
                <For
                    each=move || reactions.get()
                    key=|reaction| (reaction.emoji.clone(), reaction.user_ids.clone())
                    let(reaction)
                >
                    <li>
                        <Chip
                            id
                            mine=reaction.user_ids.contains(&open.me)
                            names=names(&reaction.user_ids)
                            count=reaction.user_ids.len()
                            emoji=reaction.emoji
                        />
                    </li>
                </For>
            </ul>
        </Show>
    }
}

#[component]
fn Chip(id: MessageId, emoji: String, count: usize, mine: bool, names: String) -> impl IntoView {
    let toasts = use_toasts();
    let look = if mine { "border-accent bg-accent-soft" } else { "border-transparent bg-raised shadow-2" };
    let label = [&emoji, " ", &count.to_string(), ", ", &names].concat();
    let sent = emoji.clone();
    view! {
        <form
            method="post"
            action=SetReaction::url()
            on:submit=move |event| {
                event.prevent_default();
                react(toasts, id, sent.clone(), !mine);
            }
        >
            <input type="hidden" name="id" value=id.get().to_string() />
            <input type="hidden" name="emoji" value=emoji.clone() />
            <input type="hidden" name="on" value=if mine { "false" } else { "true" } />
            <button
                type="submit"
                aria-pressed=if mine { "true" } else { "false" }
                aria-label=label
                title=names
                class=format!(
                    "flex h-6 items-center gap-1 rounded-pill border-[1.5px] px-2 text-caption text-text tabular-nums touch-area active:scale-[0.97] {look}",
                )
            >
                <span aria-hidden="true">{emoji}</span>
                <span aria-hidden="true">{count}</span>
            </button>
        </form>
    }
}
