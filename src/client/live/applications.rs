//! Applications for jobs, as they move.

use std::sync::Arc;

use leptos::prelude::*;

use super::Live;
use crate::{
    client::state::applications::Applications,
    protocol::{
        events::ServerEvent,
        ids::{ApplicationId, JobId},
        jobs::Application,
    },
};

/// The fold and its signal. There are few of them: pages look up theirs.
pub(super) type ApplicationSignal = ArcRwSignal<Applications>;

impl Live {
    /// Takes applications that were read.
    pub fn take_applications<'a>(self, read: impl IntoIterator<Item = &'a Application>) {
        let Some(signal) = self.core.try_with_value(|core| core.applications.clone()) else { return };
        for application in read {
            signal.maybe_update(|held| held.take(application));
        }
    }

    /// One that was taken, as it is now.
    #[must_use]
    pub fn application(self, id: ApplicationId) -> Signal<Option<Arc<Application>>> {
        let signal = self.applications();
        Memo::new(move |_| signal.with(|held| held.get(id))).into()
    }

    /// Those for a job that are known, newest first.
    #[must_use]
    pub fn applications_of(self, job: JobId) -> Signal<Vec<Arc<Application>>> {
        let signal = self.applications();
        Memo::new(move |_| signal.with(|held| held.of_job(job))).into()
    }

    fn applications(self) -> ApplicationSignal {
        self.core.try_with_value(|core| core.applications.clone()).unwrap_or_default()
    }

    pub(super) fn take_application(self, event: &ServerEvent) {
        if let ServerEvent::ApplicationUpdate(update) = event {
            self.take_applications([&update.application]);
        }
    }
}
