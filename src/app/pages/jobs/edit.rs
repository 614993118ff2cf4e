//! Posting a job, and changing one's own.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::job::{Missing, use_job_id};
use crate::{
    api::jobs::one_job,
    app::{
        components::{
            empty::ErrorState, jobs::job_form::JobForm, jobs::words::job_href, page_title::PageTitle,
            shell::page_header::PageHeader, skeleton::PersonSkeleton,
        },
        facts::use_viewer,
        status::set_page_error,
    },
    protocol::errors::ErrorCode,
};

/// `/jobs/new`.
#[component]
pub fn NewJobPage() -> impl IntoView {
    view! {
        <PageTitle text="Post a job" />
        <PageHeader title="Post a job" back="/jobs" />
        <JobForm />
    }
}

/// `/jobs/{id}/edit`.
#[component]
pub fn EditJobPage() -> impl IntoView {
    let id = use_job_id(use_params_map());
    let Some(id) = id.get_untracked() else { return view! { <Missing /> }.into_any() };
    let job = Resource::new_blocking(|| (), move |()| one_job(id));
    let retry = Callback::new(move |()| job.refetch());
    let me = use_viewer().get_untracked().map(|me| me.profile.person.id);
    view! {
        <PageTitle text="Edit job" />
        <PageHeader title="Edit job" back=job_href(id) />
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match job.await {
                    Ok(job) if Some(job.user_id) == me => view! { <JobForm job=Some(job) /> }.into_any(),
                    Ok(_) => view! { <Missing /> }.into_any(),
                    Err(error) if error.code == ErrorCode::NotFound => view! { <Missing /> }.into_any(),
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title="The job did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}
