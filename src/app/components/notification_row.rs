//! A notification in a list: who, what, when, whether it is new, and what can be done about it in place.

mod actions;
mod faces;

use std::sync::Arc;

use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};

use self::{actions::Actions, faces::Faces};
use super::{
    icon::{Icon, IconName},
    menu::{MENU_ITEM, Menu},
    time::RelativeTime,
    toast::use_toasts,
};
use crate::{
    api::{
        connections::{SetPostMute, set_post_mute},
        notifications::SetNotificationRead,
    },
    client::live::use_live,
    protocol::{
        ids::{NotificationId, PostId},
        notifications::{
            Notification,
            sentence::{self, Part},
        },
    },
};

/// One row; the whole of it leads to what it tells of.
#[component]
pub fn NotificationRow(
    /// The notification, as it is now.
    notification: Signal<Arc<Notification>>,
    /// Runs when it is opened.
    on_open: Callback<()>,
) -> impl IntoView {
    let id = notification.with_untracked(|told| told.notification_id);
    let href = Memo::new(move |_| notification.with(|told| told.data.href.clone()));
    let is_new = Memo::new(move |_| notification.with(|told| told.read_at.is_none()));
    let at = Memo::new(move |_| notification.with(|told| told.timestamp));
    let post = notification.with_untracked(|told| told.target.post_id);
    let mark = use_mark(id);
    let open = move |_| {
        mark(true);
        on_open.run(());
    };
    let ground = move || if is_new.get() { "bg-accent-soft" } else { "hover:bg-hover" };
    view! {
        <div
            class=move || {
                format!("group relative flex gap-3 px-4 py-[11px] transition-colors medium:px-5 {}", ground())
            }
            data-notification=id.get().to_string()
            data-new=move || is_new.get().then_some("")
        >
            // Between new ones, from the edge of the text on.
            <span data-line="" class="absolute top-0 right-0 left-[76px] hidden h-px bg-accent/25" aria-hidden="true"></span>
            <Faces notification />
            <div class="flex min-w-0 flex-1 flex-wrap items-start gap-x-3 gap-y-2">
                <div class="min-w-0 flex-1 basis-40">
                    <p class="text-meta">
                        {move || is_new.get().then(|| view! { <span class="sr-only">"New: "</span> })}
                        <a href=href class="line-clamp-3 cover focus-visible:outline-none" on:click=open>
                            <Sentence notification />
                        </a>
                    </p>
                    <p class="text-meta text-muted">{move || view! { <RelativeTime at=at.get() /> }}</p>
                </div>
                <Actions notification on_done=Callback::new(move |()| mark(true)) />
            </div>
            <Aside id is_new post />
        </div>
    }
}

/// Who did what, names in bold and words of others in quotation marks.
#[component]
fn Sentence(notification: Signal<Arc<Notification>>) -> impl IntoView {
    move || {
        let parts = notification.with(|told| sentence::parts(&told.data));
        let set = |part| match part {
            Part::Strong(text) => view! { <strong class="font-strong">{text}</strong> }.into_any(),
            Part::Plain(text) => text.into_any(),
            Part::Quote(text) => view! { <span class="text-muted">"“" {text} "”"</span> }.into_any(),
        };
        parts.into_iter().map(set).collect_view()
    }
}

/// The dot of a new one; with a pointer on the row, what else can be done.
#[component]
fn Aside(id: NotificationId, is_new: Memo<bool>, post: Option<PostId>) -> impl IntoView {
    let mark = use_mark(id);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        mark(is_new.get_untracked());
    };
    view! {
        <div class="relative z-1 -mr-2.5 grid w-9 shrink-0 content-start justify-items-center has-[[open]]:z-10">
            <span
                class=move || {
                    let shown = if is_new.get() { "" } else { "hidden" };
                    format!(
                        "{shown} mt-1.5 mb-1 size-[9px] rounded-pill bg-accent transition-opacity group-focus-within:opacity-0 group-hover:opacity-0 pointer-coarse:opacity-100!",
                    )
                }
                aria-hidden="true"
            ></span>
            <div class="absolute -top-2 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 has-[[open]]:opacity-100 pointer-coarse:static pointer-coarse:opacity-100">
                <Menu label="More about this notification">
                    <form method="post" action=SetNotificationRead::url() on:submit=submit>
                        <input type="hidden" name="id" value=id.get().to_string() />
                        <input type="hidden" name="is_read" value=move || is_new.get().to_string() />
                        <button type="submit" class=MENU_ITEM>
                            {move || {
                                let name = if is_new.get() { IconName::Check } else { IconName::Unread };
                                view! { <Icon name /> }
                            }}
                            {move || if is_new.get() { "Mark as read" } else { "Mark as unread" }}
                        </button>
                    </form>
                    {post.map(|post| view! { <Silence post /> })}
                </Menu>
            </div>
        </div>
    }
}

/// Turns off what else happens at a post, with the way back.
#[component]
fn Silence(post: PostId) -> impl IntoView {
    let toasts = use_toasts();
    let set = move |muted: bool, then: Callback<()>| {
        spawn_local(async move {
            match set_post_mute(post, muted).await {
                Ok(()) => then.run(()),
                Err(error) => toasts.say(error.message),
            }
        });
    };
    let back = Callback::new(move |()| {
        set(false, Callback::new(move |()| toasts.say("You are told of this post again")));
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let said = Callback::new(move |()| toasts.offer("You are not told of this post any more", "Undo", back));
        set(true, said);
    };
    view! {
        <form method="post" action=SetPostMute::url() on:submit=submit>
            <input type="hidden" name="post_id" value=post.get().to_string() />
            <input type="hidden" name="muted" value="true" />
            <button type="submit" class=format!("{MENU_ITEM} whitespace-nowrap")>
                <Icon name=IconName::BellOff />
                "Turn off for this post"
            </button>
        </form>
    }
}

/// Marks a notification; what is refused is taken back and said.
fn use_mark(id: NotificationId) -> impl Fn(bool) + Copy + Send + Sync + 'static {
    let (live, toasts) = (use_live(), use_toasts());
    move |read| {
        spawn_local(async move {
            if let Err(message) = live.bell().mark(id, read).await {
                toasts.say(["The notification was not marked. ", &message].concat());
            }
        });
    }
}
