//! The product's verbs, the ports they need, and who may see what.
//!
//! Every verb is a method of [`Domain`], in the file of its noun. A write reads like the product's rule: check who may,
//! begin, change, note what must reach people later in the same transaction, commit, publish. A verb must run to its
//! end once begun: the doors that call it hand it to a task of the server, so that a dropped request cannot leave a
//! transaction half open. The domain reads no clock, draws no random number and opens no connection: its ports do.

mod announcements;
mod applications;
pub mod attachments;
pub mod audience;
mod blocks;
mod comments;
mod community;
mod connections;
mod conversations;
mod custom;
mod deliveries;
mod errands;
pub mod errors;
mod files;
mod follows;
mod group_commit;
pub mod images;
mod jobs;
mod letters;
mod likes;
mod messages;
mod mutes;
mod notifications;
pub mod outcome;
mod people;
pub mod ports;
mod posts;
mod presence;
mod promises;
mod pushes;
mod sessions;
pub(in crate::server) mod text;
mod tokens;
mod validation;
mod watching;

use std::sync::Arc;

pub use announcements::moment_in_form;
pub use deliveries::DeliveryFilter;
pub use errands::{Dispatched, ERRANDS_AT_ONCE};
pub use errors::{DomainError, Result};
pub use letters::LETTERS_AT_ONCE;
pub use likes::LikeTarget;
pub use messages::{Joined, Sent};
pub use notifications::{Raise, time_zones};
pub use posts::FeedQuery;
pub use promises::PROMISES_AT_ONCE;
pub use sessions::{Device, REFRESH_LIFETIME, RefreshRefused, Rotation};
pub use tokens::{TICKET_LIFETIME, TokenAsker};

use tokio::sync::Notify;

use crate::protocol::{
    ids::{SessionId, UserId},
    time::Timestamp,
    views::{LikeState, Role},
};
use group_commit::GroupCommit;
use likes::Liking;
use messages::saying::Saying;
use outcome::Publication;
use ports::{Blobs, Broker, Clock, Ids, Passwords, Pictures, Post, Runner, Store};

/// Who is asking: a signed-in person, through one of their sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub user_id: UserId,
    /// The session they ask through.
    pub session_id: SessionId,
    /// What they may do beyond their own things.
    pub role: Role,
}

/// Everything the domain needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// Where things are kept.
    pub store: Arc<dyn Store>,
    /// How what happened reaches those who watch.
    pub broker: Arc<dyn Broker>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Password hashing.
    pub passwords: Arc<dyn Passwords>,
    /// Checks and re-encodes pictures.
    pub pictures: Arc<dyn Pictures>,
    /// Keeps the bytes of pictures and attachments.
    pub blobs: Arc<dyn Blobs>,
    /// What letters need.
    pub post: Post,
    /// Runs what goes on when its asker goes away.
    pub runner: Arc<dyn Runner>,
}

/// The product's verbs. Cheap to clone.
#[derive(Clone)]
pub struct Domain {
    ports: Arc<Ports>,
    /// Told when a committed transaction promised work.
    promised: Arc<Notify>,
    /// Messages that wait to be stored.
    saying: Arc<GroupCommit<Saying, Sent>>,
    /// Likes that do.
    liking: Arc<GroupCommit<Liking, LikeState>>,
}

impl Domain {
    /// The domain on top of these ports.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        let writers = ports.store.writers();
        let (saying, liking) = (Arc::new(GroupCommit::new(writers)), Arc::new(GroupCommit::new(writers)));
        Self { ports: Arc::new(ports), promised: Arc::default(), saying, liking }
    }

    /// What time it is for the product.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    fn next_id(&self) -> u64 {
        self.ports.ids.next(self.now())
    }

    /// Hands on what a committed change means for those who watch. Failure here never fails the request: states are
    /// sent whole when a client watches again, and what must not be lost is in the outbox.
    async fn publish(&self, publications: Vec<Publication>) {
        for publication in publications {
            if let Err(cause) = self.ports.broker.publish(publication).await {
                tracing::warn!(%cause, "a publication was not handed to the broker");
            }
        }
    }
}
