//! Messages that are not stored by the server yet, as a pure state machine: an input and the time go in, effects come out.
//!
//! A message is kept in the browser's storage before it is shown as waiting, sent one at a time and first-in first-out
//! for each conversation, and removed from the storage when the server has it. It may be sent more than once, by several
//! tabs, after a crash or a cut: its client id makes all of that one message. So tabs need no leader. Each sends what was
//! written in it and what it found when it was opened; what another open tab keeps is taken over only when that tab has
//! left it lying for [`ADOPT_MS`]. The storage is the truth: what is not in it any more was settled or cancelled elsewhere.
//!
//! What a message carries is uploaded when its turn comes, under the message's own client id, so that repeating the upload
//! makes nothing twice either; then the message is sent. What was written after it waits for both.

pub mod carried;
pub mod storage;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use self::carried::Carried;
use crate::protocol::{
    errors::{ApiError, ErrorCode},
    ids::{AttachmentId, ConversationId, MessageId},
};

/// Messages one person may have unsent in a browser; further ones stay in the composer.
pub const UNSENT_MAX: usize = 200;
/// Settled messages remembered: more than stand in the pages of a thread that one loads at first.
const SETTLED_MAX: usize = 500;
/// What another tab keeps is left to that tab for so long, in milliseconds.
const ADOPT_MS: u64 = 10_000;
/// The same for what carries a file, which takes longer to upload.
const ADOPT_CARRIED_MS: u64 = 120_000;
/// Wait this long after a refusal that named no time, in milliseconds.
const AGAIN_MS: u64 = 2_000;
/// Wait this long after a message was lost with its connection, in milliseconds.
const LOST_MS: u64 = 100;
/// The longest pause between two attempts to upload a file, in milliseconds; it doubles from [`AGAIN_MS`].
const UPLOAD_AGAIN_MAX_MS: u64 = 60_000;

/// A message as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    /// Made once, and sent with every attempt.
    pub client_id: String,
    /// Where it is said.
    pub conversation_id: ConversationId,
    /// What is said.
    pub content: String,
    /// The message that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carries: Option<Carried>,
    /// Its place among the unsent ones: about the time it was written, in milliseconds.
    pub order: u64,
    /// Why the server refused it for good, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A refusal that waiting does not help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For people.
    pub reason: String,
    /// Whether the same message may be accepted later; else it must be edited.
    pub retryable: bool,
}

/// How an unsent message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It waits for the connection, its turn, or a limit.
    Waiting,
    /// What it carries is on its way: so much of it, in percent.
    Uploading(u8),
    /// It is on its way.
    Sending,
    /// The server has it; it stands in the thread in a moment.
    Stored,
    /// It was refused.
    Failed(Failure),
}

/// An unsent message as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What is said, and where.
    pub message: Unsent,
    /// How it is.
    pub sending: Sending,
    /// Whether the text may be changed: not once the server may have it.
    pub editable: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// What is in the storage now. `opened`: the tab was just opened, so that nobody else may be left to send it.
    Found {
        /// All of this person's.
        messages: Vec<Unsent>,
        /// See above.
        opened: bool,
    },
    /// So much of what it carries was sent, in percent.
    Progress(String, u8),
    /// The server has what it carries.
    Uploaded(String, AttachmentId),
    /// What it carries was refused, or the server could not be reached.
    UploadFailed(String, ApiError),
    /// Somebody pressed "Send". `order` and `failure` are not looked at.
    Compose(Unsent),
    /// The message was written to the storage; or, when false, it cannot be, and is sent all the same.
    Kept(String, bool),
    /// Connected and current.
    Online,
    /// The connection broke.
    Offline,
    /// The server has it.
    Stored(String),
    /// It stands in the thread.
    Arrived(String),
    /// The server refused it.
    Refused(String, ApiError),
    /// Whether it was carried out is not known.
    Lost(String),
    /// The reader pressed "Retry".
    Retry(String),
    /// The reader does not want to send it any more.
    Cancel(String),
    /// The reader changed the text.
    Edit(String, String),
    /// Time passed: [`Outbox::due_ms`].
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write it to the storage, then [`Input::Kept`].
    Keep(Unsent),
    /// Remove it from the storage.
    Forget(String),
    /// Send it.
    Send(Unsent),
    /// Upload what it carries, telling of the progress.
    Upload(Unsent),
    /// End the upload of what it carries.
    AbortUpload(String),
    /// Throw away what was uploaded for nothing.
    Discard(AttachmentId),
    /// There are too many: give the text back to the composer.
    Full(Unsent),
    /// What is shown in this conversation changed.
    Changed(ConversationId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Being written to the storage for the first time.
    Keeping,
    Waiting,
    /// So much, in percent.
    Uploading(u8),
    Sending,
    Stored,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    message: Unsent,
    stage: Stage,
    /// It was sent before, perhaps by another tab.
    attempted: bool,
    /// It is in the storage.
    kept: bool,
    /// Another tab's, until then.
    theirs_until_ms: u64,
    /// How often it was to be uploaded again.
    failed_uploads: u32,
    /// The upload waits until then, and with it what was written later.
    upload_again_ms: u64,
}

