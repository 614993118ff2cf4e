//! The real program as a process of its own.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};

use crate::site::PATIENCE;

/// The program, killed when it is dropped.
pub struct Program(Child);

impl Program {
    /// Serves there, with these variables of the environment, once it returns.
    pub async fn start(addr: SocketAddr, data: &Path, environment: &[(&str, String)]) -> Self {
        let mut command = Self::command("serve", addr, data);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let program = Self::spawn(command);
        let ready = async {
            while !reqwest::get(format!("http://{addr}/health/ready")).await.is_ok_and(|answer| answer.status() == 200)
            {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE * 2, ready).await.expect("the program does not start");
        program
    }

    /// How it is called: `serve` or `worker`, with limits far away.
    pub fn command(what: &str, addr: SocketAddr, data: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubbub"));
        command
            .args([what, "--addr", &addr.to_string(), "--limit-factor", "100000", "--log", "error", "--data-dir"])
            .arg(data);
        command
    }

    /// Starts it, and does not wait until it is ready.
    pub fn spawn(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }

    /// Sends a signal by its name, such as `STOP`.
    pub fn signal(&self, name: &str) {
        signal(name, &[self.0.id()]);
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// SIGTERM; its exit code.
    pub async fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        ended(&mut self.0).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal to these processes.
pub fn signal(name: &str, processes: &[u32]) {
    let ids = processes.iter().map(u32::to_string);
    assert!(Command::new("kill").args(["-s", name]).args(ids).status().unwrap().success());
}

/// Waits until a process that was told to stop has; its exit code.
pub async fn ended(process: &mut Child) -> Option<i32> {
    let started = Instant::now();
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return status.code();
        }
        assert!(started.elapsed() < PATIENCE * 6, "the process does not stop");
        sleep(Duration::from_millis(20)).await;
    }
}
