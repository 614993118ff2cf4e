//! What became of notifications, by every channel. For admins and the owner.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::admin::deliveries,
    app::{
        components::{
            button::{Button, ButtonKind, ButtonLink},
            empty::{EmptyState, ErrorState},
            icon::IconName,
            page_title::PageTitle,
            select::Arrow,
            shell::page_header::PageHeader,
            skeleton::PersonSkeleton,
            time::RelativeTime,
        },
        facts::use_viewer,
        profile_href,
        status::set_page_error,
    },
    protocol::{
        notifications::{Channel, Delivery, NotificationKind, NotificationStatus},
        views::{Page, Role},
    },
};

/// What is looked for, as it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    status: Option<NotificationStatus>,
    channel: Option<Channel>,
    before: Option<String>,
}

impl Asked {
    fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            status: get("status").and_then(|name| NotificationStatus::of_delivery(&name)),
            channel: get("channel").and_then(|name| Channel::named(&name)),
            before: get("before"),
        }
    }

    fn href_after(&self, next: &str) -> String {
        let status = self.status.map_or("", NotificationStatus::as_str);
        let channel = self.channel.map_or("", Channel::as_str);
        ["/admin/deliveries?status=", status, "&channel=", channel, "&before=", next].concat()
    }
}

const fn status_name(status: NotificationStatus) -> &'static str {
    match status {
        NotificationStatus::Queued => "Waiting",
        NotificationStatus::Delivered => "Delivered",
        NotificationStatus::Failed => "Failed",
        NotificationStatus::Read | NotificationStatus::Unread | NotificationStatus::Removed => "Read",
    }
}

const fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::InApp => "Bell",
        Channel::Push => "Push",
        Channel::Email => "E-mail",
    }
}

const fn kind_name(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Like => "Like",
        NotificationKind::Comment => "Comment",
        NotificationKind::Follow => "Follower",
        NotificationKind::Message => "Message",
        NotificationKind::Mention => "Mention",
        NotificationKind::FriendRequest => "Connection",
        NotificationKind::JobApplication => "Job",
        NotificationKind::System => "Announcement",
    }
}

/// `/admin/deliveries?status=&channel=`.
#[component]
pub fn AdminDeliveriesPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|query| Asked::of(|name| query.get(name))));
    let found =
        Resource::new_blocking(move || asked.get(), |asked| deliveries(asked.status, asked.channel, asked.before));
    let retry = Callback::new(move |()| found.refetch());
    view! {
        <PageTitle text="Deliveries" />
        <PageHeader title="Deliveries" back="/settings" />
        {move || may_look().then(|| view! { <FilterForm asked=asked.get() /> })}
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(page) if page.items.is_empty() => {
                        view! {
                            <EmptyState
                                icon=IconName::Bell
                                title="Nothing fits"
                                text="What people are told, and what came of it, will stand here."
                            />
                        }
                            .into_any()
                    }
                    Ok(page) => view! { <Listed page asked=asked.get_untracked() /> }.into_any(),
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title="The list did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// Who may not see the list is not offered to look through it.
fn may_look() -> bool {
    use_viewer().get_untracked().is_some_and(|me| me.profile.role >= Role::Admin)
}

const SELECT: &str = "h-11.5 w-full cursor-pointer appearance-none rounded-field border border-border-strong bg-surface pr-9 pl-3.5 text-lead font-normal";

#[component]
fn FilterForm(asked: Asked) -> impl IntoView {
    let Asked { status, channel, .. } = asked;
    let statuses = NotificationStatus::OF_DELIVERIES.map(|one| (one.as_str(), status_name(one), status == Some(one)));
    let channels = Channel::ALL.map(|one| (one.as_str(), channel_name(one), channel == Some(one)));
    view! {
        <form
            role="search"
            aria-label="Deliveries"
            method="get"
            action="/admin/deliveries"
            class="flex flex-wrap items-end gap-3 border-b border-border px-4 py-3 medium:px-5"
        >
            <Choice name="status" label="Status" options=statuses.to_vec() />
            <Choice name="channel" label="Channel" options=channels.to_vec() />
            <div class="grid h-11.5 place-items-center">
                <Button submits=true>"Show"</Button>
            </div>
        </form>
    }
}

#[component]
fn Choice(name: &'static str, label: &'static str, options: Vec<(&'static str, &'static str, bool)>) -> impl IntoView {
    let is_none_chosen = options.iter().all(|(_, _, chosen)| !chosen);
    view! {
        <label class="grid min-w-32 flex-1 gap-1 text-meta font-medium">
            {label}
            <Arrow>
                <select name=name class=SELECT>
                    <option value="" selected=is_none_chosen>
                        "All"
                    </option>
                    {options
                        .into_iter()
                        .map(|(value, words, chosen)| {
                            view! {
                                <option value=value selected=chosen>
                                    {words}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </Arrow>
        </label>
    }
}

#[component]
fn Listed(page: Page<Delivery>, asked: Asked) -> impl IntoView {
    let more = page.next.map(|next| asked.href_after(&next));
    view! {
        <ul aria-label="Deliveries" class="divide-y divide-border">
            {page.items.into_iter().map(|delivery| view! { <Row delivery /> }).collect_view()}
        </ul>
        {more
            .map(|href| {
                view! {
                    <div class="grid place-items-center py-6">
                        <ButtonLink href kind=ButtonKind::Quiet>
                            "Show more"
                        </ButtonLink>
                    </div>
                }
            })}
    }
}

#[component]
fn Row(delivery: Delivery) -> impl IntoView {
    let Delivery { username, kind, channel, status, reason, timestamp, .. } = delivery;
    let href = profile_href(&username);
    let tone = if status == NotificationStatus::Failed { "text-danger" } else { "text-muted" };
    view! {
        <li class="grid gap-1 px-4 py-3 medium:px-5">
            <div class="flex items-baseline gap-3">
                <p class="min-w-0 flex-1 truncate">
                    <a href=href class="font-strong hover:underline">
                        "@"
                        {username}
                    </a>
                    " · "
                    {kind_name(kind)}
                    " · "
                    {channel_name(channel)}
                </p>
                <p class=format!("shrink-0 text-meta {tone}")>
                    {status_name(status)} " · " <RelativeTime at=timestamp />
                </p>
            </div>
            {reason.map(|reason| view! { <p class="text-meta text-muted break-words">{reason}</p> })}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_looked_for_in_the_same_way() {
        let asked = Asked::of(|name| match name {
            "status" => Some("failed".to_owned()),
            "channel" => Some("email".to_owned()),
            _ => None,
        });
        assert_eq!((asked.status, asked.channel), (Some(NotificationStatus::Failed), Some(Channel::Email)));
        assert_eq!(asked.href_after("7-email"), "/admin/deliveries?status=failed&channel=email&before=7-email");
        let unknown = Asked::of(|name| (name == "status").then(|| "unread".to_owned()));
        assert_eq!(unknown, Asked::default());
    }
}
