//! Who is let in to a live connection, whatever it speaks.

use std::net::IpAddr;

use axum::http::{Extensions, HeaderMap, HeaderValue, header};

use super::Seat;
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        events::{CloseCode, Connected, ServerEvent},
    },
    server::{
        auth::limits::Action,
        domain::Actor,
        http::{AppState, session::ByCookie},
        realtime::hub::ConnectionHandle,
    },
};

/// How often a client sends `ping`, in milliseconds. Proxies cut connections that idle for 30 to 60 s.
pub const HEARTBEAT_MS: u64 = 25_000;
/// When an address with too many connections may try again, in milliseconds.
const SEAT_RETRY_MS: u64 = 15_000;

/// A place among the connections from an address.
///
/// # Errors
/// When there are too many, or too many came lately.
pub fn take_seat(state: &AppState, address: IpAddr) -> Result<Seat, ApiError> {
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
pub fn who_asks(state: &AppState, extensions: &Extensions, headers: &HeaderMap) -> Result<Actor, CloseCode> {
    let actor = extensions.get::<Actor>().copied().ok_or(CloseCode::Unauthorized)?;
    let by_cookie = extensions.get::<ByCookie>().is_none_or(|by_cookie| by_cookie.0);
    let origin = headers.get(header::ORIGIN).and_then(|value: &HeaderValue| value.to_str().ok());
    if by_cookie && origin != Some(state.public_url.origin()) {
        return Err(CloseCode::Forbidden);
    }
    Ok(actor)
}

/// Connects somebody to the hub, which greets them.
///
/// # Errors
/// The code to close with at once.
pub fn connect(state: &AppState, actor: &Actor) -> Result<ConnectionHandle, CloseCode> {
    let hub = &state.live.hub;
    let (epoch, timestamp, user_id) = (hub.epoch().to_owned(), state.domain.now(), actor.user_id);
    hub.connect(actor, |sid, offset| {
        let heartbeat_interval_ms = HEARTBEAT_MS;
        ServerEvent::Connected(Connected { sid, user_id, timestamp, heartbeat_interval_ms, epoch, offset })
    })
}
