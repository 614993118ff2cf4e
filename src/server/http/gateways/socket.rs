//! WebSocket connections: `/ws` for everything at once, in the native dialect, and `/ws/{channel}` for one concern each.
//!
//! One task serves one connection: it reads commands and carries them out one after the other. What the hub queues goes
//! straight to the network; the task writes only what could not go there at once.

use std::{pin::Pin, sync::Arc, time::Duration};

use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::{MethodRouter, any},
};
use futures::FutureExt;
use tokio::time::{Instant, Sleep, sleep};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::{
    Seat,
    admission::{connect, take_seat, who_asks},
    client::{Client, End, Outlet, Refused, TooMuch},
    dialects::{Order, channels::Channel, native},
    handshake::{Handshake, Opened},
    wire::SocketWire,
};
use crate::{
    protocol::{
        commands::ClientCommand,
        errors::{ApiError, ErrorCode},
        events::{CloseCode, ErrorEvent, ServerEvent},
        views::FeedKind,
    },
    server::{
        auth::visitor::Visitor,
        domain::Actor,
        http::{AppState, session},
        metrics::Meter,
        realtime::{
            encoding::Frame,
            hub::{ConnectionHandle, Curiosity},
            pacing::CountKey,
            queue::{Flushed, Wire},
            websocket::{Decoder, Heard},
        },
    },
};

/// A client that missed its heartbeat is pinged after this long.
const PING_AFTER: Duration = Duration::from_secs(30);
/// A client that sent nothing at all for this long is gone.
const GONE_AFTER: Duration = Duration::from_secs(60);

/// What a WebSocket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Everything at once.
    Native,
    /// One concern.
    Channel(Channel),
}

impl Dialect {
    const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Channel(channel) => channel.name(),
        }
    }
}

/// The route of the native dialect.
pub fn native_route() -> MethodRouter<AppState> {
    any(async |State(state), request| open(state, request, Dialect::Native))
}

/// The route of channels.
pub fn channel_route() -> MethodRouter<AppState> {
    any(open_channel)
}

/// `GET /ws/{channel}`.
async fn open_channel(State(state): State<AppState>, Path(path): Path<String>, request: Request) -> Response {
    match Channel::named(&path) {
        Some(channel) => open(state, request, Dialect::Channel(channel)),
        None => {
            let message = "There is no such channel. Channels are messages/<conversation>, connections, notifications, \
                           feed and online.";
            ApiError::new(ErrorCode::NotFound, message).into_response()
        }
    }
}

/// Who is not signed in is let in and closed at once: a browser cannot see why an upgrade was refused.
fn open(state: AppState, mut request: Request, dialect: Dialect) -> Response {
    let handshake = match Handshake::of(&mut request) {
        Ok(handshake) => handshake,
        Err(answer) => return answer,
    };
    let visitor = match request.extensions().get::<Visitor>() {
        Some(visitor) => visitor.address,
        None => return session::misplaced_door().into_response(),
    };
    let seat = match take_seat(&state, visitor) {
        Ok(seat) => seat,
        Err(error) => return error.into_response(),
    };
    let actor = who_asks(&state, request.extensions(), request.headers());
    let tasks = state.tasks.clone();
    handshake.accept(&tasks, move |opened| admit(state, opened, actor, seat, dialect))
}

async fn admit(state: AppState, opened: Opened, actor: Result<Actor, CloseCode>, seat: Seat, dialect: Dialect) {
    let connected = actor.and_then(|actor| Ok((actor, connect(&state, &actor)?)));
    match connected {
        Ok((actor, handle)) => {
            let client = Client::new(&state, dialect.name(), actor, handle);
            let line = Line::new(opened, dialect, client.meter().clone());
            client.handle.attach(Arc::clone(&line.wire) as Arc<dyn Wire>);
            let connection = Box::new(Connection {
                client,
                line,
                heard_at: Instant::now(),
                pinged: false,
                resting_until: None,
                alarm: Box::pin(sleep(PING_AFTER)),
                _seat: seat,
            });
            // A task of its own: this one has room for the whole opening, which an idle connection need not keep.
            state.tasks.spawn("connection", connection.serve());
        }
        Err(code) => {
            let wire = SocketWire::new(opened.stream, dialect, Meter::default());
            wire.hang_up(&code.as_u16().to_be_bytes()).boxed().await;
        }
    }
}

