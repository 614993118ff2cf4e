//! Everybody who is connected: what they say as they come and return, and what they make of what they hear.

mod checking;
mod doing;

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Instant,
};

use hubbub::protocol::conversations::ConversationChanges;
use memchr::memmem;
use rand::{SeedableRng, rngs::StdRng};

use doing::Deed;

use crate::{
    dialect::{Dialect, Message, Scanner, Told},
    engine::{Ended, Hear, Line},
    history::{Answer, Conversation, Findings, Heard, Place},
    mix::{LOOKS_AWAY, Mix, PAGE, Shares},
};

/// People in one conversation.
pub const TALKERS: usize = 3;

/// References of commands; those of messages begin at [`SAID`].
const FEED: u64 = 1;
const POSTS: u64 = 2;
const JOIN: u64 = 3;
const FACES: u64 = 4;
const RESUME: u64 = 5;
const SAID: u64 = 1_000;

/// What all parts of the generator know of the community.
pub struct Stage {
    /// Where the server is.
    pub addr: SocketAddr,
    /// What each person signs in with.
    pub tokens: Vec<String>,
    /// Their ids.
    pub ids: Vec<u64>,
    /// The conversation of each three, and how many entries it had.
    pub talks: Vec<(u64, u64)>,
    /// Oldest first.
    pub posts: Vec<u64>,
    /// The page of the feed that each person looks at; 0 has the newest posts.
    pub pages: Vec<AtomicU32>,
    /// Posts that were made and acknowledged.
    pub posts_made: AtomicU64,
}

impl Stage {
    /// How many pages the feed has.
    #[must_use]
    pub fn page_count(&self) -> usize {
        (self.posts.len() / PAGE).max(1)
    }

    /// The posts on the page that somebody looks at, by their places.
    #[must_use]
    pub fn posts_before(&self, person: usize) -> std::ops::Range<usize> {
        let page = self.pages.get(person).map_or(0, |page| page.load(Ordering::Relaxed)) as usize;
        let end = self.posts.len().saturating_sub(page * PAGE);
        end.saturating_sub(PAGE)..end
    }
}

/// What was counted in one measurement.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// From when a message was to be said to its acknowledgement, in microseconds.
    pub acks: Vec<u32>,
    /// The same, to each other screen.
    pub screens: Vec<u32>,
    /// Texts that came.
    pub deliveries: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Messages said.
    pub said: u64,
    /// Times somebody told how far they read.
    pub reads: u64,
    /// Connections cut.
    pub cuts: u64,
    /// Connections that went on where they were cut.
    pub resumed: u64,
    /// Connections that had to read anew.
    pub reloaded: u64,
    /// CPU time of the thread, in seconds.
    pub cpu: f64,
}

/// Where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not taking part.
    Out,
    /// Cut off; returns by themselves.
    Away,
    /// Waits for so many answers before they are there.
    Coming(u8),
    /// There, since then.
    Here(Instant),
}

/// A post on somebody's screen.
#[derive(Clone, Copy, Debug)]
struct Watched {
    post: u64,
    version: u64,
    likes: u64,
}

/// Somebody.
#[derive(Debug)]
struct Person {
    dialect: Dialect,
    phase: Phase,
    /// The run of the server's event log, and everything up to where was heard of it; `None` before the first connection.
    epoch: Option<Box<[u8]>>,
    offset: u64,
    /// The newest that came while it was not known what lies before it.
    ahead: u64,
    /// What the newest connection began with.
    began: (Box<[u8]>, u64),
    /// The answer to `resume` is awaited.
    is_resuming: bool,
    /// Cut while that was so: what was sent again may come once more.
    is_torn: bool,
    heard: Heard,
    /// How much was said in the conversation when the connection joined it.
    joined_at: usize,
    /// A message without an answer.
    awaited: Option<u32>,
    /// The newest message on screen, and whether it is about to be read.
    newest: u64,
    will_read: bool,
    watched: Vec<Watched>,
    /// Posts that came, and how many had been made before; `None` when that cannot be known.
    posts_seen: u64,
    posts_before: Option<u64>,
}

/// Everybody.
pub struct People {
    stage: Arc<Stage>,
    mix: Mix,
    scanner: Scanner,
    persons: Vec<Person>,
    talks: Vec<Conversation>,
    chance: StdRng,
    /// Told apart from earlier runs on the same server.
    run: u32,
    plans: BinaryHeap<Reverse<(Instant, usize, Deed)>>,
    /// Whether they do anything, and when the next one says something and is cut.
    next: Option<(Instant, Instant)>,
    active: usize,
    /// Those of them who are still to connect.
    outside: Vec<usize>,
    /// How many are being connected.
    coming: usize,
    figures: Figures,
    findings: Findings,
    /// Once for everything that comes with one look at the network.
    now: Instant,
}

