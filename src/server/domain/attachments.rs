//! What messages and applications carry: uploaded first, claimed by what is sent with it, read by those who may read
//! that.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::{
    Actor, Domain,
    audience::may_see_application,
    errors::{DomainError, Result},
    files::{BYTES, Content, HEAD_BYTES, content_of, file_name, picture_ending, with_ending},
    messages::visible_message,
    ports::{AttachmentRecord, BlobPieces, BlobWriter, Carrier, PictureError, Read, StoreError, Tx},
    validation::{Faults, client_id},
};
use crate::protocol::{
    attachments::{Attachment, AttachmentForm, AttachmentKind},
    errors::FieldError,
    ids::AttachmentId,
    limits::{ATTACHMENT_MAX_BYTES, IMAGE_MAX_BYTES, VOICE_MAX_BYTES, VOICE_MAX_MS, WAVEFORM_MAX_BARS},
};

const GONE: DomainError = DomainError::NotFound("This file");

/// A file on its way in, a piece at a time, so that a large one is never in memory whole.
#[async_trait::async_trait]
pub trait Incoming: Send {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the sender went away, or sent more than anybody may.
    async fn next(&mut self) -> Result<Option<Bytes>>;
}

/// An attachment that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// As stored.
    pub attachment: Attachment,
    /// Whether it was stored just now: not when the same was uploaded before.
    pub is_new: bool,
}

/// The address of an attachment on this server.
#[must_use]
pub fn attachment_url(id: AttachmentId) -> String {
    format!("/media/attachments/{id}")
}

/// The name under which an attachment's bytes are kept.
#[must_use]
pub fn attachment_blob(id: AttachmentId) -> String {
    format!("attachments/{id}")
}

/// The refusal of a file that is larger than what is of its kind may be.
#[must_use]
pub fn file_too_large(limit_bytes: usize) -> DomainError {
    let message = format!("This file is too large. The limit is {} MB.", limit_bytes / 1_024 / 1_024);
    DomainError::TooLarge(FieldError { field: "file".to_owned(), message })
}