/// What a connection does next.
enum Step {
    Read(Result<Heard, End>),
    Write,
    LookAround,
    Look,
}

/// The socket, and what is spoken over it.
struct Line {
    wire: Arc<SocketWire>,
    decoder: Decoder,
    dialect: Dialect,
    /// What the client said as it went.
    farewell: Option<Vec<u8>>,
}

impl Line {
    fn new(opened: Opened, dialect: Dialect, meter: Meter) -> Self {
        let mut decoder = Decoder::default();
        decoder.take(&opened.heard);
        let wire = Arc::new(SocketWire::new(opened.stream, dialect, meter));
        Self { wire, decoder, dialect, farewell: None }
    }

    fn read(&self, frame: &str) -> Result<Order, ErrorEvent> {
        match self.dialect {
            Dialect::Native => native::read(frame),
            Dialect::Channel(channel) => channel.read(frame),
        }
    }

    /// A client that closes is told what it said; else it is told why.
    async fn hang_up(self, code: u16) {
        let farewell = self.farewell.unwrap_or_else(|| code.to_be_bytes().to_vec());
        self.wire.hang_up(&farewell).await;
    }
}

impl Outlet for Line {
    async fn write_until_offer(&mut self, handle: &ConnectionHandle) -> Result<Option<(CountKey, Frame)>, End> {
        loop {
            match handle.flush().map_err(|_| End::Gone)? {
                Flushed::All => return Ok(None),
                Flushed::Full => self.wire.clear().await?,
                Flushed::Unasked(key, frame) => return Ok(Some((key, frame))),
                Flushed::Close(code) => return Err(code.into()),
            }
        }
    }

    async fn pass_on(&mut self, frame: &Frame) -> Result<(), End> {
        self.wire.pass_on(frame).await
    }
}

/// One client at one socket.
struct Connection {
    client: Client,
    line: Line,
    heard_at: Instant,
    pinged: bool,
    resting_until: Option<Instant>,
    /// Set no later than [`Connection::look_at`]. It is not moved with every frame, but when it rings too early.
    alarm: Pin<Box<Sleep>>,
    _seat: Seat,
}

impl Connection {
    async fn serve(mut self: Box<Self>) {
        let end = match self.begin().boxed().await {
            Ok(()) => loop {
                if let Err(end) = self.step().await {
                    break end;
                }
            },
            Err(end) => end,
        };
        let Self { line, client, .. } = *self;
        // Out of the hub first: what happens from now on is not for this connection.
        client.leave(end);
        if let End::Close(code) = end {
            // Boxed, so that an idle connection does not keep room for it.
            line.hang_up(code).boxed().await;
        }
    }

    /// A channel says what is watched; in the native dialect the client does.
    async fn begin(&mut self) -> Result<(), End> {
        let Dialect::Channel(channel) = self.line.dialect else { return Ok(()) };
        let watched = match channel {
            Channel::Messages(conversation_id) => Some(ClientCommand::JoinConversation { conversation_id }),
            Channel::Feed => Some(ClientCommand::WatchFeed { feed: FeedKind::Everyone }),
            Channel::Connections | Channel::Notifications | Channel::Online => None,
        };
        if let Some(command) = watched {
            match self.client.carry_out(command, &mut self.line).await {
                Ok(_) => {}
                Err(Refused::End(end)) => return Err(end),
                Err(Refused::Error(error)) => {
                    let code = match error.code {
                        ErrorCode::Forbidden | ErrorCode::NotFound => CloseCode::Forbidden,
                        _ => CloseCode::Overloaded,
                    };
                    self.client.handle.send(&ServerEvent::Error(ErrorEvent { error, reference: None }));
                    self.client.write(&mut self.line).await?;
                    return Err(code.into());
                }
            }
        }
        match channel {
            Channel::Feed => self.client.hear_of(Curiosity { posts: true, people: false }, false),
            Channel::Online => self.client.hear_of(Curiosity { posts: false, people: true }, true),
            _ => {}
        }
        Ok(())
    }

