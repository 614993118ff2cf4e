//! How many people are held, found by trying: twice as many as long as that goes well, then between the last that went well
//! and the first that did not.

/// What to try next.
#[derive(Clone, Debug)]
pub struct Search {
    held: usize,
    failed: Option<usize>,
    first: usize,
    most: usize,
    /// It is near enough when the two are no further apart than this part of the lower one.
    fineness: f64,
}

impl Search {
    /// From `first` up to `most`.
    #[must_use]
    pub fn new(first: usize, most: usize, fineness: f64) -> Self {
        Self { held: 0, failed: None, first: first.clamp(1, most.max(1)), most, fineness }
    }

    /// How many to try now; `None` when it is known well enough.
    #[must_use]
    pub fn next(&self) -> Option<usize> {
        match self.failed {
            None if self.held >= self.most => None,
            None if self.held == 0 => Some(self.first),
            None => Some((self.held * 2).min(self.most)),
            Some(failed) => {
                let apart = failed.saturating_sub(self.held);
                let near = (self.held as f64 * self.fineness) as usize;
                (apart > near.max(1)).then_some(self.held + apart / 2)
            }
        }
    }

    /// How it went.
    pub fn tell(&mut self, people: usize, went_well: bool) {
        if went_well {
            self.held = self.held.max(people);
        } else {
            self.failed = Some(self.failed.map_or(people, |failed| failed.min(people)));
        }
    }

    /// The most that went well.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }

    /// Whether more might be held than were tried.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.failed.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found of a machine that holds so many, and what was tried for it.
    fn found(holds: usize, first: usize, most: usize) -> (Search, Vec<usize>) {
        let mut search = Search::new(first, most, 0.05);
        let mut tried = Vec::new();
        while let Some(people) = search.next() {
            tried.push(people);
            search.tell(people, people <= holds);
            assert!(tried.len() < 40, "{tried:?}");
        }
        (search, tried)
    }

    #[test]
    fn it_doubles_then_halves() {
        let (search, tried) = found(2_900, 500, 18_000);
        assert_eq!(tried, [500, 1_000, 2_000, 4_000, 3_000, 2_500, 2_750, 2_875]);
        assert_eq!((search.held(), search.is_open()), (2_875, false));
    }

    #[test]
    fn it_is_within_a_twentieth_wherever_the_limit_is() {
        for holds in [30, 101, 777, 5_000, 9_999, 17_999] {
            let held = found(holds, 500, 18_000).0.held();
            assert!(held <= holds && held as f64 >= holds as f64 / 1.051 - 1.0, "{held} of {holds}");
        }
    }

    #[test]
    fn a_machine_that_holds_all_is_told_so_and_one_that_holds_none_too() {
        let (search, tried) = found(usize::MAX, 500, 18_000);
        assert_eq!((search.held(), search.is_open(), tried.last()), (18_000, true, Some(&18_000)));
        let (search, tried) = found(0, 4, 18_000);
        assert_eq!((search.held(), search.is_open(), tried), (0, false, vec![4, 2, 1]));
    }
}
