//! What letters need from outside: somebody who carries them, keys for their links, and who is there.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use thiserror::Error;

use super::{Cause, Pusher};
use crate::protocol::ids::UserId;

/// A letter, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Names it: the same letter tried again has the same, so that who gets it twice can tell.
    pub id: String,
    /// The address it goes to.
    pub to: String,
    /// The name of whom it goes to.
    pub to_name: String,
    /// What it is about.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The address that ends such letters with one click, and works signed out.
    pub unsubscribe: Option<String>,
}

/// A letter was not taken.
#[derive(Debug, Error)]
pub enum MailError {
    /// The server was away, slow, or asked to come back later.
    #[error("the mail server did not take the letter: {0}")]
    Later(String),
    /// It never will: there is no such address.
    #[error("the mail server refused the letter: {0}")]
    Refused(String),
}

/// Carries letters.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands a letter on. Ends within seconds, whatever the server does.
    ///
    /// # Errors
    /// When it was not taken.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;
}

/// Makes the keys of links in letters.
pub trait LinkKeys: Send + Sync + 'static {
    /// A key that nobody can guess.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    fn fresh(&self) -> Result<String, Cause>;
    /// What is stored of a key.
    fn hash(&self, key: &str) -> String;
    /// Signs that whoever shows this may end the letters to a person.
    ///
    /// # Errors
    /// When signing fails.
    fn unsubscribe(&self, person: UserId) -> Result<String, Cause>;
    /// Whose letters may be ended with this; `None` when we did not sign it.
    fn unsubscriber(&self, token: &str) -> Option<UserId>;
}

/// Knows who is there.
pub trait Attendance: Send + Sync + 'static {
    /// Whether the person has the site open, on any device.
    fn is_here(&self, person: UserId) -> bool;
    /// Whether they do something there, on any device.
    fn is_active(&self, person: UserId) -> bool;
    /// Everybody who has the site open, whoever may know.
    fn everybody(&self) -> Vec<UserId>;
}

/// Everything that letters and pushes need.
#[derive(Clone)]
pub struct Post {
    /// Who carries letters.
    pub mailer: Arc<dyn Mailer>,
    /// Who carries pushes.
    pub pusher: Arc<dyn Pusher>,
    /// Keys for their links.
    pub keys: Arc<dyn LinkKeys>,
    /// Who need not be written to.
    pub attendance: Arc<dyn Attendance>,
    /// The address people use, without a slash at its end.
    pub origin: String,
    /// How long somebody must have been away before they are written to.
    pub away_for: Duration,
}
