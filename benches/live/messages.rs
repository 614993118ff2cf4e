//! Messages per second, each stored before it is acknowledged and sent to two receivers; and how long an answer takes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{SinkExt, StreamExt};
use hubbub::{
    protocol::{
        commands::{ClientCommand, CommandFrame},
        conversations::{ConversationKind, NewMessage, Standing},
        events::ServerEvent,
        ids::ConversationId,
        time::Timestamp,
    },
    server::{
        domain::ports::{ConversationRecord, Ids, MemberRecord},
        ids::IdGenerator,
    },
};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{
    client::{self, Tally},
    community::{Community, Member},
    likes::percentile,
    process::Server,
};

/// Groups of three that talk at the same time: one says, two listen.
const GROUPS: [usize; 2] = [16, 128];

pub async fn measure(seconds: u64) {
    for groups in GROUPS {
        let community = Community::of(groups as u64 * 3, 0).await;
        let conversations = begin(&community).await;
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

/// A group of each three people.
async fn begin(community: &Community) -> Vec<ConversationId> {
    let (store, tasks) = community.reopened().await;
    let (ids, at) = (IdGenerator::new(1), Timestamp::from_millis(1_800_000_000_000));
    let mut tx = store.begin().await.unwrap();
    let mut begun = Vec::new();
    for people in community.members.chunks(3) {
        let id = ConversationId::new(ids.next(at));
        let conversation = ConversationRecord {
            id,
            kind: ConversationKind::Group,
            title: None,
            pair: None,
            created_by: people[0].id,
            client_id: None,
            created_at: at,
        };
        tx.insert_conversation(&conversation).await.unwrap();
        for person in people {
            let member = MemberRecord {
                user_id: person.id,
                standing: Standing::Active,
                admin: false,
                from_seq: 0,
                read_number: 0,
                delivered_number: 0,
                shows_receipts: true,
            };
            tx.put_member(id, &member, at).await.unwrap();
        }
        begun.push(id);
    }
    tx.commit().await.unwrap();
    drop(store);
    assert!(tasks.shutdown(Duration::from_secs(30)).await);
    begun
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
        let client_id = format!("{:08x}-0000-4000-8000-{number:012x}", conversation_id.get() % 0xFFFF_FFFF);
        let content = "The small kiln is free from Thursday evening on.".to_owned();
        let message = NewMessage { content, client_id: Some(client_id), ..NewMessage::default() };
        let command = ClientCommand::SendMessage { conversation_id, message };
        let frame = CommandFrame { command, reference: Some(number.to_string()) };
        socket.send(Message::text(serde_json::to_string(&frame).unwrap())).await.unwrap();
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
