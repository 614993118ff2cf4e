//! Recording a voice message: the button, and the bar that stands in the composer's place while the microphone listens.

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{open_thread::OpenThread, voice_player::outline, words::length_words};
use crate::{
    app::{
        components::{
            button::ICON_BUTTON,
            icon::{Icon, IconName},
        },
        composing::fresh_uuid,
    },
    client::{
        outbox::carried::{self, Carried},
        recorder,
    },
    protocol::limits::VOICE_MAX_MS,
};

/// Less was a slip of the finger, in milliseconds.
const LEAST_MS: u64 = 500;
/// The latest measures that are shown.
const BARS: usize = 40;

/// How far a recording is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// Nothing is recorded.
    #[default]
    Off,
    /// The browser asks the reader for the microphone.
    Asking,
    /// The microphone listens.
    On,
    /// It has become as long as it may.
    Full,
}

/// Recording in one thread.
#[derive(Clone, Copy)]
pub struct Voicing {
    /// How far it is.
    pub stage: RwSignal<Recording>,
    elapsed_ms: RwSignal<u64>,
    levels: RwSignal<Vec<f64>>,
}

impl Voicing {
    /// Nothing yet. The microphone is let go with the calling component.
    #[must_use]
    pub fn begin() -> Self {
        Effect::new(|_| on_cleanup(recorder::cancel));
        Self { stage: RwSignal::new(Recording::Off), elapsed_ms: RwSignal::new(0), levels: RwSignal::new(Vec::new()) }
    }

    /// Whether the bar is there.
    #[must_use]
    pub fn is_on(self) -> bool {
        self.stage.get() != Recording::Off
    }

    fn start(self, open: OpenThread) {
        open.attaching.fault.set(None);
        open.playing.set(None);
        self.elapsed_ms.set(0);
        self.levels.set(vec![0.0; BARS]);
        self.stage.set(Recording::Asking);
        spawn_local(async move {
            match recorder::begin(move |elapsed_ms, level| self.measure(elapsed_ms, level)).await {
                Ok(()) => drop(self.stage.try_set(Recording::On)),
                Err(recorder::Trouble::Cancelled) => {}
                Err(trouble) => {
                    self.stage.try_set(Recording::Off);
                    open.attaching.fault.try_set(Some(trouble.words().to_owned()));
                }
            }
        });
    }

    fn measure(self, elapsed_ms: u64, level: u8) {
        self.elapsed_ms.try_set(elapsed_ms);
        self.levels.try_update(|levels| {
            levels.remove(0);
            // What is quiet shows too: the ear hears ratios.
            levels.push((f64::from(level) / 255.0).sqrt());
        });
        if elapsed_ms >= VOICE_MAX_MS {
            recorder::hold();
            self.stage.try_set(Recording::Full);
        }
    }

    /// Throws it away.
    fn cancel(self, open: OpenThread) {
        recorder::cancel();
        self.stage.set(Recording::Off);
        open.focus_composer();
    }

    /// Ends it and sends it.
    fn send(self, open: OpenThread) {
        if !matches!(self.stage.get_untracked(), Recording::On | Recording::Full) {
            return;
        }
        self.stage.set(Recording::Off);
        open.focus_composer();
        spawn_local(async move {
            let fault = match recorder::finish().await {
                Some(recorded) if recorded.duration_ms >= LEAST_MS => send(open, recorded).err(),
                Some(_) => Some("That was too short to be a voice message.".to_owned()),
                None => Some("Nothing was recorded. Try again.".to_owned()),
            };
            open.attaching.fault.try_set(fault);
        });
    }
}

fn send(open: OpenThread, recorded: recorder::Recorded) -> Result<(), String> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are whole and small")]
    let size_bytes = recorded.bytes.size() as u64;
    let carries = Carried::voice(&recorded.content_type, size_bytes, recorded.duration_ms, recorded.waveform);
    let client_id = fresh_uuid();
    carried::hold(&client_id, recorded.bytes);
    let reply_to = open.replying.try_get_untracked().flatten();
    if !open.thread.send_carrying(client_id, String::new(), reply_to, Some(carries)) {
        return Err("Too many messages wait for the connection. Send this one later.".to_owned());
    }
    open.replying.try_set(None);
    open.to_end();
    Ok(())
}

