//! A post with its comments: oldest first, the newest page of them, earlier ones on request.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::{
        comments::{comment_page, reply_page},
        posts::one_post,
    },
    app::{
        components::{
            button::{Button, ButtonKind, ButtonLink, ButtonSize, button_class},
            comment::{Comment, Thread},
            comment_form::{CommentForm, focus_comment_box},
            empty::{EmptyState, ErrorState},
            icon::IconName,
            page_title::PageTitle,
            post::{PostCard, PostPlace},
            shell::page_header::PageHeader,
            skeleton::PostSkeleton,
        },
        post_href,
        status::set_page_error,
    },
    client::live::{CommentList, LivePost, Tail, use_live},
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::{CommentId, PostId},
        views::{CommentView, Page, PostView},
    },
};

/// Everything the page starts from.
type Loaded = (PostView, Page<CommentView>);

/// What the address asks for besides the post, for readers without JavaScript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Asked {
    editing: bool,
    before: Option<CommentId>,
    reply: Option<CommentId>,
    replies: Option<CommentId>,
}

/// The page of a post.
#[component]
pub fn PostPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse::<PostId>().ok()));
    view! {
        <PageHeader title="Post" back="/" />
        {move || match id.get() {
            Some(id) => view! { <Loading id /> }.into_any(),
            None => view! { <Missing /> }.into_any(),
        }}
    }
}

