//! Measures on PostgreSQL.

use crate::{
    Outcome,
    postgres::Cluster,
    run::{line, show},
};

/// `cargo xtask bench`.
pub fn run(arguments: &[String]) -> Outcome {
    let cluster = Cluster::durable()?;
    let mut bench = line("cargo bench --features ssr --bench live --");
    show("Measuring", bench.args(arguments).args(["--database", &cluster.url]))
}
