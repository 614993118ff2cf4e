//! The posts with one tag.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::feed::tag_page,
    app::components::{
        empty::EmptyState, icon::IconName, page_title::PageTitle, post_text::tag_href, posts_column::PostsColumn,
        shell::page_header::PageHeader,
    },
    client::{live::use_live, state::feed::FeedScope},
    protocol::ids::PostId,
};

/// The page of a tag.
#[component]
pub fn TagPage() -> impl IntoView {
    let params = use_params_map();
    let tag = Memo::new(move |_| params.with(|params| params.get("tag")).unwrap_or_default().to_lowercase());
    let title = Signal::derive(move || ["#", &tag.get()].concat());
    view! {
        <PageTitle text=title />
        <PageHeader title back="/" />
        {move || view! { <Tagged tag=tag.get() /> }}
    }
}

#[component]
fn Tagged(tag: String) -> impl IntoView {
    let before = use_query_map().with_untracked(|query| query.get("before")).and_then(|id| id.parse::<PostId>().ok());
    let older_href = [&tag_href(&tag), "?before="].concat();
    let asked = tag.clone();
    let list = use_live().feed_list(FeedScope::Tag(tag.clone()), move |before| {
        tag_page(asked.clone(), before.and_then(|id| id.parse().ok()))
    });
    view! {
        <PostsColumn
            list
            first=move || tag_page(tag.clone(), before)
            label="Posts with this tag"
            older_href
            failed="The posts did not load"
        >
            <EmptyState
                icon=IconName::Tag
                title="Nobody has used this tag yet"
                text="Write it in a post, and it begins here."
            />
        </PostsColumn>
    }
}
