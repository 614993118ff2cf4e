//! Pictures: decoded, checked, re-encoded, kept.
