//! Where one writes a post: a line at the head of the feed that grows, or a sheet. Without JavaScript a plain form with
//! text and files in one go.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;

use super::{
    avatar::Avatar,
    button::{ButtonKind, ButtonSize, ICON_BUTTON, button_class},
    composer_pictures::ComposerPictures,
    counter::Counter,
    dialog::Dialog,
    dropped_files::{brings_files, dropped_files, pasted_files},
    icon::{Icon, IconName},
    mention_input::MentionInput,
    time::use_clock,
};
use crate::{
    app::{
        composing::{Composing, use_composing},
        facts::use_viewer,
        refused::RefusedForm,
    },
    protocol::{
        errors::ApiError,
        limits::{POST_MAX_CHARS, POST_MAX_IMAGES},
        views::Audience,
    },
};

/// Where a browser without JavaScript sends a post with its pictures.
pub const PUBLISH_HREF: &str = "/sfn/posts/publish";
/// What can be shown.
const PICTURES: &str = "image/jpeg,image/png,image/webp,image/gif";

/// The composer at the head of the feed; on a phone it is a sheet instead.
#[component]
pub fn ComposerHead() -> impl IntoView {
    view! {
        <section
            id="compose"
            aria-label="New post"
            class="hidden border-b border-border px-4 py-4 medium:block medium:px-5 scriptless:block"
        >
            <Composer id="compose-text" roomy=false />
        </section>
    }
}

/// The composer as a dialog over any page; everything marked `data-compose` opens it, unless the one at the head of the
/// feed is in sight.
#[component]
pub fn ComposerSheet() -> impl IntoView {
    let composing = use_composing();
    let open = composing.sheet;
    open_on_press(open);
    Effect::new(move |_| {
        // Post was pressed before the page woke, and led to the composer's place.
        if window().location().hash().is_ok_and(|hash| hash == "#compose") && !focus_head() {
            open.set(true);
            forget_hash();
        }
    });
    view! {
        <Dialog id="compose-sheet" open title="New post" sheet=true large=true>
            <Show when=move || open.get()>
                <Composer id="compose-sheet-text" roomy=true />
            </Show>
        </Dialog>
    }
}

/// The form itself.
#[component]
fn Composer(
    /// Of its text box.
    id: &'static str,
    /// Has room for several lines from the start.
    roomy: bool,
) -> impl IntoView {
    let composing = use_composing();
    let viewer = use_viewer();
    let refused = use_context::<RefusedForm>().filter(|form| form.action == PUBLISH_HREF && form.error.is_some());
    let typed = refused.as_ref().and_then(|form| form.value("content").map(str::to_owned)).unwrap_or_default();
    let fault = Signal::derive({
        let refused = refused.and_then(|form| form.error);
        move || composing.refusal.get().or_else(|| refused.clone())
    });
    // Once it was used it stays open: nothing below may move twice.
    let opened = RwSignal::new(roomy || !typed.is_empty());
    let is_open = Memo::new(move |_| {
        opened.get() || !composing.draft.text().with(String::is_empty) || !composing.pictures.with(Vec::is_empty)
    });
    Effect::new(move |_| {
        if composing.posted.with(Option::is_some) {
            opened.set(roomy);
        }
    });
    let node = NodeRef::<html::Textarea>::new();
    if roomy {
        Effect::new(move |_| {
            if let Some(area) = node.get() {
                // The dialog opens in the same turn and takes focus first.
                request_animation_frame(move || drop(area.focus()));
            }
        });
    }
    let dropping = RwSignal::new(false);
    let send = Callback::new(move |()| composing.send());
    let fault_id = [id, "-fault"].concat();
    let described = fault_id.clone();
    view! {
        <form
            method="post"
            action=PUBLISH_HREF
            enctype="multipart/form-data"
            class="flex gap-3"
            class=("outline-2", move || dropping.get())
            class=("outline-offset-8", move || dropping.get())
            class=("outline-focus", move || dropping.get())
            class=("rounded-field", move || dropping.get())
            on:dragover=move |event| {
                if brings_files(&event) {
                    event.prevent_default();
                    dropping.set(true);
                }
            }
            on:dragleave=move |_| dropping.set(false)
            on:drop=move |event| {
                dropping.set(false);
                if let Some(files) = dropped_files(&event) {
                    composing.add_files(&files);
                }
            }
            on:submit=move |event| {
                event.prevent_default();
                send.run(());
            }
            on:focusin=move |_| opened.set(true)
            on:paste=move |event| {
                if let Some(files) = pasted_files(&event) {
                    composing.add_files(&files);
                }
            }
        >
            {(!roomy).then_some(move || viewer.person().map(|person| view! { <Avatar person /> }))}
            <div class="flex min-w-0 flex-1 flex-wrap items-center gap-x-1 gap-y-2">
                <div class=move || if is_open.get() { "flex min-w-0 basis-full" } else { "flex min-w-0 flex-1" }>
                    <MentionInput
                        id
                        label="Text of the post"
                        placeholder="What’s going on?"
                        text=composing.draft.text()
                        typed
                        on_send=send
                        fault_id=Signal::derive(move || fault.with(Option::is_some).then(|| described.clone()))
                        node
                        class=if roomy {
                            "min-h-32 py-2.5 text-lead font-normal"
                        } else {
                            "min-h-11 py-2.5 text-lead font-normal"
                        }
                    />
                </div>
                <ComposerPictures composing />
                <Fault id=fault_id fault />
                <PictureButton composing is_open />
                <AudienceChoice composing is_open />
                <span class=move || if is_open.get() { "flex-1" } else { "" }></span>
                <Counter text=composing.draft.text() max=POST_MAX_CHARS />
                <SendButton composing />
            </div>
        </form>
    }
}

