//! One job: what it says, and then what concerns its reader: the way to apply, how far their application is, or who
//! applied.

use leptos::{form::ActionForm, prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map},
    params::ParamsMap,
};

use crate::{
    api::jobs::{
        DeleteJob, SetJobClosed, WithdrawApplication, application_page, delete_job, one_application, one_job,
        restore_job,
    },
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            button::{Button, ButtonKind, ButtonLink, ButtonSize},
            empty::{EmptyState, ErrorState},
            form::{FormNotice, FormState},
            icon::{Icon, IconName},
            jobs::{
                application_row::ApplicationRow,
                apply::ApplyForm,
                timeline::Timeline,
                words::{closing_words, job_href},
            },
            menu::{MENU_ITEM, MENU_ITEM_DANGER, Menu},
            messages::message_button::MessageButton,
            page_title::PageTitle,
            post_text::PostText,
            shell::page_header::PageHeader,
            skeleton::PostSkeleton,
            time::RelativeTime,
            toast::{Toasts, use_toasts},
        },
        facts::use_viewer,
        profile_href,
        status::set_page_error,
    },
    client::{connection::Status, live::use_live},
    protocol::{
        attachments::Attachment,
        errors::{ApiError, ErrorCode},
        ids::{ApplicationId, JobId},
        jobs::{Application, JobView, OwnApplication, Stage},
        views::Page,
    },
};

/// Everything the page starts from: the job, the reader's own application, and the applications for their own job.
type Loaded = (JobView, Option<Application>, Option<Page<Application>>);

/// The job that the address names.
pub(super) fn use_job_id(params: Memo<ParamsMap>) -> Memo<Option<JobId>> {
    Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse().ok()))
}

/// `/jobs/{id}`.
#[component]
pub fn JobPage() -> impl IntoView {
    let id = use_job_id(use_params_map());
    view! {
        <PageHeader title="Job" back="/jobs" />
        {move || match id.get() {
            Some(id) => view! { <Loading id /> }.into_any(),
            None => view! { <Missing /> }.into_any(),
        }}
    }
}

async fn load(id: JobId, is_mine: impl Fn(&JobView) -> bool) -> Result<Loaded, ApiError> {
    let job = one_job(id).await?;
    let own = match job.mine {
        Some(mine) => Some(one_application(mine.application_id).await?),
        None => None,
    };
    let applications = if is_mine(&job) { Some(application_page(id, None).await?) } else { None };
    Ok((job, own, applications))
}

