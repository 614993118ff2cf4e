//! Pages whose code the browser fetches when it first needs it: all but the feed.
//!
//! Each [`Chunk`] is a file of its own beside the app. A page that is opened directly names its chunk in its head, and wakes
//! once the chunk is there; a page that has been awake for a while fetches the other chunks, so that moving on waits for
//! nothing. Pages of those who are signed in wake with the code that goes live, as they rely on it.

use leptos::{prelude::*, wasm_split::SplitLoaderError};
use leptos_router::{LazyRoute, hooks::use_location};

use super::{
    super::{components::bell_panel::BellPanel, going_live},
    admin_deliveries::AdminDeliveriesPage,
    admin_people::AdminPeoplePage,
    announcements::{AnnouncementsPage, announcement::AnnouncementPage, new::NewAnnouncementPage},
    confirm::ConfirmPage,
    connections::ConnectionsPage,
    follows::{FollowersPage, FollowingPage},
    forgot::ForgotPage,
    jobs::{
        JobsPage,
        application::ApplicationPage,
        edit::{EditJobPage, NewJobPage},
        job::JobPage,
    },
    messages::{
        MessagesFrame, MessagesPage, RequestsPage, details::DetailsPage, new::NewConversationPage, thread::ThreadPage,
    },
    notifications::NotificationsPage,
    post::PostPage,
    profile::ProfilePage,
    reference::{
        console::ConsolePage, live::LiveReferencePage, requests::RequestsReferencePage, types::TypesReferencePage,
    },
    reset::ResetPage,
    search::SearchPage,
    sessions::SessionsPage,
    settings::{SettingsPage, notifications::NotificationSettingsPage, tokens::TokensPage},
    sign_in::SignInPage,
    sign_up::SignUpPage,
    tag::TagPage,
    unsubscribe::UnsubscribePage,
};

/// The code of some pages, fetched together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// A post with its comments.
    Post,
    /// A person, the lists of whom they know, and one's own connections.
    Person,
    /// Finding people, and the posts with one tag.
    Finding,
    /// Conversations.
    Messages,
    /// The job board and announcements.
    Jobs,
    /// The bell's panel and page.
    Bell,
    /// Settings and devices.
    Settings,
    /// The reference of the wire, and its console.
    Reference,
    /// Signing in and up, and what the links of letters do.
    Door,
}

impl Chunk {
    /// The chunk of the page at a path, such as `/posts/7`; `None` where the app itself has all that is needed.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        match path.split('/').find(|segment| !segment.is_empty())? {
            "posts" => Some(Self::Post),
            "search" | "tags" => Some(Self::Finding),
            "messages" => Some(Self::Messages),
            "jobs" | "announcements" => Some(Self::Jobs),
            "notifications" => Some(Self::Bell),
            "settings" | "admin" => Some(Self::Settings),
            "api" => Some(Self::Reference),
            "sign-in" | "sign-up" | "confirm" | "forgot" | "reset" | "unsubscribe" => Some(Self::Door),
            // A person, or nobody: their page says so.
            _ => Some(Self::Person),
        }
    }

    /// Its name in the list of files that belong to each chunk.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Person => "person",
            Self::Finding => "finding",
            Self::Messages => "messages",
            Self::Jobs => "jobs",
            Self::Bell => "bell",
            Self::Settings => "settings",
            Self::Reference => "reference",
            Self::Door => "door",
        }
    }

    /// The names of all that its pages need besides the app.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [Some(self.name()), self.is_live().then_some(going_live::CHUNK)].into_iter().flatten()
    }

    /// Whether its pages are for those who are signed in.
    fn is_live(self) -> bool {
        self != Self::Door
    }

    /// Fetches it, and what its pages need besides, unless it is there.
    ///
    /// # Errors
    /// When it did not come; the next call tries again.
    pub async fn fetch(self) -> Result<(), NotFetched> {
        if self.is_live() {
            going_live::fetch().await?;
        }
        match self {
            Self::Post => fetch_post().await,
            Self::Person => fetch_person().await,
            Self::Finding => fetch_finding().await,
            Self::Messages => fetch_messages().await,
            Self::Jobs => fetch_jobs().await,
            Self::Bell => fetch_bell().await,
            Self::Settings => fetch_settings().await,
            Self::Reference => fetch_reference().await,
            Self::Door => fetch_door().await,
        }
        .map_err(NotFetched::from)
    }
}

