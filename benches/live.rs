//! Measures the finished program from outside and prints one line for each figure, with the setting it was taken at.
//!
//! `cargo bench --features ssr --bench live --
//! [memory|fanout|likes|messages|bell|dialects|latency|viral|slow|churn|resume|upkeep|pages|nodes|load|all]
//! [--connections 5000,10000] [--watchers 1000,5000] [--seconds 10] [--posts 1000000] [--likes 16000]
//! [--notifications 100000] [--churn 200000] [--returning 10000] [--megabytes 1024] [--quick] [--database postgres://…]
//! [--redis redis://…]`
//!
//! The server is a process of its own: `HUBBUB_BINARY`, else `target/dist/hubbub`, else `target/release/hubbub`. Its
//! database is filled through the store before it starts. Figures are per CPU-second of that process, read from
//! `/proc`, so that the clients beside it on the same machine count as little as possible. What is naive is measured in
//! the same run, by the same clients, with the same frames. Everything is bounded and stays on the loopback.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

mod live {
    pub mod alone;
    pub mod baseline;
    pub mod bell;
    pub mod churn;
    pub mod client;
    pub mod community;
    pub mod database;
    pub mod dialects;
    pub mod fanout;
    pub mod first_load;
    pub mod groups;
    pub mod latency;
    pub mod likes;
    pub mod memory;
    pub mod messages;
    pub mod nodes;
    pub mod options;
    pub mod pages;
    pub mod process;
    pub mod resume;
    pub mod slow;
    pub mod upkeep;
    pub mod viral;
}

use live::{
    alone, baseline, bell, churn, database, dialects, fanout, first_load, latency, likes, memory, messages, nodes,
    options::Options, pages, process, resume, slow, upkeep, viral,
};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    // The naive servers are this program again, so that their CPU time can be read apart.
    match words.first().map(String::as_str) {
        Some("naive-server") => return baseline::serve_naively(),
        Some("counted-server") => return process::serve_counted(&words[1..]),
        Some("raw-server") => return baseline::send_only(&words[1..]),
        _ => {}
    }
    let options = Options::parse(&words);
    hubbub_load::process::raise_open_files().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!("# {}", process::machine());
    runtime.block_on(async {
        if let Some(url) = &options.database {
            database::choose(url).await;
            println!("# on PostgreSQL, whose CPU time is counted with the server's");
        }
        if options.wants("load") {
            first_load::measure().await;
        }
        if options.wants("memory") {
            for connections in &options.connections {
                memory::measure(*connections).await;
            }
        }
        if options.wants("fanout") {
            for watchers in &options.watchers {
                fanout::measure(*watchers, options.seconds).await;
            }
        }
        if options.wants("likes") {
            likes::measure(options.seconds).await;
        }
        if options.wants("messages") {
            messages::measure(options.seconds).await;
            alone::measure(options.seconds).await;
        }
        if options.wants("bell") {
            bell::measure(options.likes, options.notifications).await;
        }
        if options.wants("dialects") {
            for connections in &options.watchers {
                dialects::measure(*connections, options.seconds).await;
            }
        }
        if options.wants("latency") {
            latency::measure(options.seconds).await;
        }
        if options.wants("viral") {
            viral::measure(options.viewers, options.viral_seconds).await;
        }
        if options.wants("slow") {
            slow::measure(options.seconds).await;
        }
        if options.wants("churn") {
            churn::measure(options.churn).await;
        }
        if options.wants("resume") {
            resume::measure(options.returning).await;
        }
        if options.wants("upkeep") {
            upkeep::measure(options.posts, options.megabytes).await;
        }
        if options.wants("pages") {
            pages::measure(options.posts, options.seconds).await;
        }
        if options.wants("nodes") {
            nodes::measure(options.redis.as_deref(), &options.watchers, options.seconds).await;
        }
    });
}
