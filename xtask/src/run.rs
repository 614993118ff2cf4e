//! Runs programs, and says what, why and how long it took.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{Outcome, site};

/// A command in the repository with our tools on its path.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(site::root()).env("PATH", site::path());
    command
}

/// A command given as one line; words are split at blanks.
pub fn line(text: &str) -> Command {
    let mut words = text.split_whitespace();
    let mut command = command(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// Says why, runs the command with its output shown, and says how long it took.
pub fn show(why: &str, command: &mut Command) -> Outcome {
    println!("→ {why}");
    println!("  $ {}", described(command));
    let start = Instant::now();
    let status = command.status().map_err(|cause| format!("{} could not be started: {cause}.", name(command)))?;
    if !status.success() {
        return Err(format!("{why}: failed ({status})."));
    }
    println!("  done in {}", span(start.elapsed()));
    Ok(())
}

/// Runs the command without showing it, and returns what it wrote to its output, if it succeeded.
pub fn quiet(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs the command with its output shown line by line, and returns whether it succeeded and every line.
pub fn observed(command: &mut Command) -> Outcome<(bool, Vec<String>)> {
    println!("  $ {}", described(command));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|cause| format!("{} could not be started: {cause}.", name(command)))?;
    let (lines, received) = mpsc::sync_channel(1024);
    let pipes: [Option<Box<dyn Read + Send>>; 2] =
        [child.stdout.take().map(|pipe| Box::new(pipe) as _), child.stderr.take().map(|pipe| Box::new(pipe) as _)];
    for pipe in pipes.into_iter().flatten() {
        let lines = lines.clone();
        thread::spawn(move || {
            for text in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                // The receiver lives until every sender is gone.
                let _ = lines.send(String::from_utf8_lossy(&text).into_owned());
            }
        });
    }
    drop(lines);
    let seen: Vec<String> = received.into_iter().inspect(|text| println!("{text}")).collect();
    let status = child.wait().map_err(|cause| format!("{} was lost: {cause}.", name(command)))?;
    Ok((status.success(), seen))
}

/// Whether this is root, who may install packages and whom PostgreSQL refuses.
pub fn is_root() -> bool {
    quiet(&mut line("id -u")).is_some_and(|id| id == "0")
}

/// A time for people: `0.4 s`, `12 s`, `3 min 20 s`.
pub fn span(time: Duration) -> String {
    match time.as_secs() {
        0..=9 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..=119 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn described(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_outputs_are_seen_and_failure_is_told() {
        let (fine, lines) = observed(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"])).unwrap();
        assert!(!fine);
        let mut lines = lines;
        lines.sort();
        assert_eq!(lines, ["one", "two"]);
    }

    #[test]
    fn spans_read_well() {
        assert_eq!(span(Duration::from_millis(420)), "0.4 s");
        assert_eq!(span(Duration::from_secs(42)), "42 s");
        assert_eq!(span(Duration::from_secs(200)), "3 min 20 s");
    }
}
