//! Runs every check and test, and sums them up.

use std::{fs, path::Path, process::Command, time::Instant};

use crate::{
    Outcome, build,
    postgres::Cluster,
    reference,
    report::Report,
    run::{self, line},
    site, tools,
};

/// The steps, in the order they run.
const STEPS: [&str; 7] = ["fmt", "lint", "unit", "documents", "postgres", "browser", "long"];

/// What was asked for.
struct Wanted {
    steps: Vec<String>,
    postgres: bool,
    long: bool,
}

impl Wanted {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut wanted = Self { steps: Vec::new(), postgres: true, long: false };
        for word in arguments {
            match word.as_str() {
                "--no-postgres" => wanted.postgres = false,
                "--long" => wanted.long = true,
                step if STEPS.contains(&step) => wanted.steps.push(step.to_owned()),
                other => return Err(format!("There is no step {other}; the steps are {}.", STEPS.join(", "))),
            }
        }
        Ok(wanted)
    }

    /// Without a choice everything runs, except what takes long. `postgres` is part of `unit` then.
    fn has(&self, step: &str) -> bool {
        match step {
            "long" => self.long || self.named(step),
            "postgres" => self.named(step) && !self.has("unit"),
            _ => self.steps.is_empty() || self.named(step),
        }
    }

    fn named(&self, step: &str) -> bool {
        self.steps.iter().any(|name| name == step)
    }
}

/// `cargo xtask test`.
pub fn run(arguments: &[String]) -> Outcome {
    let wanted = Wanted::parse(arguments)?;
    let start = Instant::now();
    let mut report = Report::default();
    tools::for_checks()?;
    if wanted.has("fmt") {
        check_format(&mut report);
    }
    if wanted.has("lint") {
        lint(&mut report);
    }
    if wanted.has("unit") || wanted.has("postgres") || wanted.has("long") {
        test_rust(&wanted, &mut report);
    }
    if wanted.has("documents") {
        check_documents(&mut report);
    }
    if wanted.has("browser") {
        test_in_browser(&wanted, &mut report);
    }
    report.close(start)
}

/// `cargo xtask fmt`.
pub fn format() -> Outcome {
    run::show("Formatting Rust", &mut line("cargo fmt --all"))?;
    if site::find("taplo").is_some() {
        run::show("Formatting TOML", &mut line("taplo format"))?;
    }
    Ok(())
}

fn check_format(report: &mut Report) {
    report.step("Format of the Rust code", &mut line("cargo fmt --all --check"));
    if site::find("taplo").is_some() {
        report.step("Format of the TOML files", &mut line("taplo format --check"));
    }
}

fn lint(report: &mut Report) {
    let mut check = |name: &str, text: &str| report.step(name, &mut line(text));
    check("Lints, server and load", &format!("cargo clippy --quiet {PACKAGES} --all-targets -- -D warnings"));
    check(
        "Lints, browser",
        "cargo clippy --quiet --lib --features hydrate --target wasm32-unknown-unknown -- -D warnings",
    );
    check("Lints, xtask", "cargo clippy --quiet --package xtask --all-targets -- -D warnings");
    // These take minutes to build and repeat what tests/it/house.rs checks in part: used where they are installed.
    for (tool, name, text) in [
        ("cargo-deny", "Licences and sources of dependencies", "cargo deny --offline check bans licenses sources"),
        ("cargo-shear", "Unused dependencies", "cargo shear"),
    ] {
        if site::find(tool).is_some() {
            check(name, text);
        }
    }
}

/// Unit and integration tests; those of the storage on PostgreSQL too.
fn test_rust(wanted: &Wanted, report: &mut Report) {
    let cluster = wanted.postgres.then(Cluster::start);
    let url = match &cluster {
        None => {
            report.note("PostgreSQL was left out (--no-postgres): storage was tested on SQLite only.");
            None
        }
        Some(Ok(cluster)) => Some(cluster.url.as_str()),
        Some(Err(why)) => {
            report.failure("PostgreSQL", why);
            None
        }
    };
    let python = tools::python();
    if let Err(why) = &python {
        report.failure("A store of files for tests", why);
    }
    let python = python.ok();
    let equipped = |command: Command| equip(command, url, python.as_deref());
    // One test asks cargo for the trees of all targets, without the network.
    report.step("Dependencies of all targets", &mut line("cargo fetch --locked --quiet"));
    if wanted.has("unit") {
        report.step("Tests of xtask", &mut line("cargo test --quiet --package xtask"));
        report.step("Unit and integration tests", &mut equipped(tests("--lib --test it", "")));
    }
    if wanted.has("postgres") {
        report.step("Storage on PostgreSQL", &mut equipped(tests("--test it", "postgres")));
    }
    if wanted.has("long") {
        let soak = line("cargo test --features ssr --test it -- --ignored --nocapture");
        report.step("Long tests", &mut equipped(soak));
    }
}

