//! Whom the reader follows, as far as this tab has seen: one signal per person, shared by all buttons for them.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::{
    client::like_toggle::LikeToggle,
    protocol::{ids::UserId, views::Profile},
};

/// What the reader and one other person have to do with each other.
#[derive(Clone, Default)]
pub struct Follow {
    /// Whether the server has stored that the reader follows them.
    pub stored: ArcRwSignal<bool>,
    /// The same "latest wish wins, one request at a time" as a like.
    pub toggle: ArcRwSignal<LikeToggle>,
    /// Their profile after the newest change made in this tab.
    pub changed: ArcRwSignal<Option<Profile>>,
}

/// All of them, in the context of the app.
#[derive(Clone, Copy)]
pub struct Follows {
    known: StoredValue<BTreeMap<UserId, Follow>>,
    learnt: Trigger,
}

/// Makes it and gives it to everything below.
pub fn provide_follows() -> Follows {
    let follows = Follows { known: StoredValue::new(BTreeMap::new()), learnt: Trigger::new() };
    provide_context(follows);
    follows
}

/// The one that [`provide_follows`] made; outside of it one of its own.
#[must_use]
pub fn use_follows() -> Follows {
    use_context::<Follows>().unwrap_or_else(provide_follows)
}

/// Whom the reader followed when a page was rendered, for what stands on it before a script runs. Both sides have the same.
#[derive(Clone, Copy)]
pub struct FollowedAtFirst(pub StoredValue<Vec<UserId>>);

impl FollowedAtFirst {
    /// What the page below knows, before it does; nothing elsewhere.
    pub fn provide() -> Self {
        let known = Self(StoredValue::new(Vec::new()));
        provide_context(known);
        known
    }
}

impl Follows {
    /// Whether the reader follows this person, as far as anybody has said; is tracked.
    #[must_use]
    pub fn known(self, person: UserId) -> Option<bool> {
        self.learnt.track();
        self.known.try_with_value(|known| known.get(&person).map(|follow| follow.stored.get_untracked())).flatten()
    }

    /// The server said which of `people` the reader follows.
    pub fn learn(self, people: Vec<UserId>, followed: &[UserId]) {
        for person in people {
            drop(self.of(person, followed.contains(&person)));
        }
        self.learnt.notify();
    }

    /// What is known of this person; `followed` is what the server just said. While a change is under way its answer
    /// counts more.
    #[must_use]
    pub fn of(self, person: UserId, followed: bool) -> Follow {
        let known = self.known.try_update_value(|known| known.entry(person).or_default().clone()).unwrap_or_default();
        let under_way = known.toggle.with_untracked(|toggle| toggle.pending());
        if !under_way && known.stored.get_untracked() != followed {
            known.stored.set(followed);
        }
        known
    }
}
