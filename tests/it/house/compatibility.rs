//! `docs/compatibility.md` answers every line of the documents, and the tests that it names exist.

use std::fs;

use super::root;

/// How many lines each document has; the last are the weaknesses.
const LINES: [(&str, usize); 6] = [("S0.", 68), ("S1.", 37), ("S2.", 38), ("S3.", 51), ("S4.", 31), ("W", 15)];

/// A row: its number, what is said of it, and each test as path and name.
struct Row {
    line: String,
    state: String,
    how: String,
    tests: Vec<(String, String)>,
}

fn rows(page: &str) -> Vec<Row> {
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let of_line = |text: &str| text.starts_with("| S") || text.starts_with("| W");
    let rows = page.lines().filter(|text| of_line(text)).map(cells).filter(|cells| cells.len() == 5);
    rows.map(|cells| Row {
        line: cells[0].clone(),
        state: cells[2].clone(),
        how: cells[3].clone(),
        tests: cells[4].split("<br>").filter_map(|test| test.trim_matches('`').split_once(" › ")).map(owned).collect(),
    })
    .collect()
}

fn owned((path, name): (&str, &str)) -> (String, String) {
    (path.replacen("it/", "tests/it/", 1).replacen("specs/", "end2end/specs/", 1), name.to_owned())
}

/// Whether a test of this name stands in this text. A number must be a word of the title: S0.5 is not S0.50.
fn names(text: &str, name: &str) -> bool {
    let is_number = name.len() < 6 && name.ends_with(|last: char| last.is_ascii_digit());
    let mut titles = text.lines().map(str::trim).filter(|line| line.starts_with("test("));
    if is_number {
        return titles.any(|title| title.split([' ', '"', '`']).any(|word| word == name));
    }
    text.contains(&format!("fn {name}(")) || titles.any(|title| title.contains(name))
}

fn faults(page: &str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let rows = rows(page);
    let numbers = LINES.iter().flat_map(|(document, count)| (1..=*count).map(move |line| format!("{document}{line}")));
    let wanted: Vec<String> = numbers.collect();
    let given: Vec<String> = rows.iter().map(|row| row.line.clone()).collect();
    let mut faults: Vec<String> =
        wanted.iter().filter(|line| !given.contains(line)).map(|line| format!("{line} is missing")).collect();
    if faults.is_empty() && wanted != given {
        faults.push("lines are out of order, or there are too many".to_owned());
    }
    for Row { line, state, how, tests } in rows {
        let is_explained = tests.is_empty() && !how.is_empty() && state != "yes";
        if !["yes", "better", "not yet"].contains(&state.as_str()) || (tests.is_empty() && !is_explained) {
            faults.push(format!("{line} is {state:?}, with neither a test nor a reason"));
        }
        for (path, name) in tests {
            if !read(&path).is_some_and(|text| names(&text, &name)) {
                faults.push(format!("{line} names {path} › {name}, which does not exist"));
            }
        }
    }
    faults
}

#[test]
fn every_documented_line_is_answered_by_a_test_that_exists() {
    let page = fs::read_to_string(root().join("docs/compatibility.md")).unwrap();
    let found = faults(&page, |path| fs::read_to_string(root().join(path)).ok());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_line_that_is_missing_or_proved_by_nothing_is_seen() {
    let row = |line: &str, rest: &str| format!("| {line} | what | {rest} |\n");
    let page = row("S0.1", "yes |  | `it/a.rs › holds`")
        + &row("S0.2", "yes | how | `specs/a.spec.ts › S0.2`")
        + &row("S0.3", "yes | how | `it/a.rs › is_gone`")
        + &row("S0.4", "yes | how | ")
        + &row("S0.5", "better | because | ");
    let read = |path: &str| match path {
        "tests/it/a.rs" => Some("fn holds() {}".to_owned()),
        "end2end/specs/a.spec.ts" => Some("test(\"S0.20 S1.3 a claim\", async () => {".to_owned()),
        _ => None,
    };
    let found = faults(&page, read);
    for line in ["S0.2 names", "S0.3 names", "S0.4 is", "S0.6 is missing", "W15 is missing"] {
        assert!(found.iter().any(|fault| fault.starts_with(line)), "{line}: {found:?}");
    }
    for line in ["S0.1 ", "S0.5 "] {
        assert!(!found.iter().any(|fault| fault.starts_with(line)), "{line}: {found:?}");
    }
}
