//! Socket.IO at `/socket.io/`, over WebSocket and long-polling: one more dialect of the same hub.
//!
//! The library owns the transport. Each of its sockets has one task of ours, which carries out what the client emitted in
//! the order it came, and emits what the hub queued. Rooms and broadcasts of the library are not used: who gets what is
//! decided where it is for everybody.

use std::{convert::Infallible, fmt, future::ready, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{self, Next as Door},
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use socketioxide::{
    SendError, SocketError, SocketIo,
    adapter::LocalAdapter,
    extract::{AckSender, Event, Extension, SocketRef, TryData},
    handler::{ConnectHandler, FromMessageParts, Value as Emitted},
    socket::Socket,
};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    admission::{connect, take_seat, who_asks, who_bears, who_has_ticket},
    client::{Client, End, Outlet, Refused},
    dialects::{Fields, Order, socketio as dialect},
};
use crate::{
    protocol::{
        commands::ClientCommand,
        errors::{ApiError, ErrorCode},
        events::{CloseCode, ErrorEvent, ServerEvent},
        limits::FRAME_MAX_BYTES,
    },
    server::{
        auth::visitor::Visitor,
        http::{AppState, session},
        metrics::Meter,
        realtime::{
            encoding::{Frame, Said},
            hub::{ConnectionHandle, Curiosity},
            pacing::CountKey,
            queue::Next,
        },
    },
};

/// Where Socket.IO clients connect unless they are told otherwise.
const PATH: &str = "/socket.io/";
/// Somebody who does not say who they are is gone after this long. It has to do for who said so to a server that has much to do:
/// when thousands come at once, an answer takes seconds.
const SIGN_IN_PATIENCE: Duration = Duration::from_secs(20);
/// Packets that the library holds for a client; what it does not take waits in the hub's queue, which has the bounds.
const PACKETS_MAX: usize = 32;
/// Emitted events that wait to be carried out; a client that sends more without listening is abusive.
const EMITTED_MAX: usize = 128;
/// When the library took nothing more, it is tried again after this long.
const FULL_FOR: Duration = Duration::from_millis(20);
/// How long a client may take nothing of what is written.
const FULL_PATIENCE: Duration = Duration::from_secs(15);
/// How long a goodbye may take to be written. The library closes the transport whether what it holds was written or not, and
/// does not say when it was.
const GOODBYE: Duration = Duration::from_millis(250);
/// Read at a time: commands are small.
const READ_BUFFER_BYTES: usize = 1_024;

/// The routes of this gateway. The sockets are closed when the server begins to stop, so that their clients return by
/// themselves.
pub fn routes(state: &AppState) -> Router {
    let (service, io) = SocketIo::builder()
        .req_path("/socket.io")
        .ping_interval(Duration::from_millis(super::admission::HEARTBEAT_MS))
        .connect_timeout(SIGN_IN_PATIENCE)
        .max_buffer_size(PACKETS_MAX)
        .max_payload(FRAME_MAX_BYTES as u64)
        .ws_read_buffer_size(READ_BUFFER_BYTES)
        .ws_max_message_size(FRAME_MAX_BYTES)
        .ws_max_frame_size(FRAME_MAX_BYTES)
        .build_svc();
    let admitting = state.clone();
    let admit = move |socket: SocketRef, TryData(auth): TryData<Credentials>| {
        let state = admitting.clone();
        async move { admit(&state, &socket, auth.unwrap_or_default()).await }
    };
    let begin = |socket: SocketRef, Extension(arrival): Extension<Arrival>| {
        arrival.begin(socket);
        ready(())
    };
    io.ns("/", begin.with(admit));
    let stopping = state.tasks.stopping();
    state.tasks.spawn("goodbye to Socket.IO", async move {
        stopping.cancelled().await;
        io.close().await;
    });
    Router::new()
        .route_service(PATH, service.clone())
        .route_service("/socket.io", service)
        .layer(middleware::from_fn_with_state(state.clone(), seat))
}

