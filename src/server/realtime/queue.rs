//! What waits to be written to one connection: bounded, and honest when the reader is too slow.
//!
//! Frames leave in the order they came. A count takes the place of an older one of the same key, so a slow reader gets
//! fewer, newer counts. When the bounds are passed all the same, the live events that wait are dropped and the
//! connection is closed with [`CloseCode::TooSlow`]: the client then resumes the log and is told the counts whole, so
//! what was dropped does not stay missing. Answers to the client's own commands are kept.
//!
//! A transport that takes bytes without waiting is a [`Wire`]. With one, whoever carries events writes them at once
//! ([`Queue::carry`]), and the connection's own task is woken only for what needs it: a wire that is full, an answer, a
//! question, the end. Without one the task takes every frame out ([`Queue::next`]).

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    io,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;

use super::{encoding::Frame, pacing::CountKey};
use crate::protocol::events::CloseCode;

/// What one slow reader may cost, in bytes of waiting frames.
pub const QUEUE_MAX_BYTES: usize = 64 * 1024;
/// The same, in frames: a frame costs more than its bytes.
pub const QUEUE_MAX_FRAMES: usize = 512;
/// Room that a queue keeps after it ran empty, in frames; more is given back, since most connections idle.
const KEPT_FRAMES: usize = 4;

/// How a frame is treated when its reader is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Answers to the client itself: never dropped while the connection stands.
    Must,
    /// A live event that its log can replay.
    Logged,
    /// A count: a newer one of the same key replaces it.
    Count(CountKey),
    /// Likewise, of something that the client hears of without having asked for it: see [`Next::Unasked`]. That somebody came or
    /// went replaces nothing. Where too much waits it is left out; what changes next is offered again.
    Unasked(CountKey),
}

/// What the writer does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Write this frame.
    Frame(Frame),
    /// Something happened that was not asked for by name: find out whether the client may hear of it first.
    Unasked(CountKey, Frame),
    /// Nothing waits any more: close the connection with this code.
    Close(CloseCode),
    /// Wait for [`Queue::ready`].
    Nothing,
}

/// A transport that takes bytes without waiting.
pub trait Wire: Send + Sync {
    /// Writes frames, in order. What the network does not take now is kept, and nothing may be written before
    /// [`Wire::flush`] has brought it out. Whether nothing had to be kept.
    ///
    /// # Errors
    /// When the connection broke.
    fn write(&self, frames: &[Frame]) -> io::Result<bool>;

    /// Writes what was kept; whether all of it is out.
    ///
    /// # Errors
    /// When the connection broke.
    fn flush(&self) -> io::Result<bool>;
}

/// How far writing came.
#[derive(Debug, PartialEq, Eq)]
pub enum Flushed {
    /// Nothing waits any more.
    All,
    /// The wire is full.
    Full,
    /// As [`Next::Unasked`]. What waits behind it is written by the next [`Queue::flush`].
    Unasked(CountKey, Frame),
    /// As [`Next::Close`].
    Close(CloseCode),
}

/// The outgoing queue of one connection: many put in, one at a time takes out.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<(Lane, Frame)>,
    bytes: usize,
    close: Option<CloseCode>,
    writer: Option<Waker>,
    wire: Option<Arc<dyn Wire>>,
    /// Only the connection's own task goes on: the wire is full or broken, or a question is open.
    is_held: bool,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("frames", &self.frames.len())
            .field("close", &self.close)
            .finish_non_exhaustive()
    }
}

impl Queue {
    /// Puts a frame in. Nothing happens once the connection is closing. Whether [`Queue::carry`] or [`Queue::call`] is
    /// to follow: else the connection's task knows already.
    #[must_use]
    pub fn push(&self, lane: Lane, frame: Frame) -> bool {
        let mut waiting = self.waiting.lock();
        let writer = waiting.push(lane, frame);
        let is_carried = writer.is_none() && waiting.is_carried();
        drop(waiting);
        wake(writer);
        is_carried
    }

