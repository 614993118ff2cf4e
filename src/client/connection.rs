//! The connection of a tab as a pure state machine: an input and the clock go in, effects come out.
//!
//! It opens no socket and reads no clock; [`super::socket`] does. The first frame, `connected`, is what "open" means: the
//! browser's own open event says only that somebody answered.

use std::collections::{BTreeMap, BTreeSet};

use super::{backoff::Backoff, http::Refreshed};
use crate::protocol::{
    commands::{ClientCommand, CommandFrame},
    conversations::HeldConversation,
    errors::{ApiError, ErrorCode},
    events::{Ack, CloseCode, Connected, ErrorEvent, LogMark, ServerEvent},
    ids::{ConversationId, MessageId, PostId, UserId},
    views::FeedKind,
};

/// Wait this long for `connected`.
const OPENING_MS: u64 = 10_000;
/// Trouble shorter than this is not shown.
const ANNOUNCE_MS: u64 = 2_000;
/// A connection that lasted this long starts the backoff from the beginning.
const STABLE_MS: u64 = 30_000;
/// Wait this long for an answer to a regular ping.
const PONG_MS: u64 = 5_000;
/// Wait this long for an answer when the connection is in doubt: after sleep, or when the network changed.
const PROBE_MS: u64 = 3_000;
/// Wait this long for the acknowledgement of a command.
const ANSWER_MS: u64 = 10_000;
/// Wait this long after the server called this client abusive (close code 4429).
const ABUSIVE_MS: u64 = 30_000;
/// A connection shorter than this does not earn an immediate reconnect, or two sides that disagree would spin.
const EARNED_MS: u64 = 5_000;
/// Wait this long to ask again when the server named no time.
const AGAIN_MS: u64 = 1_000;
/// Posts in one `watch_posts`: with ids and versions about 10 KB, well under the server's frame limit.
const POSTS_PER_FRAME: usize = 100;

/// How the connection is, for the banner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nobody is signed in, or this is the server.
    #[default]
    Idle,
    /// Connecting, or broken for less than two seconds: nothing to show.
    Connecting,
    /// Live.
    Live,
    /// Broken for two seconds: show the banner.
    Trouble {
        /// Seconds until the next attempt, rounded up; `None` while one is under way.
        retry_in_s: Option<u64>,
    },
    /// The session has ended; only signing in helps.
    SignedOut,
    /// The server does not accept this origin; only reloading may help.
    Forbidden,
}

/// What the open pages want to be told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Feeds to watch.
    pub feeds: BTreeSet<FeedKind>,
    /// Posts to watch; no more than [`crate::protocol::limits::WATCHED_POSTS_MAX`].
    pub posts: BTreeSet<PostId>,
    /// Conversations on screen.
    pub conversations: BTreeSet<ConversationId>,
    /// People whose presence is on screen; no more than [`crate::protocol::limits::WATCHED_PEOPLE_MAX`].
    pub people: BTreeSet<UserId>,
    /// Nothing is done on this device.
    pub is_idle: bool,
}

/// What a command is sent for, so that its answer finds who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// A message of the outbox, by its client id.
    Message(String),
    /// How far the reader is.
    Receipt {
        /// Where.
        conversation_id: ConversationId,
        /// The newest message.
        message_id: MessageId,
        /// Its number.
        number: u64,
        /// They have read it; else this device holds it.
        read: bool,
    },
    /// What is to be compared.
    Sync(Vec<HeldConversation>),
}

