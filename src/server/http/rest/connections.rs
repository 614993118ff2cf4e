//! Connections: who is connected, who asked, and the answers.

use axum::{Json, extract::State};

use super::input::{Body, Id, Params};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::UserId,
        requests::{ConnectionChange, ConnectionWish},
        views::{ConnectionState, ConnectionView, Page, PersonItem, WaitingRequests},
    },
    server::http::{AppState, session::SignedIn},
};

/// The suggestions in one answer.
const SUGGESTIONS: usize = 20;

/// `GET /api/connections?before=&limit=`: whom the asker is connected with, newest first.
pub async fn list(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<PersonItem>>, ApiError> {
    let connected = ConnectionState::Connected;
    Ok(Json(state.domain.connections(&actor, connected, params.before()?, params.limit()?).await?))
}

/// `GET /api/connections/requests?box=received|sent&before=&limit=`: who waits for the asker's answer, or for whose answer
/// the asker waits, newest first.
pub async fn requests(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    params: Params,
) -> Result<Json<Page<PersonItem>>, ApiError> {
    let wanted = match params.text("box") {
        None | Some("received") => ConnectionState::Asked,
        Some("sent") => ConnectionState::Requested,
        Some(_) => {
            let message = "`box` is `received` or `sent`.";
            return Err(ApiError::on_field(ErrorCode::Invalid, "box", message));
        }
    };
    Ok(Json(state.domain.connections(&actor, wanted, params.before()?, params.limit()?).await?))
}

/// `GET /api/connections/waiting`: how many requests wait for the asker's answer.
pub async fn waiting(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Json<WaitingRequests>, ApiError> {
    Ok(Json(state.domain.waiting_requests(&actor).await?))
}

/// `GET /api/connections/suggestions`: whom the asker may know, most connections in common first.
pub async fn suggestions(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Json<Vec<PersonItem>>, ApiError> {
    Ok(Json(state.domain.connection_suggestions(&actor, SUGGESTIONS).await?))
}

/// `PUT /api/connections/{user_id}`: asks to connect, or accepts where the other one asked.
pub async fn connect(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<ConnectionView>, ApiError> {
    Ok(Json(state.domain.change_connection(&actor, id, ConnectionWish::Ask).await?))
}

/// `PATCH /api/connections/{user_id}`: exactly what is wished and nothing else, such as taking a removal back.
pub async fn change(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
    Body(form): Body<ConnectionChange>,
) -> Result<Json<ConnectionView>, ApiError> {
    Ok(Json(state.domain.change_connection(&actor, id, form.wish).await?))
}

/// `DELETE /api/connections/{user_id}`: withdraws, declines or ends, whichever there is.
pub async fn disconnect(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<ConnectionView>, ApiError> {
    Ok(Json(state.domain.change_connection(&actor, id, ConnectionWish::End).await?))
}
