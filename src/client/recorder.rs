//! The microphone: one recording at a time, its loudness while it runs, and the file that comes of it.
//!
//! The recording lives here and not with the component that shows it: what belongs to the browser stays in one place,
//! and whoever leaves the page calls [`cancel`], which lets the microphone go.

use std::cell::{Cell, RefCell};

use futures::channel::oneshot;
use gloo_timers::callback::Interval;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AnalyserNode, AudioContext, Blob, BlobEvent, DomException, MediaRecorder, MediaRecorderOptions, MediaStream,
    MediaStreamConstraints, MediaStreamTrack, RecordingState,
};

use super::{socket::now_ms, waveform::downsampled};
use crate::protocol::limits::WAVEFORM_MAX_BARS;

/// What browsers record, the best first. Chrome and Firefox know the first, Safari the second.
const TYPES: [&str; 3] = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
/// Enough for speech: half of what a browser takes by itself.
const BITS_PER_SECOND: u32 = 32_000;
/// The loudness is measured so often, in milliseconds.
const MEASURE_MS: u32 = 50;
/// Samples of one measure, a power of two: at 48 kHz about as long as [`MEASURE_MS`].
const SAMPLES: usize = 2_048;

/// Why there is no recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The reader, or the browser for them, said no.
    Denied,
    /// There is no microphone.
    Missing,
    /// Another program has it, or it failed.
    Busy,
    /// The browser cannot record, or the page is not secure.
    Unsupported,
    /// [`cancel`] came first.
    Cancelled,
}

impl Trouble {
    /// A sentence that offers the fix.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Denied => "The microphone is blocked. Allow it for this site in the browser’s address bar.",
            Self::Missing => "No microphone was found. Connect one and try again.",
            Self::Busy => "The microphone could not be used. Another program may have it.",
            Self::Unsupported => "This browser cannot record voice messages here.",
            Self::Cancelled => "",
        }
    }
}

/// A finished recording.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The file.
    pub bytes: Blob,
    /// Its media type, without what follows a ";".
    pub content_type: String,
    /// How long it is, in milliseconds.
    pub duration_ms: u64,
    /// How loud, in at most [`WAVEFORM_MAX_BARS`] steps.
    pub waveform: Vec<u8>,
}

struct Running {
    stream: MediaStream,
    recorder: MediaRecorder,
    context: AudioContext,
    analyser: AnalyserNode,
    levels: Vec<u8>,
    began_ms: u64,
    // How long it was when it was held, in milliseconds.
    held_ms: Option<u64>,
    _measure: Interval,
}

thread_local! {
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
    // Grows when a recording is asked for or cancelled: an answer to an older question is thrown away.
    static TURN: Cell<u64> = const { Cell::new(0) };
}

/// Asks for the microphone and records. `on_measure` hears how long it is, in milliseconds, and how loud it is now.
///
/// # Errors
/// See [`Trouble`].
pub async fn begin(on_measure: impl Fn(u64, u8) + 'static) -> Result<(), Trouble> {
    cancel();
    let turn = TURN.get();
    let stream = ask().await?;
    if TURN.get() != turn {
        release(&stream);
        return Err(Trouble::Cancelled);
    }
    let running = start(&stream, on_measure).inspect_err(|_| release(&stream)).map_err(|_| Trouble::Unsupported)?;
    RUNNING.set(Some(running));
    Ok(())
}

async fn ask() -> Result<MediaStream, Trouble> {
    let devices = web_sys::window().and_then(|window| window.navigator().media_devices().ok());
    // Pages that are not secure have none.
    let devices = devices.filter(|devices| !devices.is_undefined()).ok_or(Trouble::Unsupported)?;
    let wanted = MediaStreamConstraints::new();
    wanted.set_audio(&JsValue::TRUE);
    let asked = devices.get_user_media_with_constraints(&wanted).map_err(|error| trouble_of(&error))?;
    let stream = JsFuture::from(asked).await.map_err(|error| trouble_of(&error))?;
    stream.dyn_into().map_err(|_| Trouble::Unsupported)
}

