//! The list of conversations: the inbox or the requests, searched as one types, with the way to older ones.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};
use serde::{Deserialize, Serialize};

use super::{faces::use_me, row::ConversationRow};
use crate::{
    api::conversations::{conversation_page, request_count},
    app::components::{
        button::{ButtonKind, ButtonLink, ButtonSize, ICON_BUTTON, button_class},
        empty::{EmptyState, ErrorState},
        icon::{Icon, IconName},
        search_box::SearchBox,
        skeleton::PersonSkeleton,
    },
    client::live::{Tail, use_live},
    protocol::{
        conversations::{ConversationBox, ConversationItem},
        errors::ApiError,
        ids::ConversationId,
        views::Page,
    },
};

/// What a list shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    of: ConversationBox,
    query: String,
}

/// The list with its heading, search and requests.
#[component]
pub fn Inbox(
    /// Which list.
    #[prop(into)]
    of: Signal<ConversationBox>,
    /// The thread that is open beside it.
    #[prop(into)]
    current: Signal<Option<ConversationId>>,
) -> impl IntoView {
    let asked = use_query_map().with_untracked(|query| query.get("q")).unwrap_or_default();
    let query = RwSignal::new(asked);
    let is_inbox = Memo::new(move |_| of.get() == ConversationBox::Inbox);
    let heading = move || if is_inbox.get() { "Messages" } else { "Requests" };
    // A page has one heading of the first rank: that of the thread, where one is open.
    let title = move || {
        if current.get().is_some() {
            view! { <h2 class="flex-1 text-heading">{heading}</h2> }.into_any()
        } else {
            view! { <h1 class="flex-1 text-heading">{heading}</h1> }.into_any()
        }
    };
    view! {
        <div class="flex items-center gap-2 px-4 pt-4 pb-2 medium:px-5">
            <Show when=move || !is_inbox.get()>
                <a href="/messages" class=format!("{ICON_BUTTON} -ml-2 text-text") aria-label="Back to messages" title="Back to messages">
                    <Icon name=IconName::Back size=22 />
                </a>
            </Show>
            {title}
            <a href="/messages/new" class=format!("{ICON_BUTTON} size-11! -mr-2 text-text") aria-label="New message" title="New message">
                <Icon name=IconName::NewMessage size=22 />
            </a>
        </div>
        <Show when=move || is_inbox.get()>
            <SearchForm query />
            <RequestsLine query />
        </Show>
        <Listed of query current />
    }
}

/// Looks for people and titles.
#[component]
fn SearchForm(query: RwSignal<String>) -> impl IntoView {
    let typed = RwSignal::new(query.get_untracked());
    let search = Callback::new(move |()| query.set(typed.get_untracked()));
    view! {
        <SearchBox
            action="/messages".to_owned()
            words="Search conversations"
            label="Conversations"
            class="px-3 pb-2 medium:px-4"
            small=true
            typed
            on_pause=search
        />
    }
}

/// "Requests (2)", when strangers wait for an answer.
#[component]
fn RequestsLine(query: RwSignal<String>) -> impl IntoView {
    let counted = Resource::new_blocking(|| (), |()| request_count());
    let live = use_live().conversations(use_me());
    let heard = live.requests();
    Effect::new(move |before: Option<usize>| {
        let now = heard.with(Vec::len);
        if before.is_some_and(|before| before != now) {
            counted.refetch();
        }
        now
    });
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let count = counted.await.unwrap_or(0);
                (count > 0 && query.with_untracked(|query| query.trim().is_empty()))
                    .then(|| {
                        view! {
                            <a
                                href="/messages/requests"
                                class="mx-2 mb-1 flex items-center gap-3.5 rounded-card px-3 py-2.5 ring-inside hover:bg-hover"
                            >
                                <span class="grid size-12 place-items-center rounded-pill bg-sunken">
                                    <Icon name=IconName::AddPerson size=22 />
                                </span>
                                <span class="flex-1 font-strong">"Requests (" {count} ")"</span>
                                <span class="size-2.5 rounded-pill bg-accent" aria-hidden="true"></span>
                            </a>
                        }
                    })
            })}
        </Transition>
    }
}

