//! Says what is not tested on this machine, so that nobody takes it for tested.

use std::{collections::BTreeSet, io::Write};

use parking_lot::Mutex;

/// Leaves one line on the terminal, however many cases are left out for the same reason: "every case with Redis, as …".
pub fn skipped(what: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if SAID.lock().insert(what.to_owned()) {
        // Written past the test harness, which would keep the line of a passing test to itself.
        let _ = writeln!(std::io::stderr(), "skipped: {what}");
    }
}
