//! Pages, one per file.
