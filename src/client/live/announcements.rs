//! The announcement above the feed, as it comes and goes while the page is open.

use std::sync::Arc;

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::{Live, set_if_new};
use crate::{
    client::{http, state::announcements::Standing},
    protocol::{announcements::CurrentAnnouncement, events::ServerEvent},
};

const UNREAD_PATH: &str = "/api/announcements/unread";
/// The pause after a failure, in milliseconds.
const FAILURE_PAUSE_MS: u32 = 3_000;

/// What is known of it, and its signal.
#[derive(Default)]
pub(super) struct AnnouncementCore {
    state: Standing,
    signal: ArcRwSignal<Option<Arc<CurrentAnnouncement>>>,
}

/// The place above the feed.
#[derive(Clone, Copy)]
pub struct AnnouncementPlace {
    live: Live,
}

impl Live {
    /// A place for the announcement that stands, while the calling component lives. Ask for it before the server is
    /// asked which one that is, and give it the answer with [`AnnouncementPlace::seed`].
    #[must_use]
    pub fn announcement_place(self) -> AnnouncementPlace {
        self.change_announcement(Standing::open);
        on_cleanup(move || {
            self.change_announcement(Standing::close);
        });
        AnnouncementPlace { live: self }
    }

    fn change_announcement<T>(self, change: impl FnOnce(&mut Standing) -> T) -> Option<T> {
        self.core.try_update_value(|core| {
            let core = &mut core.announcement;
            let changed = change(&mut core.state);
            set_if_new(&core.signal, core.state.told());
            changed
        })
    }

    pub(super) fn take_announcement(self, event: &ServerEvent) {
        self.change_announcement(|standing| standing.fold(event));
    }

    pub(super) fn reload_announcement(self) {
        self.change_announcement(Standing::doubt);
    }

    /// Reads it again where that is needed. Nothing before the connection's task runs, and so nothing on the server.
    pub(super) fn pursue_announcement(self) {
        let claim = |core: &mut super::Core| core.mailbox.is_some() && core.announcement.state.claim();
        if self.core.try_update_value(claim) == Some(true) {
            spawn_local(self.read_announcement());
        }
    }

    async fn read_announcement(self) {
        match http::get::<Option<CurrentAnnouncement>>(UNREAD_PATH).await {
            Ok(told) => self.change_announcement(|standing| standing.answer(told)),
            Err(_) => {
                TimeoutFuture::new(FAILURE_PAUSE_MS).await;
                self.change_announcement(Standing::fail)
            }
        };
        self.pursue_announcement();
    }
}

impl AnnouncementPlace {
    /// Takes what the server answered, and tells which one stands from then on.
    #[must_use]
    pub fn seed(self, told: Option<CurrentAnnouncement>) -> Signal<Option<Arc<CurrentAnnouncement>>> {
        self.live.change_announcement(|standing| standing.seed(told));
        // What was in doubt before it was there is read by the connection's task.
        self.live.with_core(super::Core::tell_wishes);
        self.live.core.try_with_value(|core| core.announcement.signal.clone()).unwrap_or_default().into()
    }
}
