//! Metrics: what this process counts for those who run it, in the text format of Prometheus.
//!
//! Names, labels and buckets stand here and nowhere else. Labels have few values: never a person, a post or an address.
//! Times are in seconds. What other parts know anyway (who is connected, what waits) is read when somebody asks:
//! [`Metrics::text`].

pub mod observed;

use std::{fmt, sync::Arc, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// From a tenth of a millisecond to ten seconds: a fan-out, a query and a slow mail server all fit.
const SECONDS: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Which dialect.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Dialect {
    dialect: &'static str,
}

/// Which dialect, and why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Departure {
    dialect: &'static str,
    reason: &'static str,
}

/// What came of something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// What came of handing something on over a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Delivery {
    channel: &'static str,
    outcome: &'static str,
}

/// Over which channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Channel {
    channel: &'static str,
}

/// What the database was waited for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Wait {
    to: &'static str,
}

/// Which door of the server, and how it answered: `2xx` to `5xx`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    door: &'static str,
    status: &'static str,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// The metrics of this process. Clones are the same ones.
#[derive(Clone)]
pub struct Metrics {
    shared: Arc<Shared>,
}

struct Shared {
    registry: Registry,
    connections: Family<Dialect, Gauge>,
    opened: Family<Dialect, Counter>,
    closed: Family<Departure, Counter>,
    received: Family<Dialect, Counter>,
    sent: Family<Dialect, Counter>,
    fanout: Histograms<Dialect>,
    resumes: Family<Outcome, Counter>,
    deliveries: Family<Delivery, Counter>,
    delivery_time: Histograms<Channel>,
    database_waits: Histograms<Wait>,
    requests: Histograms<Answer>,
    people: Gauge,
    subscriptions: Gauge,
    outbox: Gauge,
    outbox_age: Gauge,
}

/// What is read at the moment when somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Levels {
    /// People with at least one connection.
    pub people: usize,
    /// Connections times what each watches.
    pub subscriptions: usize,
    /// Entries of the outbox that wait.
    pub outbox: u64,
    /// How long the oldest of them has waited.
    pub outbox_age: Duration,
}

