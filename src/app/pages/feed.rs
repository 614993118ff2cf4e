//! Home: everyone's posts, or those of the people one follows.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::feed::feed_page,
    app::{
        components::{
            announcement_card::AnnouncementCard,
            button::{ButtonKind, ButtonLink},
            composer::ComposerHead,
            empty::EmptyState,
            icon::IconName,
            page_title::PageTitle,
            posts_column::PostsColumn,
            shell::page_header::PageHeader,
            tabs::{Tab, Tabs},
        },
        composing::use_composing,
    },
    client::{live::use_live, state::feed::FeedScope},
    protocol::{ids::PostId, views::FeedKind},
};

/// The feed, with its two tabs.
#[component]
pub fn FeedPage() -> impl IntoView {
    let query = use_query_map();
    let kind = Memo::new(move |_| match query.with(|query| query.get("feed")).as_deref() {
        Some("following") => FeedKind::Following,
        _ => FeedKind::Everyone,
    });
    let is = move |at: FeedKind| Signal::derive(move || kind.get() == at);
    view! {
        <PageTitle text="Home" />
        <PageHeader title="Home">
            <Tabs label="Feeds">
                <Tab href="/" current=is(FeedKind::Everyone)>
                    "Everyone"
                </Tab>
                <Tab href="/?feed=following" current=is(FeedKind::Following)>
                    "Following"
                </Tab>
            </Tabs>
        </PageHeader>
        <AnnouncementCard />
        <ComposerHead />
        {move || view! { <Feed kind=kind.get() /> }}
    }
}

/// One of the two feeds.
#[component]
fn Feed(kind: FeedKind) -> impl IntoView {
    let before = use_query_map().with_untracked(|query| query.get("before")).and_then(|id| id.parse::<PostId>().ok());
    let list = use_live()
        .feed_list(FeedScope::Feed(kind), move |before| feed_page(kind, before.and_then(|id| id.parse().ok())));
    let composing = use_composing();
    Effect::new(move |_| {
        // One's own post stands in both feeds at once; it does not wait in the pill.
        if let Some(post) = composing.posted.get() {
            composing.posted.set(None);
            // A list that is still on its way will bring the post with it.
            if list.is_seeded() {
                list.accept(&post);
            }
        }
    });
    let (label, older_href) = match kind {
        FeedKind::Everyone => ("Everyone’s posts", "/?before="),
        FeedKind::Following => ("Posts of people you follow", "/?feed=following&before="),
    };
    view! {
        <PostsColumn
            list
            first=move || feed_page(kind, before)
            label
            older_href
            failed="The feed did not load"
        >
            {match kind {
                FeedKind::Everyone => view! {
                    <EmptyState
                        icon=IconName::Compose
                        title="Nobody has posted yet"
                        text="Say hello: the first post is yours."
                    />
                }
                .into_any(),
                FeedKind::Following => view! {
                    <EmptyState
                        icon=IconName::People
                        title="Nobody you follow has posted yet"
                        text="Follow a few people and this fills up while you watch."
                    >
                        <ButtonLink href="/search" kind=ButtonKind::Accent>
                            "Find people"
                        </ButtonLink>
                    </EmptyState>
                }
                .into_any(),
            }}
        </PostsColumn>
    }
}
