//! Files that go with the next message: chosen, pasted or dropped, and shown above the text until it is sent.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::FileList;

use super::{
    open_thread::OpenThread,
    words::{name_parts, size_words},
};
use crate::{
    app::{
        components::{
            button::ICON_BUTTON,
            dropped_files::{brings_files, dropped_files},
            form::FormState,
            icon::{Icon, IconName},
        },
        composing::fresh_uuid,
    },
    client::outbox::carried::{self, Carried},
    protocol::attachments::AttachmentKind,
};

/// Files that go at once.
const PICKED_MAX: usize = 10;

/// A file that was picked. Its bytes are held under the id of the message that will carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    /// Of the message to come.
    pub client_id: String,
    /// Where the browser shows it from.
    pub url: String,
    /// What it is.
    pub carries: Carried,
}

/// What was picked for the next message.
#[derive(Clone, Copy)]
pub struct Attaching {
    /// In the order in which it was picked.
    pub picked: RwSignal<Vec<Picked>>,
    /// Why something was not taken.
    pub fault: RwSignal<Option<String>>,
}

impl Attaching {
    /// Nothing yet. What is not sent is let go with the calling component.
    #[must_use]
    pub fn begin() -> Self {
        let attaching = Self { picked: RwSignal::new(Vec::new()), fault: RwSignal::new(None) };
        on_cleanup(move || {
            for picked in attaching.picked.try_get_untracked().unwrap_or_default() {
                carried::let_go(&picked.client_id);
            }
        });
        attaching
    }

    /// Takes files up to the limits. What cannot be sent is named, and the rest is taken.
    pub fn add_files(self, files: &FileList) {
        self.fault.set(None);
        for file in (0..files.length()).filter_map(|at| files.get(at)) {
            if let Err(fault) = self.add(&file) {
                self.fault.set(Some(fault));
            }
        }
    }

    fn add(self, file: &web_sys::File) -> Result<(), String> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are whole and below 2^53")]
        let size_bytes = file.size() as u64;
        let carries = Carried::file(&file.name(), &file.type_(), size_bytes);
        let named = |words: &str| ["“", &carries.name, "” ", words].concat();
        if carries.is_too_large() {
            let noun = if carries.kind == AttachmentKind::Image { "a picture" } else { "a file" };
            let most = size_words(u64::try_from(carries.max_bytes()).unwrap_or(u64::MAX));
            return Err([&named("is too large: "), noun, " may have at most ", &most, "."].concat());
        }
        if size_bytes == 0 {
            return Err(named("is empty."));
        }
        if self.picked.with_untracked(Vec::len) >= PICKED_MAX {
            return Err(["At most ", &PICKED_MAX.to_string(), " files go at once. Send these first."].concat());
        }
        let client_id = fresh_uuid();
        let url = carried::hold(&client_id, file.clone().into());
        self.picked.update(|picked| picked.push(Picked { client_id, url, carries }));
        Ok(())
    }

    fn remove(self, client_id: &str) {
        self.fault.set(None);
        self.picked.update(|picked| picked.retain(|one| one.client_id != client_id));
        carried::let_go(client_id);
    }

    fn measure(self, client_id: &str, image: &web_sys::HtmlImageElement) {
        self.picked.update(|picked| {
            if let Some(one) = picked.iter_mut().find(|one| one.client_id == client_id) {
                one.carries.width = Some(image.natural_width());
                one.carries.height = Some(image.natural_height());
            }
        });
    }
}

/// Chooses files. Without JavaScript the browser's own file button.
#[component]
pub fn AttachButton(
    /// What is picked.
    attaching: Attaching,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let take = move || {
        let Some(input) = node.get_untracked() else { return };
        if let Some(files) = input.files().filter(|files| files.length() > 0) {
            attaching.add_files(&files);
            // Emptied, so that the same file can be chosen again.
            input.set_value("");
        }
    };
    Effect::new(move |_| {
        // Files may have been chosen before the page woke.
        if let Some(input) = node.get() {
            input.set_multiple(true);
            take();
        }
    });
    view! {
        <label
            class=format!(
                "{ICON_BUTTON} size-11! has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus needs-script",
            )
            title="Add files"
        >
            <span class="sr-only">"Add files"</span>
            <Icon name=IconName::Attach size=22 />
            // Sent without a script, before the page woke, one file goes with a message.
            <input node_ref=node type="file" name="file" class="sr-only" on:change=move |_| take() />
        </label>
    }
}

/// Chooses one file where there is no JavaScript, and says what was wrong with it.
#[component]
pub fn PlainFile(
    /// The form it stands in.
    form: FormState,
) -> impl IntoView {
    let fault = form.fault("file");
    view! {
        <label class="without-script flex flex-wrap items-center gap-2 pt-2 text-small text-muted">
            "Add a file" <input type="file" name="file" class="max-w-full" />
        </label>
        {move || {
            fault
                .get()
                .map(|fault| {
                    view! {
                        <p role="alert" class="pt-1.5 text-small text-danger">
                            {fault}
                        </p>
                    }
                })
        }}
    }
}