#[component]
fn Fault(id: String, fault: Signal<Option<ApiError>>) -> impl IntoView {
    move || {
        let id = id.clone();
        fault.get().map(move |fault| {
            view! {
                <p id=id role="alert" class="flex basis-full items-start gap-2 text-meta text-danger">
                    <Icon name=IconName::Alert size=16 class="mt-0.5" />
                    <span>{fault.message}</span>
                </p>
            }
        })
    }
}

/// Quiet until there is something to send. Never disabled in the page's first form: a plain form must be sendable. What
/// stands in the way is said when it is pressed.
#[component]
fn SendButton(composing: Composing) -> impl IntoView {
    let is_empty = Memo::new(move |_| composing.is_empty());
    let can_send = Memo::new(move |_| !(is_empty.get() || composing.busy.get()) && composing.obstacle().is_none());
    let clock = use_clock();
    let class = move || {
        let kind = if can_send.get() { ButtonKind::Accent } else { ButtonKind::Quiet };
        let tone = if can_send.get() { "" } else { " text-muted!" };
        [button_class(kind, ButtonSize::Medium, false).as_str(), tone].concat()
    };
    view! {
        <button
            type="submit"
            class=class
            aria-disabled=move || (clock.is_awake() && is_empty.get()).then_some("true")
            aria-busy=move || composing.busy.get().then_some("true")
        >
            {move || if composing.busy.get() { "Posting…" } else { "Post" }}
        </button>
    }
}

/// Chooses pictures. Without JavaScript the browser's own file button, and a field for each picture's description.
#[component]
fn PictureButton(composing: Composing, is_open: Memo<bool>) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let take = move || {
        let Some(input) = node.get_untracked() else { return };
        if let Some(files) = input.files().filter(|files| files.length() > 0) {
            composing.add_files(&files);
            // Emptied, so that the same file can be chosen again.
            input.set_value("");
        }
    };
    Effect::new(move |_| {
        // Files may have been chosen before the page woke.
        if node.get().is_some() {
            take();
        }
    });
    let plain = (0..POST_MAX_IMAGES).map(|at| {
        view! {
            <input
                name="alt"
                aria-label=["Description of picture ", &(at + 1).to_string()].concat()
                placeholder=["What picture ", &(at + 1).to_string(), " shows"].concat()
                class="rounded-field border border-border-strong bg-surface px-3 py-2"
            />
        }
    });
    view! {
        <label
            // On a line of its own the icon stands on the text's edge.
            class=("-ml-2.5", move || is_open.get())
            class=format!(
                "{ICON_BUTTON} size-10 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus scriptless:flex scriptless:size-auto",
            )
            title="Add pictures"
        >
            <span class="sr-only">"Add pictures"</span>
            <Icon name=IconName::Image size=22 />
            <input
                node_ref=node
                type="file"
                name="file"
                multiple
                accept=PICTURES
                class="sr-only scriptless:not-sr-only"
                on:change=move |_| take()
            />
        </label>
        <details class="hidden basis-full scriptless:block">
            <summary class="text-meta text-muted">"Describe the pictures"</summary>
            <div class="mt-2 grid gap-2">{plain.collect_view()}</div>
        </details>
    }
}

