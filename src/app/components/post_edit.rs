//! A post's text as a text box, in its place, for its author.

use leptos::{html, prelude::*};

use super::{
    button::{Button, ButtonKind, ButtonSize},
    counter::Counter,
    form::{FormNotice, FormState},
    mention_input::MentionInput,
};
use crate::{
    api::posts::EditPost,
    app::post_href,
    client::live::{LivePost, use_live},
    protocol::limits::POST_MAX_CHARS,
};

/// Changes a post's text.
#[component]
pub fn PostEdit(
    /// The post.
    post: LivePost,
    /// Saved or given up.
    on_done: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    let save = ServerAction::<EditPost>::new();
    let id = post.id.get().to_string();
    let form = FormState::keyed(save, "id", &id);
    let start = form.typed("content").unwrap_or_else(|| post.view().with_untracked(|view| view.content.clone()));
    let text = RwSignal::new(start.clone());
    let node = NodeRef::<html::Textarea>::new();
    let fault = form.fault("content");
    let send = Callback::new(move |()| {
        if !form.pending().get_untracked() {
            save.dispatch(EditPost { id: post.id, content: text.get_untracked() });
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(view)) = save.value().get() {
            let _ = live.post(&view);
            on_done.run(());
        }
    });
    Effect::new(move |_| {
        if let Some(area) = node.get() {
            let end = u32::try_from(area.value().encode_utf16().count()).unwrap_or(0);
            // A box that has just gone takes no focus, and need not.
            let _ = area.focus();
            let _ = area.set_selection_range(end, end);
        }
    });
    let fault_id = ["edit-", &id, "-fault"].concat();
    let described = fault_id.clone();
    view! {
        <ActionForm
            action=save
            attr:class="mt-1 grid cursor-auto gap-2"
            on:keydown=move |event| {
                if event.key() == "Escape" && !event.default_prevented() {
                    on_done.run(());
                }
            }
        >
            <input type="hidden" name="id" value=id.clone() />
            <div class="rounded-field border border-border-strong px-3 py-2 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus has-aria-invalid:border-danger">
                <MentionInput
                    id=["edit-", &id].concat()
                    label="Text of the post"
                    placeholder="Say something"
                    text
                    typed=start
                    on_send=send
                    fault_id=Signal::derive(move || fault.with(Option::is_some).then(|| described.clone()))
                    node
                />
            </div>
            {move || {
                fault
                    .get()
                    .map(|fault| {
                        view! {
                            <p id=fault_id.clone() role="alert" class="text-meta text-danger">
                                {fault}
                            </p>
                        }
                    })
            }}
            <FormNotice form />
            <div class="flex items-center justify-end gap-2">
                <Counter text max=POST_MAX_CHARS />
                <a
                    href=post_href(post.id)
                    class=super::button::button_class(ButtonKind::Quiet, ButtonSize::Small, false)
                    on:click=move |event| {
                        event.prevent_default();
                        on_done.run(());
                    }
                >
                    "Cancel"
                </a>
                <Button kind=ButtonKind::Ink size=ButtonSize::Small submits=true busy=form.pending()>
                    "Save"
                </Button>
            </div>
        </ActionForm>
    }
}
