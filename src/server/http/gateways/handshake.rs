//! Turns a request into a WebSocket: the opening handshake of RFC 6455, and the closing one.
//!
//! This is done here and not by axum's extractor because the socket's own stream is needed: after a frame that is too
//! large, what the client still sends must be read and dropped, or it is reset before it sees the close code.

use std::{future::Future, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::SinkExt;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::derive_accept_key,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode as Code},
    },
};

use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        limits::FRAME_MAX_BYTES,
    },
    server::{http::errors::refuse, tasks::Tasks},
};

/// Allocated for every connection and cleared before every read: commands are small.
const READ_BUFFER_BYTES: usize = 1_024;
/// Frames are gathered up to this before they are written. The buffer keeps the room it once took for as long as the
/// connection lives, and most connections are idle.
const WRITE_BUFFER_BYTES: usize = 1_024;
/// What may wait inside the socket; the queue in front of it never hands over more than one frame that does not fit.
const WRITE_BUFFER_MAX_BYTES: usize = 256 * 1_024;
/// How long the client may take to read the close frame and hang up.
const CLOSING_PATIENCE: Duration = Duration::from_secs(5);
/// What is read and dropped of a client that goes on sending after the close frame.
const DRAINED_MAX_BYTES: usize = 32 * 1_024 * 1_024;

/// An open WebSocket.
pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// A request that can become a WebSocket.
pub struct Handshake {
    accept: String,
    upgrade: OnUpgrade,
}

impl Handshake {
    /// Takes the handshake out of a request.
    ///
    /// # Errors
    /// The answer to a request that does not ask for a WebSocket: 426, and how to.
    pub fn of(request: &mut Request) -> Result<Self, Response> {
        let headers = request.headers();
        let asks = request.method() == Method::GET
            && names(headers, &header::CONNECTION, "upgrade")
            && names(headers, &header::UPGRADE, "websocket")
            && names(headers, &header::SEC_WEBSOCKET_VERSION, "13");
        let key = headers.get(header::SEC_WEBSOCKET_KEY).cloned();
        match (asks, key, request.extensions_mut().remove::<OnUpgrade>()) {
            (true, Some(key), Some(upgrade)) => Ok(Self { accept: derive_accept_key(key.as_bytes()), upgrade }),
            _ => Err(not_a_websocket()),
        }
    }

    /// Answers the request and hands the open socket to a task that runs `serve`.
    pub fn accept<F>(self, tasks: &Tasks, serve: impl FnOnce(Socket) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let Self { accept, upgrade } = self;
        tasks.spawn("socket", async move {
            match upgrade.await {
                Ok(upgraded) => {
                    let io = TokioIo::new(upgraded);
                    let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(socket_config())).await;
                    serve(socket).await;
                }
                Err(cause) => tracing::debug!(%cause, "a client left during the opening handshake"),
            }
        });
        let headers = [
            (header::CONNECTION, HeaderValue::from_static("Upgrade")),
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::SEC_WEBSOCKET_ACCEPT, HeaderValue::try_from(accept).unwrap_or(HeaderValue::from_static(""))),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }
}

/// Sends a close frame, hangs up, and waits until the client did too: what it still sends is dropped.
pub async fn hang_up(mut socket: Socket, code: u16) {
    let closing = async {
        let frame = CloseFrame { code: Code::from(code), reason: "".into() };
        if socket.send(Message::Close(Some(frame))).await.is_err() {
            // The client closed first: the answer to its frame waits already, and only has to be written.
            socket.flush().await.ok();
        }
        let stream = socket.get_mut();
        stream.shutdown().await.ok();
        let mut dropped = [0_u8; 4_096];
        let mut total = 0;
        while total < DRAINED_MAX_BYTES {
            match stream.read(&mut dropped).await {
                Ok(count) if count > 0 => total += count,
                _ => break,
            }
        }
    };
    // A client that does neither has had its chance.
    timeout(CLOSING_PATIENCE, closing).await.ok();
}

fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_MAX_BYTES)
        .max_message_size(Some(FRAME_MAX_BYTES))
        .max_frame_size(Some(FRAME_MAX_BYTES))
}

/// Whether a header's list holds `word`.
fn names(headers: &HeaderMap, header: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
}

fn not_a_websocket() -> Response {
    let error = ApiError::new(ErrorCode::Malformed, "This address speaks WebSocket: connect with a WebSocket client.");
    let headers = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
    (headers, refuse(StatusCode::UPGRADE_REQUIRED, error)).into_response()
}
