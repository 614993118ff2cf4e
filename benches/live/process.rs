//! The server as a process of its own, and what `/proc` says of it.

use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use hubbub::server::config::{DatabaseUrl, SecretKey, Settings};

use super::database;

/// Signs the access tokens of every run, so that the benchmark can make them without hashing passwords.
pub const SECRET: &str = "a secret of the benchmarks, 32 bytes and more";
/// Of each process; the benchmark keeps within it.
const OPEN_FILES: u64 = 20_000;
/// Linux counts CPU time in hundredths of a second (USER_HZ), whatever the kernel ticks at.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a server that counts stops on.
const STOP: &str = "stop";

pub struct Server {
    child: Child,
    pub addr: SocketAddr,
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
            database_url: DatabaseUrl::parse(&database::of(Path::new(&words[0]))).unwrap(),
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
        let addr = free_addr();
        let mut command = Command::new(program());
        command
            .arg("serve")
            .env_clear()
            .env("HUBBUB_ADDR", addr.to_string())
            .env("HUBBUB_DATA_DIR", data_dir)
            .env("DATABASE_URL", database::of(data_dir))
            .env("SECRET_KEY", SECRET)
            .env("HUBBUB_LIMIT_FACTOR", "1000000")
            .env("HUBBUB_LOG", "error")
            .stdout(Stdio::null());
        Self { child: command.spawn().expect("the program starts"), addr }.ready()
    }

    /// Starts this benchmark again as one of its naive servers, which take their address from the environment.
    pub fn start_baseline(name: &str, words: &[&str]) -> Self {
        let addr = free_addr();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(name).args(words).env("BASELINE_ADDR", addr.to_string()).stdin(Stdio::piped());
        Self { child: command.spawn().expect("the baseline starts"), addr }.listening()
    }

    /// Starts the product inside of this program again, which counts what is asked of its database.
    pub fn start_counted(data_dir: &Path) -> Self {
        Self::start_counted_at(free_addr(), data_dir)
    }

    fn start_counted_at(addr: SocketAddr, data_dir: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("counted-server").arg(data_dir).env("BASELINE_ADDR", addr.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Self { child: command.spawn().expect("the server starts"), addr }.ready()
    }

    /// Reads and transactions so far, of a server that counts.
    pub fn activity(&mut self) -> (u64, u64) {
        self.tell("");
        let mut line = String::new();
        // One line for one question: nothing is left in the buffer.
        BufReader::new(self.child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let (reads, transactions) = line.trim().split_once(' ').unwrap();
        (reads.parse().unwrap(), transactions.parse().unwrap())
    }

    /// Stops a server that counts in good order and starts it again where it was; how long nobody was served.
    pub fn restart_counted(mut self, data_dir: &Path) -> (Self, Duration) {
        let stopped = Instant::now();
        self.tell(STOP);
        assert!(self.child.wait().unwrap().success(), "the server stops in good order");
        (Self::start_counted_at(self.addr, data_dir), stopped.elapsed())
    }

    fn ready(self) -> Self {
        let server = self.listening();
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            if server.probe().is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return server;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server did not get ready");
    }

    fn listening(self) -> Self {
        let end = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(self.addr).is_err() {
            assert!(Instant::now() < end, "nothing listens on {}", self.addr);
            std::thread::sleep(Duration::from_millis(10));
        }
        self
    }

    fn probe(&self) -> Option<String> {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(self.addr).ok()?;
        write!(stream, "GET /health/ready HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.addr).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Says something to a baseline.
    pub fn tell(&mut self, line: &str) {
        use std::io::Write;
        let stdin = self.child.stdin.as_mut().expect("a baseline listens to its stdin");
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
    }

    /// CPU time used so far, by all threads and by the server of its database, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        cpu_seconds_of(&self.child.id().to_string()) + database::cpu_seconds()
    }

    /// Resident memory, in KiB.
    pub fn resident_kib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// As when the power fails.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// CPU time a process used so far, by all threads, in seconds; `self` is this one.
pub fn cpu_seconds_of(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name in parentheses may hold spaces; utime and stime are fields 14 and 15 of the whole line.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / TICKS_PER_SECOND
}

fn free_addr() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
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

/// Starts this process anew with a higher limit of open files where the present one is too low. A child inherits it.
pub fn raise_open_files() {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let soft: u64 = line.split_whitespace().nth(3).unwrap().parse().unwrap_or(u64::MAX);
    if soft >= OPEN_FILES || std::env::var_os("BENCH_FILES_RAISED").is_some() {
        return;
    }
    let words: Vec<String> = std::env::args().collect();
    let script = format!("ulimit -n {OPEN_FILES} 2>/dev/null || ulimit -n $(ulimit -Hn); exec \"$0\" \"$@\"");
    let failed = Command::new("sh").arg("-c").arg(script).args(words).env("BENCH_FILES_RAISED", "1").exec();
    panic!("the limit of open files could not be raised: {failed}");
}

/// Cores, processor and date, for the first line.
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    format!("{cores} x {model}, {}", now.split('T').next().unwrap_or_default())
}
