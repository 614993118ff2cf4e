//! `/metrics`, for Prometheus; and the count of what every door answers.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::Instant;

use super::AppState;
use crate::{
    protocol::errors::{ApiError, ErrorCode},
    server::{
        domain::DomainError,
        metrics::{Levels, Metrics},
    },
};

/// What the page is written in: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /metrics`, for whoever knows the token. Without one in the settings there is no such page.
pub async fn page(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let Some(token) = &state.settings.metrics_token else {
        let message = "There are no metrics here: HUBBUB_METRICS_TOKEN is not set.";
        return ApiError::new(ErrorCode::NotFound, message).into_response();
    };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if verify_slices_are_equal(given.as_bytes(), token.expose().as_bytes()).is_err() {
        let message = "Send `Authorization: Bearer` with the value of HUBBUB_METRICS_TOKEN.";
        return ApiError::new(ErrorCode::Unauthorized, message).into_response();
    }
    match levels(&state).await {
        Ok(levels) => {
            let headers = [(header::CONTENT_TYPE, OPEN_METRICS), (header::CACHE_CONTROL, "no-store")];
            (headers, state.metrics.text(&levels)).into_response()
        }
        Err(error) => ApiError::from(error).into_response(),
    }
}

async fn levels(state: &AppState) -> Result<Levels, DomainError> {
    let hub = state.live.hub.stats();
    let (outbox, oldest) = state.domain.promises_waiting().await?;
    let outbox_age = oldest.map_or(Duration::ZERO, |oldest| state.domain.now().since(oldest));
    Ok(Levels { people: hub.people, subscriptions: hub.subscriptions, outbox, outbox_age })
}

/// Counts how every request was answered, by the sort of door. A connection that stays open counts when it is let in.
pub async fn count_answers(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let (door, begun) = (door_of(request.uri().path()), Instant::now());
    let response = next.run(request).await;
    metrics.answered(door, response.status().as_u16(), begun.elapsed());
    response
}

/// A few words, so that nobody can make the list of series grow.
fn door_of(path: &str) -> &'static str {
    match path.split('/').nth(1).unwrap_or_default() {
        "api" => "api",
        "sfn" => "sfn",
        "media" => "media",
        "pkg" => "pkg",
        "ws" => "ws",
        "socket.io" => "socketio",
        "metrics" => "metrics",
        _ => "page",
    }
}
