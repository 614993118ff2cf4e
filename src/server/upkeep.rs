//! The owner's work on what is kept: backing up, restoring, moving house, and looking whether everything agrees.
//!
//! Each is a command that runs beside the server or instead of it, and none is part of it.

mod archive;
mod backup;
mod check;
mod restore;
mod telling;

use std::{io, path::PathBuf};

use thiserror::Error;

use super::{
    config::{DatabaseUrl, SecretsError, Settings},
    domain::ports::{BlobError, Blobs},
    media::blobs::{self, FolderBlobs, ListedBlob, S3Blobs},
    store::{
        checking::CheckError,
        moving::{self, MoveError},
    },
};

pub use backup::{BackedUp, backup};
pub use check::{Checked, check};
pub use restore::{Restored, is_half_restored, restore};
pub use telling::Teller;

pub use super::store::moving::{Moved, Progress, Watch};

/// Why something was not done. Its text is for the person who asked for it.
#[derive(Debug, Error)]
pub enum UpkeepError {
    /// An address that is none.
    #[error("{0} must be postgres://user@host/database or sqlite:path/to/file.")]
    NoDatabase(&'static str),
    /// Moving house.
    #[error("{0}.")]
    Move(#[from] MoveError),
    /// Looking at the data.
    #[error("{0}.")]
    Check(#[from] CheckError),
    /// The data folder.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// A server has the data folder.
    #[error("A server is using the data folder {} (HUBBUB_DATA_DIR): stop it first.", .0.display())]
    Serving(PathBuf),
    /// A file of that name is there.
    #[error("{} is there already: name a file that is not.", .0.display())]
    Taken(PathBuf),
    /// A file or folder.
    #[error("{} cannot be used: {cause}.", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// An archive that is not what a backup wrote.
    #[error("{} is no whole backup: {why}. Nothing was changed.", .path.display())]
    Broken {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A community lives there.
    #[error("There is a community in {} already. With --replace it is put aside, and the backup takes its place.", .0.display())]
    Lives(PathBuf),
    /// Uploads.
    #[error("Uploads cannot be read or written (HUBBUB_DATA_DIR, S3_URL): {0}.")]
    Blobs(#[from] BlobError),
    /// A thread of ours fell.
    #[error("A part of the work fell over: {0}.")]
    Fallen(#[from] tokio::task::JoinError),
}

/// Moves everything from one database into another, which is empty, or goes on with it.
///
/// # Errors
/// Why it was not begun or not finished; called again, it goes on.
pub async fn move_house(from: &str, to: &str, watch: Watch<'_>) -> Result<Moved, UpkeepError> {
    let from = DatabaseUrl::parse(from).ok_or(UpkeepError::NoDatabase("--from"))?;
    let to = DatabaseUrl::parse(to).ok_or(UpkeepError::NoDatabase("--to"))?;
    Ok(moving::move_house(&from, &to, watch).await?)
}

/// Where a community keeps its files.
enum Files {
    Folder(FolderBlobs),
    S3(S3Blobs),
}

impl Files {
    fn of(settings: &Settings) -> Result<Self, BlobError> {
        match &settings.s3_url {
            Some(url) => S3Blobs::new(url).map(Self::S3),
            None => FolderBlobs::open(&settings.data_dir.join(archive::UPLOADS)).map(Self::Folder),
        }
    }

    fn blobs(&self) -> &dyn Blobs {
        match self {
            Self::Folder(folder) => folder,
            Self::S3(bucket) => bucket,
        }
    }

    async fn list(&self) -> Result<Vec<ListedBlob>, BlobError> {
        match self {
            Self::Folder(folder) => blobs::list(folder).await,
            Self::S3(bucket) => blobs::list(bucket).await,
        }
    }
}

/// Names the file in what the system said.
fn at(path: &std::path::Path) -> impl Fn(io::Error) -> UpkeepError + use<> {
    let path = path.to_owned();
    move |cause| UpkeepError::File { path: path.clone(), cause }
}
