//! The headers of every answer: what a page may load and run, and what browsers must not guess.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use leptos::nonce::Nonce;

use crate::server::config::PublicUrl;

/// The same for every answer. Sources: the OWASP secure headers project and HTTP headers cheat sheet.
const FIXED: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(self), payment=(), usb=()"),
    ),
];

/// Two years, as the preload lists ask for.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// The parts of the policy that depend on where the site lives.
#[derive(Clone, Debug)]
pub struct Policy {
    sockets: String,
    secure: bool,
}

impl Policy {
    /// The policy of a site at this address.
    #[must_use]
    pub fn of(public_url: &PublicUrl) -> Self {
        let mut sockets = public_url.socket_origin();
        if cfg!(debug_assertions) {
            // `cargo leptos watch` tells open pages to reload, over a socket of its own.
            sockets.push_str(" ws://127.0.0.1:* ws://localhost:*");
        }
        Self { sockets, secure: public_url.is_secure() }
    }

    /// What a page with this nonce may load and run. Scripts run by nonce only, and what they load in turn is trusted
    /// (`strict-dynamic`), so nothing that people write can become one; `'self'` is for browsers that know neither.
    /// A picture chosen from disk, or speech just recorded, is previewed from a `blob:` address, which no other site can make; Chromium counts some
    /// of that as a connection. Styles come from files: `style` attributes in markup are refused, setting them from script is not.
    #[must_use]
    pub fn content_security(&self, nonce: &str) -> String {
        let Self { sockets, secure } = self;
        let upgrade = if *secure { "; upgrade-insecure-requests" } else { "" };
        format!(
            "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
             style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; manifest-src 'self'; \
             connect-src 'self' {sockets} blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'{upgrade}"
        )
    }
}

/// Adds the headers to the answer.
pub async fn add(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let nonce = request.extensions().get::<Nonce>().map(ToString::to_string).unwrap_or_default();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        set_unless_set(headers, name, value);
    }
    if let Ok(value) = HeaderValue::try_from(policy.content_security(&nonce)) {
        set_unless_set(headers, header::CONTENT_SECURITY_POLICY, value);
    }
    if policy.secure {
        set_unless_set(headers, header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    // Pages and data differ from person to person and from second to second.
    set_unless_set(headers, header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

fn set_unless_set(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}
