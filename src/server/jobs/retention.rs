//! Retention: what has had its time is forgotten.
//!
//! | what | when |
//! | --- | --- |
//! | sessions | 30 days after they ended, or when their refresh token has expired |
//! | posts | 30 days after they were deleted, with their comments, likes and pictures |
//! | jobs | 30 days after they were deleted, with their applications |
//! | pictures that nothing shows | 24 hours after they were uploaded |
//! | what was uploaded to go with a message or an application, and nothing carries | 24 hours after it was uploaded |
//! | kept answers of repeated requests | after 7 days |
//! | keys of links in letters, tickets for sockets | when they have expired |
//! | notifications | 30 days after all that they told of was gone |

use std::{sync::Arc, time::Duration};

use futures::{TryStreamExt, stream};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::server::domain::{
    REFRESH_LIFETIME, Result,
    attachments::attachment_blob,
    images::blob_name,
    ports::{Blobs, Clock, Store},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How often it is looked for what is due.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// An ended session still tells its owner what happened for a while.
const ENDED_SESSIONS: Duration = DAY.saturating_mul(30);
/// Long enough to ask the owner of the community to bring a post back.
const DELETED_POSTS: Duration = DAY.saturating_mul(30);
/// Likewise.
const DELETED_JOBS: Duration = DAY.saturating_mul(30);
/// A draft whose pictures are a day old has been abandoned.
const LOOSE_PICTURES: Duration = DAY;
/// Likewise; a client that comes back later uploads again. What people deleted has lost its file before.
const LOOSE_ATTACHMENTS: Duration = DAY;
/// A client may be offline for a week and repeat what it sent.
const ANSWERS: Duration = DAY.saturating_mul(7);
/// As long as a deleted post may come back, and what it was told with.
const REMOVED_NOTIFICATIONS: Duration = DAY.saturating_mul(30);

/// What one transaction removes: short, so that nobody who writes waits long.
const BATCH: usize = 50;

/// Files removed at once, for the same reason: a store elsewhere takes its time for each.
const FILES_AT_ONCE: usize = 8;

/// Batches of posts in one run. The store tells the pictures of the posts it removed, not how many posts these were, so
/// an empty answer does not mean that none are left.
const POST_BATCHES: usize = 20;

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Sessions, with their refresh tokens.
    pub sessions: u64,
    /// Jobs, with their applications.
    pub jobs: u64,
    /// Pictures, with their files.
    pub pictures: usize,
    /// Attachments, with their files.
    pub attachments: usize,
    /// Kept answers.
    pub answers: u64,
    /// Notifications of what is gone.
    pub notifications: u64,
}

/// Forgets what has had its time.
#[derive(Clone)]
pub struct Retention {
    store: Arc<dyn Store>,
    blobs: Arc<dyn Blobs>,
    clock: Arc<dyn Clock>,
}

impl Retention {
    /// For this store and its files.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, blobs: Arc<dyn Blobs>, clock: Arc<dyn Clock>) -> Self {
        Self { store, blobs, clock }
    }

    /// Looks at the start and every hour until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        let mut every = interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(every.tick()).await.is_some() {
            match self.run_once().await {
                Ok(forgotten) if forgotten != Forgotten::default() => tracing::info!(?forgotten, "retention"),
                Ok(_) => {}
                Err(cause) => tracing::warn!(%cause, "retention stopped half way; it goes on in an hour"),
            }
        }
    }

    /// Removes everything that is due now.
    ///
    /// # Errors
    /// When the store or the files fail; what was removed until then stays removed.
    pub async fn run_once(&self) -> Result<Forgotten> {
        let sessions = self.forget_sessions().await?;
        let answers = self.forget_answers().await?;
        let jobs = self.forget_jobs().await?;
        let mut pictures = 0;
        for _ in 0..POST_BATCHES {
            pictures += self.forget_posts().await?;
        }
        loop {
            let removed = self.forget_pictures().await?;
            pictures += removed;
            if removed < BATCH {
                break;
            }
        }
        let mut attachments = 0;
        loop {
            let removed = self.forget_attachments().await?;
            attachments += removed;
            if removed < BATCH {
                break;
            }
        }
        let notifications = self.forget_notifications().await?;
        Ok(Forgotten { sessions, jobs, pictures, attachments, answers, notifications })
    }

    async fn forget_sessions(&self) -> Result<u64> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let removed = tx.purge_sessions(now.minus(ENDED_SESSIONS), now.minus(REFRESH_LIFETIME)).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn forget_answers(&self) -> Result<u64> {
        let mut tx = self.store.begin().await?;
        let removed = tx.purge_answers(self.clock.now().minus(ANSWERS)).await?;
        tx.purge_link_keys(self.clock.now()).await?;
        tx.purge_tickets(self.clock.now()).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// One batch of deleted jobs: there are never many. What their applications carried is discarded, and removed below.
    async fn forget_jobs(&self) -> Result<u64> {
        let mut tx = self.store.begin().await?;
        let removed = tx.purge_jobs(self.clock.now().minus(DELETED_JOBS), BATCH).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn forget_notifications(&self) -> Result<u64> {
        let mut total = 0;
        loop {
            let mut tx = self.store.begin().await?;
            let before = self.clock.now().minus(REMOVED_NOTIFICATIONS);
            let removed = tx.purge_notifications(before, BATCH).await?;
            tx.commit().await?;
            total += removed;
            if removed < BATCH as u64 {
                return Ok(total);
            }
        }
    }

    /// One batch of deleted posts; how many pictures went with them.
    async fn forget_posts(&self) -> Result<usize> {
        let mut tx = self.store.begin().await?;
        let pictures = tx.purge_posts(self.clock.now().minus(DELETED_POSTS), BATCH).await?;
        self.remove_files(pictures.iter().copied().map(blob_name).collect()).await?;
        tx.commit().await?;
        Ok(pictures.len())
    }

    /// One batch of pictures that nothing shows; how many.
    async fn forget_pictures(&self) -> Result<usize> {
        let mut tx = self.store.begin().await?;
        let pictures = tx.purge_images(self.clock.now().minus(LOOSE_PICTURES), BATCH).await?;
        self.remove_files(pictures.iter().copied().map(blob_name).collect()).await?;
        tx.commit().await?;
        Ok(pictures.len())
    }

    /// One batch of attachments that nothing carries; how many.
    async fn forget_attachments(&self) -> Result<usize> {
        let mut tx = self.store.begin().await?;
        let attachments = tx.purge_attachments(self.clock.now().minus(LOOSE_ATTACHMENTS), BATCH).await?;
        self.remove_files(attachments.iter().copied().map(attachment_blob).collect()).await?;
        tx.commit().await?;
        Ok(attachments.len())
    }

    /// Removes files before their rows are gone for good: after a crash in between, the rows come up again and removing
    /// a file twice does nothing. The other way round, files would stay that nothing names.
    async fn remove_files(&self, names: Vec<String>) -> Result<()> {
        let removed = stream::iter(names.into_iter().map(Ok));
        removed.try_for_each_concurrent(FILES_AT_ONCE, |name| async move { Ok(self.blobs.delete(&name).await?) }).await
    }
}
