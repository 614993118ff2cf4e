//! One line for each figure.

use crate::{history::Findings, options::Options, pages, people, raw::Cost};

/// What may be under way when counting begins or ends, besides a tenth that was said twice or cut off.
const UNDER_WAY: u64 = 10;

/// What was seen of so many people.
#[derive(Clone, Debug)]
pub struct Step {
    /// How many took part.
    pub people: usize,
    /// How long it was measured, in seconds.
    pub seconds: f64,
    /// Their connections.
    pub sockets: people::Figures,
    /// Their requests.
    pub requests: pages::Figures,
    /// CPU time of the server and its resident memory in KiB, where its process is known.
    pub server: Option<(f64, f64)>,
    /// CPU time of the generator, both threads.
    pub own: f64,
    /// What was wrong.
    pub findings: Findings,
}

impl Step {
    /// Whether everything came right and within the latencies that are wanted.
    #[must_use]
    pub fn is_held(&self, options: &Options) -> bool {
        let all_came = |asked: u64, came: usize| came as u64 + asked / 10 + UNDER_WAY >= asked;
        self.findings.are_none()
            && self.findings.busy == 0
            && all_came(self.sockets.said, self.sockets.acks.len())
            && all_came(self.requests.asked, self.requests.pages.len())
            && millis(&self.sockets.acks, 99) <= options.ack_ms
            && millis(&self.sockets.screens, 99) <= options.screen_ms
            && millis(&self.requests.pages, 99) <= options.page_ms
    }

    /// The lines about it.
    #[must_use]
    pub fn lines(&self, options: &Options) -> Vec<String> {
        let held = if self.is_held(options) { "held" } else { "not held" };
        vec![
            format!("people: {} active, {held} ({:.0} s after {:.0} s)", self.people, self.seconds, options.settle),
            self.latencies(options),
            self.deeds(),
            self.costs(),
            self.wrongs(),
        ]
    }

    fn latencies(&self, options: &Options) -> String {
        let of = |times: &[u32]| format!("p50 {:.1} ms, p99 {:.1} ms", millis(times, 50), millis(times, 99));
        format!(
            "latency: said to acknowledged {} (wanted {:.0}); said to other screens {} (wanted {:.0}); pages {} (wanted {:.0}); \
             likes, comments and posts {}",
            of(&self.sockets.acks),
            options.ack_ms,
            of(&self.sockets.screens),
            options.screen_ms,
            of(&self.requests.pages),
            options.page_ms,
            of(&self.requests.changes),
        )
    }

    fn deeds(&self) -> String {
        let (sockets, requests) = (&self.sockets, &self.requests);
        let a_second = |count: u64| count as f64 / self.seconds;
        format!(
            "deeds: {} messages, {} times read, {} likes, {} comments, {} posts, {} pages, {} cuts ({} resumed, {} read anew); {:.0} \
             deliveries a second, {:.0} bytes a second for each person",
            sockets.said,
            sockets.reads,
            requests.likes,
            requests.comments,
            requests.posts,
            requests.pages.len(),
            sockets.cuts,
            sockets.resumed,
            sockets.reloaded,
            a_second(sockets.deliveries),
            a_second(sockets.bytes) / self.people.max(1) as f64,
        )
    }

    fn costs(&self) -> String {
        let deliveries = self.sockets.deliveries.max(1) as f64;
        let server = self.server.map_or("unknown".to_owned(), |(cpu, kib)| {
            format!(
                "{:.2} cores, {:.1} us for each delivery, all else included, {:.0} MiB",
                cpu / self.seconds,
                cpu * 1e6 / deliveries,
                kib / 1_024.0
            )
        });
        format!(
            "cost: server {server}; generator {:.2} cores: connections {:.2}, {:.2} us for each delivery, what is said included, \
             requests {:.2}",
            self.own / self.seconds,
            self.sockets.cpu / self.seconds,
            self.sockets.cpu * 1e6 / deliveries,
            self.requests.cpu / self.seconds,
        )
    }

    fn wrongs(&self) -> String {
        let Findings { lost, doubled, disordered, wrong_counts, refused, closed, busy, examples } = &self.findings;
        let mut line = format!(
            "wrong: {lost} lost, {doubled} doubled, {disordered} out of order, {wrong_counts} counts, {refused} refused, {closed} \
             connections ended; {busy} times busy"
        );
        for example in examples {
            line.push_str("; ");
            line.push_str(example);
        }
        line
    }
}

/// The line about receiving.
#[must_use]
pub fn receiving(cost: &Cost, connections: usize) -> String {
    format!(
        "receiving: {:.2} us of CPU for each delivery, read and checked ({connections} connections, {} deliveries of {} bytes); one \
         thread that only reads {:.2} us: {:.2} x; the same with the rests in between {:.2} us: {:.2} x",
        cost.own,
        cost.deliveries,
        cost.bytes,
        cost.raw,
        cost.own / cost.raw,
        cost.raw_rested,
        cost.own / cost.raw_rested,
    )
}

/// So many of a hundred took no longer than this, in milliseconds; 0 where there were none.
#[must_use]
pub fn millis(times: &[u32], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).map_or(0.0, |micros| f64::from(*micros) / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted() {
        let times: Vec<u32> = (1..=100).rev().map(|ms| ms * 1_000).collect();
        assert_eq!((millis(&times, 50), millis(&times, 99), millis(&times, 100)), (50.0, 99.0, 100.0));
        assert_eq!((millis(&[7_000], 99), millis(&[], 99)), (7.0, 0.0));
    }
}
