//! The reference of the wire, for its pages.

use std::sync::Arc;

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::{ApiError, ErrorCode},
    reference::{LiveReference, RequestReference, TypeInfo},
};

/// All of it.
#[derive(Debug, Default)]
pub struct Reference {
    /// Every request.
    pub requests: RequestReference,
    /// Everything live.
    pub live: LiveReference,
    /// What both are made of.
    pub types: Vec<TypeInfo>,
}

/// Where the server finds it; provided as context.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceShelf(pub fn() -> Arc<Reference>);

impl ReferenceShelf {
    /// What stands on it.
    ///
    /// # Errors
    /// When nobody provided it: a fault of the build.
    pub fn open() -> Result<Arc<Reference>, ApiError> {
        let missing = || ApiError::new(ErrorCode::Internal, "Something went wrong on our side.");
        use_context::<Self>().map(|Self(take)| take()).ok_or_else(missing)
    }
}

/// Every request.
///
/// # Errors
/// Never, on this server.
#[server(prefix = "/sfn", endpoint = "reference/requests", input = GetUrl)]
pub async fn every_request() -> Result<RequestReference, ApiError> {
    Ok(ReferenceShelf::open()?.requests.clone())
}

/// Everything live.
///
/// # Errors
/// Never, on this server.
#[server(prefix = "/sfn", endpoint = "reference/live", input = GetUrl)]
pub async fn everything_live() -> Result<LiveReference, ApiError> {
    Ok(ReferenceShelf::open()?.live.clone())
}

/// What requests and events are made of.
///
/// # Errors
/// Never, on this server.
#[server(prefix = "/sfn", endpoint = "reference/types", input = GetUrl)]
pub async fn every_type() -> Result<Vec<TypeInfo>, ApiError> {
    Ok(ReferenceShelf::open()?.types.clone())
}
