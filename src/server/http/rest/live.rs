//! What the live side is doing.

use axum::{Json, extract::State};

use crate::{protocol::requests::LiveStatus, server::http::AppState};

/// `GET /api/ws/status`: documented as open to everyone; it tells two counts and nobody's name.
pub async fn status(State(state): State<AppState>) -> Json<LiveStatus> {
    let stats = state.live.hub.stats();
    Json(LiveStatus {
        success: true,
        websocket_enabled: true,
        active_connections: stats.connections,
        online_users: stats.people,
        redis_enabled: false,
    })
}
