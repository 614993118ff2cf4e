//! Hubbub's own tool: builds, serves and tests it, and installs what is missing on the way.

mod bench;
mod build;
mod doctor;
mod measure;
mod postgres;
mod reference;
mod report;
mod run;
mod serve;
mod site;
mod test;
mod tools;

use std::process::ExitCode;

/// A sentence for the person at the terminal.
pub type Outcome<T = ()> = Result<T, String>;

const HELP: &str = "\
Usage: cargo xtask <command>

  serve [--dev] [--empty] [-- FLAGS]   build, then serve with a demo community; prints the address and a demo login
                                       --dev: a debug build   --empty: no demo community   FLAGS: see hubbub serve --help
  test [STEP…] [--no-postgres] [--long]
                                       run every test, or these steps: fmt lint unit documents postgres browser long
  build [--dev]                        leave the whole product in one file, target/dist/hubbub
                                       --dev: a debug build, target/debug/hubbub, which reads the site from disk
  lighthouse                           what Lighthouse says of feed, thread, bell and a profile, on a phone and at a desk
  feel [WORDS…]                        waking, likes on a slow processor, long lists, layout shift; WORDS choose among them
                                       both build first, unless HUBBUB_BINARY names a program
  bench [WHAT…] [FLAGS]                measure on a PostgreSQL of our own; see docs/performance.md
  fmt                                  format everything
  reference                            write docs/api anew: OpenAPI, AsyncAPI and the types for TypeScript
  doctor                               say what is there and what is missing, and install nothing
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = arguments.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let outcome = match command {
        "serve" => serve::run(rest),
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "build" => build::run(rest),
        "lighthouse" | "feel" => measure::run(command, rest),
        "fmt" => test::format(),
        "reference" => reference::run(),
        "doctor" => doctor::run(),
        "" | "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("There is no command \"{other}\".\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}
