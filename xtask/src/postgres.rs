//! A PostgreSQL of our own for tests and measurements: in a temporary folder, on a free port, gone afterwards.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    run::{self, line, quiet},
    tools,
};

/// A running cluster; dropping it stops it and removes its folder.
pub struct Cluster {
    server: Child,
    folder: PathBuf,
    /// Where tests connect: the address of its first database.
    pub url: String,
}

impl Cluster {
    /// Makes and starts a cluster for tests. Durability is off: nothing in it outlives them.
    pub fn start() -> Outcome<Self> {
        Self::with(&["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=300"])
    }

    /// Makes and starts a cluster for measurements: as a PostgreSQL is that nobody configured.
    pub fn durable() -> Outcome<Self> {
        Self::with(&[])
    }

    fn with(settings: &[&str]) -> Outcome<Self> {
        let programs = tools::postgres_programs()?;
        let start = Instant::now();
        println!("→ Starting a PostgreSQL of our own");
        let folder = std::env::temp_dir().join(format!("hubbub-postgres-{}", std::process::id()));
        let told = |what: &str, why: &dyn std::fmt::Display| format!("{what}: {why}.");
        fs::create_dir_all(&folder).map_err(|why| told("The folder for PostgreSQL", &why))?;
        let account = Account::choose(&folder)?;
        let data = folder.join("data");
        let mut init = account.command(&programs.join("initdb"));
        init.args(["--auth=trust", "--username=hubbub", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]);
        quiet(init.arg(&data)).ok_or("initdb could not make a cluster.")?;
        let port = free_port()?;
        let log = fs::File::create(folder.join("log")).map_err(|why| told("PostgreSQL's log", &why))?;
        let errors = log.try_clone().map_err(|why| told("PostgreSQL's log", &why))?;
        let mut command = account.command(&programs.join("postgres"));
        command.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        for setting in settings {
            command.args(["-c", setting]);
        }
        let server = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        let server = server.map_err(|why| told("PostgreSQL could not be started", &why))?;
        let mut cluster = Self { server, folder, url: format!("postgres://hubbub@127.0.0.1:{port}/postgres") };
        cluster.wait(&programs, port)?;
        println!("  ready in {}", run::span(start.elapsed()));
        Ok(cluster)
    }

    fn wait(&mut self, programs: &Path, port: u16) -> Outcome {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut probe = run::command(programs.join("pg_isready"));
        probe.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        while quiet(&mut probe).is_none() {
            let gone = self.server.try_wait().ok().flatten().is_some();
            if gone || Instant::now() > deadline {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(format!("PostgreSQL did not start. Its log:\n{log}"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown. Should it fail, the child is killed; then the folder has no user left.
        let asked = quiet(&mut line(&format!("kill -INT {}", self.server.id()))).is_some();
        if !asked {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whoever runs the cluster: PostgreSQL refuses root.
struct Account(Option<&'static str>);

impl Account {
    /// This user, unless it is root: then another one, to whom the folder is given.
    fn choose(folder: &Path) -> Outcome<Self> {
        if !run::is_root() {
            return Ok(Self(None));
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let found = ["postgres", "nobody"].into_iter().find_map(|name| Some((name, ids(&users, name)?)));
        let (name, (user, group)) = found.ok_or("PostgreSQL refuses root, and there is no other user to run it.")?;
        chown(folder, Some(user), Some(group)).map_err(|why| format!("The folder for PostgreSQL: {why}."))?;
        Ok(Self(Some(name)))
    }

    /// A command that runs as this account and is stopped when this program dies. `setpriv` becomes the program itself,
    /// so its process id is the server's.
    fn command(&self, program: &Path) -> Command {
        let mut command = run::command("setpriv");
        command.current_dir("/").args(["--pdeathsig", "INT"]);
        match self.0 {
            Some("nobody") => command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]),
            Some(name) => command.args(["--reuid", name, "--regid", name, "--init-groups"]),
            None => &mut command,
        };
        command.arg(program);
        command
    }
}

/// User and group id of a name in the text of `/etc/passwd`.
fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// A port that nobody listens on.
pub fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map(|addr| addr.port()).map_err(|why| format!("There is no free port: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_named_user() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres:x:104:111:,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(ids(users, "postgres"), Some((104, 111)));
        assert_eq!(ids(users, "post"), None);
    }
}
