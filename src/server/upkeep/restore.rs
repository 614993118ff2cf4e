//! `hubbub restore`: a backup becomes the community of a data folder.
//!
//! It is unpacked beside what is there and compared with its list first. Then the folder it was unpacked into is called
//! [`RESTORING`], and from there the pieces take their places, one after the other. A server does not start while that folder
//! is there, and the next restore finishes what it finds in it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Files, UpkeepError,
    archive::{self, DATABASE, KEYS, Manifest, UPLOADS},
    at,
};
use crate::server::{
    clock::SystemClock,
    config::{self, DatabaseUrl, Settings},
    domain::ports::{Blobs, Clock},
    media::blobs::{self, FolderBlobs},
    store::moving::{self, Watch},
};

/// Holds what is unpacked and not compared yet.
const UNPACKING: &str = "unpacking";
/// Holds what takes its place piece by piece.
const RESTORING: &str = "restoring";
/// In it: what had these places before.
const REPLACED: &str = "replaced";

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Its list; `None` when a restore that was cut off earlier was finished instead.
    pub manifest: Option<Manifest>,
    /// Where that is which was there before.
    pub aside: Option<PathBuf>,
}

/// Whether a restore was cut off while things took their places.
#[must_use]
pub fn is_half_restored(data_dir: &Path) -> bool {
    data_dir.join(RESTORING).exists()
}

/// Puts what is in a backup into the data folder and the database that the settings name. `replace`: what is there is put
/// aside.
///
/// # Errors
/// When the archive is not whole, something lives there, or a server has the folder; then nothing was changed.
pub async fn restore(
    settings: &Settings,
    file: &Path,
    replace: bool,
    watch: Watch<'_>,
) -> Result<Restored, UpkeepError> {
    let data_dir = settings.data_dir.as_path();
    config::private_folder(data_dir)?;
    let _held = config::hold_folder(data_dir)?.ok_or_else(|| UpkeepError::Serving(data_dir.to_owned()))?;
    if is_half_restored(data_dir) {
        return Ok(Restored { manifest: None, aside: put_in_place(settings)? });
    }
    if let Some(place) = inhabited(settings)
        && !replace
    {
        return Err(UpkeepError::Lives(place));
    }
    let unpacking = data_dir.join(UNPACKING);
    let prepared = prepare(settings, file, &unpacking, watch).await;
    match prepared {
        Ok(manifest) => {
            fs::rename(&unpacking, data_dir.join(RESTORING)).map_err(at(&unpacking))?;
            Ok(Restored { manifest: Some(manifest), aside: put_in_place(settings)? })
        }
        Err(error) => {
            // What was unpacked has no use, and the next restore would remove it too.
            let _ = fs::remove_dir_all(&unpacking);
            Err(error)
        }
    }
}

/// What is there that a restore would put aside.
fn inhabited(settings: &Settings) -> Option<PathBuf> {
    let uploads = settings.data_dir.join(UPLOADS);
    let has_uploads = fs::read_dir(&uploads).is_ok_and(|mut shelves| shelves.next().is_some());
    match &settings.database_url {
        DatabaseUrl::Sqlite(path) if path.exists() => Some(path.clone()),
        _ => has_uploads.then_some(uploads),
    }
}

/// Unpacks and compares; a database on a server is filled, too.
async fn prepare(
    settings: &Settings,
    file: &Path,
    unpacking: &Path,
    watch: Watch<'_>,
) -> Result<Manifest, UpkeepError> {
    if unpacking.exists() {
        fs::remove_dir_all(unpacking).map_err(at(unpacking))?;
    }
    config::private_folder(unpacking)?;
    let uploads = unpacking.join(UPLOADS);
    fs::create_dir(&uploads).map_err(at(&uploads))?;
    let (from, to) = (file.to_owned(), unpacking.to_owned());
    let unpacked = tokio::task::spawn_blocking(move || archive::unpack(&from, &to)).await?;
    let manifest = unpacked.map_err(|why| UpkeepError::Broken { path: file.to_owned(), why })?;
    let database = unpacking.join(DATABASE);
    moving::bring_up_to_date(&database).await?;
    if let DatabaseUrl::Postgres(_) = &settings.database_url {
        let checksum = manifest.files.get(DATABASE).map(|packed| packed.sha256.as_str()).unwrap_or_default();
        let name = format!("a backup with the checksum {checksum}");
        moving::move_in(&database, &name, &settings.database_url, watch).await?;
        fs::remove_file(&database).map_err(at(&database))?;
    }
    if settings.s3_url.is_some() {
        put_elsewhere(settings, &uploads).await?;
        fs::remove_dir_all(&uploads).map_err(at(&uploads))?;
    }
    Ok(manifest)
}

/// Files that are kept in a store: every one has a name of its own, so nothing that is there is lost.
async fn put_elsewhere(settings: &Settings, uploads: &Path) -> Result<(), UpkeepError> {
    let (unpacked, place) = (FolderBlobs::open(uploads)?, Files::of(settings)?);
    for file in blobs::list(&unpacked).await? {
        place.blobs().put(&file.name, unpacked.get(&file.name).await?).await?;
    }
    Ok(())
}

/// Every piece from the folder [`RESTORING`] to its place; what was there goes aside. Cut off and called again, it goes on.
fn put_in_place(settings: &Settings) -> Result<Option<PathBuf>, UpkeepError> {
    let data_dir = settings.data_dir.as_path();
    let restoring = data_dir.join(RESTORING);
    let replaced = restoring.join(REPLACED);
    config::private_folder(&replaced)?;
    let database = match &settings.database_url {
        DatabaseUrl::Sqlite(path) => path.clone(),
        DatabaseUrl::Postgres(_) => data_dir.join(DATABASE),
    };
    let others = [UPLOADS].into_iter().chain(KEYS).map(|name| (name, data_dir.join(name)));
    for (name, place) in others.chain([(DATABASE, database)]) {
        let fresh = restoring.join(name);
        if !fresh.exists() {
            continue;
        }
        for ending in ["-wal", "-shm", ""] {
            let mut old = place.as_os_str().to_owned();
            old.push(ending);
            if Path::new(&old).exists() {
                carry(Path::new(&old), &replaced.join(format!("{name}{ending}"))).map_err(at(Path::new(&old)))?;
            }
        }
        carry(&fresh, &place).map_err(at(&place))?;
    }
    let aside = put_aside(data_dir, &replaced).map_err(at(&replaced))?;
    fs::remove_dir_all(&restoring).map_err(at(&restoring))?;
    Ok(aside)
}

/// What was replaced gets a name of its own, with the moment in it.
fn put_aside(data_dir: &Path, replaced: &Path) -> io::Result<Option<PathBuf>> {
    if fs::read_dir(replaced)?.next().is_none() {
        return Ok(None);
    }
    let aside = data_dir.join(format!("{REPLACED}-{}", SystemClock.now().as_millis()));
    fs::rename(replaced, &aside)?;
    Ok(Some(aside))
}

/// Renames a file or folder; a file on another disk is copied, whole before it has its name.
fn carry(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(cause) if cause.kind() == io::ErrorKind::CrossesDevices && from.is_file() => {
            let draft = to.with_extension("part");
            fs::copy(from, &draft)?;
            fs::File::open(&draft)?.sync_all()?;
            fs::rename(&draft, to)?;
            fs::remove_file(from)
        }
        done => done,
    }
}
