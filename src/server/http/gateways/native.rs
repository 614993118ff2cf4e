//! The native dialect: one socket per tab for everything, at `/ws`.
//!
//! One task serves one connection: it reads commands, carries them out one after the other, and writes what the hub
//! queued, all that waits before each flush. Nothing else writes to the socket.

mod commands;

use std::{net::IpAddr, pin::Pin, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
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
    Questions, Seat,
    handshake::{Handshake, Socket, hang_up},
    patience::{Patience, Verdict},
};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        events::{CloseCode, Connected, ErrorEvent, ServerEvent},
        ids::ConversationId,
    },
    server::{
        auth::{
            limits::{Action, CommandBucket, Limits},
            visitor::Visitor,
        },
        domain::{Actor, Domain},
        http::{
            AppState,
            session::{self, ByCookie},
        },
        realtime::{hub::ConnectionHandle, queue::Next},
    },
};

/// How often a client sends `ping`, in milliseconds. Proxies cut connections that idle for 30 to 60 s.
pub const HEARTBEAT_MS: u64 = 25_000;
/// A client that missed its heartbeat is pinged after this long.
const PING_AFTER: Duration = Duration::from_secs(30);
/// A client that sent nothing at all for this long is gone.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// How long the network may take nothing of what is written.
const FLUSH_PATIENCE: Duration = Duration::from_secs(15);
/// When an address with too many connections may try again, in milliseconds.
const SEAT_RETRY_MS: u64 = 15_000;

/// The route of this gateway.
pub fn route() -> MethodRouter<AppState> {
    any(open)
}

/// `GET /ws`. Who is not signed in is let in and closed at once: a browser cannot see why an upgrade was refused.
async fn open(State(state): State<AppState>, mut request: Request) -> Response {
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
    let actor = who_asks(&state, &request);
    let tasks = state.tasks.clone();
    handshake.accept(&tasks, move |socket| admit(state, socket, actor, seat))
}

fn take_seat(state: &AppState, address: IpAddr) -> Result<Seat, ApiError> {
    state.limits.address(Action::SocketConnectByAddress, address)?;
    state.live.seats.take(address).ok_or_else(|| {
        let message = "There are too many live connections from your network. Close some, or try again in a moment.";
        let mut error = ApiError::new(ErrorCode::Unavailable, message);
        error.retry_after_ms = Some(SEAT_RETRY_MS);
        error
    })
}

/// Whom the request speaks for.
///
/// # Errors
/// The code to close with. Any site can make a browser send the cookie, so with a cookie the browser must say that the
/// request comes from this one.
fn who_asks(state: &AppState, request: &Request) -> Result<Actor, CloseCode> {
    let actor = request.extensions().get::<Actor>().copied().ok_or(CloseCode::Unauthorized)?;
    let by_cookie = request.extensions().get::<ByCookie>().is_none_or(|by_cookie| by_cookie.0);
    if by_cookie && header_text(request.headers(), header::ORIGIN) != Some(state.public_url.origin()) {
        return Err(CloseCode::Forbidden);
    }
    Ok(actor)
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok())
}

async fn admit(state: AppState, socket: Socket, actor: Result<Actor, CloseCode>, seat: Seat) {
    let hub = &state.live.hub;
    let connected = actor.and_then(|actor| {
        let (epoch, timestamp) = (hub.epoch().to_owned(), state.domain.now());
        let handle = hub.connect(&actor, |sid, offset| {
            let user_id = actor.user_id;
            ServerEvent::Connected(Connected {
                sid,
                user_id,
                timestamp,
                heartbeat_interval_ms: HEARTBEAT_MS,
                epoch,
                offset,
            })
        })?;
        Ok((actor, handle))
    });
    match connected {
        Ok((actor, handle)) => {
            let connection = Box::new(Connection::new(&state, socket, actor, handle, seat));
            // A task of its own: this one has room for the whole opening, which an idle connection need not keep.
            state.tasks.spawn("connection", connection.serve());
        }
        Err(code) => hang_up(socket, code.as_u16()).boxed().await,
    }
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The server closes it with this code.
    Close(u16),
    /// There is nobody to say anything to.
    Gone,
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.as_u16())
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
    Look,
}

/// What is kept for a client that has conversations on screen.
#[derive(Default)]
struct Talk {
    /// The name they go by.
    user_name: String,
    /// Where the others are told that they type.
    tells_typing: Vec<ConversationId>,
}

/// One client.
struct Connection {
    socket: Socket,
    handle: ConnectionHandle,
    actor: Actor,
    domain: Domain,
    questions: Questions,
    allowance: CommandBucket,
    limits: Limits,
    /// Set once a conversation is on screen.
    talk: Option<Box<Talk>>,
    patience: Patience,
    heard_at: Instant,
    pinged: bool,
    resting_until: Option<Instant>,
    /// Set no later than [`Connection::look_at`]. It is not moved with every frame, but when it rings too early.
    alarm: Pin<Box<Sleep>>,
    _seat: Seat,
}

