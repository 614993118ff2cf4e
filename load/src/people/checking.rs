//! What must be true when everybody rests: everything that was acknowledged is everywhere it belongs, once, and every count
//! on every screen is what was done.

use std::collections::HashMap;

use super::{People, Phase, TALKERS};
use crate::{history::Findings, pages::Ledger};

impl People {
    /// Everything that was found since the last time, by what was done. Whoever is not there now is checked the next time.
    pub fn check(&mut self, ledger: &Ledger) -> Findings {
        for talk in &mut self.talks {
            let ((lost, doubled), unanswered) = (talk.faults(), talk.give_up());
            self.findings.lost += lost + unanswered;
            self.findings.doubled += doubled;
            if lost + doubled + unanswered > 0 {
                let id = talk.id;
                self.findings
                    .note(|| format!("conversation {id}: {lost} lost, {doubled} doubled, {unanswered} not answered"));
            }
        }
        for person in &mut self.persons {
            person.awaited = None;
        }
        let known = self.stage.posts.iter().zip(&ledger.likes).filter_map(|(post, likes)| Some((*post, (*likes)?)));
        let counts: HashMap<u64, u64> = known.collect();
        for at in 0..self.active {
            if self.persons.get(at).is_some_and(|person| matches!(person.phase, Phase::Here(_))) {
                self.check_messages(at);
                self.check_posts(at, ledger);
                self.check_likes(at, &counts);
            }
        }
        std::mem::take(&mut self.findings)
    }

    fn check_messages(&mut self, at: usize) {
        let Some((person, talk)) = self.persons.get_mut(at).zip(self.talks.get(at / TALKERS)) else { return };
        if !person.dialect.talks() {
            return;
        }
        let missing = match person.heard.last() {
            Some(_) => person.heard.missing(talk.newest()),
            // Nothing came since it joined: nothing was said either.
            None => (talk.count() - person.joined_at.min(talk.count())) as u64,
        };
        if missing > 0 {
            self.findings.lost += missing;
            let dialect = person.dialect;
            self.findings.note(|| format!("{missing} messages did not come to person {at} ({dialect:?})"));
        }
        person.heard.advance(talk.newest());
    }

    fn check_posts(&mut self, at: usize, ledger: &Ledger) {
        let Some(person) = self.persons.get_mut(at).filter(|person| person.dialect.is_whole()) else { return };
        if let Some(before) = person.posts_before.filter(|_| !ledger.more) {
            let (expected, seen) = (ledger.made.saturating_sub(before), person.posts_seen);
            self.findings.lost += expected.saturating_sub(seen);
            self.findings.doubled += seen.saturating_sub(expected);
            if expected != seen {
                self.findings.note(|| format!("person {at} heard of {seen} posts of {expected}"));
            }
        }
        (person.posts_seen, person.posts_before) = (0, Some(ledger.made));
    }

    fn check_likes(&mut self, at: usize, counts: &HashMap<u64, u64>) {
        let Some(person) = self.persons.get(at).filter(|person| person.dialect.is_whole()) else { return };
        for watched in &person.watched {
            let Some(expected) = counts.get(&watched.post).copied() else { continue };
            if watched.likes != expected {
                self.findings.wrong_counts += 1;
                let (post, likes) = (watched.post, watched.likes);
                self.findings
                    .note(|| format!("post {post} has {expected} likes, {likes} on the screen of person {at}"));
            }
        }
    }
}
