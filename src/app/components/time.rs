//! Moments in words that tick: "now", "2 min", "3 h", "5 d", "12 Nov"; the whole moment on hover.
//!
//! The first words come from the server's clock, which travels with the page, so that both sides render the same; then
//! the browser's clock carries on from there. A browser whose clock is wrong still shows the right ages.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*};

use crate::protocol::time::Timestamp;

/// How often relative times are looked at again.
const TICK: Duration = Duration::from_secs(10);

/// The page's clock.
#[derive(Clone, Copy, Debug)]
pub struct PageClock {
    now: RwSignal<Timestamp>,
    awake: RwSignal<bool>,
}

impl PageClock {
    /// Starts at the moment the server rendered the page, and ticks once the browser is awake.
    #[must_use]
    pub fn start(at: Timestamp) -> Self {
        let clock = Self { now: RwSignal::new(at), awake: RwSignal::new(false) };
        Effect::new(move |_| {
            let woke_ms = js_sys::Date::now();
            clock.awake.set(true);
            let tick = move || clock.now.set(at.plus(passed_since(woke_ms)));
            if let Ok(handle) = set_interval_with_handle(tick, TICK) {
                on_cleanup(move || handle.clear());
            }
        });
        clock
    }

    /// The moment, to the tick.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now.get()
    }

    /// Whether the browser has taken over: only then may its locale and time zone show.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        self.awake.get()
    }
}

/// Time that passed on the browser's own clock; zero when that was set back.
fn passed_since(woke_ms: f64) -> Duration {
    Duration::try_from_secs_f64((js_sys::Date::now() - woke_ms) / 1000.0).unwrap_or_default()
}

/// The page's clock; one that stands at the start of time where no page is.
#[must_use]
pub fn use_clock() -> PageClock {
    use_context::<PageClock>()
        .unwrap_or_else(|| PageClock { now: RwSignal::new(Timestamp::from_millis(0)), awake: RwSignal::new(false) })
}

/// A moment, relative, ticking, with the whole of it on hover.
#[component]
pub fn RelativeTime(
    /// Which moment.
    at: Timestamp,
    /// Says "2 min ago" instead of "2 min": for sentences.
    #[prop(optional)]
    ago: bool,
) -> impl IntoView {
    let clock = use_clock();
    let words = Memo::new(move |_| if ago { ago_words(at, clock.now()) } else { words(at, clock.now()) });
    let whole = move || if clock.is_awake() { local(at) } else { utc(at) };
    view! {
        <time datetime=at.to_string() title=whole class="whitespace-nowrap">
            {words}
        </time>
    }
}

/// A day, "21 November 2026", for "Joined …".
#[component]
pub fn Day(
    /// Which moment.
    at: Timestamp,
) -> impl IntoView {
    let (year, month, day) = date(at);
    let text = format!("{day} {} {year}", MONTHS.get(month.saturating_sub(1)).copied().unwrap_or_default());
    view! { <time datetime=at.to_string()>{text}</time> }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The age of `at` as a person would write it beside a name.
#[must_use]
pub fn words(at: Timestamp, now: Timestamp) -> String {
    let secs = now.since(at).as_secs();
    match secs {
        0..45 => "now".to_owned(),
        45..3_600 => format!("{} min", (secs / 60).max(1)),
        3_600..86_400 => format!("{} h", secs / 3_600),
        86_400..604_800 => format!("{} d", secs / 86_400),
        _ => calendar(at, now),
    }
}

/// The age of `at` in a sentence: "just now", "2 min ago", "on 12 Nov".
fn ago_words(at: Timestamp, now: Timestamp) -> String {
    match now.since(at).as_secs() {
        0..45 => "just now".to_owned(),
        45..604_800 => format!("{} ago", words(at, now)),
        _ => format!("on {}", calendar(at, now)),
    }
}

/// "12 Nov", with the year when it is another one.
fn calendar(at: Timestamp, now: Timestamp) -> String {
    let (year, month, day) = date(at);
    let name = MONTHS.get(month.saturating_sub(1)).and_then(|name| name.get(..3)).unwrap_or_default();
    if year == date(now).0 { format!("{day} {name}") } else { format!("{day} {name} {year}") }
}

/// Year, month from 1, day from 1, in UTC.
fn date(at: Timestamp) -> (u32, usize, u32) {
    let text = at.to_string();
    let mut parts = text.split(['-', 'T']);
    let mut next = || parts.next().and_then(|part| part.parse::<u32>().ok()).unwrap_or(1);
    let (year, month, day) = (next(), next(), next());
    (year, usize::try_from(month).unwrap_or(1), day)
}

/// "21 November 2026, 06:17 UTC": what the server can say without knowing the reader's time zone.
fn utc(at: Timestamp) -> String {
    let (year, month, day) = date(at);
    let clock = at.to_string().split('T').nth(1).and_then(|time| time.get(..5).map(str::to_owned)).unwrap_or_default();
    format!("{day} {} {year}, {clock} UTC", MONTHS.get(month.saturating_sub(1)).copied().unwrap_or_default())
}

/// The same moment in the reader's own language and time zone, by the browser's `Intl`.
#[expect(clippy::cast_precision_loss, reason = "milliseconds until the year 285,000 are exact in a double")]
fn local(at: Timestamp) -> String {
    let options = js_sys::Object::new();
    for (name, style) in [("dateStyle", "long"), ("timeStyle", "short")] {
        // Setting a property of a fresh plain object cannot fail.
        let _ = js_sys::Reflect::set(&options, &name.into(), &style.into());
    }
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.as_millis() as f64));
    date.to_locale_string("default", &options).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_795_262_400_000; // 2026-11-21T12:00:00Z

    fn said(ms_before: u64) -> String {
        words(Timestamp::from_millis(NOON - ms_before), Timestamp::from_millis(NOON))
    }

    #[test]
    fn ages_are_said_in_the_largest_unit_that_fits() {
        let (second, minute, hour, day) = (1_000, 60_000, 3_600_000, 86_400_000);
        assert_eq!(said(0), "now");
        assert_eq!(said(44 * second), "now");
        assert_eq!(said(50 * second), "1 min");
        assert_eq!(said(59 * minute), "59 min");
        assert_eq!(said(hour), "1 h");
        assert_eq!(said(23 * hour), "23 h");
        assert_eq!(said(6 * day), "6 d");
        assert_eq!(said(9 * day), "12 Nov");
        assert_eq!(said(400 * day), "17 Oct 2025");
    }

    #[test]
    fn a_moment_ahead_of_the_clock_is_now() {
        assert_eq!(words(Timestamp::from_millis(NOON + 5_000), Timestamp::from_millis(NOON)), "now");
    }

    #[test]
    fn the_whole_moment_names_its_zone() {
        assert_eq!(utc(Timestamp::from_millis(NOON)), "21 November 2026, 12:00 UTC");
    }
}
