//! A list of posts that goes on as one scrolls; a link to older posts where there is no script.

use leptos::{html, prelude::*};

use super::{
    button::{Button, ButtonKind, ButtonSize, button_class},
    far_away::{provide_far_away, use_far_away},
    gradually::{Side, gradually},
    groups::{Groups, use_groups},
    icon::IconName,
    post::{PostCard, PostPlace},
    sentinel::Sentinel,
    skeleton::PostSkeleton,
};
use crate::{
    app::reading_place::keep_place,
    client::live::{FeedList, Tail, use_live},
    protocol::ids::PostId,
};

/// The posts of a list, newest first.
#[component]
pub fn PostList(
    /// The list; seeded.
    list: FeedList,
    /// Names the list: "Everyone's posts".
    #[prop(into)]
    label: String,
    /// Where older posts are without JavaScript, up to the id of the last post: `/?before=`.
    #[prop(into)]
    older_href: String,
    /// What stands there while the list is empty.
    children: ChildrenFn,
) -> impl IntoView {
    let (items, tail) = (gradually(list.items(), Side::End), list.tail());
    keep_place("[role=feed] article", move |element_id| {
        if let Some(id) = element_id.strip_prefix("post-").and_then(|id| id.parse::<PostId>().ok()) {
            list.focus(id);
        }
    });
    provide_far_away(None);
    let is_empty = Memo::new(move |_| items.with(Vec::is_empty));
    let groups = use_groups(items);
    let numbers = groups.numbers();
    view! {
        // A feed has articles: without any it is none.
        <div
            role=move || (!is_empty.get()).then_some("feed")
            aria-label=move || (!is_empty.get()).then(|| label.clone())
            aria-busy=move || tail.with(|tail| *tail == Tail::Loading).then_some("true")
        >
            <For each=move || numbers.get() key=|number| *number let(number)>
                <PostGroup groups number />
            </For>
        </div>
        <Show when=move || is_empty.get() fallback=move || view! { <ListEnd list items older_href=older_href.clone() /> }>
            {children()}
        </Show>
    }
}

/// Posts that come and go together.
#[component]
fn PostGroup(groups: Groups<PostId>, number: usize) -> impl IntoView {
    let live = use_live();
    let node = NodeRef::<html::Div>::new();
    let element_id = ["posts-", &number.to_string()].concat();
    let height = use_far_away(node, &element_id);
    let is_there = Memo::new(move |_| height.with(Option::is_none));
    let (first, items) = (groups.first(number), groups.items(number));
    view! {
        <div node_ref=node id=element_id style:height=height data-stays=move || groups.is_outer(number).then_some("")>
            <Show when=move || is_there.get()>
                <ForEnumerate
                    each=move || items.get()
                    key=|id| *id
                    children=move |at, id| {
                        live.known_post(id)
                            .map(|post| {
                                let position = Signal::derive(move || first.get() + at.get() + 1);
                                view! { <PostCard post place=PostPlace::List position /> }
                            })
                    }
                />
            </Show>
        </div>
    }
}

/// What stands below the last post.
#[component]
fn ListEnd(
    list: FeedList,
    /// The posts that stand above.
    items: Signal<Vec<PostId>>,
    older_href: String,
) -> impl IntoView {
    let is_growing = Memo::new(move |_| items.with(Vec::len) < list.items().with(Vec::len));
    // The next page is asked for when the end of this one is near, which is not seen before it stands there.
    let tail = move || if is_growing.get() { Tail::Loading } else { list.tail().get() };
    let load = Callback::new(move |()| list.load_older());
    let older_href = StoredValue::new(older_href);
    let href = Signal::derive(move || {
        let last = items.with(|items| items.last().map(|id| id.get().to_string())).unwrap_or_default();
        older_href.with_value(|href| [href.as_str(), &last].concat())
    });
    move || match tail() {
        Tail::More => view! {
            <Sentinel on_near=load />
            <div class="grid place-items-center py-8">
                <a
                    href=href
                    class=button_class(ButtonKind::Quiet, ButtonSize::Medium, false)
                    on:click=move |event| {
                        event.prevent_default();
                        load.run(());
                    }
                >
                    "Older posts"
                </a>
            </div>
        }
        .into_any(),
        Tail::Loading => view! { <PostSkeleton rows=2 /> }.into_any(),
        Tail::Failed(why) => view! {
            <div role="alert" class="grid justify-items-center gap-3 px-8 py-10 text-center">
                <p class="text-muted">{why}</p>
                <Button icon=IconName::Retry kind=ButtonKind::Ink on:click=move |_| load.run(())>
                    "Retry"
                </Button>
            </div>
        }
        .into_any(),
        Tail::End => {
            view! { <p class="py-10 text-center text-meta text-muted">"That is everything so far."</p> }.into_any()
        }
    }
}
