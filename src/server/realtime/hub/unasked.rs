//! Connections that hear of everything they may see, as the documented clients expect who never say what they watch.
//!
//! The hub does not know who may see what. So it only offers: the gateway asks the domain, and from then on the post or
//! person is watched like one that was asked for by name.

use super::{ConnectionHandle, State, put};
use crate::{
    protocol::ids::{PostId, UserId},
    server::{
        domain::{outcome::Topic, ports::Attendance},
        realtime::{encoding::Frame, pacing::CountKey, queue::Lane},
    },
};

/// What a connection hears of without asking for it by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Curiosity {
    /// The counts of posts.
    pub posts: bool,
    /// Who comes and goes.
    pub people: bool,
}

impl State {
    /// Offers the count of a post to those who have not asked for it, whether they are among `only` or not among `except`.
    pub(super) fn offer_count(&self, topics: &[Topic], key: CountKey, frame: &Frame, may: impl Fn(UserId) -> bool) {
        if self.curious.is_empty() || !matches!(key, CountKey::Likes(_) | CountKey::Comments(_)) {
            return;
        }
        let Some(post) = topics.iter().find(|topic| matches!(topic, Topic::Post(_))) else { return };
        self.offer(|curiosity| curiosity.posts, *post, key, frame, may);
    }

    /// Offers that somebody came or went.
    pub(super) fn offer_status(&self, person: UserId) {
        if self.curious.is_empty() {
            return;
        }
        let (topic, key) = (Topic::Presence(person), CountKey::Status(person));
        self.offer(|curiosity| curiosity.people, topic, key, &Frame::from(Vec::new()), |viewer| viewer != person);
    }

    fn offer(
        &self,
        hears: impl Fn(&Curiosity) -> bool,
        topic: Topic,
        key: CountKey,
        frame: &Frame,
        may: impl Fn(UserId) -> bool,
    ) {
        let (mut calls, is_watched) = (Vec::new(), self.subscriptions.contained(topic));
        for (id, _) in self.curious.iter().filter(|(_, curiosity)| hears(curiosity)) {
            let Some(member) = self.members.get(id) else { continue };
            if may(member.user_id) && !is_watched(*id) {
                calls.extend(put(&member.queue, Lane::Unasked(key), frame));
            }
        }
        self.courier.call(calls);
    }
}

impl ConnectionHandle {
    /// From now on hears of this without asking for it by name; what was watched so far stays.
    pub fn hear_of(&self, curiosity: Curiosity) {
        let mut state = self.hub.state();
        if curiosity == Curiosity::default() {
            state.curious.remove(&self.id);
        } else if let Some(member) = state.members.get_mut(&self.id) {
            member.has_heard |= curiosity.people;
            state.curious.insert(self.id, curiosity);
        }
    }

    /// Hears of nobody more: those are enough.
    pub fn hear_of_no_more_people(&self) {
        if let Some(curiosity) = self.hub.state().curious.get_mut(&self.id) {
            curiosity.people = false;
        }
    }

    /// Everybody who is online, whether the person may know or not.
    #[must_use]
    pub fn people_online(&self) -> Vec<UserId> {
        self.hub.everybody()
    }

    /// Whether the counts of a post reach this connection.
    #[must_use]
    pub fn watches_post(&self, post: PostId) -> bool {
        self.hub.state().since(Topic::Post(post), self.id).is_some()
    }
}