    async fn step(&mut self) -> Result<(), End> {
        let resting = self.resting_until.is_some();
        let looks_around = self.client.unasked.is_waiting();
        // Whichever is ready, by chance: a client that asks faster than it is answered still gets its answers.
        let step = tokio::select! {
            heard = self.line.wire.hear(&mut self.line.decoder), if !resting => Step::Read(heard),
            () = self.client.handle.ready() => Step::Write,
            () = std::future::ready(()), if looks_around => Step::LookAround,
            () = self.alarm.as_mut() => Step::Look,
        };
        match step {
            Step::Read(heard) => self.receive(heard?).boxed().await,
            Step::Write => self.client.write(&mut self.line).boxed().await,
            Step::LookAround => self.client.look_around(&mut self.line).boxed().await,
            Step::Look => self.look().boxed().await,
        }
    }

    /// When something is to be done even if nothing happens.
    fn look_at(&self) -> Instant {
        let heartbeat = self.heard_at + if self.pinged { GONE_AFTER } else { PING_AFTER };
        self.resting_until.map_or(heartbeat, |until| until.min(heartbeat))
    }

    async fn look(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if self.resting_until.is_some_and(|until| until <= now) {
            self.resting_until = None;
        }
        let silence = now.duration_since(self.heard_at);
        if silence >= GONE_AFTER {
            return Err(CloseCode::HeartbeatMissed.into());
        }
        if silence >= PING_AFTER && !self.pinged {
            self.pinged = true;
            self.line.wire.say(OpCode::Control(Control::Ping), &[]).await?;
        }
        let look_at = self.look_at();
        self.alarm.as_mut().reset(look_at);
        Ok(())
    }

    async fn receive(&mut self, heard: Heard) -> Result<(), End> {
        self.heard_at = Instant::now();
        self.pinged = false;
        if let Heard::Close(farewell) = heard {
            self.line.farewell = Some(farewell);
            return Err(CloseCode::Normal.into());
        }
        if let Err(excess) = self.client.count()? {
            self.refuse(&heard, excess);
            return Ok(());
        }
        match heard {
            // Documented clients of old send the word and expect the word.
            Heard::Text(frame) if self.is_bare_ping(&frame) => {
                self.line.wire.say(OpCode::Data(Data::Text), b"pong").await
            }
            Heard::Text(frame) => {
                let read = self.line.read(&frame);
                self.client.obey(read, &mut self.line).await
            }
            Heard::Binary => {
                let message = "Commands are JSON in text frames; this frame is binary.";
                self.client.obey(Err(ErrorEvent::new(ErrorCode::Malformed, message)), &mut self.line).await
            }
            Heard::Ping(payload) => self.line.wire.say(OpCode::Control(Control::Pong), &payload).await,
            Heard::Pong | Heard::Close(_) => Ok(()),
        }
    }

    fn is_bare_ping(&self, frame: &str) -> bool {
        self.line.dialect != Dialect::Native && frame.trim() == "ping"
    }

    /// Answers a command that came beyond the allowance.
    fn refuse(&mut self, heard: &Heard, excess: TooMuch) {
        if let Some(rest) = excess.rest {
            let until = Instant::now() + rest;
            self.resting_until = Some(until);
            self.alarm.as_mut().reset(until);
        }
        let reference = if let Heard::Text(frame) = heard { native::reference(frame) } else { None };
        self.client.handle.send(&ServerEvent::Error(ErrorEvent { error: excess.error, reference }));
    }
}
