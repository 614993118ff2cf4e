//! One application, as its applicant and whoever posted the job see it.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_params_map;

use super::job::{Missing, Sent};
use crate::{
    api::jobs::{MoveApplication, one_application},
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            button::{ButtonKind, ButtonSize, button_class},
            empty::ErrorState,
            form::{FormNotice, FormState},
            jobs::{stage::StageChip, timeline::Timeline, words::job_href},
            messages::message_button::MessageButton,
            page_title::PageTitle,
            shell::page_header::PageHeader,
            skeleton::PersonSkeleton,
        },
        facts::use_viewer,
        profile_href,
        status::set_page_error,
    },
    client::live::use_live,
    protocol::{
        errors::ErrorCode,
        ids::ApplicationId,
        jobs::{Application, Stage},
    },
};

/// `/jobs/applications/{id}`.
#[component]
pub fn ApplicationPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse::<ApplicationId>().ok()));
    move || match id.get() {
        Some(id) => view! { <Loading id /> }.into_any(),
        None => view! { <Missing /> }.into_any(),
    }
}

#[component]
fn Loading(id: ApplicationId) -> impl IntoView {
    let live = use_live();
    let loaded = Resource::new_blocking(|| (), move |()| one_application(id));
    let retry = Callback::new(move |()| loaded.refetch());
    live.on_reload(move || loaded.refetch());
    view! {
        <Transition fallback=|| {
            view! {
                <PageTitle text="Application" />
                <PageHeader title="Application" back="/jobs" />
                <PersonSkeleton />
            }
        }>
            {move || Suspend::new(async move {
                match loaded.await {
                    Ok(application) => {
                        live.take_applications([&application]);
                        view! { <Whole application /> }.into_any()
                    }
                    Err(error) if error.code == ErrorCode::NotFound => view! { <Missing /> }.into_any(),
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title="The application did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Whole(application: Application) -> impl IntoView {
    let live = use_live();
    let id = application.application_id;
    let me = use_viewer().get_untracked().map(|me| me.profile.person.id);
    let is_poster = me == Some(application.poster.id);
    let held = live.application(id);
    let stage = Memo::new(move |_| held.with(|held| held.as_ref().map_or(Stage::Withdrawn, |held| held.stage)));
    let Application { job_id, job_title, applicant, .. } = application;
    let title = [&applicant.full_name, ": ", &job_title].concat();
    let to = applicant.id;
    view! {
        <PageTitle text=title />
        <PageHeader title="Application" back=job_href(job_id) />
        <div class="grid gap-5 px-4 py-5 medium:px-5">
            <div class="flex items-center gap-3">
                <Avatar person=applicant.clone() size=AvatarSize::S48 />
                <div class="grid min-w-0 flex-1">
                    <a href=profile_href(&applicant.username) class="truncate text-lead font-strong hover:underline">
                        {applicant.full_name.clone()}
                    </a>
                    <a href=job_href(job_id) class="truncate text-meta text-muted hover:underline">
                        {job_title}
                    </a>
                </div>
                <StageChip stage />
            </div>
            <div class="*:first:mt-0 empty:hidden">
                <Sent application=Signal::derive(move || held.get().map(|held| Application::clone(&held))) />
            </div>
            {is_poster
                .then(|| {
                    view! {
                        <Moves id stage />
                        <div>
                            <MessageButton to=to />
                        </div>
                    }
                })}
            <section aria-label="Steps" class="border-t border-border pt-5">
                <Timeline application=held />
            </section>
        </div>
    }
}

/// Where it can be moved: each a button, the present one pressed.
#[component]
fn Moves(id: ApplicationId, stage: Memo<Stage>) -> impl IntoView {
    let live = use_live();
    let go = ServerAction::<MoveApplication>::new();
    Effect::new(move |_| {
        if let Some(Ok(application)) = go.value().get() {
            live.take_applications([&application]);
        }
    });
    view! {
        <Show
            when=move || stage.get() != Stage::Withdrawn
            fallback=|| view! { <p class="text-muted">"This application was withdrawn."</p> }
        >
            <section aria-label="Move to" class="grid gap-2">
                <h2 class="text-meta font-strong">"Move to"</h2>
                <div class="flex flex-wrap gap-2">
                    {Stage::MOVES.map(|to| view! { <Move id to stage go /> }).collect_view()}
                </div>
                <FormNotice form=FormState::of(go) />
            </section>
        </Show>
    }
}

#[component]
fn Move(id: ApplicationId, to: Stage, stage: Memo<Stage>, go: ServerAction<MoveApplication>) -> impl IntoView {
    let is_here = Memo::new(move |_| stage.get() == to);
    let class = move || {
        let kind = if is_here.get() { ButtonKind::Ink } else { ButtonKind::Outline };
        button_class(kind, ButtonSize::Small, false)
    };
    view! {
        <ActionForm action=go>
            <input type="hidden" name="id" value=id.get().to_string() />
            <input type="hidden" name="stage" value=to.as_str() />
            <button
                type="submit"
                class=class
                aria-pressed=move || if is_here.get() { "true" } else { "false" }
                aria-busy=move || go.pending().get().then_some("true")
            >
                {to.words()}
            </button>
        </ActionForm>
    }
}
