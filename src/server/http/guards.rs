//! What every request passes on its way in: request id, log span, panics, headers, origin, body size; and the rule that
//! a change once begun runs to its end.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
};
use futures::FutureExt;
use http_body_util::Limited;
use leptos::nonce::Nonce;
use rand::RngCore;
use tower_http::{
    compression::{CompressionLayer, DefaultPredicate, Predicate as _},
    csrf::{CsrfLayer, ProtectionError},
    timeout::RequestBodyTimeoutLayer,
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::Level;

use super::{
    cors::{FromOtherSite, OtherSites, admit_other_sites},
    headers,
};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        limits,
    },
    server::{config::PublicUrl, metrics::Metrics, tasks::Tasks},
};

/// The longest body that is not a file, in bytes: the longest post in four-byte characters, encoded for a form (three
/// bytes for each), with room for the rest.
const BODY_MAX_BYTES: usize = 128 * 1024;

/// The longest body of a form with files, in bytes: as many pictures as a post holds, with room for the rest.
const FORM_MAX_BYTES: usize = limits::POST_MAX_IMAGES * limits::IMAGE_MAX_BYTES + BODY_MAX_BYTES;

/// The longest upload of an attachment, in bytes: the largest file, with room for the rest of the form.
const ATTACHMENT_FORM_MAX_BYTES: usize = limits::ATTACHMENT_MAX_BYTES + BODY_MAX_BYTES;

/// How long a body may stand still before the request is given up.
const BODY_STALL: Duration = Duration::from_secs(30);

/// The name under which a request is logged; clients see it in `x-request-id` and can quote it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Puts every guard around `doors`.
pub fn around(doors: Router, public_url: &PublicUrl, others: OtherSites, tasks: &Tasks, metrics: &Metrics) -> Router {
    let policy = headers::Policy::of(public_url);
    doors
        .layer(middleware::from_fn_with_state(tasks.clone(), run_to_the_end))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(bound_the_body))
        .layer(RequestBodyTimeoutLayer::new(BODY_STALL))
        .layer(middleware::from_fn(only_from_here(public_url)))
        .layer(middleware::from_fn_with_state(others, admit_other_sites))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_for_compressing)))
        .layer(middleware::from_fn_with_state(policy, headers::add))
        .layer(middleware::from_fn(survive_panics))
        .layer(middleware::from_fn_with_state(metrics.clone(), super::metrics::count_answers))
        .layer(
            TraceLayer::new_for_http().make_span_with(span).on_response(DefaultOnResponse::new().level(Level::DEBUG)),
        )
        .layer(middleware::from_fn(name_the_request))
}

/// Gives each request a fresh id and a nonce for its page. An id that the client sent is not believed: it could forge
/// another's line in the log.
async fn name_the_request(mut request: Request, next: Next) -> Response {
    let id = format!("{:016x}", rand::rng().next_u64());
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(Nonce::new());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// The span of a request's log lines. It names the path and never the query, where tokens and searches stand.
fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().map_or("", |id| id.0.as_str());
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}

/// Turns a panic into an answer. The panic itself was logged by the hook, inside the request's span.
async fn survive_panics(request: Request, next: Next) -> Response {
    let wants_page = wants_page(request.headers());
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!("the request ended in a panic");
            let error = ApiError::new(ErrorCode::Internal, "Something went wrong on our side.");
            refusal(error, wants_page)
        }
    }
}

/// Refuses changes that another site makes in a signed-in person's name: cookies are sent along by the browser, so the
/// browser's own word about where a request comes from is checked.
fn only_from_here(
    public_url: &PublicUrl,
) -> impl Fn(Request, Next) -> futures::future::BoxFuture<'static, Response> + Clone + Send + Sync + 'static {
    // An origin that cannot be parsed is not trusted; PublicUrl makes only ones that can.
    let check = CsrfLayer::new().add_trusted_origin(public_url.origin()).unwrap_or_default();
    move |request: Request, next: Next| {
        let check = check.clone();
        Box::pin(async move {
            if request.extensions().get::<FromOtherSite>().is_some() {
                return next.run(request).await;
            }
            let wants_page = wants_page(request.headers());
            let refuse = move |_: ProtectionError| {
                let error = ApiError::new(ErrorCode::Forbidden, "This request came from another site.");
                refusal(error, wants_page)
            };
            let guarded = tower::Layer::layer(&check.with_rejection_response(refuse), next);
            tower::ServiceExt::oneshot(guarded, request).await.unwrap_or_else(|never| match never {})
        })
    }
}

/// Bounds what a request may send before anything of it is kept.
async fn bound_the_body(request: Request, next: Next) -> Response {
    let kind = header_text(request.headers(), header::CONTENT_TYPE);
    let limit = if request.uri().path() == "/api/attachments" {
        ATTACHMENT_FORM_MAX_BYTES
    } else if kind.starts_with("multipart/form-data") {
        FORM_MAX_BYTES
    } else if kind.starts_with("image/") {
        limits::IMAGE_MAX_BYTES
    } else {
        BODY_MAX_BYTES
    };
    let announced: Option<usize> = header_text(request.headers(), header::CONTENT_LENGTH).parse().ok();
    if announced.is_some_and(|bytes| bytes > limit) {
        let error = if limit > BODY_MAX_BYTES {
            ApiError::on_field(ErrorCode::TooLarge, "file", "This file is larger than Hubbub accepts.")
        } else {
            ApiError::new(ErrorCode::TooLarge, "That is larger than Hubbub accepts.")
        };
        return refusal(error, wants_page(request.headers()));
    }
    next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await
}

