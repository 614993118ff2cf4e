//! Pages of other sites that the owner lets use REST and Socket.IO from a browser: with tokens and tickets, never with
//! cookies.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use tower_http::cors::CorsLayer;

use super::limits::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::server::config::PublicUrl;

/// How long a browser need not ask again; Chromium asks after two hours in any case.
const REMEMBERED: Duration = Duration::from_secs(2 * 60 * 60);

/// The sites that were named.
#[derive(Clone)]
pub struct OtherSites {
    origins: Arc<[HeaderValue]>,
    layer: CorsLayer,
}

/// Present in the extensions of a request from a page of one of these sites. What it may do is decided by its token alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FromOtherSite;

impl OtherSites {
    /// These; none when the list is empty.
    #[must_use]
    pub fn of(sites: &[PublicUrl]) -> Self {
        // A URL's origin is always a valid header.
        let origins: Vec<_> = sites.iter().filter_map(|site| HeaderValue::from_str(site.origin()).ok()).collect();
        let layer = CorsLayer::new()
            .allow_origin(origins.clone())
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("idempotency-key")])
            .expose_headers([
                header::RETRY_AFTER,
                RATE_LIMIT,
                RATE_LIMIT_POLICY,
                HeaderName::from_static("x-request-id"),
            ])
            .max_age(REMEMBERED);
        Self { origins: origins.into(), layer }
    }

    fn include(&self, headers: &HeaderMap) -> bool {
        headers.get(header::ORIGIN).is_some_and(|origin| self.origins.contains(origin))
    }
}

/// Answers the questions that browsers ask before such requests, and tells them whose pages may read the answers. A cookie
/// that came along is dropped: the browser sent it, not the page.
pub async fn admit_other_sites(State(sites): State<OtherSites>, mut request: Request, next: Next) -> Response {
    if sites.origins.is_empty() || !is_open(request.uri().path()) {
        return next.run(request).await;
    }
    if sites.include(request.headers()) {
        request.headers_mut().remove(header::COOKIE);
        request.extensions_mut().insert(FromOtherSite);
    }
    let guarded = tower::Layer::layer(&sites.layer, next);
    tower::ServiceExt::oneshot(guarded, request).await.unwrap_or_else(|never| match never {})
}

fn is_open(path: &str) -> bool {
    path.starts_with("/api/") || path == "/socket.io" || path.starts_with("/socket.io/")
}
