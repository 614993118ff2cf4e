//! The server as a process of its own, and what `/proc` says of it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{Outcome, database, ports::free_addr};

/// Signs the access tokens of servers started here, so that they can be made without hashing passwords.
pub const SECRET: &str = "a secret of the benchmarks, 32 bytes and more";
/// Of each process; what is measured keeps within it.
const OPEN_FILES: u64 = 20_000;
/// Linux counts CPU time in hundredths of a second (USER_HZ), whatever the kernel ticks at.
const TICKS_PER_SECOND: f64 = 100.0;
/// Set for the second start, with more open files.
const RAISED: &str = "BENCH_FILES_RAISED";

/// A server that ends with this value.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Server {
    /// Starts the program on a data folder, with every limit a million times what it is and these settings besides, and
    /// waits until it serves.
    ///
    /// # Errors
    /// It cannot be started, or does not get ready.
    pub fn start(program: &Path, data_dir: &Path, set: &[(&str, &str)]) -> Outcome<Self> {
        let addr = free_addr()?;
        let mut command = Command::new(program);
        command
            .arg("serve")
            .env_clear()
            .env("HUBBUB_ADDR", addr.to_string())
            .env("HUBBUB_DATA_DIR", data_dir)
            .env("DATABASE_URL", database::of(data_dir))
            .env("SECRET_KEY", SECRET)
            .env("HUBBUB_LIMIT_FACTOR", "1000000")
            .env("HUBBUB_LOG", "error")
            .envs(set.iter().copied())
            .stdout(Stdio::null());
        Self::spawn(command, addr)?.ready()
    }

    /// Starts something that will listen on `addr`, and waits until it does.
    ///
    /// # Errors
    /// It cannot be started, or nothing listens.
    pub fn spawn(mut command: Command, addr: SocketAddr) -> Outcome<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(|cause| format!("{program} cannot be started: {cause}."))?;
        let server = Self { child, addr };
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(addr).is_err() {
            if Instant::now() > end {
                return Err(format!("{program} does not listen on {addr}."));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    /// Waits until it serves.
    ///
    /// # Errors
    /// It does not get ready.
    pub fn ready(self) -> Outcome<Self> {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            if self.probe().is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return Ok(self);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("The server does not get ready.".to_owned())
    }

    fn probe(&self) -> Option<String> {
        let mut stream = TcpStream::connect(self.addr).ok()?;
        write!(stream, "GET /health/ready HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.addr).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// The process itself, for those who talk with it over its standard input and output.
    pub const fn process(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// CPU time used so far, by all threads, in seconds.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        cpu_seconds_of(&self.id())
    }

    /// Resident memory, in KiB.
    #[must_use]
    pub fn resident_kib(&self) -> f64 {
        resident_kib_of(&self.id())
    }
}

impl Drop for Server {
    /// As when the power fails.
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time a process used so far, by all threads, in seconds; `self` is this one. Of one that is gone it is 0.
#[must_use]
pub fn cpu_seconds_of(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in parentheses may hold spaces; utime and stime are fields 14 and 15 of the whole line.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace()).into_iter().flatten();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SECOND
}

/// CPU time that the calling thread used so far, in seconds, as exactly as the scheduler knows it.
#[must_use]
pub fn cpu_seconds_of_thread() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Resident memory of a process, in KiB; 0 of one that is gone.
#[must_use]
pub fn resident_kib_of(process: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0.0)
}

/// Starts this process anew with a higher limit of open files where the present one is too low. A child inherits it.
///
/// # Errors
/// It cannot be raised.
pub fn raise_open_files() -> Outcome {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
    let soft: u64 = line.split_whitespace().nth(3).and_then(|word| word.parse().ok()).unwrap_or(u64::MAX);
    if soft >= OPEN_FILES || std::env::var_os(RAISED).is_some() {
        return Ok(());
    }
    let script = format!("ulimit -n {OPEN_FILES} 2>/dev/null || ulimit -n $(ulimit -Hn); exec \"$0\" \"$@\"");
    let failed = Command::new("sh").arg("-c").arg(script).args(std::env::args_os()).env(RAISED, "1").exec();
    Err(format!("The limit of open files cannot be raised: {failed}."))
}

/// Cores, processor and date, for the first line.
#[must_use]
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    format!("{cores} x {model}, {}", now.split('T').next().unwrap_or_default())
}
