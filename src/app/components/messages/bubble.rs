//! One message in a thread: a bubble, what it replies to, its time and tick, and the emoji under it; or a note.

use std::sync::Arc;

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    attachment::Attached,
    message_menu::{MessageMenu, read_by},
    open_thread::OpenThread,
    reactions::Reactions,
    ticks::{Tick, Ticks},
    words::{first_name, kind_words, message_element_id, note_words},
};
use crate::{
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            far_away::use_far_away,
            post_text::PostText,
            time::ClockTime,
        },
        profile_href,
    },
    client::live::Tail,
    protocol::{
        attachments::AttachmentKind,
        conversations::{MessageView, Quote},
        ids::{MessageId, UserId},
    },
};

/// Where a message stands in the run of its sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The first of the run.
    pub first: bool,
    /// The last of it.
    pub last: bool,
}

/// Every bubble.
pub const BUBBLE: &str = "relative flow-root min-w-0 rounded-bubble [overflow-wrap:anywhere]";
/// Room around words.
pub const OF_WORDS: &str = "px-3 pt-2 pb-[7px]";
/// A picture reaches almost to the edge.
pub const OF_PICTURE: &str = "p-1";
/// One's own.
pub const OWN: &str = "bg-bubble-own text-bubble-own-text";
const THEIRS: &str = "bg-bubble shadow-1";

/// A message or a note of a thread.
#[component]
pub fn MessageRow(
    /// The thread.
    open: OpenThread,
    /// The message.
    id: MessageId,
    /// Its place in the run.
    #[prop(into)]
    place: Signal<Place>,
    /// Whether it is the reader's newest.
    #[prop(into)]
    is_last_own: Signal<bool>,
) -> impl IntoView {
    let Some(view) = open.thread.message(id) else { return ().into_any() };
    let (is_mine, is_note) = view.with_untracked(|view| (view.sender_id == open.me, view.note.is_some()));
    if is_note {
        let words = move || view.with(|view| note_words(view, open.me));
        return view! {
            <li id=message_element_id(id) class="px-8 py-2 text-center text-small text-muted [overflow-wrap:anywhere]">
                {words}
                " "
                <EndMark open id>""</EndMark>
            </li>
        }
        .into_any();
    }
    let node = NodeRef::<html::Li>::new();
    let height = use_far_away(node, &message_element_id(id));
    let is_there = Memo::new(move |_| height.with(Option::is_none));
    let deleted = Memo::new(move |_| view.with(|view| view.deleted));
    let reactions = Memo::new(move |_| view.with(|view| view.reactions.clone()));
    let number = view.with_untracked(|view| view.number);
    let side = if is_mine { "justify-end" } else { "justify-start" };
    let gap = move || if place.get().first { "pt-3" } else { "pt-[3px]" };
    view! {
        <li
            node_ref=node
            style:height=height
            id=message_element_id(id)
            class=move || format!("group/message flex items-end gap-2 {side} {}", gap())
        >
            <Show when=move || is_there.get()>
                {(open.is_group() && !is_mine).then(|| view! { <Sender view place /> })}
                <div class=format!("flex min-w-0 max-w-[88%] flex-col medium:max-w-[80%] {}", if is_mine { "items-end" } else { "items-start" })>
                    <div class=format!("flex max-w-full gap-1 {}", if is_mine { "flex-row-reverse" } else { "" })>
                        <Bubble open id view is_mine place deleted />
                        <Show when=move || !deleted.get()>
                            <MessageMenu open id is_mine number />
                        </Show>
                    </div>
                    <Reactions open id reactions />
                    {(is_mine && open.is_group()).then(|| view! { <Readers open number is_last_own /> })}
                </div>
            </Show>
        </li>
    }
    .into_any()
}

/// The face beside the last message of a run.
#[component]
fn Sender(view: Signal<Arc<MessageView>>, place: Signal<Place>) -> impl IntoView {
    let person = view.with_untracked(|view| view.sender.clone());
    view! {
        <span class="w-8 shrink-0">
            <Show when=move || place.get().last>
                <a href=profile_href(&person.username) tabindex="-1" aria-hidden="true">
                    <Avatar person=person.clone() size=AvatarSize::S32 />
                </a>
            </Show>
        </span>
    }
}

