//! Who sends a request: read once, before any door, and renewed on the way when a browser's access token has expired.
//!
//! The doors find in the request's extensions: [`Actor`] if somebody is signed in, [`Visitor`], [`ByCookie`], and of a
//! personal access token [`Personal`]. What such a token may not do is refused here.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

use super::{
    guards::{refusal, wants_page},
    scopes,
};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        tokens::Scope,
    },
    server::{
        auth::{
            Auth, Bearer,
            device::device_words,
            personal::is_personal,
            visitor::{Visitor, client_address},
        },
        domain::{Actor, Result},
        tasks::Tasks,
    },
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What the middleware needs.
#[derive(Clone)]
pub struct Doorkeeper {
    auth: Auth,
    tasks: Tasks,
    proxies: Arc<[IpNet]>,
}

impl Doorkeeper {
    /// `proxies` are those whose `X-Forwarded-For` is believed.
    #[must_use]
    pub fn new(auth: Auth, tasks: Tasks, proxies: &[IpNet]) -> Self {
        Self { auth, tasks, proxies: proxies.into() }
    }
}

/// Whether the actor came from a cookie, which browsers send along without being asked: a socket must then check where
/// it was opened from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByCookie(pub bool);

/// Present where the actor is a personal access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Personal;

/// Present where a socket is opened with a token that may not: it is told by a close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfScope;

/// What came with a request to say who sends it.
enum Presented {
    /// A token that the client put there itself.
    Token(String),
    /// A ticket that opens one socket.
    Ticket(String),
    /// A browser's cookies.
    Cookies { access: Option<String>, refresh: Option<String> },
}

/// Both `Set-Cookie` values that the answer must carry, if any.
type NewCookies = Option<[String; 2]>;

/// Finds out who asks and tells the doors; sets the browser's cookies anew when they were renewed.
pub async fn find_out_who_asks(State(keeper): State<Doorkeeper>, mut request: Request, next: Next) -> Response {
    let visitor = visitor_of(&request, &keeper.proxies);
    let presented = presented(&request, &keeper.auth);
    let by_cookie = matches!(presented, Presented::Cookies { .. });
    let found = find(&keeper, presented, &visitor, may_renew(&request)).await;
    let (bearer, change) = match found {
        Ok(found) => found,
        Err(error) => return refusal(error.into(), wants_page(request.headers())),
    };
    let allowed = bearer.as_ref().map_or(Ok(()), |bearer| scopes::check(bearer, &request));
    let opens_socket = is_socket(request.headers()) || is_socket_io(&request);
    let extensions = request.extensions_mut();
    extensions.insert(visitor);
    extensions.insert(ByCookie(by_cookie && bearer.is_some()));
    match (allowed, bearer) {
        (Err(error), _) if !opens_socket => return refusal(error, wants_page(request.headers())),
        (Err(_), _) => drop(extensions.insert(OutOfScope)),
        (Ok(()), Some(Bearer { actor, scopes })) => {
            extensions.insert(actor);
            scopes.map(|_| extensions.insert(Personal));
        }
        (Ok(()), None) => {}
    }
    let mut response = next.run(request).await;
    if let Some(cookies) = change {
        set_cookies(&mut response, &keeper.auth, cookies);
    }
    response
}

/// Whom what was presented speaks for, and the cookies that must be set.
async fn find(
    keeper: &Doorkeeper,
    presented: Presented,
    visitor: &Visitor,
    may_renew: bool,
) -> Result<(Option<Bearer>, NewCookies)> {
    let (auth, visitor) = (keeper.auth.clone(), visitor.clone());
    match presented {
        Presented::Token(token) if !is_personal(&token) => Ok((auth.actor(&token).map(Bearer::from), None)),
        // Both may write, and must then run to their end.
        Presented::Token(token) => Ok((keeper.tasks.finish(async move { auth.bearer(&token).await }).await?, None)),
        Presented::Ticket(ticket) => {
            let actor = keeper.tasks.finish(async move { auth.redeem(&ticket, &visitor).await }).await?;
            // It is for a socket, whatever else its session may do.
            Ok((actor.map(|actor| Bearer { actor, scopes: Some(vec![Scope::Socket]) }), None))
        }
        Presented::Cookies { access, refresh } => {
            let actor = access.and_then(|token| auth.actor(&token));
            let (actor, change) = match refresh {
                Some(refresh) if actor.is_none() && may_renew => renew(keeper, refresh, visitor).await?,
                _ => (actor, None),
            };
            Ok((actor.map(Bearer::from), change))
        }
    }
}

