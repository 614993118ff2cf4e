//! What everything in an open thread shares.

use leptos::{html, prelude::*};

use super::{attach::Attaching, reading::Reading, voice_player::Speed, voice_recorder::Voicing};
use crate::{
    client::live::LiveThread,
    protocol::{
        conversations::{ConversationItem, ConversationKind, MessageView},
        ids::{ConversationId, MessageId, UserId},
    },
};

/// What the address asks for besides the thread, for readers without JavaScript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// An older page of the thread: what was said before this place.
    pub before: Option<u64>,
    /// The message to reply to.
    pub reply: Option<MessageId>,
    /// The message to edit.
    pub edit: Option<MessageId>,
}

/// An open thread.
#[derive(Clone, Copy)]
pub struct OpenThread {
    /// Which conversation.
    pub id: ConversationId,
    /// Its messages, live.
    pub thread: LiveThread,
    /// The reader.
    pub me: UserId,
    /// Two people or a group.
    pub kind: ConversationKind,
    /// The message that is being replied to.
    pub replying: RwSignal<Option<MessageId>>,
    /// The message whose text is being changed.
    pub editing: RwSignal<Option<MessageId>>,
    /// The message that is about to be deleted.
    pub deleting: RwSignal<Option<MessageId>>,
    /// The message whose picture is shown whole.
    pub picture: RwSignal<Option<MessageId>>,
    /// The message that was last asked for by its quote: it is on the page however far away.
    pub sought: RwSignal<Option<MessageId>>,
    /// What goes with the next message.
    pub attaching: Attaching,
    /// The voice message that is recorded.
    pub voicing: Voicing,
    /// The address of the voice message that plays.
    pub playing: RwSignal<Option<String>>,
    /// How fast voice messages play.
    pub speed: RwSignal<Speed>,
    /// Where one writes.
    pub composer: NodeRef<html::Textarea>,
    /// What scrolls.
    pub scroller: NodeRef<html::Div>,
    /// What was really seen.
    pub reading: Reading,
}

impl OpenThread {
    /// Opens a thread as the server rendered it.
    #[must_use]
    pub fn new(thread: LiveThread, item: &ConversationItem, me: UserId, asked: Asked) -> Self {
        let scroller = NodeRef::new();
        Self {
            id: item.conversation.conversation_id,
            thread,
            me,
            kind: item.conversation.kind,
            replying: RwSignal::new(asked.reply),
            editing: RwSignal::new(asked.edit),
            deleting: RwSignal::new(None),
            picture: RwSignal::new(None),
            sought: RwSignal::new(None),
            attaching: Attaching::begin(),
            voicing: Voicing::begin(),
            playing: RwSignal::new(None),
            speed: RwSignal::new(Speed::default()),
            composer: NodeRef::new(),
            scroller,
            reading: Reading::watch(thread, scroller),
        }
    }

    /// Whether it is a group.
    #[must_use]
    pub fn is_group(self) -> bool {
        self.kind == ConversationKind::Group
    }

    /// A message as it is now, untracked.
    #[must_use]
    pub fn message(self, id: MessageId) -> Option<MessageView> {
        self.thread.message(id).map(|view| view.with_untracked(|view| MessageView::clone(view)))
    }

    /// Begins to reply.
    pub fn reply_to(self, id: MessageId) {
        self.editing.set(None);
        self.replying.set(Some(id));
        self.focus_composer();
    }

    /// Begins to change the text of a message.
    pub fn edit(self, id: MessageId) {
        self.replying.set(None);
        self.editing.set(Some(id));
    }

    /// The newest message of the reader that can be changed.
    #[must_use]
    pub fn last_own(self) -> Option<MessageId> {
        let is_mine = |id: &MessageId| {
            self.thread.message(*id).is_some_and(|view| {
                view.with_untracked(|view| view.sender_id == self.me && !view.deleted && view.note.is_none())
            })
        };
        self.thread.messages().with_untracked(|ids| ids.iter().rev().copied().find(is_mine))
    }

    /// Goes to where one writes.
    pub fn focus_composer(self) {
        request_animation_frame(move || {
            if let Some(area) = self.composer.get_untracked() {
                // A box that has just gone takes no focus, and need not.
                let _ = area.focus();
            }
        });
    }

    /// Scrolls to the newest message.
    pub fn to_end(self) {
        request_animation_frame(move || {
            if let Some(scroller) = self.scroller.get_untracked() {
                scroller.set_scroll_top(0);
            }
        });
    }
}
