//! The job board, as it is told of while it is open.

use std::sync::Arc;

use leptos::prelude::*;

use super::Live;
use crate::{
    client::state::jobs::JobNews,
    protocol::{
        events::{JobUpdate, ServerEvent},
        ids::JobId,
        jobs::JobView,
        views::FeedKind,
    },
};

/// The news and their signal.
pub(super) type JobSignal = ArcRwSignal<JobNews>;

impl Live {
    /// What is told of jobs while the calling component lives.
    #[must_use]
    pub fn watch_jobs(self) -> ArcRwSignal<JobNews> {
        self.watch_feed(FeedKind::Everyone);
        self.jobs()
    }

    /// One job as it was told of last, while the calling component lives.
    #[must_use]
    pub fn job(self, id: JobId) -> Signal<Option<Arc<JobUpdate>>> {
        let news = self.watch_jobs();
        Memo::new(move |_| news.with(|news| news.of(id))).into()
    }

    /// Takes jobs that were read: what happened to them while nobody watched is news, too.
    pub fn take_jobs(self, read: impl IntoIterator<Item = JobView>) {
        self.jobs().maybe_update(|news| {
            let mut is_news = false;
            for job in read {
                is_news |= news.take(&JobUpdate { job, deleted: false, offset: 0 });
            }
            is_news
        });
    }

    fn jobs(self) -> JobSignal {
        self.core.try_with_value(|core| core.jobs.clone()).unwrap_or_default()
    }

    pub(super) fn take_job(self, event: &ServerEvent) {
        if let ServerEvent::JobUpdate(update) = event {
            self.jobs().maybe_update(|news| news.take(update));
        }
    }
}