impl Connection {
    fn new(state: &AppState, socket: Socket, actor: Actor, handle: ConnectionHandle, seat: Seat) -> Self {
        Self {
            socket,
            handle,
            actor,
            domain: state.domain.clone(),
            questions: state.questions.clone(),
            allowance: state.limits.socket_commands(),
            limits: state.limits.clone(),
            talk: None,
            patience: Patience::default(),
            heard_at: Instant::now(),
            pinged: false,
            resting_until: None,
            alarm: Box::pin(sleep(PING_AFTER)),
            _seat: seat,
        }
    }

    async fn serve(mut self: Box<Self>) {
        let end = loop {
            if let Err(end) = self.step().await {
                break end;
            }
        };
        let Self { socket, handle, .. } = *self;
        // Out of the hub first: what happens from now on is not for this connection.
        drop(handle);
        if let End::Close(code) = end {
            // Boxed, so that an idle connection does not keep room for it.
            hang_up(socket, code).boxed().await;
        }
    }

    async fn step(&mut self) -> Result<(), End> {
        let resting = self.resting_until.is_some();
        // Whichever is ready, by chance: a client that asks faster than it is answered still gets its answers.
        let step = tokio::select! {
            message = self.socket.next(), if !resting => Step::Read(message),
            () = self.handle.ready() => Step::Write,
            () = self.alarm.as_mut() => Step::Look,
        };
        match step {
            Step::Read(Some(message)) => self.receive(message?).boxed().await,
            Step::Read(None) => Err(End::Gone),
            Step::Write => self.write().await,
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
            let ping = self.socket.send(Message::Ping(Bytes::new()));
            timeout(FLUSH_PATIENCE, ping).await.map_err(|_| End::Gone)??;
        }
        let look_at = self.look_at();
        self.alarm.as_mut().reset(look_at);
        Ok(())
    }

    /// Writes all that waits, then flushes once.
    async fn write(&mut self) -> Result<(), End> {
        let Self { socket, handle, .. } = self;
        let writing = async {
            loop {
                match handle.next() {
                    Next::Frame(frame) => socket.feed(text(frame)).await?,
                    Next::Nothing => break,
                    Next::Close(code) => {
                        socket.flush().await?;
                        return Err(code.into());
                    }
                }
            }
            Ok(socket.flush().await?)
        };
        timeout(FLUSH_PATIENCE, writing).await.map_err(|_| End::Gone)?
    }

    async fn receive(&mut self, message: Message) -> Result<(), End> {
        self.heard_at = Instant::now();
        self.pinged = false;
        if let Message::Close(_) = message {
            return Err(CloseCode::Normal.into());
        }
        if let Err(wait) = self.allowance.take() {
            return self.refuse(&message, wait);
        }
        match message {
            Message::Text(frame) => self.obey(&frame).await,
            Message::Binary(_) => self.fault(ErrorEvent::new(
                ErrorCode::Malformed,
                "Commands are JSON in text frames; this frame is binary.",
            )),
            // The socket answers pings by itself when it is next written or read.
            _ => Ok(()),
        }
    }

    /// Answers a frame that cannot be read as a command. Too many of them close the connection.
    fn fault(&mut self, event: ErrorEvent) -> Result<(), End> {
        self.handle.send(&ServerEvent::Error(event));
        match self.patience.fault(Instant::now()) {
            Verdict::Close => Err(CloseCode::Abusive.into()),
            _ => Ok(()),
        }
    }

    /// Answers a command that came beyond the allowance.
    fn refuse(&mut self, message: &Message, wait: Duration) -> Result<(), End> {
        let now = Instant::now();
        match self.patience.excess(now) {
            Verdict::Close => return Err(CloseCode::Abusive.into()),
            Verdict::Slow(rest) => {
                self.resting_until = Some(now + rest);
                self.alarm.as_mut().reset(now + rest);
            }
            Verdict::Tell => {}
        }
        let message = message.to_text().unwrap_or_default();
        let mut error = ApiError::new(ErrorCode::RateLimited, "That was a lot at once. Send this again in a moment.");
        error.retry_after_ms = u64::try_from(wait.as_millis()).ok().map(|ms| ms.max(1));
        self.handle.send(&ServerEvent::Error(ErrorEvent { error, reference: commands::reference(message) }));
        Ok(())
    }
}

/// A frame of shared bytes. Events are JSON, which is UTF-8, so the check always passes.
fn text(frame: Bytes) -> Message {
    Message::Text(Utf8Bytes::try_from(frame).unwrap_or_default())
}
