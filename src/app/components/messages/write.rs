//! Where one writes in a thread: Enter sends, Shift and Enter begin a new line, what is not sent stays as a draft.

use leptos::{ev, html, prelude::*, server_fn::ServerFn, task::spawn_local};
use wasm_bindgen::JsCast as _;

use super::{
    attach::{AttachButton, PickedStrip, PlainFile},
    open_thread::OpenThread,
    voice_recorder::{RecordButton, RecordingBar},
    words::{conversation_href, conversation_name, said_line},
};
use crate::{
    api::conversations::{EditMessage, SEND_FORM_HREF, edit_message},
    app::{
        components::{
            counter::Counter,
            dropped_files::pasted_files,
            form::{FormNotice, FormState},
            icon::{Icon, IconName},
            mention_input::MentionInput,
            toast::use_toasts,
        },
        composing::fresh_uuid,
    },
    client::drafts::Draft,
    protocol::{
        conversations::{ConversationItem, MessageView},
        ids::MessageId,
        limits::MESSAGE_MAX_CHARS,
    },
};

const BAR: &str = "border-t border-border bg-surface px-3 py-2.5 medium:px-4";
const BOX: &str = "flex min-h-11 flex-1 items-center gap-2 rounded-[22px] bg-sunken py-1 pr-2 pl-4 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus";

/// The bar under a thread: a new message, or the text of one that is being changed.
#[component]
pub fn Write(
    /// The thread.
    open: OpenThread,
    /// The conversation as it was opened.
    item: ConversationItem,
) -> impl IntoView {
    let form = FormState::plain_keyed(SEND_FORM_HREF, "id", &open.id.get().to_string());
    let typed = form.typed("content").unwrap_or_else(|| item.mine.draft.clone());
    let place = ["message:", &open.id.get().to_string()].concat();
    let draft = Draft::open_shared(open.me, &place, &typed);
    follow_other_devices(open, draft, item.mine.draft.clone());
    let name = StoredValue::new(conversation_name(&item.conversation, open.me));
    move || match open.editing.get() {
        Some(id) => view! { <EditForm open id /> }.into_any(),
        None => view! { <SendForm open form draft name=name.get_value() /> }.into_any(),
    }
}

/// What another device wrote takes the place of what stands here, unless somebody writes here now.
fn follow_other_devices(open: OpenThread, draft: Draft, first: String) {
    let item = open.thread.conversation.item();
    let stored = Memo::new(move |_| item.with(|item| item.as_ref().map(|item| item.mine.draft.clone())));
    Effect::new(move |before: Option<String>| {
        let before = before.unwrap_or_else(|| first.clone());
        let Some(now) = stored.get() else { return before };
        let writes_here = open.composer.get_untracked().is_some_and(|area| {
            document().active_element().is_some_and(|active| area.is_same_node(Some(&active)))
                && document().has_focus().unwrap_or(false)
        });
        if now != before && !writes_here && draft.text().with_untracked(|text| *text != now) {
            draft.text().set(now.clone());
        }
        now
    });
}

#[component]
fn SendForm(open: OpenThread, form: FormState, draft: Draft, name: String) -> impl IntoView {
    let text = draft.text();
    let (attaching, too_long) = (open.attaching, open.attaching.fault);
    let is_empty = Memo::new(move |_| text.with(|text| text.trim().is_empty()) && attaching.picked.with(Vec::is_empty));
    let send = Callback::new(move |()| send_now(open, draft));
    let fault = form.fault("content");
    let fault = Signal::derive(move || too_long.get().or_else(|| fault.get()));
    // Each change by a key is told; what comes from another device is not.
    let on_input = move |event: ev::Event| {
        // A chosen file is told too, and is no text.
        if event.target().is_some_and(|target| target.has_type::<web_sys::HtmlTextAreaElement>()) {
            too_long.set(None);
            open.thread.typed(&event_target_value(&event));
        }
    };
    let on_key = Callback::new(move |event: ev::KeyboardEvent| match event.key().as_str() {
        "ArrowUp" if text.with_untracked(String::is_empty) => {
            if let Some(id) = open.last_own() {
                event.prevent_default();
                open.edit(id);
            }
        }
        "Escape" if open.replying.with_untracked(Option::is_some) => open.replying.set(None),
        _ => {}
    });
    let typed = text.get_untracked();
    Effect::new(move |_| focus_where_keys_are(open.composer));
    view! {
        <form
            method="post"
            action=SEND_FORM_HREF
            enctype="multipart/form-data"
            class=format!("{BAR} writes")
            on:input=on_input
            on:paste=move |event| {
                if let Some(files) = pasted_files(&event) {
                    attaching.add_files(&files);
                }
            }
            on:focusout=move |_| open.thread.typing_ended()
            on:submit=move |event| {
                event.prevent_default();
                send.run(());
            }
        >
            <input type="hidden" name="id" value=open.id.get().to_string() />
            <ReplyBar open />
            <PickedStrip attaching />
            <Show when=move || open.voicing.is_on()>
                <RecordingBar open />
            </Show>
            <div class="flex items-end gap-1 medium:gap-2" class=("hidden", move || open.voicing.is_on())>
                <AttachButton attaching />
                <div class=BOX>
                    <MentionInput
                        id="write-message"
                        label=["Message ", &name].concat()
                        placeholder="Message"
                        text
                        typed
                        on_send=send
                        enter_sends=true
                        up=true
                        on_key=on_key
                        fault_id=Signal::derive(move || fault.with(Option::is_some).then(|| "write-message-fault".to_owned()))
                        node=open.composer
                        class="max-h-40! py-1.5 text-lead font-normal medium:text-body"
                    />
                    <Counter text max=MESSAGE_MAX_CHARS />
                </div>
                <RecordButton open />
                <SendButton is_empty label="Send" icon=IconName::Send />
            </div>
            <PlainFile form />
            <Fault fault />
            <div class="not-empty:pt-2 empty:hidden">
                <FormNotice form />
            </div>
        </form>
    }
}

