//! What waits to be written to one connection: bounded, and honest when the reader is too slow.
//!
//! Frames leave in the order they came. A count takes the place of an older one of the same key, so a slow reader gets
//! fewer, newer counts. When the bounds are passed all the same, the live events that wait are dropped and the
//! connection is closed with [`CloseCode::TooSlow`]: the client then resumes the log and is told the counts whole, so
//! what was dropped does not stay missing. Answers to the client's own commands are kept.

use std::{
    collections::VecDeque,
    future::poll_fn,
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
    /// Likewise, of something that the client hears of without having asked for it: see [`Next::Unasked`].
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

/// The outgoing queue of one connection: many put in, one takes out.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<(Lane, Frame)>,
    bytes: usize,
    close: Option<CloseCode>,
    writer: Option<Waker>,
}

impl Queue {
    /// Puts a frame in. Nothing happens once the connection is closing.
    pub fn push(&self, lane: Lane, frame: Frame) {
        let writer = self.waiting.lock().push(lane, frame);
        wake(writer);
    }

    /// Closes the connection once what may still be said was said. The first code given holds.
    pub fn close(&self, code: CloseCode) {
        let writer = self.waiting.lock().close(code);
        wake(writer);
    }

    /// Takes out what is to be done next.
    pub fn next(&self) -> Next {
        let mut waiting = self.waiting.lock();
        let Some((lane, frame)) = waiting.frames.pop_front() else {
            return waiting.close.map_or(Next::Nothing, Next::Close);
        };
        waiting.bytes -= frame.len();
        if waiting.frames.is_empty() && waiting.frames.capacity() > KEPT_FRAMES {
            waiting.frames = VecDeque::new();
        }
        match lane {
            Lane::Unasked(key) => Next::Unasked(key, frame),
            _ => Next::Frame(frame),
        }
    }

    /// Resolves when [`Queue::next`] has something. Only one may wait at a time.
    pub async fn ready(&self) {
        poll_fn(|cx| self.poll_ready(cx)).await;
    }

    /// [`Queue::ready`], for those who poll themselves.
    pub fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut waiting = self.waiting.lock();
        if waiting.close.is_some() || !waiting.frames.is_empty() {
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
    fn push(&mut self, lane: Lane, frame: Frame) -> Option<Waker> {
        if self.close.is_some() {
            return None;
        }
        if let Lane::Count(_) | Lane::Unasked(_) = lane
            && let Some((_, older)) = self.frames.iter_mut().find(|(waiting, _)| *waiting == lane)
        {
            self.bytes = self.bytes - older.len() + frame.len();
            *older = frame;
        } else {
            self.bytes += frame.len();
            self.frames.push_back((lane, frame));
        }
        if self.bytes > QUEUE_MAX_BYTES || self.frames.len() > QUEUE_MAX_FRAMES {
            return self.close(CloseCode::TooSlow);
        }
        self.writer.take()
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
        queue.push(Lane::Logged, frame(1, 10));
        queue.push(Lane::Must, frame(2, 10));
        queue.push(LIKES, frame(3, 10));
        assert_eq!(drain(&queue), (vec![frame(1, 10), frame(2, 10), frame(3, 10)], Next::Nothing));
    }

    #[test]
    fn a_newer_count_takes_the_place_of_an_older_one() {
        let queue = Queue::default();
        queue.push(LIKES, frame(1, 10));
        queue.push(COMMENTS, frame(2, 20));
        queue.push(LIKES, frame(3, 30));
        assert_eq!(queue.waiting_bytes(), 50);
        assert_eq!(queue.fault(), None);
        assert_eq!(drain(&queue), (vec![frame(3, 30), frame(2, 20)], Next::Nothing));
    }

    #[test]
    fn a_reader_that_stays_behind_is_closed_and_keeps_its_answers() {
        let queue = Queue::default();
        queue.push(Lane::Must, frame(1, 100));
        for _ in 0..70 {
            queue.push(Lane::Logged, frame(2, 1024));
        }
        assert_eq!(queue.fault(), None);
        assert_eq!(drain(&queue), (vec![frame(1, 100)], Next::Close(CloseCode::TooSlow)));
    }

    #[test]
    fn many_small_frames_are_too_many_as_well() {
        let queue = Queue::default();
        for _ in 0..=QUEUE_MAX_FRAMES {
            queue.push(Lane::Logged, frame(1, 1));
        }
        assert_eq!(queue.closing(), Some(CloseCode::TooSlow));
    }

    #[test]
    fn counts_alone_never_close_a_slow_reader() {
        let queue = Queue::default();
        for round in 0..100_000_u32 {
            let byte = u8::try_from(round % 251).unwrap();
            queue.push(LIKES, frame(byte, 200));
            queue.push(COMMENTS, frame(byte, 200));
        }
        assert_eq!(queue.closing(), None);
        assert_eq!(drain(&queue).0.len(), 2);
    }

    #[test]
    fn an_ended_session_is_shown_nothing_more() {
        let queue = Queue::default();
        queue.push(Lane::Must, frame(1, 10));
        queue.close(CloseCode::Unauthorized);
        queue.push(Lane::Must, frame(2, 10));
        assert_eq!(drain(&queue), (vec![], Next::Close(CloseCode::Unauthorized)));
    }

    #[tokio::test]
    async fn the_writer_wakes_for_a_frame_and_for_a_close() {
        let queue = Queue::default();
        let mut ready = Box::pin(queue.ready());
        assert!(futures::poll!(&mut ready).is_pending());
        queue.push(Lane::Must, frame(1, 1));
        ready.await;
        assert_eq!(queue.next(), Next::Frame(frame(1, 1)));
        let mut ready = Box::pin(queue.ready());
        assert!(futures::poll!(&mut ready).is_pending());
        queue.close(CloseCode::Restarting);
        ready.await;
    }
}