/// What came of an errand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was carried out.
    Done,
    /// It was refused.
    Refused(ApiError),
    /// There was no connection, or it broke: it may have been carried out or not.
    Lost,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Somebody is signed in. `mark` is where the event log stood when the page was rendered.
    Start {
        /// Who, as the page says.
        user: UserId,
        /// Told when a list was rendered with it.
        mark: Option<LogMark>,
    },
    /// Nobody is signed in any more.
    SignOut,
    /// Other things are wished for.
    Wishes(Wishes),
    /// Something to be sent now. With an errand it is answered; without one it is dropped where there is no connection.
    Command(ClientCommand, Option<Errand>),
    /// A list was read when the event log stood here.
    Seeded(LogMark),
    /// A frame came.
    Frame(Box<ServerEvent>),
    /// The socket closed with this code.
    Closed(u16),
    /// A timer ran out.
    Timer(Timer),
    /// The browser says the network is back.
    Online,
    /// The browser says the network is gone.
    Offline,
    /// The tab can be seen again.
    Visible,
    /// The page is being left, perhaps to be kept for going back.
    PageHidden,
    /// The page was come back to.
    PageShown,
    /// The reader pressed "Retry now".
    RetryNow,
    /// The session refresh ended.
    Refreshed(Refreshed),
}

/// Timers; each runs at most once at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// `connected` is overdue.
    Opening,
    /// Time for the next attempt.
    Retry,
    /// The trouble has lasted long enough to be shown.
    Announce,
    /// The countdown moves.
    Tick,
    /// Time for a ping.
    Heartbeat,
    /// The answer to a ping is overdue.
    Pong,
    /// The connection counts as stable.
    Stable,
    /// An acknowledgement is overdue.
    Answer,
    /// Time to ask again what was refused for now.
    Sync,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open a socket.
    Open,
    /// Drop the socket; it will not be heard of again.
    Close,
    /// Send a command. `known` of `watch_posts` and `conversations` of `resume` are left for the driver to fill in.
    Send(CommandFrame),
    /// Start a timer anew, in milliseconds.
    Set(Timer, u64),
    /// Stop a timer.
    Clear(Timer),
    /// `POST /api/auth/refresh`, then [`Input::Refreshed`].
    Refresh,
    /// The status changed.
    Report(Status),
    /// The feeds that may have brought the next events, and those that the server has confirmed.
    Feeds {
        /// Asked for, or not yet acknowledged as ended.
        possible: Vec<FeedKind>,
        /// Acknowledged.
        confirmed: Vec<FeedKind>,
    },
    /// The end of an errand.
    Answered(Errand, Answer),
    /// Connected, and everything that was missed has come, or [`Effect::Reload`] was said.
    Current,
    /// What is held of conversations was not compared with what the server has.
    Compare,
    /// Too much was missed: fetch everything on show again.
    Reload,
    /// The session is somebody else's by now: load the page again.
    ReloadPage,
}

/// The clock and a random number, as they are at one input.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moment {
    /// Milliseconds since any fixed time.
    pub now_ms: u64,
    /// From 0 to 1.
    pub chance: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    Opening,
    Live,
    Waiting {
        until_ms: u64,
    },
    Refreshing,
    SignedOut,
    Forbidden,
    Hidden,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trouble {
    #[default]
    None,
    Quiet,
    Announced,
}

/// A command that waits for its acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Watch(FeedKind),
    Unwatch(FeedKind),
    WatchPosts(Vec<PostId>),
    UnwatchPosts,
    Join(ConversationId),
    Leave,
    WatchPeople(Vec<UserId>),
    UnwatchPeople,
    SetIdle,
    Resume,
    For(Errand),
}

/// What one connection has been told; forgotten with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    heartbeat_ms: u64,
    since_ms: u64,
    epoch: String,
    offset: u64,
    feeds: BTreeSet<FeedKind>,
    possible: BTreeSet<FeedKind>,
    confirmed: BTreeSet<FeedKind>,
    posts: BTreeSet<PostId>,
    conversations: BTreeSet<ConversationId>,
    people: BTreeSet<UserId>,
    is_idle: bool,
    asked: BTreeMap<String, Asked>,
    resumes: usize,
    awaits_pong: bool,
}

/// The state machine.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    phase: Phase,
    trouble: Trouble,
    user: Option<UserId>,
    wishes: Wishes,
    backoff: Backoff,
    mark: Option<LogMark>,
    line: Line,
    // The session was refreshed and no connection came of it yet: a second refusal is final.
    renewed: bool,
    going_away_ms: Option<u64>,
    // The server asked to stay away until then; only the reader's own press overrides it.
    held_until_ms: u64,
    last_ref: u64,
    reported: Status,
    effects: Vec<Effect>,
}

