//! A like button's wish: shown at once, the latest one wins, one request in flight at a time.

use crate::protocol::ids::{CommentId, PostId};

/// What can be liked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LikeTarget {
    /// A post.
    Post(PostId),
    /// A comment or a reply.
    Comment(CommentId),
}

impl LikeTarget {
    /// The address that takes `PUT` to like and `DELETE` to take it back.
    #[must_use]
    pub fn path(self) -> String {
        let (noun, id) = match self {
            Self::Post(id) => ("posts", id.get()),
            Self::Comment(id) => ("comments", id.get()),
        };
        ["/api/", noun, "/", &id.to_string(), "/like"].concat()
    }
}

/// What the reader wants, beside what the server has stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LikeToggle {
    wish: Option<bool>,
    sending: Option<bool>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The server stored what was sent.
    Stored,
    /// The server refused, or could not be reached.
    Refused,
}

impl LikeToggle {
    /// Turns the wish round. Returns what to send now; `None` while a request is in flight.
    pub fn press(&mut self, stored: bool) -> Option<bool> {
        let wish = !self.wish.unwrap_or(stored);
        self.wish = Some(wish);
        if self.sending.is_some() {
            return None;
        }
        self.sending = Some(wish);
        self.sending
    }

    /// Takes the end of the request in flight. Returns what to send next, if the wish has changed since.
    ///
    /// A refusal drops the wish, so the button falls back to what is stored.
    pub fn settle(&mut self, outcome: Settled) -> Option<bool> {
        let sent = self.sending.take();
        match (outcome, self.wish) {
            (Settled::Stored, Some(wish)) if sent != Some(wish) => {
                self.sending = Some(wish);
                self.sending
            }
            _ => {
                self.wish = None;
                None
            }
        }
    }

    /// Whether a request is in flight.
    #[must_use]
    pub const fn pending(self) -> bool {
        self.sending.is_some()
    }

    /// What to show: the wish in place of the stored like, and the count as it will be once stored.
    #[must_use]
    pub fn shown(self, liked: bool, count: u64) -> (bool, u64) {
        match self.wish {
            Some(true) if !liked => (true, count.saturating_add(1)),
            Some(false) if liked => (false, count.saturating_sub(1)),
            _ => (liked, count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_shows_at_once_and_is_sent() {
        let mut toggle = LikeToggle::default();
        assert_eq!(toggle.press(false), Some(true));
        assert!(toggle.pending());
        assert_eq!(toggle.shown(false, 2), (true, 3));
        assert_eq!(toggle.settle(Settled::Stored), None);
        assert!(!toggle.pending());
        assert_eq!(toggle.shown(true, 3), (true, 3));
    }

    #[test]
    fn the_latest_wish_wins_with_one_request_in_flight() {
        let mut toggle = LikeToggle::default();
        assert_eq!(toggle.press(false), Some(true));
        assert_eq!(toggle.press(false), None);
        assert_eq!(toggle.shown(false, 7), (false, 7));
        assert_eq!(toggle.settle(Settled::Stored), Some(false));
        assert_eq!(toggle.shown(true, 8), (false, 7));
        assert_eq!(toggle.settle(Settled::Stored), None);
    }

    #[test]
    fn an_even_number_of_presses_sends_nothing_more() {
        let mut toggle = LikeToggle::default();
        assert_eq!(toggle.press(false), Some(true));
        toggle.press(false);
        toggle.press(false);
        assert_eq!(toggle.settle(Settled::Stored), None);
    }

    #[test]
    fn a_refusal_rolls_back_to_what_is_stored() {
        let mut toggle = LikeToggle::default();
        toggle.press(true);
        assert_eq!(toggle.shown(true, 4), (false, 3));
        assert_eq!(toggle.settle(Settled::Refused), None);
        assert_eq!(toggle.shown(true, 4), (true, 4));
    }

    #[test]
    fn the_count_counts_the_reader_once_when_the_event_comes_before_the_answer() {
        let mut toggle = LikeToggle::default();
        toggle.press(false);
        assert_eq!(toggle.shown(true, 3), (true, 3));
    }

    #[test]
    fn each_target_has_its_address() {
        assert_eq!(LikeTarget::Post(PostId::new(7)).path(), "/api/posts/7/like");
        assert_eq!(LikeTarget::Comment(CommentId::new(8)).path(), "/api/comments/8/like");
    }
}
