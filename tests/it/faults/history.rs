//! What was said, what came to each device, and what is stored in the end: finds what is lost, doubled, in another order, or
//! counted wrong. Pure; its own tests plant each.
//!
//! A device shows a conversation in the order of its entries. One that comes before others is kept back, and the others are
//! asked for; so an entry counts as seen out of order only where a device could not know that one is missing.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use hubbub_load::history::{Heard, Place};

/// An entry of the conversation: its place, its id, and the id that its sender's device gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub seq: u64,
    pub id: u64,
    pub client_id: Option<String>,
}

/// A message that a device wanted to say, in the order in which it did.
#[derive(Clone, Debug)]
pub struct Said {
    pub client_id: String,
    /// The id under which it is stored, as the server said, and after how long.
    pub acknowledged: Option<(u64, Duration)>,
}

/// What came to a device.
#[derive(Clone, Debug)]
pub enum Came {
    /// It connected, anew or again.
    Connected,
    /// An entry, as it happened.
    Live(Entry),
    /// What it asked for: with these it has everything up to `to`.
    Changes { entries: Vec<Entry>, to: u64 },
    /// It was told to read the conversation anew, and did.
    Reloaded { entries: Vec<Entry>, to: u64 },
}

/// One person with one device.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub said: Vec<Said>,
    pub came: Vec<Came>,
    /// Answers that no client should see: refusals of what is right, and closings that tell it not to come back.
    pub refusals: Vec<String>,
    /// Requests that failed in a way that passes, and were asked again.
    pub failures: Vec<String>,
    /// How long it was without a connection, each time.
    pub away: Vec<Duration>,
}

/// A number that everybody must agree on.
#[derive(Clone, Debug)]
pub struct Count {
    pub of: String,
    pub is: u64,
    /// Who shows it, and what.
    pub shown: Vec<(String, Option<u64>)>,
}

/// Who is there, as somebody sees it.
#[derive(Clone, Debug)]
pub struct Sight {
    pub by: String,
    pub sees: BTreeSet<usize>,
    /// Who is to be seen.
    pub there: BTreeSet<usize>,
}

/// Everything that happened around one conversation.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub devices: Vec<Device>,
    /// The whole conversation, as each server reads it now.
    pub stored: Vec<Vec<Entry>>,
    pub counts: Vec<Count>,
    pub sights: Vec<Sight>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Acknowledged and not stored under this id: who, and what.
    Lost(usize, String),
    /// Not acknowledged in the end.
    NeverAcknowledged(usize, String),
    /// Stored more than once.
    StoredTwice(String),
    /// The places have a hole or one of them is taken twice.
    NotNumbered(Vec<u64>),
    /// What a person said one after the other is stored the other way round.
    Reordered(usize, String),
    /// Two servers read different conversations.
    ReadDifferently(usize),
    /// An entry that a device does not have.
    Missed(usize, u64),
    /// A device got the same entry twice, over one connection.
    CameTwice(usize, u64),
    /// A device got another entry at this place than is stored there.
    CameDifferently(usize, u64),
    /// An answer that no client should see.
    Refused(usize, String),
    /// A number that is not right: of what, to whom, what they see, and what it is.
    Miscounted(String, String, Option<u64>, u64),
    /// Somebody sees people who are not there.
    Ghosts(String, BTreeSet<usize>),
    /// Somebody does not see people who are there.
    Overlooked(String, BTreeSet<usize>),
}

impl Fault {
    /// Whether waiting does not make it good.
    pub const fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::NeverAcknowledged(..)
                | Self::ReadDifferently(..)
                | Self::Missed(..)
                | Self::Miscounted(..)
                | Self::Ghosts(..)
                | Self::Overlooked(..)
        )
    }
}

