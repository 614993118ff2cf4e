//! Many WebSockets on one thread: epoll, one buffer for all that is read, and next to nothing kept for each connection.

use std::{
    io::{ErrorKind, Read, Result, Write},
    net::SocketAddr,
    time::Duration,
};

use memchr::memmem;
pub use mio::Waker;
use mio::{Events, Interest, Poll, Token, event::Event, net::TcpStream};

use crate::frames::{self, CLOSE, PING, PONG, TEXT};

/// Read at a time; what many small frames of one connection need is far less.
const BUFFER_BYTES: usize = 64 * 1024;
/// Connections that one look at the network tells of.
const EVENTS: usize = 4_096;
/// The token of what wakes the engine from outside.
const WAKER: Token = Token(usize::MAX);

/// Why a connection ended that nobody here cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was not upgraded: the first line of the answer.
    Refused(String),
    /// The server closed it with this code.
    Closed(u16),
    /// The network did.
    Lost(ErrorKind),
}

/// Whoever listens to what comes.
pub trait Hear {
    /// Something came; what comes with it came at the same time.
    fn woken(&mut self) {}
    /// A connection is open.
    fn opened(&mut self, at: usize, line: &mut Line);
    /// A text came.
    fn heard(&mut self, at: usize, text: &[u8], line: &mut Line);
    /// A connection ended without being cut.
    fn ended(&mut self, at: usize, why: &Ended);
}

/// The way back.
pub struct Line {
    stream: TcpStream,
    waiting: Vec<u8>,
}

impl Line {
    /// Says a text; it goes out when whoever says it is done.
    pub fn say(&mut self, text: &str) {
        frames::put(&mut self.waiting, TEXT, text.as_bytes());
    }

    fn flush(&mut self) -> std::result::Result<(), Ended> {
        while !self.waiting.is_empty() {
            match self.stream.write(&self.waiting) {
                Ok(written) if written >= self.waiting.len() => self.waiting = Vec::new(),
                Ok(written) => drop(self.waiting.drain(..written)),
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                Err(cause) if matches!(cause.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => return Ok(()),
                Err(cause) => return Err(Ended::Lost(cause.kind())),
            }
        }
        Ok(())
    }
}

/// One connection.
struct Connection {
    line: Line,
    is_open: bool,
    /// The part of a frame, or of the answer to the upgrade, whose rest has not come.
    held: Vec<u8>,
}

/// The connections, by numbers of whoever owns the engine.
pub struct Engine {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    connections: Vec<Option<Connection>>,
}

impl Engine {
    /// Without a connection yet.
    ///
    /// # Errors
    /// The system has no epoll to give.
    pub fn new() -> Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            buffer: vec![0; BUFFER_BYTES],
            connections: Vec::new(),
        })
    }

    /// What wakes [`Engine::round`] from another thread.
    ///
    /// # Errors
    /// The system has nothing to wake with.
    pub fn waker(&self) -> Result<Waker> {
        Waker::new(self.poll.registry(), WAKER)
    }

    /// Opens the connection `at`; one that was there is cut.
    ///
    /// # Errors
    /// The system has no socket or no port.
    pub fn open(&mut self, at: usize, addr: SocketAddr, path: &str, token: &str) -> Result<()> {
        self.cut(at);
        let mut stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        // A port is free again at once, or there would soon be none.
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
        self.poll.registry().register(&mut stream, Token(at), Interest::READABLE | Interest::WRITABLE)?;
        let waiting = upgrade(addr, path, token).into_bytes();
        if self.connections.len() <= at {
            self.connections.resize_with(at + 1, || None);
        }
        if let Some(place) = self.connections.get_mut(at) {
            *place = Some(Connection { line: Line { stream, waiting }, is_open: false, held: Vec::new() });
        }
        Ok(())
    }

    /// Ends the connection `at` without a word, as a network does.
    pub fn cut(&mut self, at: usize) {
        if let Some(place) = self.connections.get_mut(at) {
            *place = None;
        }
    }

    /// Says a text on the connection `at`, if it is there.
    pub fn say(&mut self, at: usize, text: &str) {
        if let Some(Some(connection)) = self.connections.get_mut(at) {
            connection.line.say(text);
            // What broke it is told by the next look at it.
            let _ = connection.line.flush();
        }
    }

    /// Waits for news, at most for `patience`, and passes all of it on; of how many connections there was some.
    ///
    /// # Errors
    /// The system's epoll failed.
    pub fn round(&mut self, patience: Duration, hear: &mut impl Hear) -> Result<usize> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(cause) if cause.kind() == ErrorKind::Interrupted => return Ok(0),
            polled => polled?,
        }
        let Self { events, buffer, connections, .. } = self;
        hear.woken();
        let mut news = 0;
        for event in events.iter() {
            let at = event.token().0;
            let Some(place) = connections.get_mut(at) else { continue };
            let Some(connection) = place.as_mut() else { continue };
            news += 1;
            if let Err(why) = connection.attend(at, event, buffer, hear) {
                *place = None;
                hear.ended(at, &why);
            }
        }
        Ok(news)
    }
}

type Going = std::result::Result<(), Ended>;

