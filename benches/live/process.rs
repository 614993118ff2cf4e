//! The server as a process of its own, or this program again as one.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    ops::Deref,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use hubbub::server::config::{DatabaseUrl, SecretKey, Settings};
pub use hubbub_load::process::{cpu_seconds_of, machine};
use hubbub_load::{
    ports::free_addr,
    process::{self, SECRET},
};

use super::database;

/// What a server that counts stops on.
const STOP: &str = "stop";

/// The load generator's, for those who break when it breaks.
pub struct Server(process::Server);

impl Deref for Server {
    type Target = process::Server;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Serves the product from this program, so that it tells on a word how much was asked of its database, and stops in good
/// order on another.
pub fn serve_counted(words: &[String]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let settings = Settings {
            addr: std::env::var("BASELINE_ADDR").unwrap().parse().unwrap(),
            secret_key: SecretKey::parse(SECRET),
            limit_factor: 1e6,
            database_url: DatabaseUrl::parse(&hubbub_load::database::of(Path::new(&words[0]))).unwrap(),
            ..Settings::in_folder(PathBuf::from(&words[0]))
        };
        let running = hubbub::server::boot::start(settings).await.unwrap();
        let telling = tokio::task::spawn_blocking(move || {
            for _ in std::io::stdin().lock().lines().take_while(|line| !matches!(line.as_deref(), Ok(STOP))) {
                let activity = running.ports.store.activity();
                println!("{} {}", activity.reads, activity.transactions);
            }
            running
        });
        telling.await.unwrap().shutdown().await;
    });
}

impl Server {
    /// Starts the program on a data folder and waits until it serves.
    pub fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, &[])
    }

    /// The same with more settings.
    pub fn start_with(data_dir: &Path, set: &[(&str, &str)]) -> Self {
        Self(process::Server::start(&program(), data_dir, set).unwrap())
    }

    /// Starts this benchmark again as one of its naive servers, which take their address from the environment.
    pub fn start_baseline(name: &str, words: &[&str]) -> Self {
        let addr = free_addr().unwrap();
        let mut command = again(addr);
        command.arg(name).args(words).stdin(Stdio::piped());
        Self(process::Server::spawn(command, addr).unwrap())
    }

    /// Starts the product inside of this program again, which counts what is asked of its database.
    pub fn start_counted(data_dir: &Path) -> Self {
        Self::start_counted_at(free_addr().unwrap(), data_dir)
    }

    fn start_counted_at(addr: SocketAddr, data_dir: &Path) -> Self {
        let mut command = again(addr);
        command.arg("counted-server").arg(data_dir).stdin(Stdio::piped()).stdout(Stdio::piped());
        Self(process::Server::spawn(command, addr).unwrap().ready().unwrap())
    }

    /// Reads and transactions so far, of a server that counts.
    pub fn activity(&mut self) -> (u64, u64) {
        self.tell("");
        let mut line = String::new();
        // One line for one question: nothing is left in the buffer.
        BufReader::new(self.0.process().stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let (reads, transactions) = line.trim().split_once(' ').unwrap();
        (reads.parse().unwrap(), transactions.parse().unwrap())
    }

    /// Stops a server that counts in good order and starts it again where it was; how long nobody was served.
    pub fn restart_counted(mut self, data_dir: &Path) -> (Self, Duration) {
        let stopped = Instant::now();
        self.tell(STOP);
        assert!(self.0.process().wait().unwrap().success(), "the server stops in good order");
        (Self::start_counted_at(self.addr, data_dir), stopped.elapsed())
    }

    /// Says something to a baseline.
    pub fn tell(&mut self, line: &str) {
        let stdin = self.0.process().stdin.as_mut().expect("a baseline listens to its stdin");
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
    }

    /// CPU time used so far, by all threads and by the server of its database, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        self.0.cpu_seconds() + database::cpu_seconds()
    }

    /// As when the power fails.
    pub fn kill(self) {
        drop(self);
    }
}

/// This program once more.
fn again(addr: SocketAddr) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env("BASELINE_ADDR", addr.to_string());
    command
}

pub fn program() -> PathBuf {
    let root = Path::new(".");
    let wanted = std::env::var_os("HUBBUB_BINARY").map(PathBuf::from);
    let places = wanted
        .map_or_else(|| vec![root.join("target/dist/hubbub"), root.join("target/release/hubbub")], |one| vec![one]);
    places
        .iter()
        .find(|place| place.exists())
        .unwrap_or_else(|| panic!("no program at {places:?}: cargo xtask build"))
        .clone()
}
