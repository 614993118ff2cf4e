//! The card of the right rail that shows who is there now.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*};

use super::{
    avatar::{Avatar, AvatarSize},
    presence::PresenceDot,
    shell::right_rail::RailCard,
};
use crate::{
    api::people::online_now,
    client::live::{Presence, use_live},
    protocol::views::{PeopleOnline, PersonRef},
};

/// Who goes is seen at once; who comes, when it is asked again after this long.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// Who is there now.
#[component]
pub fn OnlineNow() -> impl IntoView {
    let online = Resource::new(|| (), |()| online_now());
    Effect::new(move || {
        let ask = move || {
            if !document().hidden() {
                online.refetch();
            }
        };
        if let Ok(timer) = set_interval_with_handle(ask, ASK_AGAIN) {
            on_cleanup(move || timer.clear());
        }
    });
    view! {
        <Transition>
            {move || Suspend::new(async move {
                // A card that did not load leaves its place to the others: nobody came for it.
                online.await.ok().map(|online| view! { <Card online /> })
            })}
        </Transition>
    }
}

#[component]
fn Card(online: PeopleOnline) -> impl IntoView {
    let PeopleOnline { people, count, is_more, is_hidden } = online;
    let live = use_live();
    let faces: Vec<_> = people.into_iter().map(|person| (live.presence_of(person.id), person)).collect();
    let signals: Vec<_> = faces.iter().map(|(presence, _)| *presence).collect();
    let here = Memo::new(move |_| count - signals.iter().filter(|presence| is_gone(presence.get())).count());
    let others = count - faces.len();
    let nobody = if is_hidden {
        "You see who is here when you show that you are. That is in Settings."
    } else {
        "Nobody else is here right now."
    };
    let total = (count > 0).then(|| {
        view! {
            <span class="flex items-center gap-1.5 text-meta text-muted" class:hidden=move || here.get() == 0>
                <span class="size-2 rounded-pill bg-presence"></span>
                {move || here.get()}
                {is_more.then_some("+")}
            </span>
        }
        .into_any()
    });
    view! {
        <RailCard title="Online now" beside=total>
            // Always as tall as one row, so that nobody who comes or goes moves what is below.
            <Show
                when=move || { here.get() > 0 }
                fallback=move || view! { <p class="flex min-h-10 items-center text-meta text-muted">{nobody}</p> }
            >
                <ul class="grid min-h-10 grid-cols-6 gap-2">
                    {faces
                        .iter()
                        .map(|(presence, person)| view! { <Face person=person.clone() presence=*presence /> })
                        .collect_view()}
                    {(others > 0)
                        .then(|| {
                            view! {
                                <li class="grid size-10 place-items-center rounded-pill bg-sunken text-meta font-strong text-muted">
                                    "+" {others}
                                </li>
                            }
                        })}
                </ul>
            </Show>
        </RailCard>
    }
}

#[component]
fn Face(person: PersonRef, presence: Signal<Option<Presence>>) -> impl IntoView {
    let (href, name) = (["/@", &person.username].concat(), person.full_name.clone());
    view! {
        <li class:hidden=move || is_gone(presence.get())>
            <a href=href title=name.clone() aria-label=name class="relative block size-10 rounded-pill">
                <PresenceDot of=person.id />
                <Avatar person=person size=AvatarSize::S40 />
            </a>
        </li>
    }
}

const fn is_gone(presence: Option<Presence>) -> bool {
    matches!(presence, Some(Presence::Away(_)))
}