/// The product and the load generator, built together so that they share everything.
const PACKAGES: &str = "--package hubbub --package hubbub-load --features ssr";

/// The test command: nextest where it is installed, as it runs the tests of all binaries side by side.
fn tests(targets: &str, filter: &str) -> Command {
    if site::find("cargo-nextest").is_some() {
        return line(&format!(
            "cargo nextest run {PACKAGES} {targets} --no-fail-fast --status-level fail --no-tests pass {filter}"
        ));
    }
    line(&format!("cargo test {PACKAGES} {targets} --no-fail-fast {filter}"))
}

/// Tells the tests where PostgreSQL is, and a Python with a store of files; each variable is read in one place.
fn equip(mut command: Command, postgres: Option<&str>, python: Option<&Path>) -> Command {
    match postgres {
        Some(url) => command.env("HUBBUB_TEST_POSTGRES", url),
        None => command.env_remove("HUBBUB_TEST_POSTGRES"),
    };
    match python {
        Some(program) => command.env("HUBBUB_PYTHON", program),
        None => command.env_remove("HUBBUB_PYTHON"),
    };
    command
}

/// Whether the documents are what their standards say, and the types for TypeScript what the documents say. That the documents
/// are what the code says is a test in Rust.
fn check_documents(report: &mut Report) {
    const NAME: &str = "Documents of the wire";
    match tools::for_documents() {
        Ok(()) => report.step(NAME, &mut reference::check()),
        Err(why) => report.failure(NAME, &why),
    }
}

/// The browser tests, against the finished product.
/// The program in browsers. With a PostgreSQL it also runs as several servers.
fn test_in_browser(wanted: &Wanted, report: &mut Report) {
    const NAME: &str = "Browser tests";
    if !site::root().join("end2end").is_dir() {
        return report.failure(NAME, "There is no folder end2end.");
    }
    let prepared = tools::for_transcripts()
        .and_then(|()| Ok((tools::python()?, tools::browser()?)))
        .and_then(|(python, browser)| Ok((build::release()?, python, browser)));
    let (program, python, browser) = match prepared {
        Ok(prepared) => prepared,
        Err(why) => return report.failure(NAME, &why),
    };
    let cluster = match wanted.postgres.then(Cluster::start).transpose() {
        Ok(cluster) => cluster,
        Err(why) => return report.failure("PostgreSQL", &why),
    };
    let mut playwright = line("npx playwright test --reporter=list");
    if let Some(cluster) = &cluster {
        playwright.env("HUBBUB_TEST_POSTGRES", &cluster.url);
    }
    playwright.current_dir(site::root().join("end2end")).env("HUBBUB_BINARY", program);
    playwright.env("HUBBUB_PYTHON", python);
    if let Some(browser) = browser {
        playwright.env("HUBBUB_CHROMIUM", browser);
    }
    // Leftovers of an earlier run would only confuse.
    let _ = fs::remove_dir_all(site::root().join("end2end/test-results"));
    report.step(NAME, &mut playwright);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(words: &[&str]) -> Wanted {
        Wanted::parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn without_a_choice_everything_but_the_long_tests_runs() {
        let all = wanted(&[]);
        assert!(["fmt", "lint", "unit", "browser"].iter().all(|step| all.has(step)));
        assert!(!all.has("long") && !all.has("postgres"), "unit includes postgres");
        assert!(wanted(&["--long"]).has("long"));
    }

    #[test]
    fn a_choice_leaves_the_rest_out() {
        let some = wanted(&["unit", "browser"]);
        assert!(some.has("unit") && some.has("browser") && !some.has("fmt") && !some.has("lint"));
        assert!(wanted(&["postgres"]).has("postgres"));
        assert!(Wanted::parse(&["everything".to_owned()]).is_err());
    }
}
