//! What was said, in which order it is stored, and what each connection got of it: finds what is lost, doubled, or out of
//! order.

use std::{mem, time::Instant};

/// What one connection got of one log that is numbered without gaps.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The newest entry up to which it has everything; not known before the first.
    last: Option<u64>,
    /// Entries that came before others that are missing.
    early: Vec<u64>,
}

/// What an entry is to whoever hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The next one, or the first.
    Next,
    /// It was missing; others came before it.
    Late,
    /// One before it has not come.
    Early,
    /// It was there already.
    Again,
}

impl Heard {
    /// Of a connection that has everything up to `last`.
    #[must_use]
    pub const fn up_to(last: u64) -> Self {
        Self { last: Some(last), early: Vec::new() }
    }

    /// Everything up to here was heard, or is known from elsewhere.
    pub fn advance(&mut self, to: u64) {
        if self.last.is_none_or(|last| last < to) {
            self.last = Some(to);
        }
        self.early.retain(|entry| *entry > to);
        self.close_up();
    }

    /// Up to where nothing is missing.
    #[must_use]
    pub const fn last(&self) -> Option<u64> {
        self.last
    }

    /// An entry came.
    pub fn hear(&mut self, entry: u64) -> Place {
        let Some(last) = self.last else {
            self.last = Some(entry);
            return Place::Next;
        };
        if entry <= last || self.early.contains(&entry) {
            return Place::Again;
        }
        if entry > last + 1 {
            self.early.push(entry);
            return Place::Early;
        }
        self.last = Some(entry);
        if self.early.is_empty() {
            return Place::Next;
        }
        self.close_up();
        Place::Late
    }

    fn close_up(&mut self) {
        while let Some(at) = self.last.and_then(|last| self.early.iter().position(|entry| *entry == last + 1)) {
            self.early.swap_remove(at);
            self.last = self.last.map(|last| last + 1);
        }
    }

    /// How many entries up to `newest` did not come.
    #[must_use]
    pub fn missing(&self, newest: u64) -> u64 {
        let Some(last) = self.last else { return 0 };
        newest.saturating_sub(last).saturating_sub(self.early.iter().filter(|entry| **entry <= newest).count() as u64)
    }
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Said, and not answered yet.
    Awaited,
    /// Stored, as the server says.
    Acknowledged,
    /// The server did not want it.
    Refused,
}

/// A message that was said.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// By whom.
    pub by: usize,
    /// When it was to be said.
    pub due: Instant,
    /// What came of it.
    pub answer: Answer,
    /// It was said once more after a cut: its times are those of the network.
    pub again: bool,
}

/// One conversation: what was said in it, and in which order it is stored.
#[derive(Debug)]
pub struct Conversation {
    /// Its id.
    pub id: u64,
    /// Entries that were there before.
    base: u64,
    said: Vec<Said>,
    /// Which message each entry is, as the first who heard it knows.
    entries: Vec<Option<u32>>,
    /// Faults that were told.
    told: (u64, u64),
}

impl Conversation {
    /// One with so many entries.
    #[must_use]
    pub const fn new(id: u64, base: u64) -> Self {
        Self { id, base, said: Vec::new(), entries: Vec::new(), told: (0, 0) }
    }

    /// Notes that something is said; its number.
    pub fn say(&mut self, by: usize, due: Instant) -> u32 {
        self.said.push(Said { by, due, answer: Answer::Awaited, again: false });
        u32::try_from(self.said.len() - 1).unwrap_or(u32::MAX)
    }

    /// The message of this number.
    #[must_use]
    pub fn said(&self, number: u32) -> Option<&Said> {
        self.said.get(number as usize)
    }

    /// How many were said.
    #[must_use]
    pub fn count(&self) -> usize {
        self.said.len()
    }

    /// Notes that it is said again.
    pub fn say_again(&mut self, number: u32) {
        if let Some(said) = self.said.get_mut(number as usize) {
            said.again = true;
        }
    }

    /// The server's word on a message; `None` when it was known.
    pub fn answer(&mut self, number: u32, answer: Answer) -> Option<Said> {
        let said = self.said.get_mut(number as usize).filter(|said| said.answer == Answer::Awaited)?;
        said.answer = answer;
        Some(*said)
    }

    /// Somebody heard message `number` as entry `seq`. False when others heard another one there, or there can be none.
    #[must_use]
    pub fn place(&mut self, seq: u64, number: u32) -> bool {
        let at = seq.checked_sub(self.base + 1).and_then(|at| usize::try_from(at).ok());
        // One that says its place is a million further than anything said is wrong about it.
        let Some(at) = at.filter(|at| *at <= self.said.len() + 1_000) else { return false };
        if self.entries.len() <= at {
            self.entries.resize(at + 1, None);
        }
        let Some(entry) = self.entries.get_mut(at) else { return false };
        *entry.get_or_insert(number) == number
    }

    /// The newest entry that anybody heard.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// Acknowledged messages that nobody heard, and messages that stand at two entries, which were not told before.
    #[must_use]
    pub fn faults(&mut self) -> (u64, u64) {
        let mut times = vec![0_u64; self.said.len()];
        for number in self.entries.iter().flatten() {
            if let Some(count) = times.get_mut(*number as usize) {
                *count += 1;
            }
        }
        let is_lost = |(said, times): &(&Said, &u64)| said.answer == Answer::Acknowledged && **times == 0;
        let lost = self.said.iter().zip(&times).filter(is_lost).count() as u64;
        let doubled = times.iter().map(|times| times.saturating_sub(1)).sum();
        let told = mem::replace(&mut self.told, (lost, doubled));
        (lost.saturating_sub(told.0), doubled.saturating_sub(told.1))
    }