#[component]
fn Bubble(
    open: OpenThread,
    id: MessageId,
    view: Signal<Arc<MessageView>>,
    is_mine: bool,
    place: Signal<Place>,
    deleted: Memo<bool>,
) -> impl IntoView {
    let (sender_id, sender) = view.with_untracked(|view| (view.sender_id, view.sender.clone()));
    let carried = Memo::new(move |_| view.with(|view| view.attachment.clone()));
    let is_picture = Memo::new(move |_| {
        carried.with(|carried| carried.as_ref().is_some_and(|one| one.kind == AttachmentKind::Image))
    });
    let client_id = view.with_untracked(|view| view.client_id.clone().filter(|_| is_mine));
    let shows_name = move || open.is_group() && !is_mine && place.get().first;
    let class = move || {
        let corner = match (place.get().last, is_mine) {
            (false, _) => "",
            (true, true) => "speaks-right",
            (true, false) => "speaks-left",
        };
        let room = if is_picture.get() { OF_PICTURE } else { OF_WORDS };
        format!("{BUBBLE} {room} {corner} {}", if is_mine { OWN } else { THEIRS })
    };
    let quote = Memo::new(move |_| view.with(|view| view.reply_to.clone()));
    let said = Memo::new(move |_| view.with(|view| (view.content.clone(), view.entities.clone())));
    let name = sender.full_name.clone();
    let read_aloud = if is_mine { "You: ".to_owned() } else { [&sender.full_name, ": "].concat() };
    view! {
        <div class=class>
            <Show
                when=shows_name
                fallback=move || view! { <span class="sr-only">{read_aloud.clone()}</span> }
            >
                <p
                    class=format!("text-small font-strong {}", sender_colour(sender_id))
                    class=("px-2", move || is_picture.get())
                    class=("py-1", move || is_picture.get())
                >
                    {first_name(&name)}
                </p>
            </Show>
            {move || quote.get().filter(|_| !deleted.get()).map(|quote| view! { <QuoteBlock open quote is_mine /> })}
            {move || {
                let client_id = client_id.clone();
                carried.get().map(|attachment| view! { <Attached open id client_id attachment /> })
            }}
            {move || {
                if deleted.get() {
                    return view! { <span class="text-muted italic">"This message was deleted"</span> }.into_any();
                }
                let (content, entities) = said.get();
                let room = if is_picture.get() && !content.is_empty() { "ml-2 inline-block pt-1.5 pb-1" } else { "" };
                view! {
                    <span class=format!("whitespace-pre-wrap {room}")>
                        <PostText content entities />
                    </span>
                }
                    .into_any()
            }}
            <Meta open id view is_mine />
        </div>
    }
}

/// One of three colours, always the same for a person.
fn sender_colour(id: UserId) -> &'static str {
    // Ids share the rhythm of their low bits; a multiplicative hash spreads neighbours apart.
    match (id.get().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % 3 {
        0 => "text-sender-1",
        1 => "text-sender-2",
        _ => "text-sender-3",
    }
}

/// The message that is replied to, as much as stands above; a press goes there.
#[component]
fn QuoteBlock(open: OpenThread, quote: Quote, is_mine: bool) -> impl IntoView {
    let who = if quote.sender.id == open.me { "You".to_owned() } else { quote.sender.full_name.clone() };
    let text = match quote.attachment {
        _ if quote.deleted => "This message was deleted".to_owned(),
        Some(kind) if quote.content.is_empty() => kind_words(kind).to_owned(),
        _ => quote.content.clone(),
    };
    let target = message_element_id(quote.message_id);
    let colour = if is_mine { "text-bubble-own-muted" } else { "text-muted" };
    // On one's own bubble a darker ground would take the accent's contrast.
    let ground = if is_mine { "bg-surface/45 hover:bg-surface/70" } else { "bg-current/6 hover:bg-current/10" };
    let href = ["#", &target].concat();
    let label = ["Replies to ", &who, ": ", &text].concat();
    let go = move |event: ev::MouseEvent| {
        event.prevent_default();
        go_to(open, quote.message_id);
    };
    view! {
        <a
            href=href
            class=format!("mb-1.5 block rounded-[8px] border-l-[3px] border-accent px-2.5 py-1.5 {ground}")
            aria-label=label
            on:click=go
        >
            <span class="block text-small font-strong">{who}</span>
            <span class=format!("line-clamp-2 text-small {colour}")>{text}</span>
        </a>
    }
}

