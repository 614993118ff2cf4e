//! Clients that read next to nothing among healthy ones: what they cost the server, and the others.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
};

use super::{
    client::{self, Http, Says, Socket, Tally},
    community::Community,
    likes::percentile,
    process::Server,
};

/// Those who read everything; every so many of them say when it came.
const HEALTHY: usize = 5_000;
const SAMPLED_EVERY: usize = 50;
/// Those who read a byte a second.
const SLOW: usize = 500;
/// The least the system gives to a socket that wants little.
const RECEIVE_BUFFER_BYTES: u32 = 2_048;
/// What is written on the wall while it is measured.
const POST_EVERY: Duration = Duration::from_millis(200);

pub async fn measure(seconds: u64) {
    let alone = measure_with(0, seconds).await;
    let among = measure_with(SLOW, seconds).await;
    println!(
        "slow: posts to {HEALTHY} healthy clients p50 {:.1} ms, p99 {:.1} ms beside {SLOW} that read a byte a second ({:.2} x and \
         {:.2} x what it is without them: {:.1} and {:.1} ms); {:.1} KiB RSS for each slow one at the most; {} of them were closed",
        percentile(&among.times, 50),
        percentile(&among.times, 99),
        percentile(&among.times, 50) / percentile(&alone.times, 50),
        percentile(&among.times, 99) / percentile(&alone.times, 99),
        percentile(&alone.times, 50),
        percentile(&alone.times, 99),
        (among.grown_kib - alone.grown_kib) / SLOW as f64,
        among.closed,
    );
}

struct Run {
    times: Vec<Duration>,
    grown_kib: f64,
    closed: usize,
}

async fn measure_with(slow: usize, seconds: u64) -> Run {
    let community = Community::of((HEALTHY + slow) as u64, 1).await;
    let server = Server::start(community.folder.path());
    let came = Arc::new(Mutex::new(Vec::<(u64, Instant)>::new()));
    let tally = Arc::new(Tally::default());
    let sockets = client::open_many(0..HEALTHY, |at| healthy(&server, &community, at, &came, &tally)).await;
    let mut lazy = Vec::new();
    for at in HEALTHY..HEALTHY + slow {
        lazy.push(read_slowly(&server, &community.members[at].token).await);
    }
    tally.quiet().await;
    let before = server.resident_kib();
    let mut http = Http::connect(server.addr).await;
    let headers = format!("authorization: Bearer {}\r\n", community.members[0].token);
    let mut posted = Vec::new();
    let mut grown: f64 = 0.0;
    let mut tick = tokio::time::interval(POST_EVERY);
    for number in 0..(seconds * 1_000 / POST_EVERY.as_millis() as u64) {
        tick.tick().await;
        posted.push(Instant::now());
        // As long as people may write, so that buffers fill.
        let body = format!(r#"{{"content":"{number} {}"}}"#, "word ".repeat(900));
        let answer = http.send_body("POST", "/api/posts", &headers, &body).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        grown = grown.max(server.resident_kib() - before);
    }
    tally.quiet().await;
    assert_eq!(tally.ended.load(Ordering::Relaxed), 0, "healthy clients were closed");
    let mut times: Vec<Duration> =
        came.lock().iter().map(|(number, at)| *at - posted[usize::try_from(*number).unwrap()]).collect();
    times.sort_unstable();
    assert_eq!(times.len(), posted.len() * HEALTHY.div_ceil(SAMPLED_EVERY), "something did not come");
    let closed = lazy.iter().filter(|reading| reading.is_finished()).count();
    lazy.iter().for_each(JoinHandle::abort);
    drop(sockets);
    Run { times, grown_kib: grown, closed }
}

async fn healthy(
    server: &Server,
    community: &Community,
    at: usize,
    came: &Arc<Mutex<Vec<(u64, Instant)>>>,
    tally: &Arc<Tally>,
) -> Socket {
    let token = &community.members[at].token;
    let commands = [WATCH.to_owned()];
    if !at.is_multiple_of(SAMPLED_EVERY) {
        return client::open(server.addr, "/ws", token, &commands, Arc::clone(tally)).await;
    }
    let came = Arc::clone(came);
    let heard = move |text: &[u8], _: &Says| {
        let text = String::from_utf8_lossy(text);
        if let Some(number) =
            text.split_once("\"content\":\"").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok())
        {
            came.lock().push((number, Instant::now()));
        }
    };
    client::listen(server.addr, token, &commands, heard).await
}

const WATCH: &str = r#"{"type":"watch_feed","feed":"everyone"}"#;

async fn read_slowly(server: &Server, token: &str) -> JoinHandle<()> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES).unwrap();
    let mut stream = socket.connect(server.addr).await.unwrap();
    stream.write_all(client::upgrade(server.addr, "/ws", token).as_bytes()).await.unwrap();
    stream.write_all(&client::masked(client::TEXT, WATCH.as_bytes())).await.unwrap();
    tokio::spawn(read_bytes(stream))
}

/// Ends with the connection.
async fn read_bytes(mut stream: TcpStream) {
    let mut byte = [0];
    while stream.read_exact(&mut byte).await.is_ok() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
