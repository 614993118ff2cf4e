//! Files by name, in whatever keeps them whole: a folder of this machine, or a store that several servers share.

mod folder;
mod s3;

use std::{future::Future, ops::Range, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use object_store::{
    Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, Result as Answer, buffered::BufWriter, path::Path,
};
use tokio::{io::AsyncWriteExt, time::timeout};

use crate::{
    protocol::time::Timestamp,
    server::domain::ports::{BlobError, BlobPieces, BlobWriter, Blobs, Cause},
};

pub use folder::FolderBlobs;
pub use s3::S3Blobs;

/// How long the place may take for one answer. It is not counted while a slow reader takes what came.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the places for files differ in. Everything else is the same for all of them, below.
pub trait Place: Clone + Send + Sync + 'static {
    /// What is written at once of a large file, in bytes; a smaller one is written whole. Nothing else of a file waits in
    /// memory than what is being gathered for the next piece.
    const PIECE_BYTES: usize;

    /// The files.
    fn store(&self) -> Arc<dyn ObjectStore>;

    /// A file has its name now.
    ///
    /// # Errors
    /// When it cannot be what it has to be.
    fn close(&self, _name: &Path) -> Result<(), BlobError> {
        Ok(())
    }

    /// The place did what was asked, or failed.
    fn note(&self, _failure: Option<&Cause>) {}
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

/// Every file that is there whole.
///
/// # Errors
/// [`BlobError::Unavailable`] when the place cannot be read.
pub async fn list(place: &impl Place) -> Result<Vec<ListedBlob>, BlobError> {
    let store = place.store();
    let found = store.list(None).map_ok(|found| ListedBlob {
        name: found.location.to_string(),
        bytes: found.size,
        changed_at: Timestamp::from_millis(found.last_modified.timestamp_millis().try_into().unwrap_or_default()),
    });
    found.try_collect().await.map_err(told)
}

#[async_trait]
impl<P: Place> Blobs for P {
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), BlobError> {
        let (name, store) = (parsed(name)?, self.store());
        ask(self, async { store.put(&name, bytes.into()).await.map_err(nowhere) }).await?;
        self.close(&name)
    }

    async fn begin(&self, name: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        let name = parsed(name)?;
        let writer = BufWriter::with_capacity(self.store(), name.clone(), P::PIECE_BYTES).with_max_concurrency(1);
        Ok(Box::new(FileBeingWritten { place: self.clone(), name, writer }))
    }

    async fn part(&self, name: &str, part: Range<u64>) -> Result<BlobPieces, BlobError> {
        let options = GetOptions { range: Some(GetRange::Bounded(part)), ..GetOptions::default() };
        let (name, store) = (parsed(name)?, self.store());
        let found = ask(self, store.get_opts(&name, options)).await?;
        Ok(stream::unfold(Some((self.clone(), found.into_stream())), next_piece).boxed())
    }

    async fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        let (name, store) = (parsed(name)?, self.store());
        ask(self, async { store.get(&name).await?.bytes().await }).await
    }

    async fn delete(&self, name: &str) -> Result<(), BlobError> {
        let (name, store) = (parsed(name)?, self.store());
        match ask(self, store.delete(&name)).await {
            Err(BlobError::Missing) => Ok(()),
            done => done,
        }
    }
}

/// A file that takes its name when it is finished.
struct FileBeingWritten<P> {
    place: P,
    name: Path,
    writer: BufWriter,
}

#[async_trait]
impl<P: Place> BlobWriter for FileBeingWritten<P> {
    async fn write(&mut self, piece: Bytes) -> Result<(), BlobError> {
        ask(&self.place, async { self.writer.put(piece).await.map_err(nowhere) }).await
    }

    async fn finish(mut self: Box<Self>) -> Result<(), BlobError> {
        let Self { place, name, writer } = &mut *self;
        ask(place, async { writer.shutdown().await.map_err(|cause| failed(cause.into())) }).await?;
        place.close(name)
    }

    async fn abort(mut self: Box<Self>) {
        let Self { place, writer, .. } = &mut *self;
        if let Err(cause) = ask(place, writer.abort()).await {
            tracing::warn!(%cause, "an upload that broke off left something behind");
        }
    }
}

/// What a place answers, or that it does not.
async fn ask<P: Place, T>(place: &P, asked: impl Future<Output = Answer<T>> + Send) -> Result<T, BlobError> {
    let answer = timeout(PATIENCE, asked).await;
    let told = answer.map_or_else(|_| Err(BlobError::Unavailable("it does not answer".into())), |it| it.map_err(told));
    match &told {
        Err(BlobError::Unavailable(cause)) => place.note(Some(cause)),
        Err(BlobError::Missing) | Ok(_) => place.note(None),
    }
    told
}

/// A file that is being read.
type Reading<P> = (P, BoxStream<'static, Answer<Bytes>>);

/// The next piece of a file, as it comes. A failure is the last.
async fn next_piece<P: Place>(reading: Option<Reading<P>>) -> Option<(Result<Bytes, BlobError>, Option<Reading<P>>)> {
    let (place, mut pieces) = reading?;
    match ask(&place, async { pieces.next().await.transpose() }).await.transpose()? {
        Ok(piece) => Some((Ok(piece), Some((place, pieces)))),
        failure => Some((failure, None)),
    }
}

/// A name as a path in the place; one that would lead out of it is none of ours.
fn parsed(name: &str) -> Result<Path, BlobError> {
    Path::parse(name).map_err(|_| BlobError::Missing)
}

/// What is written is missing nowhere: what it should be written to is.
fn nowhere(error: Error) -> Error {
    if matches!(error, Error::NotFound { .. }) { failed("there is no such bucket".into()) } else { error }
}

const fn failed(source: Cause) -> Error {
    Error::Generic { store: "files", source }
}

/// Refusals are told without what came with them: stores like to repeat the key and what was signed.
fn told(error: Error) -> BlobError {
    match error {
        Error::NotFound { .. } => BlobError::Missing,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            BlobError::Unavailable("it refuses the key, or the key may not do this".into())
        }
        Error::Generic { source, .. } => BlobError::Unavailable(source),
        other => BlobError::Unavailable(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_without_what_came_with_it() {
        let refused =
            Error::PermissionDenied { path: "images/7".to_owned(), source: "AKIA and what was signed".into() };
        let BlobError::Unavailable(cause) = told(refused) else { panic!("it must be unavailable") };
        let text = format!("{cause} {cause:?}");
        assert!(text.contains("refuses the key") && !text.contains("AKIA"), "{text}");
    }
}
