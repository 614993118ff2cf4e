//! Telling those who watch a person whether they are there.

use tokio::time::Instant;

use super::{ConnectionId, DEPARTURES_KEPT, State};
use crate::{
    protocol::{
        events::{ServerEvent, Status, UserStatus},
        ids::UserId,
        time::Timestamp,
        views::Privacy,
    },
    server::{
        domain::{outcome::Topic, ports::PresenceRecord},
        realtime::{
            encoding::{Frame, encode},
            pacing::CountKey,
            queue::Lane,
        },
    },
};

impl State {
    /// Somebody has one more connection.
    pub(super) fn arrived(&mut self, person: UserId, now: Timestamp) {
        let before = self.standing(person);
        self.presence.arrive(person);
        self.presence.set_idle(person, false);
        self.elsewhere.note(person);
        if self.standing(person) != before {
            self.tell_status(person, None, now);
        }
    }

    /// Somebody has one connection less.
    pub(super) fn left(&mut self, person: UserId, now: Timestamp) {
        self.elsewhere.note(person);
        if self.of_person.contains_key(&person) {
            self.tell_idle(person, now);
        } else {
            self.presence.leave(person, now, Instant::now());
        }
    }

    /// Somebody's grace is over, here.
    pub(super) fn left_here(&mut self, person: UserId, since: Timestamp, now: Timestamp) {
        self.elsewhere.note(person);
        match self.elsewhere.of(person) {
            None => self.departed(person, since, now),
            Some(_) => self.tell_status(person, None, now),
        }
    }

    /// Somebody is gone from every node.
    pub(super) fn departed(&mut self, person: UserId, since: Timestamp, now: Timestamp) {
        self.tell_status(person, Some(since), now);
        if self.departures.len() >= DEPARTURES_KEPT {
            self.departures.remove(0);
        }
        self.departures.push((person, since));
    }

    pub(super) fn set_idle(&mut self, id: ConnectionId, is_idle: bool, now: Timestamp) {
        let Some(member) = self.members.get_mut(&id) else { return };
        member.is_idle = is_idle;
        let person = member.user_id;
        self.tell_idle(person, now);
    }

    /// A person is idle when all their devices are.
    fn tell_idle(&mut self, person: UserId, now: Timestamp) {
        let devices = self.of_person.get(&person).into_iter().flatten();
        let is_idle = devices.filter_map(|id| self.members.get(id)).all(|member| member.is_idle);
        let before = self.standing(person);
        if self.presence.set_idle(person, is_idle) {
            self.elsewhere.note(person);
        }
        if self.standing(person) != before {
            self.tell_status(person, None, now);
        }
    }

    /// Watches whether somebody is there; the frame that says how they are now.
    pub(super) fn watch_person(
        &mut self,
        id: ConnectionId,
        known: &PresenceRecord,
        now: Timestamp,
    ) -> Option<(CountKey, Frame)> {
        let person = known.person.id;
        self.subscribe(id, Topic::Presence(person), false);
        self.names.insert(person, known.person.full_name.clone());
        let event = self.status(person, known.last_seen_at, now)?;
        Some((CountKey::Status(person), encode(&event)?))
    }

    /// Who hides is gone for those who watch, and sees nobody either. Who shows again is seen by those who look again.
    pub(super) fn privacy_changed(&mut self, person: UserId, privacy: Privacy, now: Timestamp) {
        // What is on screen is joined again, and then shows what it may.
        self.forget_watched(person, |topic| match topic {
            Topic::Typing(_) => !privacy.shows_typing,
            Topic::Conversation(_) => !privacy.shows_receipts,
            _ => false,
        });
        if privacy.shows_presence {
            return;
        }
        if let Some(name) = self.names.get(&person).cloned() {
            let event = status_event(person, name, Status::Offline, false, None, now);
            self.send_status(person, &event);
        }
        for id in self.subscriptions.watchers(Topic::Presence(person)) {
            self.unsubscribe(id, |topic| *topic == Topic::Presence(person));
        }
        self.forget_watched(person, |topic| matches!(topic, Topic::Presence(_)));
    }

    /// Ends what a person's connections watch, and makes those ask again who are just being told what they may watch.
    fn forget_watched(&mut self, person: UserId, unwanted: impl Fn(&Topic) -> bool) {
        for id in self.of_person.get(&person).cloned().unwrap_or_default() {
            if let Some(member) = self.members.get_mut(&id) {
                member.mark = member.mark.wrapping_add(1);
            }
            self.unsubscribe(id, &unwanted);
        }
    }

    pub(super) fn tell_status(&mut self, person: UserId, last_seen_at: Option<Timestamp>, now: Timestamp) {
        self.offer_status(person);
        if let Some(event) = self.status(person, last_seen_at, now) {
            self.send_status(person, &event);
        }
    }

    fn send_status(&mut self, person: UserId, event: &ServerEvent) {
        if let Some(frame) = encode(event) {
            self.send(&[Topic::Presence(person)], Lane::Count(CountKey::Status(person)), &frame, &[]);
        }
    }

    /// How somebody is now; `None` when nobody watches them.
    fn status(&self, person: UserId, last_seen_at: Option<Timestamp>, now: Timestamp) -> Option<ServerEvent> {
        let name = self.names.get(&person)?.clone();
        Some(match self.standing(person) {
            Some(is_idle) => status_event(person, name, Status::Online, is_idle, None, now),
            None => status_event(person, name, Status::Offline, false, last_seen_at, now),
        })
    }
}

const fn status_event(
    user_id: UserId,
    full_name: String,
    status: Status,
    idle: bool,
    last_seen_at: Option<Timestamp>,
    timestamp: Timestamp,
) -> ServerEvent {
    ServerEvent::UserStatus(UserStatus { user_id, status, idle, full_name, timestamp, last_seen_at })
}