/// Pages that are loaded at most to find a quoted message.
const PAGES_TO_QUOTE: usize = 20;
/// How often it is looked for at most, with what came turning up gradually.
const LOOKS_FOR_QUOTE: usize = 120;

/// Brings a message into sight, loading older pages until it is there.
fn go_to(open: OpenThread, id: MessageId) {
    open.sought.set(Some(id));
    spawn_local(async move {
        let mut pages = 0;
        for _ in 0..LOOKS_FOR_QUOTE {
            // What was just asked for stands there in a moment.
            gloo_timers::future::TimeoutFuture::new(0).await;
            // Somebody who went elsewhere, or asked for another one, is not led back.
            if open.sought.try_get_untracked() != Some(Some(id)) {
                return;
            }
            if let Some(element) = document().get_element_by_id(&message_element_id(id)) {
                return show(&element).await;
            }
            if open.thread.message(id).is_none() && open.thread.tail().get_untracked() != Tail::Loading {
                if pages == PAGES_TO_QUOTE {
                    return;
                }
                pages += 1;
                open.thread.load_older();
            }
            gloo_timers::future::TimeoutFuture::new(250).await;
        }
    });
}

/// Scrolls to a message; a glow shows which one it is.
async fn show(element: &web_sys::Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    let _ = element.class_list().add_1("glows");
    gloo_timers::future::TimeoutFuture::new(1_600).await;
    // So that it can glow again.
    let _ = element.class_list().remove_1("glows");
}

/// Time, "edited" and tick, at the end of the last line.
#[component]
fn Meta(open: OpenThread, id: MessageId, view: Signal<Arc<MessageView>>, is_mine: bool) -> impl IntoView {
    let (at, number) = view.with_untracked(|view| (view.timestamp, view.number));
    let edited = Memo::new(move |_| view.with(|view| view.edited_at.is_some() && !view.deleted));
    let reach = open.thread.conversation.reach();
    let tick = Memo::new(move |_| Tick::of(number, reach.get()));
    // Beside what stands alone in its bubble there is no last line to end: it stands in the corner, on a picture darkly.
    let is_picture = Memo::new(move |_| {
        view.with(|view| view.attachment.as_ref().is_some_and(|one| one.kind == AttachmentKind::Image))
    });
    let alone = Memo::new(move |_| {
        view.with(|view| view.attachment.as_ref().filter(|_| view.content.is_empty()).map(|one| one.kind))
    });
    let class = move || {
        let colour = if is_mine { "text-bubble-own-muted" } else { "text-muted" };
        let place = match alone.get() {
            None if is_picture.get() => "float-right mt-2.5 mr-2 mb-0.5 ml-3",
            None => "float-right mt-1.5 ml-3",
            Some(AttachmentKind::Image) => return ON_PICTURE.to_owned(),
            Some(AttachmentKind::Voice | AttachmentKind::File) => "absolute right-3 bottom-[7px]",
        };
        format!("inline-flex items-center gap-1 text-micro tabular-nums {place} {colour}")
    };
    view! {
        <span class=class>
            <Show when=move || edited.get()>"edited"</Show>
            <EndMark open id>
                <ClockTime at />
            </EndMark>
            {is_mine.then(|| view! { <Ticks tick /> })}
        </span>
    }
}

const ON_PICTURE: &str = "absolute right-2.5 bottom-2.5 inline-flex h-5 items-center gap-1 rounded-pill bg-stage-raised px-2 text-micro tabular-nums text-stage-text [&_[data-tick=Read]]:text-[#ff9464]";

/// What is watched to know whether the message was seen to its end.
#[component]
fn EndMark(open: OpenThread, id: MessageId, children: Children) -> impl IntoView {
    let node = NodeRef::<html::Span>::new();
    Effect::new(move |_| {
        if let Some(end) = node.get() {
            open.reading.add(&end);
        }
    });
    view! { <span node_ref=node data-end-of=id.get().to_string()>{children()}</span> }
}

/// "Read by 2" under the reader's newest message of a group.
#[component]
fn Readers(open: OpenThread, number: u64, is_last_own: Signal<bool>) -> impl IntoView {
    let readers = Memo::new(move |_| if is_last_own.get() { read_by(open, number) } else { (0, String::new()) });
    move || {
        let (count, names) = readers.get();
        (count > 0).then(|| view! { <p class="px-1 pt-0.5 text-micro text-muted" title=names>"Read by " {count}</p> })
    }
}