/// What is picked, above the text.
#[component]
pub fn PickedStrip(
    /// What is picked.
    attaching: Attaching,
) -> impl IntoView {
    let is_any = Memo::new(move |_| attaching.picked.with(|picked| !picked.is_empty()));
    view! {
        <Show when=move || is_any.get()>
            <ul data-picked="" aria-label="Files to send" class="mb-2 flex gap-2 overflow-x-auto pt-2 pr-2 pb-1">
                <For each=move || attaching.picked.get() key=|picked| picked.client_id.clone() let(picked)>
                    <PickedFile attaching picked />
                </For>
            </ul>
        </Show>
    }
}

#[component]
fn PickedFile(attaching: Attaching, picked: Picked) -> impl IntoView {
    let Picked { client_id, url, carries } = picked;
    let is_picture = carries.kind == AttachmentKind::Image;
    let measured = client_id.clone();
    let measure = move |event: ev::Event| {
        if let Some(image) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlImageElement>().ok()) {
            attaching.measure(&measured, &image);
        }
    };
    let label = ["Take out ", &carries.name].concat();
    let what = if is_picture {
        view! {
            <img
                src=url
                alt=carries.name
                on:load=measure
                class="size-18 animate-fade rounded-field bg-sunken object-cover"
            />
        }
        .into_any()
    } else {
        view! {
            <span class="flex h-18 w-52 animate-fade items-center gap-3 rounded-field bg-sunken px-3">
                <span class="grid size-10 shrink-0 place-items-center rounded-pill bg-surface text-muted">
                    <Icon name=IconName::File />
                </span>
                <span class="grid min-w-0 gap-0.5">
                    <FileName name=carries.name />
                    <span class="text-small text-muted tabular-nums">{size_words(carries.size_bytes)}</span>
                </span>
            </span>
        }
        .into_any()
    };
    view! {
        <li class="relative shrink-0">
            {what}
            <button
                type="button"
                class="absolute -top-2 -right-2 grid size-6 place-items-center rounded-pill bg-ink text-ink-contrast shadow-2 ring-2 ring-surface hover:bg-ink-hover active:scale-[0.97] touch-area pointer-coarse:absolute!"
                aria-label=label.clone()
                title=label
                on:click=move |_| attaching.remove(&client_id)
            >
                <Icon name=IconName::Close size=14 />
            </button>
        </li>
    }
}

/// A file's name on one line, cut in the middle where there is no room.
#[component]
pub fn FileName(
    /// The whole name.
    name: String,
) -> impl IntoView {
    let (head, tail) = name_parts(&name);
    view! {
        <span class="flex min-w-0 text-meta font-strong" title=name.clone()>
            <span class="min-w-0 truncate whitespace-pre">{head.to_owned()}</span>
            <span class="shrink-0 whitespace-pre">{tail.to_owned()}</span>
        </span>
    }
}

/// Over the thread while files are dragged into the window; where they are dropped does not matter.
#[component]
pub fn DropHint(
    /// The thread.
    open: OpenThread,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    Effect::new(move |_| {
        let over = window_event_listener(ev::dragover, move |event| {
            // What another form takes is not meant for the thread.
            if brings_files(&event) && !event.default_prevented() {
                event.prevent_default();
                shown.set(true);
            }
        });
        let leave = window_event_listener(ev::dragleave, move |event| {
            // Out of the window, and not only from one element to the next.
            if event.related_target().is_none() {
                shown.set(false);
            }
        });
        let drop = window_event_listener(ev::drop, move |event| {
            shown.set(false);
            if event.default_prevented() {
                return;
            }
            if let Some(files) = dropped_files(&event) {
                open.editing.set(None);
                open.attaching.add_files(&files);
                open.focus_composer();
            }
        });
        on_cleanup(move || {
            over.remove();
            leave.remove();
            drop.remove();
        });
    });
    view! {
        <Show when=move || shown.get()>
            <div class="pointer-events-none absolute inset-0 z-40 grid animate-fade bg-canvas/85 p-3">
                <div class="grid place-content-center justify-items-center gap-3 rounded-panel border-2 border-dashed border-accent text-center">
                    <span class="grid size-14 place-items-center rounded-pill bg-accent text-accent-contrast">
                        <Icon name=IconName::Attach size=24 />
                    </span>
                    <p class="text-heading">"Drop to add"</p>
                    <p class="text-muted">"Pictures up to 10 MB, other files up to 25 MB"</p>
                </div>
            </div>
        </Show>
    }
}