/// Hands the text to the outbox, which keeps it until the server has it.
fn send_now(open: OpenThread, draft: Draft) {
    let too_long = open.attaching.fault;
    let content = draft.text().get_untracked().trim().to_owned();
    let has_files = open.attaching.picked.with_untracked(|picked| !picked.is_empty());
    if content.is_empty() && !has_files {
        return;
    }
    let over = content.chars().count().saturating_sub(MESSAGE_MAX_CHARS);
    if over > 0 {
        let noun = if over == 1 { " character" } else { " characters" };
        too_long.set(Some(["The message is ", &over.to_string(), noun, " too long."].concat()));
        return;
    }
    let reply_to = open.replying.get_untracked();
    let is_taken = if has_files {
        send_picked(open, content, reply_to)
    } else {
        open.thread.send(fresh_uuid(), content, reply_to)
    };
    if !is_taken {
        too_long.set(Some("Too many messages wait for the connection. Send this one later.".to_owned()));
        return;
    }
    too_long.set(None);
    draft.take_out(&draft.text().get_untracked());
    open.thread.typed("");
    open.replying.set(None);
    open.to_end();
}

/// The first file carries the text; each of the others becomes a message of its own. What the outbox does not take stays.
fn send_picked(open: OpenThread, content: String, reply_to: Option<MessageId>) -> bool {
    let (mut content, mut reply_to) = (content, reply_to);
    while let Some(next) = open.attaching.picked.with_untracked(|picked| picked.first().cloned()) {
        let text = std::mem::take(&mut content);
        if !open.thread.send_carrying(next.client_id, text, reply_to.take(), Some(next.carries)) {
            return false;
        }
        open.attaching.picked.update(|picked| drop(picked.remove(0)));
    }
    true
}

/// Whoever has a keyboard can write at once; on a phone that would raise one over what they came to read.
fn focus_where_keys_are(node: NodeRef<html::Textarea>) {
    let Some(area) = node.get() else { return };
    if window().match_media("(pointer: fine)").ok().flatten().is_some_and(|query| query.matches()) {
        let end = u32::try_from(area.value().encode_utf16().count()).unwrap_or(0);
        // A box that has just gone takes no focus, and need not.
        let _ = area.focus();
        let _ = area.set_selection_range(end, end);
    }
}

#[component]
fn Fault(fault: Signal<Option<String>>) -> impl IntoView {
    move || {
        fault.get().map(|fault| {
            view! {
                <p id="write-message-fault" role="alert" class="flex items-center gap-1.5 px-4 pt-1.5 text-small text-danger">
                    <Icon name=IconName::Alert size=16 />
                    {fault}
                </p>
            }
        })
    }
}

/// Quiet until something is written.
#[component]
fn SendButton(is_empty: Memo<bool>, label: &'static str, icon: IconName) -> impl IntoView {
    let look = move || {
        let colour = if is_empty.get() {
            "bg-sunken text-muted"
        } else {
            "bg-accent text-accent-contrast hover:bg-accent-hover"
        };
        format!(
            "grid size-11 shrink-0 place-items-center rounded-pill transition-[background-color,scale] active:scale-[0.97] unless-empty {colour}",
        )
    };
    view! {
        <button type="submit" aria-label=label title=label class=look>
            <Icon name=icon size=22 />
        </button>
    }
}

/// What is being replied to, over the box.
#[component]
fn ReplyBar(open: OpenThread) -> impl IntoView {
    move || {
        let message = open.message(open.replying.get()?)?;
        let id = message.message_id;
        let who = if message.sender_id == open.me { "yourself" } else { message.sender.full_name.as_str() };
        Some(view! {
            <input type="hidden" name="reply_to" value=id.get().to_string() />
            <Above
                title=["Replying to ", who].concat()
                text=said_line(&message)
                label="Do not reply"
                href=conversation_href(open.id)
                on_close=Callback::new(move |()| open.replying.set(None))
            />
        })
    }
}

