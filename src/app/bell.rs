//! How the app's live half reaches the server for the bell, and whether its panel is open.

use leptos::prelude::*;

use crate::{
    api::notifications::{notification_page, read_all_notifications, set_notification_read, undo_read_all},
    client::live::{BellDoors, Live, door},
    protocol::{ids::NotificationId, notifications::NotificationFilter},
};

/// The page of the bell.
pub const BELL_HREF: &str = "/notifications";
/// What one is told of, and how.
pub const BELL_SETTINGS_HREF: &str = "/settings/notifications";

/// Whether the bell's panel is open, in the context of the frame.
#[derive(Clone, Copy, Debug)]
pub struct BellPanelOpen(pub RwSignal<bool>);

/// Whether the bell's panel is open; never outside of the frame.
#[must_use]
pub fn use_bell_panel() -> RwSignal<bool> {
    use_context::<BellPanelOpen>().map_or_else(|| RwSignal::new(false), |open| open.0)
}

/// Gives the live half its ways to the server.
pub fn open_doors(live: Live) {
    live.bell().set_doors(BellDoors {
        page: door(|(filter, before): (NotificationFilter, Option<String>)| {
            notification_page(filter, before.and_then(|at| at.parse().ok()), None)
        }),
        mark: door(|(id, read): (NotificationId, bool)| set_notification_read(id, read)),
        mark_all: door(|()| read_all_notifications()),
        undo_all: door(undo_read_all),
    });
}

/// The title of a page in the tab: how much is unread, what it is, and where.
#[must_use]
pub fn tab_title(page: &str, unread: u64) -> String {
    let mut title = String::new();
    if unread > 0 {
        title.push_str(&["(", &crate::app::components::messages::row::badge_words(unread), ") "].concat());
    }
    if !page.is_empty() {
        title.push_str(page);
        title.push_str(" · ");
    }
    title.push_str("Hubbub");
    title
}

/// The address of a list of the bell.
#[must_use]
pub fn list_href(filter: NotificationFilter) -> String {
    match filter {
        NotificationFilter::All => BELL_HREF.to_owned(),
        filter => [BELL_HREF, "?filter=", filter.as_str()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_says_how_much_is_unread() {
        assert_eq!(tab_title("Home", 0), "Home · Hubbub");
        assert_eq!(tab_title("Home", 3), "(3) Home · Hubbub");
        assert_eq!(tab_title("", 120), "(99+) Hubbub");
    }
}
