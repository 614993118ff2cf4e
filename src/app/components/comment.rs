//! A comment with its replies, or the place where a deleted one with replies stood.

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    avatar::{Avatar, AvatarSize},
    comment_form::CommentForm,
    icon::{Icon, IconName},
    like_button::{ACTION, LikeButton},
    menu::{MENU_ITEM, MENU_ITEM_DANGER, Menu},
    post_text::PostText,
    share::use_share,
    time::RelativeTime,
    toast::{Toasts, use_toasts},
};
use crate::{
    api::comments::{DeleteComment, delete_comment, reply_page, restore_comment},
    app::{facts::use_viewer, post_href, profile_href},
    client::live::{CommentList, LiveComment},
    protocol::{
        ids::{CommentId, PostId, UserId},
        views::{CommentView, PersonRef},
    },
};

/// What every comment of a page shares.
#[derive(Clone, Copy)]
pub struct Thread {
    /// The post.
    pub post_id: PostId,
    /// Its author, who may delete any comment on it.
    pub author: UserId,
    /// Its comments.
    pub list: CommentList,
    /// The comment that is being replied to.
    pub replying: RwSignal<Option<CommentId>>,
}

/// A comment on the post, its replies below it.
#[component]
pub fn Comment(
    /// What it shares with the others.
    thread: Thread,
    /// The comment.
    comment: LiveComment,
) -> impl IntoView {
    let replies = comment.replies();
    let hidden_count = Memo::new(move |_| {
        let loaded = replies.with(|replies| u64::try_from(replies.len()).unwrap_or(u64::MAX));
        comment.reply_count().get().saturating_sub(loaded)
    });
    let is_replying = Memo::new(move |_| thread.replying.get() == Some(comment.id));
    let start = Signal::derive(move || comment.view().with(|view| ["@", &view.author.username, " "].concat()));
    let has_below = Memo::new(move |_| is_replying.get() || comment.reply_count().get() > 0);
    let added = Callback::new(move |view: CommentView| thread.list.accept(&view));
    let done = Callback::new(move |()| thread.replying.set(None));
    view! {
        <li>
            <Single thread comment root=comment.id size=AvatarSize::S44 />
            <Show when=move || has_below.get()>
                <div class="pb-2 pl-[72px] medium:pl-[76px]">
                    <MoreReplies thread parent=comment hidden_count />
                    <ul aria-label="Replies">
                        <For each=move || replies.get() key=|id| *id let(id)>
                            {thread
                                .list
                                .comment(id)
                                .map(|reply| {
                                    view! {
                                        <li>
                                            <Single thread comment=reply root=comment.id size=AvatarSize::S32 />
                                        </li>
                                    }
                                })}
                        </For>
                    </ul>
                    <Show when=move || is_replying.get()>
                        <div class="py-2 pr-4 medium:pr-5">
                            <CommentForm
                                post_id=thread.post_id
                                parent_id=Some(comment.id)
                                start=start.get_untracked()
                                eager=true
                                on_added=added
                                on_empty=done
                            />
                        </div>
                    </Show>
                </div>
            </Show>
        </li>
    }
}