    /// Waits no longer for answers to what was said; how many did not come.
    pub fn give_up(&mut self) -> u64 {
        let awaited = self.said.iter_mut().filter(|said| said.answer == Answer::Awaited);
        awaited.map(|said| said.answer = Answer::Refused).count() as u64
    }
}

/// What was found to be wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Acknowledged, and missing somewhere it belongs.
    pub lost: u64,
    /// There twice.
    pub doubled: u64,
    /// In another order than elsewhere, or than they are numbered.
    pub disordered: u64,
    /// Counts on screens that are not what was done.
    pub wrong_counts: u64,
    /// Commands and requests that were refused.
    pub refused: u64,
    /// Connections that the server ended, or did not open.
    pub closed: u64,
    /// Times the server said that it is busy. That is no fault, but a machine that says so does not hold so many.
    pub busy: u64,
    /// The first few, in words.
    pub examples: Vec<String>,
}

/// Examples that are kept.
const EXAMPLES: usize = 5;

impl Findings {
    /// Whether there is none.
    #[must_use]
    pub const fn are_none(&self) -> bool {
        self.lost + self.doubled + self.disordered + self.wrong_counts + self.refused + self.closed == 0
    }

    /// Keeps what happened in words.
    pub fn note(&mut self, example: impl FnOnce() -> String) {
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }

    /// Adds those of another.
    pub fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.disordered += other.disordered;
        self.wrong_counts += other.wrong_counts;
        self.refused += other.refused;
        self.closed += other.closed;
        self.busy += other.busy;
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a connection makes of entries in this order: places, and what is missing of ten.
    fn heard(entries: &[u64]) -> (Vec<Place>, u64) {
        let mut heard = Heard::up_to(0);
        let places = entries.iter().map(|entry| heard.hear(*entry)).collect();
        (places, heard.missing(10))
    }

    #[test]
    fn a_log_that_came_whole_and_in_order_has_no_fault() {
        let (places, missing) = heard(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!(places.iter().all(|place| *place == Place::Next) && missing == 0);
    }

    #[test]
    fn a_loss_a_double_and_a_disorder_are_found_where_they_are_planted() {
        assert_eq!(heard(&[1, 2, 3, 4, 5, 6, 8, 9, 10]).1, 1, "7 is lost in the middle");
        assert_eq!(heard(&[1, 2, 3, 4, 5, 6, 7, 8]).1, 2, "9 and 10 are lost at the end");
        let (places, missing) = heard(&[1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!((places[3], missing), (Place::Again, 0));
        let (places, missing) = heard(&[1, 2, 4, 3, 5, 6, 7, 8, 9, 10]);
        assert_eq!((places[2], places[3], places[4], missing), (Place::Early, Place::Late, Place::Next, 0));
        let (places, _) = heard(&[1, 3, 3]);
        assert_eq!(places[2], Place::Again, "also of those that came early");
    }

    #[test]
    fn what_is_fetched_closes_the_gap() {
        let mut heard = Heard::up_to(2);
        assert_eq!(heard.hear(6), Place::Early);
        heard.advance(5);
        assert_eq!((heard.last(), heard.missing(6)), (Some(6), 0));
        let mut unknown = Heard::default();
        assert_eq!((unknown.hear(40), unknown.missing(40)), (Place::Next, 0));
    }

    #[test]
    fn a_conversation_knows_what_is_stored_and_where() {
        let now = Instant::now();
        let mut talk = Conversation::new(71, 4);
        let [first, second, third] = [0, 1, 2].map(|by| talk.say(by, now));
        assert!(talk.place(5, first) && talk.place(5, first) && talk.place(6, second));
        assert!(!talk.place(6, third), "others heard another one there");
        assert!(!talk.place(4, third), "that was there before");
        talk.answer(first, Answer::Acknowledged).unwrap();
        assert!(talk.answer(first, Answer::Acknowledged).is_none(), "only once");
        assert_eq!((talk.faults(), talk.newest()), ((0, 0), 6));
        talk.answer(third, Answer::Acknowledged).unwrap();
        assert_eq!(talk.faults(), (1, 0), "acknowledged, and nobody heard it");
        assert_eq!(talk.faults(), (0, 0), "told once");
        assert!(talk.place(7, third) && talk.place(8, third));
        assert_eq!(talk.faults(), (0, 1), "stored twice");
        assert_eq!((talk.give_up(), talk.give_up()), (1, 0), "the second was never answered");
    }

    #[test]
    fn findings_add_up_and_keep_the_first_examples() {
        let mut all = Findings::default();
        assert!(all.are_none());
        for number in 0..9 {
            let mut some = Findings { lost: 1, ..Findings::default() };
            some.note(|| format!("number {number}"));
            all.add(some);
        }
        assert_eq!((all.lost, all.examples.len(), all.examples[0].as_str()), (9, 5, "number 0"));
        assert!(!all.are_none());
    }
}
