//! Who is online: with any tab or device connected, and for a moment after the last one went, so that a reload is not
//! seen.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    time::Duration,
};

use tokio::time::Instant;

use crate::protocol::{ids::UserId, time::Timestamp};

/// How long somebody without a connection still counts as online. A reload takes less.
pub const LEAVING_GRACE: Duration = Duration::from_secs(3);

/// Everybody who is online.
#[derive(Debug, Default)]
pub struct Presence {
    people: HashMap<UserId, Standing>,
    /// When those without a connection are gone; in order, as the grace is the same for all. May name some who came back.
    leaving: VecDeque<(Instant, UserId)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    is_idle: bool,
    /// Without a connection: since when, and when that is told.
    leaving: Option<(Timestamp, Instant)>,
}

impl Presence {
    /// Somebody opened a connection; whether they were offline.
    pub fn arrive(&mut self, person: UserId) -> bool {
        match self.people.entry(person) {
            Entry::Vacant(vacant) => {
                vacant.insert(Standing::default());
                true
            }
            Entry::Occupied(mut occupied) => {
                occupied.get_mut().leaving = None;
                false
            }
        }
    }

    /// Somebody's last connection closed at `at`, which is `now`.
    pub fn leave(&mut self, person: UserId, at: Timestamp, now: Instant) {
        if let Some(standing) = self.people.get_mut(&person) {
            let due = now + LEAVING_GRACE;
            standing.leaving = Some((at, due));
            self.leaving.push_back((due, person));
        }
    }

    /// When [`Presence::take_gone`] has something to do next.
    pub fn next_due(&self) -> Option<Instant> {
        self.leaving.front().map(|(at, _)| *at)
    }

    /// The next one whose grace is over at `now`, and when they were last seen.
    pub fn take_gone(&mut self, now: Instant) -> Option<(UserId, Timestamp)> {
        while self.next_due().is_some_and(|at| at <= now) {
            let (due, person) = self.leaving.pop_front()?;
            let leaving = self.people.get(&person).and_then(|standing| standing.leaving);
            if let Some((since, _)) = leaving.filter(|(_, at)| *at == due) {
                self.people.remove(&person);
                return Some((person, since));
            }
        }
        None
    }

    /// Notes whether somebody who is online does nothing on any device; whether that is news.
    pub fn set_idle(&mut self, person: UserId, is_idle: bool) -> bool {
        let Some(standing) = self.people.get_mut(&person) else { return false };
        std::mem::replace(&mut standing.is_idle, is_idle) != is_idle
    }

    /// Whether somebody is online, and if so, whether they do nothing.
    pub fn of(&self, person: UserId) -> Option<bool> {
        self.people.get(&person).map(|standing| standing.is_idle)
    }

    /// Everybody who is online.
    pub fn everybody(&self) -> impl Iterator<Item = UserId> {
        self.people.keys().copied()
    }

    /// Whether exactly those are online who are connected or about to be told gone: for tests.
    pub fn is_sound(&self, is_connected: impl Fn(UserId) -> bool) -> bool {
        self.people.iter().all(|(person, standing)| match standing.leaving {
            None => is_connected(*person),
            Some((_, due)) => !is_connected(*person) && self.leaving.contains(&(due, *person)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: UserId = UserId::new(1);
    const AT: Timestamp = Timestamp::from_millis(7);

    #[tokio::test(start_paused = true)]
    async fn a_reload_is_not_seen() {
        let mut presence = Presence::default();
        assert!(presence.arrive(ANA));
        presence.leave(ANA, AT, Instant::now());
        assert!(!presence.arrive(ANA), "they never were offline");
        let later = Instant::now() + LEAVING_GRACE * 2;
        assert_eq!((presence.take_gone(later), presence.of(ANA)), (None, Some(false)));
    }

    #[tokio::test(start_paused = true)]
    async fn who_stays_away_is_gone_once_since_they_left() {
        let mut presence = Presence::default();
        presence.arrive(ANA);
        presence.leave(ANA, AT, Instant::now());
        assert_eq!(presence.take_gone(Instant::now()), None);
        let due = presence.next_due().unwrap();
        assert_eq!(presence.take_gone(due), Some((ANA, AT)));
        assert_eq!((presence.take_gone(due), presence.of(ANA), presence.next_due()), (None, None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn leaving_twice_counts_from_the_second_time() {
        let mut presence = Presence::default();
        presence.arrive(ANA);
        presence.leave(ANA, AT, Instant::now());
        let first = presence.next_due().unwrap();
        presence.arrive(ANA);
        tokio::time::advance(Duration::from_secs(1)).await;
        presence.leave(ANA, Timestamp::from_millis(9), Instant::now());
        assert_eq!(presence.take_gone(first), None);
        let second = presence.next_due().unwrap();
        assert_eq!(presence.take_gone(second), Some((ANA, Timestamp::from_millis(9))));
    }

    #[test]
    fn idle_is_news_once() {
        let mut presence = Presence::default();
        assert!(!presence.set_idle(ANA, true), "nobody is idle who is offline");
        presence.arrive(ANA);
        assert!(presence.set_idle(ANA, true) && !presence.set_idle(ANA, true) && presence.set_idle(ANA, false));
    }
}
