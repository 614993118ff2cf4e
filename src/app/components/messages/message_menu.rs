//! What can be done with a message: react, reply, copy, edit, delete. Opens without JavaScript; the thread closes it.

use leptos::{ev, html, prelude::*, server_fn::ServerFn, task::spawn_local};
use wasm_bindgen::JsCast as _;

use super::{
    open_thread::OpenThread,
    reactions::{QUICK, react},
    words::{conversation_href, listed},
};
use crate::{
    api::conversations::{DeleteMessage, SetReaction},
    app::components::{
        button::ICON_BUTTON,
        icon::{Icon, IconName},
        menu::{MENU_ITEM, MENU_ITEM_DANGER},
        share::copy,
        toast::use_toasts,
    },
    protocol::ids::MessageId,
};

/// Room that an open menu wants above its button, in pixels.
const ROOM_ABOVE: f64 = 300.0;

/// The `…` beside a message.
#[component]
pub fn MessageMenu(
    /// The thread.
    open: OpenThread,
    /// The message.
    id: MessageId,
    /// Whether the reader wrote it.
    is_mine: bool,
    /// Its number, for who has read it.
    number: u64,
) -> impl IntoView {
    let node = NodeRef::<html::Details>::new();
    let down = RwSignal::new(false);
    let place = move |_| {
        let (Some(details), Some(scroller)) = (node.get_untracked(), open.scroller.get_untracked()) else { return };
        let above = details.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top();
        down.set(above < ROOM_ABOVE);
    };
    let close = move || {
        if let Some(details) = node.get_untracked() {
            details.set_open(false);
        }
    };
    let side = if is_mine { "right-0" } else { "left-0" };
    view! {
        <details
            node_ref=node
            data-message-menu=""
            class="relative shrink-0 self-center not-open:opacity-0 transition-opacity group-focus-within/message:opacity-100 group-hover/message:opacity-100 open:opacity-100 pointer-coarse:opacity-60"
        >
            <summary
                class=format!("{ICON_BUTTON} list-none [&::-webkit-details-marker]:hidden")
                aria-label="More about this message"
                title="More about this message"
                on:click=place
            >
                <Icon name=IconName::More />
            </summary>
            <div
                class=move || {
                    format!(
                        "absolute z-30 w-62 animate-panel rounded-card bg-raised p-1.5 shadow-3 {side} {}",
                        if down.get() { "top-full mt-1" } else { "bottom-full mb-1" },
                    )
                }
                on:click=move |_| close()
            >
                <QuickReactions id />
                <Entries open id is_mine />
                {(is_mine && open.is_group()).then(|| view! { <ReadBy open number /> })}
            </div>
        </details>
    }
}

/// Six emoji in a row.
#[component]
fn QuickReactions(id: MessageId) -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <form method="post" action=SetReaction::url() class="mb-1 flex justify-between border-b border-border px-1 pb-1.5">
            <input type="hidden" name="id" value=id.get().to_string() />
            <input type="hidden" name="on" value="true" />
            {QUICK
                .map(|(emoji, name)| {
                    view! {
                        <button
                            type="submit"
                            name="emoji"
                            value=emoji
                            aria-label=["React with ", name].concat()
                            title=name
                            class="grid size-9 place-items-center rounded-pill text-heading hover:bg-sunken active:scale-[0.97] touch-area"
                            on:click=move |event: ev::MouseEvent| {
                                event.prevent_default();
                                react(toasts, id, emoji.to_owned(), true);
                            }
                        >
                            {emoji}
                        </button>
                    }
                })
                .collect_view()}
        </form>
    }
}

#[component]
fn Entries(open: OpenThread, id: MessageId, is_mine: bool) -> impl IntoView {
    let href = conversation_href(open.id);
    let at = id.get().to_string();
    let toasts = use_toasts();
    let has_text = open.message(id).is_some_and(|message| !message.content.is_empty());
    let copy_text = move |_| {
        let Some(message) = open.message(id) else { return };
        spawn_local(async move {
            match copy(&message.content).await {
                Ok(_) => toasts.say("Text copied"),
                Err(_) => toasts.say("The browser did not let us copy the text"),
            }
        });
    };
    view! {
        <a
            href=[&href, "?reply=", &at].concat()
            class=MENU_ITEM
            on:click=move |event: ev::MouseEvent| {
                event.prevent_default();
                open.reply_to(id);
            }
        >
            <Icon name=IconName::Reply />
            "Reply"
        </a>
        {has_text
            .then(|| {
                view! {
                    <button type="button" class=format!("{MENU_ITEM} needs-script") on:click=copy_text>
                        <Icon name=IconName::Copy />
                        "Copy text"
                    </button>
                }
            })}
        {is_mine
            .then(|| {
                view! {
                    <a
                        href=[&href, "?edit=", &at].concat()
                        class=MENU_ITEM
                        on:click=move |event: ev::MouseEvent| {
                            event.prevent_default();
                            open.edit(id);
                        }
                    >
                        <Icon name=IconName::Edit />
                        "Edit"
                    </a>
                    <Deletion open id />
                }
            })}
    }
}

/// Asks before it deletes: a dialog, or a second press where there is no JavaScript.
#[component]
fn Deletion(open: OpenThread, id: MessageId) -> impl IntoView {
    let words = move || view! { <Icon name=IconName::Delete />"Delete for everyone" };
    view! {
        <button
            type="button"
            class=format!("{MENU_ITEM_DANGER} needs-script")
            on:click=move |_| open.deleting.set(Some(id))
        >
            {words()}
        </button>
        <details class="without-script">
            <summary class=format!("{MENU_ITEM_DANGER} list-none")>{words()}</summary>
            <form method="post" action=DeleteMessage::url()>
                <input type="hidden" name="id" value=id.get().to_string() />
                <button type="submit" class=MENU_ITEM_DANGER>
                    "Yes, delete it"
                </button>
            </form>
        </details>
    }
}

/// "Read by 2 of 3: Ana and Ben".
#[component]
fn ReadBy(open: OpenThread, number: u64) -> impl IntoView {
    let words = Memo::new(move |_| read_by(open, number).1);
    view! { <p class="mt-1 border-t border-border px-3 pt-2 pb-1 text-small text-muted">{words}</p> }
}

/// How many of the others have read a message, and that in words with their names.
#[must_use]
pub fn read_by(open: OpenThread, number: u64) -> (usize, String) {
    let (item, positions) = (open.thread.conversation.item().get(), open.thread.conversation.positions().get());
    let Some(item) = item else { return (0, String::new()) };
    let others = item.conversation.members.iter().filter(|member| member.person.id != open.me);
    let names: Vec<String> = others
        .filter(|member| positions.get(&member.person.id).is_some_and(|position| position.read >= number))
        .map(|member| member.person.full_name.clone())
        .collect();
    let words = if names.is_empty() {
        "Read by nobody yet".to_owned()
    } else {
        ["Read by ", &names.len().to_string(), ": ", &listed(&names)].concat()
    };
    (names.len(), words)
}

/// Closes open menus of a thread: all but the one in which something was pressed.
pub fn close_menus(scroller: NodeRef<html::Div>, but_around: Option<web_sys::Node>) {
    let Some(scroller) = scroller.get_untracked() else { return };
    let Ok(menus) = scroller.query_selector_all("details[data-message-menu][open]") else { return };
    for at in 0..menus.length() {
        let menu = menus.get(at).and_then(|menu| menu.dyn_into::<web_sys::HtmlDetailsElement>().ok());
        if let Some(menu) = menu.filter(|menu| !menu.contains(but_around.as_ref())) {
            menu.set_open(false);
        }
    }
}
