//! A list of the bell: what is new, then what was there before, and on as one scrolls.

use std::{collections::BTreeSet, sync::Arc};

use leptos::{prelude::*, task::spawn_local};

use super::{
    button::{Button, ButtonKind, ButtonLink, ButtonSize, button_class},
    empty::{EmptyState, ErrorState},
    icon::IconName,
    notification_row::NotificationRow,
    sentinel::Sentinel,
    skeleton::PersonSkeleton,
};
use crate::{
    api::people::followed_among,
    app::follows::use_follows,
    client::live::{BellList, Tail, use_live},
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::{NotificationId, UserId},
        notifications::{Notification, NotificationFilter, Occasion},
    },
};

/// A list that is live.
#[component]
pub fn NotificationList(
    /// Which.
    list: BellList,
    /// Where older ones are without JavaScript, up to the cursor; `None` where the page has them.
    #[prop(optional_no_strip)]
    older_href: Option<Signal<Option<String>>>,
    /// Runs when one is opened.
    on_open: Callback<()>,
) -> impl IntoView {
    let (ids, is_seeded, tail) = (list.ids(), list.is_seeded(), list.tail());
    let is_empty = Memo::new(move |_| ids.with(Vec::is_empty));
    learn_follows(list);
    let retry = Callback::new(move |()| list.fetch());
    let waiting = move || match tail.get() {
        Tail::Failed(message) => {
            let error = ApiError::new(ErrorCode::Unavailable, message);
            view! { <ErrorState title="Your notifications did not load" error on_retry=retry /> }.into_any()
        }
        _ => view! { <PersonSkeleton /> }.into_any(),
    };
    view! {
        <Show when=move || is_seeded.get() fallback=waiting>
            <Show when=move || !is_empty.get() fallback=move || view! { <Nothing filter=list.filter /> }>
                <Rows list on_open />
                <ListEnd list older_href />
            </Show>
        </Show>
    }
}

/// Where what was there before begins: below it all was read when the list was opened. It stays where it is while one
/// reads on, and moves down where something older turns out to be unread.
fn first_earlier(list: BellList) -> Memo<Option<NotificationId>> {
    let bell = use_live().bell();
    let (ids, is_seeded) = (list.ids(), list.is_seeded());
    let begins = Memo::new(move |before: Option<&Option<NotificationId>>| {
        if !is_seeded.get() {
            return None;
        }
        let is_unread =
            |id: NotificationId| bell.get(id).is_some_and(|told| told.with_untracked(|told| told.read_at.is_none()));
        let rows = ids.with(|ids| ids.iter().map(|id| (*id, is_unread(*id))).collect::<Vec<_>>());
        earlier_begins(&rows, before.copied().flatten())
    });
    Memo::new(move |_| {
        let found = begins.get()?;
        // Where nothing stands above it, there is nothing to be parted.
        ids.with(|ids| (ids.first() != Some(&found)).then_some(found))
    })
}

/// The first of those rows below which none is unread; where it was `before`, as long as that is so there too.
fn earlier_begins(rows: &[(NotificationId, bool)], before: Option<NotificationId>) -> Option<NotificationId> {
    let begins_at = rows.iter().rposition(|(_, is_unread)| *is_unread).map_or(0, |last| last + 1);
    let was_at = before.and_then(|before| rows.iter().position(|(id, _)| *id == before));
    let at = was_at.map_or(begins_at, |was_at| was_at.max(begins_at));
    rows.get(at).map(|(id, _)| *id)
}

#[component]
fn Rows(list: BellList, on_open: Callback<()>) -> impl IntoView {
    let bell = use_live().bell();
    let ids = list.ids();
    let earlier = first_earlier(list);
    let row =
        move |id: NotificationId| bell.get(id).map(|notification| view! { <NotificationRow notification on_open /> });
    view! {
        <ul aria-label="Notifications" class=LIST>
            <For each=move || ids.get() key=|id| *id let(id)>
                <li>
                    <Show when=move || earlier.get() == Some(id)>
                        <p class="px-4 pt-3.5 pb-1.5 text-small font-strong text-muted medium:px-5">"Earlier"</p>
                    </Show>
                    {row(id)}
                </li>
            </For>
        </ul>
    }
}

/// A line parts two new ones.
const LIST: &str = "[&>li:has([data-new])+li_[data-new]>[data-line]]:block";

/// A page of older notifications as it was rendered, for readers without JavaScript.
#[component]
pub fn OlderNotifications(
    /// They.
    items: Vec<Notification>,
) -> impl IntoView {
    let rows = items.into_iter().map(|item| {
        let notification = Signal::stored(Arc::new(item));
        view! {
            <li>
                <NotificationRow notification on_open=Callback::new(|()| ()) />
            </li>
        }
    });
    view! {
        <ul aria-label="Notifications" class=LIST>
            {rows.collect_view()}
        </ul>
    }
}

