//! How far a long command is, for who waits for it.

use std::io::{IsTerminal, Write};

use super::Progress;

/// So much more must be done before it is said again where lines stay.
const STEP: u64 = 100_000;

/// Tells on standard error: in one line on a terminal, elsewhere a line for each thing that is done, and for each step of a
/// long one.
#[derive(Debug)]
pub struct Teller {
    is_terminal: bool,
    last: (String, u64),
}

impl Default for Teller {
    fn default() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), last: (String::new(), 0) }
    }
}

impl Teller {
    /// Tells this, or leaves it out because nobody would read so many lines.
    pub fn tell(&mut self, Progress { what, done, of }: Progress<'_>) {
        let is_new = self.last.0 != what;
        if self.is_terminal {
            let before = if is_new && !self.last.0.is_empty() { "\n" } else { "\r" };
            eprint!("{before}{what}: {done} of {of}");
            // A terminal that is gone needs no progress.
            let _ = std::io::stderr().flush();
        } else if of > 0 && (done >= of || done / STEP > self.last.1 / STEP) {
            eprintln!("{what}: {done} of {of}");
        }
        self.last = (what.to_owned(), done);
    }

    /// Ends the line on a terminal.
    pub fn end(&self) {
        if self.is_terminal && !self.last.0.is_empty() {
            eprintln!();
        }
    }
}
