//! A message that is not stored yet: how it is doing, and what can be done with it.

use leptos::{prelude::*, task::spawn_local};

use super::{
    attachment::{Attached, SendingRing},
    bubble::{BUBBLE, OF_PICTURE, OF_WORDS, OWN},
    open_thread::OpenThread,
    ticks::{Tick, Ticks},
};
use crate::{
    app::components::icon::{Icon, IconName},
    client::outbox::{
        Failure, Sending,
        carried::{self, Carried},
    },
    protocol::attachments::AttachmentKind,
};

/// Its bubble at the end of the thread, and what is to be said about it below.
#[component]
pub fn UnsentRow(
    /// The thread.
    open: OpenThread,
    /// Its client id.
    client_id: String,
) -> impl IntoView {
    let all = open.thread.conversation.unsent();
    let wanted = client_id.clone();
    let shown = Memo::new(move |_| all.with(|all| all.iter().find(|one| one.message.client_id == wanted).cloned()));
    let sending = Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|shown| shown.sending.clone())));
    let failed = Memo::new(move |_| matches!(sending.get(), Some(Sending::Failed(_))));
    let content = Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|shown| shown.message.content.clone())));
    let has_words = Memo::new(move |_| content.with(|content| content.as_ref().is_some_and(|text| !text.is_empty())));
    let carries = shown.with_untracked(|shown| shown.as_ref().and_then(|shown| shown.message.carries.clone()));
    let alone = carries.as_ref().map(|carries| carries.kind);
    let is_picture = alone == Some(AttachmentKind::Image);
    let class = move || {
        let look = if failed.get() { "bg-danger-soft text-text outline-[1.5px] outline-danger" } else { OWN };
        let room = if is_picture { OF_PICTURE } else { OF_WORDS };
        format!("{BUBBLE} {room} max-w-[88%] speaks-right medium:max-w-[80%] {look}")
    };
    let tick_class = move || match alone.filter(|_| content.with(|content| content.as_deref() == Some(""))) {
        None => {
            if is_picture {
                "float-right mt-2.5 mr-2 mb-0.5 ml-3 inline-flex text-bubble-own-muted"
            } else {
                "float-right mt-1.5 ml-3 inline-flex text-bubble-own-muted"
            }
        }
        Some(AttachmentKind::Image) => {
            "absolute right-2.5 bottom-2.5 inline-flex h-5 items-center rounded-pill bg-stage-raised px-2 text-stage-text"
        }
        Some(_) => "absolute right-3 bottom-[7px] inline-flex text-bubble-own-muted",
    };
    let room = if is_picture { "ml-2 inline-block whitespace-pre-wrap pt-1.5 pb-1" } else { "whitespace-pre-wrap" };
    view! {
        <li class="flex flex-col items-end pt-[3px]">
            <div class=class>
                <span class="sr-only">"You: "</span>
                {carries.map(|carries| view! { <UnsentCarried open client_id=client_id.clone() carries sending /> })}
                // An empty line would stand under a picture until it is stored.
                <Show when=move || has_words.get()>
                    <span class=room>{content}</span>
                </Show>
                <Show when=move || !failed.get()>
                    <span class=tick_class>
                        <Ticks tick=Signal::stored(Tick::Sending) />
                    </span>
                </Show>
            </div>
            <Fate open client_id sending />
        </li>
    }
}

/// What it carries, as this browser has it, with its progress.
#[component]
fn UnsentCarried(
    open: OpenThread,
    client_id: String,
    carries: Carried,
    sending: Memo<Option<Sending>>,
) -> impl IntoView {
    let url = RwSignal::new(carried::url_of(&client_id));
    if url.with_untracked(Option::is_none) {
        // It was written before a reload: the storage has it.
        let client_id = client_id.clone();
        spawn_local(async move {
            let preview = open.thread.preview_of(client_id).await;
            url.try_set(preview);
        });
    }
    let is_open = Memo::new(move |_| matches!(sending.get(), Some(Sending::Waiting | Sending::Uploading(_))));
    let percent = Signal::derive(move || match sending.get() {
        Some(Sending::Uploading(percent)) => Some(percent),
        _ => None,
    });
    let name = carries.name.clone();
    let on_cancel = Callback::new({
        let client_id = client_id.clone();
        move |()| open.thread.cancel(client_id.clone())
    });
    let ring = ViewFn::from(move || {
        let name = name.clone();
        view! {
            <Show when=move || is_open.get()>
                <SendingRing percent name=name.clone() on_cancel />
            </Show>
        }
    });
    let is_picture = carries.kind == AttachmentKind::Image;
    move || {
        let attachment = carries.shown_from(url.get().unwrap_or_default());
        // A picture stays the same element all the while, so that it does not flicker.
        if is_picture || is_open.get() {
            view! { <Attached open attachment client_id=None lead=ring.clone() /> }.into_any()
        } else {
            view! { <Attached open attachment client_id=None /> }.into_any()
        }
    }
}

/// Retry and Delete under a message that was refused; Delete under one that waits for long.
#[component]
fn Fate(open: OpenThread, client_id: String, sending: Memo<Option<Sending>>) -> impl IntoView {
    let all = open.thread.conversation.unsent();
    let is_busy =
        Memo::new(move |_| all.with(|all| all.iter().any(|one| matches!(one.sending, Sending::Uploading(_)))));
    let is_waiting = Memo::new(move |_| sending.get() == Some(Sending::Waiting));
    let failure = Memo::new(move |_| match sending.get() {
        Some(Sending::Failed(failure)) => Some(failure),
        _ => None,
    });
    let gone = client_id.clone();
    view! {
        <Show when=move || is_waiting.get()>
            <p class="flex gap-2 pt-1 text-small text-muted">
                {move || if is_busy.get() { "Waiting for its turn" } else { "Waiting for the connection" }}
                <Delete open client_id=gone.clone() />
            </p>
        </Show>
        {move || failure.get().map(|failure| view! { <Failed open client_id=client_id.clone() failure /> })}
    }
}

const ACT: &str = "font-strong text-text underline underline-offset-3 touch-area";

#[component]
fn Delete(open: OpenThread, client_id: String) -> impl IntoView {
    view! {
        <button type="button" class=ACT on:click=move |_| open.thread.cancel(client_id.clone())>
            "Delete"
        </button>
    }
}

#[component]
fn Failed(open: OpenThread, client_id: String, failure: Failure) -> impl IntoView {
    let again = client_id.clone();
    view! {
        <div role="alert" class="flex flex-wrap items-center justify-end gap-x-2 pt-1 text-small">
            <span class="flex items-center gap-1.5 font-strong text-danger">
                <Icon name=IconName::Alert size=16 />
                "Not sent. "
                <span class="font-normal">{failure.reason}</span>
            </span>
            {failure
                .retryable
                .then(|| {
                    view! {
                        <button type="button" class=ACT on:click=move |_| open.thread.retry(again.clone())>
                            "Retry"
                        </button>
                        <span aria-hidden="true">"·"</span>
                    }
                })}
            <Delete open client_id />
        </div>
    }
}
