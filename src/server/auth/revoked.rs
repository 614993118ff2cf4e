//! Sessions that ended while access tokens of theirs may still be valid: asked on every request, so kept in memory.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use parking_lot::RwLock;

use super::tokens::{ACCESS_LIFETIME, LEEWAY};
use crate::{
    protocol::{ids::SessionId, time::Timestamp},
    server::domain::{
        outcome::Publication,
        ports::{Broker, BrokerError, Clock},
    },
};

/// How long an ended session is remembered: until the last access token of it has expired. A minute more covers a token
/// that was being signed while the session ended.
pub const REMEMBERED: Duration = ACCESS_LIFETIME.saturating_add(LEEWAY).saturating_add(Duration::from_secs(60));

/// The sessions that ended lately. Clones share them.
#[derive(Clone)]
pub struct RevokedSessions {
    clock: Arc<dyn Clock>,
    ended: Arc<RwLock<HashMap<SessionId, Timestamp>>>,
}

impl RevokedSessions {
    /// None yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, ended: Arc::default() }
    }

    /// Remembers that these sessions have ended, and forgets those whose tokens have all expired.
    pub fn add(&self, sessions: &[SessionId]) {
        let now = self.clock.now();
        let mut ended = self.ended.write();
        ended.retain(|_, at| now.since(*at) < REMEMBERED);
        ended.extend(sessions.iter().map(|id| (*id, now)));
    }

    /// Whether this session has ended lately.
    #[must_use]
    pub fn contains(&self, session: SessionId) -> bool {
        self.ended.read().contains_key(&session)
    }

    /// Takes note of what a broker hands on. Every node does so for what the others publish.
    pub fn observe(&self, publication: &Publication) {
        if let Publication::SessionsEnded { session_ids } = publication {
            self.add(session_ids);
        }
    }
}

/// A broker that lets [`RevokedSessions`] see every publication before it passes it on: a session that ends is refused
/// from that moment, whatever the broker behind it does.
pub struct ObservedBroker<B: ?Sized> {
    revoked: RevokedSessions,
    inner: Arc<B>,
}

impl<B: Broker + ?Sized> ObservedBroker<B> {
    /// In front of `inner`.
    #[must_use]
    pub fn new(revoked: RevokedSessions, inner: Arc<B>) -> Self {
        Self { revoked, inner }
    }
}

#[async_trait]
impl<B: Broker + ?Sized> Broker for ObservedBroker<B> {
    async fn publish(&self, publication: Publication) -> Result<(), BrokerError> {
        self.revoked.observe(&publication);
        self.inner.publish(publication).await
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    struct HandClock(Mutex<Timestamp>);

    impl Clock for HandClock {
        fn now(&self) -> Timestamp {
            *self.0.lock()
        }
    }

    #[test]
    fn an_ended_session_is_remembered_until_its_tokens_are_dead() {
        let clock = Arc::new(HandClock(Mutex::new(Timestamp::from_millis(1_000_000))));
        let revoked = RevokedSessions::new(clock.clone());
        let (first, second) = (SessionId::new(1), SessionId::new(2));
        revoked.observe(&Publication::SessionsEnded { session_ids: vec![first] });
        assert!(revoked.contains(first));
        assert!(!revoked.contains(second));
        let later = clock.now().plus(REMEMBERED);
        *clock.0.lock() = later;
        revoked.add(&[second]);
        assert!(!revoked.contains(first));
        assert!(revoked.contains(second));
    }
}
