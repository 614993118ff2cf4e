//! The app: document, routes, and what every page shares.

pub mod components;
pub mod composing;
pub mod document;
pub mod facts;
pub mod follows;
mod offline;
pub mod pages;
pub mod reading_place;
pub mod refused;
pub mod status;

pub use document::shell;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use self::{
    components::{like_button::say_refused_like, shell::SignedInShell, theme::Theme, time::PageClock, toast::Toasts},
    facts::{CommunitySize, PageFacts, Viewer},
    follows::provide_follows,
    pages::{
        feed::FeedPage,
        follows::{FollowersPage, FollowingPage},
        not_found::NotFound,
        post::PostPage,
        profile::ProfilePage,
        search::SearchPage,
        sessions::SessionsPage,
        settings::SettingsPage,
        sign_in::SignInPage,
        sign_up::SignUpPage,
        tag::TagPage,
    },
};

use crate::{client::live::provide_live, protocol::ids::PostId};

/// The whole app, inside the document's body.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    load_afresh_on_redirect();
    Effect::new(|_| {
        offline::keep_the_shell();
        say_awake();
    });
    reading_place::watch_history();
    let facts = PageFacts::load();
    let viewer = Viewer::new(facts.viewer);
    provide_context(viewer);
    provide_context(CommunitySize(facts.community_size));
    provide_context(PageClock::start(facts.now));
    provide_context(Theme(RwSignal::new(facts.theme)));
    let toasts = Toasts::new();
    provide_context(toasts);
    let live = provide_live();
    live.on_refusal(move |refusal| say_refused_like(live, toasts, refusal));
    provide_follows();
    live.connect_as(Signal::derive(move || viewer.connected()));
    if let Some(refused) = facts.refused {
        provide_context(refused);
    }
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Hubbub".to_owned() } else { format!("{title} · Hubbub") } />
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in") view=SignInPage />
                <Route path=path!("/sign-up") view=SignUpPage />
                <ParentRoute path=path!("") view=SignedInShell>
                    <Route path=path!("") view=FeedPage />
                    <Route path=path!("/posts/:id") view=PostPage />
                    <Route path=path!("/tags/:tag") view=TagPage />
                    <Route path=path!("/search") view=SearchPage />
                    <Route path=path!("/settings") view=SettingsPage />
                    <Route path=path!("/settings/sessions") view=SessionsPage />
                    <Route path=path!("/:handle") view=ProfilePage />
                    <Route path=path!("/:handle/followers") view=FollowersPage />
                    <Route path=path!("/:handle/following") view=FollowingPage />
                    <Route path=path!("/*any") view=NotFound />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// Marks the document once the browser has taken over: from then on presses are answered by the app and not by a page
/// load. Styles and tests look at it.
fn say_awake() {
    if let Some(root) = document().document_element() {
        // The attribute's name is fixed and valid.
        let _ = root.set_attribute("data-awake", "");
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

/// The page of a post.
#[must_use]
pub fn post_href(id: PostId) -> String {
    ["/posts/", &id.get().to_string()].concat()
}

/// The page of a person.
#[must_use]
pub fn profile_href(username: &str) -> String {
    ["/@", username].concat()
}
