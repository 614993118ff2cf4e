//! Counts what passed and failed, and sums it up.

use std::time::{Duration, Instant};

use crate::{
    Outcome,
    run::{self, observed},
};

/// What one step came to.
struct Line {
    name: String,
    passed: u64,
    failed: u64,
    time: Duration,
}

/// What every step came to.
#[derive(Default)]
pub struct Report {
    lines: Vec<Line>,
    notes: Vec<String>,
}

impl Report {
    /// Runs one check or a set of tests, counts it, and goes on whatever it came to. A command that counts nothing is
    /// one check; one that fails without a count is one failure.
    pub fn step(&mut self, name: &str, command: &mut std::process::Command) {
        println!("\n→ {name}");
        let start = Instant::now();
        let (fine, output) = observed(command).unwrap_or_else(|why| {
            println!("{why}");
            (false, Vec::new())
        });
        let (passed, mut failed) = counted(&output).unwrap_or((u64::from(fine), 0));
        if failed == 0 && !fine {
            failed = 1;
        }
        self.lines.push(Line { name: name.to_owned(), passed, failed, time: start.elapsed() });
    }

    /// Something that could not even begin counts as one failure.
    pub fn failure(&mut self, name: &str, why: &str) {
        println!("\n→ {name}\n{why}");
        self.lines.push(Line { name: name.to_owned(), passed: 0, failed: 1, time: Duration::ZERO });
    }

    /// A line that must not be overlooked.
    pub fn note(&mut self, text: &str) {
        println!("\n! {text}");
        self.notes.push(text.to_owned());
    }

    /// Prints the summary; an error when anything failed.
    pub fn close(self, start: Instant) -> Outcome {
        println!("\nSummary");
        for line in &self.lines {
            let mark = if line.failed == 0 { "✓" } else { "✗" };
            let time = run::span(line.time);
            println!("  {mark} {:<44} {:>5} passed {:>4} failed  {time:>12}", line.name, line.passed, line.failed);
        }
        for note in &self.notes {
            println!("  ! {note}");
        }
        println!("  in {}", run::span(start.elapsed()));
        let passed: u64 = self.lines.iter().map(|line| line.passed).sum();
        let failed: u64 = self.lines.iter().map(|line| line.failed).sum();
        println!("\n{passed} passed, {failed} failed");
        if failed == 0 { Ok(()) } else { Err("Not everything passed.".to_owned()) }
    }
}

/// Passed and failed tests, from the closing lines of cargo test, cargo nextest and Playwright; `None` without any.
fn counted(lines: &[String]) -> Option<(u64, u64)> {
    let mut sum = None;
    for line in lines {
        // Indented, it is what one test said: nextest repeats the output of those that failed.
        let is_cargo_count = line.starts_with("test result:");
        let line = line.trim();
        let counts =
            is_cargo_count || (line.starts_with("Summary [") && line.contains(" run:")) || is_playwright_count(line);
        if counts {
            let (passed, failed) = sum.unwrap_or((0, 0));
            sum = Some((
                passed + number_before(line, "passed") + number_before(line, "flaky"),
                failed + number_before(line, "failed") + number_before(line, "timed out"),
            ));
        }
    }
    sum
}

/// `12 passed (3.4s)`, `1 failed`, `1 flaky`: a line that is only a count.
fn is_playwright_count(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let number = words.next().is_some_and(|word| word.parse::<u64>().is_ok());
    let kind = words.next().is_some_and(|word| matches!(word, "passed" | "failed" | "flaky"));
    number && kind && words.next().is_none_or(|word| word.starts_with('('))
}

/// The number that stands before `word`.
fn number_before(line: &str, word: &str) -> u64 {
    let Some((before, _)) = line.split_once(&format!(" {word}")) else { return 0 };
    before.rsplit(|c: char| !c.is_ascii_digit()).next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[&str]) -> Option<(u64, u64)> {
        counted(&lines.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn every_runner_is_understood() {
        assert_eq!(count(&["test result: FAILED. 9 passed; 1 failed; 0 ignored; 0 measured"]), Some((9, 1)));
        assert_eq!(
            count(&["     Summary [   1.2s] 120 tests run: 118 passed (2 slow), 2 failed, 3 skipped"]),
            Some((118, 2))
        );
        assert_eq!(count(&["     Summary [   1.2s] 12 tests run: 11 passed, 1 timed out, 0 skipped"]), Some((11, 1)));
        assert_eq!(
            count(&["  2 failed", "    a.spec.ts:3:1 › 7 passed the door", "  31 passed (1.2m)"]),
            Some((31, 2))
        );
    }

    #[test]
    fn a_run_without_tests_counts_none() {
        assert_eq!(count(&["     Summary [   0.0s] 0 tests run: 0 passed, 10 skipped"]), Some((0, 0)));
    }

    #[test]
    fn what_a_failed_test_said_is_not_counted_again() {
        let lines = [
            "    test result: FAILED. 0 passed; 1 failed; 0 ignored",
            " Summary [ 1s] 3 tests run: 2 passed, 1 failed",
        ];
        assert_eq!(count(&lines), Some((2, 1)));
    }

    #[test]
    fn other_lines_do_not_count() {
        assert_eq!(count(&["running 3 tests", "5 passed through here", "    Finished `test` profile"]), None);
    }
}
