//! What receiving costs at the least, and what it costs here: the same frames from the same sender to one thread that only
//! reads them, and to the engine, which reads, finds the numbers in them and checks them.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token};

use crate::{
    Outcome, crowd,
    engine::Engine,
    frames,
    mix::{PEOPLE, Shares},
    pages::Ledger,
    people::{People, Stage, TALKERS},
    process::cpu_seconds_of_thread,
};

/// One frame to everybody, this often.
const ROUND_EVERY: Duration = Duration::from_millis(20);
/// What is on its way arrives within this.
const LAST: Duration = Duration::from_millis(500);
/// What the sender is at: letting everybody in, sending, or done.
const OPENING: u8 = 0;
const SENDING: u8 = 1;
const DONE: u8 = 2;
const LOOK_AGAIN: Duration = Duration::from_millis(5);
const CONVERSATION: u64 = 70_368_744_178_000;
const POST: u64 = 70_368_744_177_800;

/// CPU time for each delivery, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// One thread, epoll, one read into one buffer, nothing looked at.
    pub raw: f64,
    /// The same, resting after each look at the network as the engine does.
    pub raw_rested: f64,
    /// The engine.
    pub own: f64,
    /// How many deliveries each got.
    pub deliveries: u64,
    /// Bytes of a text, on average.
    pub bytes: u64,
}

/// Measures all three, one after the other.
///
/// # Errors
/// Sockets or threads cannot be had.
pub fn measure(connections: usize, rounds: u32) -> Outcome<Cost> {
    let texts: Vec<String> = (1..=rounds).map(text).collect();
    let bytes = texts.iter().map(|text| text.len() as u64).sum::<u64>() / u64::from(rounds.max(1));
    let deliveries = connections as u64 * u64::from(rounds);
    let sent = connections as u64 * texts.iter().map(|text| frames::unmasked(text).len() as u64).sum::<u64>();
    let raw = |rest| receive(connections, &texts, &|sender, count, at| read_only(sender, count, at, rest));
    let ((raw, read), (raw_rested, read_rested)) = (raw(None)?, raw(Some(crowd::REST))?);
    let (own, heard) = receive(connections, &texts, &read_and_check)?;
    if (read, read_rested, heard) != (sent, sent, deliveries) {
        return Err(format!(
            "Of {deliveries} deliveries with {sent} bytes came {read}, {read_rested} bytes, and {heard} deliveries."
        ));
    }
    let each = |cpu: f64| cpu * 1e6 / deliveries.max(1) as f64;
    let (raw, raw_rested, own) = (each(raw), each(raw_rested), each(own));
    Ok(Cost { raw, raw_rested, own, deliveries, bytes })
}

/// Likes and messages in turn, as they are on the wire.
fn text(round: u32) -> String {
    if round.is_multiple_of(2) {
        return format!(
            r#"{{"type":"like_update","post_id":"{POST}","like_count":{round},"version":{round},"user_id":"70368744177665","timestamp":"2026-11-21T09:30:00.000Z"}}"#
        );
    }
    let seq = round.div_ceil(2);
    format!(
        r#"{{"type":"new_message","conversation_id":"{CONVERSATION}","message_id":"{}","client_id":"3f1c9d2e-5b7a-4c1d-9e8f-0a1b2c3d4e5f","sender_id":"70368744177664","sender":{{"id":"70368744177664","username":"member17","full_name":"Member Number 17"}},"content":"{seq} The small kiln is free from Thursday evening on.","timestamp":"2026-11-21T09:30:00.000Z","seq":{seq},"revision":{seq},"number":{seq},"offset":{round}}}"#,
        70_368_744_178_100 + u64::from(round)
    )
}

type Receive<'a> = dyn Fn(SocketAddr, usize, &AtomicU8) -> Outcome<(f64, u64)> + Sync + 'a;

/// Sends all texts to whoever receives, in another thread; its CPU seconds, and what it counted.
fn receive(connections: usize, texts: &[String], receiver: &Receive<'_>) -> Outcome<(f64, u64)> {
    let broken = |cause: std::io::Error| format!("The sender: {cause}.");
    let listener = TcpListener::bind("127.0.0.1:0").map_err(broken)?;
    let addr = listener.local_addr().map_err(broken)?;
    let stage = AtomicU8::new(OPENING);
    thread::scope(|scope| {
        let receiving = scope.spawn(|| receiver(addr, connections, &stage));
        let sent = send(&listener, connections, texts, &stage);
        stage.store(DONE, Ordering::Relaxed);
        // They stay open until nobody listens any more.
        let received = receiving.join().map_err(|_| "The receiver broke.".to_owned())?;
        drop(sent.map_err(broken)?);
        received
    })
}

