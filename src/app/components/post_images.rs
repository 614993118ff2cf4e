//! The pictures of a post: a grid whose space is reserved before they load.

use leptos::{ev, prelude::*};

use super::lightbox::{Lightbox, WholePicture};
use crate::protocol::views::ImageView;

/// Up to four pictures. Without JavaScript each leads to its file.
#[component]
pub fn PostImages(
    /// The pictures, in order.
    images: Vec<ImageView>,
    /// Whether they may be among what is seen first: they are fetched before anybody knows where they stand.
    seen_first: bool,
) -> impl IntoView {
    let open = RwSignal::new(None::<usize>);
    let count = images.len();
    let all = StoredValue::new(images.iter().map(whole).collect::<Vec<_>>());
    let loading = if seen_first { "eager" } else { "lazy" };
    let tiles =
        images.into_iter().enumerate().map(|(at, image)| view! { <Tile image at count loading open /> }).collect_view();
    view! {
        <div class=format!("mt-3 grid gap-[3px] overflow-hidden rounded-card {}", grid_class(count))>{tiles}</div>
        <Show when=move || open.get().is_some()>
            <Lightbox pictures=all open />
        </Show>
    }
}

fn whole(image: &ImageView) -> WholePicture {
    let ImageView { url, alt, width, height, .. } = image.clone();
    WholePicture { url, alt, size: Some((width, height)), name: None }
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
fn Tile(
    image: ImageView,
    at: usize,
    count: usize,
    loading: &'static str,
    open: RwSignal<Option<usize>>,
) -> impl IntoView {
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
                loading=loading
                decoding="async"
                class=format!("{fit} object-cover")
            />
        </a>
    }
}