    /// Closes the connection once what may still be said was said. The first code given holds.
    pub fn close(&self, code: CloseCode) {
        let writer = self.waiting.lock().close(code);
        wake(writer);
    }

    /// From now on frames go over this wire.
    pub fn attach(&self, wire: Arc<dyn Wire>) {
        self.waiting.lock().wire = Some(wire);
    }

    /// Nothing goes out any more.
    pub fn detach(&self) {
        let wire = self.waiting.lock().wire.take();
        drop(wire);
    }

    /// Wakes the connection's own task.
    pub fn call(&self) {
        let writer = self.waiting.lock().writer.take();
        wake(writer);
    }

    /// Writes what waits, as far as the wire takes it and nobody has to be asked; the task is woken for the rest.
    pub fn carry(&self) {
        let mut waiting = self.waiting.lock();
        if !waiting.is_carried() {
            return;
        }
        if !matches!(waiting.write(), Ok(true)) {
            waiting.is_held = true;
        }
        let writer = if waiting.has_work() { waiting.writer.take() } else { None };
        drop(waiting);
        wake(writer);
    }

    /// The same for the connection's own task.
    ///
    /// # Errors
    /// When the connection broke.
    pub fn flush(&self) -> io::Result<Flushed> {
        let mut waiting = self.waiting.lock();
        let Some(wire) = waiting.wire.clone() else { return Ok(Flushed::All) };
        waiting.is_held = true;
        if !wire.flush()? || !waiting.write()? {
            return Ok(Flushed::Full);
        }
        // All others were written.
        if let Some((Lane::Unasked(key), frame)) = waiting.take() {
            return Ok(Flushed::Unasked(key, frame));
        }
        waiting.is_held = false;
        Ok(waiting.close.map_or(Flushed::All, Flushed::Close))
    }

    /// Takes out what is to be done next.
    pub fn next(&self) -> Next {
        let mut waiting = self.waiting.lock();
        match waiting.take() {
            None => waiting.close.map_or(Next::Nothing, Next::Close),
            Some((Lane::Unasked(key), frame)) => Next::Unasked(key, frame),
            Some((_, frame)) => Next::Frame(frame),
        }
    }

    /// Resolves when [`Queue::next`] has something. Only one may wait at a time.
    pub async fn ready(&self) {
        poll_fn(|cx| self.poll_ready(cx)).await;
    }

    /// [`Queue::ready`], for those who poll themselves.
    pub fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut waiting = self.waiting.lock();
        if waiting.has_work() {
            return Poll::Ready(());
        }
        match &mut waiting.writer {
            Some(writer) => writer.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.lock().bytes
    }

    /// Whether the connection is being closed, and why.
    #[must_use]
    pub fn closing(&self) -> Option<CloseCode> {
        self.waiting.lock().close
    }

    /// What is wrong with the queue, if anything: for tests.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let waiting = self.waiting.lock();
        let bytes: usize = waiting.frames.iter().map(|(_, frame)| frame.len()).sum();
        if bytes != waiting.bytes {
            return Some("the bytes of a queue are not those of its frames");
        }
        let over = bytes > QUEUE_MAX_BYTES || waiting.frames.len() > QUEUE_MAX_FRAMES;
        (over && waiting.close.is_none()).then_some("a queue holds more than its bounds")
    }
}