/// Gives a new session its seat. The library keeps what came with the first request for as long as the session lives, and so
/// the seat.
async fn seat(State(state): State<AppState>, mut request: Request<Body>, door: Door) -> Response {
    let is_first = !request.uri().query().unwrap_or_default().split('&').any(|pair| pair.starts_with("sid="));
    if is_first {
        let Some(visitor) = request.extensions().get::<Visitor>() else {
            return session::misplaced_door().into_response();
        };
        match take_seat(&state, visitor.address) {
            Ok(seat) => request.extensions_mut().insert(Arc::new(seat)),
            Err(error) => return error.into_response(),
        };
    }
    door.run(request).await
}

/// What a client says when it connects.
#[derive(Default, Deserialize)]
struct Credentials {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    ticket: Option<String>,
}

/// Why a client may not connect, as its `connect_error` says.
#[derive(Debug)]
struct Unwelcome(CloseCode);

impl fmt::Display for Unwelcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            CloseCode::Unauthorized => "unauthorized: sign in, and connect with a valid token",
            CloseCode::Forbidden => {
                "forbidden: pages of this origin may not connect, or the token lacks the scope `socket`"
            }
            CloseCode::Restarting => "unavailable: the server is restarting",
            _ => "unavailable: too many connections",
        })
    }
}

/// Finds out who connects, before they are connected. What they emit from then on waits in order.
async fn admit(state: &AppState, socket: &SocketRef, auth: Credentials) -> Result<(), Unwelcome> {
    let parts = socket.req_parts();
    let actor = match auth {
        Credentials { token: Some(token), .. } => who_bears(state, &parts.headers, token).await,
        Credentials { ticket: Some(ticket), .. } => {
            who_has_ticket(state, &parts.extensions, &parts.headers, ticket).await
        }
        Credentials { token: None, ticket: None } => who_asks(state, &parts.extensions, &parts.headers),
    };
    let actor = actor.map_err(Unwelcome)?;
    let handle = connect(state, &actor).map_err(Unwelcome)?;
    let (emitted, wishes) = channel(EMITTED_MAX);
    let (gone, flooded) = (CancellationToken::new(), CancellationToken::new());
    listen(socket, emitted, gone.clone(), flooded.clone());
    let arriving =
        Arriving { client: Client::new(state, "socketio", actor, handle), wishes, gone, flooded, state: state.clone() };
    socket.extensions.insert(Arrival(Arc::new(Mutex::new(Some(arriving)))));
    Ok(())
}

/// What a client emitted.
struct Wish {
    event: String,
    payload: Value,
    asker: Asker,
}

/// Whoever waits for an acknowledgement. The library's own way to send one is used up by an attempt that finds no room.
struct Asker {
    socket: Arc<Socket>,
    number: Option<i64>,
}

impl FromMessageParts<LocalAdapter> for Asker {
    type Error = Infallible;

    fn from_message_parts(socket: &Arc<Socket>, _: &mut Emitted, number: &Option<i64>) -> Result<Self, Infallible> {
        Ok(Self { socket: Arc::clone(socket), number: *number })
    }
}

impl Asker {
    /// Acknowledges, if that was asked for.
    async fn tell(&self, answer: &Value) -> Result<(), End> {
        taken(|| {
            let Ok(ack) =
                AckSender::from_message_parts(&self.socket, &mut Emitted::Bytes(Default::default()), &self.number);
            ack.send(answer)
        })
        .await
    }
}

/// Sends something as soon as the library takes it.
async fn taken(send: impl Fn() -> Result<(), SendError>) -> Result<(), End> {
    let sending = async {
        loop {
            match send() {
                Ok(()) | Err(SendError::Serialize(_)) => return Ok(()),
                Err(SendError::Socket(SocketError::InternalChannelFull)) => sleep(FULL_FOR).await,
                Err(SendError::Socket(SocketError::Closed)) => return Err(End::Gone),
            }
        }
    };
    timeout(FULL_PATIENCE, sending).await.unwrap_or_else(|_| Err(CloseCode::TooSlow.into()))
}

