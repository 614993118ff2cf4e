//! Who sends a request: read once, before any door, and renewed on the way when a browser's access token has expired.
//!
//! The doors find in the request's extensions: [`Actor`] if somebody is signed in, [`Visitor`], and [`ByCookie`].

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

use super::guards::{refusal, wants_page};
use crate::{
    protocol::errors::{ApiError, ErrorCode},
    server::{
        auth::{
            Auth,
            device::device_words,
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

/// What came with a request to say who sends it.
enum Presented {
    /// An access token that the client put there itself.
    Token(String),
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
    let found = match presented {
        Presented::Token(token) => Ok((keeper.auth.actor(&token), None)),
        Presented::Cookies { access, refresh } => {
            let actor = access.and_then(|token| keeper.auth.actor(&token));
            match refresh {
                Some(refresh) if actor.is_none() && may_renew(&request) => {
                    renew(&keeper, refresh, visitor.clone()).await
                }
                _ => Ok((actor, None)),
            }
        }
    };
    let (actor, change) = match found {
        Ok(found) => found,
        Err(error) => return refusal(error.into(), wants_page(request.headers())),
    };
    let extensions = request.extensions_mut();
    if let Some(actor) = actor {
        extensions.insert(actor);
    }
    extensions.insert(visitor);
    extensions.insert(ByCookie(by_cookie && actor.is_some()));
    let mut response = next.run(request).await;
    if let Some(cookies) = change {
        set_cookies(&mut response, &keeper.auth, cookies);
    }
    response
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
    if (is_socket(headers) || request.uri().path().starts_with("/socket.io"))
        && let Some(token) = request.uri().query().and_then(token_in)
    {
        return Presented::Token(token.to_owned());
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

/// The `token` of a query. Our tokens need no decoding.
fn token_in(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("token="))
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
