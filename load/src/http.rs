//! HTTP over one kept connection.

use std::{
    io::{Error, ErrorKind, Result},
    net::SocketAddr,
    time::Duration,
};

use memchr::memmem;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Long enough for any answer; what hangs is found out.
const PATIENCE: Duration = Duration::from_secs(60);
/// Read at a time at the least, so that a page comes in a few reads.
const READ_BYTES: usize = 64 * 1024;

/// A connection that is kept.
pub struct Http {
    addr: SocketAddr,
    stream: TcpStream,
    held: Vec<u8>,
}

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// What it is about.
    pub body: Vec<u8>,
}

impl Http {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn connect(addr: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self { addr, stream, held: Vec::new() })
    }

    /// Sends a request, with a body of JSON unless it is empty, and waits for the answer.
    ///
    /// # Errors
    /// The connection broke, the answer cannot be read, or it takes too long.
    pub async fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Result<Answer> {
        let length = match (method, body.len()) {
            ("GET", _) => String::new(),
            (_, 0) => "content-length: 0\r\n".to_owned(),
            (_, length) => format!("content-type: application/json\r\ncontent-length: {length}\r\n"),
        };
        let request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n{length}{headers}\r\n{body}", self.addr);
        self.stream.write_all(request.as_bytes()).await?;
        timeout(PATIENCE, self.answer()).await.map_err(|_| Error::from(ErrorKind::TimedOut))?
    }

    async fn answer(&mut self) -> Result<Answer> {
        let head = self.line(b"\r\n\r\n").await?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(unreadable)?;
        let lower = head.to_lowercase();
        let body = if lower.contains("transfer-encoding: chunked") {
            self.chunks().await?
        } else {
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
            self.take(length.unwrap_or(0)).await?
        };
        Ok(Answer { status, head, body })
    }

    async fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size = self.line(b"\r\n").await?;
            let size = usize::from_str_radix(String::from_utf8_lossy(&size).trim(), 16).map_err(|_| unreadable())?;
            body.extend(self.take(size).await?);
            self.take(2).await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    /// What stands before `end`, which is taken as well.
    async fn line(&mut self, end: &[u8]) -> Result<Vec<u8>> {
        loop {
            if let Some(at) = memmem::find(&self.held, end) {
                let mut line: Vec<u8> = self.held.drain(..at + end.len()).collect();
                line.truncate(at);
                return Ok(line);
            }
            self.more().await?;
        }
    }

    async fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.held.len() < length {
            self.more().await?;
        }
        Ok(self.held.drain(..length).collect())
    }

    async fn more(&mut self) -> Result<()> {
        self.held.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.held).await? {
            0 => Err(Error::from(ErrorKind::UnexpectedEof)),
            _ => Ok(()),
        }
    }
}

fn unreadable() -> Error {
    Error::new(ErrorKind::InvalidData, "this is no answer in HTTP/1.1")
}
