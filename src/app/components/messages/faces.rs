//! The face of a conversation: the other person's with their presence, or two of a group's.

use std::sync::Arc;

use leptos::prelude::*;

use super::words::{others, partner};
use crate::{
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            presence::PresenceDot,
        },
        facts::use_viewer,
    },
    protocol::{conversations::ConversationItem, ids::UserId, views::PersonRef},
};

/// The signed-in person's id.
#[must_use]
pub fn use_me() -> UserId {
    use_viewer().get_untracked().map_or(UserId::new(0), |me| me.profile.person.id)
}

/// How large the face of a conversation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FaceSize {
    /// 44 px, in the header of a thread.
    Header,
    /// 48 px, in the list.
    #[default]
    Row,
    /// 96 px, in the details of a group.
    Large,
}

impl FaceSize {
    const fn side(self) -> &'static str {
        match self {
            Self::Header => "size-11",
            Self::Row => "size-12",
            Self::Large => "size-24",
        }
    }

    const fn one(self) -> AvatarSize {
        match self {
            Self::Header => AvatarSize::S44,
            Self::Row => AvatarSize::S48,
            Self::Large => AvatarSize::S96,
        }
    }

    /// Of each of two that overlap.
    const fn of_two(self) -> AvatarSize {
        match self {
            Self::Header | Self::Row => AvatarSize::S32,
            Self::Large => AvatarSize::S64,
        }
    }
}

/// The face.
#[component]
pub fn ConversationFace(
    /// Of which conversation.
    item: Signal<Option<Arc<ConversationItem>>>,
    /// How large.
    #[prop(optional)]
    size: FaceSize,
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
    let side = size.side();
    move || {
        let (pair, group, picture) = faces.get()?;
        Some(match (pair, picture) {
            (Some(person), _) => {
                let id = person.id;
                view! {
                    <span class=format!("relative shrink-0 {side}")>
                        <Avatar person size=size.one() />
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
                        .map(|person| view! { <Avatar person size=size.one() /> })
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
                                    <Avatar person size=size.of_two() />
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
