//! What a message carries, in its bubble: a picture whose place is kept, a file to save, or a voice message to play.

use leptos::{ev, html, prelude::*};

use super::{attach::FileName, open_thread::OpenThread, voice_player::VoicePlayer, words::size_words};
use crate::{
    app::components::icon::{Icon, IconName},
    protocol::{
        attachments::{Attachment, AttachmentKind},
        ids::MessageId,
    },
};

/// The largest a picture is in a thread, in pixels.
const PICTURE_MAX: (f64, f64) = (320.0, 340.0);
/// The least: a narrow one is cut at its sides or above and below.
const PICTURE_MIN: (f64, f64) = (120.0, 90.0);

/// An attachment.
#[component]
pub fn Attached(
    /// The thread.
    open: OpenThread,
    /// The message that carries it, once it is stored.
    #[prop(optional)]
    id: Option<MessageId>,
    /// Its client id, by which this browser knows what it sent itself.
    #[prop(optional_no_strip)]
    client_id: Option<String>,
    /// What it is.
    attachment: Attachment,
    /// In place of the icon, while it is on its way: its progress.
    #[prop(optional)]
    lead: Option<ViewFn>,
) -> impl IntoView {
    match attachment.kind {
        AttachmentKind::Image => view! { <Picture open id client_id attachment lead /> }.into_any(),
        AttachmentKind::Voice => view! { <VoicePlayer open attachment lead /> }.into_any(),
        AttachmentKind::File => view! { <File attachment lead /> }.into_any(),
    }
}

/// How large a picture of this size is shown, in pixels.
fn shown_size(width: Option<u32>, height: Option<u32>) -> (u32, u32) {
    let (Some(width), Some(height)) = (width.filter(|width| *width > 0), height.filter(|height| *height > 0)) else {
        return (240, 180);
    };
    let (width, height) = (f64::from(width), f64::from(height));
    let scale = (PICTURE_MAX.0 / width).min(PICTURE_MAX.1 / height).min(1.0);
    let size = |length: f64, least: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the least and the most")]
        let size = (length * scale).max(least).round() as u32;
        size
    };
    (size(width, PICTURE_MIN.0), size(height, PICTURE_MIN.1))
}

/// Without JavaScript it leads to its file.
#[component]
fn Picture(
    open: OpenThread,
    id: Option<MessageId>,
    client_id: Option<String>,
    attachment: Attachment,
    lead: Option<ViewFn>,
) -> impl IntoView {
    let (width, height) = shown_size(attachment.width, attachment.height);
    let node = NodeRef::<html::Img>::new();
    Effect::new(move |_| {
        // What was sent from here is shown until it has come back from the server: nothing flickers.
        let sent = client_id.as_deref().and_then(crate::client::outbox::carried::url_of);
        if let (Some(image), Some(url)) = (node.get(), sent) {
            let style = web_sys::HtmlElement::style(&image);
            // Without it the picture only comes a moment later.
            let _ = style.set_property("background", &["center / cover url(\"", &url, "\")"].concat());
        }
    });
    let press = move |event: ev::MouseEvent| {
        // A press meant for another tab or window stays the browser's.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            open.picture.set(id);
        }
    };
    let label = ["Open picture ", &attachment.name].concat();
    let image = view! {
        <img
            node_ref=node
            loading="lazy"
            decoding="async"
            width=width
            height=height
            alt=attachment.name.clone()
            src=attachment.url.clone()
            class="block h-auto max-w-full bg-sunken object-cover"
        />
    };
    match lead {
        None => view! {
            <a
                href=attachment.url
                rel="external"
                aria-label=label
                class="block overflow-hidden rounded-[14px] focus-visible:outline-offset-[-3px]"
                on:click=press
            >
                {image}
            </a>
        }
        .into_any(),
        Some(lead) => view! {
            <span class="relative block overflow-hidden rounded-[14px]">
                {image}
                <span class="absolute inset-0 grid place-items-center">
                    <span class="grid place-items-center rounded-pill bg-stage-raised text-stage-text">
                        {lead.run()}
                    </span>
                </span>
            </span>
        }
        .into_any(),
    }
}

