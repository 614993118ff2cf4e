//! Chooses the square of a picture that becomes a face: dragged or moved with the arrow keys, zoomed with a slider.

use leptos::{ev, html, prelude::*};

use super::icon::{Icon, IconName};
use crate::protocol::crop::{Crop, ZOOM_MAX};

/// How far an arrow key moves the square, in sides of it; with Shift four times as far.
const STEP: f64 = 0.05;

/// The picture behind a round window, and the zoom below it.
#[component]
pub fn PictureCrop(
    /// Where the browser shows the picture from.
    url: String,
    /// The square.
    crop: RwSignal<Crop>,
) -> impl IntoView {
    // Known once the picture is decoded.
    let size = RwSignal::new((1.0, 1.0));
    let (image, frame) = (NodeRef::<html::Img>::new(), NodeRef::<html::Div>::new());
    let measure = move |_| {
        if let Some(image) = image.get_untracked() {
            size.set((f64::from(image.natural_width().max(1)), f64::from(image.natural_height().max(1))));
            crop.update(|crop| *crop = crop.within(size.get_untracked().0, size.get_untracked().1));
        }
    };
    let go = move |right: f64, down: f64| {
        let (width, height) = size.get_untracked();
        crop.update(|crop| *crop = crop.moved(right, down, width, height));
    };
    let zoom_to = move |zoom: f64| {
        let (width, height) = size.get_untracked();
        crop.update(|crop| *crop = Crop { zoom, ..*crop }.within(width, height));
    };
    let (on_down, on_move, on_up) = dragging(frame, go);
    // All in sides of the square, which fills the frame.
    let measures = Memo::new(move |_| {
        let ((width, height), crop) = (size.get(), crop.get());
        let side = crop.side(width, height);
        let (wide, high) = (width / side, height / side);
        [wide, high, 0.5 - crop.x * wide, 0.5 - crop.y * high]
    });
    let percent = move |at: fn([f64; 4]) -> f64| move || [&(at(measures.get()) * 100.0).to_string(), "%"].concat();
    view! {
        <div class="grid w-56 gap-3">
            <div
                node_ref=frame
                role="application"
                tabindex="0"
                aria-label="Square to show. Drag the picture, or move the square with the arrow keys."
                class="relative size-56 cursor-grab touch-none overflow-hidden rounded-card bg-sunken select-none active:cursor-grabbing"
                on:pointerdown=move |event| on_down.run(event)
                on:pointermove=move |event| on_move.run(event)
                on:pointerup=move |event| on_up.run(event)
                on:pointercancel=move |event| on_up.run(event)
                on:keydown=move |event| {
                    if let Some((right, down)) = step_of(&event) {
                        event.prevent_default();
                        go(right, down);
                    }
                }
            >
                <img
                    node_ref=image
                    src=url
                    alt="The new picture"
                    draggable="false"
                    class="absolute max-w-none"
                    style:width=percent(|[wide, ..]| wide)
                    style:height=percent(|[_, high, ..]| high)
                    style:left=percent(|[_, _, left, _]| left)
                    style:top=percent(|[.., top]| top)
                    on:load=measure
                />
                <span class="pointer-events-none absolute inset-0 rounded-pill shadow-[0_0_0_100px_var(--color-scrim)]"></span>
            </div>
            <label class="flex items-center gap-3 text-muted">
                <Icon name=IconName::Image size=16 />
                <span class="sr-only">"Zoom"</span>
                <input
                    type="range"
                    min="1"
                    max=ZOOM_MAX.to_string()
                    step="0.05"
                    class="h-6 min-w-0 flex-1 rounded-pill accent-ink"
                    prop:value=move || crop.get().zoom.to_string()
                    on:input=move |event| zoom_to(event_target_value(&event).parse().unwrap_or(1.0))
                />
                <Icon name=IconName::Image size=22 />
            </label>
        </div>
    }
}

type OnPointer = Callback<ev::PointerEvent>;

/// Follows the pointer from press to release. Pulling the picture to the right moves the square to the left.
fn dragging(
    frame: NodeRef<html::Div>,
    go: impl Fn(f64, f64) + Send + Sync + 'static,
) -> (OnPointer, OnPointer, OnPointer) {
    let last = StoredValue::new(None::<(f64, f64)>);
    let place = |event: &ev::PointerEvent| (f64::from(event.client_x()), f64::from(event.client_y()));
    let on_down = Callback::new(move |event: ev::PointerEvent| {
        last.set_value(Some(place(&event)));
        if let Some(frame) = frame.get_untracked() {
            // A pointer that has gone meanwhile cannot be kept; then there is no drag.
            let _ = frame.set_pointer_capture(event.pointer_id());
        }
    });
    let on_move = Callback::new(move |event: ev::PointerEvent| {
        let (Some(before), Some(frame)) = (last.get_value(), frame.get_untracked()) else { return };
        let (now, side) = (place(&event), f64::from(frame.client_width().max(1)));
        last.set_value(Some(now));
        go((before.0 - now.0) / side, (before.1 - now.1) / side);
    });
    (on_down, on_move, Callback::new(move |_| last.set_value(None)))
}

/// Where an arrow key moves the square: to the right and down, in sides of it.
fn step_of(event: &ev::KeyboardEvent) -> Option<(f64, f64)> {
    let step = if event.shift_key() { 4.0 * STEP } else { STEP };
    match event.key().as_str() {
        "ArrowRight" => Some((step, 0.0)),
        "ArrowLeft" => Some((-step, 0.0)),
        "ArrowDown" => Some((0.0, step)),
        "ArrowUp" => Some((0.0, -step)),
        _ => None,
    }
}
