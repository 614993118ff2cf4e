//! Shows a picture whole, over the dimmed page.

use leptos::{ev, html, prelude::*};

use super::icon::{Icon, IconName};

/// A picture that can be shown whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholePicture {
    /// Where it is.
    pub url: String,
    /// What it shows, in words; possibly empty.
    pub alt: String,
    /// Width and height in pixels, where they are known.
    pub size: Option<(u32, u32)>,
    /// What it is saved as, where it can be saved.
    pub name: Option<String>,
}

const OVER: &str =
    "grid size-11 place-items-center rounded-pill bg-stage-raised text-stage-text transition-colors hover:bg-stage";

/// Arrows go round; Esc and a press beside the picture close.
#[component]
pub fn Lightbox(
    /// All that can be gone through.
    pictures: StoredValue<Vec<WholePicture>>,
    /// The one that is shown; `None` once closed.
    open: RwSignal<Option<usize>>,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let count = pictures.with_value(Vec::len);
    Effect::new(move |_| {
        if let Some(dialog) = node.get().filter(|dialog| !dialog.open()) {
            // Refused only when the element has left the page; then there is nothing to open.
            let _ = dialog.show_modal();
        }
    });
    let step = move |by: usize| open.update(|at| *at = at.map(|at| (at + by) % count.max(1)));
    let keys = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "ArrowRight" => step(1),
        "ArrowLeft" => step(count.saturating_sub(1)),
        _ => {}
    };
    let shown = Memo::new(move |_| open.get().and_then(|at| pictures.with_value(|all| all.get(at).cloned())));
    let press = move |event: ev::MouseEvent| {
        event.stop_propagation();
        open.set(None);
    };
    view! {
        <dialog
            node_ref=node
            aria-label="Picture"
            class="fixed inset-0 m-0 grid size-full max-h-none max-w-none animate-fade place-items-center bg-stage p-4 outline-none"
            on:close=move |_| open.set(None)
            on:keydown=keys
            on:click=press
        >
            {move || {
                shown
                    .get()
                    .map(|image| {
                        view! {
                            <figure class="contents">
                                <img
                                    src=image.url.clone()
                                    alt=image.alt.clone()
                                    width=image.size.map(|size| size.0)
                                    height=image.size.map(|size| size.1)
                                    class="h-auto max-h-[calc(100dvh-96px)] w-auto max-w-full rounded-field object-contain"
                                />
                                {(!image.alt.is_empty())
                                    .then(|| {
                                        view! {
                                            <figcaption class="max-w-150 text-center text-meta text-stage-text">
                                                {image.alt}
                                            </figcaption>
                                        }
                                    })}
                            </figure>
                            {image
                                .name
                                .map(|name| {
                                    view! {
                                        <a
                                            href=image.url
                                            download=name
                                            class=format!("{OVER} absolute top-4 right-18")
                                            aria-label="Save the picture"
                                            title="Save the picture"
                                            on:click=|event| event.stop_propagation()
                                        >
                                            <Icon name=IconName::Download size=22 />
                                        </a>
                                    }
                                })}
                        }
                    })
            }}
            <button type="button" class=format!("{OVER} absolute top-4 right-4") aria-label="Close" on:click=press>
                <Icon name=IconName::Close size=22 />
            </button>
            <Show when=move || { count > 1 }>
                <button
                    type="button"
                    class=format!("{OVER} absolute top-1/2 left-4 -translate-y-1/2")
                    aria-label="Previous picture"
                    on:click=move |event| {
                        event.stop_propagation();
                        step(count.saturating_sub(1));
                    }
                >
                    <Icon name=IconName::Back size=22 />
                </button>
                <button
                    type="button"
                    class=format!("{OVER} absolute top-1/2 right-4 -translate-y-1/2")
                    aria-label="Next picture"
                    on:click=move |event| {
                        event.stop_propagation();
                        step(1);
                    }
                >
                    <Icon name=IconName::Forward size=22 />
                </button>
            </Show>
        </dialog>
    }
}
