//! "Mark all read", with the way back.

use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    button::{Button, ButtonKind, ButtonSize},
    toast::{Toasts, use_toasts},
};
use crate::{
    api::notifications::ReadAllNotifications,
    client::live::{Live, use_live},
    protocol::notifications::AllRead,
};

/// The button; without JavaScript a plain form. Nothing while nothing is unread.
#[component]
pub fn MarkAllRead() -> impl IntoView {
    let (live, toasts) = (use_live(), use_toasts());
    let count = live.bell().count();
    let is_any = Memo::new(move |_| count.get() > 0);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(mark_all(live, toasts));
    };
    view! {
        <Show when=move || is_any.get()>
            <form method="post" action=ReadAllNotifications::url() on:submit=submit>
                <Button kind=ButtonKind::Text size=ButtonSize::Small submits=true>
                    "Mark all read"
                </Button>
            </form>
        </Show>
    }
}

async fn mark_all(live: Live, toasts: Toasts) {
    match live.bell().mark_all().await {
        Ok(read) => {
            let words = match read.count {
                1 => "1 notification marked as read".to_owned(),
                count => [&count.to_string(), " notifications marked as read"].concat(),
            };
            toasts.offer(words, "Undo", Callback::new(move |()| spawn_local(undo(live, toasts, read))));
        }
        Err(message) => toasts.say(["Nothing was marked. ", &message].concat()),
    }
}

async fn undo(live: Live, toasts: Toasts, read: AllRead) {
    if let Err(message) = live.bell().undo_all(read).await {
        toasts.say(["They stay marked as read. ", &message].concat());
    }
}
