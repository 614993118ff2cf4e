//! `hubbub backup`: everything of a community in one file, while the server goes on.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use bytes::Buf;

use super::{
    Files, UpkeepError,
    archive::{DATABASE, KEYS, Packer, UPLOADS},
    at,
    check::blob_of,
};
use crate::server::{
    clock::SystemClock,
    config::{DatabaseUrl, Settings},
    domain::ports::{BlobError, Clock},
    store::{
        checking::Checker,
        moving::{self, Progress, Watch},
    },
};

/// What was written.
#[derive(Clone, Copy, Debug)]
pub struct BackedUp {
    /// Files in it, the database among them.
    pub files: u64,
    /// How long it is.
    pub bytes: u64,
    /// Files that were deleted after the database was copied, or were missing before.
    pub gone: u64,
    /// Whether a key is set elsewhere than in the data folder, and so not in it.
    pub keys_are_elsewhere: bool,
}

/// Writes everything into a new file: the database as it was at one moment, what was uploaded until then, and the keys that
/// the server generated. It has its name when it is whole.
///
/// # Errors
/// When a file of that name is there, or something cannot be read or written; then nothing is left.
pub async fn backup(settings: &Settings, file: &Path, watch: Watch<'_>) -> Result<BackedUp, UpkeepError> {
    if file.exists() {
        return Err(UpkeepError::Taken(file.to_owned()));
    }
    let (draft, copy) = (beside(file, "part"), beside(file, "part.db"));
    clear(&copy);
    let written = write(settings, &draft, &copy, watch).await;
    clear(&copy);
    let named = written.and_then(|written| {
        fs::rename(&draft, file).map_err(at(file))?;
        keep_name(file).map_err(at(file))?;
        Ok(written)
    });
    if named.is_err() {
        // Of no use, and it has its name from us.
        let _ = fs::remove_file(&draft);
    }
    named
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Removes a copy of the database that was in the way or is not needed any more.
fn clear(copy: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = copy.as_os_str().to_owned();
        name.push(ending);
        // Most of the time there is none.
        let _ = fs::remove_file(name);
    }
}

/// The name of a file is on the disk when its folder is.
fn keep_name(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

async fn write(settings: &Settings, draft: &Path, copy: &Path, watch: Watch<'_>) -> Result<BackedUp, UpkeepError> {
    let taken_at = SystemClock.now().as_millis();
    moving::snapshot(&settings.database_url, copy, watch).await?;
    let files = match Checker::open(&DatabaseUrl::Sqlite(copy.to_owned())).await? {
        Some(mut checker) => {
            let files = checker.files().await?;
            checker.close().await?;
            files
        }
        None => Vec::new(),
    };
    let (to, database) = (draft.to_owned(), copy.to_owned());
    let mut packer = packing(draft, move || Packer::begin(&to)?.add_file(DATABASE, &database)).await?;
    let mut keys = 0;
    for key in KEYS {
        let path = settings.data_dir.join(key);
        if path.is_file() {
            keys += 1;
            packer = packing(draft, move || packer.add_file(key, &path)).await?;
        }
    }
    let place = Files::of(settings)?;
    let (of, mut gone) = (files.len() as u64, 0);
    for (done, file) in (1..).zip(&files) {
        let name = blob_of(*file);
        match place.blobs().get(&name).await {
            Ok(bytes) => {
                let (name, len) = (format!("{UPLOADS}/{name}"), bytes.len() as u64);
                packer = packing(draft, move || packer.add(&name, bytes.reader(), len)).await?;
            }
            Err(BlobError::Missing) => gone += 1,
            Err(cause) => return Err(cause.into()),
        }
        watch(Progress { what: UPLOADS, done, of });
    }
    let (files, bytes) = packing(draft, move || packer.finish(taken_at)).await?;
    Ok(BackedUp { files, bytes, gone, keys_are_elsewhere: keys < KEYS.len() })
}

/// Compressing is work for another thread.
async fn packing<T: Send + 'static>(
    draft: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, UpkeepError> {
    tokio::task::spawn_blocking(work).await?.map_err(at(draft))
}
