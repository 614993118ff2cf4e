//! The bell's own page: its lists, a tab for each, and on through all there ever was.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{notifications::notification_page, people::followed_among},
    app::{
        bell::{BELL_SETTINGS_HREF, list_href},
        components::{
            bell_panel::filter_words,
            button::{ButtonKind, ButtonLink, ButtonSize, ICON_BUTTON},
            empty::ErrorState,
            icon::{Icon, IconName},
            mark_all::MarkAllRead,
            notification_list::{Nothing, NotificationList, OlderNotifications, follower},
            page_title::PageTitle,
            requests_badge::RequestsBadge,
            shell::page_header::PageHeader,
            skeleton::PersonSkeleton,
            tabs::{Tab, Tabs},
        },
        follows::FollowedAtFirst,
    },
    client::live::use_live,
    protocol::{
        errors::ApiError,
        ids::UserId,
        notifications::{Notification, NotificationFilter},
        views::Page,
    },
};

/// `/notifications?filter=&before=`.
#[component]
pub fn NotificationsPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| {
        let name = query.with(|query| query.get("filter"));
        let is_named = |filter: &NotificationFilter| name.as_deref() == Some(filter.as_str());
        NotificationFilter::ALL.into_iter().find(is_named).unwrap_or_default()
    });
    let tab = move |of: NotificationFilter| {
        let current = Signal::derive(move || filter.get() == of);
        view! {
            <Tab href=list_href(of) current>
                {filter_words(of)}
                {(of == NotificationFilter::Requests).then(|| view! { <RequestsBadge class="ml-1.5" /> })}
            </Tab>
        }
    };
    view! {
        <PageTitle text="Notifications" />
        <PageHeader title="Notifications">
            <Tabs label="Which notifications">{NotificationFilter::ALL.map(tab).collect_view()}</Tabs>
        </PageHeader>
        <div class="flex min-h-12 items-center justify-end gap-3 border-b border-border px-4 medium:px-5">
            <MarkAllRead />
            <a href=BELL_SETTINGS_HREF class=format!("{ICON_BUTTON} -mr-2") aria-label="Notification settings" title="Notification settings">
                <Icon name=IconName::Settings />
            </a>
        </div>
        {move || view! { <Listed filter=filter.get() /> }}
    }
}

/// A page of a list, and whom of those who followed the reader they follow back.
async fn load(filter: NotificationFilter, before: Option<u64>) -> Result<(Page<Notification>, Vec<UserId>), ApiError> {
    let page = notification_page(filter, before, None).await?;
    let followers: BTreeSet<UserId> = page.items.iter().filter_map(follower).collect();
    let followed =
        if followers.is_empty() { Vec::new() } else { followed_among(followers.into_iter().collect()).await? };
    Ok((page, followed))
}

#[component]
fn Listed(filter: NotificationFilter) -> impl IntoView {
    let list = use_live().bell().open(filter);
    let before = use_query_map().with_untracked(|query| query.get("before")).and_then(|at| at.parse::<u64>().ok());
    let followed_at_first = FollowedAtFirst::provide();
    let first = Resource::new_blocking(|| (), move |()| load(filter, before));
    let retry = Callback::new(move |()| first.refetch());
    view! {
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                let first = first.await.map(|(page, followed)| {
                    followed_at_first.0.set_value(followed);
                    page
                });
                match first {
                    Ok(page) if before.is_some() => view! { <Older filter page /> }.into_any(),
                    Ok(page) => {
                        let next = page.next.clone();
                        let older_href = Signal::derive(move || next.clone().map(|at| older_href(filter, &at)));
                        list.seed(&page);
                        let on_open = Callback::new(|()| ());
                        view! { <NotificationList list older_href=Some(older_href) on_open /> }.into_any()
                    }
                    Err(error) => {
                        view! { <ErrorState title="Your notifications did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// A page further down, for readers without JavaScript.
#[component]
fn Older(filter: NotificationFilter, page: Page<Notification>) -> impl IntoView {
    let next = page.next.map(|at| older_href(filter, &at));
    view! {
        {if page.items.is_empty() {
            view! { <Nothing filter /> }.into_any()
        } else {
            view! { <OlderNotifications items=page.items /> }.into_any()
        }}
        <div class="flex justify-center gap-3 py-6">
            <ButtonLink href=list_href(filter) kind=ButtonKind::Quiet size=ButtonSize::Medium>
                "Newest"
            </ButtonLink>
            {next
                .map(|href| {
                    view! {
                        <ButtonLink href kind=ButtonKind::Quiet size=ButtonSize::Medium>
                            "Older"
                        </ButtonLink>
                    }
                })}
        </div>
    }
}

fn older_href(filter: NotificationFilter, at: &str) -> String {
    ["/notifications?filter=", filter.as_str(), "&before=", at].concat()
}