impl Connection {
    /// Takes an input; returns what is to be done, in order.
    pub fn step(&mut self, input: Input, at: Moment) -> Vec<Effect> {
        match input {
            Input::Start { user, mark } => self.start(user, mark),
            Input::SignOut => self.stop(Phase::Idle),
            Input::Wishes(wishes) => {
                self.wishes = wishes;
                self.sync();
            }
            Input::Command(command, errand) => self.run_errand(command, errand),
            Input::Seeded(mark) => self.take_mark(mark),
            Input::Frame(event) => self.take_frame(*event, at),
            Input::Closed(code) => self.take_close(code, at),
            Input::Timer(timer) => self.take_timer(timer, at),
            Input::Online | Input::Visible | Input::Offline => self.look_again(&input, at),
            Input::PageHidden => self.hide(),
            Input::PageShown => self.show(at),
            Input::RetryNow => self.retry_now(),
            Input::Refreshed(outcome) => self.take_refresh(outcome, at),
        }
        self.report(at);
        std::mem::take(&mut self.effects)
    }

    fn start(&mut self, user: UserId, mark: Option<LogMark>) {
        let somebody_else = self.user.is_some_and(|current| current != user);
        if somebody_else {
            self.stop(Phase::Idle);
        }
        self.user = Some(user);
        self.mark = self.mark.take().or(mark);
        if matches!(self.phase, Phase::Idle | Phase::SignedOut) {
            self.renewed = false;
            self.open();
        }
    }

    /// Ends everything; `phase` says why.
    fn stop(&mut self, phase: Phase) {
        if matches!(self.phase, Phase::Opening | Phase::Live) {
            self.effects.push(Effect::Close);
        }
        self.lose_line();
        self.end_trouble();
        self.effects.push(Effect::Clear(Timer::Retry));
        self.phase = phase;
        if phase != Phase::Hidden {
            self.user = None;
            self.mark = None;
        }
    }

    fn open(&mut self) {
        self.begin_trouble();
        self.phase = Phase::Opening;
        self.effects.extend([
            Effect::Clear(Timer::Retry),
            Effect::Clear(Timer::Tick),
            Effect::Open,
            Effect::Set(Timer::Opening, OPENING_MS),
        ]);
    }

    /// Drops a socket that is not trusted any more and opens the next.
    fn reopen(&mut self) {
        self.effects.push(Effect::Close);
        self.lose_line();
        self.open();
    }

    fn wait(&mut self, wait_ms: u64, at: Moment) {
        self.begin_trouble();
        self.phase = Phase::Waiting { until_ms: at.now_ms.saturating_add(wait_ms) };
        self.effects.push(Effect::Set(Timer::Retry, wait_ms));
        self.set_tick(at);
    }

    fn back_off(&mut self, at: Moment) {
        let wait_ms = self.backoff.next_ms(at.chance);
        self.wait(wait_ms, at);
    }

    /// Waits as long as the server said; no browser event shortens it.
    fn stay_away(&mut self, wait_ms: u64, at: Moment) {
        self.held_until_ms = at.now_ms.saturating_add(wait_ms);
        self.wait(wait_ms, at);
    }

    fn begin_trouble(&mut self) {
        if self.trouble == Trouble::None {
            self.trouble = Trouble::Quiet;
            self.effects.push(Effect::Set(Timer::Announce, ANNOUNCE_MS));
        }
    }

    fn end_trouble(&mut self) {
        self.trouble = Trouble::None;
        self.effects.extend([Effect::Clear(Timer::Announce), Effect::Clear(Timer::Tick)]);
    }

    /// Forgets what the connection had been told, and its timers.
    fn lose_line(&mut self) {
        let lost = std::mem::take(&mut self.line);
        for asked in lost.asked.into_values() {
            if let Asked::For(errand) = asked {
                self.effects.push(Effect::Answered(errand, Answer::Lost));
            }
        }
        let timers = [Timer::Opening, Timer::Heartbeat, Timer::Pong, Timer::Stable, Timer::Answer, Timer::Sync];
        self.effects.extend(timers.map(Effect::Clear));
        self.effects.push(Effect::Feeds { possible: Vec::new(), confirmed: Vec::new() });
    }

