//! What the server keeps to itself: the private data folder, and the keys it generates there on its first start.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rand::{TryRngCore, rngs::OsRng};
use serde::Deserialize;
use thiserror::Error;

use super::{SecretKey, Settings, VapidKey};

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
    /// There is no key for pushes, and whoever asks must not make one.
    #[error("{} is not there: set HUBBUB_VAPID_KEY as for `hubbub serve`, or use its data folder.", .0.display())]
    MissingPush(PathBuf),
    /// The file is there and holds no usable key for pushes.
    #[error("{} holds no usable vapid_key: restore it, or remove the file; every device must then subscribe anew.", .0.display())]
    BrokenPush(PathBuf),
    /// The system gave no random bytes.
    #[error("The system gave no random bytes for a new key.")]
    NoRandomness,
}

/// `secrets.toml` as it is stored.
#[derive(Deserialize)]
struct Signing {
    secret_key: String,
}

/// `push.toml` as it is stored.
#[derive(Deserialize)]
struct Pushing {
    vapid_key: String,
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

/// Keeps servers and whoever replaces their data out of each other's way: the data folder, held until the file is closed, or
/// `None` when somebody else holds it. The system takes the lock back when the process ends, however it ends.
///
/// # Errors
/// When the folder cannot be used.
pub fn hold_folder(data_dir: &Path) -> Result<Option<fs::File>, SecretsError> {
    let path = data_dir.join("lock");
    let file = fs::File::create(&path).map_err(|cause| SecretsError::Unusable { path, cause })?;
    Ok(file.try_lock().is_ok().then_some(file))
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
    keep(&path, || {
        let text = hex::encode(random::<{ SecretKey::BYTES_MIN }>()?);
        Ok(format!("# Signs access tokens. Whoever reads it can sign in as anybody.\nsecret_key = \"{text}\"\n"))
    })?;
    let stored: Option<Signing> = toml::from_str(&read(&path)?).ok();
    let key = stored.and_then(|stored| SecretKey::parse(&stored.secret_key));
    key.ok_or(SecretsError::Broken(path))
}

/// The key of a server beside this process: the one that is set, else the one in its data folder.
///
/// # Errors
/// When there is none, or the file cannot be read or understood.
pub fn shared_secret_key(settings: &Settings) -> Result<SecretKey, SecretsError> {
    let path = settings.data_dir.join("secrets.toml");
    if settings.secret_key.is_some() || path.exists() { secret_key(settings) } else { Err(SecretsError::Missing(path)) }
}

/// The key for pushes of a server beside this process: the one that is set, else the one in its data folder.
///
/// # Errors
/// When there is none, or the file cannot be read or understood.
pub fn shared_vapid_key(settings: &Settings) -> Result<VapidKey, SecretsError> {
    let path = settings.data_dir.join("push.toml");
    if settings.vapid_key.is_some() || path.exists() {
        vapid_key(settings)
    } else {
        Err(SecretsError::MissingPush(path))
    }
}

/// The key that signs pushes: the one that is set, else the one in the data folder, else a new one that is kept there in
/// `push.toml` (mode 0600).
///
/// # Errors
/// When the file cannot be read, written or understood.
pub fn vapid_key(settings: &Settings) -> Result<VapidKey, SecretsError> {
    if let Some(key) = &settings.vapid_key {
        return Ok(key.clone());
    }
    let path = settings.data_dir.join("push.toml");
    keep(&path, || {
        let text = VapidKey::of_random(random()?).text();
        Ok(format!("# Signs pushes. Every device that takes them knows it by this key.\nvapid_key = \"{text}\"\n"))
    })?;
    let stored: Option<Pushing> = toml::from_str(&read(&path)?).ok();
    let key = stored.and_then(|stored| VapidKey::parse(&stored.vapid_key));
    key.ok_or(SecretsError::BrokenPush(path))
}

fn random<const N: usize>() -> Result<[u8; N], SecretsError> {
    let mut bytes = [0_u8; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| SecretsError::NoRandomness)?;
    Ok(bytes)
}

/// Writes a file unless it exists. It appears under its name only when it is whole: a server that dies in between leaves
/// none, and of two that start at once one wins.
fn keep(path: &Path, text: impl FnOnce() -> Result<String, SecretsError>) -> Result<(), SecretsError> {
    if path.exists() {
        return Ok(());
    }
    let text = text()?;
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&draft, path)
    };
    let written = write();
    // The draft is only another name by now, or of no use.
    let _ = fs::remove_file(&draft);
    match written {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => {
            Err(SecretsError::Unusable { path: path.to_owned(), cause })
        }
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<String, SecretsError> {
    fs::read_to_string(path).map_err(|cause| SecretsError::Unusable { path: path.to_owned(), cause })
}
