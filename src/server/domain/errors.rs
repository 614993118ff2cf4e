//! What can go wrong in a verb, in the product's words.

use std::time::Duration;

use thiserror::Error;

use super::ports::{BlobError, PasswordError, PictureError, StoreError};
use crate::protocol::errors::{ApiError, ErrorCode, FieldError};

/// What a verb answers.
pub type Result<T> = std::result::Result<T, DomainError>;

/// Why a verb refused or failed.
#[derive(Debug, Error)]
pub enum DomainError {
    /// It does not exist, or the asker may not know that it does.
    #[error("{0} was not found.")]
    NotFound(&'static str),
    /// The asker may see it and still not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The account is kept out; says why and until when.
    #[error("{0}")]
    Suspended(String),
    /// Nobody is signed in, or the session has ended.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// Fields that are not acceptable, each with a sentence.
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldError>),
    /// A field that clashes with what is stored.
    #[error("{}", .0.message)]
    Conflict(FieldError),
    /// A file larger than allowed.
    #[error("{}", .0.message)]
    TooLarge(FieldError),
    /// A file of a kind that is not accepted.
    #[error("{}", .0.message)]
    UnsupportedMedia(FieldError),
    /// Too much, too fast.
    #[error("That was a lot at once. Try again in a moment.")]
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// The database, the disk or the process is busy, full or stopping: worth trying again.
    #[error("Hubbub is busy right now. Nothing was lost; please try again.")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A fault of the server; never told to clients.
    #[error("Something went wrong on our side.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn summary(fields: &[FieldError]) -> String {
    fields.first().map_or_else(|| "That is not acceptable.".to_owned(), |first| first.message.clone())
}

impl DomainError {
    /// One field that is not acceptable.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    /// One field that clashes with what is stored.
    pub fn conflict(field: &str, message: impl Into<String>) -> Self {
        Self::Conflict(FieldError { field: field.to_owned(), message: message.into() })
    }

    /// The stable code of this error.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::Forbidden(_) | Self::Suspended(_) => ErrorCode::Forbidden,
            Self::Unauthorized(_) => ErrorCode::Unauthorized,
            Self::Invalid(_) => ErrorCode::Invalid,
            Self::Conflict(_) => ErrorCode::Conflict,
            Self::TooLarge(_) => ErrorCode::TooLarge,
            Self::UnsupportedMedia(_) => ErrorCode::UnsupportedMedia,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }
}

/// How long a client waits before it tries again after [`DomainError::Unavailable`]: long enough for a checkpoint or a
/// failover of the database, short enough for a person to wait.
const UNAVAILABLE_RETRY_MS: u64 = 2_000;

impl From<DomainError> for ApiError {
    /// The outward form. The cause of an internal error is logged here, once, and goes no further.
    fn from(error: DomainError) -> Self {
        let code = error.code();
        let mut told = Self::new(code, error.to_string());
        match error {
            DomainError::Invalid(fields) => {
                told.field = fields.first().map(|first| first.field.clone());
                told.fields = fields;
            }
            DomainError::Conflict(field) | DomainError::TooLarge(field) | DomainError::UnsupportedMedia(field) => {
                told.field = Some(field.field.clone());
                told.fields = vec![field];
            }
            DomainError::RateLimited { retry_after } => {
                told.retry_after_ms = u64::try_from(retry_after.as_millis()).ok();
            }
            DomainError::Unavailable(cause) => {
                tracing::warn!(%cause, "unavailable");
                told.retry_after_ms = Some(UNAVAILABLE_RETRY_MS);
            }
            DomainError::Internal(cause) => tracing::error!(%cause, "internal error"),
            DomainError::NotFound(_)
            | DomainError::Forbidden(_)
            | DomainError::Suspended(_)
            | DomainError::Unauthorized(_) => {}
        }
        told
    }
}

impl From<StoreError> for DomainError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => Self::Unavailable(cause),
            // The very same is being stored at this moment, for a client that asked again, and perhaps by another server:
            // whoever tries once more is answered with it.
            StoreError::Taken("client_id") => Self::Unavailable(Box::new(error)),
            StoreError::Taken(_) | StoreError::Failed(_) => Self::Internal(Box::new(error)),
        }
    }
}

impl From<BlobError> for DomainError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Missing => Self::NotFound("The file"),
            BlobError::Unavailable(cause) => Self::Unavailable(cause),
        }
    }
}

impl From<PasswordError> for DomainError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Unavailable(Box::new(error)),
            PasswordError::Failed(cause) => Self::Internal(cause),
        }
    }
}

impl From<PictureError> for DomainError {
    fn from(error: PictureError) -> Self {
        let field = |message: &str| FieldError { field: "file".to_owned(), message: message.to_owned() };
        match error {
            PictureError::TooLarge => Self::TooLarge(field(
                "This picture is too large. Choose one of at most 10 MB and 8192 pixels on a side.",
            )),
            PictureError::Unsupported => Self::UnsupportedMedia(field(
                "This file is not a picture that Hubbub can show. Choose a JPEG, PNG, WebP or GIF.",
            )),
            PictureError::Busy => Self::Unavailable(Box::new(error)),
            PictureError::Failed(cause) => Self::Internal(cause),
        }
    }
}
