//! Errors as a client meets them: a stable code, a sentence for a person, and the field at fault.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The stable machine code of an error, the same over REST, server functions and sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request cannot be read: bad JSON, a missing field, an id that is none. 400.
    Malformed,
    /// Not signed in, or the session has ended. 401.
    Unauthorized,
    /// Signed in, and still not allowed. 403.
    Forbidden,
    /// It does not exist, or the asker may not know that it does. 404.
    NotFound,
    /// It clashes with what is stored: a username that is taken. 409.
    Conflict,
    /// Larger than allowed. 413.
    TooLarge,
    /// A content type or file that is not accepted. 415.
    UnsupportedMedia,
    /// Readable, and still not acceptable: the field says which. 422.
    Invalid,
    /// Too much, too fast; `retry_after_ms` says when to return. 429.
    RateLimited,
    /// A socket command of a type the server does not know. Sockets only.
    UnknownType,
    /// The server failed; the cause is in its log under the request id. 500.
    Internal,
    /// The database, the disk or the process is busy or stopping; try again. 503.
    Unavailable,
}

/// One field at fault and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The field's name as it stands in the request.
    pub field: String,
    /// A sentence for a person that offers the fix.
    pub message: String,
}

/// What a client is told when something was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ApiError {
    /// Stable, for programs.
    pub code: ErrorCode,
    /// A sentence, for people.
    pub message: String,
    /// The field at fault, where one is; the first of `fields`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Every field at fault, when a form has more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// When to try again, in milliseconds from now; with `rate_limited` and `unavailable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ApiError {
    /// An error that concerns no single field.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, fields: Vec::new(), retry_after_ms: None }
    }

    /// An error that one field caused.
    pub fn on_field(code: ErrorCode, field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        Self {
            code,
            message: message.clone(),
            field: Some(field.clone()),
            fields: vec![FieldError { field, message }],
            retry_after_ms: None,
        }
    }

    /// The sentence for `field`, if that field is at fault.
    #[must_use]
    pub fn message_for(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|at| at.field == field).map(|at| at.message.as_str())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}
