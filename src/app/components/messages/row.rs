//! A conversation in the list: face, name, last line, time, and what is unread.

use leptos::prelude::*;

use super::{
    faces::{ConversationFace, use_me},
    typing::typing_line,
    words::{attachment_icon, conversation_href, conversation_name, last_line},
};
use crate::{
    app::components::{
        icon::{Icon, IconName},
        time::LastTime,
    },
    client::live::use_live,
    protocol::ids::ConversationId,
};

/// One row; the whole of it leads to the thread.
#[component]
pub fn ConversationRow(
    /// Which.
    id: ConversationId,
    /// The one whose thread is open.
    #[prop(into)]
    current: Signal<Option<ConversationId>>,
) -> impl IntoView {
    let me = use_me();
    let conversation = use_live().conversations(me).get(id);
    let (item, typing) = (conversation.item(), typing_line(conversation.typists()));
    let is_known = Memo::new(move |_| item.with(Option::is_some));
    let is_current = Memo::new(move |_| current.get() == Some(id));
    let unread = Memo::new(move |_| item.with(|item| item.as_ref().map_or(0, |item| item.unread_count)));
    view! {
        <Show when=move || is_known.get()>
            <a
                href=conversation_href(id)
                aria-current=move || is_current.get().then_some("page")
                class="flex items-center gap-3.5 rounded-card px-3 py-2.5 ring-inside transition-colors hover:bg-hover aria-[current]:bg-sunken"
            >
                <ConversationFace item />
                <span class="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] gap-0.5">
                    <Name id unread />
                    <span class="flex items-center gap-2">
                        <Last id unread typing />
                        <Marks id />
                        <Unread unread />
                    </span>
                </span>
            </a>
        </Show>
    }
}

#[component]
fn Name(id: ConversationId, unread: Memo<u64>) -> impl IntoView {
    let me = use_me();
    let item = use_live().conversations(me).get(id).item();
    let name =
        Memo::new(move |_| item.with(|item| item.as_ref().map(|item| conversation_name(&item.conversation, me))));
    let at = Memo::new(move |_| item.with(|item| item.as_ref().map(|item| item.conversation.timestamp)));
    let time_class =
        move || if unread.get() > 0 { "text-small font-strong text-accent-text" } else { "text-small text-muted" };
    view! {
        <span class="flex items-baseline gap-2">
            <span class="min-w-0 flex-1 truncate font-strong">{name}</span>
            <span class=time_class>
                {move || at.get().map(|at| view! { <LastTime at /> })}
            </span>
        </span>
    }
}

/// What was last said, or who types.
#[component]
fn Last(id: ConversationId, unread: Memo<u64>, typing: Memo<String>) -> impl IntoView {
    let me = use_me();
    let item = use_live().conversations(me).get(id).item();
    let said = Memo::new(move |_| item.with(|item| item.as_ref().map(|item| last_line(item, me)).unwrap_or_default()));
    let icon = Memo::new(move |_| item.with(|item| attachment_icon(item.as_ref()?.last_message.as_ref()?)));
    let draft = Memo::new(move |_| {
        item.with(|item| item.as_ref().map(|item| item.mine.draft.trim().to_owned()).unwrap_or_default())
    });
    move || {
        let typing = typing.get();
        if !typing.is_empty() {
            return view! { <span class="min-w-0 flex-1 truncate text-accent-text">{typing}</span> }.into_any();
        }
        let draft = draft.get();
        if !draft.is_empty() {
            return view! {
                <span class="min-w-0 flex-1 truncate text-muted">
                    <span class="text-accent-text">"Draft: "</span>
                    {draft}
                </span>
            }
            .into_any();
        }
        let colour = if unread.get() > 0 { "text-text" } else { "text-muted" };
        view! {
            <span class=format!("flex min-w-0 flex-1 items-center gap-1.5 {colour}")>
                {move || icon.get().map(|name| view! { <Icon name size=16 /> })}
                <span class="min-w-0 flex-1 truncate">{said}</span>
            </span>
        }
        .into_any()
    }
}

/// Pinned and muted.
#[component]
fn Marks(id: ConversationId) -> impl IntoView {
    let item = use_live().conversations(use_me()).get(id).item();
    let mine = Memo::new(move |_| {
        item.with(|item| item.as_ref().map_or((false, false), |item| (item.mine.pinned, item.mine.muted)))
    });
    let mark = |name: IconName, words: &'static str| {
        view! {
            <span class="text-muted" title=words>
                <Icon name size=16 />
                <span class="sr-only">{words}</span>
            </span>
        }
    };
    move || {
        let (pinned, muted) = mine.get();
        view! {
            {pinned.then(|| mark(IconName::Pin, "Pinned"))}
            {muted.then(|| mark(IconName::Muted, "Muted"))}
        }
    }
}

/// How much is unread: 1…99, then 99+.
#[component]
fn Unread(unread: Memo<u64>) -> impl IntoView {
    move || {
        let count = unread.get();
        (count > 0).then(|| {
            view! {
                <span class="grid h-5 min-w-5 place-items-center rounded-pill bg-accent px-1.5 text-caption text-accent-contrast tabular-nums" data-unread=count>
                    {badge_words(count)}
                    <span class="sr-only">" unread"</span>
                </span>
            }
        })
    }
}

/// 1…99, then 99+.
#[must_use]
pub fn badge_words(count: u64) -> String {
    if count > 99 { "99+".to_owned() } else { count.to_string() }
}