/// All unsent messages of the reader, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    entries: Vec<Entry>,
    online: bool,
    /// A limit was met: nothing is sent before.
    paused_until_ms: u64,
    /// The newest that were settled here: what the storage still has of them was read a moment too early.
    settled: VecDeque<String>,
    effects: Vec<Effect>,
}

impl Outbox {
    /// Takes an input at a time in milliseconds; returns what is to be done, in order.
    pub fn step(&mut self, input: Input, now_ms: u64) -> Vec<Effect> {
        match input {
            Input::Found { messages, opened } => self.take_found(messages, opened, now_ms),
            Input::Progress(id, percent) => self.note_progress(&id, percent),
            Input::Uploaded(id, attachment) => self.note_uploaded(&id, attachment),
            Input::UploadFailed(id, error) => self.fail_upload(&id, error, now_ms),
            Input::Compose(message) => self.compose(message, now_ms),
            Input::Kept(id, kept) => self.note_kept(&id, kept),
            Input::Online => self.online = true,
            Input::Offline => self.go_offline(),
            Input::Stored(id) => self.store(&id),
            Input::Arrived(id) => self.remove(&id),
            Input::Refused(id, error) => self.refuse(&id, error, now_ms),
            Input::Lost(id) => {
                self.set_stage(&id, Stage::Sending, Stage::Waiting);
                // Word of the broken connection is on its way.
                self.paused_until_ms = self.paused_until_ms.max(now_ms.saturating_add(LOST_MS));
            }
            Input::Retry(id) => self.retry(&id),
            Input::Cancel(id) => self.cancel(&id),
            Input::Edit(id, content) => self.edit(&id, content),
            Input::Tick => {}
        }
        self.send_next(now_ms);
        std::mem::take(&mut self.effects)
    }

    fn compose(&mut self, mut message: Unsent, now_ms: u64) {
        if self.is_full() {
            self.effects.push(Effect::Full(message));
            return;
        }
        let after_last = self.entries.last().map_or(0, |last| last.message.order.saturating_add(1));
        message.order = now_ms.max(after_last);
        message.failure = None;
        self.effects.push(Effect::Keep(message.clone()));
        self.entries.push(Entry::new(message, Stage::Keeping));
    }

