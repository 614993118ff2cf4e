//! What people do: by chance as often as the mix says, and what follows from it a little later.

use std::{
    cmp::Reverse,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use rand::Rng;

use super::{People, Phase, SAID, TALKERS, Watched, list};
use crate::{
    engine::Engine,
    history::Heard,
    mix::{Mix, waiting},
};

/// What somebody is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Send what they typed.
    Say,
    /// Tell how far they read.
    Read,
    /// Come back after a cut.
    Return,
}

/// Connections that are being opened at the same time.
const AT_ONCE: usize = 64;
/// How often somebody else is asked when one cannot.
const TRIES: usize = 8;
/// The next look at what is due is no later.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

impl People {
    /// Everybody up to `active` takes part, the others do not. Nobody does anything meanwhile.
    pub fn resize(&mut self, active: usize, engine: &mut Engine) {
        self.active = active.min(self.persons.len());
        for at in self.active..self.persons.len() {
            engine.cut(at);
            if let Some(person) = self.persons.get_mut(at) {
                if matches!(person.phase, Phase::Coming(_)) {
                    self.coming = self.coming.saturating_sub(1);
                }
                person.phase = Phase::Out;
            }
        }
        let is_out = |at: &usize| self.persons.get(*at).is_some_and(|person| person.phase == Phase::Out);
        self.outside = (0..self.active).rev().filter(is_out).collect();
    }

    /// Begins or ends what the mix says.
    pub fn set_going(&mut self, going: bool) {
        self.next = going.then_some((self.now, self.now));
    }

    /// Does all that is due; until when nothing else is.
    pub fn act(&mut self, engine: &mut Engine) -> Duration {
        let now = Instant::now();
        self.now = now;
        self.let_in(engine, AT_ONCE);
        while let Some(Reverse((due, at, deed))) = self.plans.peek().copied().filter(|Reverse((due, ..))| *due <= now) {
            self.plans.pop();
            match deed {
                Deed::Say => self.say(at, due, engine),
                Deed::Read => self.read(at, engine),
                Deed::Return => self.come(at, engine),
            }
        }
        while let Some((say, cut)) = self.next.filter(|(say, cut)| *say.min(cut) <= now) {
            if say <= now {
                self.next = Some((say + self.pause(self.mix.messages), cut));
                self.begin_to_type(say, engine);
            } else {
                self.next = Some((say, cut + self.pause(self.mix.cuts)));
                self.cut_somebody(engine);
            }
        }
        let plan = self.plans.peek().map(|Reverse((due, ..))| *due);
        let due = plan.into_iter().chain(self.next.map(|(say, cut)| say.min(cut))).min();
        due.map_or(LOOK_AGAIN, |due| due.saturating_duration_since(now).min(LOOK_AGAIN))
    }

    /// Until the next time that one of all does what each does so often an hour.
    fn pause(&mut self, an_hour: f64) -> Duration {
        let rate = self.mix.per_second(an_hour, self.active);
        let chance = self.chance.random::<f64>();
        if rate > 0.0 {
            Duration::from_secs_f64((waiting(chance) / rate).min(3_600.0))
        } else {
            Duration::from_secs(3_600)
        }
    }

    /// Opens connections of those who are not there yet, so many at a time.
    pub fn let_in(&mut self, engine: &mut Engine, at_once: usize) {
        let made = self.stage.posts_made.load(Ordering::Relaxed);
        while self.coming < at_once
            && let Some(at) = self.outside.pop()
        {
            if let Some((person, talk)) = self.persons.get_mut(at).zip(self.talks.get(at / TALKERS)) {
                // As somebody who reads the page first: everything until now is on it.
                person.epoch = None;
                person.heard = Heard::up_to(talk.newest());
                (person.posts_seen, person.posts_before) = (0, Some(made));
                (person.is_resuming, person.is_torn) = (false, false);
            }
            self.come(at, engine);
        }
    }

    /// Connects, anew or again.
    fn come(&mut self, at: usize, engine: &mut Engine) {
        let is_gone = |person: &&mut super::Person| matches!(person.phase, Phase::Out | Phase::Away);
        let Some(person) = self.persons.get_mut(at).filter(|_| at < self.active).filter(is_gone) else { return };
        person.ahead = 0;
        if person.dialect.is_whole() {
            person.is_resuming = person.epoch.is_some();
        } else if person.phase == Phase::Away {
            // A channel does not resume: what was said meanwhile is not for this connection.
            person.heard = Heard::default();
        }
        person.phase = Phase::Coming(1);
        self.coming += 1;
        let talk = self.talks.get(at / TALKERS).map_or(0, |talk| talk.id);
        let token = self.stage.tokens.get(at).map(String::as_str).unwrap_or_default();
        if let Err(cause) = engine.open(at, self.stage.addr, &person.dialect.path(talk), token) {
            self.findings.closed += 1;
            self.findings.note(|| format!("person {at} cannot connect: {cause}"));
            self.turned_away(at);
        }
    }

