//! Feed pages per second: rendered by the server for somebody signed in, twenty posts out of very many.

use std::time::{Duration, Instant};

use super::{client::Http, community::Community, likes::percentile, process::Server};

const PEOPLE: u64 = 1_000;
const CLIENTS: [usize; 2] = [1, 8];
const POSTS_ON_A_PAGE: usize = 20;

pub async fn measure(posts: u64, seconds: u64) {
    let community = Community::of(PEOPLE, posts).await;
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
             posts a page of a database of {posts}; {:.1} KB each; p50 {:.1} ms, p99 {:.1} ms)",
            times.len() as f64 / elapsed,
            times.len() as f64 / cpu,
            bytes as f64 / 1e3,
            percentile(&times, 50),
            percentile(&times, 99),
        );
    }
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