/// Passes on what the client emits. The library runs handlers side by side; their first, synchronous part it runs in order.
fn listen(socket: &SocketRef, emitted: Sender<Wish>, gone: CancellationToken, flooded: CancellationToken) {
    socket.on_disconnect(move || {
        gone.cancel();
        ready(())
    });
    socket.on_fallback(move |Event(event): Event, TryData(payload): TryData<Value>, asker: Asker| {
        // An event without a payload is as good as one with an empty one.
        let wish = Wish { event, payload: payload.unwrap_or_default(), asker };
        if emitted.try_send(wish).is_err() {
            flooded.cancel();
        }
        ready(())
    });
}

/// Somebody who was let in and whose task has not begun.
#[derive(Clone)]
struct Arrival(Arc<Mutex<Option<Arriving>>>);

struct Arriving {
    client: Client,
    wishes: Receiver<Wish>,
    gone: CancellationToken,
    flooded: CancellationToken,
    state: AppState,
}

impl Arrival {
    fn begin(&self, socket: SocketRef) {
        let Some(Arriving { mut client, wishes, gone, flooded, state }) = self.0.lock().take() else { return };
        // Documented clients never say what they watch.
        client.hear_of(Curiosity { posts: true, people: true }, false);
        let line = Line { socket, with_rooms: false, waiting: Vec::new(), meter: client.meter().clone() };
        state.tasks.spawn("socket.io", Connection { client, line, wishes, gone, flooded }.serve());
    }
}

/// The socket, and what the library did not take yet.
struct Line {
    socket: SocketRef,
    with_rooms: bool,
    /// Of one frame; next at the end.
    waiting: Vec<Said>,
    meter: Meter,
}

impl Line {
    fn say(&mut self, frame: &Frame) {
        let with_rooms = self.with_rooms;
        let name = if with_rooms { dialect::NAME_WITH_ROOMS } else { dialect::NAME };
        let said = frame.in_dialect(name, |native| dialect::say(native, with_rooms));
        self.waiting.extend(said.iter().rev().cloned());
        self.meter.sent(frame.made_at().elapsed());
        // The greeting is documented to name the id that the client knows itself by.
        if let Some(greeting) = self.waiting.last_mut().filter(|said| said.name == "connected")
            && let Ok(mut fields) = serde_json::from_slice::<Fields>(&greeting.json)
        {
            fields.insert("sid".to_owned(), self.socket.id.to_string().into());
            greeting.json = Value::Object(fields).to_string().into();
        }
    }

    /// Emits what waits of a frame. Waits while the library is full.
    async fn emit(&mut self) -> Result<(), End> {
        while let Some(said) = self.waiting.last() {
            let payload: Option<&RawValue> = serde_json::from_slice(&said.json).ok();
            taken(|| self.socket.emit(&*said.name, &payload)).await?;
            self.waiting.pop();
        }
        Ok(())
    }

    /// Says why, and disconnects; both wait for a place in the library for as long as that may take.
    async fn part(self, code: u16) {
        let parting = async {
            while let Err(SendError::Socket(SocketError::InternalChannelFull)) =
                self.socket.emit("error", &farewell(code))
            {
                sleep(FULL_FOR).await;
            }
            sleep(GOODBYE).await;
            while let Err(SocketError::InternalChannelFull) = self.socket.clone().disconnect() {
                sleep(FULL_FOR).await;
            }
        };
        // Who takes nothing at all is cut off by the library's heartbeat.
        timeout(FULL_PATIENCE, parting).await.ok();
    }
}

impl Outlet for Line {
    async fn write_until_offer(&mut self, handle: &ConnectionHandle) -> Result<Option<(CountKey, Frame)>, End> {
        loop {
            self.emit().await?;
            match handle.next() {
                Next::Frame(frame) => self.say(&frame),
                Next::Unasked(key, frame) => return Ok(Some((key, frame))),
                Next::Nothing => return Ok(None),
                Next::Close(code) => return Err(code.into()),
            }
        }
    }

    async fn pass_on(&mut self, frame: &Frame) -> Result<(), End> {
        self.say(frame);
        Ok(())
    }
}

