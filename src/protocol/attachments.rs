//! What a message can carry: a picture, a file, or a voice message.
//!
//! It is uploaded first, by `POST /api/attachments`, and named by the message that carries it afterwards. What it is, is
//! told by its content: a picture that can be shown is an image, whatever it is called; everything else is a file that is
//! only ever saved.

use serde::{Deserialize, Serialize};

use super::ids::AttachmentId;

/// How an attachment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    /// A picture, re-encoded by the server without what the camera wrote into it.
    Image,
    /// Recorded speech, played in the thread.
    Voice,
    /// Anything else; it is saved, never shown.
    File,
}

/// An attachment, the same for every member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Attachment {
    /// Which.
    pub attachment_id: AttachmentId,
    /// How it is shown.
    pub kind: AttachmentKind,
    /// Where its bytes are, as a path on this server; for those who may read the message.
    pub url: String,
    /// What it is called, with its ending, at most [`super::limits::FILE_NAME_MAX_CHARS`] characters.
    pub name: String,
    /// The media type, as found in the content.
    pub content_type: String,
    /// In bytes, as it is served.
    pub size_bytes: u64,
    /// Of an image, in pixels, so that its place is kept free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// See `width`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of a voice message, in milliseconds, as its sender's device measured it: a hint until it is played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Of a voice message: how loud it is from beginning to end, 0 to 255, in at most
    /// [`super::limits::WAVEFORM_MAX_BARS`] steps of equal length.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waveform: Vec<u8>,
}

/// The fields beside `file` in the form of `POST /api/attachments`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AttachmentForm {
    /// A UUID made by the client: uploading under the same one again, however late, returns the attachment that is there
    /// and stores nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `true`: recorded speech, to be played in the thread.
    #[serde(default)]
    pub voice: bool,
    /// Of a voice message; see [`Attachment::duration_ms`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Of a voice message; see [`Attachment::waveform`]. In the form a JSON array.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waveform: Vec<u8>,
}
