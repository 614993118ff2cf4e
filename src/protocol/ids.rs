//! Identifiers: opaque strings on the wire, decimal numbers below 2^53 inside, newer ones greater.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Ids stay below this so that a client which holds numbers as doubles keeps them exact.
pub const ID_LIMIT: u64 = 1 << 53;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// Wraps a raw number. Numbers of 2^53 and above are folded below it; the generator never makes one.
            #[must_use]
            pub const fn new(raw: u64) -> Self {
                Self(raw % ID_LIMIT)
            }

            /// The raw number, below 2^53.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self::new)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(IdVisitor).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    UserId,
    /// A signed-in device or script: one family of refresh tokens.
    SessionId,
    /// A post in the feed.
    PostId,
    /// A comment, or a reply to one.
    CommentId,
    /// An uploaded picture, whether a post shows it yet or not.
    ImageId,
    /// Two people or a group talking.
    ConversationId,
    /// A message or a note in a conversation.
    MessageId,
    /// A file or a voice message, whether a message carries it yet or not.
    AttachmentId,
    /// A notification of one person.
    NotificationId,
    /// A request of one person to connect with another.
    ConnectionRequestId,
    /// A job on the board.
    JobId,
    /// Somebody's application for a job.
    ApplicationId,
    /// What the community tells everyone.
    AnnouncementId,
    /// A device that takes pushes.
    PushDeviceId,
    /// One row of the outbox.
    OutboxId,
}

/// Accepts `"123"` and `123`, as documented clients send either.
struct IdVisitor;

impl de::Visitor<'_> for IdVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id: a decimal number below 2^53, as a string or a number")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        if value < ID_LIMIT { Ok(value) } else { Err(E::invalid_value(de::Unexpected::Unsigned(value), &self)) }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        let value = u64::try_from(value).map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))?;
        self.visit_u64(value)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<u64, E> {
        let number = value.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))?;
        self.visit_u64(number)
    }
}
