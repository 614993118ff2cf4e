//! Pages and the app's server functions: the doors through which browsers use the product.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::{nonce::Nonce, prelude::provide_context, server_fn::error::SERVER_FN_ERROR_HEADER};

use super::{
    AppState, assets,
    errors::status_of,
    forms::{FormOnItsWay, cookie},
    limits, reference,
};
use crate::{
    api::reference::ReferenceShelf,
    app::{self, facts::PageFacts, refused::MADE, status::PageStatus},
    protocol::{appearance::THEME_COOKIE, errors::ApiError, ids::UserId},
    server::{
        auth::{asker::Asker, visitor::Visitor},
        domain::Actor,
    },
};

/// A file of the site if the path names one, else the page there, rendered whole: its status and redirects are known
/// only once its data is there, and readers without script need all of it anyway.
pub async fn file_or_page(State(state): State<AppState>, request: Request) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(file) = assets::file(request.uri().path(), request.headers())
    {
        return file;
    }
    let actor = request.extensions().get::<Actor>().copied();
    let facts = facts(&state, actor, request.headers()).await;
    let tells_a_secret = facts.refused.as_ref().is_some_and(|form| form.value(MADE).is_some());
    let status = PageStatus::default();
    let context = context(state, &request);
    let page_context = {
        let status = status.clone();
        move || {
            context();
            provide_context(facts.clone());
            provide_context(status.clone());
        }
    };
    let mut response = leptos_axum::render_app_async_with_context(page_context, app::shell)(request).await;
    if tells_a_secret {
        // It is shown once, so also not from what the browser keeps.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    // A redirect keeps its own code.
    if response.status() == StatusCode::OK
        && let Some(error) = status.error()
    {
        *response.status_mut() = status_of(error);
    }
    response
}

/// A server function, called by the app or posted by a plain form.
pub async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    let (form, request) = FormOnItsWay::notice(request).await;
    let context = context(state.clone(), &request);
    let response = match limits::check(&state.limits, &request) {
        Ok(()) => {
            with_own_status(leptos_axum::handle_server_fns_with_context(context, request).await.into_response()).await
        }
        Err(error) => refused_call(error.into(), request.uri().path()),
    };
    match form {
        Some(form) => form.answer(&state.forms, &state.domain, response).await,
        None => response,
    }
}

/// The largest answer that is looked into for an error; errors are a few sentences long.
const ERROR_MAX_BYTES: usize = 64 * 1024;

/// Server functions fail with 500 whatever went wrong. The error in the answer knows better.
async fn with_own_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, ERROR_MAX_BYTES).await else { return parts.into_response() };
    if let Ok(error) = serde_json::from_slice::<ApiError>(&bytes) {
        parts.status = status_of(error.code);
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// An error as a server function would have answered it.
pub(super) fn refused_call(error: ApiError, path: &str) -> Response {
    let mut response = error.into_response();
    if let Ok(path) = HeaderValue::try_from(path) {
        response.headers_mut().insert(SERVER_FN_ERROR_HEADER, path);
    }
    response
}

/// What the page is rendered from, besides its own data.
async fn facts(state: &AppState, actor: Option<Actor>, headers: &HeaderMap) -> PageFacts {
    let now = state.domain.now();
    let viewer = match actor {
        // Whoever cannot be read is signed out as far as this page goes: it then says what to do.
        Some(actor) => state.domain.me(&actor).await.ok(),
        None => None,
    };
    let unread = match actor.filter(|_| viewer.is_some()) {
        // Without it the page still works: the first answer of the connection says it.
        Some(actor) => state.domain.unread_count(&actor).await.ok(),
        None => None,
    };
    let waiting = match actor.filter(|_| viewer.is_some()) {
        Some(actor) => state.domain.waiting_requests(&actor).await.ok(),
        None => None,
    };
    let community_size = if viewer.is_none() { state.domain.community_size().await.ok() } else { None };
    let theme = cookie(headers, THEME_COOKIE).and_then(|name| name.parse().ok()).unwrap_or_default();
    let is_still =
        viewer.is_some() && actor.is_some_and(|actor| !is_live_for(actor.user_id, state.settings.live_percent));
    let refused = state.forms.take(headers, now);
    PageFacts { now, viewer, unread, waiting, community_size, theme, is_still, refused }
}

/// Whether somebody is among the first so many percent of the people. Ids begin with a moment, so they are mixed first; who
/// is among a few percent is also among more.
const fn is_live_for(person: UserId, percent: u8) -> bool {
    /// 2^64 divided by the golden ratio: neighbours end far from each other (Fibonacci hashing).
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    (person.get().wrapping_mul(GOLDEN) >> 32) % 100 < percent as u64
}

/// What the app and its server functions find in their context. The request's own parts, with whatever the guards put
/// into its extensions, are there too: leptos_axum provides them.
fn context(state: AppState, request: &Request) -> impl Fn() + Clone + Send + Sync + 'static {
    let nonce = request.extensions().get::<Nonce>().cloned();
    let files = assets::site_files(request.uri().path());
    let actor = request.extensions().get::<Actor>().copied();
    let visitor = request.extensions().get::<Visitor>().cloned();
    move || {
        provide_context(state.domain.clone());
        provide_context(Asker { domain: state.domain.clone(), tasks: state.tasks.clone(), actor });
        provide_context(state.auth.clone());
        provide_context(ReferenceShelf(reference::kept));
        if let Some(visitor) = visitor.clone() {
            provide_context(visitor);
        }
        provide_context(files.clone());
        if let Some(nonce) = nonce.clone() {
            provide_context(nonce);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_people_is_about_that_large_and_only_grows() {
        let people = (0..10_000).map(|at| UserId::new(7_000_000_000_000 + at * 256));
        let live = |percent| people.clone().filter(|person| is_live_for(*person, percent)).collect::<Vec<_>>();
        assert_eq!((live(0).len(), live(100).len()), (0, 10_000));
        let (few, more) = (live(5), live(20));
        assert!(
            (400..600).contains(&few.len()) && (1_800..2_200).contains(&more.len()),
            "{} {}",
            few.len(),
            more.len()
        );
        assert!(few.iter().all(|person| more.contains(person)));
    }
}
