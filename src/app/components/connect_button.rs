//! Connect, and what becomes of it: requested, accepted or declined, connected, ended. Every button for one person moves
//! with what happens on either side.

use leptos::{ev, html, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    button::{ButtonKind, ButtonSize, button_class},
    menu::MENU_ITEM_DANGER,
    toast::{Toasts, use_toasts},
};
use crate::{
    api::connections::{ChangeConnection, change_connection},
    client::live::{Live, use_live},
    protocol::{
        ids::UserId,
        requests::ConnectionWish,
        views::{ConnectionState, ConnectionView, PersonRef},
    },
};

/// What can be done now about being connected with somebody.
#[component]
pub fn ConnectButton(
    /// With whom.
    person: PersonRef,
    /// How far one is, as the server rendered it.
    connection: ConnectionView,
    /// How tall.
    #[prop(default = ButtonSize::Small)]
    size: ButtonSize,
) -> impl IntoView {
    let (live, toasts) = (use_live(), use_toasts());
    let (id, name) = (person.id, person.full_name);
    let now = live.connection_with(id, connection);
    let state = Memo::new(move |_| now.with(|view| view.state));
    let busy = RwSignal::new(false);
    let node = NodeRef::<html::Div>::new();
    let said = name.clone();
    let send = Callback::new(move |wish: ConnectionWish| {
        if !busy.get_untracked() {
            busy.set(true);
            spawn_local(carry_out(live, toasts, id, said.clone(), wish, busy, node));
        }
    });
    let choices = move || {
        let with = |before: &str| [before, &name].concat();
        let wish =
            |wish, words: &'static str, label: String, kind| view! { <Wish id wish words label kind size send /> };
        match state.get() {
            ConnectionState::None => {
                wish(ConnectionWish::Ask, "Connect", with("Connect with "), ButtonKind::Outline).into_any()
            }
            ConnectionState::Requested => {
                let label = with("Requested. Withdraw your request to ");
                wish(ConnectionWish::Withdraw, "Requested", label, ButtonKind::Quiet).into_any()
            }
            ConnectionState::Asked => view! {
                {wish(ConnectionWish::Accept, "Accept", with("Accept the request of "), ButtonKind::Ink)}
                {wish(ConnectionWish::Decline, "Decline", with("Decline the request of "), ButtonKind::Quiet)}
            }
            .into_any(),
            ConnectionState::Connected => view! { <Connected id name=name.clone() size send /> }.into_any(),
        }
    };
    view! {
        <div
            node_ref=node
            class="relative z-1 flex shrink-0 flex-wrap gap-2"
            data-connection=move || state_name(state.get())
            aria-busy=move || busy.get().then_some("true")
        >
            {choices}
        </div>
    }
}

const fn state_name(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::None => "none",
        ConnectionState::Requested => "requested",
        ConnectionState::Asked => "asked",
        ConnectionState::Connected => "connected",
    }
}

/// One thing to wish for; without JavaScript a plain form.
#[component]
fn Wish(
    id: UserId,
    wish: ConnectionWish,
    words: &'static str,
    label: String,
    kind: ButtonKind,
    size: ButtonSize,
    send: Callback<ConnectionWish>,
) -> impl IntoView {
    view! {
        <WishForm id wish send>
            <button type="submit" aria-label=label.clone() title=label class=button_class(kind, size, false)>
                {words}
            </button>
        </WishForm>
    }
}

#[component]
fn WishForm(id: UserId, wish: ConnectionWish, send: Callback<ConnectionWish>, children: Children) -> impl IntoView {
    let press = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send.run(wish);
    };
    view! {
        <form method="post" action=ChangeConnection::url() on:submit=press>
            <input type="hidden" name="user_id" value=id.get().to_string() />
            <input type="hidden" name="wish" value=wish.as_str() />
            {children()}
        </form>
    }
}

/// "Connected", which opens the way out of it.
#[component]
fn Connected(id: UserId, name: String, size: ButtonSize, send: Callback<ConnectionWish>) -> impl IntoView {
    let label = ["Connected with ", &name].concat();
    view! {
        <details class="group relative">
            <summary
                aria-label=label
                class=format!(
                    "{} cursor-pointer list-none [&::-webkit-details-marker]:hidden",
                    button_class(ButtonKind::Quiet, size, false),
                )
            >
                "Connected"
            </summary>
            <div class="absolute top-full right-0 z-30 mt-1 w-64 animate-panel rounded-card bg-raised p-1.5 shadow-3">
                <p class="px-3 py-2 text-meta text-muted">
                    "Without the connection, neither sees what the other posts for connections."
                </p>
                <WishForm id wish=ConnectionWish::Remove send>
                    <button type="submit" class=MENU_ITEM_DANGER>
                        "Remove connection"
                    </button>
                </WishForm>
            </div>
        </details>
    }
}

/// Sends a wish. A removal can be taken back.
async fn carry_out(
    live: Live,
    toasts: Toasts,
    id: UserId,
    name: String,
    wish: ConnectionWish,
    busy: RwSignal<bool>,
    node: NodeRef<html::Div>,
) {
    match change_connection(id, wish).await {
        Ok(view) => {
            live.take_connection(id, view);
            if wish == ConnectionWish::Remove {
                let text = ["You and ", &name, " are no longer connected"].concat();
                toasts.offer(text, "Undo", Callback::new(move |()| spawn_local(restore(live, toasts, id))));
            }
            // What was pressed is gone: the keyboard goes on from what took its place.
            request_animation_frame(move || focus_first(node));
        }
        Err(error) => toasts.say(error.message),
    }
    busy.try_set(false);
}

async fn restore(live: Live, toasts: Toasts, id: UserId) {
    match change_connection(id, ConnectionWish::Restore).await {
        Ok(view) => live.take_connection(id, view),
        Err(error) => toasts.say(error.message),
    }
}

fn focus_first(node: NodeRef<html::Div>) {
    use wasm_bindgen::JsCast as _;
    let elsewhere = document().active_element().is_some_and(|element| element.tag_name() != "BODY");
    let Some(Ok(Some(found))) = node.try_get_untracked().flatten().map(|at| at.query_selector("button, summary"))
    else {
        return;
    };
    if let Some(found) = found.dyn_ref::<web_sys::HtmlElement>().filter(|_| !elsewhere) {
        // It may have gone meanwhile; then there is nothing to focus.
        let _ = found.focus();
    }
}