impl History {
    /// Everything that is wrong.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = self.of_the_store();
        let stored = self.stored.first().map(Vec::as_slice).unwrap_or_default();
        let at: BTreeMap<u64, u64> = stored.iter().map(|entry| (entry.seq, entry.id)).collect();
        for (who, device) in self.devices.iter().enumerate() {
            faults.extend(of_what_was_said(who, device, stored));
            faults.extend(of_what_came(who, device, &at));
            faults.extend(device.refusals.iter().map(|refusal| Fault::Refused(who, refusal.clone())));
        }
        faults.extend(self.of_counts());
        faults.extend(self.of_sights());
        faults
    }

    /// The longest that anybody waited for an acknowledgement.
    pub fn longest_wait(&self) -> Duration {
        let said = self.devices.iter().flat_map(|device| &device.said);
        said.filter_map(|said| Some(said.acknowledged?.1)).max().unwrap_or_default()
    }

    /// How often a device connected, and how often it was told to read anew.
    pub fn connections_and_reloads(&self) -> (usize, usize) {
        let came = || self.devices.iter().flat_map(|device| &device.came);
        let connections = came().filter(|came| matches!(came, Came::Connected)).count();
        (connections, came().filter(|came| matches!(came, Came::Reloaded { .. })).count())
    }

    fn of_the_store(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let Some((first, others)) = self.stored.split_first() else { return faults };
        let seqs: Vec<u64> = first.iter().map(|entry| entry.seq).collect();
        if !seqs.iter().copied().eq(1..=first.len() as u64) {
            faults.push(Fault::NotNumbered(seqs));
        }
        let mut seen = BTreeSet::new();
        let twice = first.iter().filter_map(|entry| entry.client_id.as_ref()).filter(|id| !seen.insert(*id));
        faults.extend(twice.map(|id| Fault::StoredTwice(id.clone())));
        let different = (1..).zip(others).filter(|(_, other)| *other != first);
        faults.extend(different.map(|(node, _)| Fault::ReadDifferently(node)));
        faults
    }

    fn of_counts(&self) -> impl Iterator<Item = Fault> {
        self.counts.iter().flat_map(|count| {
            let wrong = count.shown.iter().filter(|(_, shown)| *shown != Some(count.is));
            wrong.map(|(to, shown)| Fault::Miscounted(count.of.clone(), to.clone(), *shown, count.is))
        })
    }

    fn of_sights(&self) -> impl Iterator<Item = Fault> {
        self.sights.iter().flat_map(|Sight { by, sees, there }| {
            let ghosts: BTreeSet<usize> = sees.difference(there).copied().collect();
            let overlooked: BTreeSet<usize> = there.difference(sees).copied().collect();
            let ghosts = (!ghosts.is_empty()).then(|| Fault::Ghosts(by.clone(), ghosts));
            ghosts.into_iter().chain((!overlooked.is_empty()).then(|| Fault::Overlooked(by.clone(), overlooked)))
        })
    }
}

fn of_what_was_said(who: usize, device: &Device, stored: &[Entry]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut before = 0;
    for Said { client_id, acknowledged } in &device.said {
        let Some((id, _)) = acknowledged else {
            faults.push(Fault::NeverAcknowledged(who, client_id.clone()));
            continue;
        };
        let found = stored.iter().find(|entry| entry.id == *id && entry.client_id.as_ref() == Some(client_id));
        let Some(found) = found else {
            faults.push(Fault::Lost(who, client_id.clone()));
            continue;
        };
        if found.seq <= before {
            faults.push(Fault::Reordered(who, client_id.clone()));
        }
        before = found.seq;
    }
    faults
}

