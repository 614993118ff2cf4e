//! Who sent the request that a server function answers, and the verbs they may use.

use std::future::Future;

use axum::http::{HeaderName, header, request::Parts};
use leptos::prelude::use_context;

use crate::{
    protocol::errors::{ApiError, ErrorCode},
    server::{
        domain::{Actor, Domain, Result},
        tasks::Tasks,
    },
};

/// Provided as context to every server function and every page.
#[derive(Clone)]
pub struct Asker {
    /// The product's verbs.
    pub domain: Domain,
    /// Owns verbs that have begun.
    pub tasks: Tasks,
    /// Who is signed in.
    pub actor: Option<Actor>,
}

/// Runs a verb for whoever asks, to its end even if they hang up.
///
/// # Errors
/// `unauthorized` when nobody is signed in, else what the verb answers.
pub async fn asked<T, W>(verb: impl FnOnce(Domain, Actor) -> W) -> std::result::Result<T, ApiError>
where
    T: Send + 'static,
    W: Future<Output = Result<T>> + Send + 'static,
{
    let Some(Asker { domain, tasks, actor }) = use_context::<Asker>() else {
        tracing::error!("a server function was called without an asker in its context");
        return Err(ApiError::new(ErrorCode::Internal, "Something went wrong on our side."));
    };
    let actor = actor.ok_or_else(|| ApiError::new(ErrorCode::Unauthorized, "Sign in to go on."))?;
    tasks.finish(verb(domain, actor)).await.map_err(ApiError::from)
}

/// Runs a verb for anybody, signed in or not.
///
/// # Errors
/// What the verb answers.
pub async fn asked_at_the_door<T, W>(verb: impl FnOnce(Domain) -> W) -> std::result::Result<T, ApiError>
where
    W: Future<Output = Result<T>>,
{
    let Some(Asker { domain, .. }) = use_context::<Asker>() else {
        tracing::error!("a server function was called without an asker in its context");
        return Err(ApiError::new(ErrorCode::Internal, "Something went wrong on our side."));
    };
    verb(domain).await.map_err(ApiError::from)
}

/// Leads a browser without JavaScript from a page that is about to be gone to another. The app's own calls stay: it knows
/// by itself where to go.
pub fn lead_away(gone: &str, to: &str) {
    let Some(parts) = use_context::<Parts>() else { return };
    let says = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let page = says(header::REFERER).split(['?', '#']).next().unwrap_or_default();
    if says(header::ACCEPT).contains("text/html") && page.ends_with(gone) {
        leptos_axum::redirect(to);
    }
}

/// Leads a browser without JavaScript to the page of what its form made. The app's own calls stay.
pub fn lead_to(page: &str) {
    let Some(parts) = use_context::<Parts>() else { return };
    let accepts = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") {
        leptos_axum::redirect(page);
    }
}
