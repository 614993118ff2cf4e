//! A post as it stands in every list and on its own page.

use std::sync::Arc;

use leptos::{ev, html, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use wasm_bindgen::JsCast as _;

use super::{
    avatar::Avatar,
    far_away::use_far_away,
    icon::{Icon, IconName},
    post_actions::PostActions,
    post_edit::PostEdit,
    post_images::PostImages,
    post_menu::PostMenu,
    post_text::PostText,
    time::RelativeTime,
};
use crate::{
    app::{post_href, profile_href},
    client::live::LivePost,
    protocol::views::{Audience, PostView},
};

/// In lists, longer texts are cut and lead to the whole post.
const LIST_MAX_CHARS: usize = 700;
/// The same for texts of many short lines.
const LIST_MAX_LINES: usize = 12;

/// Posts of a list whose pictures are fetched at once: they may be what is seen first.
const SEEN_FIRST: usize = 3;

/// Where a post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostPlace {
    /// In a list, where it leads to its own page.
    List,
    /// On its own page.
    Page,
}

/// One post.
#[component]
pub fn PostCard(
    /// Which.
    post: LivePost,
    /// Where.
    place: PostPlace,
    /// Its place in the feed, from 1.
    #[prop(optional, into)]
    position: MaybeProp<usize>,
    /// Opens as a text box: its author came to edit it.
    #[prop(optional)]
    editing: bool,
) -> impl IntoView {
    let editing = RwSignal::new(editing);
    let element_id = ["post-", &post.id.get().to_string()].concat();
    let name_id = [&element_id, "-name"].concat();
    let node = NodeRef::<html::Article>::new();
    let height = use_far_away(node, &element_id);
    let is_there = Memo::new(move |_| editing.get() || height.with(Option::is_none));
    let labelled_by = name_id.clone();
    let in_list = place == PostPlace::List;
    let seen_first = !in_list || position.get_untracked().is_some_and(|at| at <= SEEN_FIRST);
    let (query, navigate) = (use_query_map(), use_navigate());
    let on_done = Callback::new(move |()| {
        editing.set(false);
        // Else a reload would open it again.
        if !in_list && query.with_untracked(|query| query.get("edit").is_some()) {
            navigate(&post_href(post.id), NavigateOptions { replace: true, scroll: false, ..Default::default() });
        }
    });
    view! {
        <article
            node_ref=node
            style:height=height
            id=element_id
            tabindex="0"
            aria-labelledby=labelled_by
            aria-posinset=move || position.get().map(|at| at.to_string())
            aria-setsize=move || position.get().map(|_| "-1")
            class=format!(
                "relative flex gap-3 border-b border-border px-4 pt-4 pb-2 ring-inside medium:px-5 {}",
                if in_list { "cursor-pointer transition-colors hover:bg-hover" } else { "" },
            )
            on:click=move |event| {
                if in_list {
                    open_on_press(&event);
                }
            }
        >
            <Show when=move || is_there.get()>
                <Inside post place seen_first editing on_done name_id=name_id.clone() />
            </Show>
        </article>
    }
}

/// Face, name, text and what can be done.
#[component]
fn Inside(
    post: LivePost,
    place: PostPlace,
    seen_first: bool,
    editing: RwSignal<bool>,
    on_done: Callback<()>,
    name_id: String,
) -> impl IntoView {
    let author = post.view().with_untracked(|view| view.author.clone());
    let href = profile_href(&author.username);
    view! {
        <a href=href.clone() tabindex="-1" aria-hidden="true" class="h-fit shrink-0">
            <Avatar person=author.clone() />
        </a>
        <div class="min-w-0 flex-1">
            <div class="flex items-start justify-between gap-1">
                <p class="flex min-w-0 items-baseline gap-1.5 text-meta whitespace-nowrap text-muted">
                    <a
                        id=name_id
                        href=href
                        class="min-w-[4ch] shrink-[99] truncate text-body font-strong text-text hover:underline"
                    >
                        {author.full_name.clone()}
                    </a>
                    <span class="min-w-0 truncate">"@" {author.username.clone()}</span>
                    <Meta post />
                </p>
                <div class="-my-2 -mr-2 shrink-0 cursor-auto">
                    <PostMenu post on_edit=Callback::new(move |()| editing.set(true)) />
                </div>
            </div>
            <Show when=move || editing.get() fallback=move || view! { <Body post place seen_first /> }>
                <PostEdit post on_done />
            </Show>
            <PostActions post />
        </div>
    }
}

