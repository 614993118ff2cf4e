//! The picture, file or voice message that an unsent message carries: what is known of it, and its bytes while they are
//! in this tab.
//!
//! The bytes are kept in the browser's storage together with the message. A tab also holds those that were chosen in it:
//! they are shown, and uploaded, without asking the storage. This is its only place for them, so that nothing else need
//! hold what belongs to the browser.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use web_sys::{Blob, Url};

use crate::protocol::{
    attachments::{Attachment, AttachmentForm, AttachmentKind},
    ids::AttachmentId,
    limits::{ATTACHMENT_MAX_BYTES, FILE_NAME_MAX_CHARS, IMAGE_MAX_BYTES, VOICE_MAX_BYTES},
};

/// Media types that the server shows as pictures.
const PICTURES: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];
/// Blobs that a tab holds at most. What was uploaded is let go first-in first-out; it is in the thread by then.
const HELD_MAX: usize = 64;

/// What an unsent message carries, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// How it will be shown; the server decides by its content.
    pub kind: AttachmentKind,
    /// What it is called.
    pub name: String,
    /// The media type, as the browser takes it.
    pub content_type: String,
    /// In bytes.
    pub size_bytes: u64,
    /// Of a picture, in pixels, once it was decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// See `width`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of a voice message; see [`Attachment::duration_ms`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Of a voice message; see [`Attachment::waveform`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waveform: Vec<u8>,
    /// What the server calls it, once it has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<AttachmentId>,
}

impl Carried {
    /// A chosen file.
    #[must_use]
    pub fn file(name: &str, content_type: &str, size_bytes: u64) -> Self {
        let is_picture = PICTURES.contains(&content_type);
        Self {
            kind: if is_picture { AttachmentKind::Image } else { AttachmentKind::File },
            name: shortened(name),
            content_type: content_type.to_owned(),
            size_bytes,
            width: None,
            height: None,
            duration_ms: None,
            waveform: Vec::new(),
            uploaded: None,
        }
    }

    /// A recording.
    #[must_use]
    pub fn voice(content_type: &str, size_bytes: u64, duration_ms: u64, waveform: Vec<u8>) -> Self {
        // What follows a ";" says more than a name ending can.
        let ending = match content_type.split(';').next() {
            Some("audio/mp4") => "m4a",
            Some("audio/ogg") => "ogg",
            _ => "webm",
        };
        Self {
            kind: AttachmentKind::Voice,
            duration_ms: Some(duration_ms),
            waveform,
            ..Self::file(&["Voice message.", ending].concat(), content_type, size_bytes)
        }
    }

    /// The most that such a file may have, in bytes.
    #[must_use]
    pub const fn max_bytes(&self) -> usize {
        match self.kind {
            AttachmentKind::Image => IMAGE_MAX_BYTES,
            AttachmentKind::Voice => VOICE_MAX_BYTES,
            AttachmentKind::File => ATTACHMENT_MAX_BYTES,
        }
    }

    /// Whether the server would refuse it for its size.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        usize::try_from(self.size_bytes).is_ok_and(|size| size > self.max_bytes())
    }

    /// The fields of its upload.
    #[must_use]
    pub fn form(&self, client_id: &str) -> AttachmentForm {
        AttachmentForm {
            client_id: Some(client_id.to_owned()),
            voice: self.kind == AttachmentKind::Voice,
            duration_ms: self.duration_ms,
            waveform: self.waveform.clone(),
        }
    }

    /// As it will stand in the thread, shown from `url`.
    #[must_use]
    pub fn shown_from(&self, url: String) -> Attachment {
        Attachment {
            attachment_id: self.uploaded.unwrap_or(AttachmentId::new(0)),
            kind: self.kind,
            url,
            name: self.name.clone(),
            content_type: self.content_type.clone(),
            size_bytes: self.size_bytes,
            width: self.width,
            height: self.height,
            duration_ms: self.duration_ms,
            waveform: self.waveform.clone(),
        }
    }
}

/// A name within its limit; what is too long goes from the middle, so that its ending stays.
fn shortened(name: &str) -> String {
    let over = name.chars().count().saturating_sub(FILE_NAME_MAX_CHARS);
    if over == 0 {
        return name.to_owned();
    }
    let kept = FILE_NAME_MAX_CHARS.saturating_sub(1);
    let (head, tail) = (kept / 2, kept - kept / 2);
    let tail_at = name.chars().count().saturating_sub(tail);
    name.chars().take(head).chain(['…']).chain(name.chars().skip(tail_at)).collect()
}

struct Held {
    client_id: String,
    blob: Blob,
    url: String,
}

thread_local! {
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

/// Holds the bytes of a message in this tab; returns where the browser shows them from.
pub fn hold(client_id: &str, blob: Blob) -> String {
    if let Some(url) = url_of(client_id) {
        return url;
    }
    // Without an address there is no preview; it is sent all the same.
    let url = Url::create_object_url_with_blob(&blob).unwrap_or_default();
    HELD.with_borrow_mut(|held| {
        if held.len() >= HELD_MAX {
            revoke(&held.remove(0));
        }
        held.push(Held { client_id: client_id.to_owned(), blob, url: url.clone() });
    });
    url
}

/// The bytes of a message, if this tab holds them.
#[must_use]
pub fn held(client_id: &str) -> Option<Blob> {
    HELD.with_borrow(|all| all.iter().find(|held| held.client_id == client_id).map(|held| held.blob.clone()))
}

/// Where the browser shows them from.
#[must_use]
pub fn url_of(client_id: &str) -> Option<String> {
    HELD.with_borrow(|all| all.iter().find(|held| held.client_id == client_id).map(|held| held.url.clone()))
}

/// Lets go of what is not sent after all.
pub fn let_go(client_id: &str) {
    HELD.with_borrow_mut(|all| {
        all.retain(|held| {
            let stays = held.client_id != client_id;
            if !stays {
                revoke(held);
            }
            stays
        });
    });
}

fn revoke(held: &Held) {
    // One that was never made cannot be revoked, and need not be.
    let _ = Url::revoke_object_url(&held.url);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_shown_is_a_picture_and_the_rest_a_file() {
        assert_eq!(Carried::file("a.png", "image/png", 1).kind, AttachmentKind::Image);
        assert_eq!(Carried::file("a.svg", "image/svg+xml", 1).kind, AttachmentKind::File);
        assert_eq!(Carried::file("a.pdf", "application/pdf", 1).kind, AttachmentKind::File);
        assert_eq!(Carried::voice("audio/mp4;codecs=opus", 1, 1, vec![]).name, "Voice message.m4a");
    }

    #[test]
    fn a_size_is_held_to_the_limit_of_its_kind() {
        let size = |bytes: usize| u64::try_from(bytes).unwrap();
        assert!(!Carried::file("a.png", "image/png", size(IMAGE_MAX_BYTES)).is_too_large());
        assert!(Carried::file("a.png", "image/png", size(IMAGE_MAX_BYTES) + 1).is_too_large());
        assert!(!Carried::file("a.pdf", "", size(ATTACHMENT_MAX_BYTES)).is_too_large());
        assert!(Carried::file("a.pdf", "", size(ATTACHMENT_MAX_BYTES) + 1).is_too_large());
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = Carried::file(&["x".repeat(300).as_str(), ".tar.gz"].concat(), "", 1).name;
        assert_eq!(name.chars().count(), FILE_NAME_MAX_CHARS);
        assert!(name.ends_with("x.tar.gz") && name.contains('…'));
    }
}