/// Stands where one sends while there is nothing to send.
#[component]
pub fn RecordButton(
    /// The thread.
    open: OpenThread,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("{ICON_BUTTON} size-11! needs-script when-empty")
            aria-label="Record a voice message"
            title="Record a voice message"
            on:click=move |_| open.voicing.start(open)
        >
            <Icon name=IconName::Voice size=22 />
        </button>
    }
}

/// The recording as it runs.
#[component]
pub fn RecordingBar(
    /// The thread.
    open: OpenThread,
) -> impl IntoView {
    let voicing = open.voicing;
    let send = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        // Enter ends and sends it.
        if let (Some(button), Recording::On) = (send.get(), voicing.stage.get()) {
            let _ = button.focus();
        }
    });
    Effect::new(move |_| {
        let key = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" {
                voicing.cancel(open);
            }
        });
        on_cleanup(move || key.remove());
    });
    let is_asking = Memo::new(move |_| voicing.stage.get() == Recording::Asking);
    let is_full = Memo::new(move |_| voicing.stage.get() == Recording::Full);
    let said = move || match voicing.stage.get() {
        Recording::Asking => "Waiting for the microphone",
        Recording::On => "Recording",
        Recording::Full => "Five minutes are recorded, which is the most",
        Recording::Off => "",
    };
    view! {
        <div role="group" aria-label="Voice message" class="flex animate-fade items-center gap-2">
            <button
                type="button"
                class=format!("{ICON_BUTTON} size-11!")
                aria-label="Cancel recording"
                title="Cancel recording"
                on:click=move |_| voicing.cancel(open)
            >
                <Icon name=IconName::Delete size=22 />
            </button>
            <div class="flex h-11 min-w-0 flex-1 items-center gap-3 rounded-[22px] bg-sunken px-4">
                <span
                    class="size-2.5 shrink-0 rounded-pill bg-danger"
                    class=("animate-breathe", move || voicing.stage.get() == Recording::On)
                    aria-hidden="true"
                ></span>
                <span class="sr-only" role="status">
                    {said}
                </span>
                <Show
                    when=move || !is_asking.get()
                    fallback=|| view! { <span class="min-w-0 truncate text-muted">"Allow the microphone to record"</span> }
                >
                    <span class="shrink-0 text-body font-strong tabular-nums" role="timer">
                        {move || length_words(voicing.elapsed_ms.get())}
                    </span>
                    <Show
                        when=move || !is_full.get()
                        fallback=|| view! { <span class="min-w-0 truncate text-small text-muted">"That is the longest there is"</span> }
                    >
                        <Levels voicing />
                    </Show>
                </Show>
            </div>
            <button
                node_ref=send
                type="button"
                class="grid size-11 shrink-0 place-items-center rounded-pill bg-accent text-accent-contrast transition-[background-color,scale,opacity] hover:bg-accent-hover active:scale-[0.97] disabled:opacity-50"
                aria-label="Send voice message"
                title="Send voice message"
                disabled=move || is_asking.get()
                on:click=move |_| voicing.send(open)
            >
                <Icon name=IconName::Send size=22 />
            </button>
        </div>
    }
}

/// The latest loudness, the newest at the right.
#[component]
fn Levels(voicing: Voicing) -> impl IntoView {
    view! {
        <svg
            viewBox="0 0 198 28"
            width="198"
            height="28"
            class="ml-auto block h-7 min-w-0 flex-1 stroke-danger"
            preserveAspectRatio="xMaxYMid slice"
            fill="none"
            stroke-width="3"
            stroke-linecap="round"
            aria-hidden="true"
        >
            <path d=move || voicing.levels.with(|levels| outline(levels)) />
        </svg>
    }
}
