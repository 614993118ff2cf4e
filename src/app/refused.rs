//! A form sent without JavaScript: what was typed and what came of it, shown again on the page it was sent from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::protocol::errors::ApiError;

/// The value that holds what a form made, as JSON, where the page must show it.
pub const MADE: &str = "made";

/// What a form said, and the answer. Fields whose name ends in `password` are never kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    /// Path of the server function it was sent to, as in the form's `action`.
    pub action: String,
    /// Names and values, as typed.
    pub values: Vec<(String, String)>,
    /// Why it was refused; `None` when it was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ApiError>,
}

impl RefusedForm {
    /// The typed value of a field.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(at, _)| at == name).map(|(_, value)| value.as_str())
    }
}

/// Without values: what was typed is nobody else's business, and what was made may be a secret.
impl fmt::Debug for RefusedForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.values.iter().map(|(name, _)| name).collect();
        let Self { action, error, .. } = self;
        f.debug_struct("RefusedForm").field("action", action).field("names", &names).field("error", error).finish()
    }
}
