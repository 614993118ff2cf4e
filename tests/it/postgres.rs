//! A PostgreSQL of a test's own, that can fail: in a temporary folder, on a free port.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use hubbub_load::ports::free_addr;
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep};

use crate::{
    program::{ended, signal},
    site::PATIENCE,
    skipped::skipped,
};

/// It refuses root; then it runs as this user.
const ACCOUNT: &str = "postgres";

pub struct Postgres {
    programs: PathBuf,
    port: u16,
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl Postgres {
    /// One that answers; `None`, and a line that says so, where there is none to test with.
    pub async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            skipped("every case that stops PostgreSQL, as it is not there");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            let owner = Command::new("chown").arg(ACCOUNT).arg(folder.path()).status().unwrap();
            assert!(owner.success(), "PostgreSQL refuses root, and there is no user {ACCOUNT}");
        }
        let port = free_addr().unwrap().port();
        let mut postgres = Self { programs, port, folder, server: None };
        let mut init = postgres.command("initdb");
        init.args(["--auth=trust", "--username=hubbub", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        assert!(init.stdout(Stdio::null()).status().unwrap().success(), "initdb could not make a cluster");
        postgres.again().await;
        Some(postgres)
    }

    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The database, as it is reached at `addr`.
    pub fn url_at(addr: SocketAddr) -> String {
        format!("postgres://hubbub@{addr}/postgres")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.current_dir("/").args(["--pdeathsig", "INT"]);
        if is_root() {
            command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups"]);
        }
        command.arg(self.programs.join(program)).arg("-D").arg(self.folder.path().join("data")).stdin(Stdio::null());
        command
    }

    /// Starts it again where it was. What is committed is handed to the system, and so survives the end of the process; the
    /// machine's own end is not played here.
    pub async fn again(&mut self) {
        let started = Instant::now();
        while !self.answers().await {
            // The dead one's memory is in use for a moment longer, and then it refuses.
            if self.server.as_mut().is_none_or(|server| server.try_wait().unwrap().is_some()) {
                self.server = Some(self.spawn());
            }
            assert!(started.elapsed() < PATIENCE * 2, "PostgreSQL does not start: {}", self.said());
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn spawn(&self) -> Child {
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("said")).unwrap();
        let mut command = self.command("postgres");
        command.arg("-k").arg(self.folder.path()).args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        for setting in ["fsync=off", "full_page_writes=off", "synchronous_commit=on", "max_connections=150"] {
            command.args(["-c", setting]);
        }
        command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
    }

    async fn answers(&self) -> bool {
        self.server.is_some() && PgConnection::connect(&Self::url_at(self.addr())).await.is_ok()
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }

    /// Its process, and one for each connection.
    fn processes(&self) -> Vec<u32> {
        let first = self.server.as_ref().unwrap().id();
        let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
        [first].into_iter().chain(children.split_whitespace().map(|id| id.parse().unwrap())).collect()
    }

    /// As its service does: connections are cut, what is under way is rolled back.
    pub async fn stop(&mut self) {
        signal("INT", &self.processes()[..1]);
        ended(&mut self.server.take().unwrap()).await;
    }

    /// All of it at once.
    pub fn kill(&mut self) {
        self.freeze();
        for process in self.processes() {
            // A connection that just ended has no process any more.
            let _ = Command::new("kill").args(["-s", "KILL", &process.to_string()]).stderr(Stdio::null()).status();
        }
        self.server.take().unwrap().wait().unwrap();
    }

    /// Stops the clock for all of it. The first process is stopped first, so that it has no more children then.
    pub fn freeze(&self) {
        let first = self.server.as_ref().unwrap().id();
        signal("STOP", &[first]);
        self.tell_children("STOP");
    }

    pub fn thaw(&self) {
        self.tell_children("CONT");
        signal("CONT", &self.processes()[..1]);
    }

    fn tell_children(&self, name: &str) {
        for process in &self.processes()[1..] {
            let _ = Command::new("kill").args(["-s", name, &process.to_string()]).stderr(Stdio::null()).status();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.kill();
        }
    }
}

/// Whether the tests may do everything on this machine.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// The newest under Debian's folder.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    folders.filter(|folder: &PathBuf| folder.join("initdb").is_file()).max()
}
