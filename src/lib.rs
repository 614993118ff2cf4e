//! Hubbub: live social software that a community runs for itself.
//!
//! The floors, from the ground up; each names only those before it (`tests/it/house` keeps it so):
//!
//! | floor | what it is |
//! | --- | --- |
//! | [`protocol`] | everything that crosses the network, as typed values |
//! | [`client`] | the live half of a browser session, no markup |
//! | `server::domain` | the product's verbs and the ports they need |
//! | `server::{store, realtime, jobs, media}` | the ports, implemented |
//! | `server::auth` | who is asking |
//! | [`api`] | server functions: the typed doors of the app |
//! | [`app`] | pages and components |
//! | `server::http` | router, REST, gateways |
//! | `server::upkeep` | the owner's commands: backup, restore, move, check |
//! | `server::boot` | builds every part and hands each to the next |
#![recursion_limit = "512"]

pub mod api;
pub mod app;
pub mod client;
pub mod protocol;

// The only gate on server code: what is behind it never reaches the browser.
#[cfg(feature = "ssr")]
pub mod server;

/// Wakes the server-rendered page in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        // Without all of its code a page stays what it is without script: readable, its forms working.
        if app::fetch_own_code().await.is_ok() {
            leptos::mount::hydrate_body(app::App);
        }
    });
}
