//! Accounts: registering, signing in and out, one's own profile, password and sessions.

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::AppendHeaders,
};

use super::input::{Body, Id, OptionalBody};
use crate::{
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::SessionId,
        requests::{
            Done, Login, PasswordChange, PrivacyChange, ProfileChange, Refresh, Registration, SignedIn as Tokens,
        },
        views::{Me, Privacy, Profile, SessionView},
    },
    server::{
        auth::visitor::Visitor,
        http::{
            AppState,
            session::{ByCookie, SignedIn},
        },
    },
};

type SetCookies = AppendHeaders<[(HeaderName, String); 2]>;

/// `POST /api/auth/register`.
pub async fn register(
    State(state): State<AppState>,
    visitor: Visitor,
    Body(form): Body<Registration>,
) -> Result<(StatusCode, Json<Tokens>), ApiError> {
    let credentials = state.auth.register(form, &visitor).await?;
    Ok((StatusCode::CREATED, Json(Tokens::from(credentials))))
}

/// `POST /api/auth/login`.
pub async fn login(
    State(state): State<AppState>,
    visitor: Visitor,
    Body(form): Body<Login>,
) -> Result<Json<Tokens>, ApiError> {
    Ok(Json(state.auth.sign_in(form, &visitor).await?.into()))
}

/// `POST /api/auth/refresh`: with the token in the body, the next pair comes in the body; with the cookie, it comes in
/// cookies and the body has none, so that no script on a page ever sees a token.
pub async fn refresh(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    OptionalBody(form): OptionalBody<Refresh>,
) -> Result<(Option<SetCookies>, Json<Tokens>), ApiError> {
    if let Some(token) = form.refresh_token {
        return Ok((None, Json(state.auth.refresh(&token, &visitor).await?.into())));
    }
    let cookies = state.auth.cookies();
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let token = cookies.read(sent).1.ok_or_else(|| {
        ApiError::on_field(ErrorCode::Unauthorized, "refresh_token", "There is no refresh token. Sign in again.")
    })?;
    let mut tokens = Tokens::from(state.auth.refresh(token, &visitor).await?);
    let set = cookies.set(&tokens.access_token, &tokens.refresh_token).map(|cookie| (header::SET_COOKIE, cookie));
    tokens.access_token.clear();
    tokens.refresh_token.clear();
    Ok((Some(AppendHeaders(set)), Json(tokens)))
}

/// `POST /api/auth/logout`: ends the session and its sockets.
pub async fn logout(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Extension(ByCookie(by_cookie)): Extension<ByCookie>,
) -> Result<(Option<SetCookies>, Json<Done>), ApiError> {
    state.auth.sign_out(&actor).await?;
    let cleared = || AppendHeaders(state.auth.cookies().clear().map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((by_cookie.then(cleared), Json(Done { success: true })))
}

/// `POST /api/auth/logout-everywhere`: ends every session and token, and their sockets.
pub async fn logout_everywhere(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Extension(ByCookie(by_cookie)): Extension<ByCookie>,
) -> Result<(Option<SetCookies>, Json<Done>), ApiError> {
    state.domain.end_all_sessions(&actor).await?;
    let cleared = || AppendHeaders(state.auth.cookies().clear().map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((by_cookie.then(cleared), Json(Done { success: true })))
}

/// `GET /api/me`.
pub async fn me(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<Me>, ApiError> {
    Ok(Json(state.domain.me(&actor).await?))
}

/// `PATCH /api/me`.
pub async fn change_profile(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(change): Body<ProfileChange>,
) -> Result<Json<Profile>, ApiError> {
    Ok(Json(state.domain.change_profile(&actor, change).await?))
}

/// `POST /api/me/password`: ends every other session.
pub async fn change_password(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(form): Body<PasswordChange>,
) -> Result<Json<Done>, ApiError> {
    state.auth.change_password(&actor, form).await?;
    Ok(Json(Done { success: true }))
}

/// `GET /api/me/sessions`.
pub async fn sessions(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Json<Vec<SessionView>>, ApiError> {
    Ok(Json(state.domain.sessions(&actor).await?))
}

/// `DELETE /api/me/sessions/{id}`: ends one of the asker's sessions.
pub async fn end_session(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<SessionId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.end_session(&actor, id).await?;
    Ok(Json(Done { success: true }))
}

/// `DELETE /api/me/sessions`: ends all of the asker's sessions but the one that asks.
pub async fn end_other_sessions(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
) -> Result<Json<Done>, ApiError> {
    state.domain.end_other_sessions(&actor).await?;
    Ok(Json(Done { success: true }))
}

/// `GET /api/me/privacy`.
pub async fn privacy(State(state): State<AppState>, SignedIn(actor): SignedIn) -> Result<Json<Privacy>, ApiError> {
    Ok(Json(state.domain.privacy(&actor).await?))
}

/// `PATCH /api/me/privacy`.
pub async fn change_privacy(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Body(form): Body<PrivacyChange>,
) -> Result<Json<Privacy>, ApiError> {
    Ok(Json(state.domain.change_privacy(&actor, form).await?))
}