    fn take_frame(&mut self, event: ServerEvent, at: Moment) {
        if let (Phase::Opening, ServerEvent::Connected(connected)) = (self.phase, &event) {
            self.become_live(connected, at);
            return;
        }
        if self.phase != Phase::Live {
            return;
        }
        // Whatever came, the other side lives.
        if std::mem::take(&mut self.line.awaits_pong) {
            self.effects.push(Effect::Clear(Timer::Pong));
        }
        if let Some(offset) = event.offset() {
            self.see_offset(offset);
        }
        match event {
            ServerEvent::Ack(ack) => self.take_ack(&ack),
            ServerEvent::Error(error) => self.take_error(&error),
            ServerEvent::GoingAway { retry_after_ms } => self.going_away_ms = Some(retry_after_ms),
            // The live state's business.
            _ => {}
        }
    }

    fn become_live(&mut self, connected: &Connected, at: Moment) {
        if self.user != Some(connected.user_id) {
            self.stop(Phase::Idle);
            self.effects.push(Effect::ReloadPage);
            return;
        }
        self.phase = Phase::Live;
        self.renewed = false;
        self.going_away_ms = None;
        self.held_until_ms = 0;
        self.end_trouble();
        self.line = Line {
            heartbeat_ms: connected.heartbeat_interval_ms.max(AGAIN_MS),
            since_ms: at.now_ms,
            epoch: connected.epoch.clone(),
            offset: connected.offset,
            ..Line::default()
        };
        self.effects.extend([
            Effect::Clear(Timer::Opening),
            Effect::Set(Timer::Heartbeat, self.line.heartbeat_ms),
            Effect::Set(Timer::Stable, STABLE_MS),
        ]);
        self.sync();
        // Watched first, asked after: what happens between is sent by the watch. Conversations are told without a watch.
        match self.mark.clone() {
            Some(mark) => self.resume(mark),
            None => {
                self.keep_mark();
                self.effects.push(Effect::Current);
            }
        }
    }

    fn run_errand(&mut self, command: ClientCommand, errand: Option<Errand>) {
        match (self.phase == Phase::Live, errand) {
            (true, Some(errand)) => self.ask(command, Asked::For(errand)),
            (true, None) => self.effects.push(Effect::Send(CommandFrame { command, reference: None })),
            (false, Some(errand)) => self.effects.push(Effect::Answered(errand, Answer::Lost)),
            (false, None) => {}
        }
    }

    fn resume(&mut self, mark: LogMark) {
        self.line.resumes = self.line.resumes.saturating_add(1);
        self.ask(
            ClientCommand::Resume { epoch: mark.epoch, offset: mark.offset, conversations: Vec::new() },
            Asked::Resume,
        );
    }

    fn keep_mark(&mut self) {
        self.mark = Some(LogMark { epoch: self.line.epoch.clone(), offset: self.line.offset });
    }

    fn see_offset(&mut self, offset: u64) {
        self.line.offset = self.line.offset.max(offset);
        // During a resume newer events may come before older ones: the mark moves when all have come.
        if self.line.resumes == 0 {
            self.keep_mark();
        }
    }

    fn take_mark(&mut self, mark: LogMark) {
        if self.phase == Phase::Live {
            self.resume(mark);
        } else if let Some(current) = &mut self.mark {
            if current.epoch == mark.epoch {
                current.offset = current.offset.min(mark.offset);
            }
        } else {
            self.mark = Some(mark);
        }
    }

