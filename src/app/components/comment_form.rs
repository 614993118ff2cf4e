//! Where one writes a comment or a reply; kept as a draft until it is taken.

use leptos::{html, prelude::*, server_fn::ServerFn};

use super::{
    avatar::{Avatar, AvatarSize},
    button::{Button, ButtonKind, ButtonSize},
    counter::Counter,
    form::{FormNotice, FormState},
    mention_input::MentionInput,
};
use crate::{
    api::comments::AddComment,
    app::{composing::fresh_uuid, facts::use_viewer},
    client::drafts::Draft,
    protocol::{
        ids::{CommentId, PostId, UserId},
        limits::COMMENT_MAX_CHARS,
        views::CommentView,
    },
};

/// Comments on a post, or replies to a comment.
#[component]
pub fn CommentForm(
    /// The post.
    post_id: PostId,
    /// The comment to reply to.
    #[prop(optional_no_strip)]
    parent_id: Option<CommentId>,
    /// What the box starts with: the name of whom one replies to.
    #[prop(optional, into)]
    start: String,
    /// Takes focus as soon as it is there.
    #[prop(optional)]
    eager: bool,
    /// Hears of the comment once it is taken.
    on_added: Callback<CommentView>,
    /// Runs after that, when nothing more was typed meanwhile.
    #[prop(optional, into)]
    on_empty: Option<Callback<()>>,
) -> impl IntoView {
    let viewer = use_viewer();
    let add = ServerAction::<AddComment>::new();
    let parent = parent_id.map(|id| id.get().to_string()).unwrap_or_default();
    let own_key = form_key(post_id, parent_id);
    let form = FormState::keyed(add, "place", &own_key);
    let place = match parent_id {
        Some(id) => ["reply:", &id.get().to_string()].concat(),
        None => ["comment:", &post_id.get().to_string()].concat(),
    };
    let id = ["write-", &place.replace(':', "-")].concat();
    let me = viewer.get_untracked().map_or(UserId::new(0), |me| me.profile.person.id);
    let draft = Draft::open(me, &place);
    let text = draft.text();
    let typed = form.typed("content").unwrap_or_default();
    if text.with_untracked(String::is_empty) {
        text.set(if typed.is_empty() { start } else { typed.clone() });
    }
    let (client_id, sent) = (StoredValue::new(String::new()), StoredValue::new(String::new()));
    let node = NodeRef::<html::Textarea>::new();
    let fault = form.fault("content");
    let is_empty = Memo::new(move |_| text.with(|text| text.trim().is_empty()));
    let send = Callback::new(move |()| {
        if form.pending().get_untracked() || is_empty.get_untracked() {
            return;
        }
        if client_id.with_value(String::is_empty) {
            client_id.set_value(fresh_uuid());
        }
        let (content, client_id) = (text.get_untracked(), Some(client_id.get_value()));
        sent.set_value(content.clone());
        add.dispatch(AddComment { post_id, parent_id, content, client_id });
    });
    Effect::new(move |_| {
        if let Some(Ok(comment)) = add.value().get() {
            sent.with_value(|sent| draft.take_out(sent));
            client_id.set_value(String::new());
            on_added.run(comment);
            if let Some(listener) = on_empty.filter(|_| text.with_untracked(String::is_empty)) {
                listener.run(());
            }
        }
    });
    Effect::new(move |_| {
        if let Some(area) = node.get().filter(|_| eager) {
            let end = u32::try_from(area.value().encode_utf16().count()).unwrap_or(0);
            // A box that has just gone takes no focus, and need not.
            let _ = area.focus();
            let _ = area.set_selection_range(end, end);
        }
    });
    let fault_id = [&id, "-fault"].concat();
    let described = fault_id.clone();
    let is_reply = parent_id.is_some();
    let size = if is_reply { AvatarSize::S32 } else { AvatarSize::S44 };
    view! {
        <form
            method="post"
            action=AddComment::url()
            class="flex gap-3"
            on:submit=move |event| {
                event.prevent_default();
                send.run(());
            }
        >
            <input type="hidden" name="place" value=own_key />
            <input type="hidden" name="post_id" value=post_id.get().to_string() />
            {is_reply.then(|| view! { <input type="hidden" name="parent_id" value=parent /> })}
            {move || viewer.person().map(|person| view! { <Avatar person size /> })}
            <div class="grid min-w-0 flex-1 gap-2">
                <div class="flex flex-wrap items-center gap-2">
                    <MentionInput
                        id
                        label=if is_reply { "Your reply" } else { "Your comment" }
                        placeholder=if is_reply { "Write a reply" } else { "Write a comment" }
                        text
                        typed
                        on_send=send
                        fault_id=Signal::derive(move || fault.with(Option::is_some).then(|| described.clone()))
                        node
                        class=if is_reply { "min-h-8 py-1.5" } else { "min-h-11 py-2.5 text-lead font-normal" }
                    />
                    <Counter text max=COMMENT_MAX_CHARS />
                    <Send is_empty pending=form.pending() small=is_reply />
                </div>
                <Fault id=fault_id fault />
                <FormNotice form />
            </div>
        </form>
    }
}

/// What is wrong with the text.
#[component]
fn Fault(id: String, fault: Signal<Option<String>>) -> impl IntoView {
    move || {
        let id = id.clone();
        fault.get().map(move |fault| {
            view! {
                <p id=id role="alert" class="text-meta text-danger">
                    {fault}
                </p>
            }
        })
    }
}

/// Tells one of a page's comment forms from the others when it comes back refused. The server does not read it.
#[must_use]
fn form_key(post_id: PostId, parent_id: Option<CommentId>) -> String {
    match parent_id {
        Some(id) => ["r", &id.get().to_string()].concat(),
        None => ["c", &post_id.get().to_string()].concat(),
    }
}

/// Goes to the box that comments on this post; false when the page has none.
pub fn focus_comment_box(post_id: PostId) -> bool {
    use wasm_bindgen::JsCast as _;
    let id = ["write-comment-", &post_id.get().to_string()].concat();
    let area = document().get_element_by_id(&id).and_then(|area| area.dyn_into::<web_sys::HtmlElement>().ok());
    area.is_some_and(|area| area.focus().is_ok())
}

/// Quiet until something is written.
#[component]
fn Send(is_empty: Memo<bool>, pending: Signal<bool>, small: bool) -> impl IntoView {
    let size = if small { ButtonSize::Small } else { ButtonSize::Medium };
    let label = if small { "Reply" } else { "Comment" };
    move || {
        let (kind, tone) =
            if is_empty.get() { (ButtonKind::Quiet, "contents text-muted") } else { (ButtonKind::Accent, "contents") };
        view! {
            <span class=format!("{tone} [&.text-muted>button]:text-muted")>
                <Button kind size submits=true busy=pending>
                    {label}
                </Button>
            </span>
        }
    }
}
