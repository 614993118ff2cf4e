//! Drives the connection in the browser: one task owns the socket, the timers and the listeners, and does what the
//! state machine says.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{
    Sink, Stream,
    channel::mpsc::{Receiver, Sender},
};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use gloo_timers::callback::Timeout;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::{
    connection::{Connection, Effect, Input, Moment, Timer},
    http,
    live::{Live, Wake},
};
use crate::protocol::commands::{ClientCommand, CommandFrame};

/// The close code that browsers report when a socket failed without one.
const ABNORMAL: u16 = 1006;

/// Runs until the tab closes.
pub(super) async fn drive(live: Live, mailbox: Sender<Wake>, mut inbox: Receiver<Wake>) {
    listen(&mailbox);
    let mut driver = Driver { live, mailbox, machine: Connection::default(), socket: None, timers: BTreeMap::new() };
    loop {
        match poll_fn(|cx| driver.poll_wake(&mut inbox, cx)).await {
            Some(Wake::Wishes) => {
                let wishes = live.take_wishes();
                driver.step(Input::Wishes(wishes));
            }
            Some(Wake::Input(input)) => driver.step(input),
            None => return,
        }
    }
}

struct Driver {
    live: Live,
    mailbox: Sender<Wake>,
    machine: Connection,
    socket: Option<WebSocket>,
    timers: BTreeMap<Timer, Timeout>,
}

impl Driver {
    /// The next thing that happened: in the mailbox first, then on the socket.
    fn poll_wake(&mut self, inbox: &mut Receiver<Wake>, cx: &mut Context<'_>) -> Poll<Option<Wake>> {
        if let Poll::Ready(wake) = Pin::new(inbox).poll_next(cx) {
            return Poll::Ready(wake);
        }
        while let Some(socket) = &mut self.socket {
            let Poll::Ready(message) = Pin::new(socket).poll_next(cx) else { return Poll::Pending };
            if let Some(input) = self.read(message) {
                return Poll::Ready(Some(Wake::Input(input)));
            }
        }
        Poll::Pending
    }

    /// What a message of the socket means. Errors are followed by the close event, which alone counts.
    fn read(&mut self, message: Option<Result<Message, WebSocketError>>) -> Option<Input> {
        let code = match message {
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(&text).ok().map(|event| Input::Frame(Box::new(event)));
            }
            Some(Err(WebSocketError::ConnectionClose(close))) => close.code,
            Some(_) => return None,
            None => ABNORMAL,
        };
        self.socket = None;
        Some(Input::Closed(code))
    }

    fn step(&mut self, input: Input) {
        if let Input::Frame(event) = &input {
            self.live.fold(event);
        }
        let at = Moment { now_ms: now_ms(), chance: js_sys::Math::random() };
        for effect in self.machine.step(input, at) {
            self.perform(effect);
        }
        self.live.pursue_needs();
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Open => self.open(),
            Effect::Close => self.socket = None,
            Effect::Send(frame) => self.send(frame),
            Effect::Set(timer, ms) => self.set_timer(timer, ms),
            Effect::Clear(timer) => drop(self.timers.remove(&timer)),
            Effect::Refresh => self.refresh(),
            Effect::Report(status) => self.live.set_status(status),
            Effect::Feeds { possible, confirmed } => self.live.set_feeds(&possible, &confirmed),
            Effect::Reload => self.live.reload(),
            Effect::Answered(errand, answer) => self.live.take_answer(errand, answer),
            Effect::Compare => self.live.compare_conversations(),
            Effect::Current => self.live.begin_talk(),
            Effect::ReloadPage => {
                if let Some(window) = web_sys::window() {
                    let _refused = window.location().reload();
                }
            }
        }
    }

    fn open(&mut self) {
        self.socket = address().and_then(|address| WebSocket::open(&address).ok());
        if self.socket.is_none() {
            post(&self.mailbox, Input::Closed(ABNORMAL));
        }
    }

    /// Sends a frame. One that is lost on a closing socket is missed by its acknowledgement.
    fn send(&mut self, mut frame: CommandFrame) {
        if let ClientCommand::WatchPosts { post_ids, known } = &mut frame.command {
            *known = self.live.known(post_ids);
        }
        if let ClientCommand::Resume { conversations, .. } = &mut frame.command {
            *conversations = self.live.held_conversations();
        }
        if let (Some(socket), Ok(text)) = (&mut self.socket, serde_json::to_string(&frame)) {
            // Sending is at once: the machine sends nothing before `connected`, so the socket is open.
            let _lost = Pin::new(socket).start_send(Message::Text(text));
        }
    }

    fn set_timer(&mut self, timer: Timer, ms: u64) {
        let mailbox = self.mailbox.clone();
        let ms = u32::try_from(ms).unwrap_or(u32::MAX);
        let timeout = Timeout::new(ms, move || post(&mailbox, Input::Timer(timer)));
        // The one that ran before is stopped by being dropped.
        self.timers.insert(timer, timeout);
    }

    fn refresh(&self) {
        let mailbox = self.mailbox.clone();
        spawn_local(async move {
            let outcome = http::refresh_session().await;
            post(&mailbox, Input::Refreshed(outcome));
        });
    }
}

/// Puts an input into the mailbox. A fresh copy of the sender always has a free place.
fn post(mailbox: &Sender<Wake>, input: Input) {
    let _full = mailbox.clone().try_send(Wake::Input(input));
}

/// Milliseconds since 1970, by the browser's clock.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

/// `/ws` of the site that this page is from.
fn address() -> Option<String> {
    site_socket("/ws")
}

/// A socket of the site that this page is from, at a path.
pub(super) fn site_socket(path: &str) -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" { "wss://" } else { "ws://" };
    Some([scheme, &location.host().ok()?, path].concat())
}

/// Listens to the browser for as long as the tab lives.
fn listen(mailbox: &Sender<Wake>) {
    let Some(window) = web_sys::window() else { return };
    on(&window, "online", mailbox, || Some(Input::Online));
    on(&window, "offline", mailbox, || Some(Input::Offline));
    on(&window, "pagehide", mailbox, || Some(Input::PageHidden));
    on(&window, "pageshow", mailbox, || Some(Input::PageShown));
    if let Some(document) = window.document() {
        on(&document, "visibilitychange", mailbox, || {
            let hidden = web_sys::window()?.document()?.hidden();
            (!hidden).then_some(Input::Visible)
        });
    }
}

fn on(target: &web_sys::EventTarget, name: &str, mailbox: &Sender<Wake>, input: fn() -> Option<Input>) {
    let mailbox = mailbox.clone();
    let listener = Closure::<dyn Fn()>::new(move || {
        if let Some(input) = input() {
            post(&mailbox, input);
        }
    });
    let _refused: Result<(), JsValue> =
        target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
    // The tab listens until it closes.
    listener.forget();
}
