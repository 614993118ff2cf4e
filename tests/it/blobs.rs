//! What every place for files must do, as cases that run on a folder and on a store that speaks S3.

use std::{fs, sync::Arc};

use bytes::Bytes;
use futures::TryStreamExt;
use hubbub::{
    protocol::limits::ATTACHMENT_MAX_BYTES,
    server::{
        config::S3Url,
        domain::ports::{BlobError, BlobPieces, Blobs, Road},
        media::blobs::{FolderBlobs, S3Blobs},
    },
};
use hubbub_load::ports::free_addr;

use crate::s3::{S3, SECRET};

/// A place, and what it really holds.
struct World {
    blobs: Arc<dyn Blobs>,
    held: Held,
}

enum Held {
    Folder(tempfile::TempDir),
    S3(S3),
}

impl World {
    async fn folder() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret"), "x").unwrap();
        let blobs = Arc::new(FolderBlobs::open(&folder.path().join("uploads")).unwrap());
        Some(Self { blobs, held: Held::Folder(folder) })
    }

    /// `None` when there is nothing to test with.
    async fn s3() -> Option<Self> {
        let s3 = S3::start().await?;
        let outside = S3Blobs::new(&s3.url("files")).unwrap();
        outside.put("secret", Bytes::from_static(b"x")).await.unwrap();
        let blobs = Arc::new(S3Blobs::new(&s3.url("files/of/ours")).unwrap());
        Some(Self { blobs, held: Held::S3(s3) })
    }

    /// How many files there are, those included that are being written.
    async fn count(&self) -> usize {
        match &self.held {
            Held::Folder(folder) => fs::read_dir(folder.path().join("uploads/attachments")).map_or(0, Iterator::count),
            Held::S3(s3) => {
                s3.names().await.iter().filter(|name| name.starts_with("of/ours/")).count() + s3.begun().await
            }
        }
    }
}

/// Each case becomes a test on a folder and one on S3.
macro_rules! contract {
    ($($case:ident)*) => {
        mod on_a_folder {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(super::World::folder().await.unwrap()).await;
            })*
        }
        mod on_s3 {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                if let Some(world) = super::World::s3().await {
                    super::$case(world).await;
                }
            })*
        }
    };
}

contract! {
    what_was_put_is_there_until_it_is_deleted
    what_was_written_in_pieces_is_there_when_it_is_finished_and_not_before
    what_was_given_up_leaves_nothing
    several_files_are_written_at_once
    no_name_leads_out
}

async fn gathered(pieces: BlobPieces) -> Vec<u8> {
    let all = async |mut all: Vec<u8>, piece: Bytes| {
        all.extend_from_slice(&piece);
        Ok(all)
    };
    pieces.try_fold(Vec::new(), all).await.unwrap()
}

