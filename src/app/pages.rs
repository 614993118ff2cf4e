//! Pages, one per file.

pub mod not_found;