impl Waiting {
    /// The task to wake, unless a wire takes the frame.
    fn push(&mut self, lane: Lane, frame: Frame) -> Option<Waker> {
        if self.close.is_some() {
            return None;
        }
        let replaces = match lane {
            Lane::Count(_) => true,
            // That somebody came or went is never outdated; and when thousands come at once, everybody is offered all of them.
            Lane::Unasked(key) => !matches!(key, CountKey::Status(_)),
            Lane::Must | Lane::Logged => false,
        };
        let older = || self.frames.iter().position(|(waiting, _)| *waiting == lane);
        let older = replaces.then(older).flatten();
        if matches!(lane, Lane::Unasked(_)) && self.is_half_full_with(frame.len()) {
            // What was not asked for is never what a reader is too slow for.
            let older = older.and_then(|place| self.frames.remove(place));
            self.bytes -= older.map_or(0, |(_, frame)| frame.len());
            return None;
        }
        self.bytes += frame.len();
        if let Some((_, older)) = older.and_then(|place| self.frames.get_mut(place)) {
            self.bytes -= older.len();
            *older = frame;
        } else {
            self.frames.push_back((lane, frame));
        }
        if self.bytes > QUEUE_MAX_BYTES || self.frames.len() > QUEUE_MAX_FRAMES {
            return self.close(CloseCode::TooSlow);
        }
        if self.is_carried() { None } else { self.writer.take() }
    }

    fn is_half_full_with(&self, len: usize) -> bool {
        self.bytes + len > QUEUE_MAX_BYTES / 2 || self.frames.len() >= QUEUE_MAX_FRAMES / 2
    }

    fn close(&mut self, code: CloseCode) -> Option<Waker> {
        if self.close.is_some() {
            return None;
        }
        self.close = Some(code);
        match code {
            // The session is over: nothing more may be seen.
            CloseCode::Unauthorized => self.frames.clear(),
            CloseCode::TooSlow => self.frames.retain(|(lane, _)| *lane == Lane::Must),
            _ => {}
        }
        self.bytes = self.frames.iter().map(|(_, frame)| frame.len()).sum();
        self.writer.take()
    }

    /// Whether somebody else than the connection's task may write what waits.
    fn is_carried(&self) -> bool {
        self.wire.is_some() && !self.is_held && self.close.is_none()
    }

    /// Whether the connection's task has something to do.
    fn has_work(&self) -> bool {
        self.close.is_some() || self.is_held || !self.frames.is_empty()
    }

    fn take(&mut self) -> Option<(Lane, Frame)> {
        let (lane, frame) = self.frames.pop_front()?;
        self.bytes -= frame.len();
        self.give_room_back();
        Some((lane, frame))
    }

    fn give_room_back(&mut self) {
        if self.frames.is_empty() && self.frames.capacity() > KEPT_FRAMES {
            self.frames = VecDeque::new();
        }
    }

    /// Writes all up to the first that needs a question; whether the wire took it all. One write for all that waits.
    fn write(&mut self) -> io::Result<bool> {
        let Some(wire) = self.wire.clone() else { return Ok(true) };
        let count = self.frames.iter().take_while(|(lane, _)| !matches!(lane, Lane::Unasked(_))).count();
        if count == 1
            && let Some((_, frame)) = self.take()
        {
            return wire.write(&[frame]);
        }
        let frames: Vec<Frame> = self.frames.drain(..count).map(|(_, frame)| frame).collect();
        self.bytes -= frames.iter().map(|frame| frame.len()).sum::<usize>();
        self.give_room_back();
        if frames.is_empty() { Ok(true) } else { wire.write(&frames) }
    }
}

