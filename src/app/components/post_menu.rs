//! What can be done with a post besides liking it: edit and delete one's own, copy its link.

use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    icon::{Icon, IconName},
    menu::{MENU_ITEM, MENU_ITEM_DANGER, Menu},
    person_menu::{MutePostEntry, PersonEntries},
    share::use_share,
    toast::{Toasts, use_toasts},
};
use crate::{
    api::posts::{DeletePost, delete_post, restore_post},
    app::{facts::use_viewer, post_href},
    client::live::{Live, LivePost, use_live},
    protocol::ids::PostId,
};

/// The `…` of a post.
#[component]
pub fn PostMenu(
    /// The post.
    post: LivePost,
    /// Turns the text into a text box.
    on_edit: Callback<()>,
) -> impl IntoView {
    let person = post.view().with_untracked(|view| view.author.clone());
    let author = person.id;
    let is_mine = use_viewer().get_untracked().is_some_and(|me| me.profile.person.id == author);
    let href = post_href(post.id);
    let share = use_share();
    let shared = href.clone();
    view! {
        <Menu label="More about this post">
            {is_mine.then(|| view! { <OwnEntries post edit_href=[&href, "?edit=1"].concat() on_edit /> })}
            <button
                type="button"
                class=format!("{MENU_ITEM} needs-script")
                on:click=move |_| share.run(shared.clone())
            >
                <Icon name=IconName::Link />
                "Copy link"
            </button>
            {(!is_mine)
                .then(|| {
                    view! {
                        <a href=href class=MENU_ITEM>
                            <Icon name=IconName::Comment />
                            "Open post"
                        </a>
                        <MutePostEntry post=post.id />
                        <PersonEntries person muted=false />
                    }
                })}
        </Menu>
    }
}

/// Edit and delete; without JavaScript a page of its own and a plain form.
#[component]
fn OwnEntries(post: LivePost, edit_href: String, on_edit: Callback<()>) -> impl IntoView {
    let delete = use_deletion(post);
    view! {
        <a
            href=edit_href
            class=MENU_ITEM
            on:click=move |event: ev::MouseEvent| {
                if !(event.ctrl_key() || event.meta_key()) {
                    event.prevent_default();
                    on_edit.run(());
                }
            }
        >
            <Icon name=IconName::Edit />
            "Edit"
        </a>
        <form
            method="post"
            action=DeletePost::url()
            on:submit=move |event| {
                event.prevent_default();
                delete();
            }
        >
            <input type="hidden" name="id" value=post.id.get().to_string() />
            <button type="submit" class=MENU_ITEM_DANGER>
                <Icon name=IconName::Delete />
                "Delete"
            </button>
        </form>
    }
}

/// Deletes a post at once and offers Undo; what is refused comes back with the reason.
fn use_deletion(post: LivePost) -> impl Fn() + Copy + Send + Sync + 'static {
    let (live, toasts) = (use_live(), use_toasts());
    move || {
        let view = post.view().get_untracked();
        live.remove_post(view.id);
        spawn_local(async move {
            match delete_post(view.id).await {
                Ok(()) => toasts.offer("Post deleted", "Undo", Callback::new(move |()| undo(live, toasts, view.id))),
                Err(error) => {
                    let _ = live.post(&view);
                    toasts.say(["The post was not deleted. ", &error.message].concat());
                }
            }
        });
    }
}

fn undo(live: Live, toasts: Toasts, id: PostId) {
    spawn_local(async move {
        match restore_post(id).await {
            Ok(view) => drop(live.post(&view)),
            Err(error) => toasts.say(["The post stays deleted. ", &error.message].concat()),
        }
    });
}
