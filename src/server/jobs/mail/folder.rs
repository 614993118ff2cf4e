//! Letters as files, for a community without a mail server.

use std::{
    io,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use lettre::message::Mailbox;

use super::{MailSetupError, message, sender};
use crate::server::domain::ports::{Letter, MailError, Mailer};

/// Writes each letter into a file of its own, which mail programs open.
#[derive(Clone)]
pub struct FolderMailer {
    folder: PathBuf,
    from: Mailbox,
}

impl FolderMailer {
    /// Into this folder, which is made when there is none.
    ///
    /// # Errors
    /// When it cannot be made, or `from` is no address.
    pub fn open(folder: &Path, from: &str) -> Result<Self, MailSetupError> {
        let folder = folder.to_owned();
        match std::fs::create_dir_all(&folder) {
            Ok(()) => Ok(Self { from: sender(from)?, folder }),
            Err(cause) => Err(MailSetupError::Folder { folder, cause }),
        }
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let bytes = message(letter, &self.from)?.formatted();
        let name: String = letter.id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
        // Whole or not at all, under a name that the same letter has again.
        let (path, part) = (self.folder.join(format!("{name}.eml")), self.folder.join(format!("{name}.part")));
        let later = |cause: io::Error| MailError::Later(cause.to_string());
        tokio::fs::write(&part, bytes).await.map_err(later)?;
        tokio::fs::rename(&part, &path).await.map_err(later)
    }
}
