//! Router: every door of the server, and the guards that each request passes on its way in.
//!
//! From the outside in: health and the gate ([`health`]), then request id, log span, panics, headers, origin and body
//! checks ([`guards`]), then the doors themselves: REST, sockets, server functions, files, pages.

pub mod apply;
mod assets;
pub mod cors;
pub mod errors;
pub mod forms;
pub mod gateways;
pub mod guards;
pub mod headers;
pub mod health;
pub mod limits;
mod metrics;
pub mod pages;
pub mod publish;
pub mod reference;
pub mod rest;
pub mod scopes;
pub mod send;
pub mod session;
pub mod uploads;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{any, get, post},
};

use super::{
    auth::{Auth, limits::Limits, revoked::RevokedSessions},
    config::{PublicUrl, Settings},
    domain::Domain,
    metrics::Metrics,
    realtime::redis::RedisBroker,
    tasks::Tasks,
};
use crate::{
    api::{conversations::SEND_FORM_HREF, jobs::APPLY_FORM_HREF},
    app::{components::composer::PUBLISH_HREF, pages::reference::REFERENCE_HREF},
};

/// The pages of the reference besides its first one: below `/api`, where programs look for them.
const REFERENCE_PAGES: &str = "/api/docs/{page}";

/// What handlers need. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The product's verbs.
    pub domain: Domain,
    /// Every setting.
    pub settings: Arc<Settings>,
    /// The address people use, now that it is known.
    pub public_url: PublicUrl,
    /// The owner of tasks that outlive a request.
    pub tasks: Tasks,
    /// Opens, renews and ends sessions.
    pub auth: Auth,
    /// Who may do how much.
    pub limits: Limits,
    /// Sessions that ended so recently that a token may still name them.
    pub revoked: RevokedSessions,
    /// Forms sent without JavaScript, waiting for the page that shows what came of them.
    pub forms: forms::SentForms,
    /// Who uploads right now.
    pub uploads: uploads::UploadPlaces,
    /// Who is connected, and what they watch.
    pub live: gateways::Live,
    /// The other nodes, where there are to be any.
    pub nodes: Option<RedisBroker>,
    /// What is counted for those who run the server.
    pub metrics: Metrics,
    /// What connections ask of the store.
    pub questions: gateways::Questions,
}

/// Every door, behind every guard.
pub fn router(state: AppState) -> Router {
    // Pages load their data on this runtime. It is refused only when it was said before, by another server in a test.
    let _ = any_spawner::Executor::init_tokio();
    let doors = Router::new()
        // One line per surface; each brings its own routes.
        .nest("/api", rest::routes())
        .route(REFERENCE_HREF, get(pages::file_or_page))
        .route(REFERENCE_PAGES, get(pages::file_or_page))
        .nest("/media", rest::media_routes())
        .route("/metrics", get(metrics::page))
        .route("/ws", gateways::socket::native_route())
        .route("/ws/{*channel}", gateways::socket::channel_route())
        .route(PUBLISH_HREF, post(publish::publish))
        .route(SEND_FORM_HREF, post(send::send))
        .route(APPLY_FORM_HREF, post(apply::apply))
        .route("/sfn/{*function}", any(pages::server_function))
        .fallback(pages::file_or_page)
        .with_state(state.clone())
        .merge(gateways::socketio::routes(&state));
    // The last one added runs first: limits count by who asks.
    let keeper = session::Doorkeeper::new(state.auth.clone(), state.tasks.clone(), &state.settings.trusted_proxies);
    let doors = doors
        .layer(middleware::from_fn_with_state(state.limits.clone(), limits::bound_the_requests))
        .layer(middleware::from_fn_with_state(keeper, session::find_out_who_asks));
    let others = cors::OtherSites::of(&state.settings.cors_origins);
    guards::around(doors, &state.public_url, others, &state.tasks, &state.metrics)
}