/// One comment or reply without what is below it.
#[component]
fn Single(thread: Thread, comment: LiveComment, root: CommentId, size: AvatarSize) -> impl IntoView {
    let view = comment.view();
    let deleted = Memo::new(move |_| view.with(|view| view.deleted));
    let pad = if size == AvatarSize::S32 { "pt-2.5 pr-4 medium:pr-5" } else { "px-4 pt-3 medium:px-5" };
    let element_id = ["comment-", &comment.id.get().to_string()].concat();
    let author = view.with_untracked(|view| view.author.clone());
    move || {
        let (element_id, author) = (element_id.clone(), author.clone());
        if deleted.get() {
            return view! {
                <div id=element_id class=format!("flex items-center gap-3 {pad} pb-2 text-muted")>
                    <span class=format!(
                        "grid shrink-0 place-items-center rounded-pill bg-sunken {}",
                        if size == AvatarSize::S32 { "size-8" } else { "size-11" },
                    )>
                        <Icon name=IconName::Delete size=16 />
                    </span>
                    "This comment was deleted"
                </div>
            }
            .into_any();
        }
        let href = profile_href(&author.username);
        view! {
            <div
                id=element_id
                class=format!("flex gap-3 scroll-mt-24 target:bg-accent-soft {pad}")
            >
                <a href=href.clone() tabindex="-1" aria-hidden="true" class="h-fit shrink-0">
                    <Avatar person=author.clone() size />
                </a>
                <div class="min-w-0 flex-1">
                    <Head thread comment author href />
                    <div class="[overflow-wrap:anywhere] whitespace-pre-wrap">
                        {move || {
                            let view = view.get();
                            view! { <PostText content=view.content.clone() entities=view.entities.clone() /> }
                        }}
                    </div>
                    <div class="-ml-2.5 flex items-center gap-1">
                        <LikeButton target=comment.target() badge=comment.like() />
                        <ReplyButton thread root />
                    </div>
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn Head(thread: Thread, comment: LiveComment, author: PersonRef, href: String) -> impl IntoView {
    let at = comment.view().with_untracked(|view| view.timestamp);
    let link = comment_href(thread.post_id, comment.id);
    view! {
        <div class="flex items-start justify-between gap-1">
            <p class="flex min-w-0 items-baseline gap-1.5 text-meta whitespace-nowrap text-muted">
                <a href=href class="min-w-[4ch] shrink-[99] truncate text-body font-strong text-text hover:underline">
                    {author.full_name.clone()}
                </a>
                <span class="min-w-0 truncate">"@" {author.username.clone()}</span>
                <span aria-hidden="true">"·"</span>
                <a href=link class="shrink-0 hover:underline">
                    <RelativeTime at />
                </a>
            </p>
            <div class="-my-2 -mr-2 shrink-0">
                <CommentMenu thread comment author=author.id />
            </div>
        </div>
    }
}

/// Opens the reply box; without JavaScript the page comes back with it open.
#[component]
fn ReplyButton(thread: Thread, root: CommentId) -> impl IntoView {
    let href = [&post_href(thread.post_id), "?reply=", &root.get().to_string(), "#comment-", &root.get().to_string()];
    view! {
        <a
            href=href.concat()
            class=ACTION
            on:click=move |event| {
                event.prevent_default();
                thread.replying.set(Some(root));
            }
        >
            <Icon name=IconName::Reply size=18 />
            "Reply"
        </a>
    }
}

/// "Show 4 more replies": older ones, above those that are shown.
#[component]
fn MoreReplies(thread: Thread, parent: LiveComment, hidden_count: Memo<u64>) -> impl IntoView {
    let (toasts, busy) = (use_toasts(), RwSignal::new(false));
    let load = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let oldest = parent.replies().with_untracked(|replies| replies.first().copied());
        spawn_local(async move {
            match reply_page(parent.id, oldest).await {
                Ok(page) => thread.list.add_replies(parent.id, &page.items),
                Err(error) => toasts.say(error.message),
            }
            busy.try_set(false);
        });
    };
    let words = move || match hidden_count.get() {
        1 => "Show 1 more reply".to_owned(),
        count => ["Show ", &count.to_string(), " more replies"].concat(),
    };
    let href = [&post_href(thread.post_id), "?replies=", &parent.id.get().to_string()].concat();
    view! {
        <Show when=move || { hidden_count.get() > 0 }>
            <a
                href=href.clone()
                class="inline-block py-1.5 text-meta font-medium text-accent-text hover:underline"
                aria-busy=move || busy.get().then_some("true")
                on:click=move |event| {
                    event.prevent_default();
                    load(event);
                }
            >
                {words}
            </a>
        </Show>
    }
}

#[component]
fn CommentMenu(thread: Thread, comment: LiveComment, author: UserId) -> impl IntoView {
    let toasts = use_toasts();
    let me = use_viewer().get_untracked().map(|me| me.profile.person.id);
    let may_delete = me.is_some_and(|me| me == author || me == thread.author);
    let share = use_share();
    let link = comment_href(thread.post_id, comment.id);
    view! {
        <Menu label="More about this comment">
            {may_delete
                .then(|| {
                    view! {
                        <form
                            method="post"
                            action=DeleteComment::url()
                            on:submit=move |event| {
                                event.prevent_default();
                                delete(thread, comment, toasts);
                            }
                        >
                            <input type="hidden" name="id" value=comment.id.get().to_string() />
                            <button type="submit" class=MENU_ITEM_DANGER>
                                <Icon name=IconName::Delete />
                                "Delete"
                            </button>
                        </form>
                    }
                })}
            <a
                href=link.clone()
                class=MENU_ITEM
                on:click=move |event| {
                    event.prevent_default();
                    share.run(link.clone());
                }
            >
                <Icon name=IconName::Link />
                "Copy link"
            </a>
        </Menu>
    }
}

/// Deletes at once and offers Undo; what is refused comes back with the reason.
fn delete(thread: Thread, comment: LiveComment, toasts: Toasts) {
    let view = comment.view().get_untracked();
    let id = comment.id;
    thread.list.remove(id);
    spawn_local(async move {
        match delete_comment(id).await {
            Ok(()) => toasts.offer("Comment deleted", "Undo", Callback::new(move |()| restore(thread, id, toasts))),
            Err(error) => {
                thread.list.accept(&view);
                toasts.say(["The comment was not deleted. ", &error.message].concat());
            }
        }
    });
}

fn restore(thread: Thread, id: CommentId, toasts: Toasts) {
    spawn_local(async move {
        match restore_comment(id).await {
            Ok(comment) => thread.list.accept(&comment),
            Err(error) => toasts.say(["The comment stays deleted. ", &error.message].concat()),
        }
    });
}

/// The address of a comment.
fn comment_href(post: PostId, comment: CommentId) -> String {
    [&post_href(post), "#comment-", &comment.get().to_string()].concat()
}