#[component]
fn Loading(id: PostId) -> impl IntoView {
    let live = use_live();
    let asked = asked_of();
    let list = live.comment_list(id, move |before| comment_page(id, before.and_then(|id| id.parse().ok())));
    let loaded = Resource::new_blocking(|| (), move |()| load(id, asked));
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Transition fallback=|| view! { <PageTitle text="Post" /><PostSkeleton rows=1 /> }>
            {move || Suspend::new(async move {
                match loaded.await {
                    Ok((post, comments)) => {
                        list.seed(&post, &comments);
                        view! { <Whole post=live.post(&post) list asked /> }.into_any()
                    }
                    Err(error) if error.code == ErrorCode::NotFound => view! { <Missing /> }.into_any(),
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title="The post did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// Reads the address.
fn asked_of() -> Asked {
    let query = use_query_map().get_untracked();
    let comment = |name: &str| query.get(name).and_then(|id| id.parse::<CommentId>().ok());
    Asked {
        editing: query.get("edit").is_some(),
        before: comment("before"),
        reply: comment("reply"),
        replies: comment("replies"),
    }
}

/// The post and a page of its comments; all replies of the one that was asked for.
async fn load(id: PostId, asked: Asked) -> Result<Loaded, ApiError> {
    let post = one_post(id).await?;
    let mut comments = comment_page(id, asked.before).await?;
    if let Some(parent) = asked.replies
        && let Some(comment) = comments.items.iter_mut().find(|comment| comment.id == parent)
    {
        let mut all = reply_page(parent, None).await?.items;
        all.reverse();
        comment.replies = all;
    }
    Ok((post, comments))
}

#[component]
fn Missing() -> impl IntoView {
    set_page_error(ErrorCode::NotFound);
    view! {
        <PageTitle text="Post" />
        <EmptyState
            icon=IconName::Search
            title="This post is not here"
            text="It was deleted, or it is only for people who follow its author."
        >
            <ButtonLink href="/" kind=ButtonKind::Ink>
                "Go home"
            </ButtonLink>
        </EmptyState>
    }
}

#[component]
fn Whole(post: LivePost, list: CommentList, asked: Asked) -> impl IntoView {
    let view = post.view();
    let title = Signal::derive(move || view.with(|view| title_of(view)));
    let author = view.with_untracked(|view| view.user_id);
    let thread = Thread { post_id: post.id, author, list, replying: RwSignal::new(asked.reply) };
    let added = Callback::new(move |comment: CommentView| {
        list.accept(&comment);
        show_comment(comment.id);
    });
    Effect::new(move |_| {
        // Whoever came to comment can begin; on a phone that would raise the keyboard over what they came to read.
        let has_keyboard = window().match_media("(pointer: fine)").ok().flatten().is_some_and(|query| query.matches());
        if has_keyboard && window().location().hash().is_ok_and(|hash| hash == "#comments") {
            request_animation_frame(move || {
                focus_comment_box(post.id);
            });
        }
    });
    view! {
        <PageTitle text=title />
        <Show when=move || !post.deleted().get() fallback=Deleted>
            <PostCard post place=PostPlace::Page editing=asked.editing />
            <section id="comments" aria-label="Comments" class="scroll-mt-20">
                <div class="border-b border-border px-4 py-3 medium:px-5">
                    <CommentForm post_id=post.id on_added=added />
                </div>
                <Comments thread />
            </section>
        </Show>
    }
}

/// "Ana Ferreira: Opened the kiln this morning…"
fn title_of(view: &PostView) -> String {
    const TITLE_MAX_CHARS: usize = 60;
    let line = view.content.lines().next().unwrap_or_default();
    let cut = line.char_indices().nth(TITLE_MAX_CHARS).and_then(|(end, _)| line.get(..end));
    let said = cut.map_or_else(|| line.to_owned(), |cut| [cut, "…"].concat());
    if said.is_empty() { view.author.full_name.clone() } else { [&view.author.full_name, ": ", &said].concat() }
}

/// Deleted while it was being read. Its author can still take that back, in the toast.
#[component]
fn Deleted() -> impl IntoView {
    view! {
        <EmptyState icon=IconName::Delete title="This post was deleted">
            <ButtonLink href="/" kind=ButtonKind::Ink>
                "Go home"
            </ButtonLink>
        </EmptyState>
    }
}

/// The comments, oldest first, and the way to earlier ones above them.
#[component]
fn Comments(thread: Thread) -> impl IntoView {
    let (items, tail) = (thread.list.items(), thread.list.tail());
    let oldest_first = Memo::new(move |_| items.with(|items| items.iter().rev().copied().collect::<Vec<_>>()));
    let is_empty = Memo::new(move |_| items.with(Vec::is_empty));
    let href = Signal::derive(move || {
        let oldest = items.with(|items| items.last().map(|id| id.get().to_string())).unwrap_or_default();
        [&post_href(thread.post_id), "?before=", &oldest, "#comments"].concat()
    });
    let load = move || thread.list.load_older();
    let earlier = move || match tail.get() {
        Tail::More => Some(
            view! {
                <a
                    href=href
                    class=button_class(ButtonKind::Text, ButtonSize::Small, false)
                    on:click=move |event| {
                        event.prevent_default();
                        load();
                    }
                >
                    "Show earlier comments"
                </a>
            }
            .into_any(),
        ),
        Tail::Loading => {
            Some(view! { <p role="status" class="text-meta text-muted">"Loading earlier comments…"</p> }.into_any())
        }
        Tail::Failed(why) => Some(
            view! {
                <div role="alert" class="flex items-center gap-3 text-meta text-muted">
                    {why}
                    <Button kind=ButtonKind::Text size=ButtonSize::Small on:click=move |_| load()>
                        "Retry"
                    </Button>
                </div>
            }
            .into_any(),
        ),
        Tail::End => None,
    };
    view! {
        <Show when=move || tail.with(|tail| *tail != Tail::End)>
            <div class="border-b border-border px-4 py-2.5 medium:px-5">{earlier}</div>
        </Show>
        <Show
            when=move || !is_empty.get()
            fallback=|| {
                view! {
                    <EmptyState icon=IconName::Comment title="No comments yet" text="Write the first one above." />
                }
            }
        >
            <ul aria-label="Comments" class="pb-4">
                <For each=move || oldest_first.get() key=|id| *id let(id)>
                    {thread.list.comment(id).map(|comment| view! { <Comment thread comment /> })}
                </For>
            </ul>
        </Show>
    }
}

/// Brings one's own new comment into sight.
fn show_comment(id: CommentId) {
    request_animation_frame(move || {
        if let Some(comment) = document().get_element_by_id(&["comment-", &id.get().to_string()].concat()) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            comment.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}