impl People {
    /// Nobody is there yet.
    #[must_use]
    pub fn new(stage: Arc<Stage>, mix: Mix, shares: Shares, seed: u64) -> Self {
        let dialect = |person| if person / TALKERS < stage.talks.len() { shares.of(person) } else { Dialect::Native };
        let persons = (0..stage.tokens.len()).map(|person| Person::new(dialect(person))).collect();
        let talks = stage.talks.iter().map(|(id, entries)| Conversation::new(*id, *entries)).collect();
        let chance = StdRng::seed_from_u64(seed);
        Self {
            run: rand::random(),
            stage,
            mix,
            scanner: Scanner::default(),
            persons,
            talks,
            chance,
            plans: BinaryHeap::new(),
            next: None,
            active: 0,
            outside: Vec::new(),
            coming: 0,
            figures: Figures::default(),
            findings: Findings::default(),
            now: Instant::now(),
        }
    }

    /// How many take part and are there, and how many messages are to be said or wait for an answer.
    #[must_use]
    pub fn state(&self) -> (usize, usize) {
        let here = self.persons.iter().filter(|person| matches!(person.phase, Phase::Here(_))).count();
        let said = self.persons.iter().filter(|person| person.awaited.is_some()).count();
        (here, said + self.plans.iter().filter(|Reverse((.., deed))| *deed == Deed::Say).count())
    }

    /// Begins to count anew.
    pub fn take_figures(&mut self) -> Figures {
        std::mem::take(&mut self.figures)
    }