/// A line over the box, with the way out of it.
#[component]
fn Above(title: String, text: String, label: &'static str, href: String, on_close: Callback<()>) -> impl IntoView {
    view! {
        <div class="mb-2 flex items-center gap-3 rounded-[8px] border-l-[3px] border-accent bg-sunken py-1.5 pr-1 pl-3">
            <div class="min-w-0 flex-1 text-small">
                <p class="font-strong text-accent-text">{title}</p>
                <p class="truncate text-muted">{text}</p>
            </div>
            <a
                href=href
                class=crate::app::components::button::ICON_BUTTON
                aria-label=label
                title=label
                on:click=move |event: ev::MouseEvent| {
                    event.prevent_default();
                    on_close.run(());
                }
            >
                <Icon name=IconName::Close size=18 />
            </a>
        </div>
    }
}

/// Changes the text of a message: Enter keeps it, Esc leaves it as it was.
#[component]
fn EditForm(open: OpenThread, id: MessageId) -> impl IntoView {
    let Some(message) = open.message(id) else { return ().into_any() };
    let form = FormState::keyed(ServerAction::<EditMessage>::new(), "id", &id.get().to_string());
    let content = form.typed("content").unwrap_or(message.content.clone());
    let text = RwSignal::new(content.clone());
    let (busy, refusal) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let fault = form.fault("content");
    let fault = Signal::derive(move || refusal.get().or_else(|| fault.get()));
    let done = Callback::new(move |()| {
        open.editing.set(None);
        open.focus_composer();
    });
    let may_be_empty = message.attachment.is_some();
    let save = Callback::new(move |()| {
        if may_be_empty || text.with_untracked(|text| !text.trim().is_empty()) {
            save_edit(id, text, busy, refusal, done);
        }
    });
    let on_key = Callback::new(move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            done.run(());
        }
    });
    let (node, is_empty) = (NodeRef::new(), Memo::new(move |_| text.with(|text| text.trim().is_empty())));
    Effect::new(move |_| focus_where_keys_are(node));
    view! {
        <form
            method="post"
            action=EditMessage::url()
            class=BAR
            on:submit=move |event| {
                event.prevent_default();
                save.run(());
            }
        >
            <input type="hidden" name="id" value=id.get().to_string() />
            <Above
                title="Editing your message".to_owned()
                text=said_line(&message)
                label="Leave it as it was"
                href=conversation_href(open.id)
                on_close=done
            />
            <div class="flex items-end gap-2">
                <div class=BOX>
                    <MentionInput
                        id="edit-message"
                        label="Text of your message"
                        placeholder="Message"
                        text
                        typed=content
                        on_send=save
                        enter_sends=true
                        up=true
                        on_key=on_key
                        fault_id=Signal::derive(move || fault.with(Option::is_some).then(|| "write-message-fault".to_owned()))
                        node
                        class="max-h-40! py-1.5 text-lead font-normal medium:text-body"
                    />
                    <Counter text max=MESSAGE_MAX_CHARS />
                </div>
                <SendButton is_empty label="Save" icon=IconName::Check />
            </div>
            <Fault fault />
        </form>
    }
    .into_any()
}

fn save_edit(
    id: MessageId,
    text: RwSignal<String>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
    done: Callback<()>,
) {
    let content = text.get_untracked().trim().to_owned();
    if busy.get_untracked() {
        return;
    }
    busy.set(true);
    refusal.set(None);
    spawn_local(async move {
        let answer: Result<MessageView, _> = edit_message(id, content).await;
        busy.try_set(false);
        match answer {
            Ok(_) => {
                done.try_run(());
            }
            Err(error) => {
                let why = error.message_for("content").map_or(error.message.clone(), str::to_owned);
                refusal.try_set(Some(why));
            }
        }
    });
}

/// Asks before a message is deleted for everyone.
#[component]
pub fn DeleteDialog(
    /// The thread.
    open: OpenThread,
) -> impl IntoView {
    use crate::{api::conversations::delete_message, app::components::dialog::ConfirmDialog};
    let toasts = use_toasts();
    let shown = RwSignal::new(false);
    let wanted = RwSignal::new(None::<MessageId>);
    Effect::new(move |_| {
        if let Some(id) = open.deleting.get() {
            wanted.set(Some(id));
            shown.set(true);
            open.deleting.set(None);
        }
    });
    let delete = Callback::new(move |()| {
        let Some(id) = wanted.get_untracked() else { return };
        spawn_local(async move {
            if let Err(error) = delete_message(id).await {
                toasts.say(error.message);
            }
        });
        open.focus_composer();
    });
    view! {
        <ConfirmDialog
            id="delete-message"
            open=shown
            title="Delete this message?"
            text="It goes for everyone in this conversation. This cannot be undone."
            yes="Delete"
            no="Keep"
            on_yes=delete
        />
    }
}
