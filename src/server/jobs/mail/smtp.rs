//! Letters over SMTP.

use std::time::Duration;

use async_trait::async_trait;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor, message::Mailbox, transport::smtp};
use tokio::time::timeout;

use super::{MailSetupError, message, sender};
use crate::server::domain::ports::{Letter, MailError, Mailer};

/// One letter takes a second; a server that says nothing for so long is tried again later. The crate's own bound covers
/// the beginning of the connection only.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hands letters to a mail server, over a connection of its own for each: a server closes those that rest, and a letter
/// sent into one would fail.
#[derive(Clone)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// To the server at `url`: `smtps://user:password@host`, `smtp://host:587?tls=required`, or `smtp://host:25`.
    ///
    /// # Errors
    /// When that address, or `from`, cannot be understood.
    pub fn new(url: &str, from: &str) -> Result<Self, MailSetupError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(MailSetupError::Server)?;
        Ok(Self { transport: transport.timeout(Some(PATIENCE)).build(), from: sender(from)? })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = message(letter, &self.from)?;
        match timeout(PATIENCE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(cause)) if cause.is_permanent() => Err(MailError::Refused(told(&cause))),
            Ok(Err(cause)) => Err(MailError::Later(told(&cause))),
            Err(_) => Err(MailError::Later("The mail server did not answer in time.".to_owned())),
        }
    }
}

/// What went wrong, with its cause.
fn told(cause: &smtp::Error) -> String {
    let mut text = cause.to_string();
    let mut next = std::error::Error::source(cause);
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text.chars().take(300).collect()
}
