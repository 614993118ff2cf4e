//! What the live side is doing, and the way into it.

use axum::{Json, extract::State, http::StatusCode};

use crate::{
    protocol::{errors::ApiError, requests::LiveStatus, tokens::Ticket},
    server::{
        http::{AppState, session::SignedIn},
        realtime::redis::RedisBroker,
    },
};

/// `GET /api/ws/status`: documented as open to everyone; it tells two counts, over all nodes, and nobody's name.
pub async fn status(State(state): State<AppState>) -> Json<LiveStatus> {
    let elsewhere = state.nodes.as_ref().map_or(0, RedisBroker::connections_elsewhere);
    Json(LiveStatus {
        success: true,
        websocket_enabled: true,
        active_connections: state.live.hub.stats().connections + elsewhere,
        online_users: state.live.hub.people_at_all_nodes(),
        redis_enabled: state.nodes.is_some(),
    })
}

/// `POST /api/ws/ticket`: opens one socket within seconds, for whoever cannot send a header and should not put a token
/// into an address.
pub async fn ticket(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<(StatusCode, Json<Ticket>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.auth.issue_ticket(&actor).await?)))
}