impl Domain {
    /// Takes a file for a message. It waits a day for the message that carries it. The same `client_id` again, however
    /// late, returns what was uploaded under it and reads nothing.
    ///
    /// # Errors
    /// When the file is empty, too large, or sent as a voice message and none; when a field of the form is not
    /// acceptable.
    pub async fn upload_attachment(
        &self,
        actor: &Actor,
        mut form: AttachmentForm,
        name: &str,
        file: &mut (dyn Incoming + '_),
    ) -> Result<Uploaded> {
        check_form(&mut form)?;
        let client_id = client_id(form.client_id.take())?;
        if let Some(key) = client_id.as_deref() {
            let mut read = self.ports.store.read().await?;
            if let Some(record) = read.attachment_by_client_id(actor.user_id, key).await? {
                return Ok(Uploaded { attachment: record.into(), is_new: false });
            }
        }
        let mut record = AttachmentRecord {
            id: AttachmentId::new(self.next_id()),
            owner: actor.user_id,
            client_id,
            carrier: None,
            kind: AttachmentKind::File,
            name: file_name(name, if form.voice { "voice" } else { "file" }),
            content_type: BYTES.to_owned(),
            size_bytes: 0,
            width: None,
            height: None,
            duration_ms: None,
            waveform: Vec::new(),
            created_at: self.now(),
        };
        // The bytes first, then the row: a crash between leaves a file that nothing names, never a row without its file.
        self.keep_file(&mut record, form, file).await?;
        self.keep_attachment(record).await
    }

    /// Finds out what the file is, and keeps its bytes.
    async fn keep_file(
        &self,
        record: &mut AttachmentRecord,
        form: AttachmentForm,
        file: &mut (dyn Incoming + '_),
    ) -> Result<()> {
        let head = gathered(file, BytesMut::new(), HEAD_BYTES).await?;
        if head.is_empty() {
            return Err(DomainError::invalid("file", "This file is empty."));
        }
        match content_of(&head, form.voice) {
            Content::Recording(content_type, ending) => {
                let bytes = all_of(file, head, VOICE_MAX_BYTES).await?;
                record.kind = AttachmentKind::Voice;
                content_type.clone_into(&mut record.content_type);
                record.name = with_ending(&record.name, ending, &["opus", "mp4"]);
                record.duration_ms = form.duration_ms;
                record.waveform = form.waveform;
                self.put_whole(record, bytes).await
            }
            _ if form.voice => Err(DomainError::UnsupportedMedia(FieldError {
                field: "file".to_owned(),
                message: "This is not a recording that browsers can play. Record WebM, Ogg or MP4.".to_owned(),
            })),
            Content::Picture => {
                let bytes = all_of(file, head, IMAGE_MAX_BYTES).await?;
                self.keep_picture_or_file(record, bytes).await
            }
            Content::File(content_type) => {
                content_type.clone_into(&mut record.content_type);
                self.put_in_pieces(record, head, file).await
            }
        }
    }

    /// What the decoder does not take for a picture, or finds too wide to unpack, is sent as the file it is.
    async fn keep_picture_or_file(&self, record: &mut AttachmentRecord, bytes: Bytes) -> Result<()> {
        match self.ports.pictures.photo(bytes.clone()).await {
            Ok(picture) => {
                record.kind = AttachmentKind::Image;
                picture.content_type.clone_into(&mut record.content_type);
                record.name =
                    with_ending(&record.name, picture_ending(picture.content_type), jpeg(picture.content_type));
                (record.width, record.height) = (Some(picture.width), Some(picture.height));
                self.put_whole(record, picture.bytes).await
            }
            Err(PictureError::Unsupported | PictureError::TooLarge) => self.put_whole(record, bytes).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn put_whole(&self, record: &mut AttachmentRecord, bytes: Bytes) -> Result<()> {
        record.size_bytes = bytes.len() as u64;
        Ok(self.ports.blobs.put(&attachment_blob(record.id), bytes).await?)
    }

    async fn put_in_pieces(
        &self,
        record: &mut AttachmentRecord,
        head: BytesMut,
        file: &mut (dyn Incoming + '_),
    ) -> Result<()> {
        let mut writer = self.ports.blobs.begin(&attachment_blob(record.id)).await?;
        match written(&mut *writer, head, file).await {
            Ok(bytes) => {
                record.size_bytes = bytes as u64;
                Ok(writer.finish().await?)
            }
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        }
    }

    async fn keep_attachment(&self, record: AttachmentRecord) -> Result<Uploaded> {
        let mut tx = self.ports.store.begin().await?;
        // The same was uploaded twice at the same moment, and the other was first. Its row may wait for its commit, so it is
        // looked for where it is seen already.
        if let Some(key) = record.client_id.as_deref()
            && let Some(first) = tx.attachment_by_client_id(record.owner, key).await?
        {
            tx.commit().await?;
            self.remove_attachment_file(record.id).await;
            return Ok(Uploaded { attachment: first.into(), is_new: false });
        }
        match tx.insert_attachment(&record).await {
            // Where writers run side by side, the other may have been first between the two.
            Err(StoreError::Taken(_)) => {
                drop(tx);
                self.remove_attachment_file(record.id).await;
                let mut read = self.ports.store.read().await?;
                let key = record.client_id.as_deref().unwrap_or_default();
                let first = read.attachment_by_client_id(record.owner, key).await?.ok_or(GONE)?;
                return Ok(Uploaded { attachment: first.into(), is_new: false });
            }
            inserted => inserted?,
        }
        tx.commit().await?;
        Ok(Uploaded { attachment: record.into(), is_new: true })
    }

    /// Throws away what the asker uploaded and no message carries. Its `client_id` may be used again.
    ///
    /// # Errors
    /// Not found when there is no such upload of the asker.
    pub async fn discard_attachment(&self, actor: &Actor, id: AttachmentId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        if !tx.discard_attachment(id, actor.user_id).await? {
            return Err(GONE);
        }
        tx.commit().await?;
        self.remove_attachment_file(id).await;
        Ok(())
    }

    /// Removes the bytes of an attachment whose row says that it is gone. Right after the commit, because whoever deletes
    /// something means now; if that fails, or the process ends in between, retention removes it with the row.
    pub(super) async fn remove_attachment_file(&self, id: AttachmentId) {
        if let Err(cause) = self.ports.blobs.delete(&attachment_blob(id)).await {
            tracing::warn!(%cause, attachment = %id, "a file that is gone could not be removed yet");
        }
    }

    /// What is known of an attachment, for those who may read the message that carries it; until one does, for its
    /// uploader.
    ///
    /// # Errors
    /// Not found when there is none that the asker may have.
    pub async fn attachment(&self, actor: &Actor, id: AttachmentId) -> Result<Attachment> {
        let mut read = self.ports.store.read().await?;
        let record = readable(&mut *read, actor, id).await?;
        Ok(record.into())
    }

    /// Some of the bytes of an attachment that [`Domain::attachment`] gave out just now.
    ///
    /// # Errors
    /// Not found when they are gone meanwhile.
    pub async fn attachment_bytes(&self, attachment: &Attachment, part: Range<u64>) -> Result<BlobPieces> {
        Ok(self.ports.blobs.part(&attachment_blob(attachment.attachment_id), part).await?)
    }
}

async fn readable(read: &mut (dyn Read + '_), actor: &Actor, id: AttachmentId) -> Result<AttachmentRecord> {
    let record = read.attachment(id).await?.ok_or(GONE)?;
    let may = match record.carrier {
        None => record.owner == actor.user_id,
        Some(Carrier::Message(message)) => match visible_message(read, actor, message).await {
            Ok(facts) => !facts.deleted,
            Err(DomainError::NotFound(_)) => false,
            Err(error) => return Err(error),
        },
        Some(Carrier::Application(application)) => {
            read.application_facts(application).await?.is_some_and(|facts| may_see_application(actor.user_id, &facts))
        }
    };
    if may { Ok(record) } else { Err(GONE) }
}

/// How an attachment is told to clients.
impl From<AttachmentRecord> for Attachment {
    fn from(record: AttachmentRecord) -> Self {
        Self {
            attachment_id: record.id,
            kind: record.kind,
            url: attachment_url(record.id),
            name: record.name,
            content_type: record.content_type,
            size_bytes: record.size_bytes,
            width: record.width,
            height: record.height,
            duration_ms: record.duration_ms,
            waveform: record.waveform,
        }
    }
}

/// Whether the asker could let something carry this, as it is now.
pub(super) async fn check_claimable(tx: &mut (dyn Tx + '_), actor: &Actor, attachment: AttachmentId) -> Result<()> {
    let found = tx.attachment(attachment).await?;
    let is_free = |found: &AttachmentRecord| found.owner == actor.user_id && found.carrier.is_none();
    if found.is_some_and(|found| is_free(&found)) { Ok(()) } else { Err(not_there()) }
}

/// Lets something that is stored carry what its author uploaded. Without the attachment it is not kept.
pub(super) async fn claim(
    tx: &mut (dyn Tx + '_),
    actor: &Actor,
    attachment: AttachmentId,
    carrier: Carrier,
) -> Result<()> {
    if tx.claim_attachment(attachment, actor.user_id, carrier).await? { Ok(()) } else { Err(not_there()) }
}

fn not_there() -> DomainError {
    DomainError::invalid("attachment", "This file is no longer there. Choose it again.")
}

/// The duration is a hint and bounded; a waveform that is too fine is cut.
fn check_form(form: &mut AttachmentForm) -> Result<()> {
    let mut faults = Faults::default();
    if form.duration_ms.is_some_and(|ms| ms > VOICE_MAX_MS) {
        let minutes = VOICE_MAX_MS / 60_000;
        faults.add("duration_ms", format!("This recording is too long. The limit is {minutes} minutes."));
    }
    form.waveform.truncate(WAVEFORM_MAX_BARS);
    faults.check()
}

fn jpeg(content_type: &str) -> &'static [&'static str] {
    if content_type == "image/jpeg" { &["jpeg"] } else { &[] }
}

/// Reads on until there are at least `enough` bytes, or the file ends.
async fn gathered(file: &mut (dyn Incoming + '_), mut bytes: BytesMut, enough: usize) -> Result<BytesMut> {
    while bytes.len() < enough {
        let Some(piece) = file.next().await? else { break };
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The whole file, if it has at most `max` bytes.
async fn all_of(file: &mut (dyn Incoming + '_), mut bytes: BytesMut, max: usize) -> Result<Bytes> {
    while bytes.len() <= max {
        let Some(piece) = file.next().await? else { return Ok(bytes.freeze()) };
        bytes.extend_from_slice(&piece);
    }
    Err(file_too_large(max))
}

/// Hands on the whole file; how long it was.
async fn written(writer: &mut dyn BlobWriter, head: BytesMut, file: &mut (dyn Incoming + '_)) -> Result<usize> {
    let mut bytes = head.len();
    let mut piece = Some(head.freeze());
    while let Some(next) = piece {
        if bytes > ATTACHMENT_MAX_BYTES {
            return Err(file_too_large(ATTACHMENT_MAX_BYTES));
        }
        writer.write(next).await?;
        piece = file.next().await?;
        bytes += piece.as_ref().map_or(0, Bytes::len);
    }
    Ok(bytes)
}
