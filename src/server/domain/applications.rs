//! Applications for jobs: sending one, taking it back, and moving it on.

use super::{
    Actor, Domain,
    attachments::claim,
    audience::{application_topics, may_see_application},
    errors::{DomainError, Result},
    jobs::{own_job, visible_job},
    notifications::raising::Raise,
    outcome::Publication,
    ports::{ApplicationFacts, ApplicationRecord, Carrier, JobFacts, Read, StoreError, Tx},
    validation::{Faults, clean, cut, page_size},
};
use crate::protocol::{
    events::{ApplicationUpdate, ServerEvent},
    ids::{ApplicationId, JobId},
    jobs::{Application, NewApplication, Stage},
    limits::APPLICATION_NOTE_MAX_CHARS,
    views::Page,
};

const GONE: DomainError = DomainError::NotFound("This application");

impl Domain {
    /// Applies for a job. Who withdrew may apply again, and goes on with the same application.
    ///
    /// # Errors
    /// When the job is closed or the asker's own, they applied already, or there is neither a note nor a file.
    pub async fn apply(&self, actor: &Actor, job: JobId, form: NewApplication) -> Result<Application> {
        let note = checked_note(&form)?;
        let mut tx = self.ports.store.begin().await?;
        let facts = visible_job(&mut *tx, actor, job).await?;
        self.check_open(actor, &facts)?;
        let now = self.now();
        let id = match tx.application_of(job, actor.user_id).await? {
            Some(before) if before.stage == Stage::Withdrawn => {
                tx.renew_application(before.id, &note, now).await?;
                before.id
            }
            Some(_) => return Err(applied_already()),
            None => {
                let id = ApplicationId::new(self.next_id());
                let application = ApplicationRecord { id, job, applicant: actor.user_id, note, created_at: now };
                tx.insert_application(&application).await.map_err(|error| match error {
                    StoreError::Taken(_) => applied_already(),
                    other => other.into(),
                })?;
                id
            }
        };
        if let Some(attachment) = form.attachment {
            claim(&mut *tx, actor, attachment, Carrier::Application(id)).await?;
        }
        let application = whole(&mut *tx, id).await?;
        self.raise(&mut *tx, vec![Raise::applied(&application)]).await?;
        self.keep_application(tx, application).await
    }

    /// Takes one's application back: its note and file are gone. Doing it again changes nothing.
    ///
    /// # Errors
    /// When it is not the asker's, or settled already.
    pub async fn withdraw_application(&self, actor: &Actor, id: ApplicationId) -> Result<Application> {
        let mut tx = self.ports.store.begin().await?;
        let facts = visible_application(&mut *tx, actor, id).await?;
        if facts.applicant != actor.user_id {
            return Err(DomainError::Forbidden("Only who applied can withdraw."));
        }
        match facts.stage {
            Stage::Withdrawn => self.unchanged(tx, id).await,
            Stage::Accepted | Stage::Rejected => {
                Err(DomainError::conflict("stage", "This application is settled already."))
            }
            _ => {
                let carried = tx.withdraw_application(id, self.now()).await?;
                self.withdraw_about(&mut *tx, id.get(), self.now()).await?;
                let withdrawn = whole(&mut *tx, id).await?;
                let withdrawn = self.keep_application(tx, withdrawn).await?;
                if let Some(attachment) = carried {
                    self.remove_attachment_file(attachment).await;
                }
                Ok(withdrawn)
            }
        }
    }

