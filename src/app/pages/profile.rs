//! A person: who they are, whom they know, what they post.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::not_found::NotFound;
use crate::{
    api::{feed::author_page, people::profile_of},
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            button::{ButtonKind, ButtonLink, ButtonSize},
            empty::{EmptyState, ErrorState},
            follow_button::FollowButton,
            icon::{Icon, IconName},
            messages::message_button::MessageButton,
            number::short_count,
            page_title::PageTitle,
            posts_column::PostsColumn,
            shell::page_header::PageHeader,
            skeleton::{PersonSkeleton, PostSkeleton},
            time::Day,
        },
        facts::use_viewer,
        profile_href,
        status::set_page_error,
    },
    client::{live::use_live, state::feed::FeedScope},
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::{PostId, UserId},
        views::{Profile, Role},
    },
};

/// The page of a person, `/@username`.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let username = use_username();
    move || match username.get() {
        username if username.is_empty() => view! { <NotFound /> }.into_any(),
        username => view! { <Loading username /> }.into_any(),
    }
}

/// The username in the address, without `@`; empty when there is none.
#[must_use]
pub fn use_username() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| {
        let handle = params.with(|params| params.get("handle")).unwrap_or_default();
        handle.strip_prefix('@').unwrap_or_default().to_lowercase()
    })
}

#[component]
fn Loading(username: String) -> impl IntoView {
    let handle = ["@", &username].concat();
    let profile = Resource::new_blocking(|| (), move |()| profile_of(username.clone()));
    let retry = Callback::new(move |()| profile.refetch());
    let waiting = handle.clone();
    view! {
        <Transition fallback=move || {
            view! {
                <PageHeader title=waiting.clone() back="/" />
                <PersonSkeleton rows=1 />
                <PostSkeleton />
            }
        }>
            {move || {
                let handle = handle.clone();
                Suspend::new(async move {
                    match profile.await {
                        Ok(profile) => view! { <Whole profile /> }.into_any(),
                        Err(error) => view! { <Failed handle error retry /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// Nobody has this name, or the page did not load.
#[component]
pub fn Failed(
    /// The name in the address, with `@`.
    handle: String,
    /// Why.
    error: ApiError,
    /// Loads it again.
    retry: Callback<()>,
) -> impl IntoView {
    let is_missing = error.code == ErrorCode::NotFound;
    set_page_error(error.code);
    view! {
        <PageTitle text=handle.clone() />
        <PageHeader title=handle.clone() back="/" />
        {if is_missing {
            view! {
                <EmptyState
                    icon=IconName::Profile
                    title=["Nobody here is called ", &handle].concat()
                    text="The name may be mistyped."
                >
                    <ButtonLink href="/search" kind=ButtonKind::Ink>
                        "Find people"
                    </ButtonLink>
                </EmptyState>
            }
                .into_any()
        } else {
            view! { <ErrorState title="The profile did not load" error on_retry=retry /> }.into_any()
        }}
    }
}

#[component]
fn Whole(profile: Profile) -> impl IntoView {
    let person = profile.person.clone();
    let shown = RwSignal::new(profile);
    let posts = Signal::derive(move || Some(counted(shown.with(|profile| profile.post_count), "post", "posts")));
    view! {
        <PageTitle text=[&person.full_name, " (@", &person.username, ")"].concat() />
        <PageHeader title=person.full_name.clone() back="/" subtitle=posts />
        <Head shown />
        <Posts id=person.id username=person.username />
    }
}

/// "1 post", "1.2K posts".
fn counted(count: u64, one: &str, many: &str) -> String {
    [short_count(count).as_str(), " ", if count == 1 { one } else { many }].concat()
}

/// Face, name, bio, counts, and Follow or Edit.
#[component]
fn Head(shown: RwSignal<Profile>) -> impl IntoView {
    let Profile { person, bio, role, joined_at, followed, follows_you, .. } = shown.get_untracked();
    let is_me = use_viewer().get_untracked().is_some_and(|me| me.profile.person.id == person.id);
    let action = if is_me {
        view! {
            <ButtonLink href="/settings" kind=ButtonKind::Outline size=ButtonSize::Medium>
                "Edit profile"
            </ButtonLink>
        }
        .into_any()
    } else {
        let on_stored = Callback::new(move |profile| shown.set(profile));
        view! {
            <div class="flex flex-wrap justify-end gap-2">
                <MessageButton to=person.id />
                <FollowButton person=person.clone() followed size=ButtonSize::Medium on_stored />
            </div>
        }
        .into_any()
    };
    view! {
        <section aria-label="About" class="border-b border-border px-4 pt-5 pb-4 medium:px-5">
            <div class="flex items-end justify-between gap-4">
                <Avatar person=person.clone() size=AvatarSize::S96 />
                {action}
            </div>
            <p class="mt-3 text-title [overflow-wrap:anywhere]">{person.full_name.clone()}</p>
            <p class="flex flex-wrap items-center gap-2 text-meta text-muted">
                <span>"@" {person.username.clone()}</span>
                {follows_you
                    .then(|| view! { <span class="rounded-[6px] bg-sunken px-1.5 py-0.5 text-caption">"Follows you"</span> })}
                {(role == Role::Owner)
                    .then(|| {
                        view! {
                            <span class="flex items-center gap-1 rounded-[6px] bg-sunken px-1.5 py-0.5 text-caption">
                                <Icon name=IconName::Shield size=14 />
                                "Owner"
                            </span>
                        }
                    })}
            </p>
            {(!bio.is_empty()).then(|| view! { <p class="mt-3 [overflow-wrap:anywhere] whitespace-pre-line">{bio}</p> })}
            <p class="mt-3 flex items-center gap-1.5 text-meta text-muted">
                <Icon name=IconName::Calendar size=16 />
                <span>"Joined " <Day at=joined_at /></span>
            </p>
            <Counts shown username=person.username />
        </section>
    }
}

#[component]
fn Counts(shown: RwSignal<Profile>, username: String) -> impl IntoView {
    let base = profile_href(&username);
    let following = Memo::new(move |_| shown.with(|profile| profile.following_count));
    let followers = Memo::new(move |_| shown.with(|profile| profile.follower_count));
    let link = "text-muted hover:underline";
    let number = "font-strong text-text tabular-nums";
    view! {
        <p class="mt-3 flex gap-5 text-meta">
            <a href=[&base, "/following"].concat() class=link>
                <span class=number>{move || short_count(following.get())}</span>
                " following"
            </a>
            <a href=[&base, "/followers"].concat() class=link>
                <span class=number>{move || short_count(followers.get())}</span>
                {move || if followers.get() == 1 { " follower" } else { " followers" }}
            </a>
        </p>
    }
}

#[component]
fn Posts(id: UserId, username: String) -> impl IntoView {
    let before = use_query_map().with_untracked(|query| query.get("before")).and_then(|id| id.parse::<PostId>().ok());
    let older_href = [&profile_href(&username), "?before="].concat();
    let asked = username.clone();
    let list = use_live()
        .feed_list(FeedScope::by(id), move |before| author_page(asked.clone(), before.and_then(|id| id.parse().ok())));
    view! {
        <PostsColumn
            list
            first=move || author_page(username.clone(), before)
            label="Posts"
            older_href
            failed="The posts did not load"
        >
            <EmptyState icon=IconName::Compose title="No posts yet" />
        </PostsColumn>
    }
}
