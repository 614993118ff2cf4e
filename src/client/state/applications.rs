//! Applications for jobs as a tab knows them: the newest version of each wins.

use std::{collections::BTreeMap, sync::Arc};

use crate::protocol::{
    ids::{ApplicationId, JobId},
    jobs::{Application, Stage},
};

/// All that were read or told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applications {
    held: BTreeMap<ApplicationId, Arc<Application>>,
}

impl Applications {
    /// Takes an application as it is somewhere; whether it is news. An older version that comes late changes nothing.
    pub fn take(&mut self, application: &Application) -> bool {
        let held = self.held.get(&application.application_id);
        let is_news = held.is_none_or(|held| held.version < application.version);
        if is_news {
            self.held.insert(application.application_id, Arc::new(application.clone()));
        }
        is_news
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: ApplicationId) -> Option<Arc<Application>> {
        self.held.get(&id).cloned()
    }

    /// Those for a job that were not withdrawn, newest first.
    #[must_use]
    pub fn of_job(&self, job: JobId) -> Vec<Arc<Application>> {
        let stands =
            |application: &&Arc<Application>| application.job_id == job && application.stage != Stage::Withdrawn;
        self.held.values().rev().filter(stands).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ids::UserId, jobs::Step, time::Timestamp, views::PersonRef};

    fn person(id: u64) -> PersonRef {
        PersonRef { id: UserId::new(id), username: "ana".to_owned(), full_name: "Ana".to_owned(), avatar_url: None }
    }

    /// The application after its first `steps` steps.
    fn after(id: u64, steps: &[Stage]) -> Application {
        let at = Timestamp::from_millis(0);
        Application {
            application_id: ApplicationId::new(id),
            job_id: JobId::new(7),
            job_title: "Potter".to_owned(),
            poster: person(1),
            user_id: UserId::new(2),
            applicant: person(2),
            note: "Me".to_owned(),
            attachment: None,
            stage: *steps.last().expect("a step"),
            steps: steps.iter().map(|stage| Step { stage: *stage, timestamp: at }).collect(),
            timestamp: at,
            version: steps.len() as u64,
        }
    }

    #[test]
    fn however_steps_are_told_the_last_one_stands() {
        let way = [Stage::Submitted, Stage::Viewed, Stage::Interview, Stage::Accepted];
        let told = [1, 3, 2, 4, 4, 1, 3];
        for begin in 0..told.len() {
            let mut applications = Applications::default();
            for steps in told.iter().cycle().skip(begin).take(told.len()) {
                applications.take(&after(9, &way[..*steps]));
            }
            assert_eq!(applications.get(ApplicationId::new(9)).map(|held| held.stage), Some(Stage::Accepted));
            assert!(!applications.take(&after(9, &way)));
        }
    }

    #[test]
    fn a_withdrawn_one_leaves_the_list_of_its_job() {
        let mut applications = Applications::default();
        applications.take(&after(8, &[Stage::Submitted]));
        applications.take(&after(9, &[Stage::Submitted]));
        let ids = |applications: &Applications| {
            applications.of_job(JobId::new(7)).iter().map(|held| held.application_id.get()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&applications), [9, 8]);
        applications.take(&after(9, &[Stage::Submitted, Stage::Withdrawn]));
        assert_eq!(ids(&applications), [8]);
        assert!(applications.of_job(JobId::new(1)).is_empty());
    }
}
