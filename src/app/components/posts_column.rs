//! A live list of posts with its first page: skeletons while it loads, Retry when that failed, then the list and the
//! pill of what is new.

use std::future::Future;

use leptos::prelude::*;

use super::{empty::ErrorState, feed_list::PostList, new_posts_pill::NewPostsPill, skeleton::PostSkeleton};
use crate::{
    app::status::set_page_error,
    client::live::FeedList,
    protocol::{
        errors::ApiError,
        views::{Page, PostView},
    },
};

/// The column. A list that was open before is shown at once, as it was left.
#[component]
pub fn PostsColumn<F, A>(
    /// The list.
    list: FeedList,
    /// Fetches its first page.
    first: F,
    /// Names the list.
    label: &'static str,
    /// Where older posts are without JavaScript, up to the id of the last post.
    #[prop(into)]
    older_href: String,
    /// What to say when it did not load: "The feed did not load".
    failed: &'static str,
    /// What stands there while the list is empty.
    children: ChildrenFn,
) -> impl IntoView
where
    F: Fn() -> A + Send + Sync + 'static,
    A: Future<Output = Result<Page<PostView>, ApiError>> + Send + 'static,
{
    let empty = StoredValue::new(children);
    let older_href = StoredValue::new(older_href);
    let posts = move || {
        view! {
            <NewPostsPill list />
            <PostList list label older_href=older_href.get_value()>
                {empty.with_value(|empty| empty())}
            </PostList>
        }
    };
    if list.is_seeded() {
        return posts().into_any();
    }
    let page = Resource::new_blocking(|| (), move |()| first());
    let retry = Callback::new(move |()| page.refetch());
    view! {
        <Transition fallback=|| view! { <PostSkeleton /> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => {
                        list.seed(&page, None);
                        posts().into_any()
                    }
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title=failed error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}
