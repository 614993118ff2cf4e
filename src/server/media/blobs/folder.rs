//! Files in a folder of this machine, or of a network.

use std::{fs, io, path::Path as FilePath, sync::Arc, time::Duration};

use object_store::{ObjectStore, local::LocalFileSystem, path::Path};

use super::{Place, told};
use crate::server::domain::ports::BlobError;

/// What nobody wrote to for so long is not being uploaded any more, also where several servers share the folder.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// Files in a folder that only the server's user can enter. A file is there whole or not at all, and on the disk before
/// it is acknowledged.
#[derive(Clone, Debug)]
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
}

impl Place for FolderBlobs {
    const PIECE_BYTES: usize = 1024 * 1024;

    fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::<LocalFileSystem>::clone(&self.folder)
    }

    /// Until here the folder alone protects the file.
    fn close(&self, name: &Path) -> Result<(), BlobError> {
        let file = self.folder.path_to_filesystem(name).map_err(told)?;
        for_the_owner_only(&file, 0o600).map_err(|cause| BlobError::Unavailable(Box::new(cause)))
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
    use bytes::Bytes;

    use super::*;
    use crate::server::domain::ports::Blobs;

    const PIECE_BYTES: usize = FolderBlobs::PIECE_BYTES;

    /// Long enough for a busy machine.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn blobs() -> (tempfile::TempDir, FolderBlobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::open(&folder.path().join("media")).unwrap();
        (folder, blobs)
    }

    #[tokio::test]
    async fn what_was_only_dropped_is_cleared_away_beside_whoever_dropped_it() {
        let (folder, blobs) = blobs();
        for size in [10, 3 * PIECE_BYTES] {
            let mut writer = blobs.begin("attachments/7").await.unwrap();
            writer.write(vec![7; size].into()).await.unwrap();
            drop(writer);
            assert!(matches!(blobs.get("attachments/7").await, Err(BlobError::Missing)));
        }
        let left = || fs::read_dir(folder.path().join("media/attachments")).map_or(0, Iterator::count);
        let cleared = async {
            while left() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, cleared).await.expect("something is left");
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
