//! Health and readiness, which answer from the first moment; and the gate behind which the site opens once it is built.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, Version, header},
    response::{IntoResponse, Response},
    routing::get,
};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::SetOnce;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::reference::doors::{Door, Doors};
use crate::{
    protocol::errors::{ApiError, ErrorCode},
    server::domain::ports::{Road, Store},
};

/// How long the database may take to answer before the server counts as not ready.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// How long who comes while the server starts waits for it, before being told to come again. A start takes less than a second
/// unless the database has to be brought up to date.
const START_PATIENCE: Duration = Duration::from_secs(15);

/// Stands in front of the site while the server starts. Clones are the same gate.
#[derive(Clone)]
pub struct Gate {
    open: Arc<SetOnce<Open>>,
    stopping: CancellationToken,
    leaving: CancellationToken,
}

/// What is behind an open gate.
struct Open {
    site: Router,
    store: Arc<dyn Store>,
    roads: Roads,
}

/// The roads out of this process, where there are any.
#[derive(Default)]
pub struct Roads {
    /// To the message broker.
    pub workers: Option<Arc<dyn Road>>,
    /// To the other nodes.
    pub nodes: Option<Arc<dyn Road>>,
    /// To the store of files.
    pub files: Option<Arc<dyn Road>>,
}

#[derive(Default)]
struct Reached {
    broker: Option<&'static str>,
    nodes: Option<&'static str>,
    files: Option<&'static str>,
}

/// What both answer.
#[derive(JsonSchema, Serialize)]
struct Health {
    /// In a word or two.
    status: &'static str,
    /// Whether sockets are served.
    websocket: &'static str,
    /// Of the server.
    version: &'static str,
    /// Whether the message broker can be reached, when there is to be one. One that is away only delays.
    #[serde(skip_serializing_if = "Option::is_none")]
    broker: Option<&'static str>,
    /// Whether the other nodes can be reached, when there are to be any. While they cannot, people there and here are not live
    /// for each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<&'static str>,
    /// Whether the store of files can be reached, when there is to be one. While it cannot, files can be neither kept nor shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<&'static str>,
}

impl Gate {
    /// A closed gate of a server that leaves when it stops, or a while earlier.
    #[must_use]
    pub fn new(stopping: &CancellationToken) -> Self {
        Self { open: Arc::default(), stopping: stopping.clone(), leaving: stopping.child_token() }
    }

    /// Lets requests in. A gate opens once.
    pub fn open(&self, site: Router, store: Arc<dyn Store>, roads: Roads) {
        // Opening it again would change nothing.
        let _ = self.open.set(Open { site, store, roads });
    }

    /// Whether there are other servers that would serve the same requests.
    #[must_use]
    pub fn has_others(&self) -> bool {
        self.open.get().is_some_and(|open| open.roads.nodes.is_some())
    }

    /// From now on whoever is in front of several servers is told that this one leaves: it is not ready, and each connection
    /// ends with its next answer. Requests are still served.
    pub fn leave(&self) {
        self.leaving.cancel();
    }

    fn reached(&self) -> Reached {
        let Some(Open { roads, .. }) = self.open.get() else { return Reached::default() };
        Reached {
            broker: roads.workers.as_ref().map(|road| if road.is_open() { "connected" } else { "away" }),
            nodes: roads.nodes.as_ref().map(|road| if road.is_open() { "connected" } else { "degraded" }),
            files: roads.files.as_ref().map(|road| if road.is_open() { "connected" } else { "away" }),
        }
    }

    /// Health, readiness, and everything else once the gate is open.
    pub fn router(self) -> Router {
        Router::new().route("/health", get(alive)).route("/health/ready", get(ready)).fallback(pass).with_state(self)
    }
}

/// The table of these doors.
pub fn doors() -> Doors {
    const NOUN: &str = "Service";
    Doors::new()
        .at(
            NOUN,
            "/health",
            [Door::elsewhere("health_alive", "The process answers").answers::<Health>(StatusCode::OK, "It does.")],
        )
        .at(
            NOUN,
            "/health/ready",
            [Door::elsewhere("health_ready", "Requests are served and the database answers")
                .answers::<Health>(StatusCode::OK, "They are, and it does.")
                .answers::<Health>(StatusCode::SERVICE_UNAVAILABLE, "Not now; `status` says why.")],
        )
}

/// `GET /health`: the process answers.
async fn alive(State(gate): State<Gate>) -> Response {
    answer(StatusCode::OK, "ok", gate.reached())
}

/// `GET /health/ready`: 200 when requests are served and the database answers, else 503 and why not.
async fn ready(State(gate): State<Gate>) -> Response {
    if gate.leaving.is_cancelled() {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "stopping", Reached::default());
    }
    let Some(open) = gate.open.get() else {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "starting", Reached::default());
    };
    match tokio::time::timeout(PROBE_PATIENCE, open.store.probe()).await {
        Ok(Ok(())) => answer(StatusCode::OK, "ready", gate.reached()),
        Ok(Err(cause)) => {
            tracing::warn!(%cause, "the database did not answer the probe");
            answer(StatusCode::SERVICE_UNAVAILABLE, "database unavailable", gate.reached())
        }
        Err(_) => answer(StatusCode::SERVICE_UNAVAILABLE, "database slow", gate.reached()),
    }
}

async fn pass(State(gate): State<Gate>, request: Request) -> Response {
    let open = tokio::select! {
        biased;
        open = gate.open.wait() => open,
        () = gate.stopping.cancelled() => return unavailable("This server is stopping. Try again in a moment."),
        () = tokio::time::sleep(START_PATIENCE) => return unavailable("Hubbub is starting. Try again in a moment."),
    };
    let is_old = request.version() < Version::HTTP_2;
    // One that came after all were told when to return would not be told.
    let mut answer = if gate.stopping.is_cancelled() && opens_socket(&request) {
        unavailable("This server is stopping. Try again in a moment.")
    } else {
        open.site.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    };
    // A proxy that keeps connections would send the next request into one that is just being closed.
    if is_old && gate.leaving.is_cancelled() && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// Whether a request begins something that lasts. A session of long polling that becomes a socket is under way already.
fn opens_socket(request: &Request) -> bool {
    let upgrade = request.headers().get(header::UPGRADE).and_then(|upgrade| upgrade.to_str().ok());
    let goes_on = request.uri().query().unwrap_or_default().split('&').any(|pair| pair.starts_with("sid="));
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) && !goes_on
}

fn unavailable(message: &str) -> Response {
    let error = ApiError::new(ErrorCode::Unavailable, message);
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], Json(error)).into_response()
}

fn answer(status: StatusCode, text: &'static str, reached: Reached) -> Response {
    let Reached { broker, nodes, files } = reached;
    let body = Health { status: text, websocket: "enabled", version: env!("CARGO_PKG_VERSION"), broker, nodes, files };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
