//! The store's port for who is connected with whom, who wants to hear nothing of whom, and who is kept out.

use async_trait::async_trait;

use super::Stored;
use crate::{
    protocol::{
        ids::{ConnectionRequestId, PostId, UserId},
        time::Timestamp,
        views::{
            ConnectionState, ConnectionView, ManagedPerson, PersonItem, PersonRef, Role, Suspension, WaitingRequests,
        },
    },
    server::domain::audience::Relation,
};

// ----------------------------------------------------------------------------------------------------- connections

/// How far one person is connected with another, as the first of them sees it, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionRecord {
    /// How far they are.
    pub state: ConnectionState,
    /// The newest request between them.
    pub request_id: ConnectionRequestId,
    /// A fresh id for each change: orders lists, and tells newer from older.
    pub place: u64,
    /// When the other one last declined this one.
    pub declined_at: Option<Timestamp>,
    /// When this one ended the connection, if they did.
    pub removed_at: Option<Timestamp>,
}

impl From<ConnectionRecord> for ConnectionView {
    fn from(record: ConnectionRecord) -> Self {
        Self { state: record.state, request_id: Some(record.request_id), version: record.place }
    }
}

/// Reads connections.
#[async_trait]
pub trait ConnectionsRead {
    /// How far `person` is with `other`; `None` when there never was anything.
    async fn connection(&mut self, person: UserId, other: UserId) -> Stored<Option<ConnectionRecord>>;
    /// How many people a person is this far with.
    async fn count_connections(&mut self, person: UserId, state: ConnectionState) -> Stored<u64>;
    /// How many requests wait for a person's answer, with the version of that.
    async fn waiting_requests(&mut self, person: UserId) -> Stored<WaitingRequests>;
    /// Whom a person is this far with, newest change first; `before` is the cursor that the last page ended with. Who is
    /// suspended is left out.
    async fn connections(
        &mut self,
        person: UserId,
        state: ConnectionState,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<(u64, PersonItem)>>;
    /// Whom a person is connected with, at most `limit`.
    async fn connected_ids(&mut self, person: UserId, limit: usize) -> Stored<Vec<UserId>>;
    /// Whom a person may know: those who are connected with most of their connections, then those whom most follow. Not
    /// whom they are connected with, asked, muted or declined.
    async fn suggestions(&mut self, viewer: UserId, limit: usize) -> Stored<Vec<PersonItem>>;
}

/// Writes connections.
#[async_trait]
pub trait ConnectionsWrite {
    /// Waits for other transactions that change connections of one of the two, so that counts and versions stay in order.
    async fn hold_connections(&mut self, one: UserId, other: UserId) -> Stored<()>;
    /// Replaces one side of a pair; the caller writes both.
    async fn set_connection(&mut self, person: UserId, other: UserId, record: &ConnectionRecord) -> Stored<()>;
}

// ----------------------------------------------------------------------------------------------------------- mutes

/// Reads who muted whom and what.
#[async_trait]
pub trait MutesRead {
    /// Whom a person muted, newest first, at most `limit`.
    async fn mutes(&mut self, by: UserId, limit: usize) -> Stored<Vec<PersonRef>>;
    /// Who muted a person.
    async fn muters_of(&mut self, person: UserId) -> Stored<Vec<UserId>>;
    /// Whether a person muted a post.
    async fn post_muted(&mut self, by: UserId, post: PostId) -> Stored<bool>;
}

/// Writes who muted whom and what.
#[async_trait]
pub trait MutesWrite {
    /// Mutes or unmutes a person; whether it was different before.
    async fn set_mute(&mut self, by: UserId, of: UserId, on: bool, at: Timestamp) -> Stored<bool>;
    /// Mutes or unmutes a post; whether it was different before.
    async fn set_post_mute(&mut self, by: UserId, post: PostId, on: bool, at: Timestamp) -> Stored<bool>;
}

// ------------------------------------------------------------------------------------------------ looking after all

/// A suspension to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspensionRecord {
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` is for good.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub by: UserId,
}

/// Which people those see who look after the community.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManagedFilter {
    /// The beginning of a name; empty for all.
    pub query: String,
    /// Only those with this role.
    pub role: Option<Role>,
    /// Only those who are suspended, or are not.
    pub suspended: Option<bool>,
}

/// Reads how people stand to each other and to the community.
#[async_trait]
pub trait StandingRead {
    /// How `viewer` stands to `subject`; `None` when there is no such subject.
    async fn relation(&mut self, viewer: UserId, subject: UserId) -> Stored<Option<Relation>>;
    /// Everyone whom a person follows or is connected with, at most `limit` of each, and how they stand to them.
    async fn feed_sources(&mut self, viewer: UserId, limit: usize) -> Stored<Vec<(UserId, Relation)>>;
    /// Why and how long somebody is suspended; `None` when they are not.
    async fn suspension(&mut self, id: UserId) -> Stored<Option<Suspension>>;
    /// Those whose suspension is over at `now` and who are not let in again yet, at most `limit`.
    async fn suspensions_over(&mut self, now: Timestamp, limit: usize) -> Stored<Vec<UserId>>;
    /// People as those see them who look after the community, by username; those after `after` only.
    async fn managed_people(
        &mut self,
        filter: &ManagedFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<ManagedPerson>>;
}

/// Writes how people stand to the community.
#[async_trait]
pub trait StandingWrite {
    /// Waits for other transactions that say what somebody may do or keep somebody out, so that what is read of roles
    /// stays true until the transaction ends.
    async fn hold_standings(&mut self) -> Stored<()>;
    /// Suspends somebody, or lets them in again.
    async fn set_suspension(&mut self, id: UserId, suspension: Option<&SuspensionRecord>) -> Stored<()>;
    /// Says what somebody may do.
    async fn set_role(&mut self, id: UserId, role: Role) -> Stored<()>;
    /// Ends the follows of a person by people who are not connected with them; whose ended.
    async fn end_unconnected_follows(&mut self, of: UserId) -> Stored<Vec<UserId>>;
}