    /// Moves an application; to where it is changes nothing.
    ///
    /// # Errors
    /// When the asker did not post the job, the application was withdrawn, or nobody moves one to this stage.
    pub async fn move_application(&self, actor: &Actor, id: ApplicationId, stage: Stage) -> Result<Application> {
        if !Stage::MOVES.contains(&stage) {
            let message = "An application can be moved to viewed, interview, offer, accepted or rejected.";
            return Err(DomainError::invalid("stage", message));
        }
        let mut tx = self.ports.store.begin().await?;
        let facts = visible_application(&mut *tx, actor, id).await?;
        if facts.poster != actor.user_id {
            return Err(DomainError::Forbidden("Only who posted the job can move its applications."));
        }
        match facts.stage {
            Stage::Withdrawn => Err(DomainError::conflict("stage", "This application was withdrawn.")),
            same if same == stage => self.unchanged(tx, id).await,
            _ => {
                tx.set_stage(id, stage, self.now()).await?;
                let moved = whole(&mut *tx, id).await?;
                self.raise(&mut *tx, vec![Raise::application_moved(&moved)]).await?;
                self.keep_application(tx, moved).await
            }
        }
    }

    /// One application. When whoever posted the job opens it first, it is viewed.
    ///
    /// # Errors
    /// Not found when there is none that the asker may see.
    pub async fn application(&self, actor: &Actor, id: ApplicationId) -> Result<Application> {
        let mut read = self.ports.store.read().await?;
        let facts = visible_application(&mut *read, actor, id).await?;
        if facts.poster == actor.user_id && facts.stage == Stage::Submitted {
            drop(read);
            return self.move_application(actor, id, Stage::Viewed).await;
        }
        whole(&mut *read, id).await
    }

    /// A page of the applications for one's job, newest first; withdrawn ones are left out.
    ///
    /// # Errors
    /// When the asker did not post the job, or `limit` is not acceptable.
    pub async fn applications(
        &self,
        actor: &Actor,
        job: JobId,
        before: Option<ApplicationId>,
        limit: Option<usize>,
    ) -> Result<Page<Application>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        own_job(&mut *read, actor, job).await?;
        let mut items = read.applications(job, before, limit + 1).await?;
        let next = cut(&mut items, limit, |last| last.application_id.to_string());
        Ok(Page { items, next })
    }

    fn check_open(&self, actor: &Actor, job: &JobFacts) -> Result<()> {
        if job.poster == actor.user_id {
            return Err(DomainError::conflict("job_id", "This is your own job."));
        }
        if job.closed_at.is_some() || job.closes_at.is_some_and(|at| at <= self.now()) {
            return Err(DomainError::conflict("job_id", "This job is closed: one cannot apply any more."));
        }
        Ok(())
    }

    /// Commits a step, and tells both. Whoever misses it sees it when they open the page: it holds all steps.
    async fn keep_application(&self, tx: Box<dyn Tx>, application: Application) -> Result<Application> {
        let event = ServerEvent::ApplicationUpdate(ApplicationUpdate { application: application.clone(), offset: 0 });
        let news = Publication::Watchers { topics: application_topics(&application), event, except: Vec::new() };
        self.commit_and_publish(tx, news).await?;
        self.kick();
        Ok(application)
    }

    async fn unchanged(&self, mut tx: Box<dyn Tx>, id: ApplicationId) -> Result<Application> {
        let application = whole(&mut *tx, id).await?;
        tx.commit().await?;
        Ok(application)
    }
}

fn applied_already() -> DomainError {
    DomainError::conflict("job_id", "You have applied for this job already.")
}

/// What somebody wrote; a file may speak for itself.
fn checked_note(form: &NewApplication) -> Result<String> {
    let mut faults = Faults::default();
    let note = if form.attachment.is_some() {
        let note = clean(&form.note);
        faults.at_most("note", "The note", &note, APPLICATION_NOTE_MAX_CHARS);
        note
    } else {
        faults.text("note", "The note", &form.note, APPLICATION_NOTE_MAX_CHARS)
    };
    faults.check()?;
    Ok(note)
}

async fn visible_application(read: &mut (dyn Read + '_), actor: &Actor, id: ApplicationId) -> Result<ApplicationFacts> {
    let facts = read.application_facts(id).await?;
    facts.filter(|facts| may_see_application(actor.user_id, facts)).ok_or(GONE)
}

async fn whole(read: &mut (dyn Read + '_), id: ApplicationId) -> Result<Application> {
    read.application(id).await?.ok_or(GONE)
}
