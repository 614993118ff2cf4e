//! The app: document, routes, and what every page shares.

pub mod bell;
pub mod components;
pub mod composing;
pub mod document;
pub mod facts;
pub mod follows;
mod going_live;
mod messaging;
mod offline;
pub mod pages;
pub mod reading_place;
pub mod refused;
pub mod status;

use std::time::Duration;

pub use document::shell;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    Lazy,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use self::{
    components::{like_button::say_refused_like, shell::SignedInShell, theme::Theme, time::PageClock, toast::Toasts},
    facts::{CommunitySize, PageFacts, Viewer},
    follows::provide_follows,
    pages::{
        feed::FeedPage,
        not_found::NotFound,
        on_demand::{self, Chunk},
    },
};

use crate::{client::live::provide_live, protocol::ids::PostId};

/// How long a page is awake before it fetches the code of others: its own pictures and data go first.
const UNHURRIED: Duration = Duration::from_secs(2);

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
    Effect::new(move |_| {
        if viewer.get_untracked().is_some() {
            set_timeout(|| spawn_local(on_demand::fetch_ahead()), UNHURRIED);
        }
    });
    provide_context(viewer);
    provide_context(CommunitySize(facts.community_size));
    provide_context(PageClock::start(facts.now));
    provide_context(Theme(RwSignal::new(facts.theme)));
    let toasts = Toasts::new();
    provide_context(toasts);
    let live = provide_live();
    live.on_refusal(move |refusal| say_refused_like(live, toasts, refusal));
    provide_follows();
    let _ = live.waiting_requests(facts.waiting);
    if let (Some(me), Some(unread)) = (viewer.get_untracked(), &facts.unread) {
        live.conversations(me.profile.person.id).seed_counts(unread);
        live.bell().seed_count(unread);
    }
    let unread = live.bell().count();
    let unread_at_first = unread.get_untracked();
    // The server writes the title at the end, when the count may be gone.
    let title = move |page: String| bell::tab_title(&page, unread.try_get().unwrap_or(unread_at_first));
    going_live::go_live(live, viewer);
    if let Some(refused) = facts.refused {
        provide_context(refused);
    }
    view! {
        <Title formatter=title />
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in") view={Lazy::<on_demand::SignIn>::new()} />
                <Route path=path!("/sign-up") view={Lazy::<on_demand::SignUp>::new()} />
                <Route path=path!("/confirm") view={Lazy::<on_demand::Confirm>::new()} />
                <Route path=path!("/forgot") view={Lazy::<on_demand::Forgot>::new()} />
                <Route path=path!("/reset") view={Lazy::<on_demand::Reset>::new()} />
                <Route path=path!("/unsubscribe") view={Lazy::<on_demand::Unsubscribe>::new()} />
                <ParentRoute path=path!("") view=SignedInShell>
                    <Route path=path!("") view=FeedPage />
                    <Route path=path!("/posts/:id") view={Lazy::<on_demand::Post>::new()} />
                    <Route path=path!("/tags/:tag") view={Lazy::<on_demand::Tag>::new()} />
                    <Route path=path!("/search") view={Lazy::<on_demand::Search>::new()} />
                    <Route path=path!("/announcements") view={Lazy::<on_demand::Announcements>::new()} />
                    <Route path=path!("/announcements/new") view={Lazy::<on_demand::NewAnnouncement>::new()} />
                    <Route path=path!("/announcements/:id") view={Lazy::<on_demand::Announcement>::new()} />
                    <Route path=path!("/jobs") view={Lazy::<on_demand::Jobs>::new()} />
                    <Route path=path!("/jobs/new") view={Lazy::<on_demand::NewJob>::new()} />
                    <Route path=path!("/jobs/applications/:id") view={Lazy::<on_demand::JobApplication>::new()} />
                    <Route path=path!("/jobs/:id") view={Lazy::<on_demand::Job>::new()} />
                    <Route path=path!("/jobs/:id/edit") view={Lazy::<on_demand::EditJob>::new()} />
                    <Route path=path!("/notifications") view={Lazy::<on_demand::Notifications>::new()} />
                    <Route path=path!("/settings") view={Lazy::<on_demand::Settings>::new()} />
                    <Route path=path!("/connections") view={Lazy::<on_demand::Connections>::new()} />
                    <Route path=path!("/admin/people") view={Lazy::<on_demand::AdminPeople>::new()} />
                    <Route path=path!("/admin/deliveries") view={Lazy::<on_demand::AdminDeliveries>::new()} />
                    <Route path=path!("/api/docs") view={Lazy::<on_demand::RequestsReference>::new()} />
                    <Route path=path!("/api/docs/live") view={Lazy::<on_demand::LiveReference>::new()} />
                    <Route path=path!("/api/docs/types") view={Lazy::<on_demand::TypesReference>::new()} />
                    <Route path=path!("/api/docs/console") view={Lazy::<on_demand::Console>::new()} />
                    <Route path=path!("/settings/notifications") view={Lazy::<on_demand::NotificationSettings>::new()} />
                    <Route path=path!("/settings/sessions") view={Lazy::<on_demand::Sessions>::new()} />
                    <Route path=path!("/settings/tokens") view={Lazy::<on_demand::Tokens>::new()} />
                    <ParentRoute path=path!("/messages") view={Lazy::<on_demand::BesideList>::new()}>
                        <Route path=path!("") view={Lazy::<on_demand::Messages>::new()} />
                        <Route path=path!("/requests") view={Lazy::<on_demand::Requests>::new()} />
                        <Route path=path!("/new") view={Lazy::<on_demand::NewConversation>::new()} />
                        <Route path=path!("/:id") view={Lazy::<on_demand::Thread>::new()} />
                        <Route path=path!("/:id/details") view={Lazy::<on_demand::Details>::new()} />
                    </ParentRoute>
                    <Route path=path!("/:handle") view={Lazy::<on_demand::Profile>::new()} />
                    <Route path=path!("/:handle/followers") view={Lazy::<on_demand::Followers>::new()} />
                    <Route path=path!("/:handle/following") view={Lazy::<on_demand::Following>::new()} />
                    <Route path=path!("/*any") view=NotFound />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// Fetches what the page in this tab needs besides the app itself.
///
/// # Errors
/// When it did not come.
pub async fn fetch_own_code() -> Result<(), on_demand::NotFetched> {
    match window().location().pathname().ok().and_then(|path| Chunk::of(&path)) {
        Some(chunk) => chunk.fetch().await,
        None => Ok(()),
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
