//! Who follows a person, and whom they follow.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    not_found::NotFound,
    profile::{Failed, use_username},
};
use crate::{
    api::people::{FollowSide, follows_page, profile_of},
    app::{
        components::{
            button::{ButtonKind, ButtonLink},
            empty::EmptyState,
            icon::IconName,
            page_title::PageTitle,
            people_list::PeopleList,
            shell::page_header::PageHeader,
            skeleton::PersonSkeleton,
            tabs::{Tab, Tabs},
        },
        profile_href,
    },
    protocol::{
        errors::ApiError,
        views::{Page, PersonItem, PersonRef},
    },
};

/// `/@username/followers`.
#[component]
pub fn FollowersPage() -> impl IntoView {
    view! { <Follows side=FollowSide::Followers /> }
}

/// `/@username/following`.
#[component]
pub fn FollowingPage() -> impl IntoView {
    view! { <Follows side=FollowSide::Following /> }
}

#[component]
fn Follows(side: FollowSide) -> impl IntoView {
    let username = use_username();
    move || match username.get() {
        username if username.is_empty() => view! { <NotFound /> }.into_any(),
        username => view! { <Loading username side /> }.into_any(),
    }
}

#[component]
fn Loading(username: String, side: FollowSide) -> impl IntoView {
    let before = use_query_map().with_untracked(|query| query.get("before")).and_then(|at| at.parse::<u64>().ok());
    let handle = ["@", &username].concat();
    let loaded = Resource::new_blocking(|| (), move |()| load(username.clone(), side, before));
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || {
                let handle = handle.clone();
                Suspend::new(async move {
                    match loaded.await {
                        Ok((person, people)) => view! { <Whole person people side /> }.into_any(),
                        Err(error) => view! { <Failed handle error retry /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

async fn load(
    username: String,
    side: FollowSide,
    before: Option<u64>,
) -> Result<(PersonRef, Page<PersonItem>), ApiError> {
    let person = profile_of(username.clone()).await?.person;
    Ok((person, follows_page(username, side, before).await?))
}

#[component]
fn Whole(person: PersonRef, people: Page<PersonItem>, side: FollowSide) -> impl IntoView {
    let base = profile_href(&person.username);
    let (title, label, here) = match side {
        FollowSide::Followers => (["Followers of ", &person.full_name].concat(), "Followers", "/followers?before="),
        FollowSide::Following => ([&person.full_name, " follows"].concat(), "Following", "/following?before="),
    };
    let username = person.username.clone();
    let more = move |cursor: String| follows_page(username.clone(), side, cursor.parse().ok());
    let more_href = [&base, here].concat();
    let (followers, following) = ([&base, "/followers"].concat(), [&base, "/following"].concat());
    view! {
        <PageTitle text=title.clone() />
        <PageHeader title>
            <Tabs label="Lists">
                <Tab href=base.clone() current=false>
                    {["@", &person.username].concat()}
                </Tab>
                <Tab href=followers current=side == FollowSide::Followers>
                    "Followers"
                </Tab>
                <Tab href=following current=side == FollowSide::Following>
                    "Following"
                </Tab>
            </Tabs>
        </PageHeader>
        {if people.items.is_empty() {
            view! { <Nobody side /> }.into_any()
        } else {
            view! { <PeopleList first=people label more more_href /> }.into_any()
        }}
    }
}

#[component]
fn Nobody(side: FollowSide) -> impl IntoView {
    match side {
        FollowSide::Followers => view! { <EmptyState icon=IconName::People title="Nobody follows yet" text="Whoever does will stand here." /> }.into_any(),
        FollowSide::Following => view! {
            <EmptyState icon=IconName::People title="Follows nobody yet">
                <ButtonLink href="/search" kind=ButtonKind::Ink>
                    "Find people"
                </ButtonLink>
            </EmptyState>
        }
        .into_any(),
    }
}
