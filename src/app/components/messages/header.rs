//! The head of a thread: who it is with, whether they are there, and what can be done with the conversation.

use leptos::{form::ActionForm, prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    faces::{ConversationFace, FaceSize, use_me},
    open_thread::OpenThread,
    typing::typing_line,
    words::{conversation_href, conversation_name, first_name, member_names, partner},
};
use crate::{
    api::conversations::{ChangeMembership, RemoveMember, SetBlock, remove_member, set_block},
    app::{
        components::{
            button::ICON_BUTTON,
            dialog::ConfirmDialog,
            icon::{Icon, IconName},
            menu::{MENU_ITEM, MENU_ITEM_DANGER, Menu},
            presence::presence_words,
            toast::use_toasts,
        },
        profile_href,
    },
    client::live::{Presence, use_live},
    protocol::{
        conversations::ConversationItem,
        ids::{ConversationId, UserId},
        views::PersonRef,
    },
};

/// The head.
#[component]
pub fn ThreadHeader(
    /// The thread.
    open: OpenThread,
    /// The conversation as it was opened.
    item: ConversationItem,
) -> impl IntoView {
    let live = open.thread.conversation.item();
    let name =
        Memo::new(move |_| live.with(|item| item.as_ref().map(|item| conversation_name(&item.conversation, open.me))));
    let other = partner(&item.conversation, open.me).cloned();
    let href = match &other {
        Some(person) => profile_href(&person.username),
        None => [&conversation_href(open.id), "/details"].concat(),
    };
    let subtitle = use_subtitle(open, &item);
    let typing = typing_line(open.thread.conversation.typists());
    view! {
        <header class="flex h-16 shrink-0 items-center gap-3 border-b border-border bg-surface px-3 medium:px-5">
            <a
                href="/messages"
                class=format!("{ICON_BUTTON} -ml-1 size-11! text-text pair:hidden!")
                aria-label="Back to messages"
                title="Back to messages"
            >
                <Icon name=IconName::Back size=22 />
            </a>
            <ConversationFace item=live size=FaceSize::Header />
            <div class="min-w-0 flex-1">
                <h1 class="truncate text-lead font-bold">
                    <a href=href class="hover:underline">
                        {name}
                    </a>
                </h1>
                <p class="truncate text-small text-muted" role="status">
                    {move || match typing.get() {
                        typing if typing.is_empty() => view! { <span>{subtitle}</span> }.into_any(),
                        typing => view! { <span class="text-accent-text">{typing}</span> }.into_any(),
                    }}
                </p>
            </div>
            <HeaderMenu open other />
        </header>
    }
}

/// "Active now" of one person, "Ana, Ben and you · 2 online" of a group.
fn use_subtitle(open: OpenThread, item: &ConversationItem) -> Signal<String> {
    /// So many are looked at; a sum of hundreds of dots is of no use.
    const LOOKED_AT: usize = 20;
    if let Some(other) = partner(&item.conversation, open.me) {
        return presence_words(other.id).into();
    }
    let live = open.thread.conversation.item();
    let names =
        Memo::new(move |_| live.with(|item| item.as_ref().map(|item| member_names(&item.conversation, open.me))));
    let others = item.conversation.members.iter().map(|member| member.person.id).filter(|id| *id != open.me);
    let there: Vec<_> = others.take(LOOKED_AT).map(|id| use_live().presence_of(id)).collect();
    Signal::derive(move || {
        let online = there.iter().filter(|presence| matches!(presence.get(), Some(Presence::Active | Presence::Idle)));
        let names = names.get().unwrap_or_default();
        match online.count() {
            0 => names,
            count => [&names, " · ", &count.to_string(), " online"].concat(),
        }
    })
}

