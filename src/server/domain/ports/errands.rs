//! Errands: what leaves the house, when it travels to whoever runs it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{DueLetter, DuePush};

/// Something to be sent. It says only what it is about: what is sent, and whether, is decided when it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub enum Errand {
    /// A letter.
    Letter(DueLetter),
    /// A push to one device.
    Push(DuePush),
}

/// What kinds of errands there are. Each waits in a line of its own, so that slow ones hold up no other kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrandKind {
    /// Letters.
    Letter,
    /// Pushes.
    Push,
}

impl ErrandKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Letter, Self::Push];
}

impl Errand {
    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> ErrandKind {
        match self {
            Self::Letter(_) => ErrandKind::Letter,
            Self::Push(_) => ErrandKind::Push,
        }
    }
}

/// An errand was not taken along, or nobody knows whether it was.
#[derive(Debug, Error)]
#[error("the errand was not taken along: {0}")]
pub struct CourierError(pub String);

/// Takes errands to whoever runs them.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Takes an errand along. Once this is done it is not lost, though it may arrive more than once.
    ///
    /// # Errors
    /// When it was not taken, or that is not known.
    async fn carry(&self, errand: &Errand) -> Result<(), CourierError>;
}

/// Knows whether the road on which errands travel is open.
pub trait Road: Send + Sync + 'static {
    /// Whether errands can be handed over now. When not, they wait.
    fn is_open(&self) -> bool;
}
