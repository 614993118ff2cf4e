//! Everything live: where sockets are, what they tell and take, and why they are closed.

use leptos::prelude::*;

use super::{CODE, ChoiceList, FieldList, Json, PROSE, ReferencePage, SECTION, SUMMARY};
use crate::{
    api::reference::everything_live,
    protocol::reference::{ChannelInfo, FrameInfo, LiveReference},
};

/// The page.
#[component]
pub fn LiveReferencePage() -> impl IntoView {
    let reference = Resource::new_blocking(|| (), |()| everything_live());
    let show = |reference| view! { <All reference /> }.into_any();
    view! {
        <ReferencePage name="Live" reference show>
            "What happens comes over sockets. A token goes into "
            <code class=CODE>"Authorization: Bearer"</code> " or behind the address, as " <code class=CODE>"?token="</code>
            ". Counts are absolute and carry a version, so an event that comes twice changes nothing. Try it in the "
            <a href="/api/docs/console" class="text-accent-text underline">"console"</a> "."
        </ReferencePage>
    }
}

#[component]
fn All(reference: LiveReference) -> impl IntoView {
    view! {
        <section aria-labelledby="sockets" class=SECTION>
            <h2 id="sockets" class="pb-1 text-heading">
                "Sockets"
            </h2>
            <div class="divide-y divide-border">
                {reference.channels.into_iter().map(|channel| view! { <Channel channel /> }).collect_view()}
            </div>
        </section>
        <section aria-labelledby="events" class=SECTION>
            <h2 id="events" class="pb-1 text-heading">
                "Events"
            </h2>
            <Frames frames=reference.events />
        </section>
        <section aria-labelledby="commands" class=SECTION>
            <h2 id="commands" class="pb-1 text-heading">
                "Commands"
            </h2>
            <Frames frames=reference.commands />
        </section>
        <section aria-labelledby="close-codes" class=SECTION>
            <h2 id="close-codes" class="pb-1 text-heading">
                "Close codes"
            </h2>
            <ChoiceList choices=reference.close_codes />
        </section>
    }
}

#[component]
fn Channel(channel: ChannelInfo) -> impl IntoView {
    // Of the native socket everything stands below.
    let is_native = channel.name == "native";
    view! {
        <div class="grid gap-1 py-3">
            <h3>
                <code class=format!("{CODE} font-strong")>{channel.address}</code>
            </h3>
            <p class=PROSE>{channel.words}</p>
            {(!is_native)
                .then(|| {
                    view! {
                        <p class="text-meta">
                            "Tells " <span class=format!("{CODE} text-muted")>{channel.tells.join(", ")}</span>
                        </p>
                        <p class="text-meta">
                            "Takes " <span class=format!("{CODE} text-muted")>{channel.takes.join(", ")}</span>
                        </p>
                    }
                })}
        </div>
    }
}

#[component]
fn Frames(frames: Vec<FrameInfo>) -> impl IntoView {
    let frames = frames.into_iter().map(|frame| {
        let label = format!("Example of {}", frame.kind);
        view! {
            <details>
                <summary class=SUMMARY>
                    <code class=format!("{CODE} font-strong")>{frame.kind}</code>
                    <span class="w-full text-meta text-muted">{frame.words}</span>
                </summary>
                <div class="pb-3">
                    <FieldList fields=frame.fields />
                    <Json text=frame.example label />
                </div>
            </details>
        }
    });
    view! { <div class="divide-y divide-border">{frames.collect_view()}</div> }
}
