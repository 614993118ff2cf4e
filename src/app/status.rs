//! The status code of a page, for those who read codes: caches, crawlers, tests.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use leptos::prelude::*;

/// A page that is not what was asked for says so here. The server provides it as context before rendering, and reads it
/// afterwards; in the browser nobody listens.
#[derive(Clone, Debug)]
pub struct PageStatus(Arc<AtomicU16>);

impl Default for PageStatus {
    fn default() -> Self {
        Self(Arc::new(AtomicU16::new(200)))
    }
}

impl PageStatus {
    /// The code, 200 unless the page said otherwise.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Says that the page being rendered is one of this status: 404 where nothing is.
pub fn set_page_status(code: u16) {
    if let Some(status) = use_context::<PageStatus>() {
        status.0.store(code, Ordering::Relaxed);
    }
}
