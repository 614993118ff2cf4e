//! The row under a post: like, comments, link; each count live.

use leptos::prelude::*;

use super::{
    icon::{Icon, IconName},
    like_button::{ACTION, LikeButton},
    number::{RollingCount, counted},
    share::use_share,
};
use crate::{
    app::{components::comment_form::focus_comment_box, post_href},
    client::live::LivePost,
};

/// Like, comment and share.
#[component]
pub fn PostActions(
    /// The post.
    post: LivePost,
) -> impl IntoView {
    let href = post_href(post.id);
    let comments = post.comment_count();
    let comments_name = move || match comments.get() {
        0 => "Comment".to_owned(),
        count => ["Comment, ", &counted(count, "comment", "comments")].concat(),
    };
    let share = use_share();
    let shared = href.clone();
    view! {
        <div class="-ml-2.5 mt-1.5 flex items-center gap-1">
            <LikeButton target=post.target() badge=post.like() />
            <a
                href=[&href, "#comments"].concat()
                data-comment=""
                aria-label=comments_name
                title="Comment"
                class=ACTION
                on:click=move |event| {
                    // On the post's own page the box is there already.
                    if focus_comment_box(post.id) {
                        event.prevent_default();
                    }
                }
            >
                <Icon name=IconName::Comment />
                <RollingCount count=comments />
            </a>
            <button
                type="button"
                class=format!("{ACTION} needs-script")
                aria-label="Share link"
                title="Share link"
                on:click=move |_| share.run(shared.clone())
            >
                <Icon name=IconName::Link />
            </button>
        </div>
    }
}