/// Names of errors: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia>.
fn trouble_of(error: &JsValue) -> Trouble {
    match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
        Some("NotAllowedError" | "SecurityError") => Trouble::Denied,
        Some("NotFoundError" | "OverconstrainedError") => Trouble::Missing,
        Some("NotReadableError" | "AbortError") => Trouble::Busy,
        _ => Trouble::Unsupported,
    }
}

fn start(stream: &MediaStream, on_measure: impl Fn(u64, u8) + 'static) -> Result<Running, JsValue> {
    let options = MediaRecorderOptions::new();
    options.set_audio_bits_per_second(BITS_PER_SECOND);
    let known = TYPES.into_iter().find(|kind| MediaRecorder::is_type_supported(kind));
    options.set_mime_type(known.ok_or(JsValue::NULL)?);
    let recorder = MediaRecorder::new_with_media_stream_and_media_recorder_options(stream, &options)?;
    let context = AudioContext::new()?;
    let analyser = context.create_analyser()?;
    analyser.set_fft_size(u32::try_from(SAMPLES).unwrap_or(2_048));
    context.create_media_stream_source(stream)?.connect_with_audio_node(&analyser)?;
    // In one piece: what is written at the end, its length among it, stands at the beginning then.
    recorder.start()?;
    let measure = Interval::new(MEASURE_MS, move || {
        if let Some((elapsed_ms, level)) = measure() {
            on_measure(elapsed_ms, level);
        }
    });
    Ok(Running {
        // The stream's own `clone` would open the microphone a second time.
        stream: Clone::clone(stream),
        recorder,
        context,
        analyser,
        levels: Vec::new(),
        began_ms: now_ms(),
        held_ms: None,
        _measure: measure,
    })
}

fn measure() -> Option<(u64, u8)> {
    RUNNING.with_borrow_mut(|running| {
        let running = running.as_mut().filter(|running| running.held_ms.is_none())?;
        let mut samples = [0_u8; SAMPLES];
        running.analyser.get_byte_time_domain_data(&mut samples);
        // Silence is in the middle.
        let loudest = samples.iter().map(|sample| sample.abs_diff(128)).max().unwrap_or(0);
        let level = loudest.saturating_mul(2);
        running.levels.push(level);
        Some((running.elapsed_ms(), level))
    })
}

impl Running {
    fn elapsed_ms(&self) -> u64 {
        self.held_ms.unwrap_or_else(|| now_ms().saturating_sub(self.began_ms))
    }
}

/// Records no more, and keeps what there is: it has become as long as it may.
pub fn hold() {
    RUNNING.with_borrow_mut(|running| {
        if let Some(running) = running.as_mut().filter(|running| running.held_ms.is_none()) {
            running.held_ms = Some(running.elapsed_ms());
            // One that has ended by itself cannot pause, and need not.
            let _ = running.recorder.pause();
        }
    });
}

/// Ends the recording, lets the microphone go, and returns what was recorded.
pub async fn finish() -> Option<Recorded> {
    let running = RUNNING.take()?;
    let (sender, bytes) = oneshot::channel();
    let taken = Closure::once(move |event: BlobEvent| {
        let _nobody = sender.send(event.data());
    });
    running.recorder.set_ondataavailable(Some(taken.as_ref().unchecked_ref()));
    let duration_ms = running.elapsed_ms();
    running.recorder.stop().ok()?;
    let bytes = bytes.await.ok()??;
    let content_type = running.recorder.mime_type().split(';').next().unwrap_or_default().to_owned();
    let waveform = downsampled(&running.levels, WAVEFORM_MAX_BARS);
    (bytes.size() > 0.0).then_some(Recorded { bytes, content_type, duration_ms, waveform })
}

/// Throws the recording away and lets the microphone go; also when it was only asked for.
pub fn cancel() {
    TURN.set(TURN.get().wrapping_add(1));
    drop(RUNNING.take());
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.recorder.state() != RecordingState::Inactive {
            self.recorder.set_ondataavailable(None);
            // It stops with its microphone in any case.
            let _ = self.recorder.stop();
        }
        release(&self.stream);
        let _closed_before = self.context.close();
    }
}

fn release(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        if let Some(track) = track.dyn_ref::<MediaStreamTrack>() {
            track.stop();
        }
    }
}
