//! What the community announced, and for those who announce: whom it reached, and the way to announce.

pub mod announcement;
pub mod new;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;

use crate::{
    api::announcements::announcement_page,
    app::{
        components::{
            announcement_card::announcement_href,
            button::{ButtonKind, ButtonLink, ButtonSize, button_class},
            empty::{EmptyState, ErrorState},
            icon::IconName,
            page_title::PageTitle,
            shell::page_header::PageHeader,
            skeleton::PersonSkeleton,
            time::RelativeTime,
            toast::use_toasts,
        },
        facts::use_viewer,
    },
    protocol::{
        announcements::{Announcement, AnnouncementState, Reach},
        views::{Page, Role},
    },
};

/// Whether the viewer announces.
#[must_use]
pub fn announces() -> bool {
    use_viewer().get_untracked().is_some_and(|me| me.profile.role >= Role::Admin)
}

/// `/announcements?before=`.
#[component]
pub fn AnnouncementsPage() -> impl IntoView {
    let before = use_query_map().with_untracked(|query| query.get("before")).and_then(|id| id.parse().ok());
    let page = Resource::new_blocking(|| (), move |()| announcement_page(before));
    let retry = Callback::new(move |()| page.refetch());
    view! {
        <PageTitle text="Announcements" />
        <PageHeader title="Announcements" />
        {announces()
            .then(|| {
                view! {
                    <div class="border-b border-border px-4 py-3 medium:px-5">
                        <ButtonLink href="/announcements/new" kind=ButtonKind::Ink icon=IconName::Compose>
                            "New announcement"
                        </ButtonLink>
                    </div>
                }
            })}
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) if page.items.is_empty() => {
                        view! {
                            <EmptyState
                                icon=IconName::Announce
                                title="Nothing was announced yet"
                                text="What concerns everyone stands here, and in the bell."
                            />
                        }
                            .into_any()
                    }
                    Ok(first) => view! { <List first /> }.into_any(),
                    Err(error) => {
                        view! { <ErrorState title="The announcements did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn List(first: Page<Announcement>) -> impl IntoView {
    let (items, next) = (RwSignal::new(first.items), RwSignal::new(first.next));
    let (busy, toasts) = (RwSignal::new(false), use_toasts());
    let load = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let before = next.get_untracked().filter(|_| !busy.get_untracked()).and_then(|id| id.parse().ok());
        let Some(before) = before else { return };
        busy.set(true);
        spawn_local(async move {
            match announcement_page(Some(before)).await {
                Ok(page) => {
                    items.try_update(|items| items.extend(page.items));
                    next.try_set(page.next);
                }
                Err(error) => toasts.say(error.message),
            }
            busy.try_set(false);
        });
    };
    view! {
        <ul aria-label="Announcements">
            <For each=move || items.get() key=|item| item.announcement_id let(announcement)>
                <li>
                    <Row announcement />
                </li>
            </For>
        </ul>
        <Show when=move || next.with(Option::is_some)>
            <div class="grid place-items-center py-6">
                <a
                    href=move || next.get().map(|id| ["/announcements?before=", &id].concat())
                    class=button_class(ButtonKind::Quiet, ButtonSize::Medium, false)
                    aria-busy=move || busy.get().then_some("true")
                    on:click=load
                >
                    "Show more"
                </a>
            </div>
        </Show>
    }
}

#[component]
fn Row(announcement: Announcement) -> impl IntoView {
    let Announcement { announcement_id, title, content, starts_at, state, reach, .. } = announcement;
    view! {
        <article class="relative grid gap-1 border-b border-border px-4 py-4 transition-colors hover:bg-hover medium:px-5">
            <h2 class="text-lead font-strong">
                <a href=announcement_href(announcement_id) class="cover break-words">
                    {title}
                </a>
            </h2>
            {(!content.is_empty()).then(|| view! { <p class="line-clamp-2 break-words">{content}</p> })}
            <p class="flex flex-wrap items-center gap-x-2 text-meta text-muted">
                {match state {
                    AnnouncementState::Scheduled => "Scheduled".into_any(),
                    AnnouncementState::Running | AnnouncementState::Over => view! { <RelativeTime at=starts_at /> }.into_any(),
                }}
                {reach
                    .map(|reach| {
                        view! {
                            <span aria-hidden="true">"·"</span>
                            <span>{reach_words(reach)}</span>
                        }
                    })}
            </p>
        </article>
    }
}

/// "Read by 12 of 40".
#[must_use]
pub fn reach_words(reach: Reach) -> String {
    format!("Read by {} of {}", reach.read, reach.raised)
}
