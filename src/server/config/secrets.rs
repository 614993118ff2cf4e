//! What the server keeps to itself: the private data folder, and the key it generates there on its first start.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rand::{TryRngCore, rngs::OsRng};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{SecretKey, Settings};

/// The data folder or the secrets in it cannot be used.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// The folder or file cannot be made, read or written.
    #[error("{} cannot be used: {cause}.", path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file is there and holds no usable key.
    #[error("{} holds no usable secret_key: restore it, or remove the file to sign everybody out with a new one.", .0.display())]
    Broken(PathBuf),
    /// There is no key, and whoever asks must not make one.
    #[error("{} is not there: set SECRET_KEY as for `hubbub serve`, or use its data folder.", .0.display())]
    Missing(PathBuf),
    /// The system gave no random bytes.
    #[error("The system gave no random bytes for a new key.")]
    NoRandomness,
}

/// `secrets.toml` as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    secret_key: String,
}

/// Makes the data folder if it is missing, and lets only its owner in (mode 0700).
///
/// # Errors
/// When it cannot be made, or belongs to somebody else.
pub fn private_folder(path: &Path) -> Result<(), SecretsError> {
    let make = || -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
    };
    make().map_err(|cause| SecretsError::Unusable { path: path.to_owned(), cause })
}

/// The key that signs access tokens: the one that is set, else the one in the data folder, else a new one that is kept
/// there in `secrets.toml` (mode 0600).
///
/// # Errors
/// When the file cannot be read, written or understood.
pub fn secret_key(settings: &Settings) -> Result<SecretKey, SecretsError> {
    if let Some(key) = &settings.secret_key {
        return Ok(key.clone());
    }
    let path = settings.data_dir.join("secrets.toml");
    match create(&path) {
        Ok(key) => Ok(key),
        Err(SecretsError::Unusable { cause, .. }) if cause.kind() == io::ErrorKind::AlreadyExists => stored(&path),
        Err(other) => Err(other),
    }
}

/// The key of a server beside this process: the one that is set, else the one in its data folder.
///
/// # Errors
/// When there is none, or the file cannot be read or understood.
pub fn shared_secret_key(settings: &Settings) -> Result<SecretKey, SecretsError> {
    if let Some(key) = &settings.secret_key {
        return Ok(key.clone());
    }
    let path = settings.data_dir.join("secrets.toml");
    if path.exists() { stored(&path) } else { Err(SecretsError::Missing(path)) }
}

/// Writes a new key to a file that does not exist yet. The file appears under its name only when it is whole: a server
/// that dies in between leaves none, and of two that start at once one wins.
fn create(path: &Path) -> Result<SecretKey, SecretsError> {
    let unusable = |cause| SecretsError::Unusable { path: path.to_owned(), cause };
    if path.exists() {
        return Err(unusable(io::ErrorKind::AlreadyExists.into()));
    }
    let mut bytes = [0_u8; SecretKey::BYTES_MIN];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| SecretsError::NoRandomness)?;
    let text = hex::encode(bytes);
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        writeln!(file, "# Signs access tokens. Whoever reads it can sign in as anybody.\nsecret_key = \"{text}\"")?;
        file.sync_all()?;
        fs::hard_link(&draft, path)
    };
    let written = write();
    // The draft is only another name by now, or of no use.
    let _ = fs::remove_file(&draft);
    written.map_err(unusable)?;
    SecretKey::parse(&text).ok_or_else(|| SecretsError::Broken(path.to_owned()))
}

fn stored(path: &Path) -> Result<SecretKey, SecretsError> {
    let text = fs::read_to_string(path).map_err(|cause| SecretsError::Unusable { path: path.to_owned(), cause })?;
    let stored: Option<Stored> = toml::from_str(&text).ok();
    let key = stored.and_then(|stored| SecretKey::parse(&stored.secret_key));
    key.ok_or_else(|| SecretsError::Broken(path.to_owned()))
}
