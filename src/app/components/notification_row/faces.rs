//! The faces of a notification, two that overlap where there are more, with a chip that says what kind it is.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::components::{
        avatar::{Avatar, AvatarSize},
        icon::{Icon, IconName},
    },
    protocol::notifications::{Notification, NotificationKind},
};

/// The picture that stands for a kind.
#[must_use]
pub const fn kind_icon(kind: NotificationKind) -> IconName {
    match kind {
        NotificationKind::Like => IconName::Heart,
        NotificationKind::Comment => IconName::Comment,
        NotificationKind::Follow => IconName::Plus,
        NotificationKind::Message => IconName::Messages,
        NotificationKind::Mention => IconName::Mention,
        NotificationKind::FriendRequest => IconName::People,
        NotificationKind::JobApplication => IconName::Jobs,
        NotificationKind::System => IconName::Bell,
    }
}

/// The faces; of the community itself its mark.
#[component]
pub fn Faces(notification: Signal<Arc<Notification>>) -> impl IntoView {
    let people =
        Memo::new(move |_| notification.with(|told| told.data.actors.iter().take(2).cloned().collect::<Vec<_>>()));
    let kind = notification.with_untracked(|told| told.kind);
    let faces = move || {
        let people = people.get();
        match people.as_slice() {
            [] => view! { <Community /> }.into_any(),
            [one] => view! { <Avatar person=one.clone() size=AvatarSize::S44 /> }.into_any(),
            [newest, other, ..] => view! {
                <span class="absolute top-0 left-0 flex">
                    <Avatar person=newest.clone() size=AvatarSize::S32 />
                </span>
                <span class="absolute right-0 bottom-0 flex rounded-pill ring-2 ring-surface group-data-new:ring-accent-soft">
                    <Avatar person=other.clone() size=AvatarSize::S32 />
                </span>
            }
            .into_any(),
        }
    };
    let is_like = kind == NotificationKind::Like;
    let colours = if is_like { "bg-accent text-accent-contrast" } else { "bg-text text-surface" };
    let has_chip = move || people.with(|people| !people.is_empty());
    view! {
        <span class="relative mt-0.5 size-11 shrink-0">
            {faces}
            <Show when=has_chip>
                <span
                    class=format!(
                        "absolute -right-1.5 -bottom-1.5 grid size-[22px] place-items-center rounded-pill ring-2 ring-surface group-data-new:ring-accent-soft {colours}",
                    )
                    aria-hidden="true"
                >
                    <Icon name=kind_icon(kind) size=12 filled=is_like strong=true />
                </span>
            </Show>
        </span>
    }
}

/// The mark on ink.
#[component]
fn Community() -> impl IntoView {
    view! {
        <span class="grid size-11 place-items-center rounded-pill bg-ink" aria-hidden="true">
            <svg viewBox="0 0 32 32" class="size-7">
                <path
                    d="M7 4.5v23M7 20a8.5 8.5 0 0 1 17 0v7.5"
                    fill="none"
                    class="stroke-ink-contrast"
                    stroke-width="5"
                    stroke-linecap="round"
                />
                <circle cx="15.5" cy="25.8" r="4.2" class="fill-accent" />
            </svg>
        </span>
    }
}