/// What one connection counts. Small: each has one.
#[derive(Clone)]
pub struct Meter {
    received: Counter,
    sent: Counter,
    fanout: Histogram,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Meter {
    /// Of a connection that is not let in.
    fn default() -> Self {
        Self { received: Counter::default(), sent: Counter::default(), fanout: seconds() }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").finish_non_exhaustive()
    }
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn histograms<L: Clone + std::hash::Hash + Eq>() -> Histograms<L> {
    Family::new_with_constructor(seconds)
}

/// A gauge holds no more than this.
fn level(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut shared = Shared {
            registry: Registry::with_prefix("hubbub"),
            connections: Family::default(),
            opened: Family::default(),
            closed: Family::default(),
            received: Family::default(),
            sent: Family::default(),
            fanout: histograms(),
            resumes: Family::default(),
            deliveries: Family::default(),
            delivery_time: histograms(),
            database_waits: histograms(),
            requests: histograms(),
            people: Gauge::default(),
            subscriptions: Gauge::default(),
            outbox: Gauge::default(),
            outbox_age: Gauge::default(),
        };
        shared.register();
        shared.begin();
        Self { shared: Arc::new(shared) }
    }

    /// Somebody connected in this dialect.
    pub fn opened(&self, dialect: &'static str) -> Meter {
        let (label, of) = (Dialect { dialect }, &self.shared);
        of.connections.get_or_create(&label).inc();
        of.opened.get_or_create(&label).inc();
        Meter {
            received: of.received.get_or_create(&label).clone(),
            sent: of.sent.get_or_create(&label).clone(),
            fanout: of.fanout.get_or_create(&label).clone(),
        }
    }

    /// Their connection ended.
    pub fn closed(&self, dialect: &'static str, reason: &'static str) {
        self.shared.connections.get_or_create(&Dialect { dialect }).dec();
        self.shared.closed.get_or_create(&Departure { dialect, reason }).inc();
    }

    /// A client asked to go on where it was: from the event log, or it had to read anew.
    pub fn resumed(&self, from_log: bool) {
        let outcome = if from_log { "replayed" } else { "reloaded" };
        self.shared.resumes.get_or_create(&Outcome { outcome }).inc();
    }

    /// A request was answered.
    pub fn answered(&self, door: &'static str, status: u16, after: Duration) {
        let status = match status {
            100..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        self.shared.requests.get_or_create(&Answer { door, status }).observe(after.as_secs_f64());
    }

    fn delivered(&self, channel: &'static str, outcome: &'static str, after: Duration) {
        self.shared.deliveries.get_or_create(&Delivery { channel, outcome }).inc();
        self.shared.delivery_time.get_or_create(&Channel { channel }).observe(after.as_secs_f64());
    }

    fn waited(&self, to: &'static str, after: Duration) {
        self.shared.database_waits.get_or_create(&Wait { to }).observe(after.as_secs_f64());
    }

    /// Everything, as a page for Prometheus (OpenMetrics text).
    #[must_use]
    pub fn text(&self, levels: &Levels) -> String {
        let of = &self.shared;
        of.people.set(level(levels.people));
        of.subscriptions.set(level(levels.subscriptions));
        of.outbox.set(level(levels.outbox));
        of.outbox_age.set(level(levels.outbox_age.as_secs()));
        let mut text = String::new();
        // Writing to a string does not fail.
        if let Err(cause) = encode(&mut text, &of.registry) {
            tracing::error!(%cause, "the metrics could not be written");
        }
        text
    }
}

/// Dialects as they are counted.
const DIALECTS: [&str; 7] = ["native", "socketio", "messages", "connections", "notifications", "feed", "online"];

impl Shared {
    /// Begins the usual series at zero: one that appears with its first event hides that event from a rate.
    fn begin(&self) {
        for dialect in DIALECTS {
            let label = Dialect { dialect };
            drop(self.connections.get_or_create(&label));
            drop(self.opened.get_or_create(&label));
            drop(self.received.get_or_create(&label));
            drop(self.sent.get_or_create(&label));
            drop(self.fanout.get_or_create(&label));
            for reason in ["left", "gone", "too_slow"] {
                drop(self.closed.get_or_create(&Departure { dialect, reason }));
            }
        }
        for outcome in ["replayed", "reloaded"] {
            drop(self.resumes.get_or_create(&Outcome { outcome }));
        }
        for channel in ["email", "push"] {
            drop(self.delivery_time.get_or_create(&Channel { channel }));
            for outcome in ["delivered", "put_off", "refused"] {
                drop(self.deliveries.get_or_create(&Delivery { channel, outcome }));
            }
        }
        for to in ["read", "write"] {
            drop(self.database_waits.get_or_create(&Wait { to }));
        }
        for door in ["api", "page"] {
            drop(self.requests.get_or_create(&Answer { door, status: "2xx" }));
        }
    }

    /// One line per metric: its name, and what it says.
    fn register(&mut self) {
        let Self { registry, .. } = self;
        registry.register("connections", "Open connections.", self.connections.clone());
        registry.register("connections_opened", "Connections that were opened.", self.opened.clone());
        registry.register("connections_closed", "Connections that ended, and why.", self.closed.clone());
        registry.register("events_received", "Frames from clients.", self.received.clone());
        registry.register("events_sent", "Events written to clients.", self.sent.clone());
        registry.register(
            "fanout_seconds",
            "From when an event was made to when it was written to a client.",
            self.fanout.clone(),
        );
        registry.register(
            "resumes",
            "Clients that came back, and whether the log had what they missed.",
            self.resumes.clone(),
        );
        registry.register("deliveries", "Letters and pushes handed on, and what came of it.", self.deliveries.clone());
        registry.register("delivery_seconds", "How long handing on took.", self.delivery_time.clone());
        registry.register(
            "database_wait_seconds",
            "How long the database was waited for: for a reader, or for the right to write.",
            self.database_waits.clone(),
        );
        registry.register("http_request_seconds", "How long requests took.", self.requests.clone());
        registry.register("people_online", "People with at least one connection.", self.people.clone());
        registry.register("subscriptions", "Connections times what each watches.", self.subscriptions.clone());
        registry.register("outbox_depth", "Promised work that waits.", self.outbox.clone());
        registry.register(
            "outbox_oldest_age_seconds",
            "How long the oldest of it has waited.",
            self.outbox_age.clone(),
        );
    }
}

impl Meter {
    /// A frame came.
    pub fn received(&self) {
        self.received.inc();
    }

    /// An event was written, so long after it was made.
    pub fn sent(&self, after: Duration) {
        self.sent.inc();
        self.fanout.observe(after.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_stands_in_the_text() {
        let metrics = Metrics::new();
        let meter = metrics.opened("native");
        meter.received();
        meter.sent(Duration::from_millis(2));
        metrics.opened("socketio");
        metrics.closed("socketio", "too_slow");
        metrics.resumed(true);
        metrics.answered("api", 404, Duration::from_millis(1));
        let text = metrics.text(&Levels { people: 1, outbox: 7, ..Levels::default() });
        for line in [
            "hubbub_connections{dialect=\"native\"} 1",
            "hubbub_connections{dialect=\"socketio\"} 0",
            "hubbub_connections_closed_total{dialect=\"socketio\",reason=\"too_slow\"} 1",
            "hubbub_events_received_total{dialect=\"native\"} 1",
            "hubbub_events_sent_total{dialect=\"native\"} 1",
            "hubbub_fanout_seconds_bucket{le=\"0.0025\",dialect=\"native\"} 1",
            "hubbub_resumes_total{outcome=\"replayed\"} 1",
            "hubbub_http_request_seconds_count{door=\"api\",status=\"4xx\"} 1",
            "hubbub_people_online 1",
            "hubbub_outbox_depth 7",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
