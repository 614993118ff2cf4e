//! The face of a conversation: the other person's with their presence, or two of a group's.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    presence::PresenceDot,
    words::{others, partner},
};
use crate::{
    app::{
        components::avatar::{Avatar, AvatarSize},
        facts::use_viewer,
    },
    protocol::{conversations::ConversationItem, ids::UserId, views::PersonRef},
};

/// The signed-in person's id.
#[must_use]
pub fn use_me() -> UserId {
    use_viewer().get_untracked().map_or(UserId::new(0), |me| me.profile.person.id)
}

/// A face of 48 px, or of 40 in a thread's header.
#[component]
pub fn ConversationFace(
    /// Of which conversation.
    item: Signal<Option<Arc<ConversationItem>>>,
    /// In the header of a thread.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let me = use_me();
    let faces = Memo::new(move |_| {
        item.with(|item| {
            let conversation = &item.as_ref()?.conversation;
            let pair = partner(conversation, me).cloned();
            let group: Vec<PersonRef> = others(conversation, me).take(2).cloned().collect();
            Some((pair, group, conversation.avatar_url.clone()))
        })
    });
    let side = if small { "size-11" } else { "size-12" };
    move || {
        let (pair, group, picture) = faces.get()?;
        Some(match (pair, picture) {
            (Some(person), _) => {
                let size = if small { AvatarSize::S44 } else { AvatarSize::S48 };
                let id = person.id;
                view! {
                    <span class=format!("relative shrink-0 {side}")>
                        <Avatar person size />
                        <PresenceDot of=id />
                    </span>
                }
                .into_any()
            }
            (None, Some(url)) => view! {
                <img class=format!("{side} shrink-0 rounded-pill bg-sunken object-cover") src=url alt="" decoding="async" />
            }
            .into_any(),
            (None, None) if group.len() == 1 => view! {
                <span class=format!("flex shrink-0 {side}") aria-hidden="true">
                    {group
                        .into_iter()
                        .map(|person| view! { <Avatar person size=if small { AvatarSize::S44 } else { AvatarSize::S48 } /> })
                        .collect_view()}
                </span>
            }
            .into_any(),
            (None, None) => view! {
                <span class=format!("relative shrink-0 {side}") aria-hidden="true">
                    {group
                        .into_iter()
                        .enumerate()
                        .map(|(at, person)| {
                            let place = if at == 0 { "top-0 left-0" } else { "right-0 bottom-0 ring-[2.5px] ring-surface" };
                            view! {
                                <span class=format!("absolute flex rounded-pill {place}")>
                                    <Avatar person size=AvatarSize::S32 />
                                </span>
                            }
                        })
                        .collect_view()}
                </span>
            }
            .into_any(),
        })
    }
}