    fn take_ack(&mut self, ack: &Ack) {
        let Some(asked) = self.answered(&ack.reference) else { return };
        match asked {
            Asked::Watch(kind) => {
                self.line.confirmed.insert(kind);
                self.tell_feeds();
            }
            Asked::Unwatch(kind) if !self.line.feeds.contains(&kind) => {
                self.line.possible.remove(&kind);
                self.tell_feeds();
            }
            Asked::Resume => self.end_resume(ack.result.resumed == Some(true)),
            Asked::For(errand) => self.effects.push(Effect::Answered(errand, Answer::Done)),
            Asked::Unwatch(_)
            | Asked::WatchPosts(_)
            | Asked::UnwatchPosts
            | Asked::Join(_)
            | Asked::Leave
            | Asked::WatchPeople(_)
            | Asked::UnwatchPeople
            | Asked::SetIdle => {}
        }
    }

    fn end_resume(&mut self, resumed: bool) {
        self.line.resumes = self.line.resumes.saturating_sub(1);
        if !resumed {
            self.effects.push(Effect::Reload);
        }
        if self.line.resumes == 0 {
            self.keep_mark();
            self.effects.push(Effect::Current);
        }
    }

    fn take_error(&mut self, error: &ErrorEvent) {
        let Some(asked) = error.reference.as_ref().and_then(|reference| self.answered(reference)) else { return };
        let later = matches!(error.error.code, ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::Internal);
        match asked {
            Asked::Resume => {
                self.effects.push(Effect::Compare);
                self.end_resume(false);
            }
            Asked::Watch(kind) if later => drop(self.line.feeds.remove(&kind)),
            Asked::WatchPosts(ids) if later => self.line.posts.retain(|id| !ids.contains(id)),
            Asked::Join(id) if later => drop(self.line.conversations.remove(&id)),
            Asked::WatchPeople(ids) if later => self.line.people.retain(|id| !ids.contains(id)),
            Asked::SetIdle if later => self.line.is_idle = !self.wishes.is_idle,
            Asked::For(errand) => {
                self.effects.push(Effect::Answered(errand, Answer::Refused(error.error.clone())));
                return;
            }
            _ => return,
        }
        if later {
            self.effects.push(Effect::Set(Timer::Sync, error.error.retry_after_ms.unwrap_or(AGAIN_MS)));
        }
    }

    fn answered(&mut self, reference: &str) -> Option<Asked> {
        let asked = self.line.asked.remove(reference)?;
        self.effects.push(if self.line.asked.is_empty() {
            Effect::Clear(Timer::Answer)
        } else {
            Effect::Set(Timer::Answer, ANSWER_MS)
        });
        Some(asked)
    }

    fn ask(&mut self, command: ClientCommand, asked: Asked) {
        self.last_ref = self.last_ref.wrapping_add(1);
        let reference = self.last_ref.to_string();
        self.line.asked.insert(reference.clone(), asked);
        self.effects.push(Effect::Send(CommandFrame { command, reference: Some(reference) }));
        self.effects.push(Effect::Set(Timer::Answer, ANSWER_MS));
    }

    /// Brings what the server watches for this tab in line with what is wished for. Ends come first, so that the limit
    /// is not met while posts are swapped.
    fn sync(&mut self) {
        if self.phase != Phase::Live {
            return;
        }
        let ended: Vec<PostId> = self.line.posts.difference(&self.wishes.posts).copied().collect();
        let added: Vec<PostId> = self.wishes.posts.difference(&self.line.posts).copied().collect();
        let feeds_ended: Vec<FeedKind> = self.line.feeds.difference(&self.wishes.feeds).copied().collect();
        let feeds_added: Vec<FeedKind> = self.wishes.feeds.difference(&self.line.feeds).copied().collect();
        self.line.posts.clone_from(&self.wishes.posts);
        self.line.feeds.clone_from(&self.wishes.feeds);
        for chunk in ended.chunks(POSTS_PER_FRAME) {
            self.ask(ClientCommand::UnwatchPosts { post_ids: chunk.to_vec() }, Asked::UnwatchPosts);
        }
        for feed in &feeds_ended {
            self.line.confirmed.remove(feed);
            self.ask(ClientCommand::UnwatchFeed { feed: *feed }, Asked::Unwatch(*feed));
        }
        for feed in &feeds_added {
            self.line.possible.insert(*feed);
            self.ask(ClientCommand::WatchFeed { feed: *feed }, Asked::Watch(*feed));
        }
        for chunk in added.chunks(POSTS_PER_FRAME) {
            let command = ClientCommand::WatchPosts { post_ids: chunk.to_vec(), known: Vec::new() };
            self.ask(command, Asked::WatchPosts(chunk.to_vec()));
        }
        if !feeds_ended.is_empty() || !feeds_added.is_empty() {
            self.tell_feeds();
        }
        self.sync_conversations();
        self.sync_people();
    }

