//! A socket as it is, for people who try out the wire: whatever comes is told, whatever is typed is sent.

use std::{future::poll_fn, pin::Pin};

use futures::{
    Sink, SinkExt, StreamExt,
    channel::mpsc::{Receiver, Sender, channel},
    future::{Either, select},
};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use leptos::task::spawn_local;

use super::socket::site_socket;

/// Texts that wait to be sent; a person types no more.
const WAITING_MAX: usize = 16;
/// The code that browsers report when a socket failed without one.
const ABNORMAL: u16 = 1006;

/// What happened on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It is open.
    Opened,
    /// A text came.
    Came(String),
    /// It is closed, with this code.
    Closed(u16),
}

/// An open line; it is closed when this is dropped.
#[derive(Clone, Debug)]
pub struct Line(Sender<String>);

impl Line {
    /// Opens a socket at a path of this site and tells what happens on it. What is closed tells nothing more.
    #[must_use]
    pub fn open(path: &str, tell: impl Fn(Happened) + 'static) -> Self {
        let (sender, waiting) = channel(WAITING_MAX);
        match site_socket(path).and_then(|address| WebSocket::open(&address).ok()) {
            Some(socket) => spawn_local(drive(socket, waiting, tell)),
            None => tell(Happened::Closed(ABNORMAL)),
        }
        Self(sender)
    }

    /// Sends a text. False: the line takes no more.
    #[must_use]
    pub fn say(&mut self, text: String) -> bool {
        self.0.try_send(text).is_ok()
    }
}

/// What to do next.
enum Turn {
    Say(Option<String>),
    Hear(Option<Result<Message, WebSocketError>>),
}

async fn drive(mut socket: WebSocket, mut waiting: Receiver<String>, tell: impl Fn(Happened)) {
    let ready = poll_fn(|cx| Pin::new(&mut socket).poll_ready(cx)).await;
    if ready.is_ok() && matches!(socket.state(), State::Open) {
        tell(Happened::Opened);
    }
    loop {
        let turn = match select(waiting.next(), socket.next()).await {
            Either::Left((text, _)) => Turn::Say(text),
            Either::Right((message, _)) => Turn::Hear(message),
        };
        match turn {
            // What is lost on a closing socket is told by its closing.
            Turn::Say(Some(text)) => drop(socket.send(Message::Text(text)).await),
            Turn::Say(None) => {
                let _closing = socket.close(Some(1000), None);
                return;
            }
            Turn::Hear(Some(Ok(Message::Text(text)))) => tell(Happened::Came(text)),
            Turn::Hear(Some(Err(WebSocketError::ConnectionClose(close)))) => return tell(Happened::Closed(close.code)),
            // An error is followed by the closing.
            Turn::Hear(Some(_)) => {}
            Turn::Hear(None) => return tell(Happened::Closed(ABNORMAL)),
        }
    }
}
