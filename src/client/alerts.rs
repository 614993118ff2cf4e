//! Telling somebody that something happened: by one of their tabs only, and in the ways this device was told to use.

use futures::channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{HtmlAudioElement, NotificationOptions, NotificationPermission, js_sys};

use super::push;
use crate::protocol::notifications::Notification;

/// Nobody else tells the same for so long: longer than the timers of a hidden tab may sleep. In milliseconds.
const HELD_MS: u32 = 120_000;
/// What was told lately, where a browser has no locks: so many of them are remembered.
const TOLD_KEPT: usize = 50;
/// See [`TOLD_KEPT`].
const TOLD_KEY: &str = "hubbub:told";
/// Where the sound is.
const SOUND: &str = "/notification.mp3";
/// The picture of the browser's own notifications.
const PICTURE: &str = "/favicon.ico";

/// How near a tab is to the reader's eyes. The nearest of several tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// It shows the very thing: nobody need be told.
    ShowsIt,
    /// The reader works in it.
    Focused,
    /// It can be seen.
    Visible,
    /// It is behind others.
    Hidden,
}

impl Nearness {
    /// How long it lets nearer tabs go first, in milliseconds.
    const fn patience_ms(self) -> u32 {
        match self {
            Self::ShowsIt => 0,
            Self::Focused => 80,
            Self::Visible => 200,
            Self::Hidden => 450,
        }
    }

    /// That of this tab.
    #[must_use]
    pub fn here(shows_it: bool) -> Self {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else { return Self::Hidden };
        match (document.hidden(), shows_it) {
            (true, _) => Self::Hidden,
            (false, true) => Self::ShowsIt,
            (false, false) if document.has_focus().unwrap_or(false) => Self::Focused,
            (false, false) => Self::Visible,
        }
    }
}

/// Whether this tab is the one of all that tells `what`.
pub async fn claim(what: &str, nearness: Nearness) -> bool {
    TimeoutFuture::new(nearness.patience_ms()).await;
    let name = ["hubbub:tell:", what].concat();
    match lock(&name).await {
        Some(held) => held,
        None => note_told(&name),
    }
}

/// Takes a lock that all tabs of this site share, and keeps it for a while. `None` where the browser has no locks: old
/// ones, and all on pages that are not secure.
async fn lock(name: &str) -> Option<bool> {
    let navigator = web_sys::window()?.navigator();
    let locks = js_sys::Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)?;
    let request: js_sys::Function = js_sys::Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"ifAvailable".into(), &true.into()).ok()?;
    let (sender, answer) = oneshot::channel();
    let granted = Closure::once(move |lock: JsValue| -> JsValue {
        let held = lock.is_object();
        let _nobody = sender.send(held);
        if !held {
            return JsValue::UNDEFINED;
        }
        // It is held until this promise is kept.
        future_to_promise(async {
            TimeoutFuture::new(HELD_MS).await;
            Ok(JsValue::UNDEFINED)
        })
        .into()
    });
    let promise = request.call3(&locks, &name.into(), &options, granted.as_ref().unchecked_ref()).ok()?;
    if let Ok(promise) = promise.dyn_into::<js_sys::Promise>() {
        // A refusal is no answer to anybody; unheard it would stand in the console.
        spawn_local(async move { drop(JsFuture::from(promise).await) });
    }
    answer.await.ok()
}

/// The second best: a list in the storage that all tabs share. Two tabs may rarely read it at the same time.
fn note_told(name: &str) -> bool {
    let Some(storage) = storage() else { return true };
    let told = storage.get_item(TOLD_KEY).ok().flatten().unwrap_or_default();
    let mut names: Vec<&str> = told.split(' ').filter(|told| !told.is_empty()).collect();
    if names.contains(&name) {
        return false;
    }
    names.push(name);
    let excess = names.len().saturating_sub(TOLD_KEPT);
    // A full storage only means that another tab may tell the same.
    let _full = storage.set_item(TOLD_KEY, &names.split_off(excess).join(" "));
    true
}

/// A way of telling that is off until somebody turns it on, for this device alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// A short sound.
    Sound,
    /// The browser's own notifications, while no tab is in front.
    Desktop,
}

impl Extra {
    const fn key(self) -> &'static str {
        match self {
            Self::Sound => "hubbub:alert:sound",
            Self::Desktop => "hubbub:alert:desktop",
        }
    }

    /// Whether the browser can do it at all.
    #[must_use]
    pub fn is_possible(self) -> bool {
        match self {
            Self::Sound => true,
            Self::Desktop => web_sys::window()
                .is_some_and(|window| js_sys::Reflect::has(&window, &"Notification".into()).unwrap_or(false)),
        }
    }

    /// Whether it was turned on, and the browser still lets us.
    #[must_use]
    pub fn is_on(self) -> bool {
        let chosen = storage().and_then(|storage| storage.get_item(self.key()).ok().flatten()).is_some();
        chosen && self.is_possible() && (self == Self::Sound || is_permitted())
    }

    /// Turns it on or off. Only here is the reader asked for their permission.
    ///
    /// # Errors
    /// A sentence, when the reader or the browser refused.
    pub async fn set(self, on: bool) -> Result<(), &'static str> {
        if on && !self.is_possible() {
            return Err("This browser cannot show notifications.");
        }
        if on && self == Self::Desktop && !is_permitted() && !ask().await {
            return Err("Notifications are blocked. Allow them for this site in the browser’s address bar.");
        }
        let Some(storage) = storage() else { return Err("This browser does not let the site remember that.") };
        let kept = if on { storage.set_item(self.key(), "1") } else { storage.remove_item(self.key()) };
        kept.map_err(|_| "This browser does not let the site remember that.")
    }
}

pub(super) fn is_permitted() -> bool {
    Extra::Desktop.is_possible() && web_sys::Notification::permission() == NotificationPermission::Granted
}

pub(super) async fn ask() -> bool {
    let Ok(asked) = web_sys::Notification::request_permission() else { return false };
    JsFuture::from(asked).await.is_ok() && is_permitted()
}

/// Plays the sound, as far as the browser allows: before the first press on a page it may not.
pub fn play_sound() {
    let Ok(audio) = HtmlAudioElement::new_with_src(SOUND) else { return };
    if let Ok(playing) = audio.play() {
        spawn_local(async move { drop(JsFuture::from(playing).await) });
    }
}

/// Shows a browser notification. Where the service worker does not, which leads to it by itself, `on_open` runs when it is
/// pressed. False where the browser would not.
pub async fn show_desktop(notification: &Notification, on_open: impl FnOnce() + 'static) -> bool {
    let options = NotificationOptions::new();
    options.set_body(&notification.message);
    options.set_icon(PICTURE);
    // A group that grew takes the place of what was shown of it before.
    options.set_tag(&notification.notification_id.get().to_string());
    // Browsers on phones know no other way.
    if push::show(notification, &options).await {
        return true;
    }
    let Ok(shown) = web_sys::Notification::new_with_options(&notification.title, &options) else { return false };
    let pressed = shown.clone();
    let open = Closure::once_into_js(move || {
        if let Some(window) = web_sys::window() {
            // A browser that does not bring the tab to the front still goes to the place.
            let _refused = window.focus();
        }
        pressed.close();
        on_open();
    });
    shown.set_onclick(Some(open.unchecked_ref()));
    true
}

pub(super) fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}
