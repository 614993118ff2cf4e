//! One message in a thread: a bubble, what it replies to, its time and tick, and the emoji under it; or a note.

use std::sync::Arc;

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    message_menu::{MessageMenu, read_by},
    open_thread::OpenThread,
    reactions::Reactions,
    ticks::{Tick, Ticks},
    words::{first_name, message_element_id, note_words},
};
use crate::{
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            icon::{Icon, IconName},
            post_text::PostText,
            time::ClockTime,
        },
        profile_href,
    },
    client::outbox::{Sending, Shown},
    protocol::{
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

const BUBBLE: &str = "flow-root min-w-0 rounded-bubble px-3 pt-2 pb-[7px] [overflow-wrap:anywhere]";
const OWN: &str = "bg-bubble-own text-bubble-own-text";
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
    let deleted = Memo::new(move |_| view.with(|view| view.deleted));
    let reactions = Memo::new(move |_| view.with(|view| view.reactions.clone()));
    let number = view.with_untracked(|view| view.number);
    let side = if is_mine { "justify-end" } else { "justify-start" };
    let gap = move || if place.get().first { "pt-3" } else { "pt-[3px]" };
    view! {
        <li id=message_element_id(id) class=move || format!("group/message flex items-end gap-2 {side} {}", gap())>
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
    let shows_name = move || open.is_group() && !is_mine && place.get().first;
    let class = move || {
        let corner = match (place.get().last, is_mine) {
            (false, _) => "",
            (true, true) => "speaks-right",
            (true, false) => "speaks-left",
        };
        format!("{BUBBLE} {corner} {}", if is_mine { OWN } else { THEIRS })
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
                <p class=format!("text-small font-strong {}", sender_colour(sender_id))>{first_name(&name)}</p>
            </Show>
            {move || quote.get().filter(|_| !deleted.get()).map(|quote| view! { <QuoteBlock open quote is_mine /> })}
            {move || {
                if deleted.get() {
                    return view! { <span class="text-muted italic">"This message was deleted"</span> }.into_any();
                }
                let (content, entities) = said.get();
                view! {
                    <span class="whitespace-pre-wrap">
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
    let text = if quote.deleted { "This message was deleted".to_owned() } else { quote.content.clone() };
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

/// Brings a message into sight, loading older pages until it is there.
fn go_to(open: OpenThread, id: MessageId) {
    spawn_local(async move {
        for _ in 0..PAGES_TO_QUOTE {
            if let Some(element) = document().get_element_by_id(&message_element_id(id)) {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Center);
                element.scroll_into_view_with_scroll_into_view_options(&options);
                // A glow shows which one it is; it is taken away so that it can glow again.
                let _ = element.class_list().add_1("glows");
                gloo_timers::future::TimeoutFuture::new(1_600).await;
                let _ = element.class_list().remove_1("glows");
                return;
            }
            open.thread.load_older();
            gloo_timers::future::TimeoutFuture::new(250).await;
        }
    });
}

/// Time, "edited" and tick, at the end of the last line.
#[component]
fn Meta(open: OpenThread, id: MessageId, view: Signal<Arc<MessageView>>, is_mine: bool) -> impl IntoView {
    let (at, number) = view.with_untracked(|view| (view.timestamp, view.number));
    let edited = Memo::new(move |_| view.with(|view| view.edited_at.is_some() && !view.deleted));
    let reach = open.thread.conversation.reach();
    let tick = Memo::new(move |_| Tick::of(number, reach.get()));
    let colour = if is_mine { "text-bubble-own-muted" } else { "text-muted" };
    view! {
        <span class=format!("float-right mt-1.5 ml-3 inline-flex items-center gap-1 text-micro tabular-nums {colour}")>
            <Show when=move || edited.get()>"edited"</Show>
            <EndMark open id>
                <ClockTime at />
            </EndMark>
            {is_mine.then(|| view! { <Ticks tick /> })}
        </span>
    }
}

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

/// A message that is not stored yet, in its place at the end.
#[component]
pub fn UnsentRow(
    /// The thread.
    open: OpenThread,
    /// Its client id.
    client_id: String,
) -> impl IntoView {
    let all = open.thread.conversation.unsent();
    let wanted = client_id.clone();
    let shown = Memo::new(move |_| all.with(|all| all.iter().find(|one| one.message.client_id == wanted).cloned()));
    move || {
        let client_id = client_id.clone();
        shown.get().map(|shown| {
            let failed = matches!(shown.sending, Sending::Failed(_));
            let look = if failed { "bg-danger-soft text-text outline-[1.5px] outline-danger" } else { OWN };
            view! {
                <li class="flex flex-col items-end pt-[3px]">
                    <div class=format!("{BUBBLE} max-w-[80%] speaks-right {look}")>
                        <span class="sr-only">"You: "</span>
                        <span class="whitespace-pre-wrap">{shown.message.content.clone()}</span>
                        {(!failed)
                            .then(|| {
                                view! {
                                    <span class="float-right mt-1.5 ml-3 inline-flex text-bubble-own-muted">
                                        <Ticks tick=Signal::stored(Tick::Sending) />
                                    </span>
                                }
                            })}
                    </div>
                    <Fate open shown client_id />
                </li>
            }
        })
    }
}

/// Retry and Delete under a message that was refused; Delete under one that waits for long.
#[component]
fn Fate(open: OpenThread, shown: Shown, client_id: String) -> impl IntoView {
    let act = "font-strong text-text underline underline-offset-3 touch-area";
    let (again, gone) = (client_id.clone(), client_id);
    let Sending::Failed(failure) = shown.sending else {
        return (shown.sending == Sending::Waiting)
            .then(|| {
                view! {
                    <p class="flex gap-2 pt-1 text-small text-muted">
                        "Waiting for the connection"
                        <button type="button" class=act on:click=move |_| open.thread.cancel(gone.clone())>
                            "Delete"
                        </button>
                    </p>
                }
            })
            .into_any();
    };
    view! {
        <div role="alert" class="flex flex-wrap items-center justify-end gap-x-2 pt-1 text-small">
            <span class="flex items-center gap-1.5 font-strong text-danger">
                <Icon name=IconName::Alert size=16 />
                "Not sent. "
                <span class="font-normal">{failure.reason}</span>
            </span>
            {failure
                .retryable
                .then(|| {
                    view! {
                        <button type="button" class=act on:click=move |_| open.thread.retry(again.clone())>
                            "Retry"
                        </button>
                        <span aria-hidden="true">"·"</span>
                    }
                })}
            <button type="button" class=act on:click=move |_| open.thread.cancel(gone.clone())>
                "Delete"
            </button>
        </div>
    }
    .into_any()
}
