//! The command line: serve, work beside it, and the owner's commands.
//!
//! Exit codes: 0 done, 1 it failed, 2 the command line or a setting is wrong, 3 the data that was checked does not agree.

use std::{io::IsTerminal, path::Path, process::ExitCode};

use clap::{Arg, ArgAction, ArgMatches, Command};
use hubbub::server::{
    boot::{self, StartError},
    config::{self, Settings, Sources},
    http::reference,
    upkeep::{self, BackedUp, Restored, Teller, UpkeepError},
};
use tikv_jemallocator::Jemalloc;
use tracing_subscriber::EnvFilter;

/// Opening a connection takes far more than it keeps, and the system's allocator gives little of it back. How soon this
/// one does is set where it is built: `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// A setting or the command line is wrong.
const USAGE: u8 = 2;
/// What was checked does not agree with itself.
const DISAGREES: u8 = 3;

fn main() -> ExitCode {
    let matches = command().get_matches();
    let outcome = match matches.subcommand() {
        Some(("serve", flags)) => serve(flags),
        Some(("worker", flags)) => worker(flags),
        Some(("check", flags)) => check(flags),
        Some(("move", flags)) => move_house(flags),
        Some(("backup", flags)) => backup(flags),
        Some(("restore", flags)) => restore(flags),
        Some(("openapi", _)) => Ok(print_document(&reference::openapi::document())),
        Some(("asyncapi", _)) => Ok(print_document(&reference::asyncapi::document())),
        // `cargo leptos watch` starts the binary without a word.
        _ => serve(&command_named_serve()),
    };
    outcome.unwrap_or_else(|failure| {
        eprintln!("{}", failure.text);
        ExitCode::from(failure.code)
    })
}

/// Why a command ended without success: a sentence and the exit code.
struct Failure {
    text: String,
    code: u8,
}

impl From<config::SettingError> for Failure {
    fn from(error: config::SettingError) -> Self {
        Self { text: error.to_string(), code: USAGE }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self { text: error.to_string(), code: 1 }
    }
}

impl From<UpkeepError> for Failure {
    fn from(error: UpkeepError) -> Self {
        Self { text: error.to_string(), code: 1 }
    }
}