fn of_what_came(who: usize, device: &Device, stored: &BTreeMap<u64, u64>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let (mut heard, mut this_connection) = (Heard::up_to(0), BTreeSet::new());
    let mut differs = |entry: &Entry| {
        let differs = stored.get(&entry.seq) != Some(&entry.id);
        differs.then_some(Fault::CameDifferently(who, entry.seq))
    };
    for came in &device.came {
        match came {
            Came::Connected => this_connection.clear(),
            Came::Live(entry) => {
                faults.extend(differs(entry));
                // What a device says again it is told again.
                let is_own = device.said.iter().any(|said| Some(&said.client_id) == entry.client_id.as_ref());
                if !this_connection.insert(entry.seq) && !is_own {
                    faults.push(Fault::CameTwice(who, entry.seq));
                }
                let _: Place = heard.hear(entry.seq);
            }
            Came::Changes { entries, to } | Came::Reloaded { entries, to } => {
                faults.extend(entries.iter().filter_map(&mut differs));
                heard.advance(*to);
            }
        }
    }
    let newest = stored.last_key_value().map_or(0, |(seq, _)| *seq);
    if heard.missing(newest) > 0 {
        faults.push(Fault::Missed(who, heard.last().unwrap_or_default() + 1));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITED: Duration = Duration::from_millis(7);

    fn entry(seq: u64) -> Entry {
        Entry { seq, id: 100 + seq, client_id: Some(format!("c{seq}")) }
    }

    fn said(seq: u64) -> Said {
        Said { client_id: format!("c{seq}"), acknowledged: Some((100 + seq, WAITED)) }
    }

    fn live(seqs: &[u64]) -> Vec<Came> {
        [Came::Connected].into_iter().chain(seqs.iter().map(|seq| Came::Live(entry(*seq)))).collect()
    }

    /// Two people who said two things each, and everything went well.
    fn well() -> History {
        let stored: Vec<Entry> = (1..=4).map(entry).collect();
        let device =
            |own: [u64; 2]| Device { said: own.map(said).to_vec(), came: live(&[1, 2, 3, 4]), ..Device::default() };
        let shown = vec![("a screen".to_owned(), Some(2))];
        let there = BTreeSet::from([0, 1]);
        History {
            devices: vec![device([1, 3]), device([2, 4])],
            stored: vec![stored.clone(), stored],
            counts: vec![Count { of: "likes".to_owned(), is: 2, shown }],
            sights: vec![Sight { by: "a screen".to_owned(), sees: there.clone(), there }],
        }
    }

    #[test]
    fn what_went_well_has_no_fault() {
        assert_eq!(well().faults(), []);
        assert_eq!((well().longest_wait(), well().connections_and_reloads()), (WAITED, (2, 0)));
    }

    #[test]
    fn what_is_lost_doubled_or_reordered_in_the_store_is_found() {
        let mut history = well();
        history.stored.iter_mut().for_each(|stored| drop(stored.pop()));
        assert!(history.faults().contains(&Fault::Lost(1, "c4".to_owned())), "{:?}", history.faults());

        let mut history = well();
        let again = Entry { seq: 5, id: 105, client_id: Some("c1".to_owned()) };
        history.stored.iter_mut().for_each(|stored| stored.push(again.clone()));
        history.devices.iter_mut().for_each(|device| device.came.push(Came::Live(again.clone())));
        assert_eq!(history.faults(), [Fault::StoredTwice("c1".to_owned())]);
        assert!(history.faults()[0].is_final());

        let mut history = well();
        history.devices[0].said.swap(0, 1);
        assert_eq!(history.faults(), [Fault::Reordered(0, "c1".to_owned())]);

        let mut history = well();
        history.devices[1].said[1].acknowledged = None;
        assert_eq!(history.faults(), [Fault::NeverAcknowledged(1, "c4".to_owned())]);

        let mut history = well();
        history.stored.iter_mut().for_each(|stored| drop(stored.remove(1)));
        assert!(history.faults().contains(&Fault::NotNumbered(vec![1, 3, 4])));

        let mut history = well();
        history.stored[1].pop();
        assert_eq!(history.faults(), [Fault::ReadDifferently(1)]);
    }

    #[test]
    fn what_a_device_misses_or_gets_twice_is_found() {
        let came = |came: Vec<Came>| {
            let mut history = well();
            history.devices[0].came = came;
            history.faults()
        };
        assert_eq!(came(live(&[1, 2, 3])), [Fault::Missed(0, 4)]);
        assert!(!Fault::Missed(0, 4).is_final(), "it may still come");
        assert_eq!(came(live(&[1, 3, 4])), [Fault::Missed(0, 2)]);
        assert_eq!(came(live(&[1, 2, 2, 3, 4])), [Fault::CameTwice(0, 2)]);
        assert_eq!(came(live(&[1, 1, 2, 3, 4])), [], "its own, said again");
        assert_eq!(came([live(&[1, 2]), live(&[2, 3, 4])].concat()), [], "over another connection");
        let other = Entry { id: 7, ..entry(2) };
        assert_eq!(came([live(&[1, 2, 3, 4]), vec![Came::Live(other)]].concat())[0], Fault::CameDifferently(0, 2));
    }

    #[test]
    fn what_was_asked_for_or_read_anew_is_not_missed() {
        let mut history = well();
        let changes = Came::Changes { entries: vec![entry(2), entry(3)], to: 3 };
        history.devices[0].came = [live(&[1, 4]), vec![changes]].concat();
        let anew = Came::Reloaded { entries: (1..=4).map(entry).collect(), to: 4 };
        history.devices[1].came = [live(&[1]), vec![anew]].concat();
        assert_eq!(history.faults(), []);
        assert_eq!(history.connections_and_reloads(), (2, 1));
    }

    #[test]
    fn wrong_numbers_ghosts_and_refusals_are_found() {
        let mut history = well();
        history.counts[0].shown.push(("another".to_owned(), None));
        history.devices[0].refusals.push("internal".to_owned());
        history.sights[0].sees = BTreeSet::from([1, 9]);
        let screen = || "a screen".to_owned();
        let expected = [
            Fault::Refused(0, "internal".to_owned()),
            Fault::Miscounted("likes".to_owned(), "another".to_owned(), None, 2),
            Fault::Ghosts(screen(), BTreeSet::from([9])),
            Fault::Overlooked(screen(), BTreeSet::from([0])),
        ];
        assert_eq!(history.faults(), expected);
    }
}
