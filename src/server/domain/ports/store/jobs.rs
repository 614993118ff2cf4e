//! The store's port for the job board.

use async_trait::async_trait;

use super::Stored;
use crate::{
    protocol::{
        ids::{ApplicationId, AttachmentId, JobId, UserId},
        jobs::{Application, JobKind, JobSearch, JobView, Stage},
        time::Timestamp,
        views::Entity,
    },
    server::domain::audience::Relation,
};

/// What a job says, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobText {
    /// What one would be.
    pub title: String,
    /// Where.
    pub place: String,
    /// What sort of work.
    pub kind: JobKind,
    /// What it is about.
    pub content: String,
    /// Its links, mentions and tags.
    pub entities: Vec<Entity>,
    /// The last day to apply, in words, and when it is over.
    pub closing: Option<(String, Timestamp)>,
}

/// A job to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecord {
    /// Which.
    pub id: JobId,
    /// Who posts it.
    pub poster: UserId,
    /// What it says.
    pub text: JobText,
    /// When.
    pub created_at: Timestamp,
    /// The client's own id for it, unique for each poster.
    pub client_id: Option<String>,
}

/// What decides who may see a job and do what with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFacts {
    /// Which.
    pub id: JobId,
    /// Who posted it.
    pub poster: UserId,
    /// Its title.
    pub title: String,
    /// When its last day is over, if it has one.
    pub closes_at: Option<Timestamp>,
    /// When it was closed by hand, if it was.
    pub closed_at: Option<Timestamp>,
    /// When it was deleted, if it was.
    pub deleted_at: Option<Timestamp>,
    /// How the viewer asked for stands to the poster.
    pub relation: Relation,
    /// Applications that wait for an answer.
    pub waiting: u64,
}

/// An application to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRecord {
    /// Which.
    pub id: ApplicationId,
    /// For which job.
    pub job: JobId,
    /// Who applies.
    pub applicant: UserId,
    /// What they wrote.
    pub note: String,
    /// When.
    pub created_at: Timestamp,
}

/// What decides about an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationFacts {
    /// Which.
    pub id: ApplicationId,
    /// For which job.
    pub job: JobId,
    /// Who posted the job.
    pub poster: UserId,
    /// Who applied.
    pub applicant: UserId,
    /// How far it is.
    pub stage: Stage,
}

/// Reads the job board.
#[async_trait]
pub trait JobsRead {
    /// What decides about a job, deleted or not.
    async fn job_facts(&mut self, id: JobId, viewer: UserId) -> Stored<Option<JobFacts>>;
    /// One job, whole, as `viewer` sees it at `now`; deleted ones too. The caller has asked [`JobsRead::job_facts`].
    async fn job(&mut self, id: JobId, viewer: UserId, now: Timestamp) -> Stored<Option<JobView>>;
    /// A page of jobs that `viewer` may see: ids below `before`, newest first.
    async fn jobs(
        &mut self,
        viewer: UserId,
        search: &JobSearch,
        now: Timestamp,
        before: Option<JobId>,
        limit: usize,
    ) -> Stored<Vec<JobView>>;
    /// The job that somebody posted under a client id.
    async fn job_by_client_id(&mut self, poster: UserId, client_id: &str) -> Stored<Option<JobId>>;
    /// How many jobs of somebody are open at `now`.
    async fn count_open_jobs(&mut self, poster: UserId, now: Timestamp) -> Stored<u64>;
    /// What decides about an application.
    async fn application_facts(&mut self, id: ApplicationId) -> Stored<Option<ApplicationFacts>>;
    /// Somebody's application for a job, withdrawn or not.
    async fn application_of(&mut self, job: JobId, applicant: UserId) -> Stored<Option<ApplicationFacts>>;
    /// One application, whole.
    async fn application(&mut self, id: ApplicationId) -> Stored<Option<Application>>;
    /// The applications for a job that were not withdrawn: ids below `before`, newest first.
    async fn applications(
        &mut self,
        job: JobId,
        before: Option<ApplicationId>,
        limit: usize,
    ) -> Stored<Vec<Application>>;
}

/// Writes the job board.
#[async_trait]
pub trait JobsWrite {
    /// Adds a job. [`super::StoreError::Taken`] names `client_id`.
    async fn insert_job(&mut self, job: &JobRecord) -> Stored<()>;
    /// Replaces what a job says.
    async fn update_job(&mut self, id: JobId, text: &JobText, at: Timestamp) -> Stored<()>;
    /// Closes a job (a moment) or opens it again (`None`).
    async fn set_job_closed(&mut self, id: JobId, at: Option<Timestamp>) -> Stored<()>;
    /// Deletes a job (a moment) or brings it back (`None`).
    async fn set_job_deleted(&mut self, id: JobId, at: Option<Timestamp>) -> Stored<()>;
    /// Adds an application with its first step. [`super::StoreError::Taken`] names `applicant`: they applied already.
    async fn insert_application(&mut self, application: &ApplicationRecord) -> Stored<()>;
    /// Sends a withdrawn application again, with another note.
    async fn renew_application(&mut self, id: ApplicationId, note: &str, at: Timestamp) -> Stored<()>;
    /// Moves an application, and notes the step.
    async fn set_stage(&mut self, id: ApplicationId, stage: Stage, at: Timestamp) -> Stored<()>;
    /// Withdraws an application: its note is gone, and what it carried is discarded; which, if it carried any.
    async fn withdraw_application(&mut self, id: ApplicationId, at: Timestamp) -> Stored<Option<AttachmentId>>;
    /// Removes jobs deleted before `before` with their applications, at most `limit`; how many. What these carried is
    /// discarded.
    async fn purge_jobs(&mut self, before: Timestamp, limit: usize) -> Stored<u64>;
}
