//! The connection under a WebSocket: written without waiting by whoever has something for the client, read by its own
//! task.
//!
//! An idle one holds no buffer. What the network does not take is kept until it does, and comes before anything else.

use std::{
    future::poll_fn,
    io::{self, ErrorKind},
    net::Shutdown,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures::FutureExt;
use parking_lot::Mutex;
use socket2::SockRef;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode as Code, Control, Data, OpCode};

use super::{client::End, socket::Dialect};
use crate::{
    protocol::events::CloseCode,
    server::{
        metrics::Meter,
        realtime::{
            encoding::Frame,
            queue::Wire,
            websocket::{Decoder, Fault, Heard, framed},
        },
    },
};

/// How long the network may take nothing of what is written.
const FLUSH_PATIENCE: Duration = Duration::from_secs(15);
/// How long the client may take to read the close frame and hang up.
const CLOSING_PATIENCE: Duration = Duration::from_secs(5);
/// What is read and dropped of a client that goes on sending after the close frame.
const DRAINED_MAX_BYTES: usize = 32 * 1_024 * 1_024;
/// Read at once: more than almost any command.
const READ_BYTES: usize = 4_096;

/// What the frames of one WebSocket travel over.
pub struct SocketWire {
    stream: TcpStream,
    dialect: Dialect,
    meter: Meter,
    /// What the network has not taken yet.
    kept: Mutex<Vec<u8>>,
}

impl SocketWire {
    /// Over this connection, in this dialect.
    pub const fn new(stream: TcpStream, dialect: Dialect, meter: Meter) -> Self {
        Self { stream, dialect, meter, kept: Mutex::new(Vec::new()) }
    }

    /// What the client says next.
    ///
    /// # Errors
    /// When it is gone, or said what cannot be read.
    pub async fn hear(&self, decoder: &mut Decoder) -> Result<Heard, End> {
        poll_fn(|cx| self.poll_hear(decoder, cx)).await
    }

    fn poll_hear(&self, decoder: &mut Decoder, cx: &mut Context<'_>) -> Poll<Result<Heard, End>> {
        loop {
            if let Some(heard) = decoder.read()? {
                return Poll::Ready(Ok(heard));
            }
            ready!(self.stream.poll_read_ready(cx)).map_err(|_| End::Gone)?;
            // Not across an await, so that an idle connection keeps no room for it.
            let mut bytes = [0; READ_BYTES];
            match self.stream.try_read(&mut bytes) {
                Ok(0) => return Poll::Ready(Err(End::Gone)),
                Ok(count) => decoder.take(bytes.get(..count).unwrap_or_default()),
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return Poll::Ready(Err(End::Gone)),
            }
        }
    }

    /// Writes a frame that did not come from the queue, and waits until it is out.
    ///
    /// # Errors
    /// When the client is gone, or takes nothing.
    pub async fn say(&self, opcode: OpCode, payload: &[u8]) -> Result<(), End> {
        self.put(&framed(opcode, payload)).map_err(|_| End::Gone)?;
        self.clear().await
    }

    /// Writes a frame of the queue, and waits until it is out.
    ///
    /// # Errors
    /// As [`SocketWire::say`].
    pub async fn pass_on(&self, frame: &Frame) -> Result<(), End> {
        self.write(std::slice::from_ref(frame)).map_err(|_| End::Gone)?;
        self.clear().await
    }

    /// Waits until the network has taken everything.
    ///
    /// # Errors
    /// As [`SocketWire::say`].
    pub async fn clear(&self) -> Result<(), End> {
        if self.flush().map_err(|_| End::Gone)? {
            return Ok(());
        }
        // Boxed, so that an idle connection does not keep room for it.
        self.wait_until_clear().boxed().await
    }

    async fn wait_until_clear(&self) -> Result<(), End> {
        let until = Instant::now() + FLUSH_PATIENCE;
        while !self.flush().map_err(|_| End::Gone)? {
            timeout_at(until, self.stream.writable()).await.map_err(|_| End::Gone)?.map_err(|_| End::Gone)?;
        }
        Ok(())
    }

    /// Sends a close frame, hangs up, and waits until the client did too. What it still sends is read and dropped: else
    /// the connection is reset before it sees the close frame.
    pub async fn hang_up(&self, farewell: &[u8]) {
        let closing = async {
            // A client that is gone already need not be told.
            self.say(OpCode::Control(Control::Close), farewell).await.ok();
            SockRef::from(&self.stream).shutdown(Shutdown::Write).ok();
            let mut total = 0;
            while total < DRAINED_MAX_BYTES && self.stream.readable().await.is_ok() {
                match self.stream.try_read(&mut [0; READ_BYTES]) {
                    Ok(count) if count > 0 => total += count,
                    Err(cause) if cause.kind() == ErrorKind::WouldBlock => {}
                    _ => break,
                }
            }
        };
        // A client that does neither has had its chance.
        timeout(CLOSING_PATIENCE, closing).await.ok();
    }

    /// Writes what the network takes and keeps the rest; whether there is none.
    fn put(&self, bytes: &[u8]) -> io::Result<bool> {
        let mut kept = self.kept.lock();
        let written = if kept.is_empty() { self.write_now(bytes)? } else { 0 };
        kept.extend_from_slice(bytes.get(written..).unwrap_or_default());
        Ok(kept.is_empty())
    }

    fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match self.stream.try_write(rest) {
                Ok(count) => written += count,
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => break,
                Err(cause) => return Err(cause),
            }
        }
        Ok(written)
    }

    /// Puts the bytes of a frame as this dialect has it behind `bytes`.
    fn translate(&self, frame: &Frame, bytes: &mut Vec<u8>) {
        match self.dialect {
            Dialect::Native => bytes.extend_from_slice(frame.framed()),
            Dialect::Channel(channel) if channel.concerns(frame) => {
                for said in frame.in_dialect(channel.name(), |native| channel.say(native)).iter() {
                    bytes.extend_from_slice(&framed(OpCode::Data(Data::Text), &said.json));
                }
            }
            Dialect::Channel(_) => return,
        }
        self.meter.sent(frame.made_at().elapsed());
    }
}

impl Wire for SocketWire {
    fn write(&self, frames: &[Frame]) -> io::Result<bool> {
        if let (Dialect::Native, [frame]) = (self.dialect, frames) {
            self.meter.sent(frame.made_at().elapsed());
            return self.put(frame.framed());
        }
        let mut bytes = Vec::new();
        for frame in frames {
            self.translate(frame, &mut bytes);
        }
        self.put(&bytes)
    }

    fn flush(&self) -> io::Result<bool> {
        let mut kept = self.kept.lock();
        let written = self.write_now(&kept)?;
        kept.drain(..written);
        if kept.is_empty() {
            *kept = Vec::new();
        }
        Ok(kept.is_empty())
    }
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooLarge => CloseCode::TooLarge.into(),
            Fault::NotText => Self::Close(Code::Invalid.into()),
            Fault::Protocol => Self::Close(Code::Protocol.into()),
        }
    }
}
