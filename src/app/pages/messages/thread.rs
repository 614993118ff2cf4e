//! `/messages/{id}`: a thread.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::conversations::{message_page, one_conversation},
    app::{
        components::{
            button::{ButtonKind, ButtonLink},
            empty::{EmptyState, ErrorState},
            icon::IconName,
            messages::{
                attach::DropHint,
                faces::use_me,
                header::ThreadHeader,
                lightbox::ThreadLightbox,
                log::ThreadLog,
                open_thread::{Asked, OpenThread},
                request_banner::RequestBanner,
                words::{conversation_href, conversation_name, is_request},
                write::{DeleteDialog, Write},
            },
            page_title::PageTitle,
            skeleton::PersonSkeleton,
        },
        status::set_page_error,
    },
    client::live::{LiveThread, use_live},
    protocol::{
        conversations::{ConversationItem, MessageView},
        errors::{ApiError, ErrorCode},
        ids::{ConversationId, MessageId, UserId},
        limits::PAGE_MAX,
        views::Page,
    },
};

/// Messages of the first page.
const FIRST_PAGE: usize = 30;
/// How many stand above the first unread one.
const ABOVE_NEW: usize = 10;

/// The page.
#[component]
pub fn ThreadPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse::<ConversationId>().ok()));
    move || match id.get() {
        Some(id) => view! { <Loading id /> }.into_any(),
        None => view! { <Missing /> }.into_any(),
    }
}

/// Reads the address.
fn asked_of() -> Asked {
    let query = use_query_map().get_untracked();
    let message = |name: &str| query.get(name).and_then(|id| id.parse::<MessageId>().ok());
    Asked {
        before: query.get("before").and_then(|seq| seq.parse().ok()),
        reply: message("reply"),
        edit: message("edit"),
    }
}

/// The conversation, then a page of it that reaches from what is unread to the end.
async fn load(id: ConversationId, asked: Asked) -> Result<(ConversationItem, Page<MessageView>), ApiError> {
    let item = one_conversation(id).await?;
    let unread = usize::try_from(item.unread_count).unwrap_or(PAGE_MAX);
    let limit = unread.saturating_add(ABOVE_NEW).clamp(FIRST_PAGE, PAGE_MAX);
    let page = message_page(id, asked.before, Some(limit)).await?;
    Ok((item, page))
}

#[component]
fn Loading(id: ConversationId) -> impl IntoView {
    let asked = asked_of();
    let loaded = Resource::new_blocking(|| (), move |()| load(id, asked));
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match loaded.await {
                    Ok((item, page)) => view! { <Whole item page asked /> }.into_any(),
                    Err(error) if error.code == ErrorCode::NotFound => view! { <Missing /> }.into_any(),
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title="The conversation did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Missing() -> impl IntoView {
    set_page_error(ErrorCode::NotFound);
    view! {
        <PageTitle text="Messages" />
        <Gone />
    }
}

/// It never was, or the reader is not in it any more.
#[component]
fn Gone() -> impl IntoView {
    view! {
        <h1 class="sr-only">"Conversation"</h1>
        <EmptyState
            icon=IconName::Messages
            title="This conversation is not here"
            text="It does not exist, or you are not in it any more."
        >
            <ButtonLink href="/messages" kind=ButtonKind::Ink>
                "Go to messages"
            </ButtonLink>
        </EmptyState>
    }
}

#[component]
fn Whole(item: ConversationItem, page: Page<MessageView>, asked: Asked) -> impl IntoView {
    let me = use_me();
    let id = item.conversation.conversation_id;
    let thread = use_live().conversations(me).open(id);
    thread.seed(&item, &page, None);
    let new_at = thread.first_unread().filter(|_| asked.before.is_none());
    let open = OpenThread::new(thread, &item, me, asked);
    let ids = shown_ids(thread, &page, asked);
    let live = thread.conversation.item();
    let is_there = Memo::new(move |_| live.with(Option::is_some));
    let asks = Memo::new(move |_| live.with(|item| item.as_ref().is_some_and(|item| is_request(item))));
    let title = title_of(thread, &item, me);
    let item = StoredValue::new(item);
    view! {
        <PageTitle text=title />
        <Show when=move || is_there.get() fallback=Gone>
            <ThreadHeader open item=item.get_value() />
            <ThreadLog open asked ids new_at />
            <Show when=move || asks.get()>
                <RequestBanner open item=item.get_value() />
            </Show>
            <Write open item=item.get_value() />
            <DeleteDialog open />
            <ThreadLightbox open />
            <DropHint open />
        </Show>
    }
}

/// All that is loaded. An older page on its own is for readers without JavaScript; the app begins at the end and loads
/// upwards.
fn shown_ids(thread: LiveThread, page: &Page<MessageView>, asked: Asked) -> Signal<Vec<MessageId>> {
    if asked.before.is_none() {
        return thread.messages();
    }
    let id = thread.conversation.id;
    Effect::new(move |_| {
        // A refusal leaves the reader on the older page.
        let _ = window().location().replace(&conversation_href(id));
    });
    Signal::stored(page.items.iter().rev().map(|message| message.message_id).collect())
}

fn title_of(thread: LiveThread, item: &ConversationItem, me: UserId) -> Signal<String> {
    let (live, first) = (thread.conversation.item(), conversation_name(&item.conversation, me));
    Signal::derive(move || {
        live.with(|item| item.as_ref().map_or_else(|| first.clone(), |item| conversation_name(&item.conversation, me)))
    })
}