/// Asks once for each person who followed the reader whether they follow them.
fn learn_follows(list: BellList) {
    let (bell, follows) = (use_live().bell(), use_follows());
    let ids = list.ids();
    Effect::new(move |_| {
        let mut unknown = BTreeSet::new();
        for id in ids.get() {
            let Some(told) = bell.get(id) else { continue };
            unknown.extend(told.with_untracked(|told| follower(told)).filter(|id| follows.known(*id).is_none()));
        }
        let unknown: Vec<UserId> = unknown.into_iter().collect();
        if unknown.is_empty() {
            return;
        }
        spawn_local(async move {
            // Without an answer the rows only lack their buttons.
            if let Ok(followed) = followed_among(unknown.clone()).await {
                follows.learn(unknown, &followed);
            }
        });
    });
}

/// The one who followed, where it tells of one.
#[must_use]
pub fn follower(told: &Notification) -> Option<UserId> {
    let is_one = told.data.occasion == Occasion::Followed && told.data.actor_count == 1;
    told.data.actors.first().filter(|_| is_one).map(|person| person.id)
}

/// What stands below the last row.
#[component]
fn ListEnd(list: BellList, older_href: Option<Signal<Option<String>>>) -> impl IntoView {
    let tail = list.tail();
    let load = Callback::new(move |()| list.load_older());
    let href = move || older_href.and_then(|href| href.get());
    move || match tail.get() {
        Tail::More => view! {
            <Sentinel on_near=load />
            <div class="grid place-items-center py-6">
                <a
                    href=href
                    class=button_class(ButtonKind::Quiet, ButtonSize::Medium, false)
                    on:click=move |event| {
                        event.prevent_default();
                        load.run(());
                    }
                >
                    "Older"
                </a>
            </div>
        }
        .into_any(),
        Tail::Loading => view! { <PersonSkeleton rows=2 /> }.into_any(),
        Tail::Failed(why) => view! {
            <div role="alert" class="grid justify-items-center gap-3 px-8 py-8 text-center">
                <p class="text-muted">{why}</p>
                <Button icon=IconName::Retry on:click=move |_| load.run(())>
                    "Retry"
                </Button>
            </div>
        }
        .into_any(),
        Tail::End => {
            view! { <p class="py-8 text-center text-meta text-muted">"That is everything so far."</p> }.into_any()
        }
    }
}

/// What stands there while a list is empty.
#[component]
pub fn Nothing(
    /// Which list.
    filter: NotificationFilter,
) -> impl IntoView {
    match filter {
        NotificationFilter::All => view! {
            <EmptyState
                icon=IconName::Bell
                title="Nothing yet"
                text="Likes, comments, followers and mentions will stand here."
            >
                <ButtonLink href="/search" kind=ButtonKind::Ink>
                    "Find people"
                </ButtonLink>
            </EmptyState>
        }
        .into_any(),
        NotificationFilter::Unread => view! {
            <EmptyState icon=IconName::Good title="All caught up" text="What you have not read will stand here." />
        }
        .into_any(),
        NotificationFilter::Mentions => view! {
            <EmptyState
                icon=IconName::Mention
                title="No mentions yet"
                text="When somebody writes your @name, it stands here."
            />
        }
        .into_any(),
        NotificationFilter::Requests => view! {
            <EmptyState icon=IconName::People title="No requests" text="Who wants to connect with you stands here." />
        }
        .into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins(rows: &[(u64, bool)], before: Option<u64>) -> Option<u64> {
        let rows: Vec<_> = rows.iter().map(|(id, is_unread)| (NotificationId::new(*id), *is_unread)).collect();
        earlier_begins(&rows, before.map(NotificationId::new)).map(NotificationId::get)
    }

    #[test]
    fn earlier_stands_only_where_all_below_is_read() {
        assert_eq!(begins(&[(9, true), (8, false), (7, true), (6, false), (5, false)], None), Some(6));
        assert_eq!(begins(&[(9, true), (8, true)], None), None);
        assert_eq!(begins(&[(9, false), (8, false)], None), Some(9));
    }

    #[test]
    fn earlier_stays_where_it_was_until_something_unread_comes_below_it() {
        assert_eq!(begins(&[(9, false), (8, false), (7, false)], Some(8)), Some(8));
        assert_eq!(begins(&[(9, false), (8, false), (7, true), (6, false)], Some(8)), Some(6));
        assert_eq!(begins(&[(9, false), (8, false)], Some(3)), Some(9));
    }
}