#[component]
fn Listed(
    of: Signal<ConversationBox>,
    query: RwSignal<String>,
    current: Signal<Option<ConversationId>>,
) -> impl IntoView {
    let before = use_query_map().with_untracked(|query| query.get("before")).and_then(|at| at.parse::<u64>().ok());
    let wanted = Memo::new(move |_| Wanted { of: of.get(), query: query.get().trim().to_owned() });
    let first = wanted.get_untracked();
    let page = Resource::new_blocking(
        move || wanted.get(),
        move |wanted| {
            // The cursor belongs to the list that the address names.
            let before = before.filter(|_| wanted == first);
            async move {
                let page = conversation_page(wanted.of, wanted.query.clone(), before).await?;
                Ok::<_, ApiError>((wanted, before, page))
            }
        },
    );
    let retry = Callback::new(move |()| page.refetch());
    view! {
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok((wanted, before, page)) => view! { <Rows wanted before page current /> }.into_any(),
                    Err(error) => {
                        view! { <ErrorState title="Your conversations did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Rows(
    wanted: Wanted,
    before: Option<u64>,
    page: Page<ConversationItem>,
    current: Signal<Option<ConversationId>>,
) -> impl IntoView {
    let live = use_live().conversations(use_me());
    let is_newest = wanted.query.is_empty() && before.is_none();
    let listed: Vec<ConversationId> = page.items.iter().map(|item| item.conversation.conversation_id).collect();
    let is_inbox = wanted.of == ConversationBox::Inbox && is_newest;
    if is_inbox {
        live.seed_inbox(&page, None);
    } else {
        live.take(&page.items);
    }
    let ids: Signal<Vec<ConversationId>> = match (is_newest, wanted.of) {
        (true, ConversationBox::Inbox) => live.inbox(),
        (true, ConversationBox::Requests) => live.requests(),
        (false, _) => Signal::stored(listed),
    };
    let next = page.next.clone();
    let label = if wanted.of == ConversationBox::Inbox { "Conversations" } else { "Requests" };
    let empty_wanted = wanted.clone();
    view! {
        <Show
            when=move || ids.with(|ids| !ids.is_empty())
            fallback=move || view! { <Nothing wanted=empty_wanted.clone() /> }
        >
            <ul aria-label=label class="grid grid-cols-[minmax(0,1fr)] gap-0.5 px-2 pb-3">
                <For each=move || ids.get() key=|id| *id let(id)>
                    <li>
                        <ConversationRow id current />
                    </li>
                </For>
            </ul>
        </Show>
        <More wanted next is_inbox />
    }
}

/// The way to older conversations.
#[component]
fn More(wanted: Wanted, next: Option<String>, is_inbox: bool) -> impl IntoView {
    let live = use_live().conversations(use_me());
    let tail = live.inbox_tail();
    let has_next = next.is_some();
    let path = if wanted.of == ConversationBox::Inbox { "/messages" } else { "/messages/requests" };
    let href = [path, "?q=", &Url::escape(&wanted.query), "&before=", &next.unwrap_or_default()].concat();
    let shown = move || if is_inbox { has_next && tail.with(|tail| *tail != Tail::End) } else { has_next };
    let words = move || match tail.get() {
        Tail::Loading if is_inbox => "Loading…",
        Tail::Failed(_) if is_inbox => "That did not load. Try again",
        _ => "Show more",
    };
    view! {
        <Show when=shown>
            <p class="grid place-items-center py-4">
                <a
                    href=href.clone()
                    class=button_class(ButtonKind::Quiet, ButtonSize::Small, false)
                    on:click=move |event| {
                        if is_inbox {
                            event.prevent_default();
                            live.load_more();
                        }
                    }
                >
                    {words}
                </a>
            </p>
        </Show>
    }
}

#[component]
fn Nothing(wanted: Wanted) -> impl IntoView {
    if !wanted.query.is_empty() {
        return view! {
            <EmptyState icon=IconName::Search title="No conversation found" text="Try a name or the title of a group.">
                <ButtonLink href="/messages/new" kind=ButtonKind::Ink>
                    "New message"
                </ButtonLink>
            </EmptyState>
        }
        .into_any();
    }
    match wanted.of {
        ConversationBox::Inbox => view! {
            <EmptyState icon=IconName::Messages title="No conversations yet" text="Write to somebody, or to several at once.">
                <ButtonLink href="/messages/new" icon=IconName::NewMessage>
                    "New message"
                </ButtonLink>
            </EmptyState>
        }
        .into_any(),
        ConversationBox::Requests => view! {
            <EmptyState icon=IconName::AddPerson title="No requests" text="First messages of people you do not follow wait here." >
                <ButtonLink href="/messages" kind=ButtonKind::Ink>
                    "Go to messages"
                </ButtonLink>
            </EmptyState>
        }
        .into_any(),
    }
}
