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
            connect_button::ConnectButton,
            empty::{EmptyState, ErrorState},
            follow_button::FollowButton,
            icon::{Icon, IconName},
            menu::Menu,
            messages::message_button::MessageButton,
            number::short_count,
            page_title::PageTitle,
            person_menu::PersonEntries,
            person_row::in_common_words,
            posts_column::PostsColumn,
            requests_badge::RequestsBadge,
            role_name::role_name,
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
        views::{ConnectionState, Profile},
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
    // Whom the page shows is known once it came; what may be seen of them can change on either side.
    let shown = RwSignal::new(None::<UserId>);
    Effect::new(move |_| {
        if let Some(Some(Ok(profile))) = profile.try_get() {
            shown.set(Some(profile.person.id));
        }
    });
    let live = use_live();
    Effect::new(move |before: Option<(Option<UserId>, u64)>| {
        let id = shown.get();
        let times = id.map_or(0, |id| live.sight_of(id).get());
        if before.is_some_and(|(of, seen)| of == id && seen != times) {
            profile.refetch();
        }
        (id, times)
    });
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
    // Of what one may not see, no number is told.
    let posts = Signal::derive(move || {
        let count = shown.with(|profile| (!profile.closed && !profile.suspended).then_some(profile.post_count))?;
        Some(counted(count, "post", "posts"))
    });
    view! {
        <PageTitle text=[&person.full_name, " (@", &person.username, ")"].concat() />
        <PageHeader title=person.full_name.clone() back="/" subtitle=posts />
        <Head shown />
        {match shown.with_untracked(|profile| (profile.suspended, profile.closed)) {
            (true, _) => view! { <Closed icon=IconName::Block title="This account is suspended" text="What they posted is not shown meanwhile." /> }.into_any(),
            (_, true) => view! { <Closed icon=IconName::Lock title="This profile is private" text="Only connections see more of it." /> }.into_any(),
            _ => view! { <Posts id=person.id username=person.username /> }.into_any(),
        }}
    }
}

/// Why there is nothing more to see.
#[component]
fn Closed(icon: IconName, title: &'static str, text: &'static str) -> impl IntoView {
    view! { <EmptyState icon title text /> }
}

/// "1 post", "1.2K posts".
fn counted(count: u64, one: &str, many: &str) -> String {
    [short_count(count).as_str(), " ", if count == 1 { one } else { many }].concat()
}

/// Face, name, bio, counts, and Follow or Edit.
#[component]
fn Head(shown: RwSignal<Profile>) -> impl IntoView {
    let Profile { person, bio, role, joined_at, follows_you, closed, in_common, is_private, .. } =
        shown.get_untracked();
    let is_me = use_viewer().get_untracked().is_some_and(|me| me.profile.person.id == person.id);
    let action = if is_me {
        view! {
            <ButtonLink href="/settings" kind=ButtonKind::Outline size=ButtonSize::Medium>
                "Edit profile"
            </ButtonLink>
        }
        .into_any()
    } else {
        view! { <Actions shown /> }.into_any()
    };
    let common = (!is_me && in_common > 0).then(|| in_common_words(in_common));
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
                {is_private.then(|| view! { <Chip icon=IconName::Lock words="Private" /> })}
                {role.is_staff().then(|| view! { <Chip icon=IconName::Shield words=role_name(role) /> })}
            </p>
            {(!bio.is_empty()).then(|| view! { <p class="mt-3 [overflow-wrap:anywhere] whitespace-pre-line">{bio}</p> })}
            {(!closed)
                .then(|| {
                    view! {
                        <p class="mt-3 flex items-center gap-1.5 text-meta text-muted">
                            <Icon name=IconName::Calendar size=16 />
                            <span>"Joined " <Day at=joined_at /></span>
                        </p>
                        <Counts shown username=person.username is_me />
                    }
                })}
            {common
                .map(|common| {
                    view! {
                        <p class="mt-2 flex items-center gap-1.5 text-meta text-muted">
                            <Icon name=IconName::People size=16 />
                            {common}
                        </p>
                    }
                })}
        </section>
    }
}

#[component]
fn Chip(icon: IconName, words: &'static str) -> impl IntoView {
    view! {
        <span class="flex items-center gap-1 rounded-[6px] bg-sunken px-1.5 py-0.5 text-caption">
            <Icon name=icon size=14 />
            {words}
        </span>
    }
}

/// Message, connect, follow, and behind the dots mute and block.
#[component]
fn Actions(shown: RwSignal<Profile>) -> impl IntoView {
    let Profile { person, followed, connection, muted, suspended, is_private, .. } = shown.get_untracked();
    let on_stored = Callback::new(move |profile| shown.set(profile));
    // Whoever is private is followed by connections only.
    let may_follow = !suspended && (!is_private || followed || connection.state == ConnectionState::Connected);
    let size = ButtonSize::Medium;
    view! {
        <div class="flex flex-wrap items-center justify-end gap-2">
            {(!suspended)
                .then(|| {
                    view! {
                        <MessageButton to=person.id />
                        <ConnectButton person=person.clone() connection size />
                    }
                })}
            {may_follow.then(|| view! { <FollowButton person=person.clone() followed size on_stored /> })}
            <Menu label=["More about ", &person.full_name].concat()>
                <PersonEntries person muted />
            </Menu>
        </div>
    }
}

#[component]
fn Counts(shown: RwSignal<Profile>, username: String, is_me: bool) -> impl IntoView {
    let base = profile_href(&username);
    let following = Memo::new(move |_| shown.with(|profile| profile.following_count));
    let followers = Memo::new(move |_| shown.with(|profile| profile.follower_count));
    let connections = Memo::new(move |_| shown.with(|profile| profile.connection_count));
    let words = move || if connections.get() == 1 { " connection" } else { " connections" };
    let link = "text-muted hover:underline";
    let number = "font-strong text-text tabular-nums";
    view! {
        <p class="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-meta">
            <a href=[&base, "/following"].concat() class=link>
                <span class=number>{move || short_count(following.get())}</span>
                " following"
            </a>
            <a href=[&base, "/followers"].concat() class=link>
                <span class=number>{move || short_count(followers.get())}</span>
                {move || if followers.get() == 1 { " follower" } else { " followers" }}
            </a>
            {if is_me {
                view! {
                    <a href="/connections" class=format!("flex items-center gap-1.5 {link}")>
                        <span>
                            <span class=number>{move || short_count(connections.get())}</span>
                            {words}
                        </span>
                        <RequestsBadge class="" />
                    </a>
                }
                    .into_any()
            } else {
                view! {
                    <span class="text-muted">
                        <span class=number>{move || short_count(connections.get())}</span>
                        {words}
                    </span>
                }
                    .into_any()
            }}
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