impl Connection {
    fn attend(&mut self, at: usize, event: &Event, buffer: &mut [u8], hear: &mut impl Hear) -> Going {
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.read(at, event.is_read_closed() || event.is_error(), buffer, hear)?;
        }
        self.line.flush()
    }

    /// A read that does not fill the buffer has emptied the socket, unless it is about to say that it ended.
    fn read(&mut self, at: usize, to_the_end: bool, buffer: &mut [u8], hear: &mut impl Hear) -> Going {
        loop {
            match self.line.stream.read(buffer) {
                Ok(0) => return Err(Ended::Lost(ErrorKind::UnexpectedEof)),
                Ok(read) => {
                    let bytes = buffer.get(..read).unwrap_or_default();
                    self.take(at, bytes, hear)?;
                    if read < buffer.len() && !to_the_end {
                        return Ok(());
                    }
                }
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                Err(cause) => return Err(Ended::Lost(cause.kind())),
            }
        }
    }

    fn take(&mut self, at: usize, bytes: &[u8], hear: &mut impl Hear) -> Going {
        if self.is_open && self.held.is_empty() {
            let used = self.pass_on(at, bytes, hear)?;
            self.held.extend_from_slice(bytes.get(used..).unwrap_or_default());
            return Ok(());
        }
        self.held.extend_from_slice(bytes);
        let mut held = std::mem::take(&mut self.held);
        if !self.is_open {
            let Some(end) = memmem::find(&held, b"\r\n\r\n") else {
                self.held = held;
                return Ok(());
            };
            if !held.starts_with(b"HTTP/1.1 101") {
                let line = held.split(|byte| *byte == b'\r').next().unwrap_or_default();
                return Err(Ended::Refused(String::from_utf8_lossy(line).into_owned()));
            }
            self.is_open = true;
            held.drain(..end + 4);
            hear.opened(at, &mut self.line);
        }
        let used = self.pass_on(at, &held, hear)?;
        self.held = held.get(used..).unwrap_or_default().to_vec();
        Ok(())
    }

    /// Passes on whole frames; how many bytes they were.
    fn pass_on(&mut self, at: usize, bytes: &[u8], hear: &mut impl Hear) -> std::result::Result<usize, Ended> {
        let mut used = 0;
        while let Some(frame) = bytes.get(used..).and_then(frames::first) {
            match frame.opcode {
                TEXT => hear.heard(at, frame.payload, &mut self.line),
                PING => frames::put(&mut self.line.waiting, PONG, frame.payload),
                CLOSE => {
                    let code = frame.payload.first_chunk().map_or(1_005, |code| u16::from_be_bytes(*code));
                    return Err(Ended::Closed(code));
                }
                _ => {}
            }
            used += frame.length;
        }
        Ok(used)
    }
}

/// The request that opens a WebSocket.
#[must_use]
pub fn upgrade(addr: SocketAddr, path: &str, token: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nauthorization: Bearer {token}\r\n\r\n"
    )
}

#[cfg(test)]
mod tests {
    use std::{
        io::BufRead,
        net::{Shutdown, TcpListener},
        thread,
    };

    use super::*;

    #[derive(Default)]
    struct Notes {
        texts: Vec<String>,
        ended: Option<Ended>,
    }

    impl Hear for Notes {
        fn opened(&mut self, _: usize, line: &mut Line) {
            line.say("hello");
        }

        fn heard(&mut self, _: usize, text: &[u8], _: &mut Line) {
            self.texts.push(String::from_utf8_lossy(text).into_owned());
        }

        fn ended(&mut self, _: usize, why: &Ended) {
            self.ended = Some(why.clone());
        }
    }

    /// What a client hears of a server that answers the upgrade and writes these pieces, each alone.
    fn heard_of(pieces: Vec<Vec<u8>>) -> Notes {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mut engine, addr) = (Engine::new().unwrap(), listener.local_addr().unwrap());
        let serving = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                reader.read_line(&mut line).unwrap();
            }
            for piece in pieces {
                stream.write_all(&piece).unwrap();
                thread::sleep(Duration::from_millis(5));
            }
            // Who closes with something unread resets the connection, and what is under way is lost.
            let _ = stream.shutdown(Shutdown::Write);
            let _ = std::io::copy(&mut reader, &mut std::io::sink());
        });
        let mut notes = Notes::default();
        engine.open(3, addr, "/ws", "token").unwrap();
        while notes.ended.is_none() {
            engine.round(Duration::from_millis(50), &mut notes).unwrap();
        }
        serving.join().unwrap();
        notes
    }

    const SWITCHED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n";

    #[test]
    fn frames_are_whole_wherever_the_network_cut_them() {
        let long = "y".repeat(70_000);
        let all = [SWITCHED.to_vec(), frames::unmasked("one"), frames::unmasked(&long), frames::unmasked("three")];
        for piece_bytes in [7_000, 65_000, 200_000] {
            let notes = heard_of(all.concat().chunks(piece_bytes).map(<[u8]>::to_vec).collect());
            assert_eq!(notes.texts, ["one", long.as_str(), "three"]);
            assert!(matches!(notes.ended, Some(Ended::Lost(_))));
        }
    }

    #[test]
    fn a_refusal_and_a_close_are_told() {
        let notes = heard_of(vec![b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n".to_vec()]);
        assert_eq!(notes.ended, Some(Ended::Refused("HTTP/1.1 503 Service Unavailable".to_owned())));
        let notes = heard_of(vec![SWITCHED.to_vec(), vec![0x88, 2, 0x11, 0x39]]);
        assert_eq!(notes.ended, Some(Ended::Closed(4_409)));
    }
}
