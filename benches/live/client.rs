//! Clients as light as can be: bare WebSockets that count frames, and HTTP requests over kept connections.

use std::{
    net::SocketAddr,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    task::JoinHandle,
};

/// A text frame.
pub const TEXT: u8 = 0x1;
const PING: u8 = 0x9;
/// Long enough for any answer here; a benchmark that hangs is none.
const PATIENCE: Duration = Duration::from_secs(60);

/// What all connections of a run received.
#[derive(Default)]
pub struct Tally {
    /// Text frames.
    pub frames: AtomicU64,
    /// Bytes of their texts.
    pub bytes: AtomicU64,
    /// Connections that ended.
    pub ended: AtomicU64,
}

impl Tally {
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Waits until `frames` have come, or `patience` is over; how many have.
    pub async fn reach(&self, frames: u64, patience: Duration) -> u64 {
        let end = Instant::now() + patience;
        while self.frames() < frames && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.frames()
    }

    /// Waits until nothing has come for a while: what was under way has arrived.
    pub async fn quiet(&self) -> u64 {
        loop {
            let before = self.frames();
            tokio::time::sleep(Duration::from_millis(750)).await;
            if self.frames() == before {
                return before;
            }
        }
    }
}

/// What a connection is to say; it says them in order.
pub type Says = mpsc::Sender<String>;
/// Commands that wait to be said on one connection.
const SAYS_MAX: usize = 64;

/// An open connection; dropping it closes it.
pub struct Socket {
    reading: JoinHandle<()>,
    says: Says,
}

impl Socket {
    /// Says a command as soon as the network takes it.
    pub fn say(&self, command: String) {
        self.says.try_send(command).expect("the connection says what it is told");
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Connections that are being opened at the same time.
const AT_ONCE: usize = 64;

/// Opens a connection for each of these numbers, a few at a time.
pub async fn open_many<F: Future<Output = Socket>>(numbers: Range<usize>, open: impl Fn(usize) -> F) -> Vec<Socket> {
    let mut sockets = Vec::with_capacity(numbers.len());
    for some in numbers.collect::<Vec<_>>().chunks(AT_ONCE) {
        sockets.extend(futures::future::join_all(some.iter().map(|at| open(*at))).await);
    }
    sockets
}

/// Opens a WebSocket, says `commands`, and counts what comes until it is dropped.
pub async fn open(addr: SocketAddr, path: &str, token: &str, commands: &[String], tally: Arc<Tally>) -> Socket {
    open_answering(addr, path, token, commands, tally, |_| None).await
}

/// [`open`] for dialects in which the client has to answer: `replies` says what to a text, if anything.
pub async fn open_answering(
    addr: SocketAddr,
    path: &str,
    token: &str,
    commands: &[String],
    tally: Arc<Tally>,
    replies: impl Fn(&[u8]) -> Option<String> + Send + 'static,
) -> Socket {
    let counted = Arc::clone(&tally);
    let count = move |text: &[u8], says: &Says| {
        counted.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
        counted.frames.fetch_add(1, Ordering::Relaxed);
        if let Some(reply) = replies(text) {
            says.try_send(reply).expect("the connection says what it is told");
        }
    };
    let ended = move || {
        tally.ended.fetch_add(1, Ordering::Relaxed);
    };
    attend(addr, path, token, commands, count, ended).await.expect("the server lets everybody in")
}

/// Opens a WebSocket, says `commands`, and gives every text to `heard`, which may say something to it.
pub async fn listen(
    addr: SocketAddr,
    token: &str,
    commands: &[String],
    heard: impl Fn(&[u8], &Says) + Send + 'static,
) -> Socket {
    try_listen(addr, token, commands, heard).await.expect("the server lets everybody in")
}

/// [`listen`], where the server may be away.
///
/// # Errors
/// How it refused.
pub async fn try_listen(
    addr: SocketAddr,
    token: &str,
    commands: &[String],
    heard: impl Fn(&[u8], &Says) + Send + 'static,
) -> Result<Socket, String> {
    attend(addr, "/ws", token, commands, heard, || {}).await
}

async fn attend(
    addr: SocketAddr,
    path: &str,
    token: &str,
    commands: &[String],
    heard: impl Fn(&[u8], &Says) + Send + 'static,
    ended: impl FnOnce() + Send + 'static,
) -> Result<Socket, String> {
    let mut stream = TcpStream::connect(addr).await.map_err(|cause| cause.to_string())?;
    stream.set_nodelay(true).unwrap();
    // A port is free again at once, or there would soon be none.
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    stream.write_all(upgrade(addr, path, token).as_bytes()).await.unwrap();
    let rest = tokio::time::timeout(PATIENCE, upgraded(&mut stream)).await.expect("the upgrade is answered")?;
    for command in commands {
        stream.write_all(&masked(TEXT, command.as_bytes())).await.unwrap();
    }
    let (says, said) = mpsc::channel(SAYS_MAX);
    let reading = read(stream, rest, says.clone(), said, heard);
    let reading = tokio::spawn(async move {
        // Whatever ended it, it has ended.
        let _ = reading.await;
        ended();
    });
    Ok(Socket { reading, says })
}

/// The request that opens a WebSocket.
pub fn upgrade(addr: SocketAddr, path: &str, token: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nauthorization: Bearer {token}\r\n\r\n"
    )
}

/// Reads the answer to the upgrade; what came behind it.
async fn upgraded(stream: &mut TcpStream) -> Result<Vec<u8>, String> {
    let mut answer = Vec::with_capacity(1_024);
    loop {
        let read = stream.read_buf(&mut answer).await.map_err(|cause| cause.to_string())?;
        if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&answer[..end]).into_owned();
            return if head.starts_with("HTTP/1.1 101") { Ok(answer.split_off(end + 4)) } else { Err(head) };
        }
        if read == 0 {
            return Err(format!("closed: {}", String::from_utf8_lossy(&answer)));
        }
    }
}

