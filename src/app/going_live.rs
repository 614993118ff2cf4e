//! Going live: what keeps a page in step with the server is code of its own. The feed fetches it once it is awake, as nothing
//! of it is needed to read, to like or to post; pages with code of their own wake with both.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local, wasm_split::SplitLoaderError};

use super::{bell, facts::Viewer, messaging};
use crate::{api::connections::waiting_count, client::live::Live};

/// Its name in the list of files that belong to each chunk.
pub const CHUNK: &str = "live";
/// The pause before code that did not come is asked for once more, in milliseconds.
const AGAIN_MS: u32 = 3_000;

/// Goes live as soon as somebody is signed in and the code is there. Does nothing on the server.
pub fn go_live(live: Live, viewer: Viewer) {
    let owner = Owner::current();
    Effect::new(move |has_begun: Option<bool>| {
        if has_begun == Some(true) || viewer.connected().is_none() {
            return has_begun == Some(true);
        }
        let owner = owner.clone();
        spawn_local(async move {
            while fetch().await.is_err() {
                TimeoutFuture::new(AGAIN_MS).await;
            }
            // It was fetched just now.
            let _ = begin(owner, live, viewer).await;
        });
        true
    });
}

/// Opens the live half's ways to the server, and connects.
#[leptos::wasm_split::wasm_split(live, wasm_split_path = ::leptos::wasm_split, preload(fetch), fallible)]
pub fn begin(owner: Option<Owner>, live: Live, viewer: Viewer) -> Result<(), SplitLoaderError> {
    // The app's own: what begins here ends with it.
    owner.unwrap_or_default().with(|| {
        messaging::open_doors(live, viewer);
        bell::open_doors(live);
        live.on_reload(move || {
            spawn_local(async move {
                // What does not come now comes with the next request.
                if let Ok(waiting) = waiting_count().await {
                    let _ = live.waiting_requests(Some(waiting));
                }
            });
        });
        live.connect_as(Signal::derive(move || viewer.connected()));
    });
    say_live();
    Ok(())
}

/// Marks the document: from then on it follows what happens. Tests look at it.
fn say_live() {
    if let Some(root) = document().document_element() {
        // The attribute's name is fixed and valid.
        let _ = root.set_attribute("data-live", "");
    }
}