/// The code of a page did not come.
#[derive(Clone, Copy, Debug)]
pub struct NotFetched;

impl From<SplitLoaderError> for NotFetched {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

/// Declares for each chunk the functions that fetch it and render its pages, and for each page a name for the router.
///
/// A chunk has one function that renders: whether a chunk is there is known for each function by itself.
macro_rules! on_demand {
    ($($kind:ident $chunk:ident ($fetch:ident, $render:ident) { $($(#[$doc:meta])* $page:ident: $component:ident)* })*) => {
        /// Which page of a chunk.
        #[derive(Clone, Copy, Debug)]
        enum Wanted {
            $($($page,)*)*
        }

        $(
            #[leptos::wasm_split::wasm_split($chunk, wasm_split_path = ::leptos::wasm_split, preload($fetch), fallible)]
            fn $render(page: Wanted) -> Result<AnyView, NotFetched> {
                Ok(match page {
                    $(Wanted::$page => view! { <$component /> }.into_any(),)*
                    // In another chunk; nobody asks for it here.
                    _ => ().into_any(),
                })
            }

            $(
                $(#[$doc])*
                #[derive(Clone, Copy, Debug)]
                pub struct $page;

                impl LazyRoute for $page {
                    fn data() -> Self {
                        Self
                    }

                    async fn view(_: Self) -> AnyView {
                        let view = match Chunk::$kind.fetch().await {
                            Ok(()) => $render(Wanted::$page).await,
                            Err(NotFetched) => Err(NotFetched),
                        };
                        view.unwrap_or_else(|NotFetched| load_whole().into_any())
                    }

                    async fn preload() {
                        // What does not come now is asked for once more by `view`.
                        let _ = Chunk::$kind.fetch().await;
                    }
                }
            )*
        )*
    };
}

on_demand! {
    Post post (fetch_post, render_post) {
        /// A post with its comments.
        Post: PostPage
    }
    Person person (fetch_person, render_person) {
        /// A person.
        Profile: ProfilePage
        /// Who follows them.
        Followers: FollowersPage
        /// Whom they follow.
        Following: FollowingPage
        /// Whom one is connected with.
        Connections: ConnectionsPage
    }
    Finding finding (fetch_finding, render_finding) {
        /// Finding people.
        Search: SearchPage
        /// The posts with one tag.
        Tag: TagPage
    }
    Messages messages (fetch_messages, render_messages) {
        /// The list of conversations, beside any of the following.
        BesideList: MessagesFrame
        /// The offer to choose a conversation.
        Messages: MessagesPage
        /// The same beside the requests.
        Requests: RequestsPage
        /// Choosing people to talk to.
        NewConversation: NewConversationPage
        /// A thread.
        Thread: ThreadPage
        /// A group's title and members.
        Details: DetailsPage
    }
    Jobs jobs (fetch_jobs, render_jobs) {
        /// The job board.
        Jobs: JobsPage
        /// Posting a job.
        NewJob: NewJobPage
        /// A job.
        Job: JobPage
        /// Changing one's own job.
        EditJob: EditJobPage
        /// An application.
        JobApplication: ApplicationPage
        /// What was announced.
        Announcements: AnnouncementsPage
        /// Announcing.
        NewAnnouncement: NewAnnouncementPage
        /// An announcement.
        Announcement: AnnouncementPage
    }
    Bell bell (fetch_bell, render_bell) {
        /// The bell's panel, over any page.
        Panel: BellPanel
        /// The bell's own page.
        Notifications: NotificationsPage
    }
    Settings settings (fetch_settings, render_settings) {
        /// Settings.
        Settings: SettingsPage
        /// What one is told of, and how.
        NotificationSettings: NotificationSettingsPage
        /// Devices.
        Sessions: SessionsPage
        /// Access tokens.
        Tokens: TokensPage
        /// Looking after people.
        AdminPeople: AdminPeoplePage
        /// What became of notifications.
        AdminDeliveries: AdminDeliveriesPage
    }
    Reference reference (fetch_reference, render_reference) {
        /// Every request.
        RequestsReference: RequestsReferencePage
        /// Everything live.
        LiveReference: LiveReferencePage
        /// What both are made of.
        TypesReference: TypesReferencePage
        /// Trying it out.
        Console: ConsolePage
    }
    Door door (fetch_door, render_door) {
        /// Signing in.
        SignIn: SignInPage
        /// Signing up.
        SignUp: SignUpPage
        /// Confirming an address.
        Confirm: ConfirmPage
        /// Asking for a new password.
        Forgot: ForgotPage
        /// Setting it.
        Reset: ResetPage
        /// Ending letters.
        Unsubscribe: UnsubscribePage
    }
}

/// Fetches what somebody who is signed in is likely to need next, one after the other, likeliest first.
pub async fn fetch_ahead() {
    let likely =
        [Chunk::Post, Chunk::Bell, Chunk::Messages, Chunk::Person, Chunk::Finding, Chunk::Jobs, Chunk::Settings];
    for chunk in likely {
        // The network may be gone; what is needed is asked for again when it is needed.
        if chunk.fetch().await.is_err() {
            return;
        }
    }
}

/// The server was renewed and has other files by now, or the network is gone: the browser asks for the page itself, which
/// brings the new files or says what is wrong.
fn load_whole() {
    let to = use_location();
    let search = to.search.get_untracked();
    let question = if search.is_empty() || search.starts_with('?') { "" } else { "?" };
    let address = [&to.pathname.get_untracked(), question, &search, &to.hash.get_untracked()].concat();
    // Nothing is left to try when even that is refused.
    let _ = window().location().assign(&address);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feed_needs_no_chunk_and_every_other_page_has_one() {
        assert_eq!(Chunk::of("/"), None);
        assert_eq!(Chunk::of("/posts/7"), Some(Chunk::Post));
        assert_eq!(Chunk::of("/@mina/followers"), Some(Chunk::Person));
        assert_eq!(Chunk::of("/%40mina"), Some(Chunk::Person));
        assert_eq!(Chunk::of("/tags/pottery"), Some(Chunk::Finding));
        assert_eq!(Chunk::of("/messages/7"), Some(Chunk::Messages));
        assert_eq!(Chunk::of("/jobs/7/edit"), Some(Chunk::Jobs));
        assert_eq!(Chunk::of("/notifications"), Some(Chunk::Bell));
        assert_eq!(Chunk::of("/announcements/7"), Some(Chunk::Jobs));
        assert_eq!(Chunk::of("/settings/sessions"), Some(Chunk::Settings));
        assert_eq!(Chunk::of("/admin/people"), Some(Chunk::Settings));
        assert_eq!(Chunk::of("/api/docs/live"), Some(Chunk::Reference));
        assert_eq!(Chunk::of("/connections"), Some(Chunk::Person));
        assert_eq!(Chunk::of("/sign-up"), Some(Chunk::Door));
    }

    #[test]
    fn only_pages_of_those_who_are_signed_in_wait_for_what_goes_live() {
        let names = |chunk: Chunk| chunk.names().collect::<Vec<_>>();
        assert_eq!(names(Chunk::Messages), ["messages", "live"]);
        assert_eq!(names(Chunk::Door), ["door"]);
    }
}
