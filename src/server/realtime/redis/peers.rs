//! The other nodes: what each has said last, and whether it is still there. Pure: the clock is a parameter.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use crate::server::realtime::presence::LEAVING_GRACE;

/// A node that says nothing for so long is gone, and its people with it. They have to be offline twelve seconds after a
/// hard kill; a node that has much to do says something every second all the same.
pub const GONE_AFTER: Duration = Duration::from_secs(8);
/// A node that is gone may only have been frozen: so long its numbers are remembered.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// What the number of something heard means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is the next; nothing is missing.
    Next,
    /// It was heard before.
    Again,
    /// Something before it was missed.
    AfterGap,
}

#[derive(Debug)]
struct Peer {
    number: u64,
    heard: Instant,
    connections: usize,
    is_there: bool,
}

/// Everybody else.
#[derive(Debug, Default)]
pub struct Peers {
    of: HashMap<String, Peer>,
}

impl Peers {
    /// `name` says something that is `numbered` or not, and has said `number` numbered things by now.
    pub fn hear(&mut self, name: &str, number: u64, is_numbered: bool, now: Instant) -> Heard {
        // Whoever is new has said nothing yet, or it was missed.
        let peer =
            self.of.entry(name.to_owned()).or_insert(Peer { number: 0, heard: now, connections: 0, is_there: false });
        peer.heard = now;
        peer.is_there = true;
        let expected = peer.number + u64::from(is_numbered);
        if number < expected {
            return if is_numbered { Heard::Again } else { Heard::Next };
        }
        peer.number = number;
        if number == expected { Heard::Next } else { Heard::AfterGap }
    }

    /// Whether the node is known and not gone.
    #[must_use]
    pub fn is_there(&self, name: &str) -> bool {
        self.of.get(name).is_some_and(|peer| peer.is_there)
    }

    /// Notes how many connections a node holds.
    pub fn set_connections(&mut self, name: &str, connections: usize) {
        if let Some(peer) = self.of.get_mut(name) {
            peer.connections = connections;
        }
    }

    /// Connections that the others hold together.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.of.values().filter(|peer| peer.is_there).map(|peer| peer.connections).sum()
    }

    /// The node said that it stops: its people have the time of a reload to turn up elsewhere.
    pub fn leave(&mut self, name: &str, now: Instant) {
        let silent_for = GONE_AFTER.saturating_sub(LEAVING_GRACE);
        if let Some(peer) = self.of.get_mut(name) {
            peer.heard = now.checked_sub(silent_for).unwrap_or(now);
        }
    }

    /// From now on silence counts: before, nobody could be heard.
    pub fn listen(&mut self, now: Instant) {
        for peer in self.of.values_mut() {
            peer.heard = now;
        }
    }

    /// Those who are gone now and were not before.
    pub fn take_gone(&mut self, now: Instant) -> Vec<String> {
        self.of.retain(|_, peer| now.duration_since(peer.heard) < FORGOTTEN_AFTER);
        let silent = |peer: &Peer| peer.is_there && now.duration_since(peer.heard) >= GONE_AFTER;
        let gone = self.of.iter_mut().filter(|(_, peer)| silent(peer));
        gone.map(|(name, peer)| {
            peer.is_there = false;
            name.clone()
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_missed_is_noticed_with_the_next_thing_said() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        assert_eq!(peers.hear("a", 0, false, now), Heard::Next);
        assert_eq!(peers.hear("a", 1, true, now), Heard::Next);
        assert_eq!(peers.hear("a", 1, false, now), Heard::Next);
        assert_eq!(peers.hear("a", 3, true, now), Heard::AfterGap);
        assert_eq!(peers.hear("a", 4, true, now), Heard::Next);
        assert_eq!(peers.hear("a", 6, false, now), Heard::AfterGap, "a beat tells it too");
        assert_eq!(peers.hear("a", 6, true, now), Heard::Again);
        assert_eq!(peers.hear("a", 7, true, now), Heard::Next);
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_spoke_before_it_was_heard_left_something_out() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        assert_eq!(peers.hear("a", 5, false, now), Heard::AfterGap);
        assert_eq!(peers.hear("b", 1, true, now), Heard::Next);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_silent_is_gone_once_and_comes_back_where_they_were() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        peers.hear("a", 2, false, now);
        peers.set_connections("a", 9);
        assert_eq!(peers.connections(), 9);
        let later = now + GONE_AFTER;
        assert_eq!(peers.take_gone(later - Duration::from_millis(1)), Vec::<String>::new());
        assert_eq!(peers.take_gone(later), ["a"]);
        assert_eq!(peers.take_gone(later), Vec::<String>::new());
        assert_eq!((peers.connections(), peers.is_there("a")), (0, false));
        assert_eq!(peers.hear("a", 3, true, later), Heard::Next, "it was frozen, and nothing is missing");
        assert!(peers.is_there("a"));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_gone_while_nobody_can_be_heard() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        peers.hear("a", 0, false, now);
        let back = now + GONE_AFTER * 3;
        peers.listen(back);
        assert_eq!(peers.take_gone(back), Vec::<String>::new());
        assert_eq!(peers.take_gone(back + GONE_AFTER), ["a"]);
    }
}
