//! The app: document, routes, and what every page shares.

pub mod components;
pub mod document;
pub mod facts;
pub mod pages;
pub mod refused;
pub mod status;

pub use document::shell;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use self::{
    components::{shell::SignedInShell, theme::Theme, time::PageClock, toast::Toasts},
    facts::{PageFacts, Viewer},
    pages::not_found::NotFound,
};

/// The whole app, inside the document's body.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    load_afresh_on_redirect();
    let facts = PageFacts::load();
    provide_context(Viewer::new(facts.viewer));
    provide_context(PageClock::start(facts.now));
    provide_context(Theme(RwSignal::new(facts.theme)));
    provide_context(Toasts::new());
    if let Some(refused) = facts.refused {
        provide_context(refused);
    }
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Hubbub".to_owned() } else { format!("{title} · Hubbub") } />
        <Router>
            // Each page is rendered whole before it is sent: what arrives is readable without a script.
            <Routes fallback=NotFound>
                <ParentRoute path=path!("") view=SignedInShell ssr=SsrMode::Async>
                    <Route path=path!("") view=NotFound />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// A server function that redirects changes who one is (sign in, sign out): the page is loaded anew, with everything on
/// it, instead of being patched by the router.
fn load_afresh_on_redirect() {
    // The first hook wins; this one is set before the router's own.
    let _ = server_fn::redirect::set_redirect_hook(|to| {
        // An address that cannot be opened leaves the reader where they are.
        let _ = window().location().assign(to);
    });
}
