//! The messages of one conversation that a tab holds: each as new as was heard, in the order of their places.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::protocol::{
    conversations::{MessageView, Quote, Reaction},
    ids::MessageId,
    limits::QUOTE_MAX_CHARS,
    views::Page,
};

/// One message, put together from what was heard of it in any order. Text and reactions have a revision each: an edit
/// that comes after a later reaction still counts.
#[derive(Clone, Debug, Default)]
struct Held {
    /// `None` while only a deletion or reactions are known.
    view: Option<Arc<MessageView>>,
    text_revision: u64,
    reactions_revision: u64,
    reactions: Vec<Reaction>,
}

impl Held {
    /// Takes a whole message; parts that are older than what is known stay. Whether anything changed.
    fn fold(&mut self, view: &MessageView) -> bool {
        let mut merged = view.clone();
        if view.revision >= self.text_revision {
            self.text_revision = view.revision;
        } else if let Some(current) = &self.view {
            merged.content.clone_from(&current.content);
            merged.entities.clone_from(&current.entities);
            merged.edited_at = current.edited_at;
            merged.deleted = current.deleted;
        } else {
            // Only a deletion is heard of before the message itself.
            erase(&mut merged);
        }
        if view.revision >= self.reactions_revision {
            self.reactions_revision = view.revision;
            self.reactions.clone_from(&view.reactions);
        }
        merged.reactions.clone_from(&self.reactions);
        merged.revision = self.revision();
        // A page may say less of the sender's own id than the event did.
        if let Some(current) = &self.view {
            merged.client_id = merged.client_id.or_else(|| current.client_id.clone());
        }
        self.put(merged)
    }

    fn delete(&mut self, revision: u64) -> bool {
        if revision < self.text_revision {
            return false;
        }
        self.text_revision = revision;
        if revision >= self.reactions_revision {
            self.reactions_revision = revision;
            self.reactions.clear();
        }
        let Some(mut view) = self.view.as_deref().cloned() else { return false };
        erase(&mut view);
        view.revision = self.revision();
        self.put(view)
    }

    fn react(&mut self, reactions: &[Reaction], revision: u64) -> bool {
        if revision < self.reactions_revision {
            return false;
        }
        self.reactions_revision = revision;
        self.reactions = reactions.to_vec();
        let Some(mut view) = self.view.as_deref().cloned() else { return false };
        view.reactions = reactions.to_vec();
        view.revision = self.revision();
        self.put(view)
    }

    fn put(&mut self, view: MessageView) -> bool {
        let is_new = self.view.as_deref() != Some(&view);
        if is_new {
            self.view = Some(Arc::new(view));
        }
        is_new
    }

    fn revision(&self) -> u64 {
        self.text_revision.max(self.reactions_revision)
    }
}

fn erase(view: &mut MessageView) {
    view.content.clear();
    view.entities.clear();
    view.attachment = None;
    view.reactions.clear();
    view.edited_at = None;
    view.deleted = true;
}

/// The held messages of a conversation. What stands at or above `bottom` is the thread; what is known of others only
/// keeps late answers and quotes right.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages {
    held: BTreeMap<MessageId, Held>,
    places: BTreeMap<u64, MessageId>,
}

impl Messages {
    /// Takes a whole message; what changed is added to `changed`, replies that quote it too.
    pub(super) fn fold(&mut self, view: &MessageView, changed: &mut BTreeSet<MessageId>) {
        let id = view.message_id;
        let mut view = view.clone();
        view.reply_to = view.reply_to.map(|quote| self.current_quote(quote));
        let before = self.text_of(id);
        if !self.held.entry(id).or_default().fold(&view) {
            return;
        }
        self.places.insert(view.seq, id);
        changed.insert(id);
        if before != self.text_of(id) {
            self.renew_quotes(id, changed);
        }
    }

    /// Takes a deletion.
    pub(super) fn delete(&mut self, id: MessageId, revision: u64, changed: &mut BTreeSet<MessageId>) {
        if self.held.entry(id).or_default().delete(revision) {
            changed.insert(id);
        }
        self.renew_quotes(id, changed);
    }

    /// Takes all reactions to a message.
    pub(super) fn react(
        &mut self,
        id: MessageId,
        reactions: &[Reaction],
        revision: u64,
        changed: &mut BTreeSet<MessageId>,
    ) {
        if self.held.entry(id).or_default().react(reactions, revision) {
            changed.insert(id);
        }
    }

    fn text_of(&self, id: MessageId) -> Option<(bool, String)> {
        let view = self.get(id)?;
        Some((view.deleted, view.content.clone()))
    }