/// Trades the refresh cookie for the next pair. Parallel requests of one page each get their own. A refused one is
/// removed from the browser, so that it is not tried again with every request.
async fn renew(keeper: &Doorkeeper, refresh: String, visitor: Visitor) -> Result<(Option<Actor>, NewCookies)> {
    let (auth, cookies) = (keeper.auth.clone(), keeper.auth.cookies());
    let renewed = keeper.tasks.finish(async move { auth.renew(&refresh, &visitor).await }).await?;
    Ok(match renewed {
        Some(pair) => (Some(pair.actor), Some(cookies.set(&pair.access_token, &pair.refresh_token))),
        None => (None, Some(cookies.clear())),
    })
}

/// Whether new cookies may be set with the answer. Not on a socket, whose answer has no body to wait for and whose
/// client refreshes by itself; not with files, which caches may keep; not where the request itself is about the refresh
/// token.
fn may_renew(request: &Request) -> bool {
    let path = request.uri().path();
    let of_the_product = ["/sfn/", "/api/", "/media/"].iter().any(|door| path.starts_with(door));
    let is_page = request.method().is_safe() && wants_page(request.headers()) && !path.starts_with("/pkg/");
    (of_the_product || is_page) && path != "/api/auth/refresh" && !is_socket(request.headers())
}

fn set_cookies(response: &mut Response, auth: &Auth, cookies: [String; 2]) {
    let headers = response.headers_mut();
    let ours = |value: &HeaderValue| value.to_str().is_ok_and(|value| auth.cookies().is_ours(value));
    // Signing in or out in this very request has the last word.
    if headers.get_all(header::SET_COOKIE).iter().any(ours) {
        return;
    }
    for cookie in cookies {
        if let Ok(value) = HeaderValue::try_from(cookie) {
            headers.append(header::SET_COOKIE, value);
        }
    }
    // No cache on the way may hand these cookies to somebody else.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
}

fn presented(request: &Request, auth: &Auth) -> Presented {
    let headers = request.headers();
    // Whoever sends a token means it: one that does not hold is not made up for by a cookie. Another scheme is for
    // somebody else, such as a proxy that asks for a password of its own.
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = authorization.and_then(bearer) {
        return Presented::Token(token.to_owned());
    }
    if is_socket(headers) || is_socket_io(request) {
        let query = request.uri().query().unwrap_or_default();
        if let Some(token) = value_in(query, "token") {
            return Presented::Token(token.to_owned());
        }
        // Clients of Socket.IO repeat their query with every request of a session; its first one used the ticket up.
        if let (Some(ticket), None) = (value_in(query, "ticket"), value_in(query, "sid"))
            && leads_to_sockets(request)
        {
            return Presented::Ticket(ticket.to_owned());
        }
    }
    let (access, refresh) =
        auth.cookies().read(headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()));
    Presented::Cookies { access: access.map(str::to_owned), refresh: refresh.map(str::to_owned) }
}

/// The token of `Authorization: Bearer …`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A value in a query. Our tokens and tickets need no decoding.
fn value_in<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(at, _)| *at == name).map(|(_, value)| value)
}

/// Anybody can write `Upgrade` into any request; only these addresses open sockets.
fn leads_to_sockets(request: &Request) -> bool {
    let path = request.uri().path();
    path == "/ws" || path.starts_with("/ws/") || is_socket_io(request)
}

fn is_socket_io(request: &Request) -> bool {
    request.uri().path().starts_with("/socket.io")
}

fn is_socket(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

fn visitor_of(request: &Request, proxies: &[IpNet]) -> Visitor {
    // Tests call the router without a connection.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| address.ip());
    let headers = request.headers();
    let forwarded = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Visitor { address: client_address(peer, forwarded, proxies), device: device_words(agent) }
}

/// The person who asks; whoever is not signed in gets 401.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn(pub Actor);

/// The person who asks, if one is signed in.
#[derive(Clone, Copy, Debug)]
pub struct MaybeActor(pub Option<Actor>);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> std::result::Result<Self, ApiError> {
        let actor = parts.extensions.get::<Actor>().copied();
        actor.map(Self).ok_or_else(|| ApiError::new(ErrorCode::Unauthorized, "Sign in to go on."))
    }
}

impl<S: Sync> FromRequestParts<S> for MaybeActor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> std::result::Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Actor>().copied()))
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> std::result::Result<Self, ApiError> {
        let visitor = parts.extensions.get::<Self>().cloned();
        visitor.ok_or_else(misplaced_door)
    }
}

/// The answer of a door that was put where [`find_out_who_asks`] does not run before it: a fault of the build.
#[must_use]
pub fn misplaced_door() -> ApiError {
    tracing::error!("a door that needs to know where requests come from stands outside of the session");
    ApiError::new(ErrorCode::Internal, "Something went wrong on our side.")
}
