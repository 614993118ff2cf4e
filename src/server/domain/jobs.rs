//! The job board: posting, changing and finding jobs.

use std::time::{Duration, UNIX_EPOCH};

use super::{
    Actor, Domain,
    audience::may_see_job,
    errors::{DomainError, Result},
    outcome::{Publication, Topic},
    ports::{JobFacts, JobRecord, JobText, Read, Tx},
    text::entities,
    validation::{Faults, client_id, cut, page_size},
};
use crate::protocol::{
    events::{JobUpdate, ServerEvent},
    ids::JobId,
    jobs::{JobSearch, JobView, NewJob},
    limits::{JOB_MAX_CHARS, JOB_PLACE_MAX_CHARS, JOB_TITLE_MAX_CHARS, OPEN_JOBS_MAX, UNDO_WINDOW_MS},
    time::Timestamp,
    views::Page,
};

/// A day is over everywhere once it is over where it is 12 hours earlier than in UTC.
const DAY_EVERYWHERE: Duration = Duration::from_secs(36 * 60 * 60);
/// How far ahead the last day may be.
const LONGEST_OPEN: Duration = Duration::from_secs(366 * 24 * 60 * 60);

const GONE: DomainError = DomainError::NotFound("This job");

impl Domain {
    /// Posts a job. The same `client_id` again returns the same job.
    ///
    /// # Errors
    /// When a field is not acceptable, or the asker has too many open jobs.
    pub async fn post_job(&self, actor: &Actor, mut form: NewJob) -> Result<JobView> {
        let client_id = client_id(form.client_id.take())?;
        let mut text = self.checked(form)?;
        let mut tx = self.ports.store.begin().await?;
        if let Some(key) = client_id.as_deref()
            && let Some(made) = tx.job_by_client_id(actor.user_id, key).await?
        {
            let view = self.whole_job(&mut *tx, actor, made).await?;
            tx.commit().await?;
            return Ok(view);
        }
        self.check_room(&mut *tx, actor).await?;
        text.entities = entities(&text.content, actor.user_id, &mut *tx).await?;
        let id = JobId::new(self.next_id());
        let job = JobRecord { id, poster: actor.user_id, text, created_at: self.now(), client_id };
        tx.insert_job(&job).await?;
        self.keep_job(tx, actor, id).await
    }

    /// Replaces what a job says.
    ///
    /// # Errors
    /// When the asker did not post it, or a field is not acceptable.
    pub async fn change_job(&self, actor: &Actor, id: JobId, form: NewJob) -> Result<JobView> {
        let mut text = self.checked(form)?;
        let mut tx = self.ports.store.begin().await?;
        own_job(&mut *tx, actor, id).await?;
        text.entities = entities(&text.content, actor.user_id, &mut *tx).await?;
        tx.update_job(id, &text, self.now()).await?;
        self.keep_job(tx, actor, id).await
    }

    /// Closes a job, or opens it again. One whose last day is over is opened by giving it another.
    ///
    /// # Errors
    /// When the asker did not post it, its last day is over, or they have too many open jobs.
    pub async fn set_job_closed(&self, actor: &Actor, id: JobId, closed: bool) -> Result<JobView> {
        let mut tx = self.ports.store.begin().await?;
        let facts = own_job(&mut *tx, actor, id).await?;
        if closed != facts.closed_at.is_some() {
            if !closed && facts.closes_at.is_some_and(|at| at <= self.now()) {
                let message = "The last day to apply is over. Give the job another one to open it again.";
                return Err(DomainError::invalid("closes_on", message));
            }
            if !closed {
                self.check_room(&mut *tx, actor).await?;
            }
            tx.set_job_closed(id, closed.then(|| self.now())).await?;
        }
        self.keep_job(tx, actor, id).await
    }

    /// Deletes a job. It can be brought back for a minute. Deleting it again changes nothing.
    ///
    /// # Errors
    /// When the asker did not post it, or somebody waits for an answer.
    pub async fn delete_job(&self, actor: &Actor, id: JobId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let facts = tx.job_facts(id, actor.user_id).await?.filter(|facts| facts.poster == actor.user_id);
        if facts.as_ref().is_some_and(|facts| facts.deleted_at.is_some()) {
            return Ok(tx.commit().await?);
        }
        let facts = own_job(&mut *tx, actor, id).await?;
        if facts.waiting > 0 {
            let people = if facts.waiting == 1 { "person waits" } else { "people wait" };
            let message =
                format!("{} {people} for your answer. Answer first, or close the job instead.", facts.waiting);
            return Err(DomainError::conflict("id", message));
        }
        let mut last = self.whole_job(&mut *tx, actor, id).await?;
        last.version += 1;
        tx.set_job_deleted(id, Some(self.now())).await?;
        let news = news_of(&mut *tx, &last, true).await?;
        self.commit_and_publish(tx, news).await
    }

    /// Brings a deleted job back.
    ///
    /// # Errors
    /// When the asker did not post it, or the minute is over.
    pub async fn restore_job(&self, actor: &Actor, id: JobId) -> Result<JobView> {
        let mut tx = self.ports.store.begin().await?;
        let facts = tx.job_facts(id, actor.user_id).await?.filter(|facts| facts.poster == actor.user_id);
        if let Some(deleted_at) = facts.ok_or(GONE)?.deleted_at {
            if self.now().since(deleted_at) > Duration::from_millis(UNDO_WINDOW_MS) {
                return Err(DomainError::Forbidden("This job was deleted too long ago to bring it back."));
            }
            tx.set_job_deleted(id, None).await?;
        }
        self.keep_job(tx, actor, id).await
    }