    fn sync_people(&mut self) {
        let wished = self.wishes.people.clone();
        let before = std::mem::replace(&mut self.line.people, wished.clone());
        let ended: Vec<UserId> = before.difference(&wished).copied().collect();
        let added: Vec<UserId> = wished.difference(&before).copied().collect();
        if !ended.is_empty() {
            self.ask(ClientCommand::UnwatchPeople { user_ids: ended }, Asked::UnwatchPeople);
        }
        if !added.is_empty() {
            self.ask(ClientCommand::WatchPeople { user_ids: added.clone() }, Asked::WatchPeople(added));
        }
        if self.wishes.is_idle != self.line.is_idle {
            self.line.is_idle = self.wishes.is_idle;
            self.ask(ClientCommand::SetIdle { is_idle: self.wishes.is_idle }, Asked::SetIdle);
        }
    }

    fn sync_conversations(&mut self) {
        let wished = self.wishes.conversations.clone();
        let before = std::mem::replace(&mut self.line.conversations, wished.clone());
        for id in before.difference(&wished) {
            self.ask(ClientCommand::LeaveConversation { conversation_id: *id }, Asked::Leave);
        }
        for id in wished.difference(&before) {
            self.ask(ClientCommand::JoinConversation { conversation_id: *id }, Asked::Join(*id));
        }
    }

    fn tell_feeds(&mut self) {
        self.effects.push(Effect::Feeds {
            possible: self.line.possible.iter().copied().collect(),
            confirmed: self.line.confirmed.iter().copied().collect(),
        });
    }

    fn take_close(&mut self, code: u16, at: Moment) {
        if !matches!(self.phase, Phase::Opening | Phase::Live) {
            return;
        }
        let earned = self.has_earned_reconnect(at);
        let going_away_ms = self.going_away_ms.take();
        // The socket is gone already: what follows has none to drop.
        self.phase = Phase::Idle;
        self.lose_line();
        match (CloseCode::from_u16(code), going_away_ms) {
            (Some(CloseCode::Unauthorized), _) if self.renewed => self.stop(Phase::SignedOut),
            (Some(CloseCode::Unauthorized), _) => self.refresh(),
            (Some(CloseCode::Forbidden), _) => self.stop(Phase::Forbidden),
            (Some(CloseCode::Abusive), _) => self.stay_away(ABUSIVE_MS, at),
            (_, Some(wait_ms)) => self.stay_away(wait_ms, at),
            (Some(CloseCode::HeartbeatMissed | CloseCode::TooSlow), None) if earned => self.open(),
            // Restarting without a word, overloaded, and what the transport itself reports (1006).
            (_, None) => self.back_off(at),
        }
    }

    fn has_earned_reconnect(&self, at: Moment) -> bool {
        self.phase == Phase::Live && at.now_ms.saturating_sub(self.line.since_ms) >= EARNED_MS
    }

    fn refresh(&mut self) {
        self.begin_trouble();
        self.phase = Phase::Refreshing;
        self.effects.push(Effect::Refresh);
    }

    fn take_refresh(&mut self, outcome: Refreshed, at: Moment) {
        if self.phase != Phase::Refreshing {
            return;
        }
        match outcome {
            Refreshed::Renewed => {
                self.renewed = true;
                self.open();
            }
            Refreshed::Ended => self.stop(Phase::SignedOut),
            Refreshed::Failed => self.back_off(at),
        }
    }

