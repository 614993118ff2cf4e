//! The pictures of a post: a grid whose space is reserved before they load, and the lightbox that shows one whole.

use leptos::{ev, html, prelude::*};

use super::icon::{Icon, IconName};
use crate::protocol::views::ImageView;

/// Up to four pictures. Without JavaScript each leads to its file.
#[component]
pub fn PostImages(
    /// The pictures, in order.
    images: Vec<ImageView>,
) -> impl IntoView {
    let open = RwSignal::new(None::<usize>);
    let count = images.len();
    let all = StoredValue::new(images);
    let tiles = all.with_value(|images| {
        images.iter().enumerate().map(|(at, image)| view! { <Tile image=image.clone() at count open /> }).collect_view()
    });
    view! {
        <div class=format!("mt-3 grid gap-[3px] overflow-hidden rounded-card {}", grid_class(count))>{tiles}</div>
        <Show when=move || open.get().is_some()>
            <Lightbox images=all open />
        </Show>
    }
}

/// One picture keeps its own shape; several share one of 16 to 9.
const fn grid_class(count: usize) -> &'static str {
    match count {
        0 | 1 => "grid-cols-1",
        2 => "aspect-video grid-cols-2 grid-rows-1",
        3 => "aspect-video grid-cols-[1.62fr_1fr] grid-rows-2",
        _ => "aspect-video grid-cols-2 grid-rows-2",
    }
}

#[component]
fn Tile(image: ImageView, at: usize, count: usize, open: RwSignal<Option<usize>>) -> impl IntoView {
    let spans = if count == 3 && at == 0 { "row-span-2" } else { "" };
    let (fit, width, height) = if count == 1 {
        ("h-auto max-h-140 w-full", Some(image.width), Some(image.height))
    } else {
        ("absolute inset-0 size-full", None, None)
    };
    let name = if image.alt.is_empty() { format!("Open picture {} of {count}", at + 1) } else { image.alt.clone() };
    let press = move |event: ev::MouseEvent| {
        // A press meant for another tab or window stays the browser's.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            event.stop_propagation();
            open.set(Some(at));
        }
    };
    let href = image.url.clone();
    view! {
        <a
            href=href
            aria-label=name
            class=format!(
                "relative block min-h-0 min-w-0 overflow-hidden bg-sunken focus-visible:outline-offset-[-3px] {spans}",
            )
            on:click=press
        >
            <img
                src=image.url
                alt=image.alt
                width=width
                height=height
                loading="lazy"
                decoding="async"
                class=format!("{fit} object-cover")
            />
        </a>
    }
}

const OVER: &str =
    "grid size-11 place-items-center rounded-pill bg-stage-raised text-stage-text transition-colors hover:bg-stage";

/// One picture whole, over the dimmed page. Arrows go round; Esc and a press beside it close.
#[component]
fn Lightbox(images: StoredValue<Vec<ImageView>>, open: RwSignal<Option<usize>>) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let count = images.with_value(Vec::len);
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
    let shown = Memo::new(move |_| open.get().and_then(|at| images.with_value(|images| images.get(at).cloned())));
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
                                    src=image.url
                                    alt=image.alt.clone()
                                    width=image.width
                                    height=image.height
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
