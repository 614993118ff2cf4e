//! A Redis of a test's own: in a temporary folder, on a free port.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use hubbub_load::ports::free_addr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    program::{ended, signal},
    skipped::skipped,
};

const PROGRAM: &str = "redis-server";
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Redis {
    port: u16,
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl Redis {
    /// One that answers; `None`, and a line that says so, where there is none to test with.
    pub async fn start() -> Option<Self> {
        if Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            skipped(&format!("every case with Redis, as {PROGRAM} is not there"));
            return None;
        }
        let port = free_addr().unwrap().port();
        let mut redis = Self { port, folder: tempfile::tempdir().unwrap(), server: None };
        redis.again().await;
        Some(redis)
    }

    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub fn url(&self) -> String {
        format!("redis://{}", self.addr())
    }

    /// Starts it again where it was.
    pub async fn again(&mut self) {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", PROGRAM, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &self.port.to_string(), "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::null());
        self.server = Some(command.spawn().unwrap());
        let answers = async {
            while !self.answers().await {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, answers).await.expect("Redis does not start");
    }

    async fn answers(&self) -> bool {
        let Ok(mut line) = TcpStream::connect(("127.0.0.1", self.port)).await else { return false };
        let mut answer = [0; 7];
        line.write_all(b"PING\r\n").await.is_ok()
            && line.read_exact(&mut answer).await.is_ok()
            && answer.starts_with(b"+PONG")
    }

    /// Ends it as its service does.
    pub async fn stop(&mut self) {
        self.signal("TERM");
        ended(&mut self.server.take().unwrap()).await;
    }

    /// Ends it, as a power cut would.
    pub fn kill(&mut self) {
        let mut server = self.server.take().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Stops the clock for it.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        signal(name, &[self.server.as_ref().unwrap().id()]);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.kill();
        }
    }
}
