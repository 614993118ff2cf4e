//! The pictures of a thread shown whole, one after the other.

use leptos::prelude::*;

use super::open_thread::OpenThread;
use crate::{
    app::components::lightbox::{Lightbox, WholePicture},
    protocol::{attachments::AttachmentKind, conversations::MessageView, ids::MessageId},
};

/// Opens at the picture that was pressed; arrows go through all that are loaded.
#[component]
pub fn ThreadLightbox(
    /// The thread.
    open: OpenThread,
) -> impl IntoView {
    move || {
        let wanted = open.picture.get()?;
        let all = pictures(open);
        let at = RwSignal::new(all.iter().position(|(id, _)| *id == wanted));
        Effect::new(move |_| {
            if at.get().is_none() {
                open.picture.set(None);
            }
        });
        let pictures = StoredValue::new(all.into_iter().map(|(_, picture)| picture).collect());
        Some(view! { <Lightbox pictures open=at /> })
    }
}

fn pictures(open: OpenThread) -> Vec<(MessageId, WholePicture)> {
    let ids = open.thread.messages().get_untracked();
    ids.into_iter().filter_map(|id| Some((id, whole(&open.message(id)?)?))).collect()
}

fn whole(message: &MessageView) -> Option<WholePicture> {
    let attachment = message.attachment.as_ref().filter(|attachment| attachment.kind == AttachmentKind::Image)?;
    Some(WholePicture {
        url: attachment.url.clone(),
        alt: if message.content.is_empty() { attachment.name.clone() } else { message.content.clone() },
        size: attachment.width.zip(attachment.height),
        name: Some(attachment.name.clone()),
    })
}
