//! The pictures of a post being written: previews with progress, a description for each, and a way to take one out.

use leptos::prelude::*;

use super::icon::{Icon, IconName};
use crate::{
    app::composing::{Composing, Picture, Upload},
    protocol::limits::ALT_MAX_CHARS,
};

/// All of them, in order.
#[component]
pub fn ComposerPictures(
    /// The post being written.
    composing: Composing,
) -> impl IntoView {
    view! {
        <Show when=move || composing.pictures.with(|pictures| !pictures.is_empty())>
            <ul class="grid basis-full gap-2">
                <For each=move || composing.pictures.get() key=|picture| picture.key let(picture)>
                    <Row composing picture />
                </For>
            </ul>
        </Show>
    }
}

#[component]
fn Row(composing: Composing, picture: Picture) -> impl IntoView {
    let id = ["alt-", &picture.key.to_string()].concat();
    view! {
        <li class="flex items-center gap-3 rounded-card bg-canvas p-2">
            <div class="relative size-20 shrink-0 overflow-hidden rounded-field bg-sunken">
                <img src=picture.preview.get_value() alt="" class="size-full object-cover" />
                <Progress picture />
            </div>
            <div class="grid min-w-0 flex-1 gap-1">
                <label for=id.clone() class="sr-only">
                    "What the picture shows"
                </label>
                <input
                    id=id
                    maxlength=ALT_MAX_CHARS.to_string()
                    placeholder="Describe it for those who cannot see it"
                    class="min-w-0 rounded-field border border-border-strong bg-surface px-3 py-2 text-body"
                    prop:value=picture.alt
                    on:input=move |event| picture.alt.set(event_target_value(&event))
                />
                {move || match picture.upload.get() {
                    Upload::Failed(why) => {
                        Some(
                            view! {
                                <p role="alert" class="px-1 text-small text-danger">
                                    {why}
                                </p>
                            },
                        )
                    }
                    Upload::Sending(_) | Upload::Done(_) => None,
                }}
            </div>
            <button
                type="button"
                class=super::button::ICON_BUTTON
                aria-label="Take the picture out"
                title="Take the picture out"
                on:click=move |_| composing.remove(picture.key)
            >
                <Icon name=IconName::Close />
            </button>
        </li>
    }
}

/// A line along the lower edge while the picture is on its way.
#[component]
fn Progress(picture: Picture) -> impl IntoView {
    let percent = Memo::new(move |_| match picture.upload.get() {
        Upload::Sending(percent) => Some(percent),
        Upload::Done(_) | Upload::Failed(_) => None,
    });
    view! {
        <Show when=move || percent.get().is_some()>
            <progress
                max="100"
                prop:value=move || f64::from(percent.get().unwrap_or(0))
                aria-label="Upload"
                class="absolute inset-x-0 bottom-0 h-1 w-full appearance-none bg-stage-raised [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-transparent [&::-webkit-progress-value]:bg-accent"
            ></progress>
        </Show>
    }
}
