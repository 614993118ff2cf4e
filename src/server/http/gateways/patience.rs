//! How a connection that sends too much, or what cannot be read, is treated: told, then slowed, then closed.

use std::time::Duration;

use tokio::time::Instant;

/// Strikes are forgotten this long after the first of a row.
const MEMORY: Duration = Duration::from_secs(10);
/// Frames that cannot be read within [`MEMORY`] before the connection is closed.
const FAULTS: u32 = 10;
/// Commands beyond the allowance that are only answered with an error.
const POLITE: u32 = 10;
/// Commands beyond it before the connection is closed.
const EXCESS: u32 = 60;
/// How long nothing is read after each command in between.
const REST: Duration = Duration::from_millis(100);

/// What happens after a strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answer with an error and go on.
    Tell,
    /// Answer with an error and read nothing for this long.
    Slow(Duration),
    /// Close the connection.
    Close,
}

/// One connection's record.
#[derive(Debug, Default)]
pub struct Patience {
    faults: Strikes,
    excess: Strikes,
}

impl Patience {
    /// A frame could not be read.
    pub fn fault(&mut self, now: Instant) -> Verdict {
        if self.faults.add(now) < FAULTS { Verdict::Tell } else { Verdict::Close }
    }

    /// A command came beyond the allowance.
    pub fn excess(&mut self, now: Instant) -> Verdict {
        match self.excess.add(now) {
            times if times <= POLITE => Verdict::Tell,
            times if times <= EXCESS => Verdict::Slow(REST),
            _ => Verdict::Close,
        }
    }
}

#[derive(Debug, Default)]
struct Strikes {
    count: u32,
    since: Option<Instant>,
}

impl Strikes {
    fn add(&mut self, now: Instant) -> u32 {
        if self.since.is_none_or(|since| now.duration_since(since) > MEMORY) {
            *self = Self { count: 0, since: Some(now) };
        }
        self.count += 1;
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_then_slowed_then_closed() {
        let (mut patience, now) = (Patience::default(), Instant::now());
        let verdicts: Vec<Verdict> = (0..70).map(|_| patience.excess(now)).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Tell).count(), 10);
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Slow(REST)).count(), 50);
        assert_eq!(verdicts.last(), Some(&Verdict::Close));
    }

    #[test]
    fn a_mistake_now_and_then_is_forgiven_for_ever() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        for second in 0..1_000 {
            assert_eq!(patience.fault(start + Duration::from_secs(2 * second)), Verdict::Tell);
        }
    }
}
