//! When to say that somebody types: keys and the clock go in, what to tell the others comes out.

use crate::protocol::limits::{TYPING_INTERVAL_MS, TYPING_MAX_MEMBERS};

/// After so long without a key they have stopped, in milliseconds.
const QUIET_MS: u64 = 2_000;

/// What happened in the composer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key changed the text.
    Key,
    /// The message was sent, the text was emptied, or the composer lost the focus.
    Ended,
    /// Time passed: [`Typing::due_ms`].
    Tick,
}

/// One composer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typing {
    // When the last key was pressed; `None` while nobody types.
    last_key_ms: Option<u64>,
    told_ms: u64,
}

impl Typing {
    /// Takes an input; returns what to tell, if anything. `members` counts everybody in the conversation.
    pub fn step(&mut self, input: Input, now_ms: u64, members: usize) -> Option<bool> {
        match input {
            Input::Key if members > TYPING_MAX_MEMBERS => self.end(),
            Input::Key => {
                let began = self.last_key_ms.replace(now_ms).is_none();
                // A pause between two texts does not make it more often than promised.
                let is_due = now_ms.saturating_sub(self.told_ms) >= TYPING_INTERVAL_MS || self.told_ms == 0;
                (began || is_due).then(|| {
                    self.told_ms = now_ms;
                    true
                })
            }
            Input::Ended => self.end(),
            Input::Tick if self.due_ms().is_some_and(|due| due <= now_ms) => self.end(),
            Input::Tick => None,
        }
    }

    fn end(&mut self) -> Option<bool> {
        self.last_key_ms.take().map(|_| false)
    }

    /// When to come back with [`Input::Tick`].
    #[must_use]
    pub fn due_ms(self) -> Option<u64> {
        self.last_key_ms.map(|at| at.saturating_add(QUIET_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inputs with their times, and what each tells.
    fn check(members: usize, rows: &[(u64, Input, Option<bool>)]) {
        let mut typing = Typing::default();
        for (now_ms, input, told) in rows {
            assert_eq!(typing.step(*input, *now_ms, members), *told, "{input:?} at {now_ms}");
        }
    }

    #[test]
    fn the_first_key_tells_and_later_ones_tell_every_two_seconds() {
        check(
            2,
            &[
                (10_000, Input::Key, Some(true)),
                (10_500, Input::Key, None),
                (11_999, Input::Key, None),
                (12_000, Input::Key, Some(true)),
                (13_000, Input::Key, None),
                (14_100, Input::Key, Some(true)),
            ],
        );
    }

    #[test]
    fn two_quiet_seconds_end_it() {
        check(
            2,
            &[
                (10_000, Input::Key, Some(true)),
                (11_000, Input::Key, None),
                (12_000, Input::Tick, None),
                (13_000, Input::Tick, Some(false)),
                (13_001, Input::Tick, None),
                (13_500, Input::Key, Some(true)),
            ],
        );
    }

    #[test]
    fn sending_ends_it_once() {
        check(
            2,
            &[
                (10_000, Input::Key, Some(true)),
                (10_100, Input::Ended, Some(false)),
                (10_200, Input::Ended, None),
                (12_100, Input::Tick, None),
            ],
        );
    }

    #[test]
    fn nobody_is_told_in_a_crowd() {
        check(TYPING_MAX_MEMBERS, &[(10_000, Input::Key, Some(true))]);
        check(TYPING_MAX_MEMBERS + 1, &[(10_000, Input::Key, None), (10_100, Input::Ended, None)]);
    }
}
