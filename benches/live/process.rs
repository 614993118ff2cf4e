//! The server as a process of its own, or this program again as one.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    ops::Deref,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use hubbub::server::config::{SecretKey, Settings};
use hubbub_load::process::{self, SECRET, free_addr};
pub use hubbub_load::process::{cpu_seconds_of, machine};

/// The load generator's, for those who break when it breaks.
pub struct Server(process::Server);

impl Deref for Server {
    type Target = process::Server;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Serves the product from this program, so that it tells on a word how much was asked of its database.
pub fn serve_counted(words: &[String]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let settings = Settings {
            addr: std::env::var("BASELINE_ADDR").unwrap().parse().unwrap(),
            secret_key: SecretKey::parse(SECRET),
            limit_factor: 1e6,
            ..Settings::in_folder(PathBuf::from(&words[0]))
        };
        let running = hubbub::server::boot::start(settings).await.unwrap();
        let telling = tokio::task::spawn_blocking(move || {
            for _ in std::io::stdin().lock().lines() {
                let activity = running.ports.store.activity();
                println!("{} {}", activity.reads, activity.transactions);
            }
        });
        telling.await.unwrap();
    });
}

impl Server {
    /// Starts the program on a data folder and waits until it serves.
    pub fn start(data_dir: &Path) -> Self {
        Self(process::Server::start(&program(), data_dir).unwrap())
    }

    /// Starts this benchmark again as one of its naive servers, which take their address from the environment.
    pub fn start_baseline(name: &str, words: &[&str]) -> Self {
        let (mut command, addr) = again();
        command.arg(name).args(words).stdin(Stdio::piped());
        Self(process::Server::spawn(command, addr).unwrap())
    }

    /// Starts the product inside of this program again, which counts what is asked of its database.
    pub fn start_counted(data_dir: &Path) -> Self {
        let (mut command, addr) = again();
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

    /// Says something to a baseline.
    pub fn tell(&mut self, line: &str) {
        let stdin = self.0.process().stdin.as_mut().expect("a baseline listens to its stdin");
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
    }

    /// As when the power fails.
    pub fn kill(self) {
        drop(self);
    }
}

fn again() -> (Command, SocketAddr) {
    let addr = free_addr().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env("BASELINE_ADDR", addr.to_string());
    (command, addr)
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
