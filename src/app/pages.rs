//! Pages, one per file.

pub mod not_found;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod sign_up;