    fn take_found(&mut self, messages: Vec<Unsent>, opened: bool, now_ms: u64) {
        let is_gone = |entry: &Entry| {
            entry.kept
                && matches!(entry.stage, Stage::Waiting | Stage::Uploading(_))
                && messages.iter().all(|at| at.client_id != entry.message.client_id)
        };
        let gone: Vec<_> = self.entries.iter().filter(|entry| is_gone(entry)).cloned().collect();
        for entry in gone {
            self.entries.retain(|at| at.message.client_id != entry.message.client_id);
            if matches!(entry.stage, Stage::Uploading(_)) {
                self.effects.push(Effect::AbortUpload(entry.message.client_id));
            }
            self.effects.push(Effect::Changed(entry.message.conversation_id));
        }
        for message in messages {
            if self.settled.contains(&message.client_id) {
                self.effects.push(Effect::Forget(message.client_id));
                continue;
            }
            self.effects.push(Effect::Changed(message.conversation_id));
            if let Some(entry) = self.entries.iter_mut().find(|entry| entry.message.client_id == message.client_id) {
                if entry.stage == Stage::Waiting {
                    entry.message = message;
                }
                continue;
            }
            let adopt_ms = if message.carries.is_some() { ADOPT_CARRIED_MS } else { ADOPT_MS };
            let theirs_until_ms = if opened { 0 } else { now_ms.saturating_add(adopt_ms) };
            let entry = Entry::new(message, Stage::Waiting);
            self.entries.push(Entry { attempted: true, kept: true, theirs_until_ms, ..entry });
        }
        self.entries.sort_by_key(|entry| entry.message.order);
    }

    fn go_offline(&mut self) {
        self.online = false;
        let mut changed = Vec::new();
        for entry in &mut self.entries {
            if entry.stage == Stage::Sending {
                entry.stage = Stage::Waiting;
                changed.push(Effect::Changed(entry.message.conversation_id));
            }
        }
        self.effects.append(&mut changed);
    }