/// A file: the whole of it saves it.
#[component]
fn File(attachment: Attachment, lead: Option<ViewFn>) -> impl IntoView {
    let Attachment { name, url, size_bytes, .. } = attachment;
    let is_on_its_way = lead.is_some();
    let icon = match lead {
        Some(lead) => view! { <span class="grid shrink-0 place-items-center rounded-pill bg-ink text-ink-contrast">{lead.run()}</span> }.into_any(),
        None => view! {
            <span class="grid size-11 shrink-0 place-items-center rounded-pill bg-ink text-ink-contrast">
                <Icon name=IconName::File />
            </span>
        }
        .into_any(),
    };
    let words = view! {
        <span class="grid min-w-0 flex-1 gap-0.5 pr-1">
            <FileName name=name.clone() />
            <span class="text-small tabular-nums opacity-75">{size_words(size_bytes)}</span>
        </span>
    };
    let class = "flex w-64 max-w-full items-center gap-3 pb-0.5";
    if is_on_its_way {
        return view! { <span class=class>{icon} {words}</span> }.into_any();
    }
    let label = ["Save file ", &name, ", ", &size_words(size_bytes)].concat();
    view! {
        <a href=url download=name rel="external" class=format!("group/file {class}") aria-label=label>
            {icon}
            {words}
            <span class="grid size-8 shrink-0 place-items-center self-start rounded-pill transition-colors group-hover/file:bg-current/8">
                <Icon name=IconName::Download size=18 />
            </span>
        </a>
    }
    .into_any()
}

/// A ring that fills as a file is sent, with the way to end it in its middle.
#[component]
pub fn SendingRing(
    /// How much was sent, in percent; `None` while it waits.
    percent: Signal<Option<u8>>,
    /// What is sent.
    name: String,
    /// Ends it.
    on_cancel: Callback<()>,
) -> impl IntoView {
    let label = ["Cancel sending ", &name].concat();
    let said = ["Sending ", &name].concat();
    view! {
        <button
            type="button"
            class="relative grid size-11 place-items-center rounded-pill active:scale-[0.97]"
            aria-label=label.clone()
            title=label
            on:click=move |_| on_cancel.run(())
        >
            <svg viewBox="0 0 44 44" class="absolute inset-0 size-full -rotate-90" aria-hidden="true">
                <circle cx="22" cy="22" r="19" fill="none" stroke="currentColor" stroke-width="3" opacity="0.25" />
                <circle
                    cx="22"
                    cy="22"
                    r="19"
                    fill="none"
                    stroke="currentColor"
                    stroke-width="3"
                    stroke-linecap="round"
                    pathLength="100"
                    stroke-dasharray=move || [&percent.get().unwrap_or(0).max(2).to_string(), " 100"].concat()
                    class="transition-[stroke-dasharray]"
                />
            </svg>
            <Icon name=IconName::Close size=18 />
        </button>
        <Show when=move || percent.get().is_some()>
            <progress
                class="sr-only"
                max="100"
                aria-label=said.clone()
                prop:value=move || f64::from(percent.get().unwrap_or(0))
            ></progress>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_within_its_bounds() {
        assert_eq!(shown_size(Some(1_600), Some(900)), (320, 180));
        assert_eq!(shown_size(Some(900), Some(1_600)), (191, 340));
        assert_eq!(shown_size(Some(200), Some(150)), (200, 150));
        assert_eq!(shown_size(Some(100), Some(4_000)), (120, 340));
        assert_eq!(shown_size(Some(20), Some(10)), (120, 90));
        assert_eq!(shown_size(None, Some(10)), (240, 180));
    }
}
