//! Who is let in to a live connection, whatever it speaks.

use std::net::IpAddr;

use axum::http::{Extensions, HeaderMap, header};

use super::Seat;
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        events::{CloseCode, Connected, ServerEvent},
    },
    server::{
        auth::{limits::Action, visitor::Visitor},
        domain::{Actor, DomainError},
        http::{
            AppState, scopes,
            session::{ByCookie, OutOfScope},
        },
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
/// The code to close with.
pub fn who_asks(state: &AppState, extensions: &Extensions, headers: &HeaderMap) -> Result<Actor, CloseCode> {
    if extensions.get::<OutOfScope>().is_some() {
        return Err(CloseCode::Forbidden);
    }
    let actor = extensions.get::<Actor>().copied().ok_or(CloseCode::Unauthorized)?;
    let by_cookie = extensions.get::<ByCookie>().is_none_or(|by_cookie| by_cookie.0);
    check_origin(state, headers, by_cookie)?;
    Ok(actor)
}

/// Any site can make a browser send the cookie, so with a cookie the browser must say that the request comes from this one.
/// A token or ticket may also come from a site that the owner named, from a page that a proxy serves under one address with
/// this server, and from a program, which says nothing.
fn check_origin(state: &AppState, headers: &HeaderMap, by_cookie: bool) -> Result<(), CloseCode> {
    let named = |origin: &str| state.settings.cors_origins.iter().any(|site| site.origin() == origin);
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let beside = |origin: &str| origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    let is_welcome = match headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or_default()) {
        None => !by_cookie,
        Some(origin) => origin == state.public_url.origin() || (!by_cookie && (named(origin) || beside(origin))),
    };
    if is_welcome { Ok(()) } else { Err(CloseCode::Forbidden) }
}

/// Whom a token speaks for that was sent after the request.
///
/// # Errors
/// The code to close with.
pub async fn who_bears(state: &AppState, headers: &HeaderMap, token: String) -> Result<Actor, CloseCode> {
    check_origin(state, headers, false)?;
    let auth = state.auth.clone();
    let bearer = state.tasks.finish(async move { auth.bearer(&token).await }).await;
    let bearer = bearer.map_err(|error| code_of(&error))?.ok_or(CloseCode::Unauthorized)?;
    scopes::check_socket(&bearer).map_err(|_| CloseCode::Forbidden)?;
    Ok(bearer.actor)
}

/// Whom a ticket lets in that was sent after the request.
///
/// # Errors
/// The code to close with.
pub async fn who_has_ticket(
    state: &AppState,
    extensions: &Extensions,
    headers: &HeaderMap,
    ticket: String,
) -> Result<Actor, CloseCode> {
    check_origin(state, headers, false)?;
    let (auth, visitor) = (state.auth.clone(), extensions.get::<Visitor>().cloned().ok_or(CloseCode::Overloaded)?);
    let actor = state.tasks.finish(async move { auth.redeem(&ticket, &visitor).await }).await;
    actor.map_err(|error| code_of(&error))?.ok_or(CloseCode::Unauthorized)
}

/// It is worth another try.
fn code_of(error: &DomainError) -> CloseCode {
    tracing::warn!(%error, "it could not be found out who connects");
    CloseCode::Overloaded
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
