//! An nginx of a test's own before several servers, as `deploy/nginx.conf` has it: in a temporary folder, on a free port.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use hubbub_load::ports::free_addr;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::{postgres::is_root, program::signal, site::PATIENCE, skipped::skipped};

/// Where people come in.
pub struct Nginx {
    pub addr: SocketAddr,
    folder: tempfile::TempDir,
    process: Child,
}

impl Nginx {
    /// One that answers; `None`, and a line that says so, where there is none to test with.
    pub async fn before(servers: &[SocketAddr]) -> Option<Self> {
        let Some(program) = program() else {
            skipped("every case with nginx, as it is not there");
            return None;
        };
        let addr = free_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("nginx.conf"), configuration(addr, servers, folder.path())).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", program, "-e", "stderr", "-p"]).arg(folder.path());
        command.arg("-c").arg(folder.path().join("nginx.conf")).stdin(Stdio::null());
        let process = command.spawn().unwrap();
        let started = Instant::now();
        while TcpStream::connect(addr).await.is_err() {
            assert!(started.elapsed() < PATIENCE, "nginx does not start");
            sleep(std::time::Duration::from_millis(20)).await;
        }
        Some(Self { addr, folder, process })
    }

    /// The requests that no server answered, or not to the end, as its log has them.
    pub fn failures(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("access.log")).unwrap();
        let failed = |line: &&str| matches!(line.rsplit(' ').nth(1), Some("502" | "504"));
        log.lines().filter(failed).map(str::to_owned).collect()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its processes end with the first, if that is told.
        signal("TERM", &[self.process.id()]);
        let _ = self.process.wait();
    }
}

/// The places of this machine instead of the documented ones; nothing else is touched.
fn configuration(addr: SocketAddr, servers: &[SocketAddr], folder: &Path) -> String {
    let documented = include_str!("../../deploy/nginx.conf");
    let upstream = |line: &str| -> String {
        let lines = servers.iter().map(|server| line.replace("hubbub:10000", &server.to_string()));
        lines.collect::<Vec<_>>().join("\n")
    };
    let lines =
        documented.lines().map(|line| if line.contains("hubbub:10000") { upstream(line) } else { line.to_owned() });
    let folder = folder.display();
    let temporary =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path {folder}/{name};"));
    let config = lines.collect::<Vec<_>>().join("\n");
    assert!(config.contains("listen 80;") && config.contains("/var/log/nginx"), "{config}");
    let config = config
        .replace("listen 80;", &format!("listen {addr};"))
        .replace("/var/log/nginx", &folder.to_string())
        .replace("worker_rlimit_nofile 65536", "worker_rlimit_nofile 20000")
        .replace("worker_connections 32768", "worker_connections 8192")
        .replace("http {", &format!("http {{ {}", temporary.join(" ")));
    // Its own user could not enter the folder.
    let user = if is_root() { "user root;" } else { "" };
    format!("{user} daemon off; pid {folder}/pid;\n{config}")
}

fn program() -> Option<&'static str> {
    // Debian's is not on the way of those who are no administrators.
    ["/usr/sbin/nginx", "nginx"]
        .into_iter()
        .find(|program| Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok())
}