/// One thread, one ready frame, one `send` for each connection; the connections.
fn send(
    listener: &TcpListener,
    connections: usize,
    texts: &[String],
    stage: &AtomicU8,
) -> std::io::Result<Vec<TcpStream>> {
    let mut streams = Vec::with_capacity(connections);
    while streams.len() < connections {
        streams.push(greeted(listener.accept()?.0)?);
    }
    thread::sleep(LAST);
    stage.store(SENDING, Ordering::Relaxed);
    thread::sleep(LAST);
    let start = Instant::now();
    for (round, text) in (0_u32..).zip(texts) {
        thread::sleep((start + ROUND_EVERY * round).saturating_duration_since(Instant::now()));
        let frame = frames::unmasked(text);
        for stream in &mut streams {
            stream.write_all(&frame)?;
        }
    }
    thread::sleep(LAST);
    Ok(streams)
}

/// Answers the upgrade.
fn greeted(mut stream: TcpStream) -> std::io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    let mut part = [0; 1_024];
    while memchr::memmem::find(&request, b"\r\n\r\n").is_none() {
        let read = stream.read(&mut part)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(part.get(..read).unwrap_or_default());
    }
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n")?;
    Ok(stream)
}

/// The bound: reads what is there, once for each time that the system says so, and throws it away.
fn read_only(sender: SocketAddr, connections: usize, stage: &AtomicU8, rest: Option<Duration>) -> Outcome<(f64, u64)> {
    let broken = |cause: std::io::Error| format!("The raw receiver: {cause}.");
    let (mut poll, mut events) = (Poll::new().map_err(broken)?, Events::with_capacity(4_096));
    let mut streams = Vec::with_capacity(connections);
    let mut hello = Vec::new();
    frames::put(&mut hello, frames::TEXT, br#"{"type":"watch_feed","feed":"everyone"}"#);
    for at in 0..connections {
        let mut stream = TcpStream::connect(sender).map_err(broken)?;
        stream.set_nodelay(true).map_err(broken)?;
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").map_err(broken)?;
        // It answers the upgrade as tabs do: of a connection that never says anything the system acknowledges every frame by
        // itself when it is read, which is dearer.
        if stream.read(&mut [0; 1_024]).map_err(broken)? == 0 {
            return Err(broken(ErrorKind::UnexpectedEof.into()));
        }
        stream.write_all(&hello).map_err(broken)?;
        stream.set_nonblocking(true).map_err(broken)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(at), Interest::READABLE).map_err(broken)?;
        streams.push(stream);
    }
    let (mut buffer, mut bytes, mut cpu) = (vec![0; 64 * 1024], 0, None);
    while stage.load(Ordering::Relaxed) != DONE {
        // The answers to the upgrades are not what is measured.
        if cpu.is_none() && stage.load(Ordering::Relaxed) == SENDING {
            (cpu, bytes) = (Some(cpu_seconds_of_thread()), 0);
        }
        poll.poll(&mut events, Some(LOOK_AGAIN)).map_err(broken)?;
        for event in &events {
            let Some(stream) = streams.get_mut(event.token().0) else { continue };
            if let Ok(read) = stream.read(&mut buffer) {
                bytes += read as u64;
            }
        }
        if let Some(rest) = rest.filter(|_| !events.is_empty()) {
            thread::sleep(rest);
        }
    }
    Ok((cpu_seconds_of_thread() - cpu.unwrap_or_default(), bytes))
}

/// The engine, with everybody in one conversation and looking at one post.
fn read_and_check(sender: SocketAddr, connections: usize, stage: &AtomicU8) -> Outcome<(f64, u64)> {
    let broken = |cause: std::io::Error| format!("The engine: {cause}.");
    let shares = Shares { native: 1, socketio: 0, channels: 0 };
    let mut people = People::new(Arc::new(one_conversation(sender, connections)), PEOPLE, shares, 0);
    let mut engine = Engine::new().map_err(broken)?;
    people.resize(connections, &mut engine);
    people.let_in(&mut engine, connections);
    let mut cpu = None;
    while stage.load(Ordering::Relaxed) != DONE {
        if cpu.is_none() && stage.load(Ordering::Relaxed) == SENDING {
            cpu = Some(cpu_seconds_of_thread());
            drop(people.take_figures());
        }
        if engine.round(LOOK_AGAIN, &mut people).map_err(broken)? > 0 {
            thread::sleep(crowd::REST);
        }
    }
    let (cpu, figures) = (cpu_seconds_of_thread() - cpu.unwrap_or_default(), people.take_figures());
    let findings = people.check(&Ledger::default());
    if findings.are_none() {
        return Ok((cpu, figures.deliveries));
    }
    Err(format!("What was sent in order is not heard in order: {findings:?}"))
}

/// Everybody in one conversation, or so it looks to each three of them, and before one post.
fn one_conversation(addr: SocketAddr, people: usize) -> Stage {
    Stage {
        addr,
        tokens: vec!["none".to_owned(); people],
        ids: (0..people as u64).collect(),
        talks: vec![(CONVERSATION, 0); people.div_ceil(TALKERS)],
        posts: vec![POST],
        pages: Vec::new(),
        posts_made: AtomicU64::new(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_receivers_get_everything_and_the_engine_finds_it_in_order() {
        let cost = measure(20, 12).unwrap();
        assert_eq!(cost.deliveries, 240);
        assert!(cost.bytes > 150 && cost.own > 0.0 && cost.raw > 0.0);
    }
}
