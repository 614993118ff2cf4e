//! Each connection is logged once when it begins and once when it ends, and counted: who, in which dialect, and why.

use super::client::End;
use crate::{
    protocol::{events::CloseCode, ids::UserId},
    server::metrics::{Meter, Metrics},
};

/// One connection, from when it begins to when it is dropped.
pub struct Visit {
    metrics: Metrics,
    meter: Meter,
    dialect: &'static str,
    user_id: UserId,
    reason: &'static str,
}

impl Visit {
    /// Somebody is connected.
    pub fn begin(metrics: &Metrics, dialect: &'static str, user_id: UserId) -> Self {
        tracing::info!(%user_id, dialect, "connected");
        Self { metrics: metrics.clone(), meter: metrics.opened(dialect), dialect, user_id, reason: "dropped" }
    }

    /// What they send and get is counted here.
    pub const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// They asked to go on where they were: from the event log, or they had to read anew.
    pub fn resumed(&self, from_log: bool) {
        self.metrics.resumed(from_log);
    }

    /// Why it is about to end.
    pub const fn end(&mut self, end: End) {
        self.reason = reason(end);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        tracing::info!(user_id = %self.user_id, dialect = self.dialect, reason = self.reason, "disconnected");
        self.metrics.closed(self.dialect, self.reason);
    }
}

const fn reason(end: End) -> &'static str {
    let End::Close(code) = end else { return "gone" };
    match CloseCode::from_u16(code) {
        Some(CloseCode::Normal) => "left",
        Some(CloseCode::TooLarge) => "too_large",
        Some(CloseCode::Restarting) => "restarting",
        Some(CloseCode::Overloaded) => "overloaded",
        Some(CloseCode::Unauthorized) => "session_ended",
        Some(CloseCode::Forbidden) => "forbidden",
        Some(CloseCode::HeartbeatMissed) => "heartbeat_missed",
        Some(CloseCode::TooSlow) => "too_slow",
        Some(CloseCode::Abusive) => "abusive",
        None => "protocol",
    }
}
