//! Turns an event into the bytes of its frame, once for all who receive it, and once more for each further dialect in which
//! somebody receives it.

use std::{borrow::Cow, fmt, ops::Deref, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::websocket::framed;
use crate::protocol::events::ServerEvent;

/// What one event becomes in a dialect: none, one or several of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The event's name, where the dialect sends it beside the payload.
    pub name: Cow<'static, str>,
    /// The payload, as JSON.
    pub json: Bytes,
}

/// An event on its way to many connections. Clones share the bytes; it reads as those of the native dialect.
#[derive(Clone)]
pub struct Frame(Arc<Encoded>);

struct Encoded {
    /// A WebSocket frame, whole, so that it goes to everyone in one piece.
    framed: Bytes,
    /// Where the text in it begins.
    text_at: usize,
    made_at: Instant,
    /// Few are used at a time, so that a list is the smallest that holds them.
    others: Mutex<Vec<InDialect>>,
}

/// A dialect's name, and what the event becomes in it.
type InDialect = (&'static str, Arc<[Said]>);

impl Frame {
    /// The event as JSON, in the native dialect.
    #[must_use]
    pub fn native(&self) -> &[u8] {
        self.0.framed.get(self.0.text_at..).unwrap_or_default()
    }

    /// [`Frame::native`] in a WebSocket frame.
    #[must_use]
    pub fn framed(&self) -> &Bytes {
        &self.0.framed
    }

    /// When it was made: how long it takes to reach people is counted from here.
    #[must_use]
    pub fn made_at(&self) -> Instant {
        self.0.made_at
    }

    /// What the event becomes in another dialect: made by `say` from the native bytes, for the first who asks.
    #[must_use]
    pub fn in_dialect(&self, dialect: &'static str, say: impl FnOnce(&[u8]) -> Vec<Said>) -> Arc<[Said]> {
        let mut others = self.0.others.lock();
        if let Some((_, said)) = others.iter().find(|(name, _)| *name == dialect) {
            return Arc::clone(said);
        }
        let said: Arc<[Said]> = say(self.native()).into();
        others.push((dialect, Arc::clone(&said)));
        said
    }
}

impl<B: AsRef<[u8]>> From<B> for Frame {
    fn from(native: B) -> Self {
        let native = native.as_ref();
        let framed = Bytes::from(framed(OpCode::Data(Data::Text), native));
        let text_at = framed.len() - native.len();
        Self(Arc::new(Encoded { framed, text_at, made_at: Instant::now(), others: Mutex::default() }))
    }
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.native()
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.0.framed == other.0.framed
    }
}

impl Eq for Frame {}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frame").field(&Bytes::copy_from_slice(self.native())).finish()
    }
}

/// The frame of an event. `None`, logged, for an event that JSON cannot hold; no variant is one.
pub fn encode(event: &ServerEvent) -> Option<Frame> {
    match serde_json::to_vec(event) {
        Ok(json) => Some(Frame::from(json)),
        Err(cause) => {
            tracing::error!(%cause, "an event could not be encoded");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialect_is_made_once_for_all() {
        let frame = Frame::from(&b"{}"[..]);
        let shared = frame.clone();
        let said = |name: &'static str| vec![Said { name: name.into(), json: Bytes::from_static(b"[]") }];
        let first = frame.in_dialect("one", |_| said("a"));
        assert_eq!(shared.in_dialect("one", |_| panic!("made twice")), first);
        assert_eq!(shared.in_dialect("two", |_| said("b"))[0].name, "b");
        assert_eq!(&*frame, b"{}");
    }
}
