//! Who carries letters: a mail server, or a folder where they can be read.

mod folder;
mod smtp;

pub use folder::FolderMailer;
pub use smtp::SmtpMailer;

use std::{io, path::PathBuf};

use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use thiserror::Error;

use crate::server::domain::ports::{Letter, MailError};

/// Letters cannot be sent as the settings have it.
#[derive(Debug, Error)]
pub enum MailSetupError {
    /// The address they would come from is none.
    #[error("HUBBUB_MAIL_FROM cannot be used: {0}")]
    From(#[source] lettre::address::AddressError),
    /// The mail server's address cannot be understood.
    #[error("SMTP_URL cannot be used: {0}")]
    Server(#[source] lettre::transport::smtp::Error),
    /// Their folder cannot be made.
    #[error("Letters cannot be kept in {}: {cause}", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

fn sender(from: &str) -> Result<Mailbox, MailSetupError> {
    from.parse().map_err(MailSetupError::From)
}

/// Where a letter's recipient ends such letters, as RFC 2369 has it.
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// That one POST there does it, as RFC 8058 has it.
#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

/// A letter as it goes over the wire.
fn message(letter: &Letter, from: &Mailbox) -> Result<Message, MailError> {
    let refused = |cause: &dyn std::fmt::Display| MailError::Refused(cause.to_string());
    let address = letter.to.parse().map_err(|cause| refused(&cause))?;
    let id = format!("<{}@{}>", letter.id, from.email.domain());
    let mut builder = Message::builder()
        .message_id(Some(id))
        .from(from.clone())
        .to(Mailbox::new(Some(letter.to_name.clone()), address))
        .subject(&letter.subject);
    if let Some(address) = &letter.unsubscribe {
        builder = builder.header(ListUnsubscribe(format!("<{address}>"))).header(ListUnsubscribePost);
    }
    let body = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
    builder.multipart(body).map_err(|cause| refused(&cause))
}
