//! What a tab was told of jobs since it was opened: the newest version of each wins.

use std::{collections::BTreeMap, sync::Arc};

use crate::protocol::{
    events::JobUpdate,
    ids::JobId,
    jobs::{JobSearch, JobView, JobsOf},
};

/// Jobs that are remembered; the one that was told of longest ago is forgotten first.
const KEPT: usize = 200;

/// A job that was told of.
#[derive(Clone, Debug)]
struct Told {
    update: Arc<JobUpdate>,
    /// Which news it was, from 1.
    at: u64,
}

/// The news.
#[derive(Clone, Debug, Default)]
pub struct JobNews {
    told: BTreeMap<JobId, Told>,
    newest: u64,
}

impl JobNews {
    /// Takes an event; whether it is news. An older version that comes late changes nothing.
    pub fn take(&mut self, update: &JobUpdate) -> bool {
        let id = update.job.job_id;
        if self.told.get(&id).is_some_and(|told| told.update.job.version >= update.job.version) {
            return false;
        }
        self.newest += 1;
        self.told.insert(id, Told { update: Arc::new(update.clone()), at: self.newest });
        if self.told.len() > KEPT {
            let oldest = self.told.iter().min_by_key(|(_, told)| told.at).map(|(id, _)| *id);
            oldest.map(|id| self.told.remove(&id));
        }
        true
    }

    /// How much was told so far: what a list that is asked for now will have.
    #[must_use]
    pub const fn newest(&self) -> u64 {
        self.newest
    }

    /// A job as it was told of last.
    #[must_use]
    pub fn of(&self, id: JobId) -> Option<Arc<JobUpdate>> {
        self.told.get(&id).map(|told| Arc::clone(&told.update))
    }

    /// Brings a list up to date: what was changed is as it is now, what was deleted is gone. What only its reader was told
    /// (their application, how many applied) stays. Whether anything changed.
    pub fn refresh(&self, list: &mut Vec<JobView>) -> bool {
        let mut changed = false;
        list.retain_mut(|job| {
            let news = self.told.get(&job.job_id).filter(|told| told.update.job.version > job.version);
            let Some(Told { update, .. }) = news else { return true };
            changed = true;
            *job = JobView { application_count: job.application_count, mine: job.mine, ..update.job.clone() };
            !update.deleted
        });
        changed
    }

    /// Jobs that a list lacks, newest first: told of after `since`, and not below `floor`, where what is not loaded begins.
    #[must_use]
    pub fn missing(&self, list: &[JobView], search: &JobSearch, since: u64, floor: Option<JobId>) -> Vec<JobView> {
        let is_missing = |told: &&Told| {
            let JobUpdate { job, deleted, .. } = &*told.update;
            told.at > since
                && !deleted
                && floor.is_none_or(|floor| job.job_id > floor)
                && fits(job, search)
                && list.iter().all(|held| held.job_id != job.job_id)
        };
        self.told.values().rev().filter(is_missing).map(|told| told.update.job.clone()).collect()
    }
}

/// Whether a job that is new belongs into the open jobs of a search. Words are compared without regard to case; a search
/// that is asked for anew has the server's, finer eyes.
fn fits(job: &JobView, search: &JobSearch) -> bool {
    let lower = |text: &str| text.to_lowercase();
    let about = lower(&[job.title.as_str(), job.place.as_str(), job.content.as_str()].join("\n"));
    let words = lower(&search.query);
    search.of == JobsOf::Open
        && job.open
        && search.kind.is_none_or(|kind| kind == job.kind)
        && lower(&job.place).contains(lower(&search.place).trim())
        && words.split_whitespace().all(|word| about.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ids::UserId, jobs::JobKind, time::Timestamp, views::PersonRef};

    fn job(id: u64, version: u64) -> JobView {
        let user_id = UserId::new(1);
        JobView {
            job_id: JobId::new(id),
            user_id,
            poster: PersonRef {
                id: user_id,
                username: "ana".to_owned(),
                full_name: "Ana".to_owned(),
                avatar_url: None,
            },
            title: format!("Potter {version}"),
            place: "Porto".to_owned(),
            kind: JobKind::PartTime,
            content: "Clay".to_owned(),
            entities: Vec::new(),
            timestamp: Timestamp::from_millis(id),
            edited_at: None,
            closes_on: None,
            open: true,
            version,
            application_count: None,
            mine: None,
        }
    }

    fn told(job: JobView, deleted: bool) -> JobUpdate {
        JobUpdate { job, deleted, offset: 0 }
    }

    fn ids(jobs: &[JobView]) -> Vec<u64> {
        jobs.iter().map(|job| job.job_id.get()).collect()
    }

    #[test]
    fn twice_or_late_changes_nothing() {
        let mut news = JobNews::default();
        assert!(news.take(&told(job(7, 3), false)));
        assert!(!news.take(&told(job(7, 3), false)));
        assert!(!news.take(&told(job(7, 2), true)));
        let mut list = vec![job(7, 1)];
        assert!(news.refresh(&mut list));
        assert_eq!(list[0].title, "Potter 3");
        assert!(!news.refresh(&mut list));
    }

    #[test]
    fn what_is_deleted_goes_and_what_the_reader_knows_stays() {
        let mut news = JobNews::default();
        news.take(&told(job(7, 2), false));
        news.take(&told(job(8, 2), true));
        let mut list = vec![job(8, 1), JobView { application_count: Some(4), ..job(7, 1) }];
        assert!(news.refresh(&mut list));
        assert_eq!((ids(&list), list[0].application_count), (vec![7], Some(4)));
    }

    #[test]
    fn what_fits_and_came_since_waits_above() {
        let mut news = JobNews::default();
        news.take(&told(job(9, 1), false));
        let since = news.newest();
        for id in [10, 11, 3] {
            news.take(&told(job(id, 1), false));
        }
        news.take(&told(JobView { open: false, ..job(12, 1) }, false));
        let list = vec![job(11, 1), job(5, 1)];
        let all = JobSearch::default();
        assert_eq!(ids(&news.missing(&list, &all, since, Some(JobId::new(5)))), [10]);
        assert_eq!(ids(&news.missing(&list, &all, since, None)), [10, 3]);
        let fitting = |search: JobSearch| ids(&news.missing(&list, &search, since, Some(JobId::new(5))));
        assert_eq!(fitting(JobSearch { query: "clay POTTER".to_owned(), ..all.clone() }), [10]);
        assert!(fitting(JobSearch { place: "lisbon".to_owned(), ..all.clone() }).is_empty());
        assert!(fitting(JobSearch { kind: Some(JobKind::Contract), ..all.clone() }).is_empty());
        assert!(fitting(JobSearch { of: JobsOf::Mine, ..all }).is_empty());
    }
}