/// What people uploaded is compressed already, mostly; sent as it is, a download knows how much is left, and goes on where
/// it broke off.
fn is_for_compressing(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::ACCEPT_RANGES)
}

/// Lets a request that changes something finish even when its client hangs up in the middle.
async fn run_to_the_end(State(tasks): State<Tasks>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    tasks.finish(next.run(request)).await
}

/// Whether the client is a browser that will show the answer to a person.
#[must_use]
pub fn wants_page(headers: &HeaderMap) -> bool {
    header_text(headers, header::ACCEPT).contains("text/html")
}

/// A header's text; empty when it is missing or no text.
fn header_text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The answer of a guard that stops a request: JSON for programs, a bare page for people. Nothing of the request stands
/// in it.
#[must_use]
pub fn refusal(error: ApiError, wants_page: bool) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Hubbub</title><h1>{}</h1><p><a href=\"/\">Back to Hubbub</a></p></html>",
        error.message
    );
    let response = error.into_response();
    if !wants_page {
        return response;
    }
    // The status and `Retry-After` stay; the body becomes one that people can read.
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tower::ServiceExt;

    use super::*;

    fn site(public_url: &str) -> Router {
        let doors = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/panic", get(|| async { panic!("planted") as &str }))
            .route("/echo", post(|body: String| async { body }));
        let others = OtherSites::of(&[PublicUrl::parse("https://app.example").unwrap()]);
        around(doors, &PublicUrl::parse(public_url).unwrap(), others, &Tasks::new(), &Metrics::new())
    }

    async fn ask(public_url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let mut request = Request::builder().method(method).uri(path).header("host", "hubbub.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        site(public_url).oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
    }

    const URL: &str = "https://hubbub.example";

    fn text<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn every_answer_carries_the_headers_and_a_fresh_nonce() {
        let (first, second) = (ask(URL, "GET", "/", &[], "").await, ask(URL, "GET", "/", &[], "").await);
        let policy = text(&first, "content-security-policy");
        assert!(policy.contains("'strict-dynamic'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(policy.contains("connect-src 'self' wss://hubbub.example"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_ne!(policy, text(&second, "content-security-policy"));
        assert_eq!(text(&first, "x-content-type-options"), "nosniff");
        assert!(text(&first, "strict-transport-security").starts_with("max-age="));
        assert_eq!(text(&first, "x-request-id").len(), 16);
        let plain = ask("http://hubbub.example", "GET", "/", &[], "").await;
        assert_eq!(text(&plain, "strict-transport-security"), "");
    }

    /// What was logged.
    #[derive(Clone, Default)]
    struct Lines(std::sync::Arc<parking_lot::Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_query_is_never_logged() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .with_writer(move || writer.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        for path in ["/?token=secret1&x=1", "/?ticket=secret2", "/panic?token=secret3", "/nothing?q=secret4"] {
            ask(URL, "GET", path, &[("authorization", "Bearer secret5"), ("cookie", "a=secret6")], "").await;
        }
        drop(guard);
        let logged = String::from_utf8(lines.0.lock().clone()).unwrap();
        assert!(logged.contains("/panic"), "{logged}");
        assert!(!logged.contains("secret"), "{logged}");
    }

    #[tokio::test]
    async fn a_panic_becomes_an_answer_that_tells_nothing() {
        for (accept, kind) in [("application/json", "application/json"), ("text/html", "text/html; charset=utf-8")] {
            let response = ask(URL, "GET", "/panic", &[("accept", accept)], "").await;
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(text(&response, "content-type"), kind);
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            assert!(!String::from_utf8_lossy(&body).contains("planted"));
        }
    }

    #[tokio::test]
    async fn changes_from_other_sites_are_refused() {
        let elsewhere = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
        assert_eq!(ask(URL, "POST", "/echo", &elsewhere, "x").await.status(), StatusCode::FORBIDDEN);
        let old_browser = [("origin", "https://evil.example")];
        assert_eq!(ask(URL, "POST", "/echo", &old_browser, "x").await.status(), StatusCode::FORBIDDEN);
        for headers in [&[("origin", URL)][..], &[("sec-fetch-site", "same-origin")], &[]] {
            assert_eq!(ask(URL, "POST", "/echo", headers, "x").await.status(), StatusCode::OK);
        }
        assert_eq!(ask(URL, "GET", "/", &elsewhere, "").await.status(), StatusCode::OK, "reading stays possible");
    }

    #[tokio::test]
    async fn bodies_are_bounded_by_what_they_announce_and_by_what_they_send() {
        let long = "x".repeat(BODY_MAX_BYTES + 1);
        let announced = [("content-length", "99999999")];
        assert_eq!(ask(URL, "POST", "/echo", &announced, "x").await.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(ask(URL, "POST", "/echo", &[], &long).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let form = [("content-type", "multipart/form-data; boundary=x")];
        assert_eq!(ask(URL, "POST", "/echo", &form, &long).await.status(), StatusCode::OK);
    }
}
