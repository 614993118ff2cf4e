//! The job board: finding, posting, applying, and moving applications on.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::{ApplicationId, AttachmentId, JobId},
    jobs::{Application, JobKind, JobSearch, JobView, Stage},
    views::Page,
};

/// Where a plain form applies for a job: `multipart/form-data` with the fields `job_id`, `note` and `file`, of which one of
/// the last two may be missing or empty. It leads back to the page it was sent from; when something was wrong, with the
/// note.
pub const APPLY_FORM_HREF: &str = "/sfn/jobs/apply-form";

/// A page of jobs, newest first.
///
/// # Errors
/// When the store fails.
#[server(prefix = "/sfn", endpoint = "jobs/page", input = GetUrl)]
pub async fn job_page(
    search: JobSearch,
    before: Option<JobId>,
    limit: Option<usize>,
) -> Result<Page<JobView>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.jobs(&actor, &search, before, limit).await }).await
}

/// One job.
///
/// # Errors
/// Not found when there is none that the asker may see.
#[server(prefix = "/sfn", endpoint = "jobs/one", input = GetUrl)]
pub async fn one_job(id: JobId) -> Result<JobView, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.job(&actor, id).await }).await
}

/// Posts a job, or changes the one named by `id`. A form without a script is led to it.
///
/// # Errors
/// Fields that are not acceptable; when the asker did not post it.
#[server(prefix = "/sfn", endpoint = "jobs/save")]
pub async fn save_job(
    id: Option<JobId>,
    title: String,
    place: String,
    kind: JobKind,
    content: String,
    #[server(default)] closes_on: String,
    client_id: Option<String>,
) -> Result<JobView, ApiError> {
    use crate::{
        protocol::jobs::NewJob,
        server::auth::asker::{asked, lead_to},
    };
    let closes_on = Some(closes_on).filter(|day| !day.is_empty());
    let form = NewJob { title, place, kind, content, closes_on, client_id: client_id.filter(|id| !id.is_empty()) };
    let saved = asked(|domain, actor| async move {
        match id {
            Some(id) => domain.change_job(&actor, id, form).await,
            None => domain.post_job(&actor, form).await,
        }
    });
    let job = saved.await?;
    lead_to(&format!("/jobs/{}", job.job_id));
    Ok(job)
}

/// Closes a job, or opens it again.
///
/// # Errors
/// When the asker did not post it, or its last day is over.
#[server(prefix = "/sfn", endpoint = "jobs/close")]
pub async fn set_job_closed(id: JobId, closed: bool) -> Result<JobView, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.set_job_closed(&actor, id, closed).await }).await
}

/// Deletes a job. It can be brought back for a minute.
///
/// # Errors
/// When the asker did not post it, or somebody waits for an answer.
#[server(prefix = "/sfn", endpoint = "jobs/delete")]
pub async fn delete_job(id: JobId) -> Result<(), ApiError> {
    use crate::server::auth::asker::{asked, lead_to};
    asked(move |domain, actor| async move { domain.delete_job(&actor, id).await }).await?;
    lead_to("/jobs?of=mine");
    Ok(())
}

/// Brings a deleted job back.
///
/// # Errors
/// When the asker did not post it, or the minute is over.
#[server(prefix = "/sfn", endpoint = "jobs/restore")]
pub async fn restore_job(id: JobId) -> Result<JobView, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.restore_job(&actor, id).await }).await
}

/// Applies for a job.
///
/// # Errors
/// When the job is closed or the asker's own, they applied already, or there is neither a note nor a file.
#[server(prefix = "/sfn", endpoint = "jobs/apply")]
pub async fn apply_for_job(
    job_id: JobId,
    note: String,
    attachment: Option<AttachmentId>,
) -> Result<Application, ApiError> {
    use crate::{protocol::jobs::NewApplication, server::auth::asker::asked};
    let form = NewApplication { note, attachment };
    asked(move |domain, actor| async move { domain.apply(&actor, job_id, form).await }).await
}

/// A page of the applications for one's job, newest first.
///
/// # Errors
/// When the asker did not post the job.
#[server(prefix = "/sfn", endpoint = "jobs/applications", input = GetUrl)]
pub async fn application_page(job_id: JobId, before: Option<ApplicationId>) -> Result<Page<Application>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.applications(&actor, job_id, before, None).await }).await
}

/// One application. When whoever posted the job opens it first, it is viewed.
///
/// # Errors
/// Not found when there is none that the asker may see.
#[server(prefix = "/sfn", endpoint = "jobs/application", input = GetUrl)]
pub async fn one_application(id: ApplicationId) -> Result<Application, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.application(&actor, id).await }).await
}

/// Moves an application for one's job.
///
/// # Errors
/// When the asker did not post the job, or the application was withdrawn.
#[server(prefix = "/sfn", endpoint = "jobs/move")]
pub async fn move_application(id: ApplicationId, stage: Stage) -> Result<Application, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.move_application(&actor, id, stage).await }).await
}

/// Takes one's application back.
///
/// # Errors
/// When it is not the asker's, or settled already.
#[server(prefix = "/sfn", endpoint = "jobs/withdraw")]
pub async fn withdraw_application(id: ApplicationId) -> Result<Application, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.withdraw_application(&actor, id).await }).await
}