fn wake(writer: Option<Waker>) {
    if let Some(writer) = writer {
        writer.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ids::PostId;

    fn frame(byte: u8, len: usize) -> Frame {
        Frame::from(vec![byte; len])
    }

    /// As one does who has no wire.
    fn push(queue: &Queue, lane: Lane, frame: Frame) {
        assert!(!queue.push(lane, frame), "there is nobody to carry it");
    }

    /// Takes so many frames; then it is full until there is room again.
    #[derive(Default)]
    struct Line {
        out: Mutex<Vec<Frame>>,
        kept: Mutex<Vec<Frame>>,
        room: Mutex<usize>,
    }

    impl Wire for Line {
        fn write(&self, frames: &[Frame]) -> io::Result<bool> {
            assert!(self.kept.lock().is_empty(), "it was full");
            self.kept.lock().extend_from_slice(frames);
            self.flush()
        }

        fn flush(&self) -> io::Result<bool> {
            let (mut kept, mut room) = (self.kept.lock(), self.room.lock());
            let count = kept.len().min(*room);
            *room -= count;
            self.out.lock().extend(kept.drain(..count));
            Ok(kept.is_empty())
        }
    }

    fn wired(room: usize) -> (Queue, Arc<Line>) {
        let (queue, line) = (Queue::default(), Arc::new(Line { room: Mutex::new(room), ..Line::default() }));
        queue.attach(Arc::clone(&line) as Arc<dyn Wire>);
        (queue, line)
    }

    fn drain(queue: &Queue) -> (Vec<Frame>, Next) {
        let mut frames = Vec::new();
        loop {
            match queue.next() {
                Next::Frame(frame) => frames.push(frame),
                end => return (frames, end),
            }
        }
    }

    const LIKES: Lane = Lane::Count(CountKey::Likes(PostId::new(1)));
    const COMMENTS: Lane = Lane::Count(CountKey::Comments(PostId::new(1)));

    #[test]
    fn frames_leave_in_the_order_they_came() {
        let queue = Queue::default();
        push(&queue, Lane::Logged, frame(1, 10));
        push(&queue, Lane::Must, frame(2, 10));
        push(&queue, LIKES, frame(3, 10));
        assert_eq!(drain(&queue), (vec![frame(1, 10), frame(2, 10), frame(3, 10)], Next::Nothing));
    }

    #[test]
    fn a_newer_count_takes_the_place_of_an_older_one() {
        let queue = Queue::default();
        push(&queue, LIKES, frame(1, 10));
        push(&queue, COMMENTS, frame(2, 20));
        push(&queue, LIKES, frame(3, 30));
        assert_eq!(queue.waiting_bytes(), 50);
        assert_eq!(queue.fault(), None);
        assert_eq!(drain(&queue), (vec![frame(3, 30), frame(2, 20)], Next::Nothing));
    }

    #[test]
    fn a_reader_that_stays_behind_is_closed_and_keeps_its_answers() {
        let queue = Queue::default();
        push(&queue, Lane::Must, frame(1, 100));
        for _ in 0..70 {
            push(&queue, Lane::Logged, frame(2, 1024));
        }
        assert_eq!(queue.fault(), None);
        assert_eq!(drain(&queue), (vec![frame(1, 100)], Next::Close(CloseCode::TooSlow)));
    }

    #[test]
    fn many_small_frames_are_too_many_as_well() {
        let queue = Queue::default();
        for _ in 0..=QUEUE_MAX_FRAMES {
            push(&queue, Lane::Logged, frame(1, 1));
        }
        assert_eq!(queue.closing(), Some(CloseCode::TooSlow));
    }

    #[test]
    fn counts_alone_never_close_a_slow_reader() {
        let queue = Queue::default();
        for round in 0..100_000_u32 {
            let byte = u8::try_from(round % 251).unwrap();
            push(&queue, LIKES, frame(byte, 200));
            push(&queue, COMMENTS, frame(byte, 200));
        }
        assert_eq!(queue.closing(), None);
        assert_eq!(drain(&queue).0.len(), 2);
    }

    #[test]
    fn offers_alone_never_close_a_slow_reader() {
        for len in [0, 200, 2_000] {
            let queue = Queue::default();
            for post in 1..10_000 {
                push(&queue, Lane::Unasked(CountKey::Likes(PostId::new(post))), frame(1, len));
            }
            push(&queue, Lane::Must, frame(2, 10));
            // The same ones, larger.
            for post in 1..10_000 {
                push(&queue, Lane::Unasked(CountKey::Likes(PostId::new(post))), frame(1, len * 2));
            }
            assert_eq!((queue.closing(), queue.fault()), (None, None), "{len}");
        }
    }

    #[test]
    fn an_ended_session_is_shown_nothing_more() {
        let queue = Queue::default();
        push(&queue, Lane::Must, frame(1, 10));
        queue.close(CloseCode::Unauthorized);
        push(&queue, Lane::Must, frame(2, 10));
        assert_eq!(drain(&queue), (vec![], Next::Close(CloseCode::Unauthorized)));
    }

    #[tokio::test]
    async fn the_writer_wakes_for_a_frame_and_for_a_close() {
        let queue = Queue::default();
        let mut ready = Box::pin(queue.ready());
        assert!(futures::poll!(&mut ready).is_pending());
        push(&queue, Lane::Must, frame(1, 1));
        ready.await;
        assert_eq!(queue.next(), Next::Frame(frame(1, 1)));
        let mut ready = Box::pin(queue.ready());
        assert!(futures::poll!(&mut ready).is_pending());
        queue.close(CloseCode::Restarting);
        ready.await;
    }

    #[tokio::test]
    async fn what_a_wire_takes_never_wakes_the_task() {
        let (queue, line) = wired(10);
        let mut ready = Box::pin(queue.ready());
        assert!(futures::poll!(&mut ready).is_pending());
        for byte in 1..=3 {
            assert!(queue.push(Lane::Logged, frame(byte, 10)));
        }
        queue.carry();
        assert_eq!(*line.out.lock(), [frame(1, 10), frame(2, 10), frame(3, 10)]);
        assert!(futures::poll!(&mut ready).is_pending());
        assert_eq!((queue.waiting_bytes(), queue.fault()), (0, None));
    }

    #[tokio::test]
    async fn a_full_wire_is_left_to_the_task_and_nothing_is_lost_or_reordered() {
        let (queue, line) = wired(1);
        let mut ready = Box::pin(queue.ready());
        assert!(futures::poll!(&mut ready).is_pending());
        assert!(queue.push(Lane::Logged, frame(1, 10)) && queue.push(Lane::Logged, frame(2, 10)));
        queue.carry();
        ready.await;
        // What comes meanwhile is the task's too.
        assert!(!queue.push(Lane::Logged, frame(3, 10)));
        queue.carry();
        assert_eq!(queue.flush().unwrap(), Flushed::Full);
        *line.room.lock() = 10;
        assert_eq!(queue.flush().unwrap(), Flushed::All);
        assert_eq!(*line.out.lock(), [frame(1, 10), frame(2, 10), frame(3, 10)]);
        assert!(queue.push(Lane::Logged, frame(4, 10)), "it is carried again");
    }

    #[tokio::test]
    async fn a_question_is_the_tasks_and_what_came_behind_it_waits() {
        let (queue, line) = wired(10);
        let (key, offered) = (CountKey::Likes(PostId::new(1)), frame(2, 10));
        assert!(queue.push(Lane::Logged, frame(1, 10)));
        assert!(queue.push(Lane::Unasked(key), offered.clone()));
        queue.carry();
        assert_eq!(*line.out.lock(), [frame(1, 10)]);
        queue.ready().await;
        assert_eq!(queue.flush().unwrap(), Flushed::Unasked(key, offered));
        assert!(!queue.push(Lane::Logged, frame(3, 10)));
        queue.carry();
        assert_eq!(*line.out.lock(), [frame(1, 10)]);
        assert_eq!(queue.flush().unwrap(), Flushed::All);
        assert_eq!(*line.out.lock(), [frame(1, 10), frame(3, 10)]);
    }

    #[tokio::test]
    async fn a_closed_queue_is_emptied_by_the_task_and_a_detached_one_says_nothing() {
        let (queue, line) = wired(10);
        assert!(queue.push(Lane::Must, frame(1, 10)));
        queue.close(CloseCode::Restarting);
        queue.carry();
        assert!(line.out.lock().is_empty());
        queue.ready().await;
        assert_eq!(queue.flush().unwrap(), Flushed::Close(CloseCode::Restarting));
        assert_eq!(*line.out.lock(), [frame(1, 10)]);
        let (queue, line) = wired(10);
        assert!(queue.push(Lane::Must, frame(1, 10)));
        queue.detach();
        queue.carry();
        assert!(line.out.lock().is_empty());
    }
}
