//! How often one caller, and one address, may ask and change something: the same for REST, server functions and plain
//! forms. Answers of REST tell how much is left.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::{
    guards::{refusal, wants_page},
    session::Personal,
};
use crate::{
    api::{conversations::SEND_FORM_HREF, jobs::APPLY_FORM_HREF},
    protocol::limits::ATTACHMENT_MAX_BYTES,
    server::{
        auth::{
            limits::{Action, Caller, Left, Limits},
            visitor::Visitor,
        },
        domain::{Actor, Result},
    },
};

/// What may be asked in how long, and what is left of it: draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4. A
/// policy is named, has a quota (`q`) and the seconds in which it comes back (`w`).
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Of each policy what remains (`r`) and the seconds until all of it is back (`t`).
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What is left in the buckets that a request was counted by, by the names of their policies.
type Standing = Vec<(&'static str, Left)>;

/// Lets a request pass while there is something left in its buckets, and tells who calls REST how much that is. Runs after
/// [`super::session::find_out_who_asks`]. Server functions ask [`check`] themselves: a form that was refused is shown
/// again as it was typed.
pub async fn bound_the_requests(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/sfn/") {
        return next.run(request).await;
    }
    let (standing, passed) = count(&limits, &request);
    let is_rest = is_rest(&request);
    let mut response = match passed {
        Ok(()) => next.run(request).await,
        Err(error) => refusal(error.into(), wants_page(request.headers())),
    };
    if is_rest && !standing.is_empty() {
        tell(response.headers_mut(), &standing);
    }
    response
}

/// Takes one from each bucket that the request is counted by: its address, its caller, their uploads.
///
/// # Errors
/// Rate limited, with when to return.
pub fn check(limits: &Limits, request: &Request) -> Result<()> {
    count(limits, request).1
}

fn count(limits: &Limits, request: &Request) -> (Standing, Result<()>) {
    let mut standing = Standing::new();
    let passed = count_into(&mut standing, limits, request);
    (standing, passed)
}

fn count_into(standing: &mut Standing, limits: &Limits, request: &Request) -> Result<()> {
    let extensions = request.extensions();
    let actor = extensions.get::<Actor>().copied();
    let changes = !request.method().is_safe();
    if let Some(actor) = actor {
        let caller = Caller::of(&actor, extensions.get::<Personal>().is_some());
        let policies =
            [(is_rest(request), "requests", Action::RequestByCaller), (changes, "writes", Action::WriteByCaller)];
        for (_, policy, action) in policies.into_iter().filter(|(counts, ..)| *counts) {
            let (left, passed) = limits.caller(action, caller);
            standing.extend(left.map(|left| (policy, left)));
            passed?;
        }
        if changes && says_something(request) {
            limits.person(Action::MessageByPerson, actor.user_id)?;
        }
        if changes && has_files(request) {
            limits.upload(actor.user_id, announced(request.headers()))?;
        }
    }
    match extensions.get::<Visitor>() {
        Some(visitor) if changes => limits.address(Action::WriteByAddress, visitor.address),
        _ => Ok(()),
    }
}

fn tell(headers: &mut HeaderMap, standing: &Standing) {
    let policy = |(name, left): &(&str, Left)| format!("\"{name}\";q={};w={}", left.quota, whole(left.window));
    let state = |(name, left): &(&str, Left)| format!("\"{name}\";r={};t={}", left.left, whole(left.full_in()));
    let fields = [
        (RATE_LIMIT_POLICY, standing.iter().map(policy).collect::<Vec<_>>()),
        (RATE_LIMIT, standing.iter().map(state).collect()),
    ];
    for (name, items) in fields {
        if let Ok(value) = HeaderValue::try_from(items.join(", ")) {
            headers.insert(name, value);
        }
    }
}

/// Rounded up, so that nobody returns too early.
fn whole(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

fn is_rest(request: &Request) -> bool {
    request.uri().path().starts_with("/api/")
}

/// How large a body says it is, in bytes; as large as the largest file when it does not say.
pub fn announced(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(ATTACHMENT_MAX_BYTES)
}

/// The doors through which something is said in a conversation; the last is the socket.
fn says_something(request: &Request) -> bool {
    let path = request.uri().path();
    (path.starts_with("/api/conversations/") && path.ends_with("/messages")) || path == SEND_FORM_HREF
}

/// Forms with files are sent as multipart, and a bare picture as what it is; nothing else is.
fn has_files(request: &Request) -> bool {
    // These have room for a file; the door counts the file if there is one.
    if [SEND_FORM_HREF, APPLY_FORM_HREF].contains(&request.uri().path()) {
        return false;
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("multipart/form-data") || kind.starts_with("image/"))
}