/// One client.
struct Connection {
    client: Client,
    line: Line,
    wishes: Receiver<Wish>,
    gone: CancellationToken,
    /// More was emitted than may wait.
    flooded: CancellationToken,
}

impl Connection {
    async fn serve(mut self) {
        let end = loop {
            if let Err(end) = self.step().await {
                break end;
            }
        };
        let Self { client, line, .. } = self;
        client.leave(end);
        let End::Close(code) = end else { return };
        // On a restart the library closes the transport, after which clients return by themselves.
        if code != CloseCode::Restarting.as_u16() {
            line.part(code).await;
        }
    }

    async fn step(&mut self) -> Result<(), End> {
        let looks_around = self.client.unasked.is_waiting();
        tokio::select! {
            () = self.gone.cancelled() => Err(End::Gone),
            () = self.flooded.cancelled() => Err(CloseCode::Abusive.into()),
            wish = self.wishes.recv() => match wish {
                Some(wish) => self.fulfil(wish).await,
                None => Err(End::Gone),
            },
            () = self.client.handle.ready() => self.client.write(&mut self.line).await,
            () = ready(()), if looks_around => self.client.look_around(&mut self.line).await,
        }
    }

    /// Carries out what the client emitted, and acknowledges it where it asked for that.
    async fn fulfil(&mut self, wish: Wish) -> Result<(), End> {
        if let Err(excess) = self.client.count()? {
            self.refuse(&wish.asker, excess.error).await?;
            if let Some(rest) = excess.rest {
                sleep(rest).await;
            }
            return Ok(());
        }
        let order = match dialect::read(&wish.event, wish.payload) {
            Ok(order) => order,
            Err(event) => {
                self.refuse(&wish.asker, event.error).await?;
                return self.client.fault();
            }
        };
        self.note_taste(&wish.event);
        let Order { command, reference: _ } = order;
        let joined = match command {
            ClientCommand::JoinConversation { conversation_id } => Some(conversation_id),
            _ => None,
        };
        match self.client.carry_out(command, &mut self.line).await {
            Ok(result) => {
                if let Some(conversation) = joined {
                    self.client.look_for_companions(conversation).await;
                }
                // Answers that were made on the way come before the acknowledgement.
                self.client.write(&mut self.line).await?;
                let mut answer = json!({ "success": true });
                if let (Some(answer), Ok(Value::Object(result))) =
                    (answer.as_object_mut(), serde_json::to_value(result))
                {
                    answer.extend(result);
                }
                wish.asker.tell(&answer).await
            }
            Err(Refused::Error(error)) => self.refuse(&wish.asker, error).await,
            Err(Refused::End(end)) => Err(end),
        }
    }

    /// Who says what they watch does not hear of all the rest any more; who joins the room of a post gets its updates.
    fn note_taste(&mut self, event: &str) {
        if event.starts_with("watch_") {
            self.client.hear_of(Curiosity::default(), false);
        }
        self.line.with_rooms |= event == "join_room";
    }

    async fn refuse(&mut self, asker: &Asker, error: ApiError) -> Result<(), End> {
        asker.tell(&json!({ "success": false, "error": error })).await?;
        self.client.handle.send(&ServerEvent::Error(ErrorEvent { error, reference: None }));
        Ok(())
    }
}

/// What a client is told before the server disconnects it.
fn farewell(code: u16) -> ApiError {
    let (kind, message) = match CloseCode::from_u16(code) {
        Some(CloseCode::Unauthorized) => (ErrorCode::Unauthorized, "Your session has ended. Sign in again."),
        Some(CloseCode::Abusive) => {
            (ErrorCode::RateLimited, "That was too much. Wait half a minute, then connect again.")
        }
        Some(CloseCode::TooSlow) => {
            (ErrorCode::Unavailable, "You read too slowly. Connect again and load what you missed.")
        }
        _ => (ErrorCode::Unavailable, "The connection was closed. Connect again in a moment."),
    };
    ApiError::new(kind, message)
}
