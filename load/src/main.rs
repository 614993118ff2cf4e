//! The command line of the load generator.
//!
//! Exit codes: 0 nothing was wrong, 1 something was, or it could not run, 2 the command line is wrong.

use std::process::ExitCode;

use clap::Parser;
use hubbub_load::{options::Options, process, run};

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = process::raise_open_files().and_then(|()| run::run(&options, &mut |line| println!("{line}")));
    match outcome {
        Ok(summary) if summary.findings.are_none() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}