    fn entry(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.message.client_id == id)
    }

    fn note_kept(&mut self, id: &str, kept: bool) {
        if let Some(entry) = self.entry(id) {
            entry.kept = kept;
        }
        self.set_stage(id, Stage::Keeping, Stage::Waiting);
    }

    fn set_stage(&mut self, id: &str, from: Stage, to: Stage) {
        if let Some(entry) = self.entry(id).filter(|entry| entry.stage == from) {
            entry.stage = to;
            let at = entry.message.conversation_id;
            self.effects.push(Effect::Changed(at));
        }
    }

    fn note_progress(&mut self, id: &str, percent: u8) {
        let percent = percent.min(100);
        if let Some(entry) = self.entry(id)
            && matches!(entry.stage, Stage::Uploading(before) if before != percent)
        {
            entry.stage = Stage::Uploading(percent);
            let at = entry.message.conversation_id;
            self.effects.push(Effect::Changed(at));
        }
    }

    fn uploading(&mut self, id: &str) -> Option<&mut Entry> {
        self.entry(id).filter(|entry| matches!(entry.stage, Stage::Uploading(_)))
    }

    /// The message follows at once, or when the connection returns. That it was uploaded is kept, so that it is not done
    /// again after a crash.
    fn note_uploaded(&mut self, id: &str, attachment: AttachmentId) {
        let Some(entry) = self.uploading(id) else { return };
        entry.stage = Stage::Waiting;
        if let Some(carries) = &mut entry.message.carries {
            carries.uploaded = Some(attachment);
        }
        let message = entry.message.clone();
        let at = message.conversation_id;
        self.effects.extend([Effect::Keep(message), Effect::Changed(at)]);
    }

    fn fail_upload(&mut self, id: &str, error: ApiError, now_ms: u64) {
        let Some(entry) = self.uploading(id) else { return };
        entry.stage = Stage::Waiting;
        if waiting_helps(error.code) {
            let doubled_ms = AGAIN_MS.saturating_mul(1 << entry.failed_uploads.min(8)).min(UPLOAD_AGAIN_MAX_MS);
            entry.failed_uploads = entry.failed_uploads.saturating_add(1);
            entry.upload_again_ms = now_ms.saturating_add(error.retry_after_ms.unwrap_or(doubled_ms));
            let at = entry.message.conversation_id;
            self.effects.push(Effect::Changed(at));
        } else {
            self.fail(id, error);
        }
    }

    /// The server has it: nothing need be kept. It is shown until it stands in the thread.
    fn store(&mut self, id: &str) {
        if let Some(entry) = self.entry(id).filter(|entry| entry.stage != Stage::Stored) {
            entry.stage = Stage::Stored;
            let at = entry.message.conversation_id;
            self.effects.extend([Effect::Forget(id.to_owned()), Effect::Changed(at)]);
        }
    }

    fn remove(&mut self, id: &str) {
        self.store(id);
        if let Some(entry) = self.entry(id) {
            let at = entry.message.conversation_id;
            self.entries.retain(|entry| entry.message.client_id != id);
            self.effects.push(Effect::Changed(at));
        }
        self.note_settled(id);
    }

    fn note_settled(&mut self, id: &str) {
        if !self.settled.iter().any(|settled| settled == id) {
            self.settled.push_back(id.to_owned());
        }
        if self.settled.len() > SETTLED_MAX {
            self.settled.pop_front();
        }
    }

    fn refuse(&mut self, id: &str, error: ApiError, now_ms: u64) {
        let Some(entry) = self.entry(id).filter(|entry| entry.stage == Stage::Sending) else { return };
        entry.stage = Stage::Waiting;
        let at = entry.message.conversation_id;
        if entry.failed_uploads == 0 && error.message_for("attachment").is_some() {
            // What was uploaded days ago was thrown away meanwhile. The bytes are still here.
            entry.failed_uploads = 1;
            entry.forget_upload();
            let message = entry.message.clone();
            self.effects.extend([Effect::Keep(message), Effect::Changed(at)]);
        } else if waiting_helps(error.code) {
            let wait_ms = error.retry_after_ms.unwrap_or(AGAIN_MS);
            self.paused_until_ms = self.paused_until_ms.max(now_ms.saturating_add(wait_ms));
            self.effects.push(Effect::Changed(at));
        } else {
            self.fail(id, error);
        }
    }

    /// Waiting does not help: what was refused is kept, and says why.
    fn fail(&mut self, id: &str, error: ApiError) {
        let Some(entry) = self.entry(id) else { return };
        entry.message.failure = Some(Failure { reason: error.message, retryable: trying_helps(error.code) });
        // It was refused, so the server does not have it.
        entry.attempted = false;
        let message = entry.message.clone();
        let at = message.conversation_id;
        self.effects.extend([Effect::Keep(message), Effect::Changed(at)]);
    }

    fn retry(&mut self, id: &str) {
        let Some(entry) = self.entry(id).filter(|entry| entry.message.failure.is_some()) else { return };
        entry.message.failure = None;
        entry.theirs_until_ms = 0;
        // Where the server has it still, uploading it again changes nothing.
        entry.forget_upload();
        let message = entry.message.clone();
        let at = message.conversation_id;
        self.effects.extend([Effect::Keep(message), Effect::Changed(at)]);
    }

    fn cancel(&mut self, id: &str) {
        let is_open = |entry: &&mut Entry| matches!(entry.stage, Stage::Waiting | Stage::Uploading(_));
        let Some(entry) = self.entry(id).filter(is_open) else { return };
        let (at, is_uploading) = (entry.message.conversation_id, matches!(entry.stage, Stage::Uploading(_)));
        let uploaded = entry.message.carries.as_ref().and_then(|carries| carries.uploaded);
        self.entries.retain(|entry| entry.message.client_id != id);
        self.effects.extend(is_uploading.then(|| Effect::AbortUpload(id.to_owned())));
        self.effects.extend(uploaded.map(Effect::Discard));
        self.effects.extend([Effect::Forget(id.to_owned()), Effect::Changed(at)]);
        self.note_settled(id);
    }

    fn edit(&mut self, id: &str, content: String) {
        let Some(entry) = self.entry(id).filter(|entry| entry.is_editable()) else { return };
        entry.message.content = content;
        entry.message.failure = None;
        entry.theirs_until_ms = 0;
        let message = entry.message.clone();
        let at = message.conversation_id;
        self.effects.extend([Effect::Keep(message), Effect::Changed(at)]);
    }

    /// Sends the first one of every conversation in which none is on its way.
    fn send_next(&mut self, now_ms: u64) {
        if !self.online || now_ms < self.paused_until_ms {
            return;
        }
        let mut busy: Vec<ConversationId> = Vec::new();
        for entry in &mut self.entries {
            let at = entry.message.conversation_id;
            let is_next = entry.stage == Stage::Waiting && entry.is_ready(now_ms) && !busy.contains(&at);
            if is_next && entry.is_to_upload() {
                entry.stage = Stage::Uploading(0);
                self.effects.extend([Effect::Upload(entry.message.clone()), Effect::Changed(at)]);
            } else if is_next {
                entry.stage = Stage::Sending;
                entry.attempted = true;
                self.effects.extend([Effect::Send(entry.message.clone()), Effect::Changed(at)]);
            }
            // One that is being written goes before those that came after it, and so does one whose upload is repeated.
            let goes_first = matches!(entry.stage, Stage::Sending | Stage::Keeping | Stage::Uploading(_));
            if goes_first || entry.waits_to_upload(now_ms) {
                busy.push(at);
            }
        }
    }

    /// When to come back with [`Input::Tick`].
    #[must_use]
    pub fn due_ms(&self, now_ms: u64) -> Option<u64> {
        let waits = |entry: &&Entry| entry.stage == Stage::Waiting && entry.message.failure.is_none();
        let due_of = |entry: &Entry| entry.theirs_until_ms.max(entry.upload_again_ms).max(self.paused_until_ms);
        let due = self.entries.iter().filter(waits).map(due_of);
        due.filter(|due| self.online && *due > now_ms).min()
    }

    /// Whether nothing more is taken.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.entries.len() >= UNSENT_MAX
    }

    /// What is shown below a thread, in the order in which it was written.
    #[must_use]
    pub fn shown(&self, at: ConversationId) -> Vec<Shown> {
        let here = self.entries.iter().filter(|entry| entry.message.conversation_id == at);
        here.filter_map(Entry::shown).collect()
    }
}

