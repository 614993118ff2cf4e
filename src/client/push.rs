//! Web Push on this device: asking the browser for it, giving it back, and what its service worker shows.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    NotificationOptions, NotificationPermission, PushSubscription, PushSubscriptionOptionsInit, ServiceWorkerContainer,
    ServiceWorkerRegistration, js_sys,
};

use super::alerts::{Extra, ask, is_permitted, storage};
use crate::protocol::{notifications::Notification, push::NewSubscription};

/// That it is on here is remembered, so that a tab behind others knows without asking.
const ON_KEY: &str = "hubbub:push";

/// Whether this browser takes pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// It cannot: it is too old, or the page is not secure.
    None,
    /// Its reader said no, and only they can change that.
    Blocked,
    /// It may be asked.
    Some,
}

/// That of this browser.
#[must_use]
pub fn ability() -> Ability {
    let has_push =
        web_sys::window().is_some_and(|window| js_sys::Reflect::has(&window, &"PushManager".into()).unwrap_or(false));
    if !has_push || workers().is_none() || !Extra::Desktop.is_possible() {
        return Ability::None;
    }
    match web_sys::Notification::permission() {
        NotificationPermission::Denied => Ability::Blocked,
        _ => Ability::Some,
    }
}

/// Whether it was turned on here, and the browser still lets us.
#[must_use]
pub fn is_on() -> bool {
    let chosen = storage().and_then(|storage| storage.get_item(ON_KEY).ok().flatten()).is_some();
    chosen && is_permitted()
}

fn remember(on: bool) {
    let Some(storage) = storage() else { return };
    // Where nothing is remembered a tab behind others tells with a toast only.
    let _kept = if on { storage.set_item(ON_KEY, "1") } else { storage.remove_item(ON_KEY) };
}

fn workers() -> Option<ServiceWorkerContainer> {
    let navigator = web_sys::window()?.navigator();
    let offers = js_sys::Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false);
    offers.then(|| navigator.service_worker())
}

/// The service worker that runs for this site, if there is one.
async fn registration() -> Option<ServiceWorkerRegistration> {
    let found = JsFuture::from(workers()?.get_registration()).await.ok()?;
    found.dyn_into::<ServiceWorkerRegistration>().ok()
}

async fn subscription() -> Option<PushSubscription> {
    let asked = registration().await?.push_manager().ok()?.get_subscription().ok()?;
    let found = JsFuture::from(asked).await.ok()?;
    found.is_object().then(|| found.unchecked_into())
}

/// Whether the browser holds a subscription.
pub async fn is_subscribed() -> bool {
    is_permitted() && subscription().await.is_some()
}

/// Asks the reader for their permission, then the browser for a subscription under the server's key. Call it only when
/// they pressed something.
///
/// # Errors
/// A sentence, when the reader or the browser refused.
pub async fn subscribe(public_key: &str) -> Result<NewSubscription, &'static str> {
    const REFUSED: &str =
        "This browser gave no subscription. It may be switched off in its settings, or its push service is away.";
    if !is_permitted() && !ask().await {
        return Err("Notifications are blocked. Allow them for this site in the browser’s address bar.");
    }
    let registration = registration().await.ok_or("This browser does not run the site’s service worker.")?;
    let manager = registration.push_manager().map_err(|_| REFUSED)?;
    // One under an older key of the server is of no use, and stands in the way.
    if let Some(old) = subscription().await
        && let Ok(gone) = old.unsubscribe()
    {
        drop(JsFuture::from(gone).await);
    }
    let options = PushSubscriptionOptionsInit::new();
    options.set_user_visible_only(true);
    options.set_application_server_key_opt_str(Some(public_key));
    let asked = manager.subscribe_with_options(&options).map_err(|_| REFUSED)?;
    let given = JsFuture::from(asked).await.map_err(|_| REFUSED)?;
    let json = js_sys::JSON::stringify(&given).ok().and_then(|json| json.as_string()).ok_or(REFUSED)?;
    let form = serde_json::from_str(&json).map_err(|_| REFUSED)?;
    remember(true);
    Ok(form)
}

/// Gives the subscription back.
pub async fn unsubscribe() {
    remember(false);
    if let Some(held) = subscription().await
        && let Ok(gone) = held.unsubscribe()
    {
        // One that the browser keeps leads nowhere once the server has forgotten it.
        drop(JsFuture::from(gone).await);
    }
}

/// Has the service worker show a notification, and lead to it when it is pressed. False where there is none, or it would
/// not.
pub(super) async fn show(notification: &Notification, options: &NotificationOptions) -> bool {
    let Some(registration) = registration().await else { return false };
    let data = js_sys::Object::new();
    let href = JsValue::from_str(&notification.data.href);
    let _set = js_sys::Reflect::set(&data, &"href".into(), &href);
    options.set_data(&data);
    let Ok(shown) = registration.show_notification_with_options(&notification.title, options) else { return false };
    JsFuture::from(shown).await.is_ok()
}

/// Takes back what this device still shows of notifications: of one, or of all.
pub async fn close(tag: Option<&str>) {
    let Some(registration) = registration().await else { return };
    let Ok(asked) = registration.get_notifications() else { return };
    let Ok(shown) = JsFuture::from(asked).await else { return };
    for one in js_sys::Array::from(&shown).iter() {
        let one: web_sys::Notification = one.unchecked_into();
        if tag.is_none_or(|tag| one.tag().as_deref() == Some(tag)) {
            one.close();
        }
    }
}