    /// What a tab says first, in the dialects that say it.
    fn greet(&mut self, at: usize, line: &mut Line) {
        let Some(person) = self.persons.get_mut(at) else { return };
        let dialect = person.dialect;
        let posts = self.stage.posts.get(self.stage.posts_before(at)).unwrap_or_default();
        person.watched = posts.iter().map(|post| Watched { post: *post, version: 0, likes: 0 }).collect();
        let mut answers = 4;
        line.say(&dialect.say("watch_feed", r#""feed":"everyone""#, Some(FEED)));
        line.say(&dialect.say("watch_posts", &format!(r#""post_ids":[{}]"#, list(posts)), Some(POSTS)));
        let talk = self.talks.get(at / TALKERS).map_or(0, |talk| talk.id);
        line.say(&dialect.say("join_conversation", &format!(r#""conversation_id":"{talk}""#), Some(JOIN)));
        let from = at / TALKERS * TALKERS;
        let others: Vec<u64> = (from..from + TALKERS)
            .filter(|other| *other != at)
            .filter_map(|other| self.stage.ids.get(other).copied())
            .collect();
        line.say(&dialect.say("watch_people", &format!(r#""user_ids":[{}]"#, list(&others)), Some(FACES)));
        if let Some(epoch) = &person.epoch {
            let epoch = String::from_utf8_lossy(epoch);
            let seq = person.heard.last().unwrap_or(0);
            let fields = format!(
                r#""epoch":"{epoch}","offset":{},"conversations":[{{"conversation_id":"{talk}","seq":{seq}}}]"#,
                person.offset
            );
            line.say(&dialect.say("resume", &fields, Some(RESUME)));
            answers += 1;
        }
        person.phase = Phase::Coming(answers);
    }

    /// One of the answers came that somebody needs to be there.
    fn answered(&mut self, at: usize, line: &mut Line) {
        let Some(person) = self.persons.get_mut(at) else { return };
        let Phase::Coming(left) = person.phase else { return };
        if left > 1 {
            person.phase = Phase::Coming(left - 1);
            return;
        }
        person.phase = Phase::Here(self.now);
        self.coming = self.coming.saturating_sub(1);
        let Some(talk) = self.talks.get_mut(at / TALKERS) else { return };
        person.joined_at = talk.count();
        // Whether it got through is not known: it is said once more, as the same.
        if let Some(number) = person.awaited {
            talk.say_again(number);
            let text = self.message_text(at, number);
            line.say(&text);
        }
    }

    fn answer(&mut self, at: usize, reference: u64, resumed: Option<bool>, line: &mut Line) {
        match reference {
            RESUME => self.resumed(at, resumed == Some(true)),
            FEED..RESUME => {}
            _ => return self.acknowledged(at, reference),
        }
        self.answered(at, line);
    }

    fn resumed(&mut self, at: usize, went_on: bool) {
        let Some(person) = self.persons.get_mut(at) else { return };
        person.is_resuming = false;
        let (epoch, offset) = person.began.clone();
        person.epoch = Some(epoch);
        person.offset = person.offset.max(offset).max(person.ahead);
        if person.is_torn || !went_on {
            // What came twice, or is to be read anew, is not counted until everybody rests.
            person.posts_before = None;
        }
        person.is_torn = false;
        *(if went_on { &mut self.figures.resumed } else { &mut self.figures.reloaded }) += 1;
    }

    fn acknowledged(&mut self, at: usize, reference: u64) {
        let Some(number) = reference.checked_sub(SAID).and_then(|number| u32::try_from(number).ok()) else { return };
        let Some((person, talk)) = self.persons.get_mut(at).zip(self.talks.get_mut(at / TALKERS)) else { return };
        if person.awaited == Some(number) {
            person.awaited = None;
        }
        if let Some(said) = talk.answer(number, Answer::Acknowledged).filter(|said| !said.again) {
            self.figures.acks.push(micros(said.due, self.now));
        }
    }

    fn message(&mut self, at: usize, message: Message) {
        if let Some(offset) = message.offset
            && !self.in_order(at, offset)
        {
            return;
        }
        let Some((person, talk)) = self.persons.get_mut(at).zip(self.talks.get_mut(at / TALKERS)) else { return };
        if talk.id != message.conversation {
            return;
        }
        if !talk.place(message.seq, message.number) {
            self.findings.disordered += 1;
            let (talk, seq) = (talk.id, message.seq);
            self.findings.note(|| format!("entry {seq} of conversation {talk} is another message for person {at}"));
        }
        let said = talk.said(message.number).copied();
        let own = said.is_some_and(|said| said.by == at);
        person.newest = person.newest.max(message.id);
        if own && !person.dialect.is_whole() {
            let was_repeated = said.is_some_and(|said| said.again);
            self.acknowledged(at, SAID + u64::from(message.number));
            if was_repeated {
                // A channel does not say whether this is the first time: it begins anew from here.
                self.begin_anew(at);
                return;
            }
        }
        self.place(at, message.seq);
        if let Some(said) = said.filter(|_| !own) {
            self.seen(at, said.due, said.again);
        }
    }

    fn begin_anew(&mut self, at: usize) {
        if let Some((person, talk)) = self.persons.get_mut(at).zip(self.talks.get(at / TALKERS)) {
            person.heard = Heard::default();
            person.joined_at = talk.count();
        }
    }

    /// An entry of the conversation came.
    fn place(&mut self, at: usize, seq: u64) {
        let Some(person) = self.persons.get_mut(at) else { return };
        let is_catching_up = person.is_resuming;
        match person.heard.hear(seq) {
            Place::Again if !(is_catching_up && person.is_torn) => {
                self.findings.doubled += 1;
                self.findings.note(|| format!("entry {seq} came twice to person {at}"));
            }
            Place::Late if !is_catching_up => {
                self.findings.disordered += 1;
                self.findings.note(|| format!("entry {seq} came late to person {at}"));
            }
            // What does not come at all is found when everybody rests.
            _ => {}
        }
    }

    /// Somebody sees what another one said.
    fn seen(&mut self, at: usize, due: Instant, again: bool) {
        let Some(person) = self.persons.get_mut(at) else { return };
        let Phase::Here(since) = person.phase else { return };
        if due >= since && !again {
            self.figures.screens.push(micros(due, self.now));
        }
        if !at.is_multiple_of(LOOKS_AWAY) && !person.will_read {
            person.will_read = true;
            self.plans.push(Reverse((self.now + self.mix.reads_after(), at, Deed::Read)));
        }
    }

    /// Events of the log come in its order, but for what is sent again after a cut. Whether this one is news at all.
    fn in_order(&mut self, at: usize, offset: u64) -> bool {
        // An answer, made for whoever asked.
        if offset == 0 {
            return false;
        }
        let Some(person) = self.persons.get_mut(at) else { return false };
        if person.is_resuming {
            person.ahead = person.ahead.max(offset);
            return true;
        }
        if offset <= person.offset {
            self.findings.disordered += 1;
            let before = person.offset;
            self.findings.note(|| format!("event {offset} came to person {at} after {before}"));
        }
        person.offset = person.offset.max(offset);
        true
    }

    fn likes(&mut self, at: usize, post: u64, version: u64, count: u64) {
        let Some(person) = self.persons.get_mut(at) else { return };
        let Some(watched) = person.watched.iter_mut().find(|watched| watched.post == post) else { return };
        // Twice or late changes nothing.
        if version >= watched.version {
            *watched = Watched { post, version, likes: count };
        }
    }

    fn post(&mut self, at: usize, offset: u64) {
        if self.in_order(at, offset)
            && let Some(person) = self.persons.get_mut(at)
        {
            person.posts_seen += 1;
        }
    }

    /// What was missed, when the log does not reach so far back. Rare, so it is read as what it is.
    fn changes(&mut self, at: usize, json: &[u8]) {
        let Ok(changes) = serde_json::from_slice::<ConversationChanges>(json) else { return };
        let Some((person, talk)) = self.persons.get_mut(at).zip(self.talks.get_mut(at / TALKERS)) else { return };
        if changes.conversation_id.get() != talk.id {
            return;
        }
        let known = person.heard.last().unwrap_or(0);
        for message in &changes.messages {
            let number = message.content.split(' ').next().and_then(|word| word.parse().ok());
            if !number.is_some_and(|number| talk.place(message.seq, number)) {
                self.findings.disordered += 1;
                self.findings.note(|| format!("conversation {} changed otherwise for person {at}", talk.id));
            }
        }
        let missing = (known + 1..=changes.seq).filter(|seq| !changes.messages.iter().any(|one| one.seq == *seq));
        if !changes.reload {
            self.findings.lost += missing.count() as u64;
        }
        person.heard.advance(changes.seq);
    }

    fn refused(&mut self, at: usize, text: &[u8]) {
        let is_busy = memmem::find(text, br#""unavailable""#).is_some();
        *(if is_busy { &mut self.findings.busy } else { &mut self.findings.refused }) += 1;
        self.findings.note(|| format!("person {at} was told {}", String::from_utf8_lossy(text)));
        let Some((person, talk)) = self.persons.get_mut(at).zip(self.talks.get_mut(at / TALKERS)) else { return };
        if matches!(person.phase, Phase::Coming(_)) {
            // Without all that it asked for a tab is not there: it tries again.
            self.turned_away(at);
        } else if let Some(number) = person.awaited.take() {
            let _ = talk.answer(number, Answer::Refused);
        }
    }
}

impl Hear for People {
    fn woken(&mut self) {
        self.now = Instant::now();
    }

    fn opened(&mut self, at: usize, line: &mut Line) {
        match self.persons.get(at).map(|person| person.dialect) {
            None => {}
            Some(Dialect::Native) => self.greet(at, line),
            Some(Dialect::SocketIo) => line.say("40"),
            // Its answer comes when the channel has begun.
            Some(dialect) => line.say(&dialect.say("ping", "", None)),
        }
    }

    fn heard(&mut self, at: usize, text: &[u8], line: &mut Line) {
        self.figures.deliveries += 1;
        self.figures.bytes += text.len() as u64;
        let Some(person) = self.persons.get_mut(at) else { return };
        match self.scanner.read(person.dialect, text) {
            Told::Other | Told::Greeting { over: false } => {}
            Told::Connected { epoch, offset } => {
                person.began = (epoch.into(), offset);
                if !person.is_resuming {
                    person.epoch = Some(epoch.into());
                    person.offset = offset;
                }
            }
            Told::Answer { fine: false, .. } | Told::Error => self.refused(at, text),
            Told::Answer { reference, resumed, .. } => self.answer(at, reference, resumed, line),
            Told::Message(message) => self.message(at, message),
            Told::Likes { post, version, count } => self.likes(at, post, version, count),
            Told::Post { offset } => self.post(at, offset),
            Told::Changes(json) => self.changes(at, json),
            Told::Logged { offset } => drop(self.in_order(at, offset)),
            Told::Pong => self.answered(at, line),
            Told::Beat => line.say("3"),
            Told::Greeting { over: true } => self.greet(at, line),
        }
    }

    fn ended(&mut self, at: usize, why: &Ended) {
        let is_busy = matches!(why, Ended::Refused(line) if line.starts_with("HTTP/1.1 503"));
        *(if is_busy { &mut self.findings.busy } else { &mut self.findings.closed }) += 1;
        self.findings.note(|| format!("the connection of person {at} ended: {why:?}"));
        self.turned_away(at);
    }
}

impl Person {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            phase: Phase::Out,
            epoch: None,
            offset: 0,
            ahead: 0,
            began: Default::default(),
            is_resuming: false,
            is_torn: false,
            heard: Heard::default(),
            joined_at: 0,
            awaited: None,
            newest: 0,
            will_read: false,
            watched: Vec::new(),
            posts_seen: 0,
            posts_before: None,
        }
    }
}

fn list(ids: &[u64]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    ids.join(",")
}

fn micros(from: Instant, to: Instant) -> u32 {
    u32::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(u32::MAX)
}
