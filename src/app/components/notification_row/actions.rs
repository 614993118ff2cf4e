//! What can be done about a notification where it stands.

use std::sync::Arc;

use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};

use crate::{
    api::{
        connections::{ChangeConnection, change_connection},
        people::SetFollow,
    },
    app::{
        components::{
            button::{Button, ButtonKind, ButtonLink, ButtonSize, button_class},
            follow_button::FollowButton,
            icon::{Icon, IconName},
            messages::words::conversation_href,
            toast::use_toasts,
        },
        follows::{FollowedAtFirst, use_follows},
    },
    client::live::use_live,
    protocol::{
        ids::{NotificationId, UserId},
        notifications::{Notification, Occasion},
        requests::ConnectionWish,
        views::{ConnectionState, ConnectionView, PersonRef},
    },
};

/// The buttons of a row; none for most kinds.
#[component]
pub fn Actions(
    /// The notification.
    notification: Signal<Arc<Notification>>,
    /// Runs when something was done: it need not be told any more.
    on_done: Callback<()>,
) -> impl IntoView {
    let occasion = notification.with_untracked(|told| told.data.occasion);
    match occasion {
        Occasion::Followed => view! { <FollowBack notification on_done /> }.into_any(),
        Occasion::ConnectionAsked => view! { <Answer notification /> }.into_any(),
        Occasion::Wrote | Occasion::WroteInGroup | Occasion::MentionedInMessage => {
            view! { <Reply notification on_done /> }.into_any()
        }
        _ => ().into_any(),
    }
}

/// Turns true once the browser has taken over. What is known of people depends on what else the page holds, and on which of
/// it came first: both sides render the row without it.
fn awake() -> Signal<bool> {
    let is_awake = RwSignal::new(false);
    Effect::new(move |_| is_awake.set(true));
    is_awake.into()
}

/// Follows the one person it tells of, unless the reader does already.
#[component]
fn FollowBack(notification: Signal<Arc<Notification>>, on_done: Callback<()>) -> impl IntoView {
    let follows = use_follows();
    let person = Memo::new(move |_| {
        notification.with(|told| match told.data.actors.as_slice() {
            [one] if told.data.actor_count == 1 => Some(one.clone()),
            _ => None,
        })
    });
    let is_awake = awake();
    let button = move || {
        let person = person.get().filter(|_| is_awake.get())?;
        let followed = follows.known(person.id)?;
        Some(view! {
            <div class="relative z-1" on:submit=move |_| on_done.run(())>
                <FollowButton person followed back=true />
            </div>
        })
    };
    let known = use_context::<FollowedAtFirst>();
    let plain = person
        .get_untracked()
        .filter(|person| known.is_some_and(|known| known.0.with_value(|followed| !followed.contains(&person.id))));
    view! {
        {plain.map(|person| view! { <PlainFollowBack person /> })}
        {button}
    }
}

/// The same where no script runs.
#[component]
fn PlainFollowBack(person: PersonRef) -> impl IntoView {
    let label = ["Follow back ", &person.full_name].concat();
    view! {
        <form method="post" action=SetFollow::url() class="without-script relative z-1">
            <input type="hidden" name="id" value=person.id.get().to_string() />
            <input type="hidden" name="following" value="true" />
            <button
                type="submit"
                aria-label=label
                class=button_class(ButtonKind::Outline, ButtonSize::Small, false)
            >
                "Follow back"
            </button>
        </form>
    }
}

/// Opens the conversation.
#[component]
fn Reply(notification: Signal<Arc<Notification>>, on_done: Callback<()>) -> impl IntoView {
    let href = Memo::new(move |_| {
        notification.with(|told| told.target.conversation_id.map(conversation_href).unwrap_or_default())
    });
    view! {
        <div class="relative z-1" on:click=move |_| on_done.run(())>
            <ButtonLink href kind=ButtonKind::Outline size=ButtonSize::Small>
                "Reply"
            </ButtonLink>
        </div>
    }
}

/// Accepts or declines; in their place then stands what came of it.
#[component]
fn Answer(notification: Signal<Arc<Notification>>) -> impl IntoView {
    let id = notification.with_untracked(|told| told.notification_id);
    let asked = notification.with_untracked(|told| Some((told.user_id?, told.target.request_id)));
    asked.map(|(person, request_id)| {
        // Older than whatever else is known of the two.
        let view = ConnectionView { state: ConnectionState::Asked, request_id, version: 0 };
        let now = use_live().connection_with(person, view);
        let is_awake = awake();
        let state = Memo::new(move |_| if is_awake.get() { now.with(|now| now.state) } else { ConnectionState::Asked });
        move || match state.get() {
            ConnectionState::Asked => view! {
                <div class="relative z-1 flex basis-full gap-2">
                    <Wish id person wish=ConnectionWish::Accept words="Accept" kind=ButtonKind::Ink />
                    <Wish id person wish=ConnectionWish::Decline words="Decline" kind=ButtonKind::Outline />
                </div>
            }
            .into_any(),
            ConnectionState::Connected => view! {
                <span class="inline-flex h-8 items-center gap-1.5 rounded-pill bg-success-soft px-3 text-meta font-strong text-success">
                    <Icon name=IconName::Check size=16 />
                    "Accepted"
                </span>
            }
            .into_any(),
            ConnectionState::None | ConnectionState::Requested => ().into_any(),
        }
    })
}

/// One of the answers; without JavaScript a plain form.
#[component]
fn Wish(
    id: NotificationId,
    person: UserId,
    wish: ConnectionWish,
    words: &'static str,
    kind: ButtonKind,
) -> impl IntoView {
    let (live, toasts) = (use_live(), use_toasts());
    let busy = RwSignal::new(false);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        // The answer takes the request out of the bell, possibly before it is back here.
        if wish == ConnectionWish::Accept {
            live.bell().keep(id);
        }
        spawn_local(async move {
            match change_connection(person, wish).await {
                Ok(view) => live.take_connection(person, view),
                Err(error) => toasts.say(error.message),
            }
            busy.try_set(false);
        });
    };
    view! {
        <form method="post" action=ChangeConnection::url() on:submit=submit>
            <input type="hidden" name="user_id" value=person.get().to_string() />
            <input type="hidden" name="wish" value=wish.as_str() />
            <Button kind size=ButtonSize::Small submits=true busy>
                {words}
            </Button>
        </form>
    }
}
