//! Builds and serves.

use crate::{Outcome, build, run};

/// `cargo xtask serve`.
pub fn run(arguments: &[String]) -> Outcome {
    let (mut dev, mut empty) = (false, false);
    let mut flags = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--dev" => dev = true,
            "--empty" => empty = true,
            "--" => flags.extend(words.by_ref().cloned()),
            other => return Err(format!("There is no flag {other}; flags of the server go behind `--`.")),
        }
    }
    let program = if dev { build::debug()? } else { build::release()? };
    let mut server = run::command(program);
    server.arg("serve");
    if !empty {
        server.arg("--demo");
    }
    server.args(flags);
    println!("→ Starting Hubbub; Ctrl-C stops it");
    let status = server.status().map_err(|cause| format!("The server could not be started: {cause}."))?;
    if status.success() { Ok(()) } else { Err(format!("The server ended: {status}.")) }
}