async fn read(
    mut stream: TcpStream,
    mut held: Vec<u8>,
    says: Says,
    mut said: mpsc::Receiver<String>,
    heard: impl Fn(&[u8], &Says),
) -> std::io::Result<()> {
    loop {
        while let Some((opcode, start, end)) = frame(&held) {
            match opcode {
                TEXT => heard(&held[start..end], &says),
                // A pong has the opcode after ping.
                PING => stream.write_all(&masked(PING + 1, &held[start..end])).await?,
                _ => {}
            }
            held.drain(..end);
        }
        if held.is_empty() {
            // Ten thousand clients should not hold what they do not use.
            held = Vec::new();
        }
        tokio::select! {
            readable = stream.readable() => readable?,
            Some(command) = said.recv() => {
                stream.write_all(&masked(TEXT, command.as_bytes())).await?;
                continue;
            }
        }
        held.reserve(1_024);
        match stream.try_read_buf(&mut held) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(cause) if cause.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(cause) => return Err(cause),
        }
    }
}

/// The first whole frame: opcode, and where its payload starts and ends.
fn frame(held: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, second) = (*held.first()?, *held.get(1)?);
    let (start, length) = match second & 0x7F {
        126 => (4, usize::from(u16::from_be_bytes([*held.get(2)?, *held.get(3)?]))),
        127 => (10, usize::try_from(u64::from_be_bytes(held.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    (held.len() >= start + length).then_some((first & 0x0F, start, start + length))
}

/// A client's frame; its mask is zero, which costs the server the same.
pub fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match u16::try_from(payload.len()) {
        Ok(short @ 0..126) => frame.push(0x80 | u8::try_from(short).unwrap()),
        Ok(long) => {
            frame.push(0x80 | 126);
            frame.extend(long.to_be_bytes());
        }
        Err(_) => panic!("too long for a benchmark"),
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// HTTP over one kept connection.
pub struct Http {
    addr: SocketAddr,
    stream: TcpStream,
    held: Vec<u8>,
}

/// An answer, whole.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Http {
    pub async fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { addr, stream, held: Vec::new() }
    }

    pub async fn send(&mut self, method: &str, path: &str, headers: &str) -> Answer {
        self.send_body(method, path, headers, "").await
    }

    /// With a body of JSON.
    pub async fn send_body(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = match (method, body.len()) {
            ("GET", _) => String::new(),
            (_, 0) => "content-length: 0\r\n".to_owned(),
            (_, length) => format!("content-type: application/json\r\ncontent-length: {length}\r\n"),
        };
        let request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n{length}{headers}\r\n{body}", self.addr);
        self.stream.write_all(request.as_bytes()).await.unwrap();
        tokio::time::timeout(PATIENCE, self.answer()).await.expect("an answer in time")
    }

    async fn answer(&mut self) -> Answer {
        let end = self.until(|held| held.windows(4).position(|four| four == b"\r\n\r\n")).await;
        let head = String::from_utf8_lossy(&self.held[..end]).into_owned();
        self.held.drain(..end + 4);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let lower = head.to_lowercase();
        let body = if lower.contains("transfer-encoding: chunked") {
            self.chunks().await
        } else {
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
            self.take(length.unwrap_or(0)).await
        };
        Answer { status, head, body }
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let end = self.until(|held| held.windows(2).position(|two| two == b"\r\n")).await;
            let size = usize::from_str_radix(String::from_utf8_lossy(&self.held[..end]).trim(), 16).unwrap();
            self.held.drain(..end + 2);
            body.extend(self.take(size).await);
            self.take(2).await;
            if size == 0 {
                return body;
            }
        }
    }

    async fn take(&mut self, length: usize) -> Vec<u8> {
        self.until(|held| (held.len() >= length).then_some(())).await;
        self.held.drain(..length).collect()
    }

    async fn until<T>(&mut self, found: impl Fn(&[u8]) -> Option<T>) -> T {
        loop {
            if let Some(found) = found(&self.held) {
                return found;
            }
            assert!(self.stream.read_buf(&mut self.held).await.unwrap() > 0, "the server closed the connection");
        }
    }
}
