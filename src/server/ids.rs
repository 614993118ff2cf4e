//! New ids: 53 bits that start with the moment, so that newer things sort after older ones.
//!
//! | bits | what |
//! | --- | --- |
//! | 40 | milliseconds since 2026-01-01T00:00:00Z; lasts until the end of 2060 |
//! | 5 | the node, so that up to 32 of them need not ask each other |
//! | 8 | a sequence within the millisecond |
//!
//! 53 bits, because clients may hold ids as doubles.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{protocol::time::Timestamp, server::domain::ports::Ids};

/// 2026-01-01T00:00:00Z, in milliseconds since 1970.
const EPOCH_MS: u64 = 1_767_225_600_000;
const NODE_BITS: u32 = 5;
const SEQUENCE_BITS: u32 = 8;
const MOMENT_LIMIT: u64 = 1 << 40;

/// Makes ids. Each is greater than every one before it, also when the clock steps back or stands still.
#[derive(Debug)]
pub struct IdGenerator {
    node: AtomicU64,
    /// Moment and sequence of the newest id, in one number. When a millisecond's 256 ids are used up, the next one
    /// counts over into the moment: it borrows from the millisecond to come.
    newest: AtomicU64,
}

impl IdGenerator {
    /// For the node with this number; the lowest five bits count.
    #[must_use]
    pub const fn new(node: u8) -> Self {
        Self { node: AtomicU64::new(bits(node)), newest: AtomicU64::new(0) }
    }

    /// From now on the node has this number.
    pub fn set_node(&self, node: u8) {
        self.node.store(bits(node), Ordering::Relaxed);
    }
}

const fn bits(node: u8) -> u64 {
    (node & ((1 << NODE_BITS) - 1)) as u64
}

impl Ids for IdGenerator {
    fn next(&self, now: Timestamp) -> u64 {
        let moment = now.as_millis().saturating_sub(EPOCH_MS).min(MOMENT_LIMIT - 1);
        let first = moment << SEQUENCE_BITS;
        let after = |newest: u64| first.max(newest + 1);
        // Relaxed is enough: the ids order themselves, and they guard no other memory.
        let newest = self.newest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |newest| Some(after(newest)));
        // The closure always answers `Some`; both arms hold the value before the update.
        let stamp = after(newest.unwrap_or_else(|newest| newest));
        let (moment, sequence) = (stamp >> SEQUENCE_BITS, stamp & ((1 << SEQUENCE_BITS) - 1));
        (moment % MOMENT_LIMIT) << (NODE_BITS + SEQUENCE_BITS)
            | self.node.load(Ordering::Relaxed) << SEQUENCE_BITS
            | sequence
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Arc, thread};

    use super::*;
    use crate::protocol::ids::ID_LIMIT;

    const NOON: Timestamp = Timestamp::from_millis(EPOCH_MS + 1_000_000);

    #[test]
    fn ids_grow_although_the_clock_steps_back() {
        let ids = IdGenerator::new(0);
        let first = ids.next(NOON);
        let second = ids.next(Timestamp::from_millis(NOON.as_millis() - 5_000));
        assert!(second > first);
    }

    #[test]
    fn a_full_millisecond_borrows_from_the_next() {
        let ids = IdGenerator::new(3);
        let made: Vec<u64> = (0..1_000).map(|_| ids.next(NOON)).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(made[0] >> 13, 1_000_000);
        assert_eq!(made[999] >> 13, 1_000_003);
        assert!(made.iter().all(|id| id >> 8 & 31 == 3));
    }

    #[test]
    fn ids_stay_below_two_to_the_53() {
        let ids = IdGenerator::new(255);
        assert!(ids.next(Timestamp::from_millis(u64::MAX)) < ID_LIMIT);
        assert!(ids.next(Timestamp::from_millis(0)) < ID_LIMIT);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test is about threads")]
    fn threads_never_share_an_id() {
        let ids = Arc::new(IdGenerator::new(0));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let ids = Arc::clone(&ids);
                thread::spawn(move || (0..2_000).map(|_| ids.next(NOON)).collect::<Vec<_>>())
            })
            .collect();
        let made: HashSet<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(made.len(), 8_000);
    }
}
