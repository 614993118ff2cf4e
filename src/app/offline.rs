//! The shell for when the network is away: a service worker that keeps one static page and nothing that people wrote.

use leptos::prelude::*;

/// Registers the service worker, where the browser has them: on https and on this machine itself.
pub(super) fn keep_the_shell() {
    let navigator = window().navigator();
    let offers_workers = js_sys::Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false);
    if offers_workers {
        // Refused in private windows of some browsers; everything else works as well without it.
        let _ = navigator.service_worker().register("/sw.js");
    }
}
