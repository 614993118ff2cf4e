//! Components, one per file.
