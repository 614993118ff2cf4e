//! Errands: handing what leaves the house to whoever runs it, here or in another process.
//!
//! The store knows what is to be done, and who has it: whoever takes an errand does so for a time, and whoever runs it
//! claims it first, once. So an errand may arrive twice, late or never: twice changes nothing, and what never arrives is
//! handed over again when its time is up.

use std::time::Duration;

use futures::future::join_all;

use super::{
    Domain,
    errors::Result,
    ports::{Courier, Errand, ErrandKind},
};

/// Errands that are handed over at once.
pub const ERRANDS_AT_ONCE: usize = 64;
/// For how long an errand may be under way. What is lost there waits so long; what is still in line then is handed over
/// again, and the older one changes nothing any more.
const UNDER_WAY: Duration = Duration::from_secs(10 * 60);

impl Domain {
    /// Hands over what is due of one kind; how much was taken. What the courier does not take is due again at once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn dispatch_errands(&self, kind: ErrandKind, courier: &dyn Courier) -> Result<Dispatched> {
        let errands = self.due_errands(kind).await?;
        if errands.is_empty() {
            return Ok(Dispatched::default());
        }
        let carried = join_all(errands.iter().map(|errand| courier.carry(errand))).await;
        let now = self.now();
        let mut dispatched = Dispatched::default();
        let mut tx = self.ports.store.begin().await?;
        for (errand, carried) in errands.iter().zip(carried) {
            let until = match carried {
                Ok(()) => now.plus(UNDER_WAY),
                Err(cause) => {
                    dispatched.refused = Some(cause.to_string());
                    now
                }
            };
            dispatched.taken += usize::from(until > now);
            match errand {
                Errand::Letter(letter) => tx.lay_letter_aside(letter, until).await?,
                Errand::Push(push) => tx.lay_push_aside(push, until).await?,
            }
        }
        tx.commit().await?;
        Ok(dispatched)
    }

    async fn due_errands(&self, kind: ErrandKind) -> Result<Vec<Errand>> {
        match kind {
            ErrandKind::Letter => {
                let letters = self.due_letters(ERRANDS_AT_ONCE).await?;
                Ok(letters.into_iter().map(Errand::Letter).collect())
            }
            ErrandKind::Push => {
                let pushes = self.due_pushes(ERRANDS_AT_ONCE).await?;
                Ok(pushes.into_iter().map(Errand::Push).collect())
            }
        }
    }

    /// Runs an errand that arrived. One that was run, or handed over again since, changes nothing.
    ///
    /// # Errors
    /// When the store fails; the errand then comes up again.
    pub async fn run_errand(&self, errand: Errand) -> Result<()> {
        match errand {
            Errand::Letter(letter) => self.send_letter(letter).await,
            Errand::Push(push) => self.send_push(push).await,
        }
    }
}

/// What came of handing over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// How many errands were taken.
    pub taken: usize,
    /// Why one was not, if one was not.
    pub refused: Option<String>,
}
