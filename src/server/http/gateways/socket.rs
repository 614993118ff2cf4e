//! WebSocket connections: `/ws` for everything at once, in the native dialect, and `/ws/{channel}` for one concern each.
//!
//! One task serves one connection: it reads commands, carries them out one after the other, and writes what the hub
//! queued, all that waits before each flush. Nothing else writes to the socket.

use std::{pin::Pin, time::Duration};

use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::{MethodRouter, any},
};
use bytes::Bytes;
use futures::{FutureExt, SinkExt, StreamExt};
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_tungstenite::tungstenite::{
    Error as SocketError, Message, Utf8Bytes, protocol::frame::coding::CloseCode as Code,
};

use super::{
    Seat,
    admission::{connect, take_seat, who_asks},
    client::{Client, End, Outlet, Refused, TooMuch},
    dialects::{Order, channels::Channel, native},
    handshake::{Handshake, Socket, hang_up},
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
            queue::Next,
        },
    },
};

/// A client that missed its heartbeat is pinged after this long.
const PING_AFTER: Duration = Duration::from_secs(30);
/// A client that sent nothing at all for this long is gone.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// How long the network may take nothing of what is written.
const FLUSH_PATIENCE: Duration = Duration::from_secs(15);

/// What a WebSocket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Native,
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
    handshake.accept(&tasks, move |socket| admit(state, socket, actor, seat, dialect))
}

async fn admit(state: AppState, socket: Socket, actor: Result<Actor, CloseCode>, seat: Seat, dialect: Dialect) {
    let connected = actor.and_then(|actor| Ok((actor, connect(&state, &actor)?)));
    match connected {
        Ok((actor, handle)) => {
            let client = Client::new(&state, dialect.name(), actor, handle);
            let line = Line { socket, dialect, meter: client.meter().clone() };
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
        Err(code) => hang_up(socket, code.as_u16()).boxed().await,
    }
}

impl From<SocketError> for End {
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::Capacity(_) => CloseCode::TooLarge.into(),
            SocketError::Utf8(_) => Self::Close(Code::Invalid.into()),
            SocketError::Protocol(_) => Self::Close(Code::Protocol.into()),
            _ => Self::Gone,
        }
    }
}

/// What a connection does next.
enum Step {
    Read(Option<Result<Message, SocketError>>),
    Write,
    LookAround,
    Look,
}

/// The socket, and what is spoken over it.
struct Line {
    socket: Socket,
    dialect: Dialect,
    meter: Meter,
}

impl Line {
    fn read(&self, frame: &str) -> Result<Order, ErrorEvent> {
        match self.dialect {
            Dialect::Native => native::read(frame),
            Dialect::Channel(channel) => channel.read(frame),
        }
    }
}

impl Outlet for Line {
    async fn write_until_offer(&mut self, handle: &ConnectionHandle) -> Result<Option<(CountKey, Frame)>, End> {
        let writing = async {
            loop {
                match handle.next() {
                    Next::Frame(frame) => self.pass_on(&frame).await?,
                    Next::Unasked(key, frame) => return Ok(Some((key, frame))),
                    Next::Nothing => break,
                    Next::Close(code) => {
                        self.socket.flush().await?;
                        return Err(code.into());
                    }
                }
            }
            self.socket.flush().await?;
            Ok(None)
        };
        timeout(FLUSH_PATIENCE, writing).await.map_err(|_| End::Gone)?
    }

    async fn pass_on(&mut self, frame: &Frame) -> Result<(), End> {
        match self.dialect {
            Dialect::Native => self.socket.feed(text(frame.native().clone())).await?,
            Dialect::Channel(channel) if channel.concerns(frame) => {
                for said in frame.in_dialect(channel.name(), |native| channel.say(native)).iter() {
                    self.socket.feed(text(said.json.clone())).await?;
                }
            }
            Dialect::Channel(_) => return Ok(()),
        }
        self.meter.sent(frame.made_at().elapsed());
        Ok(())
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
            hang_up(line.socket, code).boxed().await;
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
            message = self.line.socket.next(), if !resting => Step::Read(message),
            () = self.client.handle.ready() => Step::Write,
            () = std::future::ready(()), if looks_around => Step::LookAround,
            () = self.alarm.as_mut() => Step::Look,
        };
        match step {
            Step::Read(Some(message)) => self.receive(message?).boxed().await,
            Step::Read(None) => Err(End::Gone),
            Step::Write => self.client.write(&mut self.line).await,
            Step::LookAround => self.client.look_around(&mut self.line).boxed().await,
            Step::Look => self.look().await,
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
            let ping = self.line.socket.send(Message::Ping(Bytes::new()));
            timeout(FLUSH_PATIENCE, ping).await.map_err(|_| End::Gone)??;
        }
        let look_at = self.look_at();
        self.alarm.as_mut().reset(look_at);
        Ok(())
    }

    async fn receive(&mut self, message: Message) -> Result<(), End> {
        self.heard_at = Instant::now();
        self.pinged = false;
        if let Message::Close(_) = message {
            return Err(CloseCode::Normal.into());
        }
        if let Err(excess) = self.client.count()? {
            self.refuse(&message, excess);
            return Ok(());
        }
        match message {
            Message::Text(frame) if self.is_bare_ping(&frame) => {
                // Documented clients of old send the word and expect the word.
                let pong = self.line.socket.send(Message::text("pong"));
                timeout(FLUSH_PATIENCE, pong).await.map_err(|_| End::Gone)??;
                Ok(())
            }
            Message::Text(frame) => {
                let read = self.line.read(&frame);
                self.client.obey(read, &mut self.line).await
            }
            Message::Binary(_) => {
                let message = "Commands are JSON in text frames; this frame is binary.";
                self.client.obey(Err(ErrorEvent::new(ErrorCode::Malformed, message)), &mut self.line).await
            }
            // The socket answers pings by itself when it is next written or read.
            _ => Ok(()),
        }
    }

    fn is_bare_ping(&self, frame: &str) -> bool {
        self.line.dialect != Dialect::Native && frame.trim() == "ping"
    }

    /// Answers a command that came beyond the allowance.
    fn refuse(&mut self, message: &Message, excess: TooMuch) {
        if let Some(rest) = excess.rest {
            let until = Instant::now() + rest;
            self.resting_until = Some(until);
            self.alarm.as_mut().reset(until);
        }
        let reference = native::reference(message.to_text().unwrap_or_default());
        self.client.handle.send(&ServerEvent::Error(ErrorEvent { error: excess.error, reference }));
    }
}

/// A frame of shared bytes. Events are JSON, which is UTF-8, so the check always passes.
fn text(frame: Bytes) -> Message {
    Message::Text(Utf8Bytes::try_from(frame).unwrap_or_default())
}
