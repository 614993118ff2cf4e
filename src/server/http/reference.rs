//! The reference of all doors: OpenAPI for requests, AsyncAPI for sockets, types for TypeScript, made from the code itself.
//!
//! Shapes come from the protocol's types, what a request takes and answers from its handler's signature, and that a route
//! exists at all from the table that describes it. So a document cannot tell of a door that is not there, and no door is
//! missing. The documents are committed under `docs/api`, where a change of the wire is seen in review; tests compare.

pub mod asyncapi;
pub mod doors;
pub mod examples;
pub mod frames;
mod handlers;
pub mod openapi;
mod page;
pub mod schemas;

use std::sync::{Arc, LazyLock};

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::Value;

use crate::api::reference::Reference;

static OPENAPI: LazyLock<Bytes> = LazyLock::new(|| text(&openapi::document()).into());
static ASYNCAPI: LazyLock<Bytes> = LazyLock::new(|| text(&asyncapi::document()).into());

/// What the pages of the reference show; made when it is first asked for.
#[must_use]
pub fn kept() -> Arc<Reference> {
    static MADE: LazyLock<Arc<Reference>> = LazyLock::new(|| page::reference().into());
    MADE.clone()
}

/// A document as it is committed and served: indented, with a line break at the end.
#[must_use]
pub fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

/// `GET /api/openapi.json`.
pub async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI.clone()).into_response()
}

/// `GET /api/hubbub.d.ts`: made of the first by `cargo xtask reference`, and checked by `cargo xtask test`.
pub async fn types() -> Response {
    const TYPES: &str = include_str!("../../../docs/api/hubbub.d.ts");
    let saved = "attachment; filename=\"hubbub.d.ts\"";
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CONTENT_DISPOSITION, saved)], TYPES).into_response()
}

/// `GET /api/asyncapi.json`.
pub async fn asyncapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], ASYNCAPI.clone()).into_response()
}
