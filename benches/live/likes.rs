//! Likes per second, each stored before it is answered; and that none that was answered is lost when the power fails.

use std::time::{Duration, Instant};

use super::{
    client::Http,
    community::{Community, Member},
    process::Server,
};

/// Clients with a kept connection each.
const CLIENTS: [usize; 2] = [16, 128];
/// The posts they like, so that some likes meet on one post.
const POSTS: u64 = 50;

pub async fn measure(seconds: u64) {
    for clients in CLIENTS {
        let community = Community::of(clients as u64, POSTS).await;
        let server = Server::start(community.folder.path());
        let (started, cpu) = (Instant::now(), server.cpu_seconds());
        let end = started + Duration::from_secs(seconds);
        let working = community.members.iter().enumerate().map(|(at, member)| {
            let post = community.posts[at % community.posts.len()].get();
            tokio::spawn(like_until(server.addr, member.clone(), post, end))
        });
        let done = futures::future::join_all(working).await;
        let (elapsed, cpu) = (started.elapsed().as_secs_f64(), server.cpu_seconds() - cpu);
        let mut times: Vec<Duration> = Vec::new();
        let mut last = Vec::new();
        for run in done {
            let run = run.unwrap();
            times.extend(run.times);
            last.push(run.liked);
        }
        server.kill();
        let kept = kept(&community, &last).await;
        times.sort_unstable();
        println!(
            "likes: {:.0} per second stored durably, {:.0} per CPU-second ({clients} keep-alive clients, {POSTS} posts, \
             {elapsed:.0} s; p50 {:.1} ms, p99 {:.1} ms; {kept} of {clients} last answers found after SIGKILL)",
            times.len() as f64 / elapsed,
            times.len() as f64 / cpu,
            percentile(&times, 50),
            percentile(&times, 99),
        );
    }
}

struct Run {
    times: Vec<Duration>,
    liked: bool,
}

async fn like_until(addr: std::net::SocketAddr, member: Member, post: u64, end: Instant) -> Run {
    let mut http = Http::connect(addr).await;
    let path = format!("/api/posts/{post}/like");
    let headers = format!("authorization: Bearer {}\r\n", member.token);
    let mut run = Run { times: Vec::new(), liked: false };
    while Instant::now() < end {
        let asked = Instant::now();
        let answer = http.send(if run.liked { "DELETE" } else { "PUT" }, &path, &headers).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        run.times.push(asked.elapsed());
        run.liked = !run.liked;
    }
    run
}

/// How many of the members' last answers the database holds.
async fn kept(community: &Community, last: &[bool]) -> usize {
    let (store, tasks) = community.reopened().await;
    let mut tx = store.begin().await.unwrap();
    let mut kept = 0;
    for (at, (member, liked)) in community.members.iter().zip(last).enumerate() {
        let post = community.posts[at % community.posts.len()];
        kept += usize::from(tx.likes_post(post, member.id).await.unwrap() == *liked);
    }
    drop(tx);
    drop(store);
    tasks.shutdown(Duration::from_secs(10)).await;
    kept
}

/// In milliseconds; of times in order.
pub fn percentile(times: &[Duration], percent: usize) -> f64 {
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}
