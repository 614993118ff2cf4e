//! How often one person, and one address, may change something: the same for REST, server functions and plain forms.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};

use super::guards::{refusal, wants_page};
use crate::{
    api::{conversations::SEND_FORM_HREF, jobs::APPLY_FORM_HREF},
    protocol::limits::ATTACHMENT_MAX_BYTES,
    server::{
        auth::{
            limits::{Action, Limits},
            visitor::Visitor,
        },
        domain::{Actor, Result},
    },
};

/// Lets a request that changes something pass while there is something left in its buckets. Runs after
/// [`super::session::find_out_who_asks`]. Server functions ask [`check`] themselves: a form that was refused is shown
/// again as it was typed.
pub async fn bound_the_writes(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let asks_itself = request.uri().path().starts_with("/sfn/");
    match if asks_itself { Ok(()) } else { check(&limits, &request) } {
        Ok(()) => next.run(request).await,
        Err(error) => refusal(error.into(), wants_page(request.headers())),
    }
}

/// Takes one from each bucket that the request is counted by: its address, its person, their uploads.
///
/// # Errors
/// Rate limited, with when to return.
pub fn check(limits: &Limits, request: &Request) -> Result<()> {
    if request.method().is_safe() {
        return Ok(());
    }
    let person = request.extensions().get::<Actor>().copied();
    if let Some(actor) = person {
        limits.person(Action::WriteByPerson, actor.user_id)?;
        if says_something(request) {
            limits.person(Action::MessageByPerson, actor.user_id)?;
        }
        if has_files(request) {
            limits.upload(actor.user_id, announced(request.headers()))?;
        }
    }
    match request.extensions().get::<Visitor>() {
        Some(visitor) => limits.address(Action::WriteByAddress, visitor.address),
        None => Ok(()),
    }
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
