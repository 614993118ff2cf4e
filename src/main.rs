//! The command line: serve, work beside it, and the owner's commands.
//!
//! Exit codes: 0 done, 1 it failed, 2 the command line or a setting is wrong.

use std::{io::IsTerminal, process::ExitCode};

use clap::{ArgAction, ArgMatches, Command};
use hubbub::server::{
    boot::{self, StartError},
    config::{self, Settings, Sources},
    http::reference,
};
use tikv_jemallocator::Jemalloc;
use tracing_subscriber::EnvFilter;

/// Opening a connection takes far more than it keeps, and the system's allocator gives little of it back. How soon this
/// one does is set where it is built: `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// A setting or the command line is wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let matches = command().get_matches();
    let outcome = match matches.subcommand() {
        Some(("serve", flags)) => serve(flags),
        Some(("worker", flags)) => worker(flags),
        Some(("check", flags)) => check(flags),
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

fn command() -> Command {
    let demo = clap::Arg::new("demo")
        .long("demo")
        .action(ArgAction::SetTrue)
        .help("Fill an empty database with a believable demo community");
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
            Command::new("check").about("Check the settings and print the effective ones").args(config::flags()),
        )
        .subcommand(Command::new("openapi").about("Print the description of all requests (OpenAPI 3.1)"))
        .subcommand(Command::new("asyncapi").about("Print the description of everything live (AsyncAPI 3.0)"))
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

/// `hubbub check`: one line per setting, with where it came from.
fn check(flags: &ArgMatches) -> Result<ExitCode, Failure> {
    let sources = Sources::of_process(flags)?;
    let settings = Settings::resolve(&sources)?;
    for row in settings.effective(&sources) {
        println!("{:<24} {}  ({})", row.name, row.value, row.source);
    }
    Ok(ExitCode::SUCCESS)
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
