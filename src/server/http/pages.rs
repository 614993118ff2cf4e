//! Pages and the app's server functions: the doors through which browsers use the product.

use axum::{
    extract::{Request, State},
    http::Method,
    response::{IntoResponse, Response},
};
use leptos::{nonce::Nonce, prelude::provide_context};

use super::{AppState, assets};
use crate::app;

/// A file of the site if the path names one, else the page there, rendered whole: its status and redirects are known
/// only once its data is there, and readers without script need all of it anyway.
pub async fn file_or_page(State(state): State<AppState>, request: Request) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(file) = assets::file(request.uri().path(), request.headers())
    {
        return file;
    }
    let context = context(state, &request);
    leptos_axum::render_app_async_with_context(context, app::shell)(request).await
}

/// A server function, called by the app or posted by a plain form.
pub async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    let context = context(state, &request);
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}

/// What the app and its server functions find in their context. The request's own parts, with whatever the guards put
/// into its extensions, are there too: leptos_axum provides them.
fn context(state: AppState, request: &Request) -> impl Fn() + Clone + Send + Sync + 'static {
    let nonce = request.extensions().get::<Nonce>().cloned();
    let files = assets::site_files();
    move || {
        provide_context(state.domain.clone());
        provide_context(files.clone());
        if let Some(nonce) = nonce.clone() {
            provide_context(nonce);
        }
    }
}
