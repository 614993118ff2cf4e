//! Files by name, in a folder of this machine. Behind the port, an object store elsewhere can take its place.

use std::{fs, io, ops::Range, path::Path as FilePath, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::{
    Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, buffered::BufWriter, local::LocalFileSystem, path::Path,
};
use tokio::io::AsyncWriteExt;

use crate::{
    protocol::time::Timestamp,
    server::domain::ports::{BlobError, BlobPieces, BlobWriter, Blobs},
};

/// What is written at once of a large file, in bytes; a smaller one is written whole. One more such piece is gathered
/// meanwhile.
const PIECE_BYTES: usize = 1024 * 1024;

/// What nobody wrote to for so long is not being uploaded any more, also where several servers share the folder.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// Files in a folder that only the server's user can enter. A file is there whole or not at all, and on the disk before
/// it is acknowledged.
#[derive(Debug)]
pub struct FolderBlobs {
    folder: Arc<LocalFileSystem>,
}

impl FolderBlobs {
    /// Opens the folder, and creates it when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be created or used.
    pub fn open(folder: &FilePath) -> Result<Self, BlobError> {
        let unavailable = |cause: io::Error| BlobError::Unavailable(Box::new(cause));
        fs::create_dir_all(folder).map_err(unavailable)?;
        for_the_owner_only(folder, 0o700).map_err(unavailable)?;
        remove_unfinished(folder).map_err(unavailable)?;
        let opened = LocalFileSystem::new_with_prefix(folder).map_err(told)?;
        Ok(Self { folder: Arc::new(opened.with_fsync(true)) })
    }

    /// Every file that is there whole.
    ///
    /// # Errors
    /// [`BlobError::Unavailable`] when the folder cannot be read.
    pub async fn list(&self) -> Result<Vec<ListedBlob>, BlobError> {
        let found = self.folder.list(None).map_ok(|found| ListedBlob {
            name: found.location.to_string(),
            bytes: found.size,
            changed_at: Timestamp::from_millis(found.last_modified.timestamp_millis().try_into().unwrap_or_default()),
        });
        found.try_collect().await.map_err(told)
    }
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedBlob {
    /// Its name.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// When it was written.
    pub changed_at: Timestamp,
}

#[async_trait]
impl Blobs for FolderBlobs {
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), BlobError> {
        let name = parsed(name)?;
        self.folder.put(&name, bytes.into()).await.map_err(told)?;
        close_to_others(&self.folder, &name)
    }

    async fn begin(&self, name: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        let name = parsed(name)?;
        let folder: Arc<dyn ObjectStore> = Arc::<LocalFileSystem>::clone(&self.folder);
        let writer = BufWriter::with_capacity(folder, name.clone(), PIECE_BYTES).with_max_concurrency(1);
        Ok(Box::new(FileBeingWritten { folder: Arc::clone(&self.folder), name, writer }))
    }

    async fn part(&self, name: &str, part: Range<u64>) -> Result<BlobPieces, BlobError> {
        let options = GetOptions { range: Some(GetRange::Bounded(part)), ..GetOptions::default() };
        let found = self.folder.get_opts(&parsed(name)?, options).await.map_err(told)?;
        Ok(found.into_stream().map_err(told).boxed())
    }

    async fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        self.folder.get(&parsed(name)?).await.map_err(told)?.bytes().await.map_err(told)
    }

    async fn delete(&self, name: &str) -> Result<(), BlobError> {
        match self.folder.delete(&parsed(name)?).await.map_err(told) {
            Err(BlobError::Missing) => Ok(()),
            done => done,
        }
    }
}

/// A file that takes its name when it is finished.
struct FileBeingWritten {
    folder: Arc<LocalFileSystem>,
    name: Path,
    writer: BufWriter,
}

#[async_trait]
impl BlobWriter for FileBeingWritten {
    async fn write(&mut self, piece: Bytes) -> Result<(), BlobError> {
        self.writer.put(piece).await.map_err(told)
    }

    async fn finish(mut self: Box<Self>) -> Result<(), BlobError> {
        self.writer.shutdown().await.map_err(|cause| BlobError::Unavailable(Box::new(cause)))?;
        close_to_others(&self.folder, &self.name)
    }

    async fn abort(mut self: Box<Self>) {
        if let Err(cause) = self.writer.abort().await {
            tracing::warn!(%cause, "an upload that broke off left something behind");
        }
    }
}

