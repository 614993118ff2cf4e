//! What went wrong with a page, for those who read status codes: caches, crawlers, tests.

use std::sync::{Arc, OnceLock};

use leptos::prelude::*;

use crate::protocol::errors::ErrorCode;

/// A page that is not what was asked for says so here; the first word counts. The server provides it as context before
/// rendering, and reads it afterwards; in the browser nobody listens.
#[derive(Clone, Debug, Default)]
pub struct PageStatus(Arc<OnceLock<ErrorCode>>);

impl PageStatus {
    /// What went wrong; `None` when all is well.
    #[must_use]
    pub fn error(&self) -> Option<ErrorCode> {
        self.0.get().copied()
    }
}

/// Says that the page being rendered is not what was asked for.
pub fn set_page_error(code: ErrorCode) {
    if let Some(status) = use_context::<PageStatus>() {
        // Only the first word counts.
        let _ = status.0.set(code);
    }
}