impl Entry {
    const fn new(message: Unsent, stage: Stage) -> Self {
        let (theirs_until_ms, upload_again_ms) = (0, 0);
        Self { message, stage, attempted: false, kept: false, theirs_until_ms, failed_uploads: 0, upload_again_ms }
    }

    fn is_ready(&self, now_ms: u64) -> bool {
        self.message.failure.is_none() && now_ms >= self.theirs_until_ms && now_ms >= self.upload_again_ms
    }

    fn forget_upload(&mut self) {
        if let Some(carries) = &mut self.message.carries {
            carries.uploaded = None;
        }
    }

    fn is_to_upload(&self) -> bool {
        self.message.carries.as_ref().is_some_and(|carries| carries.uploaded.is_none())
    }

    fn waits_to_upload(&self, now_ms: u64) -> bool {
        self.stage == Stage::Waiting && self.message.failure.is_none() && now_ms < self.upload_again_ms
    }

    fn is_editable(&self) -> bool {
        self.stage == Stage::Waiting && !self.attempted
    }

    fn shown(&self) -> Option<Shown> {
        let sending = match (self.stage, &self.message.failure) {
            (Stage::Keeping, _) => return None,
            (Stage::Waiting, Some(failure)) => Sending::Failed(failure.clone()),
            (Stage::Waiting, None) => Sending::Waiting,
            (Stage::Uploading(percent), _) => Sending::Uploading(percent),
            (Stage::Sending, _) => Sending::Sending,
            (Stage::Stored, _) => Sending::Stored,
        };
        Some(Shown { message: self.message.clone(), sending, editable: self.is_editable() })
    }
}

/// Whether the same message may be accepted after a while.
const fn waiting_helps(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::Internal | ErrorCode::Unauthorized)
}

/// Whether the same message may be accepted after something else changed.
const fn trying_helps(code: ErrorCode) -> bool {
    !matches!(code, ErrorCode::Invalid | ErrorCode::Malformed | ErrorCode::TooLarge | ErrorCode::UnsupportedMedia)
}

#[cfg(test)]
mod tests;
