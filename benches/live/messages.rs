//! Messages per second, each stored before it is acknowledged and sent to two receivers; and how long an answer takes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{SinkExt, StreamExt};
use hubbub::protocol::{events::ServerEvent, ids::ConversationId};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{
    client::{self, Tally},
    community::{Community, Member},
    groups,
    likes::percentile,
    process::Server,
};

/// Groups of three that talk at the same time: one says, two listen.
const SIZES: [usize; 2] = [16, 128];

pub async fn measure(seconds: u64) {
    for groups in SIZES {
        let community = Community::of(groups as u64 * 3, 0).await;
        let threes: Vec<[usize; 3]> = (0..groups).map(|at| [at * 3, at * 3 + 1, at * 3 + 2]).collect();
        let conversations = groups::begin(&community, &threes).await;
        let server = Server::start(community.folder.path());
        let tally = Arc::new(Tally::default());
        let mut listening = Vec::new();
        for member in community.members.iter().enumerate().filter(|(at, _)| at % 3 != 0).map(|(_, member)| member) {
            listening.push(client::open(server.addr, "/ws", &member.token, &[], Arc::clone(&tally)).await);
        }
        tally.reach(listening.len() as u64, Duration::from_secs(30)).await;
        let (started, cpu, before) = (Instant::now(), server.cpu_seconds(), tally.frames());
        let end = started + Duration::from_secs(seconds);
        let senders = community.members.iter().step_by(3).zip(&conversations);
        let talking = senders.map(|(member, id)| tokio::spawn(talk_until(server.addr, member.clone(), *id, end)));
        let done = futures::future::join_all(talking).await;
        let (elapsed, cpu) = (started.elapsed().as_secs_f64(), server.cpu_seconds() - cpu);
        let mut times: Vec<Duration> = done.into_iter().flat_map(Result::unwrap).collect();
        times.sort_unstable();
        let delivered = tally.reach(before + times.len() as u64 * 2, Duration::from_secs(10)).await - before;
        println!(
            "messages: {:.0} per second stored durably and told to two each, {:.0} per CPU-second ({groups} groups of three, \
             one says and waits for the answer, {elapsed:.0} s; send to acknowledged p50 {:.1} ms, p99 {:.1} ms; {delivered} \
             of {} deliveries came)",
            times.len() as f64 / elapsed,
            times.len() as f64 / cpu,
            percentile(&times, 50),
            percentile(&times, 99),
            times.len() * 2,
        );
        server.kill();
        drop(listening);
    }
}

/// Says one thing after the other; how long each answer took.
async fn talk_until(
    addr: std::net::SocketAddr,
    member: Member,
    conversation_id: ConversationId,
    end: Instant,
) -> Vec<Duration> {
    let mut request = format!("ws://{addr}/ws").into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", member.token).parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let mut times = Vec::new();
    for number in 0_u64.. {
        let asked = Instant::now();
        if asked >= end {
            break;
        }
        let said = groups::say(conversation_id, number);
        socket.send(Message::text(said)).await.unwrap();
        loop {
            let Message::Text(text) = socket.next().await.unwrap().unwrap() else { continue };
            match serde_json::from_str(&text).unwrap() {
                ServerEvent::Ack(ack) if ack.reference == number.to_string() => break,
                ServerEvent::Error(error) => panic!("refused: {error:?}"),
                _ => {}
            }
        }
        times.push(asked.elapsed());
    }
    times
}