    /// A quote with the text that its message has now, as far as that is known.
    fn current_quote(&self, mut quote: Quote) -> Quote {
        let Some(held) = self.held.get(&quote.message_id) else { return quote };
        match &held.view {
            Some(view) => {
                quote.content = view.content.chars().take(QUOTE_MAX_CHARS).collect();
                quote.attachment = view.attachment.as_ref().map(|attachment| attachment.kind);
                quote.deleted = view.deleted;
            }
            None if held.text_revision > 0 => {
                quote.content.clear();
                quote.attachment = None;
                quote.deleted = true;
            }
            None => {}
        }
        quote
    }

    fn renew_quotes(&mut self, quoted: MessageId, changed: &mut BTreeSet<MessageId>) {
        let quotes = |view: &MessageView| view.reply_to.as_ref().is_some_and(|quote| quote.message_id == quoted);
        let replies: Vec<Arc<MessageView>> =
            self.held.values().filter_map(|held| held.view.clone()).filter(|view| quotes(view)).collect();
        for reply in replies {
            let mut view = MessageView::clone(&reply);
            view.reply_to = view.reply_to.map(|quote| self.current_quote(quote));
            let id = view.message_id;
            if self.held.get_mut(&id).is_some_and(|held| held.put(view)) {
                changed.insert(id);
            }
        }
    }

    /// A message, if it is held whole.
    pub(super) fn get(&self, id: MessageId) -> Option<&Arc<MessageView>> {
        self.held.get(&id)?.view.as_ref()
    }

    /// The message or note at the greatest place.
    pub(super) fn last(&self) -> Option<&Arc<MessageView>> {
        self.places.values().next_back().and_then(|id| self.get(*id))
    }

    /// Messages from a place on, oldest first.
    pub(super) fn from(&self, bottom: u64) -> impl DoubleEndedIterator<Item = &Arc<MessageView>> {
        self.places.range(bottom..).filter_map(|(_, id)| self.get(*id))
    }

    /// Forgets what was last heard of at or before this entry. What came after it is newer than any answer that tells of
    /// the entry, and stays.
    pub(super) fn forget_up_to(&mut self, entry: u64) {
        self.retain(|_, held| held.revision() > entry);
    }

    /// Forgets what stands above this place in the thread.
    pub(super) fn forget_below(&mut self, seq: u64) {
        self.retain(|_, held| held.view.as_ref().is_none_or(|view| view.seq >= seq));
    }

    /// Forgets all but the last one.
    pub(super) fn keep_last(&mut self) {
        if self.held.len() > 1 {
            let last = self.places.values().next_back().copied();
            self.retain(|id, _| Some(id) == last);
        }
    }

    fn retain(&mut self, keep: impl Fn(MessageId, &Held) -> bool) {
        self.held.retain(|id, held| keep(*id, held));
        let held = &self.held;
        self.places.retain(|_, id| held.contains_key(id));
    }
}

/// An open thread: which part of the messages is loaded.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    /// The oldest loaded place; `None` before the newest page came.
    pub(super) bottom: Option<u64>,
    next: Option<String>,
    /// The newest page is to be fetched.
    pub(super) newest_wanted: bool,
    /// What is not newer than this entry is in doubt, and forgotten when the newest page comes.
    pub(super) stale_to: u64,
    /// Of all threads of the tab that were opened or reloaded, which: an answer asked for under another is dropped.
    pub(super) generation: u64,
}

impl Thread {
    /// One that was just opened.
    pub(super) fn wanted(generation: u64) -> Self {
        Self { newest_wanted: true, generation, ..Self::default() }
    }

    /// Whether a page was taken.
    #[must_use]
    pub const fn is_seeded(&self) -> bool {
        self.bottom.is_some()
    }

    /// The cursor of the next older page; `None` when there is none, or none was taken yet.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// The page goes on where the loaded part ended, or is the newest.
    pub(super) fn extend(&mut self, page: &Page<MessageView>) {
        let oldest = page.items.iter().map(|message| message.seq).min();
        self.next.clone_from(&page.next);
        // The beginning of the conversation is loaded: whatever comes below it belongs to it.
        self.bottom = if page.next.is_none() { Some(0) } else { oldest.or(self.bottom) };
    }

    /// Too much was missed up to this entry.
    pub(super) fn reload(&mut self, seq: u64, generation: u64) {
        self.newest_wanted = true;
        self.stale_to = self.stale_to.max(seq);
        self.generation = generation;
    }
}
