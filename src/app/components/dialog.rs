//! Dialogs and sheets on the browser's own `<dialog>`, which keeps focus inside, gives it back, and closes on Esc.

use leptos::{ev, html, prelude::*};

use super::{
    button::{Button, ButtonKind, IconButton},
    icon::IconName,
};

/// A dialog; on a phone it is a sheet at the bottom when `sheet` says so.
#[component]
pub fn Dialog(
    /// Unique on the page.
    id: &'static str,
    /// Whether it is open; set to false when it closes itself.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// On a phone it rises from the bottom edge instead of standing in the middle.
    #[prop(optional)]
    sheet: bool,
    /// Wider than a question: 560 instead of 400 px.
    #[prop(optional)]
    large: bool,
    /// Has a closing cross beside the heading.
    #[prop(default = true)]
    closable: bool,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            // Refused only when the element has left the page; then there is nothing to open.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    // Everything visible is inside the panel: a press on the dialog itself is one beside the panel.
    let on_press = move |event: ev::MouseEvent| {
        if event.target().is_some() && event.target() == event.current_target() {
            open.set(false);
        }
    };
    let width = if large { "medium:max-w-140" } else { "medium:max-w-100" };
    let place = if sheet {
        "m-0 mt-auto w-full max-w-none animate-sheet rounded-t-panel pb-[env(safe-area-inset-bottom)] medium:m-auto medium:animate-panel medium:rounded-panel"
    } else {
        "m-auto w-[calc(100%-32px)] max-w-100 animate-panel rounded-panel"
    };
    view! {
        <dialog
            id=id
            node_ref=node
            class=format!(
                "fixed inset-0 max-h-[calc(100dvh-32px)] overflow-y-auto overscroll-contain bg-raised text-text shadow-3 {place} {width}",
            )
            aria-labelledby=format!("{id}-title")
            on:close=move |_| open.set(false)
            on:mousedown=on_press
        >
            <div class="p-5">
                <div class="mb-2 flex items-start justify-between gap-4">
                    <h2 id=format!("{id}-title") class="text-heading">
                        {title}
                    </h2>
                    {closable
                        .then(|| {
                            view! {
                                <IconButton
                                    label="Close"
                                    icon=IconName::Close
                                    class="-mt-1 -mr-2"
                                    on:click=move |_| open.set(false)
                                />
                            }
                        })}
                </div>
                {children()}
            </div>
        </dialog>
    }
}

/// A question with two answers: Keep and the deed.
#[component]
pub fn ConfirmDialog(
    /// Unique on the page.
    id: &'static str,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// What follows from yes.
    #[prop(into)]
    text: Signal<String>,
    /// The deed: "Delete".
    #[prop(into)]
    yes: Signal<String>,
    /// The way back: "Keep".
    #[prop(default = "Cancel")]
    no: &'static str,
    /// Runs on yes; the dialog has closed by then.
    on_yes: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog id open title closable=false>
            <p class="text-muted">{text}</p>
            <div class="mt-5 flex justify-end gap-2">
                <Button kind=ButtonKind::Quiet on:click=move |_| open.set(false)>
                    {no}
                </Button>
                <Button
                    kind=ButtonKind::Danger
                    on:click=move |_| {
                        open.set(false);
                        on_yes.run(());
                    }
                >
                    {yes}
                </Button>
            </div>
        </Dialog>
    }
}
