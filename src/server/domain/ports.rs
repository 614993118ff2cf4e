//! What the domain needs from outside, as traits: the store, the broker, the clock and the rest.
//!
//! Not found is `Ok(None)`; an error is a failure of the port itself.

mod errands;
mod letters;
mod pushes;
mod store;

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{future::BoxFuture, stream::BoxStream};
use thiserror::Error;

use super::outcome::Publication;
use crate::protocol::{crop::Crop, time::Timestamp};
pub use errands::*;
pub use letters::*;
pub use pushes::*;
pub use store::*;

/// An error of whatever stands behind a port.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What time it is.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Where new ids come from.
pub trait Ids: Send + Sync + 'static {
    /// A number below 2^53, greater than every one before it on this node, that starts with the moment `now`.
    fn next(&self, now: Timestamp) -> u64;
}

/// Runs what goes on when its asker goes away.
pub trait Runner: Send + Sync + 'static {
    /// Runs `work` beside everything else to its end, which a server that stops waits for.
    fn run(&self, name: &'static str, work: BoxFuture<'static, ()>);
}

/// The broker refused or could not be reached.
#[derive(Debug, Error)]
#[error("the broker could not take a publication")]
pub struct BrokerError(#[source] pub Cause);

/// Hands what happened to every node's hub.
#[async_trait]
pub trait Broker: Send + Sync + 'static {
    /// Hands on one publication. Publications of one caller arrive in the order they were handed on.
    ///
    /// # Errors
    /// When the broker cannot be reached; the publication may then be lost.
    async fn publish(&self, publication: Publication) -> Result<(), BrokerError>;
}

/// Hashing was not possible.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// All hashing slots stayed taken for too long.
    #[error("too many sign-ins at once")]
    Busy,
    /// The hash is broken or the hasher failed.
    #[error("password hashing failed")]
    Failed(#[source] Cause),
}

/// Hashes and verifies passwords, away from the async threads.
#[async_trait]
pub trait Passwords: Send + Sync + 'static {
    /// A salted hash in PHC form.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when too many are being hashed.
    async fn hash(&self, password: String) -> Result<String, PasswordError>;

    /// Whether `password` is the one behind `hash`. With `None` it takes as long and answers false, so that the time
    /// an answer takes does not tell whether an account exists.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when too many are being hashed.
    async fn verify(&self, hash: Option<String>, password: String) -> Result<bool, PasswordError>;

    /// How hard a password is to guess, from 0 to 4 (zxcvbn's scale), for someone who knows `about` the person.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when too many are being looked at.
    async fn strength(&self, password: &str, about: &[&str]) -> Result<u8, PasswordError>;
}

/// A picture was refused.
#[derive(Debug, Error)]
pub enum PictureError {
    /// Too many bytes or pixels.
    #[error("the picture is too large")]
    TooLarge,
    /// Not a picture, or of a kind that is not accepted.
    #[error("not an accepted picture")]
    Unsupported,
    /// All decoding slots stayed taken for too long.
    #[error("too many pictures at once")]
    Busy,
    /// Re-encoding failed.
    #[error("the picture could not be re-encoded")]
    Failed(#[source] Cause),
}

/// A picture, re-encoded: upright, without metadata.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The encoded file.
    pub bytes: Bytes,
    /// Its media type, such as `image/jpeg`.
    pub content_type: &'static str,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Checks pictures by content and re-encodes them, away from the async threads.
#[async_trait]
pub trait Pictures: Send + Sync + 'static {
    /// A picture for a post: at most 2048 pixels on its longer side.
    ///
    /// # Errors
    /// When the file is too large, no picture, or cannot be decoded.
    async fn photo(&self, file: Bytes) -> Result<Picture, PictureError>;

    /// A face: the chosen square, 256 pixels on a side.
    ///
    /// # Errors
    /// When the file is too large, no picture, or cannot be decoded.
    async fn avatar(&self, file: Bytes, crop: Crop) -> Result<Picture, PictureError>;
}

/// A file could not be kept or read.
#[derive(Debug, Error)]
pub enum BlobError {
    /// There is no such file.
    #[error("no such file")]
    Missing,
    /// The disk or object store failed or is full.
    #[error("file storage is unavailable")]
    Unavailable(#[source] Cause),
}

/// Some of a file, a piece at a time.
pub type BlobPieces = BoxStream<'static, Result<Bytes, BlobError>>;

/// A file that is being written. It is there once it is finished, and then whole.
#[async_trait]
pub trait BlobWriter: Send {
    /// Adds to its end.
    ///
    /// # Errors
    /// [`BlobError::Unavailable`] when it could not be kept.
    async fn write(&mut self, piece: Bytes) -> Result<(), BlobError>;

    /// Keeps it.
    ///
    /// # Errors
    /// [`BlobError::Unavailable`] when it could not be kept.
    async fn finish(self: Box<Self>) -> Result<(), BlobError>;

    /// Gives it up; nothing of it stays.
    async fn abort(self: Box<Self>);
}

/// Keeps files by name.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Keeps a file, whole or not at all.
    ///
    /// # Errors
    /// [`BlobError::Unavailable`] when it could not be kept.
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), BlobError>;

    /// Begins a file that is written a piece at a time; few of them are in memory at once.
    ///
    /// # Errors
    /// [`BlobError::Unavailable`] when it could not be begun.
    async fn begin(&self, name: &str) -> Result<Box<dyn BlobWriter>, BlobError>;

    /// Some of a file's bytes, a piece at a time; not none of them.
    ///
    /// # Errors
    /// [`BlobError::Missing`] when there is none of that name.
    async fn part(&self, name: &str, part: Range<u64>) -> Result<BlobPieces, BlobError>;

    /// A file's bytes.
    ///
    /// # Errors
    /// [`BlobError::Missing`] when there is none of that name.
    async fn get(&self, name: &str) -> Result<Bytes, BlobError>;

    /// Removes a file; nothing happens when there is none.
    ///
    /// # Errors
    /// [`BlobError::Unavailable`] when it could not be removed.
    async fn delete(&self, name: &str) -> Result<(), BlobError>;
}