    /// One job.
    ///
    /// # Errors
    /// Not found when there is none that the asker may see.
    pub async fn job(&self, actor: &Actor, id: JobId) -> Result<JobView> {
        let mut read = self.ports.store.read().await?;
        visible_job(&mut *read, actor, id).await?;
        self.whole_job(&mut *read, actor, id).await
    }

    /// A page of jobs, newest first.
    ///
    /// # Errors
    /// When `limit` is not acceptable.
    pub async fn jobs(
        &self,
        actor: &Actor,
        search: &JobSearch,
        before: Option<JobId>,
        limit: Option<usize>,
    ) -> Result<Page<JobView>> {
        let limit = page_size(limit)?;
        let mut read = self.ports.store.read().await?;
        let mut items = read.jobs(actor.user_id, search, self.now(), before, limit + 1).await?;
        let next = cut(&mut items, limit, |last| last.job_id.to_string());
        Ok(Page { items, next })
    }

    pub(super) async fn whole_job(&self, read: &mut (dyn Read + '_), actor: &Actor, id: JobId) -> Result<JobView> {
        read.job(id, actor.user_id, self.now()).await?.ok_or(GONE)
    }

    /// Commits what was done to a job, and tells whoever has the board open.
    async fn keep_job(&self, mut tx: Box<dyn Tx>, actor: &Actor, id: JobId) -> Result<JobView> {
        let view = self.whole_job(&mut *tx, actor, id).await?;
        let news = news_of(&mut *tx, &view, false).await?;
        self.commit_and_publish(tx, news).await?;
        Ok(view)
    }

    fn checked(&self, form: NewJob) -> Result<JobText> {
        let mut faults = Faults::default();
        let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = one_line(faults.text("title", "The title", &form.title, JOB_TITLE_MAX_CHARS));
        let place = one_line(faults.text("place", "The place", &form.place, JOB_PLACE_MAX_CHARS));
        let content = faults.text("content", "The description", &form.content, JOB_MAX_CHARS);
        let closing = form.closes_on.filter(|day| !day.trim().is_empty()).and_then(|day| {
            let closing = last_day(day.trim(), self.now());
            closing.map_err(|message| faults.add("closes_on", message)).ok()
        });
        faults.check()?;
        Ok(JobText { title, place, kind: form.kind, content, entities: Vec::new(), closing })
    }

    async fn check_room(&self, tx: &mut (dyn Tx + '_), actor: &Actor) -> Result<()> {
        if tx.count_open_jobs(actor.user_id, self.now()).await? >= OPEN_JOBS_MAX as u64 {
            let message = format!("You have {OPEN_JOBS_MAX} open jobs. Close one before you post another.");
            return Err(DomainError::conflict("title", message));
        }
        Ok(())
    }
}

/// News of a job, without what is only true for one reader; not for those between whom and its poster a block stands.
async fn news_of(tx: &mut (dyn Tx + '_), view: &JobView, deleted: bool) -> Result<Publication> {
    let job = JobView { application_count: None, mine: None, ..view.clone() };
    let except = tx.apart_from(job.user_id).await?;
    let event = ServerEvent::JobUpdate(JobUpdate { job, deleted, offset: 0 });
    Ok(Publication::Watchers { topics: vec![Topic::PublicFeed], event, except })
}

/// The last day to apply, `2026-12-31`, and when it is over everywhere.
fn last_day(day: &str, now: Timestamp) -> std::result::Result<(String, Timestamp), &'static str> {
    const NO_DAY: &str = "This is no day. Write it as 2026-12-31.";
    if day.len() != "2026-12-31".len() {
        return Err(NO_DAY);
    }
    let begins = humantime::parse_rfc3339(&format!("{day}T00:00:00Z")).map_err(|_| NO_DAY)?;
    let begins = begins.duration_since(UNIX_EPOCH).map_err(|_| NO_DAY)?;
    let begins = Timestamp::from_millis(u64::try_from(begins.as_millis()).map_err(|_| NO_DAY)?);
    let ends = begins.plus(DAY_EVERYWHERE);
    if ends <= now {
        return Err("This day is over. Choose a later one, or none.");
    }
    if begins.since(now) > LONGEST_OPEN {
        return Err("A job can be open for a year at most. Choose an earlier day.");
    }
    Ok((day.to_owned(), ends))
}

/// The facts of a job that the asker may see.
pub(super) async fn visible_job(read: &mut (dyn Read + '_), actor: &Actor, id: JobId) -> Result<JobFacts> {
    read.job_facts(id, actor.user_id).await?.filter(may_see_job).ok_or(GONE)
}

pub(super) async fn own_job(read: &mut (dyn Read + '_), actor: &Actor, id: JobId) -> Result<JobFacts> {
    let facts = visible_job(read, actor, id).await?;
    if facts.poster == actor.user_id {
        Ok(facts)
    } else {
        Err(DomainError::Forbidden("Only who posted this job can do this."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_open_until_its_last_day_is_over_everywhere() {
        let noon = Timestamp::from_millis(1_798_718_400_000); // 2026-12-31T12:00:00Z
        let (day, ends) = last_day("2026-12-31", noon).expect("today is a day to come");
        assert_eq!((day.as_str(), ends.to_string().as_str()), ("2026-12-31", "2027-01-01T12:00:00.000Z"));
        assert!(last_day("2026-12-30", noon.plus(Duration::from_millis(1))).is_err());
        assert!(last_day("2028-12-31", noon).is_err());
        for bad in ["", "31.12.2026", "2026-02-30", "2026-13-01", "tomorrow..", "2026-12-3Z"] {
            assert!(last_day(bad, noon).is_err(), "{bad}");
        }
    }
}