fn counted(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

async fn is_missing(blobs: &dyn Blobs, name: &str) -> bool {
    let part = blobs.part(name, 0..1).await;
    matches!(blobs.get(name).await, Err(BlobError::Missing)) && matches!(part, Err(BlobError::Missing))
}

async fn what_was_put_is_there_until_it_is_deleted(World { blobs, .. }: World) {
    assert!(is_missing(&*blobs, "images/7").await);
    blobs.put("images/7", Bytes::from_static(b"one")).await.unwrap();
    blobs.put("images/7", Bytes::from_static(b"two")).await.unwrap();
    blobs.put("images/77", Bytes::from_static(b"another")).await.unwrap();
    assert_eq!(blobs.get("images/7").await.unwrap(), "two");
    blobs.delete("images/7").await.unwrap();
    blobs.delete("images/7").await.unwrap();
    assert!(is_missing(&*blobs, "images/7").await);
    assert_eq!(blobs.get("images/77").await.unwrap(), "another");
}

async fn what_was_written_in_pieces_is_there_when_it_is_finished_and_not_before(world: World) {
    let blobs = &world.blobs;
    for (name, size) in
        [("attachments/1", 10), ("attachments/2", 5 * 1024 * 1024), ("attachments/3", ATTACHMENT_MAX_BYTES)]
    {
        let whole = counted(size);
        let mut writer = blobs.begin(name).await.unwrap();
        for piece in whole.chunks(100_000) {
            writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        assert!(is_missing(&**blobs, name).await);
        writer.finish().await.unwrap();
        assert!(blobs.get(name).await.unwrap() == whole, "{name}");
        let end = size as u64;
        assert!(gathered(blobs.part(name, 0..end).await.unwrap()).await == whole, "{name}");
        assert_eq!(gathered(blobs.part(name, 3..8).await.unwrap()).await, whole[3..8]);
        assert_eq!(gathered(blobs.part(name, end - 2..end).await.unwrap()).await, whole[size - 2..]);
    }
    assert_eq!(world.count().await, 3);
}

async fn what_was_given_up_leaves_nothing(world: World) {
    for size in [10, ATTACHMENT_MAX_BYTES] {
        let mut writer = world.blobs.begin("attachments/7").await.unwrap();
        for piece in counted(size).chunks(1_000_000) {
            writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        writer.abort().await;
        assert!(is_missing(&*world.blobs, "attachments/7").await);
        assert_eq!(world.count().await, 0, "{size}");
    }
}

async fn several_files_are_written_at_once(world: World) {
    let blobs = &world.blobs;
    let write = async |name: &str, byte: u8| {
        let mut writer = blobs.begin(name).await.unwrap();
        for _ in 0..6 {
            writer.write(vec![byte; 1_000_000].into()).await.unwrap();
        }
        writer.finish().await.unwrap();
        assert!(blobs.get(name).await.unwrap() == vec![byte; 6_000_000], "{name}");
    };
    tokio::join!(write("attachments/1", 1), write("attachments/2", 2), write("attachments/3", 3));
    assert_eq!(world.count().await, 3);
}

async fn no_name_leads_out(World { blobs, held }: World) {
    for name in ["../secret", "../../secret", "images/../../secret", "/../secret", "%2e%2e/secret"] {
        assert!(is_missing(&*blobs, name).await, "{name}");
        // Whether it is refused or taken literally, what lies outside stays as it is.
        let _ = blobs.put(name, Bytes::from_static(b"planted")).await;
    }
    match held {
        Held::Folder(folder) => assert_eq!(fs::read(folder.path().join("secret")).unwrap(), b"x"),
        Held::S3(s3) => {
            let outside = S3Blobs::new(&s3.url("files")).unwrap();
            assert_eq!(outside.get("secret").await.unwrap(), "x");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_is_named_and_no_key_is_told() {
    let Some(mut s3) = S3::start().await else { return };
    let missing = S3Blobs::new(&s3.url("nowhere")).unwrap();
    let Err(BlobError::Unavailable(cause)) = missing.check().await else { panic!("it must fail") };
    assert_eq!(cause.to_string(), "there is no such bucket");
    let there = S3Blobs::new(&s3.url("files/of/ours")).unwrap();
    there.check().await.unwrap();
    assert!(s3.names().await.is_empty(), "the check leaves nothing behind");
    s3.kill();
    let Err(BlobError::Unavailable(cause)) = there.check().await else { panic!("it must fail") };
    let told = format!("{cause} {cause:?} {there:?}");
    assert!(!told.contains(SECRET), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_reached_fails_soon_over_either_scheme() {
    let addr = free_addr().unwrap();
    for scheme in ["http", "https"] {
        let url = S3Url::parse(&format!("{scheme}://key:secret@{addr}/files")).unwrap();
        let away = S3Blobs::new(&url).unwrap();
        assert!(matches!(away.get("images/7").await, Err(BlobError::Unavailable(_))), "{scheme}");
        assert!(!away.is_open());
    }
}