    /// Somebody was cut off by the network, and will be back.
    fn leave(&mut self, at: usize) {
        let away = self.mix.away_for(self.chance.random());
        self.return_in(at, away);
    }

    /// Somebody was cut off or turned away by the server, and will be back.
    pub(super) fn turned_away(&mut self, at: usize) {
        let away = Mix::turned_away_for(self.chance.random());
        self.return_in(at, away);
    }

    fn return_in(&mut self, at: usize, away: Duration) {
        let Some(person) = self.persons.get_mut(at) else { return };
        if matches!(person.phase, Phase::Coming(_)) {
            self.coming = self.coming.saturating_sub(1);
        }
        person.is_torn |= person.is_resuming;
        person.phase = Phase::Away;
        self.plans.push(Reverse((self.now + away, at, Deed::Return)));
    }

    /// Somebody of those who can.
    fn somebody(&mut self, can: impl Fn(&super::Person) -> bool) -> Option<usize> {
        let active = self.active.max(1);
        for _ in 0..TRIES {
            let at = self.chance.random_range(0..active);
            if self.persons.get(at).is_some_and(|person| matches!(person.phase, Phase::Here(_)) && can(person)) {
                return Some(at);
            }
        }
        None
    }

    fn begin_to_type(&mut self, due: Instant, engine: &mut Engine) {
        let can = |person: &super::Person| person.dialect.talks() && person.awaited.is_none();
        let Some(at) = self.somebody(can) else { return };
        self.tell_typing(at, true, engine);
        self.plans.push(Reverse((due + self.mix.types_for(), at, Deed::Say)));
    }

    fn tell_typing(&self, at: usize, types: bool, engine: &mut Engine) {
        let Some((person, talk)) = self.persons.get(at).zip(self.talks.get(at / TALKERS)) else { return };
        let fields = format!(r#""conversation_id":"{}","is_typing":{types}"#, talk.id);
        engine.say(at, &person.dialect.say("typing", &fields, None));
    }

    /// Times count from when it was to be said, and not from when the generator got to it.
    fn say(&mut self, at: usize, due: Instant, engine: &mut Engine) {
        let Some((person, talk)) = self.persons.get_mut(at).zip(self.talks.get_mut(at / TALKERS)) else { return };
        // Who was cut while typing, or typed twice, says nothing.
        if !matches!(person.phase, Phase::Here(_)) || person.awaited.is_some() {
            return;
        }
        let number = talk.say(at, due);
        person.awaited = Some(number);
        self.figures.said += 1;
        engine.say(at, &self.message_text(at, number));
        self.tell_typing(at, false, engine);
    }

    /// The command that says message `number`, the same however often.
    pub(super) fn message_text(&self, at: usize, number: u32) -> String {
        let Some((person, talk)) = self.persons.get(at).zip(self.talks.get(at / TALKERS)) else { return String::new() };
        let fields = format!(
            r#""conversation_id":"{}","client_id":"{:08x}-0000-4000-8{:03x}-{:06x}{number:06x}","content":"{number} The small kiln is free from Thursday evening on.""#,
            talk.id,
            self.run,
            at >> 24 & 0xFFF,
            at & 0xFF_FFFF,
        );
        person.dialect.say("send_message", &fields, Some(SAID + u64::from(number)))
    }

    fn read(&mut self, at: usize, engine: &mut Engine) {
        let Some((person, talk)) = self.persons.get_mut(at).zip(self.talks.get(at / TALKERS)) else { return };
        person.will_read = false;
        if matches!(person.phase, Phase::Here(_)) {
            let fields = format!(r#""conversation_id":"{}","message_id":"{}""#, talk.id, person.newest);
            engine.say(at, &person.dialect.say("read_message", &fields, None));
            self.figures.reads += 1;
        }
    }

    fn cut_somebody(&mut self, engine: &mut Engine) {
        if let Some(at) = self.somebody(|_| true) {
            engine.cut(at);
            self.figures.cuts += 1;
            self.leave(at);
        }
    }

    /// Somebody opened another page of the feed.
    pub fn turn(&mut self, at: usize, engine: &mut Engine) {
        let posts = self.stage.posts.get(self.stage.posts_before(at)).unwrap_or_default();
        let Some(person) = self.persons.get_mut(at) else { return };
        // Whoever is on the way back asks for the page that is open then.
        if !person.dialect.is_whole() || !matches!(person.phase, Phase::Here(_)) {
            return;
        }
        let before: Vec<u64> = person.watched.iter().map(|watched| watched.post).collect();
        person.watched = posts.iter().map(|post| Watched { post: *post, version: 0, likes: 0 }).collect();
        engine.say(at, &person.dialect.say("unwatch_posts", &format!(r#""post_ids":[{}]"#, list(&before)), None));
        engine.say(at, &person.dialect.say("watch_posts", &format!(r#""post_ids":[{}]"#, list(posts)), None));
    }
}
