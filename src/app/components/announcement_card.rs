//! What the community announces, once above the feed until it is read or put away.

use std::sync::Arc;

use gloo_net::http::Method;
use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};
use serde::de::IgnoredAny;

use super::{
    button::IconButton,
    icon::{Icon, IconName},
    time::RelativeTime,
    toast::use_toasts,
};
use crate::{
    api::{announcements::announcement_to_read, notifications::SetNotificationRead},
    client::{http, live::use_live},
    protocol::{announcements::CurrentAnnouncement, ids::AnnouncementId},
};

/// The page of an announcement.
#[must_use]
pub fn announcement_href(id: AnnouncementId) -> String {
    ["/announcements/", &id.get().to_string()].concat()
}

/// The newest that runs and is not read: it comes when it begins, and goes when it is over, or read on any device.
#[component]
pub fn AnnouncementCard() -> impl IntoView {
    let place = use_live().announcement_place();
    let unread = Resource::new_blocking(|| (), |()| announcement_to_read());
    view! {
        <Transition>
            {move || Suspend::new(async move {
                // Nobody came for it: where it did not load, the feed stands alone.
                let stands = place.seed(unread.await.ok().flatten());
                move || stands.get().map(|unread| view! { <Card unread /> })
            })}
        </Transition>
    }
}

#[component]
fn Card(unread: Arc<CurrentAnnouncement>) -> impl IntoView {
    let CurrentAnnouncement { announcement, notification_id: id } = Arc::unwrap_or_clone(unread);
    let toasts = use_toasts();
    let is_shown = RwSignal::new(true);
    let put_away = move || {
        spawn_local(async move {
            // The answer is no news: the bell is told when the server has counted. So the feed need not know how to mark.
            let path = ["/api/notifications/", &id.get().to_string(), "/read"].concat();
            if let Err(error) = http::call::<IgnoredAny>(Method::PUT, &path).await {
                is_shown.try_set(true);
                toasts.say(["The announcement was not put away. ", &error.message].concat());
            }
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        is_shown.set(false);
        put_away();
    };
    let href = announcement_href(announcement.announcement_id);
    let label = ["Put away: ", &announcement.title].concat();
    view! {
        <section
            aria-label="Announcement"
            hidden=move || !is_shown.get()
            class="relative flex gap-3 border-b border-border bg-accent-soft px-4 py-4 [[hidden]]:hidden medium:px-5"
        >
            <span class="grid size-11 shrink-0 place-items-center rounded-bubble rounded-br-tail bg-ink text-ink-contrast">
                <Icon name=IconName::Announce size=22 />
            </span>
            <div class="grid min-w-0 flex-1 gap-0.5">
                <p class="text-meta text-muted">"Announcement · " <RelativeTime at=announcement.starts_at /></p>
                <h2 class="text-lead font-strong">
                    <a href=href class="cover line-clamp-2 break-words hover:underline" on:click=move |_| put_away()>
                        {announcement.title}
                    </a>
                </h2>
                {(!announcement.content.is_empty())
                    .then(|| view! { <p class="line-clamp-2 break-words">{announcement.content}</p> })}
            </div>
            <form method="post" action=SetNotificationRead::url() on:submit=submit class="relative z-1 -mt-1.5 -mr-2">
                <input type="hidden" name="id" value=id.get().to_string() />
                <input type="hidden" name="is_read" value="true" />
                <IconButton label icon=IconName::Close submits=true />
            </form>
        </section>
    }
}
