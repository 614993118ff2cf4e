//! What somebody does in an hour, and how they are connected: the table, and where its numbers come from.
//!
//! An hour of somebody who is active is taken as half an hour of talking and half an hour of reading the feed.
//!
//! | what | an hour | from |
//! | --- | --- | --- |
//! | messages said | 45 | WhatsApp, 2020: 100 billion a day among 2 billion people, who spend some 34 minutes a day there: about 90 in an hour of talking |
//! | pages of the feed opened, rendered by the server | 16 | Facebook, July 2011, by DoubleClick: 40 pages in a visit of 25 minutes, so 96 an hour of reading; a third of them is taken as whole pages, as script fetches the rest |
//! | likes given or taken back | 4 | Facebook, spring 2012: 2 billion a day by 526 million people, in about half an hour each: 8 in an hour of reading |
//! | comments | 2 | the same: 1 billion a day |
//! | posts | 0.5 | the same: 300 million pictures a day |
//! | cuts of the connection | 4 | assumed: a telephone that changes networks or sleeps, each quarter of an hour |
//!
//! Assumed as well: somebody types for two seconds before each message, reads what comes within a second (one in four does
//! not), and is away for five seconds after a cut, on average. One look in five is at the newest page of the feed, the others
//! at any.

use std::time::Duration;

/// How often, for each person and hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mix {
    /// Messages said.
    pub messages: f64,
    /// Pages of the feed opened.
    pub pages: f64,
    /// Likes given or taken back.
    pub likes: f64,
    /// Comments.
    pub comments: f64,
    /// Posts.
    pub posts: f64,
    /// Cuts of the connection, without a word.
    pub cuts: f64,
    /// How many times faster than life all of it goes.
    pub pace: f64,
}

/// As in the table above.
pub const PEOPLE: Mix =
    Mix { messages: 45.0, pages: 16.0, likes: 4.0, comments: 2.0, posts: 0.5, cuts: 4.0, pace: 1.0 };

/// How long somebody types before a message goes out.
const TYPES_FOR: Duration = Duration::from_secs(2);
/// How long somebody takes to see a message.
const READS_AFTER: Duration = Duration::from_secs(1);
/// How long a cut lasts, on average.
const AWAY_FOR: Duration = Duration::from_secs(5);
/// One in so many does not look at what comes.
pub const LOOKS_AWAY: usize = 4;
/// One look in so many is at the newest page.
pub const FRONT_PAGE: usize = 5;
/// Posts on one page of the feed.
pub const PAGE: usize = 20;

impl Mix {
    /// How often a second something happens that so many people do so often an hour.
    #[must_use]
    pub fn per_second(&self, an_hour: f64, people: usize) -> f64 {
        an_hour * self.pace * people as f64 / 3_600.0
    }

    /// How long somebody types.
    #[must_use]
    pub fn types_for(&self) -> Duration {
        self.faster(TYPES_FOR)
    }

    /// How soon somebody sees a message.
    #[must_use]
    pub fn reads_after(&self) -> Duration {
        self.faster(READS_AFTER)
    }

    /// How long a cut lasts that is `chance` (0 to 1) of all.
    #[must_use]
    pub fn away_for(&self, chance: f64) -> Duration {
        self.faster(AWAY_FOR.mul_f64(waiting(chance).min(6.0)))
    }

    /// How long somebody waits whom the server turned away, as clients do, however fast life goes.
    #[must_use]
    pub fn turned_away_for(chance: f64) -> Duration {
        AWAY_FOR.mul_f64(0.2 + waiting(chance).min(6.0))
    }

    /// Spans shrink when life goes faster; they do not grow when it goes slower.
    fn faster(&self, span: Duration) -> Duration {
        span.div_f64(self.pace.max(1.0))
    }
}

/// How long one waits for something that happens once a second on average, for a `chance` from 0 to 1.
#[must_use]
pub fn waiting(chance: f64) -> f64 {
    -(1.0 - chance.clamp(0.0, 0.999_999)).ln()
}

/// The parts of all people that speak each dialect, of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The native dialect.
    pub native: usize,
    /// Socket.IO.
    pub socketio: usize,
    /// A channel.
    pub channels: usize,
}

impl Shares {
    /// The dialect of somebody, by their number: spread, so that any three in a row may differ.
    #[must_use]
    pub const fn of(self, person: usize) -> crate::dialect::Dialect {
        use crate::dialect::Dialect;
        let all = self.native + self.socketio + self.channels;
        // 37 has no divisor in common with a hundred.
        let place = if all == 0 { 0 } else { person * 37 % 100 * all / 100 };
        if place < self.native || all == 0 {
            return Dialect::Native;
        }
        if place < self.native + self.socketio {
            return Dialect::SocketIo;
        }
        // Who is there is told to few: each of them hears of everybody who comes or goes.
        match person / 7 % 40 {
            0 => Dialect::Online,
            1 | 2 => Dialect::Connections,
            3..9 => Dialect::Feed,
            9..16 => Dialect::Notifications,
            _ => Dialect::Messages,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;

    #[test]
    fn everybody_has_a_dialect_and_each_its_share() {
        let shares = Shares { native: 80, socketio: 10, channels: 10 };
        let people: Vec<Dialect> = (0..18_000).map(|person| shares.of(person)).collect();
        let count = |dialect| people.iter().filter(|one| **one == dialect).count();
        assert_eq!((count(Dialect::Native), count(Dialect::SocketIo)), (14_400, 1_800));
        for dialect in [Dialect::Messages, Dialect::Notifications, Dialect::Feed, Dialect::Connections, Dialect::Online]
        {
            assert!(count(dialect) > 0, "{dialect:?}");
        }
        assert_eq!(Shares { native: 0, socketio: 1, channels: 0 }.of(7), Dialect::SocketIo);
    }

    #[test]
    fn rates_are_by_person_and_hour_and_pace() {
        assert!((PEOPLE.per_second(PEOPLE.messages, 1_000) - 12.5).abs() < 1e-9);
        let fast = Mix { pace: 100.0, ..PEOPLE };
        assert_eq!(fast.types_for(), Duration::from_millis(20));
        assert!((waiting(0.632_12) - 1.0).abs() < 1e-3 && waiting(1.0).is_finite());
    }
}
