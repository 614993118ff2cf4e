//! Unsent text, kept in the browser per place until it is accepted: a crash, a reload or a lost session loses nothing.

use leptos::prelude::*;

use crate::protocol::ids::UserId;

/// Begins every key, so that all drafts can be found and removed at sign-out.
const PREFIX: &str = "hubbub:draft:";

/// The text of one composer.
#[derive(Clone, Copy)]
pub struct Draft {
    text: RwSignal<String>,
    key: StoredValue<String>,
}

impl Draft {
    /// The draft of `user` at one place (`"post"`, `"comment:12"`). It starts empty, as the server renders it; what was
    /// kept is brought back right after the page woke, unless something was typed before that.
    #[must_use]
    pub fn open(user: UserId, place: &str) -> Self {
        let draft = Self { text: RwSignal::new(String::new()), key: StoredValue::new(key_of(user, place)) };
        Effect::new(move |restored: Option<()>| {
            if restored.is_none() {
                draft.restore();
            }
            // Kept at every change: the text is short, and a crash gives no notice.
            draft.text.with(|text| draft.keep(text));
        });
        draft
    }

    /// The draft of `user` at a place whose text the server keeps too. It starts with what the server has; what was kept
    /// here takes its place where it is that and more: the last letters before a crash.
    #[must_use]
    pub fn open_shared(user: UserId, place: &str, stored: &str) -> Self {
        let draft = Self { text: RwSignal::new(stored.to_owned()), key: StoredValue::new(key_of(user, place)) };
        let stored = stored.to_owned();
        Effect::new(move |restored: Option<()>| {
            if restored.is_none()
                && let Some(kept) = draft.kept()
                && kept.starts_with(&stored)
                && draft.text.with_untracked(|text| *text == stored)
            {
                draft.text.set(kept);
            }
            draft.text.with(|text| draft.keep(text));
        });
        draft
    }

    /// The text: bind it to the text area.
    #[must_use]
    pub const fn text(self) -> RwSignal<String> {
        self.text
    }

    /// This much of the text was accepted: takes it out, here and in the browser's storage. What was typed while it was
    /// on its way stays.
    pub fn take_out(self, accepted: &str) {
        let left = self.text.with_untracked(|text| left_of(text, accepted).to_owned());
        self.keep(&left);
        self.text.set(left);
    }

    fn kept(self) -> Option<String> {
        self.key.try_with_value(|key| storage()?.get_item(key).ok()?).flatten()
    }

    fn restore(self) {
        if let Some(kept) = self.kept()
            && self.text.with_untracked(String::is_empty)
        {
            self.text.set(kept);
        }
    }

    fn keep(self, text: &str) {
        let _gone = self.key.try_with_value(|key| {
            let storage = storage()?;
            // A full or forbidden storage keeps nothing; the text on screen is unharmed.
            if text.is_empty() { storage.remove_item(key).ok() } else { storage.set_item(key, text).ok() }
        });
    }
}

/// Removes every draft, of everyone who used this browser: call it at sign-out.
pub fn forget_all() {
    let Some(storage) = storage() else { return };
    let count = storage.length().unwrap_or(0);
    let keys: Vec<String> = (0..count).filter_map(|place| storage.key(place).ok().flatten()).collect();
    for key in keys.iter().filter(|key| key.starts_with(PREFIX)) {
        let _refused = storage.remove_item(key);
    }
}

/// What was added to the accepted text; all of the text when it became another one.
fn left_of<'a>(text: &'a str, accepted: &str) -> &'a str {
    let left = text.strip_prefix(accepted).unwrap_or(text);
    if left.trim().is_empty() { "" } else { left }
}

fn key_of(user: UserId, place: &str) -> String {
    [PREFIX, &user.get().to_string(), ":", place].concat()
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_the_person_and_the_place() {
        assert_eq!(key_of(UserId::new(7), "comment:12"), "hubbub:draft:7:comment:12");
    }

    #[test]
    fn what_was_typed_meanwhile_is_left() {
        assert_eq!(left_of("Sent", "Sent"), "");
        assert_eq!(left_of("Sent \n", "Sent"), "");
        assert_eq!(left_of("Sent, and more", "Sent"), ", and more");
        assert_eq!(left_of("Another thought", "Sent"), "Another thought");
        assert_eq!(left_of("", "Sent"), "");
    }

    #[test]
    fn on_the_server_a_draft_is_empty() {
        let owner = Owner::new();
        owner.with(|| assert_eq!(Draft::open(UserId::new(7), "post").text().get_untracked(), ""));
    }
}
