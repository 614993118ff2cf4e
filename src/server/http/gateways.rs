//! Gateways: the doors through which clients stay connected. Each speaks one dialect and leads to the same hub.

mod admission;
mod client;
pub mod dialects;
mod gather;
mod handshake;
mod patience;
mod seats;
pub mod socket;
pub mod socketio;
mod visits;
mod wire;

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    protocol::ids::{ConversationId, UserId},
    server::{
        auth::revoked::RevokedSessions,
        domain::{
            Domain, Joined, Result,
            ports::{Clock, PresenceRecord},
        },
        realtime::hub::{Hub, HubSettings},
        tasks::Tasks,
    },
};
pub use gather::Gather;
pub use seats::{Seat, Seats};

/// Connections of one person at a time: many tabs on several devices.
pub const CONNECTIONS_PER_PERSON: usize = 32;
/// Connections from one address at a time: a school behind one.
pub const CONNECTIONS_PER_ADDRESS: usize = 1_000;
/// How often the store is asked which sessions ended, in case a broker lost the news.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// How far back it is asked: long enough that a failed sweep is made good by the next ones.
const SWEEP_BACK: Duration = Duration::from_secs(120);

/// What all gateways share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Live {
    /// Who is connected to what.
    pub hub: Hub,
    /// How many connections each address has.
    pub seats: Seats,
}

impl Live {
    /// Without connections. `epoch` names this run of the event log: different for every start. `limit_factor` scales
    /// the caps.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, epoch: String, limit_factor: f64) -> Self {
        let connections_per_person = scaled(CONNECTIONS_PER_PERSON, limit_factor);
        let hub = Hub::new(HubSettings { clock, epoch, connections_per_person });
        Self { hub, seats: Seats::new(scaled(CONNECTIONS_PER_ADDRESS, limit_factor)) }
    }

    /// Starts what must run beside the connections. When the server begins to stop, clients are told when to return.
    pub fn start(&self, tasks: &Tasks, domain: Domain, revoked: RevokedSessions) {
        let (hub, stopping) = (self.hub.clone(), tasks.stopping());
        tasks.spawn("paced counts", hub.clone().pace(stopping.clone()));
        tasks.spawn("courier", hub.clone().carry(stopping.clone()));
        tasks.spawn("ended sessions", sweep_ended_sessions(hub.clone(), domain.clone(), revoked, stopping.clone()));
        tasks.spawn("last seen", note_departures(hub.clone(), domain, stopping.clone()));
        tasks.spawn("goodbye to sockets", async move {
            stopping.cancelled().await;
            hub.close_all();
        });
    }
}

/// Where connections ask the store, so that many at once ask together. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Questions {
    /// Which of these people's presence may somebody know?
    pub people: Gather<(UserId, Vec<UserId>), Vec<PresenceRecord>>,
    /// What does somebody begin with who has this conversation on screen?
    pub joined: Gather<(UserId, ConversationId), Result<Option<Joined>>>,
}

impl Questions {
    /// Starts the tasks that put them.
    #[must_use]
    pub fn new(tasks: &Tasks, domain: &Domain) -> Self {
        let asked = domain.clone();
        let people = Gather::new(tasks, "whose presence is known", move |of: Arc<[(UserId, Vec<UserId>)]>| {
            let domain = asked.clone();
            async move { domain.watch_people(&of).await }
        });
        let asked = domain.clone();
        let joined = Gather::new(tasks, "who joins what", move |of: Arc<[(UserId, ConversationId)]>| {
            let domain = asked.clone();
            async move { domain.join_conversations(&of).await }
        });
        Self { people, joined }
    }
}

/// Stores when people were last there. What cannot be stored is forgotten: it says less than it would cost to keep.
async fn note_departures(hub: Hub, domain: Domain, stopping: CancellationToken) {
    while let Some(gone) = stopping.run_until_cancelled(hub.departures()).await {
        if let Err(cause) = domain.note_last_seen(&gone).await {
            tracing::warn!(%cause, "it was not noted when people were last seen");
        }
    }
}

/// Ends tokens whose time is over, and closes the connections of sessions that ended while the news of it was lost.
async fn sweep_ended_sessions(hub: Hub, domain: Domain, revoked: RevokedSessions, stopping: CancellationToken) {
    let mut every = interval(SWEEP_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(every.tick()).await.is_some() {
        if let Err(cause) = domain.end_tokens_over().await {
            tracing::warn!(%cause, "tokens that have expired could not be ended");
        }
        match domain.sessions_ended_since(domain.now().minus(SWEEP_BACK)).await {
            Ok(ended) => {
                revoked.add(&ended);
                hub.end_sessions(&ended);
            }
            Err(cause) => tracing::warn!(%cause, "the store could not be asked which sessions ended"),
        }
    }
}

fn scaled(cap: usize, factor: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "caps are small, the factor is above zero, and `as` saturates"
    )]
    let scaled = (cap as f64 * factor).round() as usize;
    scaled.max(1)
}