    fn take_timer(&mut self, timer: Timer, at: Moment) {
        match (timer, self.phase) {
            (Timer::Retry, Phase::Waiting { .. }) => self.open(),
            (Timer::Announce, _) if self.trouble == Trouble::Quiet => {
                self.trouble = Trouble::Announced;
                self.set_tick(at);
            }
            (Timer::Tick, Phase::Waiting { .. }) => self.set_tick(at),
            (Timer::Opening, Phase::Opening) | (Timer::Answer, Phase::Live) => self.give_up(at),
            (Timer::Pong, Phase::Live) if self.has_earned_reconnect(at) => self.reopen(),
            (Timer::Pong, Phase::Live) => self.give_up(at),
            (Timer::Heartbeat, Phase::Live) => self.ping(PONG_MS),
            (Timer::Stable, Phase::Live) => self.backoff.reset(),
            (Timer::Sync, Phase::Live) => self.sync(),
            // A timer that ran out just before it was stopped.
            _ => {}
        }
    }

    /// Drops a socket that does not answer, and tries again later.
    fn give_up(&mut self, at: Moment) {
        self.effects.push(Effect::Close);
        self.lose_line();
        self.back_off(at);
    }

    fn ping(&mut self, deadline_ms: u64) {
        self.line.awaits_pong = true;
        self.effects.extend([
            Effect::Send(CommandFrame { command: ClientCommand::Ping, reference: None }),
            Effect::Set(Timer::Pong, deadline_ms),
            Effect::Set(Timer::Heartbeat, self.line.heartbeat_ms),
        ]);
    }

    /// The browser gave a reason to doubt the connection, or to hope for one.
    fn look_again(&mut self, why: &Input, at: Moment) {
        match self.phase {
            Phase::Live => self.ping(PROBE_MS),
            Phase::Waiting { .. } if *why != Input::Offline && at.now_ms >= self.held_until_ms => self.open(),
            // An attempt that began without a network may hang long after it is back.
            Phase::Opening if *why == Input::Online => self.reopen(),
            _ => {}
        }
    }

    /// A page with an open socket cannot be kept for going back, so the socket goes.
    fn hide(&mut self) {
        if matches!(self.phase, Phase::Opening | Phase::Live | Phase::Waiting { .. } | Phase::Refreshing) {
            self.stop(Phase::Hidden);
        }
    }

    fn show(&mut self, at: Moment) {
        if self.phase == Phase::Hidden {
            self.open();
        } else {
            self.look_again(&Input::Visible, at);
        }
    }

    fn retry_now(&mut self) {
        match self.phase {
            Phase::Waiting { .. } => self.open(),
            Phase::Opening => self.reopen(),
            _ => {}
        }
    }

    /// Moves the countdown at the next full second.
    fn set_tick(&mut self, at: Moment) {
        if let (Trouble::Announced, Phase::Waiting { until_ms }) = (self.trouble, self.phase) {
            let left_ms = until_ms.saturating_sub(at.now_ms);
            if left_ms > 0 {
                self.effects.push(Effect::Set(Timer::Tick, (left_ms.saturating_sub(1) % 1_000).saturating_add(1)));
            }
        }
    }

    fn report(&mut self, at: Moment) {
        let status = self.status(at);
        if status != self.reported {
            self.reported = status;
            self.effects.push(Effect::Report(status));
        }
    }

    fn status(&self, at: Moment) -> Status {
        match (self.phase, self.trouble) {
            (Phase::Idle | Phase::Hidden, _) => Status::Idle,
            (Phase::Live, _) => Status::Live,
            (Phase::SignedOut, _) => Status::SignedOut,
            (Phase::Forbidden, _) => Status::Forbidden,
            (Phase::Waiting { until_ms }, Trouble::Announced) => {
                Status::Trouble { retry_in_s: Some(until_ms.saturating_sub(at.now_ms).div_ceil(1_000)) }
            }
            (_, Trouble::Announced) => Status::Trouble { retry_in_s: None },
            _ => Status::Connecting,
        }
    }
}

#[cfg(test)]
mod tests;
