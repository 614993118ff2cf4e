//! The frames of RFC 6455, as bytes: what the server says, and what clients say to it.
//!
//! The library's own stream is not used, because it keeps two buffers for each connection, and only its own task may
//! write. Here an idle connection holds nothing, and an event is framed once for all who receive it. Headers are still
//! the library's.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::protocol::frame::{
    FrameHeader,
    coding::{CloseCode as Code, Control, Data, OpCode},
};

use crate::protocol::limits::FRAME_MAX_BYTES;

/// The longest payload of a control frame (RFC 6455, section 5.5).
const CONTROL_MAX_BYTES: usize = 125;

/// A whole frame with this payload, as the server writes it: not masked.
#[must_use]
pub fn framed(opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    let length = u64::try_from(payload.len()).unwrap_or(u64::MAX);
    let mut bytes = Vec::with_capacity(header.len(length).saturating_add(payload.len()));
    // Writing to a vector does not fail.
    if header.format(length, &mut bytes).is_ok() {
        bytes.extend_from_slice(payload);
    }
    bytes
}

/// What a client said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A text, whole.
    Text(String),
    /// Bytes, which no dialect knows what to do with.
    Binary,
    /// To be answered with the same payload.
    Ping(Vec<u8>),
    /// It is there.
    Pong,
    /// It goes. The payload, a code and a reason or nothing, is to be sent back.
    Close(Vec<u8>),
}

/// Why the connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no WebSocket frame, or none that a client may send.
    Protocol,
    /// More than [`FRAME_MAX_BYTES`] in one message.
    TooLarge,
    /// A text that is no UTF-8.
    NotText,
}

/// A message of which not all frames are there.
#[derive(Debug)]
struct Begun {
    is_text: bool,
    payload: Vec<u8>,
}

/// Reads what a client says out of bytes as they come. It holds nothing while nothing is incomplete.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    begun: Option<Begun>,
}

impl Decoder {
    /// Takes bytes that came.
    pub fn take(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// What was said next; `None` until more bytes come.
    ///
    /// # Errors
    /// What is wrong with what came. Nothing after it can be read.
    pub fn read(&mut self) -> Result<Option<Heard>, Fault> {
        while let Some((header, payload)) = self.frame()? {
            if let Some(heard) = self.hear(&header, payload)? {
                return Ok(Some(heard));
            }
        }
        if self.held.is_empty() {
            self.held = Vec::new();
        }
        Ok(None)
    }

    /// Cuts the next whole frame off; its length is checked before all of it came.
    fn frame(&mut self) -> Result<Option<(FrameHeader, Vec<u8>)>, Fault> {
        let mut cursor = Cursor::new(&self.held);
        let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(|_| Fault::Protocol)? else {
            return Ok(None);
        };
        let Some(mask) = header.mask else { return Err(Fault::Protocol) };
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(Fault::Protocol);
        }
        let length = usize::try_from(length).map_err(|_| Fault::TooLarge)?;
        if let OpCode::Control(_) = header.opcode
            && (length > CONTROL_MAX_BYTES || !header.is_final)
        {
            return Err(Fault::Protocol);
        }
        let begun = self.begun.as_ref().map_or(0, |begun| begun.payload.len());
        if length.saturating_add(begun) > FRAME_MAX_BYTES {
            return Err(Fault::TooLarge);
        }
        let start = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
        let end = start.saturating_add(length);
        let Some(payload) = self.held.get(start..end) else { return Ok(None) };
        let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        self.held.drain(..end);
        Ok(Some((header, payload)))
    }

    fn hear(&mut self, header: &FrameHeader, payload: Vec<u8>) -> Result<Option<Heard>, Fault> {
        match header.opcode {
            OpCode::Control(Control::Ping) => Ok(Some(Heard::Ping(payload))),
            OpCode::Control(Control::Pong) => Ok(Some(Heard::Pong)),
            OpCode::Control(Control::Close) => closing(payload).map(Some),
            OpCode::Data(Data::Continue) => {
                let Some(begun) = &mut self.begun else { return Err(Fault::Protocol) };
                begun.payload.extend_from_slice(&payload);
                self.finish(header.is_final)
            }
            OpCode::Data(kind @ (Data::Text | Data::Binary)) => {
                if self.begun.is_some() {
                    return Err(Fault::Protocol);
                }
                self.begun = Some(Begun { is_text: kind == Data::Text, payload });
                self.finish(header.is_final)
            }
            OpCode::Control(Control::Reserved(_)) | OpCode::Data(Data::Reserved(_)) => Err(Fault::Protocol),
        }
    }

    fn finish(&mut self, is_final: bool) -> Result<Option<Heard>, Fault> {
        match self.begun.take_if(|_| is_final) {
            None => Ok(None),
            Some(Begun { is_text: false, .. }) => Ok(Some(Heard::Binary)),
            Some(Begun { payload, .. }) => {
                String::from_utf8(payload).map(|text| Some(Heard::Text(text))).map_err(|_| Fault::NotText)
            }
        }
    }
}

/// A close frame's payload is nothing, or a code that may be sent and a reason in UTF-8.
fn closing(payload: Vec<u8>) -> Result<Heard, Fault> {
    let (code, reason) = match payload.split_first_chunk::<2>() {
        Some((code, reason)) => (u16::from_be_bytes(*code), reason),
        None if payload.is_empty() => return Ok(Heard::Close(payload)),
        None => return Err(Fault::Protocol),
    };
    if !Code::from(code).is_allowed() {
        return Err(Fault::Protocol);
    }
    std::str::from_utf8(reason).map_err(|_| Fault::NotText)?;
    Ok(Heard::Close(payload))
}

#[cfg(test)]
mod tests;
