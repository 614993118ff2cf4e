//! The people one is connected with, the requests that wait, and whom one may know.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use crate::{
    api::connections::{connection_suggestions, connections_page},
    app::components::{
        button::{ButtonKind, ButtonLink},
        empty::{EmptyState, ErrorState},
        icon::IconName,
        page_title::PageTitle,
        people_list::PeopleList,
        person_row::RowActions,
        requests_badge::RequestsBadge,
        shell::page_header::PageHeader,
        skeleton::PersonSkeleton,
        tabs::{Tab, Tabs},
    },
    client::live::use_live,
    protocol::{
        errors::ApiError,
        views::{ConnectionState, Page, PersonItem},
    },
};

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Listed {
    Connections,
    Requests,
    Sent,
    Suggestions,
}

impl Listed {
    fn of(name: Option<&str>) -> Self {
        match name {
            Some("requests") => Self::Requests,
            Some("sent") => Self::Sent,
            Some("suggestions") => Self::Suggestions,
            _ => Self::Connections,
        }
    }

    const fn href(self) -> &'static str {
        match self {
            Self::Connections => "/connections",
            Self::Requests => "/connections?list=requests",
            Self::Sent => "/connections?list=sent",
            Self::Suggestions => "/connections?list=suggestions",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Connections => "Connections",
            Self::Requests => "Requests",
            Self::Sent => "Sent requests",
            Self::Suggestions => "People you may know",
        }
    }

    async fn load(self, before: Option<u64>) -> Result<Page<PersonItem>, ApiError> {
        match self {
            Self::Connections => connections_page(ConnectionState::Connected, before).await,
            Self::Requests => connections_page(ConnectionState::Asked, before).await,
            Self::Sent => connections_page(ConnectionState::Requested, before).await,
            Self::Suggestions => connection_suggestions().await.map(|items| Page { items, next: None }),
        }
    }
}

/// `/connections?list=`.
#[component]
pub fn ConnectionsPage() -> impl IntoView {
    let query = use_query_map();
    let listed = Memo::new(move |_| query.with(|query| Listed::of(query.get("list").as_deref())));
    let before = query.with_untracked(|query| query.get("before")).and_then(|at| at.parse::<u64>().ok());
    let first = listed.get_untracked();
    let live = use_live();
    let changes = live.connection_changes();
    let people = Resource::new_blocking(
        move || (listed.get(), changes.get()),
        move |(listed, _)| async move {
            // The cursor belongs to the list that came with it.
            (listed, listed.load(before.filter(|_| listed == first)).await)
        },
    );
    live.on_reload(move || people.refetch());
    let retry = Callback::new(move |()| people.refetch());
    let tab = move |at: Listed, words: &'static str| {
        view! {
            <Tab href=at.href() current=Signal::derive(move || listed.get() == at)>
                {words}
                {(at == Listed::Requests).then(|| view! { <RequestsBadge class="static ml-1.5" /> })}
            </Tab>
        }
    };
    view! {
        <PageTitle text=move || listed.get().label().to_owned() />
        <PageHeader title="Connections">
            <Tabs label="Lists">
                {tab(Listed::Connections, "All")} {tab(Listed::Requests, "Requests")} {tab(Listed::Sent, "Sent")}
                {tab(Listed::Suggestions, "Suggestions")}
            </Tabs>
        </PageHeader>
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match people.await {
                    (listed, Ok(page)) if page.items.is_empty() => view! { <Nobody listed /> }.into_any(),
                    (listed, Ok(first)) => {
                        let sign = if listed == Listed::Connections { "?before=" } else { "&before=" };
                        let more_href = [listed.href(), sign].concat();
                        let more = move |cursor: String| listed.load(cursor.parse().ok());
                        view! { <PeopleList first label=listed.label() more more_href actions=RowActions::Connect /> }
                            .into_any()
                    }
                    (_, Err(error)) => view! { <ErrorState title="The list did not load" error on_retry=retry /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Nobody(listed: Listed) -> impl IntoView {
    let (title, text) = match listed {
        Listed::Connections => ("No connections yet", "Whom you connect with sees what you post for connections."),
        Listed::Requests => ("No requests wait", "Whoever asks to connect with you will stand here."),
        Listed::Sent => ("No requests of yours wait", "Whom you ask stands here until they answer."),
        Listed::Suggestions => ("Nobody to suggest", "You know everyone here, or they keep to themselves."),
    };
    view! {
        <EmptyState icon=IconName::People title text>
            <ButtonLink href="/search" kind=ButtonKind::Ink>
                "Find people"
            </ButtonLink>
        </EmptyState>
    }
}
