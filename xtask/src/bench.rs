//! Measures on PostgreSQL, and several servers over it and a Redis.

use std::process::{Child, Command, Stdio};

use crate::{
    Outcome,
    postgres::{Cluster, free_port},
    run::{line, show},
};

/// `cargo xtask bench`.
pub fn run(arguments: &[String]) -> Outcome {
    let cluster = Cluster::durable()?;
    let mut bench = line("cargo bench --features ssr --bench live --");
    bench.args(arguments).args(["--database", &cluster.url]);
    let redis = arguments.iter().any(|word| word == "nodes").then(Redis::start).transpose()?;
    if let Some(redis) = &redis {
        bench.args(["--redis", &redis.url]);
    }
    show("Measuring", &mut bench)
}

/// A Redis of our own, gone when it is dropped. What is measured waits until it answers.
struct Redis {
    server: Child,
    url: String,
}

impl Redis {
    fn start() -> Outcome<Self> {
        let port = free_port()?;
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()]);
        let server = command.stdout(Stdio::null()).spawn();
        let server = server.map_err(|why| format!("redis-server could not be started: {why}."))?;
        Ok(Self { server, url: format!("redis://127.0.0.1:{port}") })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
