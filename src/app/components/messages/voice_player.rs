//! A voice message: play, pause, where it is, and how fast. Only one of a thread plays at a time.

use leptos::{ev, html, prelude::*};

use super::{open_thread::OpenThread, words::length_words};
use crate::{
    app::components::icon::{Icon, IconName},
    client::waveform::bars,
    protocol::attachments::Attachment,
};

/// Bars of the waveform: 3 px each and 2 px apart they fit a phone.
const BARS: usize = 40;
/// From one bar to the next, and the height of the highest, in pixels.
const STEP: f64 = 5.0;
const HEIGHT: f64 = 28.0;
/// How far an arrow key goes, in seconds.
const STRIDE_S: f64 = 5.0;

/// How fast voice messages play; the same for all of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speed {
    /// As it was said.
    #[default]
    Plain,
    /// One and a half times.
    Faster,
    /// Twice.
    Double,
}

impl Speed {
    const fn next(self) -> Self {
        match self {
            Self::Plain => Self::Faster,
            Self::Faster => Self::Double,
            Self::Double => Self::Plain,
        }
    }

    const fn rate(self) -> f64 {
        match self {
            Self::Plain => 1.0,
            Self::Faster => 1.5,
            Self::Double => 2.0,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Plain => "1×",
            Self::Faster => "1.5×",
            Self::Double => "2×",
        }
    }
}

/// One voice message on screen.
#[derive(Clone, Copy)]
struct Player {
    open: OpenThread,
    audio: NodeRef<html::Audio>,
    // Tells it from the others of the thread.
    key: StoredValue<String>,
    // In seconds.
    at: RwSignal<f64>,
    length: RwSignal<f64>,
    failed: RwSignal<bool>,
}

impl Player {
    fn is_playing(self) -> bool {
        self.open.playing.with(|playing| self.key.with_value(|key| playing.as_deref() == Some(key)))
    }

    fn toggle(self) {
        let wanted = (!untrack(move || self.is_playing())).then(|| self.key.get_value());
        self.open.playing.set(wanted);
    }

    fn seek(self, seconds: f64) {
        let at = seconds.clamp(0.0, self.length.get_untracked());
        self.at.set(at);
        if let Some(audio) = self.audio.get_untracked() {
            audio.set_current_time(at);
        }
    }

    /// Follows what the thread plays, and how fast.
    fn follow(self) {
        let playing = Memo::new(move |_| self.is_playing());
        Effect::new(move |_| {
            let (Some(audio), is_wanted) = (self.audio.get(), playing.get()) else { return };
            if !is_wanted {
                // One that does not play has nothing to pause.
                let _ = audio.pause();
                return;
            }
            self.failed.set(false);
            audio.set_playback_rate(self.open.speed.get_untracked().rate());
            // What stands in the way is told by the `error` event.
            if let Ok(begun) = audio.play() {
                drop(wasm_bindgen_futures::JsFuture::from(begun));
            }
            self.tick();
        });
        Effect::new(move |_| {
            if let (Some(audio), speed) = (self.audio.get(), self.open.speed.get()) {
                audio.set_playback_rate(speed.rate());
            }
        });
    }

    /// Shows where it is, frame by frame: `timeupdate` comes four times a second.
    fn tick(self) {
        request_animation_frame(move || {
            let Some(true) = self.open.playing.try_with_untracked(|playing| {
                self.key.try_with_value(|key| playing.as_deref() == Some(key)).unwrap_or(false)
            }) else {
                return;
            };
            if let Some(Some(audio)) = self.audio.try_get_untracked() {
                self.at.try_set(audio.current_time());
                self.tick();
            }
        });
    }

    fn end(self) {
        self.open.playing.set(None);
        self.at.set(0.0);
    }
}

