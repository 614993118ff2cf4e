//! Files on their way in: how many at once, and how they are read.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::extract::multipart::Field;
use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;

use super::{AppState, rest::input::unreadable};
use crate::{
    protocol::{
        attachments::AttachmentForm,
        errors::{ApiError, ErrorCode},
        ids::{AttachmentId, UserId},
        limits::ATTACHMENT_MAX_BYTES,
    },
    server::domain::{
        Actor, DomainError,
        attachments::{Incoming, file_too_large},
    },
};

/// Attachments taken in at once. Each holds at most one picture of [`crate::protocol::limits::IMAGE_MAX_BYTES`],
/// or one part of what goes to a store elsewhere.
const AT_ONCE_MAX: usize = 32;
/// Of these, by one person: who sends a row of pictures does not wait, and who sends very slowly keeps nobody out.
const AT_ONCE_BY_PERSON_MAX: usize = 4;
/// A field beside the file, in bytes: the longest message in four-byte characters, with room.
const TEXT_MAX_BYTES: usize = 32 * 1024;
/// When to try again if all places are taken, in milliseconds.
const RETRY_MS: u64 = 2_000;

/// The places of those who upload right now. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct UploadPlaces {
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl UploadPlaces {
    /// A place, until it is dropped.
    ///
    /// # Errors
    /// Rate limited when the person has enough of them, unavailable when there is none.
    pub fn take(&self, person: UserId) -> Result<UploadPlace, ApiError> {
        let mut taken = self.taken.lock();
        let all: usize = taken.values().sum();
        let own = taken.get(&person).copied().unwrap_or_default();
        let refused = if own >= AT_ONCE_BY_PERSON_MAX {
            Some(DomainError::RateLimited { retry_after: Duration::from_millis(RETRY_MS) })
        } else if all >= AT_ONCE_MAX {
            Some(DomainError::Unavailable("too many uploads at once".into()))
        } else {
            None
        };
        if let Some(refused) = refused {
            return Err(refused.into());
        }
        taken.insert(person, own + 1);
        Ok(UploadPlace { places: self.clone(), person })
    }
}

/// The place of one upload.
#[derive(Debug)]
pub struct UploadPlace {
    places: UploadPlaces,
    person: UserId,
}

impl Drop for UploadPlace {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        match taken.get_mut(&self.person) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.remove(&self.person)),
        }
    }
}

/// The file of a form.
pub struct FileField<'a>(pub Field<'a>);

#[async_trait::async_trait]
impl Incoming for FileField<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, DomainError> {
        let piece = self.0.chunk().await;
        piece.map_err(|cause| match cause.status().as_u16() {
            413 => file_too_large(ATTACHMENT_MAX_BYTES),
            _ => DomainError::invalid("file", "The file did not arrive whole. Try again."),
        })
    }
}

impl FileField<'_> {
    /// Lets the rest of the file pass by: a browser that is still sending does not read its answer. The guards bound how
    /// much that can be.
    pub async fn let_pass(mut self) {
        while let Ok(Some(_)) = self.0.chunk().await {}
    }
}

/// Keeps the file of a form that may have one; a file field that was left empty has none. `bytes`: how long the form says
/// that it is.
///
/// # Errors
/// When there is no room for it now, or it is not acceptable.
pub async fn keep_if_chosen(
    state: &AppState,
    actor: &Actor,
    mut file: FileField<'_>,
    bytes: usize,
) -> Result<Option<AttachmentId>, ApiError> {
    let name = file.0.file_name().unwrap_or_default().to_owned();
    if name.is_empty() {
        file.let_pass().await;
        return Ok(None);
    }
    // The form is counted as what it says; with a file in it, as an upload too.
    state.limits.upload(actor.user_id, bytes)?;
    let _place = state.uploads.take(actor.user_id)?;
    let kept = state.domain.upload_attachment(actor, AttachmentForm::default(), &name, &mut file).await;
    file.let_pass().await;
    Ok(Some(kept?.attachment.attachment_id))
}

/// The text of a field that is no file; what is no text in it becomes U+FFFD.
///
/// # Errors
/// When the body breaks off, or the text is longer than any that is asked for.
pub async fn text_of(mut field: Field<'_>) -> Result<String, ApiError> {
    let mut text = BytesMut::new();
    while let Some(piece) = field.chunk().await.map_err(|cause| unreadable(cause.status().as_u16()))? {
        if text.len() + piece.len() > TEXT_MAX_BYTES {
            let name = field.name().unwrap_or_default().to_owned();
            let message = format!("`{name}` is longer than anything that belongs there.");
            return Err(ApiError::on_field(ErrorCode::TooLarge, name, message));
        }
        text.extend_from_slice(&piece);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A field of a form that must be of a certain form itself.
///
/// # Errors
/// Naming the field.
pub fn parsed<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, ApiError> {
    let refuse = |cause| {
        let message = format!("`{name}` does not have the right form: {cause}.");
        ApiError::on_field(ErrorCode::Malformed, name, message)
    };
    serde_json::from_str(text).map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_does_not_take_every_place_and_all_are_given_back() {
        let places = UploadPlaces::default();
        let ana: Vec<UploadPlace> = (0..AT_ONCE_BY_PERSON_MAX).map(|_| places.take(UserId::new(1)).unwrap()).collect();
        assert_eq!(places.take(UserId::new(1)).unwrap_err().code, ErrorCode::RateLimited);
        let others: Vec<UploadPlace> = (2..).map_while(|id| places.take(UserId::new(id)).ok()).collect();
        assert_eq!(ana.len() + others.len(), AT_ONCE_MAX);
        assert_eq!(places.take(UserId::new(99)).unwrap_err().code, ErrorCode::Unavailable);
        drop((ana, others));
        assert!(places.take(UserId::new(1)).is_ok());
        assert!(places.taken.lock().is_empty());
    }
}