#[component]
fn Loading(id: JobId) -> impl IntoView {
    let me = use_viewer().get_untracked().map(|me| me.profile.person.id);
    let is_mine = move |job: &JobView| Some(job.user_id) == me;
    let loaded = Resource::new_blocking(|| (), move |()| load(id, is_mine));
    let retry = Callback::new(move |()| loaded.refetch());
    let live = use_live();
    live.on_reload(move || loaded.refetch());
    view! {
        <Transition fallback=|| view! { <PageTitle text="Job" /><PostSkeleton rows=1 /> }>
            {move || Suspend::new(async move {
                match loaded.await {
                    Ok((job, own, applications)) => {
                        live.take_applications(own.iter().chain(applications.iter().flat_map(|page| &page.items)));
                        view! { <Whole job applications reload=retry /> }.into_any()
                    }
                    Err(error) if error.code == ErrorCode::NotFound => view! { <Missing /> }.into_any(),
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title="The job did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// There is no such job for the reader.
#[component]
pub fn Missing() -> impl IntoView {
    set_page_error(ErrorCode::NotFound);
    view! {
        <PageTitle text="Job" />
        <EmptyState icon=IconName::Jobs title="This job is not here" text="It was deleted, or it never was.">
            <ButtonLink href="/jobs" kind=ButtonKind::Ink>
                "All jobs"
            </ButtonLink>
        </EmptyState>
    }
}

#[component]
fn Whole(job: JobView, applications: Option<Page<Application>>, reload: Callback<()>) -> impl IntoView {
    let mine = RwSignal::new(job.mine);
    let (id, poster) = (job.job_id, job.poster.id);
    let is_own = applications.is_some();
    let live = use_live();
    let title = job.title.clone();
    let told = live.job(id);
    // As it is now: who posted it may change it, close it or take it away while it is read.
    let job = Memo::new(move |_| {
        let told = told.get().filter(|told| told.job.version > job.version);
        told.map_or_else(|| job.clone(), |told| JobView { open: told.job.open && !told.deleted, ..told.job.clone() })
    });
    let open = Memo::new(move |_| job.with(|job| job.open));
    // Nobody watched before the connection, or while it was cut.
    let status = live.status();
    Effect::new(move |_| {
        if status.get() == Status::Live {
            spawn_local(async move { live.take_jobs(one_job(id).await) });
        }
    });
    let applied = Callback::new(move |application: Application| {
        live.take_applications([&application]);
        mine.set(Some(OwnApplication { application_id: application.application_id, stage: application.stage }));
    });
    view! {
        <PageTitle text=title />
        <Said job is_own reload />
        {match applications {
            Some(first) => view! { <Applications id first /> }.into_any(),
            None => {
                view! {
                    <section aria-label="Your application" class="px-4 py-5 medium:px-5">
                        {move || match mine.get() {
                            Some(mine) => view! { <Own id=mine.application_id job_id=id open on_applied=applied /> }.into_any(),
                            None if open.get() => view! { <ApplyForm job_id=id on_applied=applied /> }.into_any(),
                            None => view! { <p class="text-muted">"This job is closed."</p> }.into_any(),
                        }}
                    </section>
                }
                    .into_any()
            }
        }}
        {(!is_own)
            .then(|| {
                view! {
                    <div class="flex flex-wrap items-center gap-3 border-t border-border px-4 py-4 text-muted medium:px-5">
                        {move || if mine.with(Option::is_some) { "A question?" } else { "A question first?" }}
                        <MessageButton to=poster />
                    </div>
                }
            })}
    }
}

/// What the job says.
#[component]
fn Said(job: Memo<JobView>, is_own: bool, reload: Callback<()>) -> impl IntoView {
    let (id, timestamp) = job.with_untracked(|job| (job.job_id, job.timestamp));
    let poster = job.with_untracked(|job| job.poster.clone());
    let open = Memo::new(move |_| job.with(|job| job.open));
    let text = move || job.with(|job| view! { <PostText content=job.content.clone() entities=job.entities.clone() /> });
    view! {
        <article class="grid gap-4 border-b border-border px-4 py-5 medium:px-5">
            <div class="flex items-start justify-between gap-3">
                <h2 class="min-w-0 text-title break-words">{move || job.with(|job| job.title.clone())}</h2>
                {is_own.then(|| view! { <OwnMenu id open reload /> })}
            </div>
            <ul class="grid gap-2 text-muted">
                <li class="flex items-center gap-2">
                    <Icon name=IconName::Place size=18 />
                    <span class="min-w-0 break-words">{move || job.with(|job| job.place.clone())}</span>
                </li>
                <li class="flex items-center gap-2">
                    <Icon name=IconName::Jobs size=18 />
                    {move || job.with(|job| job.kind.words())}
                </li>
                <li class="flex items-center gap-2">
                    <Icon name=IconName::Calendar size=18 />
                    {move || job.with(closing_words)}
                </li>
            </ul>
            <p class="text-body break-words whitespace-pre-wrap">{text}</p>
            <div class="flex items-center gap-3">
                <Avatar person=poster.clone() size=AvatarSize::S40 />
                <div class="grid min-w-0">
                    <a href=profile_href(&poster.username) class="truncate font-strong hover:underline">
                        {poster.full_name}
                    </a>
                    <span class="text-meta text-muted">
                        "Posted " <RelativeTime at=timestamp ago=true />
                        {move || {
                            job.with(|job| job.edited_at)
                                .map(|at| view! { ", edited " <RelativeTime at ago=true /> })
                        }}
                    </span>
                </div>
            </div>
        </article>
    }
}

/// Edit, close, open again, delete.
#[component]
fn OwnMenu(id: JobId, open: Memo<bool>, reload: Callback<()>) -> impl IntoView {
    let close = ServerAction::<SetJobClosed>::new();
    let (toasts, navigate) = (use_toasts(), use_navigate());
    Effect::new(move |_| match close.value().get() {
        Some(Ok(_)) => reload.run(()),
        Some(Err(error)) => toasts.say(error.message_for("closes_on").map_or(error.message.clone(), str::to_owned)),
        None => {}
    });
    let delete = move || {
        let navigate = navigate.clone();
        spawn_local(async move {
            match delete_job(id).await {
                Ok(()) => {
                    navigate("/jobs?of=mine", NavigateOptions::default());
                    // Made here, where no page owns it: it is pressed when this one is gone.
                    let undo = Callback::new(move |()| bring_back(toasts, id, navigate.clone()));
                    toasts.offer("Job deleted", "Undo", undo);
                }
                Err(error) => toasts.say(error.message_for("id").map_or(error.message.clone(), str::to_owned)),
            }
        });
    };
    view! {
        <Menu label="More about this job">
            <a href=[&job_href(id), "/edit"].concat() class=MENU_ITEM>
                <Icon name=IconName::Edit />
                "Edit"
            </a>
            <ActionForm action=close>
                <input type="hidden" name="id" value=id.get().to_string() />
                <input type="hidden" name="closed" value=move || open.get().to_string() />
                <button type="submit" class=MENU_ITEM>
                    {move || {
                        let name = if open.get() { IconName::Lock } else { IconName::Retry };
                        view! { <Icon name /> }
                    }}
                    {move || if open.get() { "Close" } else { "Open again" }}
                </button>
            </ActionForm>
            <form
                method="post"
                action=DeleteJob::url()
                on:submit=move |event| {
                    event.prevent_default();
                    delete();
                }
            >
                <input type="hidden" name="id" value=id.get().to_string() />
                <button type="submit" class=MENU_ITEM_DANGER>
                    <Icon name=IconName::Delete />
                    "Delete"
                </button>
            </form>
        </Menu>
    }
}

fn bring_back(toasts: Toasts, id: JobId, navigate: impl Fn(&str, NavigateOptions) + 'static) {
    spawn_local(async move {
        match restore_job(id).await {
            Ok(_) => navigate(&job_href(id), NavigateOptions::default()),
            Err(error) => toasts.say(["The job stays deleted. ", &error.message].concat()),
        }
    });
}

/// The reader's own application: its steps, what they sent, and the way out of it.
#[component]
fn Own(id: ApplicationId, job_id: JobId, open: Memo<bool>, on_applied: Callback<Application>) -> impl IntoView {
    let live = use_live();
    let application = live.application(id);
    let stage = Memo::new(move |_| application.with(|held| held.as_ref().map(|held| held.stage)));
    let withdraw = ServerAction::<WithdrawApplication>::new();
    Effect::new(move |_| {
        if let Some(Ok(application)) = withdraw.value().get() {
            live.take_applications([&application]);
        }
    });
    let may_withdraw =
        move || !matches!(stage.get(), None | Some(Stage::Accepted | Stage::Rejected | Stage::Withdrawn));
    view! {
        <h2 class="mb-4 text-heading">"Your application"</h2>
        <Timeline application />
        <Sent application=Signal::derive(move || application.get().map(|held| Application::clone(&held))) />
        <FormNotice form=FormState::of(withdraw) />
        <Show when=may_withdraw>
            <ActionForm action=withdraw attr:class="mt-5">
                <input type="hidden" name="id" value=id.get().to_string() />
                <Button kind=ButtonKind::Outline size=ButtonSize::Small submits=true busy=withdraw.pending()>
                    "Withdraw application"
                </Button>
            </ActionForm>
        </Show>
        <Show when=move || open.get() && stage.get() == Some(Stage::Withdrawn)>
            <div class="mt-6 border-t border-border pt-5">
                <h3 class="mb-4 text-lead font-strong">"Apply again"</h3>
                <ApplyForm job_id on_applied />
            </div>
        </Show>
    }
}

/// What was written and sent along.
#[component]
pub fn Sent(
    /// The application.
    application: Signal<Option<Application>>,
) -> impl IntoView {
    move || {
        application.get().map(|Application { note, attachment, .. }| {
            view! {
                {(!note.is_empty())
                    .then(|| view! { <p class="mt-5 break-words whitespace-pre-wrap">{note}</p> })}
                {attachment
                    .map(|Attachment { url, name, .. }| {
                        let saved_as = name.clone();
                        view! {
                            <a
                                href=url
                                download=saved_as
                                rel="external"
                                class="mt-4 flex max-w-100 min-w-0 items-center gap-3 rounded-card border border-border px-4 py-3 transition-colors hover:bg-hover"
                            >
                                <Icon name=IconName::File />
                                <span class="min-w-0 flex-1 truncate font-strong">{name}</span>
                                <Icon name=IconName::Download size=18 />
                            </a>
                        }
                    })}
            }
        })
    }
}

/// Who applied; new ones come as they are sent.
#[component]
fn Applications(id: JobId, first: Page<Application>) -> impl IntoView {
    let live = use_live();
    let known = live.applications_of(id);
    let next = RwSignal::new(first.next);
    let (busy, toasts) = (RwSignal::new(false), use_toasts());
    let load = move |_| {
        let Some(before) = next.get_untracked().and_then(|id| id.parse().ok()) else { return };
        busy.set(true);
        spawn_local(async move {
            match application_page(id, Some(before)).await {
                Ok(page) => {
                    live.take_applications(&page.items);
                    next.try_set(page.next);
                }
                Err(error) => toasts.say(error.message),
            }
            busy.try_set(false);
        });
    };
    let count = move || known.with(Vec::len);
    let is_empty = Memo::new(move |_| known.with(Vec::is_empty));
    view! {
        <section aria-label="Applications">
            <h2 class="flex items-baseline gap-2 px-4 pt-5 pb-2 text-heading medium:px-5">
                "Applications"
                <span class="text-lead font-normal text-muted tabular-nums">
                    {move || (!is_empty.get() && next.with(Option::is_none)).then(count)}
                </span>
            </h2>
            <Show
                when=move || !is_empty.get()
                fallback=|| {
                    view! {
                        <EmptyState icon=IconName::People title="Nobody has applied yet" text="Whoever does will stand here at once." />
                    }
                }
            >
                <ul aria-label="Applications">
                    <For each=move || known.get() key=|held| (held.application_id, held.version) let(application)>
                        <li>
                            <ApplicationRow application />
                        </li>
                    </For>
                </ul>
            </Show>
            <Show when=move || next.with(Option::is_some)>
                <div class="grid place-items-center py-6">
                    <Button kind=ButtonKind::Quiet busy on:click=load>
                        "Show more"
                    </Button>
                </div>
            </Show>
        </section>
    }
}
