//! What a job says, to be written or changed: one plain form for both.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::words::job_href;
use crate::{
    api::jobs::SaveJob,
    app::{
        components::{
            button::{Button, ButtonKind, ButtonLink},
            field::{Field, TextArea},
            form::{FormNotice, FormState},
            select::Select,
        },
        composing::fresh_uuid,
    },
    protocol::{
        jobs::{JobKind, JobView},
        limits::{JOB_MAX_CHARS, JOB_PLACE_MAX_CHARS, JOB_TITLE_MAX_CHARS},
    },
};

/// The form.
#[component]
pub fn JobForm(
    /// The job that is changed; none to post a new one.
    #[prop(optional_no_strip)]
    job: Option<JobView>,
) -> impl IntoView {
    let save = ServerAction::<SaveJob>::new();
    let form = FormState::of(save);
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(Ok(job)) = save.value().get() {
            navigate(&job_href(job.job_id), NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
    });
    let is_new = job.is_none();
    let back = job.as_ref().map_or_else(|| "/jobs".to_owned(), |job| job_href(job.job_id));
    let kind = form
        .typed("kind")
        .unwrap_or_else(|| job.as_ref().map_or(JobKind::default(), |job| job.kind).as_str().to_owned());
    let kinds = JobKind::ALL.map(|kind| (kind.as_str().to_owned(), kind.words().to_owned())).to_vec();
    let id = job.as_ref().map(|job| job.job_id.get().to_string());
    let (title, place, content, closes_on) =
        job.map(|job| (job.title, job.place, job.content, job.closes_on.unwrap_or_default())).unwrap_or_default();
    view! {
        <ActionForm action=save attr:class="grid gap-5 px-4 py-6 medium:px-5" attr:novalidate=true>
            {id.map(|id| view! { <input type="hidden" name="id" value=id /> })}
            {is_new.then(|| view! { <ClientId /> })}
            <Field
                form
                name="title"
                label="Title"
                value=title
                maxlength=JOB_TITLE_MAX_CHARS
                hint="What one would be: “Studio technician”"
                required=true
            />
            <Field
                form
                name="place"
                label="Place"
                value=place
                maxlength=JOB_PLACE_MAX_CHARS
                hint="A town, an address, or “Remote”"
                required=true
            />
            <div class="grid gap-5 medium:grid-cols-2">
                <div class="grid content-start gap-1.5">
                    <label for="kind" class="text-meta font-strong">
                        "Kind"
                    </label>
                    <Select name="kind" label="Kind" options=kinds chosen=kind />
                </div>
                <Field
                    form
                    name="closes_on"
                    label="Last day to apply"
                    aside="Optional"
                    kind="date"
                    value=closes_on
                />
            </div>
            <TextArea
                form
                name="content"
                label="Description"
                value=content
                maxlength=JOB_MAX_CHARS
                hint="What there is to do, what you offer, whom to ask. Links, @names and #tags work."
            />
            <FormNotice form />
            <div class="flex flex-wrap gap-3">
                <Button kind=ButtonKind::Accent submits=true busy=form.pending()>
                    {if is_new { "Post job" } else { "Save job" }}
                </Button>
                <ButtonLink href=back kind=ButtonKind::Quiet>
                    "Cancel"
                </ButtonLink>
            </div>
        </ActionForm>
    }
}

/// Pressing twice posts one job. Without a script the browser sends each form once.
#[component]
fn ClientId() -> impl IntoView {
    let id = RwSignal::new(String::new());
    Effect::new(move |_| id.set(fresh_uuid()));
    view! { <input type="hidden" name="client_id" prop:value=id /> }
}