/// The player.
#[component]
pub fn VoicePlayer(
    /// The thread.
    open: OpenThread,
    /// The voice message.
    attachment: Attachment,
    /// In place of the play button while it is on its way.
    #[prop(optional_no_strip)]
    lead: Option<ViewFn>,
) -> impl IntoView {
    let audio = NodeRef::<html::Audio>::new();
    #[expect(clippy::cast_precision_loss, reason = "five minutes are exact in a double")]
    let length_s = attachment.duration_ms.unwrap_or(0) as f64 / 1_000.0;
    let player = Player {
        open,
        audio,
        key: StoredValue::new(attachment.url.clone()),
        at: RwSignal::new(0.0),
        length: RwSignal::new(length_s),
        failed: RwSignal::new(false),
    };
    player.follow();
    // What its sender's device measured is a hint.
    let measure = move |_| {
        let measured = audio.get_untracked().map_or(f64::INFINITY, |audio| audio.duration());
        if measured.is_finite() && measured > 0.0 {
            player.length.set(measured);
        }
    };
    let is_sent = lead.is_none();
    let lead = match lead {
        Some(lead) => view! { <span class="grid shrink-0 place-items-center rounded-pill bg-ink text-ink-contrast">{lead.run()}</span> }.into_any(),
        None => view! { <PlayButton player /> }.into_any(),
    };
    view! {
        <div class="flex max-w-full items-center gap-2.5 pt-0.5 pb-1" role="group" aria-label="Voice message">
            <audio
                node_ref=audio
                preload="none"
                src=attachment.url
                on:loadedmetadata=measure
                on:ended=move |_| player.end()
                on:error=move |_| {
                    player.end();
                    player.failed.set(true);
                }
            ></audio>
            {lead}
            <div class="min-w-0">
                <Waveform player waveform=attachment.waveform />
                <div class="flex h-5 items-center gap-2 text-small tabular-nums opacity-85">
                    <Elapsed player />
                    {is_sent.then(|| view! { <SpeedButton open /> })}
                </div>
            </div>
        </div>
        <Show when=move || player.failed.get()>
            <p role="alert" class="pb-4 text-small text-danger">
                "It could not be played. Check the connection and try again."
            </p>
        </Show>
    }
}

#[component]
fn PlayButton(player: Player) -> impl IntoView {
    let playing = Memo::new(move |_| player.is_playing());
    let label = move || if playing.get() { "Pause" } else { "Play voice message" };
    view! {
        <button
            type="button"
            class="grid size-10 shrink-0 place-items-center rounded-pill bg-ink text-ink-contrast transition-[background-color,scale] hover:bg-ink-hover active:scale-[0.97] touch-area"
            aria-label=label
            title=label
            on:click=move |_| player.toggle()
        >
            {move || {
                let name = if playing.get() { IconName::Pause } else { IconName::Play };
                view! { <Icon name size=18 filled=true /> }
            }}
        </button>
    }
}

/// How far it is while it plays; how long it is before.
#[component]
fn Elapsed(player: Player) -> impl IntoView {
    let shown = Memo::new(move |_| {
        let at = player.at.get();
        seconds(if at > 0.0 { at } else { player.length.get() })
    });
    view! { <span>{move || length_words(shown.get() * 1_000)}</span> }
}

#[component]
fn SpeedButton(open: OpenThread) -> impl IntoView {
    let label = move || ["Speed ", open.speed.get().words()].concat();
    view! {
        <button
            type="button"
            class="h-5 min-w-8 rounded-pill bg-current/10 px-2 text-micro font-strong hover:bg-current/20 active:scale-[0.97] touch-area"
            aria-label=label
            on:click=move |_| open.speed.update(|speed| *speed = speed.next())
        >
            {move || open.speed.get().words()}
        </button>
    }
}

