//! How long to wait before the next attempt: doubling from one second to half a minute, with full jitter.

/// The first ceiling, in milliseconds; doubled by every further failure.
const FIRST_MS: u64 = 1_000;
/// The last ceiling, in milliseconds.
const CAP_MS: u64 = 30_000;

/// Counts failed attempts. It never gives up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The longest the next wait can be, in milliseconds: 1, 2, 4, 8, 16 s, then 30 s.
    #[must_use]
    pub fn ceiling_ms(self) -> u64 {
        // Past 2^5 the cap holds anyway; the bound keeps the shift small.
        (FIRST_MS << self.failures.min(5)).min(CAP_MS)
    }

    /// The next wait in milliseconds, and one more failure counted. `chance` is a random number from 0 to 1: full
    /// jitter spreads clients that were cut at the same moment over the whole span.
    pub fn next_ms(&mut self, chance: f64) -> u64 {
        let ceiling = self.ceiling_ms();
        self.failures = self.failures.saturating_add(1);
        // The ceiling is at most 30,000, which a double holds exactly.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let wait = (ceiling as f64 * chance.clamp(0.0, 1.0)) as u64;
        wait
    }

    /// Starts again from one second.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_double_up_to_half_a_minute_and_stay_there() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..8).map(|_| backoff.next_ms(1.0)).collect();
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn jitter_covers_the_whole_span_from_zero() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next_ms(0.0), 0);
        assert_eq!(backoff.next_ms(0.5), 1_000);
        assert_eq!(backoff.next_ms(7.0), 4_000);
    }

    #[test]
    fn it_never_gives_up() {
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.next_ms(1.0), 30_000);
    }

    #[test]
    fn a_reset_starts_again_from_one_second() {
        let mut backoff = Backoff::default();
        backoff.next_ms(1.0);
        backoff.reset();
        assert_eq!(backoff.ceiling_ms(), 1_000);
    }
}
