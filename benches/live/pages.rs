//! Feed pages per second: rendered by the server for somebody signed in, twenty posts out of very many.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{client::Http, community::Community, likes::percentile, process::Server};

/// Who wrote what is on the page; the others wrote before them.
const PEOPLE: u64 = 1_000;
const CLIENTS: [usize; 2] = [1, 8];
const POSTS_ON_A_PAGE: usize = 20;
/// Everybody wrote so many.
const POSTS_OF_EACH: u64 = 10;

pub async fn measure(posts: u64, seconds: u64) {
    let community = Community::of(PEOPLE, PEOPLE).await;
    let people = (posts / POSTS_OF_EACH).max(PEOPLE);
    community.add_history(people - PEOPLE + 1, posts - PEOPLE).await;
    let server = Server::start(community.folder.path());
    for clients in CLIENTS {
        let (started, cpu) = (Instant::now(), server.cpu_seconds());
        let end = started + Duration::from_secs(seconds);
        let reading = community
            .members
            .iter()
            .take(clients)
            .map(|member| tokio::spawn(read_until(server.addr, member.token.clone(), end)));
        let done = futures::future::join_all(reading).await;
        let (elapsed, cpu) = (started.elapsed().as_secs_f64(), server.cpu_seconds() - cpu);
        let (mut times, mut bytes) = (Vec::new(), 0);
        for run in done {
            let (some, size) = run.unwrap();
            times.extend(some);
            bytes = size;
        }
        times.sort_unstable();
        println!(
            "pages: {:.0} feed pages per second, {:.0} per CPU-second ({clients} clients, signed in, {POSTS_ON_A_PAGE} \
             posts a page of a database of {posts} by {people} people; {:.1} KB each; p50 {:.1} ms, p99 {:.1} ms)",
            times.len() as f64 / elapsed,
            times.len() as f64 / cpu,
            bytes as f64 / 1e3,
            percentile(&times, 50),
            percentile(&times, 99),
        );
    }
    tell_of_react(&server, &community.members[0].token, seconds).await;
}

/// The named baseline: React on Node renders the same page again and again. Without Node and its packages there is none.
async fn tell_of_react(server: &Server, token: &str, seconds: u64) {
    let mut http = Http::connect(server.addr).await;
    let page = http.send("GET", "/", &format!("cookie: hubbub_access={token}\r\naccept: text/html\r\n")).await.body;
    let mut command = Command::new("node");
    command.args(["benches/live/react.mjs", &seconds.to_string()]).env("NODE_ENV", "production");
    let Ok(mut node) = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else { return };
    node.stdin.take().unwrap().write_all(&page).unwrap();
    let told = String::from_utf8(node.wait_with_output().unwrap().stdout).unwrap();
    let [pages, cpu, bytes] =
        told.split_whitespace().filter_map(|word| word.parse::<f64>().ok()).collect::<Vec<_>>()[..]
    else {
        return;
    };
    println!(
        "pages: React's renderToString on Node makes {:.0} of the same page per CPU-second (its elements alone, {:.1} KB; no \
         database, no network)",
        pages / cpu,
        bytes / 1e3,
    );
}

async fn read_until(addr: std::net::SocketAddr, token: String, end: Instant) -> (Vec<Duration>, usize) {
    let mut http = Http::connect(addr).await;
    let headers = format!("cookie: hubbub_access={token}\r\naccept: text/html\r\n");
    let (mut times, mut bytes) = (Vec::new(), 0);
    while Instant::now() < end {
        let asked = Instant::now();
        let answer = http.send("GET", "/", &headers).await;
        times.push(asked.elapsed());
        assert_eq!(answer.status, 200, "{}", answer.head);
        bytes = answer.body.len();
        let page = String::from_utf8_lossy(&answer.body);
        assert_eq!(page.matches("<article").count(), POSTS_ON_A_PAGE, "a whole page");
    }
    (times, bytes)
}
