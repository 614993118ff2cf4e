//! The machine's clock, behind the domain's port.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{protocol::time::Timestamp, server::domain::ports::Clock};

/// What the machine says the time is. It may step back when the machine is corrected: ids and limits do not rely on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        // A machine whose clock stands before 1970 gets 1970: the rest of the product has no earlier moments.
        let span = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }
}
