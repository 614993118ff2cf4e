//! The store's port for what messages carry.

use async_trait::async_trait;

use super::Stored;
use crate::protocol::{
    attachments::AttachmentKind,
    ids::{ApplicationId, AttachmentId, MessageId, UserId},
    time::Timestamp,
};

/// What carries an attachment, and so says who may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A message in a conversation.
    Message(MessageId),
    /// An application for a job.
    Application(ApplicationId),
}

/// An uploaded attachment, as stored; its bytes are with [`super::super::Blobs`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentRecord {
    /// Which.
    pub id: AttachmentId,
    /// Who uploaded it.
    pub owner: UserId,
    /// The uploader's own id for it, unique for each of them.
    pub client_id: Option<String>,
    /// What carries it, once something does.
    pub carrier: Option<Carrier>,
    /// How it is shown.
    pub kind: AttachmentKind,
    /// What it is called.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// In bytes.
    pub size_bytes: u64,
    /// Of an image, in pixels.
    pub width: Option<u32>,
    /// See `width`.
    pub height: Option<u32>,
    /// Of a voice message, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Of a voice message: how loud it is from beginning to end.
    pub waveform: Vec<u8>,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

/// Reads attachments. Discarded ones are not there.
#[async_trait]
pub trait AttachmentsRead {
    /// One attachment.
    async fn attachment(&mut self, id: AttachmentId) -> Stored<Option<AttachmentRecord>>;
    /// What somebody uploaded under a client id.
    async fn attachment_by_client_id(&mut self, owner: UserId, client_id: &str) -> Stored<Option<AttachmentRecord>>;
}

/// Writes attachments.
#[async_trait]
pub trait AttachmentsWrite {
    /// Adds an attachment that nothing carries yet. [`super::StoreError::Taken`] names `client_id`.
    async fn insert_attachment(&mut self, attachment: &AttachmentRecord) -> Stored<()>;
    /// Lets something that is stored carry an attachment, if `owner` uploaded it, nothing carries it, and it was not
    /// discarded; whether it was so.
    async fn claim_attachment(&mut self, id: AttachmentId, owner: UserId, carrier: Carrier) -> Stored<bool>;
    /// Discards an attachment, if `owner` uploaded it and nothing carries it; whether it was so. Its client id is free
    /// again.
    async fn discard_attachment(&mut self, id: AttachmentId, owner: UserId) -> Stored<bool>;
    /// Discards what a message carries; which, if it carried any.
    async fn discard_attachment_of(&mut self, message: MessageId) -> Stored<Option<AttachmentId>>;
    /// Removes attachments that nothing carries, uploaded before `before`, discarded or not, at most `limit`; which.
    async fn purge_attachments(&mut self, before: Timestamp, limit: usize) -> Stored<Vec<AttachmentId>>;
}