/// The waveform, which is a slider too: by pointer, and with the keys of one.
#[component]
fn Waveform(player: Player, waveform: Vec<u8>) -> impl IntoView {
    let heights = StoredValue::new(bars(&waveform, BARS));
    let share = Memo::new(move |_| {
        let length = player.length.get();
        let share = if length > 0.0 { player.at.get() / length } else { 0.0 };
        // Whole bars: in between nothing is drawn anew.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bars")]
        let played = (share * BARS_F).round().clamp(0.0, BARS_F) as usize;
        played
    });
    let node = NodeRef::<html::Div>::new();
    let seek_to = move |event: &ev::PointerEvent| {
        let Some(slider) = node.get_untracked() else { return };
        let bounds = slider.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - bounds.left()) / bounds.width().max(1.0);
        player.seek(share * player.length.get_untracked());
    };
    let dragging = StoredValue::new(false);
    let down = move |event: ev::PointerEvent| {
        dragging.set_value(true);
        if let Some(slider) = node.get_untracked() {
            // A pointer that has gone meanwhile cannot be kept; then there is no drag.
            let _ = slider.set_pointer_capture(event.pointer_id());
        }
        seek_to(&event);
    };
    let said = move || {
        [&length_words(seconds(player.at.get()) * 1_000), " of ", &length_words(seconds(player.length.get()) * 1_000)]
            .concat()
    };
    view! {
        <div
            node_ref=node
            role="slider"
            tabindex="0"
            aria-label="Position"
            aria-valuemin="0"
            aria-valuemax=move || seconds(player.length.get()).to_string()
            aria-valuenow=move || seconds(player.at.get()).to_string()
            aria-valuetext=said
            class="max-w-full cursor-pointer touch-none rounded-tail focus-visible:outline-offset-0"
            on:pointerdown=down
            on:pointermove=move |event| {
                if dragging.get_value() {
                    seek_to(&event);
                }
            }
            on:pointerup=move |_| dragging.set_value(false)
            on:pointercancel=move |_| dragging.set_value(false)
            on:keydown=move |event| on_key(player, &event)
        >
            <svg
                viewBox=format!("0 0 {} {HEIGHT}", BARS_F * STEP - 2.0)
                width=(BARS_F * STEP - 2.0).to_string()
                height=HEIGHT.to_string()
                class="block h-7 max-w-full"
                preserveAspectRatio="none"
                fill="none"
                stroke-width="3"
                stroke-linecap="round"
                aria-hidden="true"
            >
                <path d=heights.with_value(|heights| outline(heights)) stroke="currentColor" opacity="0.4" />
                <path
                    d=move || heights.with_value(|heights| outline(heights.get(..share.get()).unwrap_or_default()))
                    class="stroke-accent"
                />
            </svg>
        </div>
    }
}

#[expect(clippy::cast_precision_loss, reason = "a small number")]
const BARS_F: f64 = BARS as f64;

/// The bars as one path, each from its upper to its lower end.
#[must_use]
pub fn outline(heights: &[f64]) -> String {
    let mut path = String::with_capacity(heights.len() * 16);
    for (at, height) in heights.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let x = (at as f64).mul_add(STEP, 1.5);
        // Round ends stand over by half the width.
        let half = (height * (HEIGHT / 2.0 - 1.5)).max(0.5);
        let (top, long) = (HEIGHT / 2.0 - half, half * 2.0);
        path.push_str(&format!("M{x:.1} {top:.1}v{long:.1}"));
    }
    path
}

fn on_key(player: Player, event: &ev::KeyboardEvent) {
    let at = player.at.get_untracked();
    match event.key().as_str() {
        "ArrowRight" | "ArrowUp" => player.seek(at + STRIDE_S),
        "ArrowLeft" | "ArrowDown" => player.seek(at - STRIDE_S),
        "Home" => player.seek(0.0),
        "End" => player.seek(player.length.get_untracked()),
        " " | "Enter" => player.toggle(),
        _ => return,
    }
    event.prevent_default();
}

/// Whole seconds; a voice message of less than one is one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "five minutes at most")]
fn seconds(time: f64) -> u64 {
    time.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_go_round() {
        let speeds = [Speed::Plain, Speed::Plain.next(), Speed::Plain.next().next(), Speed::Plain.next().next().next()];
        assert_eq!(speeds.map(Speed::words), ["1×", "1.5×", "2×", "1×"]);
    }

    #[test]
    fn each_bar_is_a_stroke_and_silence_is_a_dot() {
        assert_eq!(outline(&[0.0, 1.0]), "M1.5 13.5v1.0M6.5 1.5v25.0");
        assert_eq!(outline(&[]), "");
    }
}
