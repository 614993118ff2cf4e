//! What the server knows about a page before it renders it, and ships along so that the browser starts from the same.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::refused::RefusedForm;
use crate::protocol::{
    appearance::ThemeChoice,
    events::UnreadCount,
    ids::UserId,
    time::Timestamp,
    views::{Me, PersonRef, Profile, WaitingRequests},
};

/// Facts of one page load. The server provides them as context before rendering.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageFacts {
    /// The server's clock when the page was rendered: relative times start from it on both sides.
    pub now: Timestamp,
    /// Who is signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewer: Option<Me>,
    /// What the viewer has not read of conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<UnreadCount>,
    /// How many requests to connect wait for the viewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingRequests>,
    /// How many members there are; only for those who stand at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community_size: Option<u64>,
    /// Light, dark or the system's, from the cookie.
    #[serde(default)]
    pub theme: ThemeChoice,
    /// Whether the page stays as it is: it is sent without scripts, and works by forms and reloads.
    #[serde(default)]
    pub is_still: bool,
    /// The form that was just sent without JavaScript and what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedForm>,
}

impl Default for PageFacts {
    /// A signed-out page at the start of time; what the router sees while it lists its routes.
    fn default() -> Self {
        Self {
            now: Timestamp::from_millis(0),
            viewer: None,
            unread: None,
            waiting: None,
            community_size: None,
            theme: ThemeChoice::default(),
            is_still: false,
            refused: None,
        }
    }
}

impl PageFacts {
    /// On the server the context, in the browser what the server shipped.
    #[must_use]
    pub fn load() -> Self {
        SharedValue::new(|| use_context::<Self>().unwrap_or_default()).into_inner()
    }
}

/// The signed-in person, for every component below [`App`](super::App).
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    me: RwSignal<Option<Me>>,
    is_leaving: RwSignal<bool>,
}

impl Viewer {
    /// Starts from what the page was rendered with.
    #[must_use]
    pub fn new(me: Option<Me>) -> Self {
        Self { me: RwSignal::new(me), is_leaving: RwSignal::new(false) }
    }

    /// The whole account; `None` when signed out.
    #[must_use]
    pub fn get(&self) -> Option<Me> {
        self.me.get()
    }

    /// The same, without following later changes.
    #[must_use]
    pub fn get_untracked(&self) -> Option<Me> {
        self.me.get_untracked()
    }

    /// Name, handle and picture; `None` when signed out.
    #[must_use]
    pub fn person(&self) -> Option<PersonRef> {
        self.me.with(|me| me.as_ref().map(|me| me.profile.person.clone()))
    }

    /// Whose live connection this tab holds: nobody's while they sign out, so that its end is no trouble.
    #[must_use]
    pub fn connected(&self) -> Option<UserId> {
        if self.is_leaving.get() { None } else { self.person().map(|person| person.id) }
    }

    /// Says that the person is signing out, or that this came to nothing.
    pub fn set_leaving(&self, leaving: bool) {
        self.is_leaving.set(leaving);
    }

    /// Takes over a changed profile, so that every face and name on the page follows.
    pub fn take_profile(&self, profile: Profile) {
        self.me.update(|me| {
            if let Some(me) = me.as_mut() {
                me.profile = profile;
            }
        });
    }
}

/// How many members there were when the page was rendered for somebody at the door.
#[derive(Clone, Copy, Debug)]
pub struct CommunitySize(pub Option<u64>);

/// The signed-in person.
///
/// Below `App` it is always there; elsewhere nobody is signed in.
#[must_use]
pub fn use_viewer() -> Viewer {
    use_context::<Viewer>().unwrap_or_else(|| Viewer::new(None))
}