/// After the handle: time, "edited", who may see it.
#[component]
fn Meta(post: LivePost) -> impl IntoView {
    let (at, audience) = post.view().with_untracked(|view| (view.timestamp, view.audience));
    let edited = Memo::new(move |_| post.view().with(|view| view.edited_at));
    view! {
        <span aria-hidden="true">"·"</span>
        <a href=post_href(post.id) data-open="" class="shrink-0 hover:underline">
            <RelativeTime at />
        </a>
        {move || {
            edited
                .get()
                .map(|_| {
                    view! {
                        <span aria-hidden="true">"·"</span>
                        <span class="shrink-0">"edited"</span>
                    }
                })
        }}
        {audience_words(audience)
            .map(|words| {
                view! {
                    <span class="shrink-0 self-center" title=words>
                        <Icon name=IconName::Lock size=14 />
                        <span class="sr-only">{words}</span>
                    </span>
                }
            })}
    }
}

/// Who alone sees a post; nothing where everyone does.
const fn audience_words(audience: Audience) -> Option<&'static str> {
    match audience {
        Audience::Public => None,
        Audience::Followers => Some("Only followers see this"),
        Audience::Connections => Some("Only connections see this"),
    }
}

/// Text and pictures; drawn anew when the post is edited.
#[component]
fn Body(post: LivePost, place: PostPlace, seen_first: bool) -> impl IntoView {
    let view = post.view();
    let images = view.with_untracked(|view| view.images.clone());
    view! {
        {move || text(&view.get(), place)}
        {(!images.is_empty())
            .then(|| view! { <div class="cursor-auto"><PostImages images seen_first /></div> })}
    }
}

fn text(view: &Arc<PostView>, place: PostPlace) -> impl IntoView + use<> {
    let is_cut = place == PostPlace::List && is_long(&view.content);
    let size = match place {
        PostPlace::List if is_cut => "line-clamp-10",
        PostPlace::List => "",
        PostPlace::Page => "text-lead font-normal",
    };
    let href = post_href(view.id);
    (!view.content.is_empty()).then(|| {
        view! {
            <div class=format!("mt-0.5 [overflow-wrap:anywhere] whitespace-pre-wrap {size}")>
                <PostText content=view.content.clone() entities=view.entities.clone() />
            </div>
            {is_cut
                .then(|| {
                    view! {
                        <a href=href class="inline-link">
                            "Read more"
                        </a>
                    }
                })}
        }
    })
}

fn is_long(text: &str) -> bool {
    text.lines().nth(LIST_MAX_LINES).is_some() || text.chars().nth(LIST_MAX_CHARS).is_some()
}

/// A press anywhere on a post in a list opens it, unless it is meant for something in it or marks text.
fn open_on_press(event: &ev::MouseEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return };
    if event.default_prevented() || matches!(target.closest(MEANT_FOR_ITSELF), Ok(Some(_))) || is_marking_text() {
        return;
    }
    if let Ok(Some(article)) = target.closest("article")
        && let Ok(Some(link)) = article.query_selector("[data-open]")
        && let Ok(link) = link.dyn_into::<web_sys::HtmlElement>()
    {
        // Later, because that press rises to this very listener too, which is still at work.
        queue_microtask(move || link.click());
    }
}

const MEANT_FOR_ITSELF: &str = "a, button, form, details, dialog, input, textarea, label, img";

fn is_marking_text() -> bool {
    window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed())
}
