//! What must be true when everybody rests: everything that was acknowledged is everywhere it belongs, once, and every count
//! on every screen is what was done.

use super::{People, Person, Phase, TALKERS};
use crate::history::Findings;

impl People {
    /// Everything that was found since the last time. `likes` is how many each post has, by its place, and `made` how many
    /// posts were made.
    pub fn check(&mut self, likes: &[u64], made: u64) -> Findings {
        for talk in &self.talks {
            let (lost, doubled) = talk.faults();
            self.findings.lost += lost + talk.awaited() as u64;
            self.findings.doubled += doubled;
            if lost + doubled > 0 {
                self.findings.note(|| format!("conversation {}: {lost} lost, {doubled} doubled", talk.id));
            }
        }
        let counts: std::collections::HashMap<u64, u64> =
            self.stage.posts.iter().copied().zip(likes.iter().copied()).collect();
        for at in 0..self.active {
            self.check_messages(at);
            self.check_posts(at, made);
            self.check_likes(at, &counts);
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

    fn check_posts(&mut self, at: usize, made: u64) {
        let Some(person) = self.persons.get_mut(at).filter(|person| person.dialect.is_whole()) else { return };
        if let Some(before) = person.posts_before {
            let (expected, seen) = (made.saturating_sub(before), person.posts_seen);
            self.findings.lost += expected.saturating_sub(seen);
            self.findings.doubled += seen.saturating_sub(expected);
            if expected != seen {
                self.findings.note(|| format!("person {at} heard of {seen} posts of {expected}"));
            }
        }
        (person.posts_seen, person.posts_before) = (0, Some(made));
    }

    fn check_likes(&mut self, at: usize, counts: &std::collections::HashMap<u64, u64>) {
        let here = |person: &&Person| person.dialect.is_whole() && matches!(person.phase, Phase::Here(_));
        let Some(person) = self.persons.get(at).filter(here) else { return };
        for watched in &person.watched {
            let expected = counts.get(&watched.post).copied().unwrap_or(0);
            if watched.likes != expected {
                self.findings.wrong_counts += 1;
                let (post, likes) = (watched.post, watched.likes);
                self.findings
                    .note(|| format!("post {post} has {expected} likes, {likes} on the screen of person {at}"));
            }
        }
    }
}