/// Everyone, followers or connections.
#[component]
fn AudienceChoice(composing: Composing, is_open: Memo<bool>) -> impl IntoView {
    let choose = move |event: ev::Event| composing.audience.set(audience_named(&event_target_value(&event)));
    let is_public = Memo::new(move |_| composing.audience.get() == Audience::Public);
    let node = NodeRef::<html::Select>::new();
    Effect::new(move |woken: Option<bool>| {
        let Some(select) = node.get() else { return false };
        // A choice made before the page woke counts.
        let chosen = audience_named(&select.value());
        if woken != Some(true) && chosen != Audience::Public {
            composing.audience.set(chosen);
        }
        select.set_value(audience_value(composing.audience.get()));
        true
    });
    view! {
        <label class=move || {
            let shown = if is_open.get() { "flex" } else { "hidden scriptless:flex" };
            [
                shown,
                " relative h-9 items-center gap-1.5 rounded-pill px-2.5 text-meta text-muted hover:bg-sunken hover:text-text focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus",
            ]
                .concat()
        }>
            {move || {
                let name = if is_public.get() { IconName::Public } else { IconName::Lock };
                view! { <Icon name size=18 /> }
            }}
            <span class="sr-only">"Who sees it"</span>
            <select
                node_ref=node
                name="audience"
                class="appearance-none bg-transparent pr-1 outline-none"
                on:change=choose
            >
                <option value="public">"Everyone"</option>
                <option value="followers">"Followers"</option>
                <option value="connections">"Connections"</option>
            </select>
        </label>
    }
}

/// As it stands in the form.
const fn audience_value(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Followers => "followers",
        Audience::Connections => "connections",
    }
}

fn audience_named(value: &str) -> Audience {
    Audience::ALL.into_iter().find(|audience| audience_value(*audience) == value).unwrap_or_default()
}

/// Presses on `data-compose` go to the composer in sight, else open the sheet. Caught before the router sees them.
fn open_on_press(open: RwSignal<bool>) {
    Effect::new(move |_| {
        let heard =
            wasm_bindgen::closure::Closure::<dyn Fn(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
                let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
                let meant = target.is_some_and(|target| matches!(target.closest("[data-compose]"), Ok(Some(_))));
                if !meant || event.ctrl_key() || event.meta_key() {
                    return;
                }
                event.prevent_default();
                if !focus_head() {
                    open.set(true);
                }
            });
        // Only a document without listeners refuses; then the link leads to the feed.
        let _ = document().add_event_listener_with_callback("click", heard.as_ref().unchecked_ref());
        let kept = StoredValue::new_local(heard);
        on_cleanup(move || {
            kept.with_value(|heard| {
                let _ = document().remove_event_listener_with_callback("click", heard.as_ref().unchecked_ref());
            });
        });
    });
}

/// Takes the composer's place out of the address, so that a reload does not open it again.
fn forget_hash() {
    let (location, history) = (window().location(), window().history());
    if let (Ok(path), Ok(search), Ok(history)) = (location.pathname(), location.search(), history) {
        // An address that cannot be changed only opens the sheet once more.
        let state = history.state().unwrap_or_default();
        let _ = history.replace_state_with_url(&state, "", Some(&[path, search].concat()));
    }
}

/// Focuses the composer at the head of the feed, if it can be seen.
fn focus_head() -> bool {
    let Some(area) = document().get_element_by_id("compose-text") else { return false };
    let bounds = area.get_bounding_client_rect();
    let in_sight = bounds.height() > 0.0 && bounds.bottom() > 60.0;
    in_sight && area.dyn_ref::<web_sys::HtmlElement>().is_some_and(|area| area.focus().is_ok())
}