fn command() -> Command {
    let demo = switch("demo", "Fill an empty database with a believable demo community");
    Command::new("hubbub")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Live social software that a community runs for itself")
        .subcommand(Command::new("serve").about("Serve the site until told to stop").args(config::flags()).arg(demo))
        .subcommand(
            Command::new("worker")
                .about("Deliver what a server beside it hands over through RabbitMQ (AMQP_URL), until told to stop")
                .args(config::flags()),
        )
        .subcommand(
            Command::new("check")
                .about("Check the settings, print the effective ones, and check the data")
                .args(config::flags())
                .arg(switch("settings", "Only the settings"))
                .arg(switch("repair", "Count anew what is derived and does not agree")),
        )
        .subcommand(
            Command::new("move")
                .about("Move everything from one database into another that is empty; no server may run")
                .arg(address("from", "Where everything is: postgres://user@host/database or sqlite:path/to/file"))
                .arg(address("to", "Where it goes: likewise")),
        )
        .subcommand(
            Command::new("backup")
                .about("Write everything into one file, while the server goes on")
                .arg(archive("The file to write"))
                .args(config::flags()),
        )
        .subcommand(
            Command::new("restore")
                .about("Put what is in a backup into the data folder and the database; no server may run")
                .arg(archive("The file that `hubbub backup` wrote"))
                .args(config::flags())
                .arg(switch("replace", "Put aside what is there, and take its place")),
        )
        .subcommand(Command::new("openapi").about("Print the description of all requests (OpenAPI 3.1)"))
        .subcommand(Command::new("asyncapi").about("Print the description of everything live (AsyncAPI 3.0)"))
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn address(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("URL").required(true).help(help)
}

fn archive(help: &'static str) -> Arg {
    Arg::new("file").value_name("FILE").required(true).help(help)
}

/// The flags of `hubbub serve` when nobody gave any.
fn command_named_serve() -> ArgMatches {
    let matches = command().get_matches_from(["hubbub", "serve"]);
    matches.subcommand().map(|(_, flags)| flags.clone()).unwrap_or_default()
}

/// `hubbub serve`: prints where the site is, then serves until SIGTERM or SIGINT.
fn serve(flags: &ArgMatches) -> Result<ExitCode, Failure> {
    let settings = Settings::resolve(&Sources::of_process(flags)?)?;
    log_to_stderr(&settings.log);
    let demo = flags.get_flag("demo");
    in_runtime(async move {
        let asked_to_stop = boot::stop_signal()?;
        let running = boot::start(settings).await?;
        let invitation = if demo { running.fill_with_demo().await? } else { None };
        println!("Hubbub is at {}", running.public_url.origin());
        if let Some(invitation) = invitation {
            println!("{invitation}");
        }
        asked_to_stop.await;
        running.shutdown().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// `hubbub worker`: delivers until SIGTERM or SIGINT, as many of them beside each other as wanted.
fn worker(flags: &ArgMatches) -> Result<ExitCode, Failure> {
    let settings = Settings::resolve(&Sources::of_process(flags)?)?;
    if settings.amqp_url.is_none() {
        return Err(Failure { text: StartError::NothingToDo.to_string(), code: USAGE });
    }
    log_to_stderr(&settings.log);
    in_runtime(async move {
        let asked_to_stop = boot::stop_signal()?;
        tokio::pin!(asked_to_stop);
        let working = tokio::select! {
            working = boot::work(settings) => working?,
            () = &mut asked_to_stop => return Ok(ExitCode::SUCCESS),
        };
        asked_to_stop.await;
        working.shutdown().await;
        Ok(ExitCode::SUCCESS)
    })
}

fn in_runtime(work: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|cause| Failure { text: format!("The system gave no threads to run on: {cause}."), code: 1 })?;
    runtime.block_on(work)
}

/// `hubbub check`: one line per setting, with where it came from, and then what is wrong with the data.
fn check(flags: &ArgMatches) -> Result<ExitCode, Failure> {
    let sources = Sources::of_process(flags)?;
    let settings = Settings::resolve(&sources)?;
    for row in settings.effective(&sources) {
        println!("{:<24} {}  ({})", row.name, row.value, row.source);
    }
    if flags.get_flag("settings") {
        return Ok(ExitCode::SUCCESS);
    }
    let repair = flags.get_flag("repair");
    in_runtime(async move {
        println!();
        let Some(checked) = upkeep::check(&settings, repair).await? else {
            println!("There is no community of this version yet: `hubbub serve` makes one, or brings it up to date.");
            return Ok(ExitCode::SUCCESS);
        };
        for line in checked.lines() {
            println!("{line}");
        }
        Ok(if checked.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(DISAGREES) })
    })
}

/// `hubbub move`: says how far it is, and what is to be done afterwards.
fn move_house(flags: &ArgMatches) -> Result<ExitCode, Failure> {
    let of_flag = |name| flags.get_one::<String>(name).cloned().unwrap_or_default();
    let (from, to) = (of_flag("from"), of_flag("to"));
    in_runtime(async move {
        let mut teller = Teller::default();
        let moved = upkeep::move_house(&from, &to, &mut |progress| teller.tell(progress)).await;
        teller.end();
        let moved = moved?;
        println!("{} rows of {} tables are moved and compared.", moved.rows(), moved.tables.len());
        println!("Uploads and keys are files in the data folder and stay there: keep HUBBUB_DATA_DIR as it is.");
        println!("Now set DATABASE_URL to the new address, and start `hubbub serve`. The old database is unchanged.");
        Ok(ExitCode::SUCCESS)
    })
}

/// `hubbub backup`.
fn backup(flags: &ArgMatches) -> Result<ExitCode, Failure> {
    let settings = Settings::resolve(&Sources::of_process(flags)?)?;
    let file = flags.get_one::<String>("file").cloned().unwrap_or_default();
    in_runtime(async move {
        let mut teller = Teller::default();
        let done = upkeep::backup(&settings, Path::new(&file), &mut |progress| teller.tell(progress)).await;
        teller.end();
        let BackedUp { files, bytes, gone, keys_are_elsewhere } = done?;
        println!("{file} holds {files} files, {bytes} bytes. Whoever reads it can read everything.");
        if gone > 0 {
            println!(
                "{gone} uploads were deleted meanwhile or were missing before; `hubbub check` tells which are missing."
            );
        }
        if keys_are_elsewhere {
            println!("SECRET_KEY or HUBBUB_VAPID_KEY is not in the data folder and so not in the backup: keep it too.");
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// `hubbub restore`.
fn restore(flags: &ArgMatches) -> Result<ExitCode, Failure> {
    let settings = Settings::resolve(&Sources::of_process(flags)?)?;
    let file = flags.get_one::<String>("file").cloned().unwrap_or_default();
    let replace = flags.get_flag("replace");
    in_runtime(async move {
        let mut teller = Teller::default();
        let watch = &mut |progress: upkeep::Progress<'_>| teller.tell(progress);
        let done = upkeep::restore(&settings, Path::new(&file), replace, watch).await;
        teller.end();
        let Restored { manifest, aside } = done?;
        match manifest {
            Some(manifest) => println!("{} files of {file} are in place.", manifest.files.len()),
            None => println!("A restore that was cut off is finished; {file} was not looked at."),
        }
        if let Some(aside) = aside {
            println!("What was there before is in {}.", aside.display());
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// `hubbub openapi`, `hubbub asyncapi`.
fn print_document(document: &serde_json::Value) -> ExitCode {
    print!("{}", reference::text(document));
    ExitCode::SUCCESS
}

/// Log lines for people in a terminal, JSON for programs elsewhere.
fn log_to_stderr(filter: &str) {
    let lines = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        lines.init();
    } else {
        lines.json().init();
    }
}
