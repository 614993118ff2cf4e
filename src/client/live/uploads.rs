//! Uploads what messages carry, and tells the outbox how that is going.

use futures::future::abortable;
use gloo_net::http::Method;
use leptos::task::spawn_local;
use web_sys::FormData;

use super::Live;
use crate::{
    client::{
        http,
        outbox::{Input, Unsent, storage},
    },
    protocol::{
        attachments::Attachment,
        errors::{ApiError, ErrorCode},
        ids::{AttachmentId, UserId},
    },
};

impl Live {
    /// Begins to upload what a message carries; the outbox may end it.
    pub(super) fn begin_upload(self, me: UserId, message: Unsent) {
        let id = message.client_id.clone();
        let (upload, handle) = abortable(self.upload(me, message));
        self.core.try_update_value(|core| core.talk.uploads.insert(id.clone(), handle));
        spawn_local(async move {
            let Ok(answer) = upload.await else { return };
            let input = match answer {
                Ok(attachment) => Input::Uploaded(id.clone(), attachment.attachment_id),
                Err(error) => Input::UploadFailed(id.clone(), error),
            };
            self.talk(|talk| {
                talk.uploads.remove(&id);
                talk.run_outbox(input);
            });
        });
    }

    async fn upload(self, me: UserId, message: Unsent) -> Result<Attachment, ApiError> {
        let id = message.client_id.clone();
        let Some(bytes) = storage::bytes_of(me, &id).await else { return Err(lost()) };
        let form = form_of(&message, &bytes).ok_or_else(lost)?;
        let tell = move |share: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100")]
            let percent = (share * 100.0).clamp(0.0, 100.0) as u8;
            self.talk(|talk| talk.run_outbox(Input::Progress(id.clone(), percent)));
        };
        http::upload_form("/api/attachments", &form, tell).await
    }

    /// Throws away what was uploaded for a message that was not sent after all.
    pub(super) fn discard_upload(self, id: AttachmentId) {
        let path = ["/api/attachments/", &id.get().to_string()].concat();
        spawn_local(async move {
            // The server throws away by itself what no message carries.
            let _left: Result<(), ApiError> = http::call(Method::DELETE, &path).await;
        });
    }
}

/// The fields first: the server reads them before it takes the bytes.
fn form_of(message: &Unsent, bytes: &web_sys::Blob) -> Option<FormData> {
    let carries = message.carries.as_ref()?;
    let fields = carries.form(&message.client_id);
    let form = FormData::new().ok()?;
    form.append_with_str("client_id", &message.client_id).ok()?;
    if fields.voice {
        form.append_with_str("voice", "true").ok()?;
        form.append_with_str("duration_ms", &fields.duration_ms.unwrap_or(0).to_string()).ok()?;
        form.append_with_str("waveform", &serde_json::to_string(&fields.waveform).ok()?).ok()?;
    }
    form.append_with_blob_and_filename("file", bytes, &carries.name).ok()?;
    Some(form)
}

/// The browser does not have the bytes any more, or not the memory to send them.
fn lost() -> ApiError {
    ApiError::new(ErrorCode::Invalid, "The file is not in this browser any more. Choose it again.")
}
