//! The newest events of feeds and conversations, numbered without gaps, so that a client that was away gets exactly what it missed.

use std::collections::VecDeque;

use super::encoding::Frame;
use crate::{
    protocol::{events::ServerEvent, ids::UserId},
    server::domain::outcome::Topic,
};

/// How many events are kept.
pub const LOG_MAX_EVENTS: usize = 16_384;
/// How much they may weigh together, in bytes.
pub const LOG_MAX_BYTES: usize = 8 * 1024 * 1024;

/// One event of the log.
#[derive(Debug)]
pub struct Logged {
    /// Its number.
    pub offset: u64,
    /// Who may see it: those who watch any of these.
    pub topics: Vec<Topic>,
    /// Its frame.
    pub frame: Frame,
    /// Who may not see it, whatever they watch.
    pub except: Vec<UserId>,
}

/// The log of one hub. Its first event has the number 1.
#[derive(Debug, Default)]
pub struct EventLog {
    events: VecDeque<Logged>,
    bytes: usize,
    offset: u64,
}

impl EventLog {
    /// The number of the newest event; 0 when there was none.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Gives `event` the next number, if it is of the log.
    pub fn number(&self, event: &mut ServerEvent) -> Option<u64> {
        let next = self.offset + 1;
        *event.offset_mut()? = next;
        Some(next)
    }

    /// Keeps an event under the number that [`EventLog::number`] gave it, and forgets the oldest beyond the bounds.
    pub fn keep(&mut self, event: Logged) {
        self.offset = event.offset;
        self.bytes += event.frame.len();
        self.events.push_back(event);
        while self.events.len() > LOG_MAX_EVENTS || self.bytes > LOG_MAX_BYTES {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.frame.len();
        }
    }

    /// All events after `offset`, oldest first; `None` when some of them are forgotten, or none were ever that far.
    pub fn since(&self, offset: u64) -> Option<impl Iterator<Item = &Logged>> {
        let oldest = self.events.front().map_or(self.offset + 1, |event| event.offset);
        let known = offset <= self.offset && offset + 1 >= oldest;
        known.then(|| self.events.iter().filter(move |event| event.offset > offset))
    }

    /// Forgets everything: something is missing from it, so that nobody may be replayed what came before.
    pub fn forget(&mut self) {
        self.events.clear();
        self.bytes = 0;
        self.offset += 1;
    }

    /// Whether the numbers have no gap and the weight is right: for tests.
    pub fn is_sound(&self) -> bool {
        let numbers = self.events.iter().rev().map(|event| event.offset);
        let gapless = numbers.zip((0..=self.offset).rev()).all(|(number, expected)| number == expected);
        gapless && self.bytes == self.events.iter().map(|event| event.frame.len()).sum::<usize>()
    }
}
