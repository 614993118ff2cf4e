//! Handing on a link: the system's own sheet on a phone, the clipboard elsewhere.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::toast::use_toasts;

/// Shares a path of this site.
#[must_use]
pub fn use_share() -> Callback<String> {
    let toasts = use_toasts();
    Callback::new(move |path: String| {
        let url = [window().location().origin().unwrap_or_default(), path].concat();
        spawn_local(async move {
            if is_touch() && has_sheet() {
                // Closing the sheet without choosing is a refusal too; the reader knows what they did.
                let _ = call("share", &url_of(&url)).await;
                return;
            }
            match copy(&url).await {
                Ok(_) => toasts.say("Link copied"),
                Err(_) => toasts.say("The browser did not let us copy the link"),
            }
        });
    })
}

fn is_touch() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches())
}

fn has_sheet() -> bool {
    Reflect::has(&navigator(), &"share".into()).unwrap_or(false)
}

fn navigator() -> JsValue {
    Reflect::get(&window(), &"navigator".into()).unwrap_or(JsValue::UNDEFINED)
}

fn url_of(url: &str) -> JsValue {
    let data = Object::new();
    // Setting a property of a fresh plain object cannot fail.
    let _ = Reflect::set(&data, &"url".into(), &url.into());
    data.into()
}

/// Puts a text into the clipboard.
///
/// # Errors
/// When the browser has none, or does not let us.
pub async fn copy(text: &str) -> Result<JsValue, JsValue> {
    let clipboard = Reflect::get(&navigator(), &"clipboard".into())?;
    promise(&clipboard, "writeText", &text.into())?.await
}

async fn call(method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    promise(&navigator(), method, argument)?.await
}

/// By name, because browsers without these methods exist.
fn promise(object: &JsValue, method: &str, argument: &JsValue) -> Result<JsFuture, JsValue> {
    let method: Function = Reflect::get(object, &method.into())?.dyn_into()?;
    let promise: Promise = method.call1(object, argument)?.dyn_into()?;
    Ok(JsFuture::from(promise))
}
