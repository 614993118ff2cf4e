//! Turns a request into a WebSocket: the opening handshake of RFC 6455.
//!
//! This is done here and not by axum's extractor because the connection's own stream is needed: see [`super::wire`].

use std::future::Future;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::{
    rt::TokioIo,
    server::conn::auto::upgrade::{Parts, downcast},
};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{
    protocol::errors::{ApiError, ErrorCode},
    server::{http::errors::refuse, tasks::Tasks},
};

/// What the system holds for a client that does not read; by itself it would go up to megabytes. Linux doubles it, for its
/// own bookkeeping.
const SEND_BUFFER_BYTES: usize = 32 * 1_024;

/// The connection itself, and what the client said right behind its request.
pub struct Opened {
    /// Where frames travel.
    pub stream: TcpStream,
    /// The first bytes of frames.
    pub heard: Bytes,
}

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

    /// Answers the request and hands the open connection to a task that runs `serve`.
    pub fn accept<F>(self, tasks: &Tasks, serve: impl FnOnce(Opened) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let Self { accept, upgrade } = self;
        tasks.spawn("socket", async move {
            match upgrade.await.map(opened) {
                Ok(Some(opened)) => serve(opened).await,
                Ok(None) => tracing::error!("a WebSocket was asked for over what is no TCP connection"),
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

/// The server listens on TCP alone, so this is always something.
fn opened(upgraded: Upgraded) -> Option<Opened> {
    let Parts { io, read_buf, .. } = downcast::<TokioIo<TcpStream>>(upgraded).ok()?;
    let stream = io.into_inner();
    // Refused only on a connection that is gone already.
    SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER_BYTES).ok();
    Some(Opened { stream, heard: read_buf })
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
