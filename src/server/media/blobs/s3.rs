//! Files in a bucket of a store that speaks S3. They are private there: people get them from the servers alone, which ask
//! who may have them.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig, aws::AmazonS3Builder, path::Path, prefix::PrefixStore,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Place, failed, told};
use crate::server::{
    config::S3Url,
    domain::ports::{BlobError, Blobs, Cause, Road},
};

/// How long the store may take to accept a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// What failed in passing is asked again so often, as long as it is asked no longer than that: somebody waits for it.
const RETRIES: usize = 3;
const RETRY_PATIENCE: Duration = Duration::from_secs(10);
/// The longest pause before it is asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether a store that is away is back.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What is written to see whether the store takes files, and removed again.
const PROBE: &str = "probe";

/// Files in a bucket. Clones share what they know of the store.
#[derive(Clone)]
pub struct S3Blobs {
    bucket: Arc<dyn ObjectStore>,
    address: String,
    reached: Arc<AtomicBool>,
}

impl fmt::Debug for S3Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("S3Blobs").field(&self.address).finish()
    }
}

impl S3Blobs {
    /// The bucket there; it is not asked yet.
    ///
    /// # Errors
    /// When the address cannot be used, or this machine knows no authority to judge certificates by.
    pub fn new(url: &S3Url) -> Result<Self, BlobError> {
        let client = ClientOptions::new()
            // For the start of an answer we have a patience of our own; what follows may take as long as its reader.
            .with_timeout_disabled()
            .with_connect_timeout(CONNECT_PATIENCE)
            .with_allow_http(!url.is_secure());
        let backoff = BackoffConfig { max_backoff: LONGEST_PAUSE, ..BackoffConfig::default() };
        let bucket = AmazonS3Builder::new()
            .with_endpoint(url.endpoint())
            .with_bucket_name(url.bucket())
            .with_region(url.region())
            .with_access_key_id(url.key())
            .with_secret_access_key(url.secret())
            .with_client_options(client)
            .with_retry(RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRY_PATIENCE })
            // Files go one by one, which every such store understands.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(told)?;
        let prefix = Path::parse(url.prefix()).map_err(|cause| told(failed(cause.into())))?;
        let bucket = Arc::new(PrefixStore::new(bucket, prefix));
        Ok(Self { bucket, address: url.masked(), reached: Arc::default() })
    }

    /// Where it is, without the key.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether files can be kept there now.
    ///
    /// # Errors
    /// When the store cannot be reached, the bucket is missing, or the key may not write there.
    pub async fn check(&self) -> Result<(), BlobError> {
        self.put(PROBE, Bytes::from_static(b"hubbub")).await?;
        self.delete(PROBE).await
    }

    /// Notices that a store that was away is back, also while nobody asks for a file, until the server stops.
    pub async fn watch(self, stopping: CancellationToken) {
        while stopping.run_until_cancelled(sleep(LOOK_EVERY)).await.is_some() {
            if !self.is_open() {
                // What came of it is noted.
                let _ = stopping.run_until_cancelled(self.check()).await;
            }
        }
    }
}

impl Place for S3Blobs {
    /// The least that S3 takes for a part that is not the last. Some stores want all parts but the last equally large.
    const PIECE_BYTES: usize = 5 * 1024 * 1024;

    fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.bucket)
    }

    /// Said once; an outage may be long.
    fn note(&self, failure: Option<&Cause>) {
        let was_reached = self.reached.swap(failure.is_none(), Ordering::Relaxed);
        match failure {
            Some(cause) if was_reached => {
                tracing::warn!(store = self.address, %cause, "the store of files is away; files can be neither kept nor shown");
            }
            None if !was_reached => tracing::info!(store = self.address, "the store of files is there"),
            _ => {}
        }
    }
}

impl Road for S3Blobs {
    fn is_open(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }
}
