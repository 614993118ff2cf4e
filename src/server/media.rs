//! Pictures: decoded, checked, re-encoded, kept.

pub mod blobs;
pub mod pictures;