/// Removes what a killed server was writing: until a file is whole it is called like what it will be, a `#` and a number.
fn remove_unfinished(folder: &FilePath) -> io::Result<()> {
    for shelf in fs::read_dir(folder)?.filter_map(Result::ok).filter(|entry| entry.path().is_dir()) {
        for file in fs::read_dir(shelf.path())? {
            let file = file?;
            let is_unfinished = file.file_name().to_string_lossy().contains('#');
            if is_unfinished && file.metadata()?.modified()?.elapsed().is_ok_and(|age| age > ABANDONED) {
                fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

/// Until here the folder alone protects the file.
fn close_to_others(folder: &LocalFileSystem, name: &Path) -> Result<(), BlobError> {
    let file = folder.path_to_filesystem(name).map_err(told)?;
    for_the_owner_only(&file, 0o600).map_err(|cause| BlobError::Unavailable(Box::new(cause)))
}

/// A name as a path below the folder; one that would lead out of it is none of ours.
fn parsed(name: &str) -> Result<Path, BlobError> {
    Path::parse(name).map_err(|_| BlobError::Missing)
}

fn told(error: Error) -> BlobError {
    match error {
        Error::NotFound { .. } => BlobError::Missing,
        other => BlobError::Unavailable(Box::new(other)),
    }
}

#[cfg(unix)]
fn for_the_owner_only(path: &FilePath, mode: u32) -> io::Result<()> {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};
    fs::set_permissions(path, Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn for_the_owner_only(_path: &FilePath, _mode: u32) -> io::Result<()> {
    // Elsewhere a folder inherits who may enter it.
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for a busy machine.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn blobs() -> (tempfile::TempDir, FolderBlobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::open(&folder.path().join("media")).unwrap();
        (folder, blobs)
    }

    async fn gathered(pieces: BlobPieces) -> Vec<u8> {
        pieces.try_fold(Vec::new(), async |all, piece| Ok([all, piece.to_vec()].concat())).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_written_in_pieces_is_there_when_it_is_finished() {
        let (_folder, blobs) = blobs();
        for size in [10, 3 * PIECE_BYTES + 17] {
            let whole: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mut writer = blobs.begin("attachments/7").await.unwrap();
            for piece in whole.chunks(100_000) {
                writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
            }
            writer.finish().await.unwrap();
            assert!(blobs.get("attachments/7").await.unwrap() == whole);
            let end = whole.len() as u64;
            assert!(gathered(blobs.part("attachments/7", 0..end).await.unwrap()).await == whole);
            assert_eq!(gathered(blobs.part("attachments/7", 3..8).await.unwrap()).await, whole[3..8]);
        }
        assert!(matches!(blobs.part("attachments/8", 0..1).await.err(), Some(BlobError::Missing)));
    }

    #[tokio::test]
    async fn what_was_given_up_leaves_nothing() {
        let (folder, blobs) = blobs();
        for size in [10, 3 * PIECE_BYTES] {
            for aborts in [true, false] {
                let mut writer = blobs.begin("attachments/7").await.unwrap();
                writer.write(vec![7; size].into()).await.unwrap();
                if aborts {
                    writer.abort().await;
                } else {
                    drop(writer);
                }
                assert!(matches!(blobs.get("attachments/7").await, Err(BlobError::Missing)));
            }
        }
        // What was only dropped is cleared away beside whoever dropped it.
        let left = || fs::read_dir(folder.path().join("media/attachments")).map_or(0, Iterator::count);
        let cleared = async {
            while left() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, cleared).await.expect("something is left");
    }

    #[tokio::test]
    async fn what_was_put_is_there_until_it_is_deleted() {
        let (_folder, blobs) = blobs();
        blobs.put("images/7", Bytes::from_static(b"one")).await.unwrap();
        blobs.put("images/7", Bytes::from_static(b"two")).await.unwrap();
        assert_eq!(blobs.get("images/7").await.unwrap(), "two");
        blobs.delete("images/7").await.unwrap();
        blobs.delete("images/7").await.unwrap();
        assert!(matches!(blobs.get("images/7").await, Err(BlobError::Missing)));
    }

    #[tokio::test]
    async fn what_a_killed_server_was_writing_is_gone_after_a_start_and_what_is_being_written_is_not() {
        let (folder, blobs) = blobs();
        let piece = || Bytes::from(vec![7; 2 * PIECE_BYTES]);
        let mut fresh = blobs.begin("attachments/8").await.unwrap();
        fresh.write(piece()).await.unwrap();
        let mut killed = blobs.begin("attachments/7").await.unwrap();
        killed.write(piece()).await.unwrap();
        std::mem::forget(killed);
        blobs.put("attachments/9", Bytes::from_static(b"whole")).await.unwrap();
        let shelf = folder.path().join("media/attachments");
        let names = || {
            let mut names: Vec<_> = fs::read_dir(&shelf).unwrap().map(|file| file.unwrap().file_name()).collect();
            names.sort_unstable();
            names
        };
        let before = names();
        assert_eq!(before.len(), 3, "{before:?}");
        for name in before.iter().filter(|name| !name.to_string_lossy().starts_with('8')) {
            let file = fs::File::options().write(true).open(shelf.join(name)).unwrap();
            let written_at = file.metadata().unwrap().modified().unwrap();
            file.set_modified(written_at - 2 * ABANDONED).unwrap();
        }
        FolderBlobs::open(&folder.path().join("media")).unwrap();
        let left = names();
        assert_eq!(left.len(), 2, "{left:?}");
        assert_eq!(blobs.get("attachments/9").await.unwrap(), "whole");
        fresh.finish().await.unwrap();
        assert_eq!(blobs.get("attachments/8").await.unwrap(), piece());
    }

    #[tokio::test]
    async fn no_name_leads_out_of_the_folder() {
        let (folder, blobs) = blobs();
        fs::write(folder.path().join("secret"), "x").unwrap();
        for name in ["../secret", "images/../../secret", "/../secret", "%2e%2e/secret"] {
            assert!(matches!(blobs.get(name).await, Err(BlobError::Missing)), "{name}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn files_are_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, blobs) = blobs();
        blobs.put("images/7", Bytes::from_static(b"one")).await.unwrap();
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("media"), mode("media/images/7")), (0o700, 0o600));
    }
}
