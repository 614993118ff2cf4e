//! One announcement.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_params_map;

use super::{announces, reach_words};
use crate::{
    api::announcements::{EndAnnouncement, one_announcement},
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            button::{Button, ButtonKind, ButtonLink, ButtonSize},
            empty::{EmptyState, ErrorState},
            form::{FormNotice, FormState},
            icon::IconName,
            page_title::PageTitle,
            post_text::PostText,
            shell::page_header::PageHeader,
            skeleton::PostSkeleton,
            time::RelativeTime,
        },
        profile_href,
        status::set_page_error,
    },
    protocol::{
        announcements::{Announcement, AnnouncementState},
        errors::ErrorCode,
        ids::AnnouncementId,
    },
};

/// `/announcements/{id}`.
#[component]
pub fn AnnouncementPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse().ok()));
    view! {
        <PageHeader title="Announcement" back="/announcements" />
        {move || match id.get() {
            Some(id) => view! { <Loading id /> }.into_any(),
            None => view! { <Missing /> }.into_any(),
        }}
    }
}

#[component]
fn Loading(id: AnnouncementId) -> impl IntoView {
    let end = ServerAction::<EndAnnouncement>::new();
    let announcement = Resource::new_blocking(move || end.version().get(), move |_| one_announcement(id));
    let retry = Callback::new(move |()| announcement.refetch());
    view! {
        <Transition fallback=|| view! { <PageTitle text="Announcement" /><PostSkeleton rows=1 /> }>
            {move || Suspend::new(async move {
                match announcement.await {
                    Ok(announcement) => view! { <Whole announcement end /> }.into_any(),
                    Err(error) if error.code == ErrorCode::NotFound => view! { <Missing /> }.into_any(),
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title="The announcement did not load" error on_retry=retry /> }.into_any()
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
        <PageTitle text="Announcement" />
        <EmptyState icon=IconName::Announce title="This announcement is not here">
            <ButtonLink href="/announcements" kind=ButtonKind::Ink>
                "All announcements"
            </ButtonLink>
        </EmptyState>
    }
}

#[component]
fn Whole(announcement: Announcement, end: ServerAction<EndAnnouncement>) -> impl IntoView {
    let Announcement { announcement_id, author, title, content, entities, recipients, starts_at, state, reach, .. } =
        announcement;
    let stands = match state {
        AnnouncementState::Scheduled => "Scheduled",
        AnnouncementState::Running => "Running",
        AnnouncementState::Over => "Over",
    };
    view! {
        <PageTitle text=title.clone() />
        <article class="grid gap-4 px-4 py-5 medium:px-5">
            <h2 class="text-title break-words">{title}</h2>
            {(!content.is_empty())
                .then(|| {
                    view! {
                        <p class="break-words whitespace-pre-wrap">
                            <PostText content entities />
                        </p>
                    }
                })}
            <div class="flex items-center gap-3">
                <Avatar person=author.clone() size=AvatarSize::S40 />
                <div class="grid min-w-0">
                    <a href=profile_href(&author.username) class="truncate font-strong hover:underline">
                        {author.full_name}
                    </a>
                    <span class="text-meta text-muted">
                        {(state != AnnouncementState::Scheduled).then(|| view! { <RelativeTime at=starts_at ago=true /> })}
                    </span>
                </div>
            </div>
        </article>
        {announces()
            .then(|| {
                view! {
                    <section aria-label="Reach" class="grid gap-3 border-t border-border px-4 py-5 medium:px-5">
                        <dl class="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
                            <dt class="text-muted">"For"</dt>
                            <dd>{recipients.words()}</dd>
                            <dt class="text-muted">"Now"</dt>
                            <dd>{stands}</dd>
                            {reach
                                .map(|reach| {
                                    view! {
                                        <dt class="text-muted">"Reach"</dt>
                                        <dd class="tabular-nums">{reach_words(reach)}</dd>
                                    }
                                })}
                        </dl>
                        <FormNotice form=FormState::of(end) />
                        {(state != AnnouncementState::Over)
                            .then(|| {
                                view! {
                                    <ActionForm action=end>
                                        <input type="hidden" name="id" value=announcement_id.get().to_string() />
                                        <Button
                                            kind=ButtonKind::Outline
                                            size=ButtonSize::Small
                                            submits=true
                                            busy=end.pending()
                                        >
                                            "End it now"
                                        </Button>
                                    </ActionForm>
                                }
                            })}
                    </section>
                }
            })}
    }
}
