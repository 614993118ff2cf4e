//! How far the reader is connected with others: folds events, newest version wins.

use std::collections::BTreeMap;

use crate::protocol::{
    events::ServerEvent,
    ids::{ConnectionRequestId, UserId},
    views::{ConnectionState, ConnectionView, WaitingRequests},
};

/// What a tab knows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    with: BTreeMap<UserId, ConnectionView>,
    waiting: WaitingRequests,
}

impl Connections {
    /// Takes an event; whose connection it is about. Applying it twice, or late, changes nothing.
    pub fn fold(&mut self, event: &ServerEvent) -> Option<UserId> {
        match event {
            ServerEvent::ConnectionRequest(event)
            | ServerEvent::ConnectionAccepted(event)
            | ServerEvent::ConnectionDeclined(event) => {
                let (user, count) = (event.from_user_id, event.waiting_count);
                self.fold_change(user, event.state, event.request_id, event.version, count)
            }
            ServerEvent::ConnectionUpdate(event) => {
                self.fold_change(event.user_id, event.state, event.request_id, event.version, event.waiting_count)
            }
            // The business of posts, conversations and the connection to the server.
            ServerEvent::Connected(_)
            | ServerEvent::Ack(_)
            | ServerEvent::LikeUpdate(_)
            | ServerEvent::CommentUpdate(_)
            | ServerEvent::NewPost(_)
            | ServerEvent::PostUpdated(_)
            | ServerEvent::PostDeleted(_)
            | ServerEvent::NewMessage(_)
            | ServerEvent::MessageUpdated(_)
            | ServerEvent::MessageDeleted(_)
            | ServerEvent::ReactionUpdate(_)
            | ServerEvent::MessageRead(_)
            | ServerEvent::MessageDelivered(_)
            | ServerEvent::Typing(_)
            | ServerEvent::UserStatus(_)
            | ServerEvent::ConversationUpdate(_)
            | ServerEvent::MembershipUpdate(_)
            | ServerEvent::ConversationChanges(_)
            | ServerEvent::JobUpdate(_)
            | ServerEvent::ApplicationUpdate(_)
            | ServerEvent::Notification(_)
            | ServerEvent::NotificationUpdate(_)
            | ServerEvent::SightUpdate(_)
            | ServerEvent::UnreadCount(_)
            | ServerEvent::CustomResponse(_)
            | ServerEvent::Pong { .. }
            | ServerEvent::Error(_)
            | ServerEvent::GoingAway { .. }
            | ServerEvent::Unknown => None,
        }
    }

    fn fold_change(
        &mut self,
        user: UserId,
        state: ConnectionState,
        request_id: ConnectionRequestId,
        version: u64,
        waiting_count: u64,
    ) -> Option<UserId> {
        self.take_waiting(WaitingRequests { waiting_count, version });
        self.take(user, ConnectionView { state, request_id: Some(request_id), version });
        Some(user)
    }

    /// Takes what the server rendered or answered.
    pub fn take(&mut self, user: UserId, view: ConnectionView) {
        let known = self.with.entry(user).or_insert(view);
        if view.version > known.version {
            *known = view;
        }
    }

    /// Takes how many requests wait.
    pub fn take_waiting(&mut self, waiting: WaitingRequests) {
        if waiting.version >= self.waiting.version {
            self.waiting = waiting;
        }
    }

    /// How far the reader is with somebody.
    #[must_use]
    pub fn with(&self, user: UserId) -> ConnectionView {
        self.with.get(&user).copied().unwrap_or_default()
    }

    /// How many requests wait for the reader's answer.
    #[must_use]
    pub const fn waiting(&self) -> WaitingRequests {
        self.waiting
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{
        events::{ConnectionEvent, ConnectionUpdate},
        time::Timestamp,
    };

    /// What the server would answer: the newest change of each pair, and the events that told of all of them.
    #[derive(Default)]
    struct Server {
        with: BTreeMap<u64, ConnectionView>,
        version: u64,
        log: Vec<ServerEvent>,
    }

    impl Server {
        fn waiting(&self) -> WaitingRequests {
            let waits = |view: &&ConnectionView| view.state == ConnectionState::Asked;
            let waiting_count = self.with.values().filter(waits).count() as u64;
            WaitingRequests { waiting_count, version: self.version }
        }

        fn change(&mut self, user: u64, state: ConnectionState, own: bool) {
            self.version += 1;
            let request_id = ConnectionRequestId::new(7);
            let view = ConnectionView { state, request_id: Some(request_id), version: self.version };
            self.with.insert(user, view);
            let (user_id, timestamp) = (UserId::new(user), Timestamp::from_millis(0));
            let (version, waiting_count, offset) = (self.version, self.waiting().waiting_count, self.version);
            let update = ConnectionUpdate { user_id, request_id, state, version, waiting_count, timestamp, offset };
            let event = ConnectionEvent {
                request_id,
                from_user_id: user_id,
                from_user_name: "Ana".to_owned(),
                state,
                version,
                waiting_count,
                timestamp,
                offset,
            };
            self.log.push(match state {
                _ if own => ServerEvent::ConnectionUpdate(update),
                ConnectionState::Asked => ServerEvent::ConnectionRequest(event),
                ConnectionState::Connected => ServerEvent::ConnectionAccepted(event),
                ConnectionState::None | ConnectionState::Requested => ServerEvent::ConnectionDeclined(event),
            });
        }

        fn read(&self) -> Connections {
            let mut fresh = Connections::default();
            for (user, view) in &self.with {
                fresh.take(UserId::new(*user), *view);
            }
            fresh.take_waiting(self.waiting());
            fresh
        }
    }

    fn state() -> impl Strategy<Value = ConnectionState> {
        prop_oneof![
            Just(ConnectionState::None),
            Just(ConnectionState::Requested),
            Just(ConnectionState::Asked),
            Just(ConnectionState::Connected)
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn old_state_and_events_are_a_fresh_read(
            before in prop::collection::vec((0..4_u64, state(), any::<bool>()), 0..12),
            after in prop::collection::vec((0..4_u64, state(), any::<bool>()), 0..12),
            // Which events come, in what order: some twice, some from before the read.
            noise in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        ) {
            let mut server = Server::default();
            for (user, state, own) in before {
                server.change(user, state, own);
            }
            let mut tab = server.read();
            for (user, state, own) in after {
                server.change(user, state, own);
            }
            if !server.log.is_empty() {
                for place in noise {
                    tab.fold(place.get(&server.log));
                }
            }
            for event in &server.log {
                tab.fold(event);
            }
            prop_assert_eq!(tab, server.read());
        }
    }
}
