//! Work that happens later: outbox relay, retention.
