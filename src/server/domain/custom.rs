//! Events of a community's own: the one place for what an owner adds to the wire without touching it.
//!
//! A client sends `custom_event {name, data}` in any dialect and gets `custom_response {name, user_id, data, timestamp}`.
//! Who asks is known, what they send is bounded, and only they get the answer. To add an event, give it an arm in
//! [`Domain::answer_custom`]: it has every verb of the domain, and so the domain's rules.

use serde_json::Value;

use super::{Actor, Domain, DomainError, Result};
use crate::protocol::{events::CustomResponse, limits::CUSTOM_DATA_MAX_BYTES};

impl Domain {
    /// Answers an event of the community's own. `echo`, the one that every Hubbub has, says back what it was told.
    ///
    /// # Errors
    /// Invalid, with the field at fault: a name that no event has, or too much data.
    pub async fn answer_custom(&self, actor: &Actor, name: String, data: Value) -> Result<CustomResponse> {
        if data.to_string().len() > CUSTOM_DATA_MAX_BYTES {
            let message = format!("At most {CUSTOM_DATA_MAX_BYTES} bytes of JSON go with an event.");
            return Err(DomainError::invalid("data", message));
        }
        let (name, data) = match name.as_str() {
            "" | "echo" => ("echo".to_owned(), data),
            _ => {
                let message = "This community has no event of this name. Every one has echo.";
                return Err(DomainError::invalid("name", message));
            }
        };
        Ok(CustomResponse { name, user_id: actor.user_id, data, timestamp: self.now() })
    }
}