#[component]
fn HeaderMenu(open: OpenThread, other: Option<PersonRef>) -> impl IntoView {
    let details = [&conversation_href(open.id), "/details"].concat();
    let profile = other.as_ref().map(|person| profile_href(&person.username));
    let asks_to_leave = RwSignal::new(false);
    view! {
        <Menu label="More about this conversation">
            {profile
                .map(|href| {
                    view! {
                        <a href=href class=MENU_ITEM>
                            <Icon name=IconName::Profile />
                            "Profile"
                        </a>
                    }
                })}
            {open
                .is_group()
                .then(|| {
                    view! {
                        <a href=details class=MENU_ITEM>
                            <Icon name=IconName::People />
                            "Title and members"
                        </a>
                    }
                })} <Toggles open />
            {match other {
                Some(other) => view! { <BlockEntry other /> }.into_any(),
                None => view! { <LeaveEntry open asks_to_leave /> }.into_any(),
            }}
        </Menu>
        <ConfirmDialog
            id="leave-conversation"
            open=asks_to_leave
            title="Leave this group?"
            text="You will see nothing of it any more, until somebody adds you again."
            yes="Leave"
            no="Stay"
            on_yes=use_leaving(open.id)
        />
    }
}

/// Mute and pin.
#[component]
fn Toggles(open: OpenThread) -> impl IntoView {
    let change = ServerAction::<ChangeMembership>::new();
    let toasts = use_toasts();
    let item = open.thread.conversation.item();
    let mine = Memo::new(move |_| {
        item.with(|item| item.as_ref().map_or((false, false), |item| (item.mine.muted, item.mine.pinned)))
    });
    Effect::new(move |_| match change.value().get() {
        Some(Ok(item)) => use_live().conversations(open.me).take(&[item]),
        Some(Err(error)) => toasts.say(error.message),
        None => {}
    });
    let entry = move |name: &'static str, is_on: bool, icon: IconName, words: &'static str| {
        view! {
            <ActionForm action=change>
                <input type="hidden" name="id" value=open.id.get().to_string() />
                <input type="hidden" name=name value=if is_on { "false" } else { "true" } />
                <button type="submit" class=MENU_ITEM>
                    <Icon name=icon />
                    {words}
                </button>
            </ActionForm>
        }
    };
    move || {
        let (muted, pinned) = mine.get();
        let (sound, hear) = if muted { (IconName::Sound, "Unmute") } else { (IconName::Muted, "Mute") };
        let pin = if pinned { "Unpin" } else { "Pin" };
        view! {
            {entry("muted", muted, sound, hear)}
            {entry("pinned", pinned, IconName::Pin, pin)}
        }
    }
}

#[component]
fn BlockEntry(other: PersonRef) -> impl IntoView {
    let block = ServerAction::<SetBlock>::new();
    let toasts = use_toasts();
    let (id, name) = (other.id, first_name(&other.full_name));
    let said = [&name, " is blocked"].concat();
    Effect::new(move |_| match block.value().get() {
        Some(Ok(())) => toasts.offer(said.clone(), "Undo", Callback::new(move |()| unblock(id))),
        Some(Err(error)) => toasts.say(error.message),
        None => {}
    });
    view! {
        <ActionForm action=block>
            <input type="hidden" name="user_id" value=id.get().to_string() />
            <input type="hidden" name="blocked" value="true" />
            <button type="submit" class=MENU_ITEM_DANGER>
                <Icon name=IconName::Block />
                {["Block ", &name].concat()}
            </button>
        </ActionForm>
    }
}

fn unblock(id: UserId) {
    spawn_local(async move {
        // Whoever stays blocked by a fault is found in the settings.
        let _ = set_block(id, false).await;
    });
}

/// Leaves a group and goes back to the list. What asked for it may be gone when the answer comes.
#[must_use]
pub fn use_leaving(id: ConversationId) -> Callback<()> {
    let (toasts, me, navigate) = (use_toasts(), use_me(), use_navigate());
    Callback::new(move |()| {
        let navigate = navigate.clone();
        spawn_local(async move {
            match remove_member(id, me).await {
                Ok(()) => navigate("/messages", NavigateOptions::default()),
                Err(error) => toasts.say(error.message),
            }
        });
    })
}

#[component]
fn LeaveEntry(open: OpenThread, asks_to_leave: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("{MENU_ITEM_DANGER} needs-script")
            on:click=move |_| asks_to_leave.set(true)
        >
            <Icon name=IconName::SignOut />
            "Leave group"
        </button>
        <form method="post" action=RemoveMember::url() class="without-script">
            <input type="hidden" name="id" value=open.id.get().to_string() />
            <input type="hidden" name="user_id" value=open.me.get().to_string() />
            <button type="submit" class=MENU_ITEM_DANGER>
                <Icon name=IconName::SignOut />
                "Leave group"
            </button>
        </form>
    }
}
