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

    /// The same, without following the ticks.
    #[must_use]
    pub fn now_untracked(&self) -> Timestamp {
        self.now.get_untracked()
    }

    /// Whether the browser has taken over: only then may its locale and time zone show.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        self.awake.get()
    }

    /// The number of the day of a moment, where the reader is; in UTC until the page is awake.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> i64 {
        // Minutes by which UTC is ahead of the reader.
        #[expect(clippy::cast_possible_truncation, reason = "a day has 1,440 minutes")]
        let ahead_min = if self.is_awake() { js_date(at).get_timezone_offset() as i64 } else { 0 };
        let ms = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        ms.saturating_sub(ahead_min * 60_000).div_euclid(i64::try_from(DAY_MS).unwrap_or(1))
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
    let is_pointed_at = RwSignal::new(false);
    view! {
        <time
            datetime=at.to_string()
            title=move || whole(at, is_pointed_at.get())
            class="whitespace-nowrap"
            on:pointerenter=move |_| is_pointed_at.set(true)
        >
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

/// A time of day, "14:32", as the reader's language writes it; in UTC until the page is awake.
#[component]
pub fn ClockTime(
    /// Which moment.
    at: Timestamp,
) -> impl IntoView {
    let clock = use_clock();
    let words = move || if clock.is_awake() { local_time(at) } else { utc_time(at) };
    let is_pointed_at = RwSignal::new(false);
    view! {
        <time
            datetime=at.to_string()
            title=move || whole(at, is_pointed_at.get())
            class="whitespace-nowrap"
            on:pointerenter=move |_| is_pointed_at.set(true)
        >
            {words}
        </time>
    }
}

/// When something was last said, for a list: "14:32" today, "Thu" this week, "12 Nov" before.
#[component]
pub fn LastTime(
    /// Which moment.
    at: Timestamp,
) -> impl IntoView {
    let clock = use_clock();
    let words = Memo::new(move |_| match clock.day(clock.now()) - clock.day(at) {
        ..=0 if clock.is_awake() => local_time(at),
        ..=0 => utc_time(at),
        1..=6 => WEEKDAYS.get(weekday(clock.day(at))).and_then(|name| name.get(..3)).unwrap_or_default().to_owned(),
        _ => calendar(at, clock.now()),
    });
    view! {
        <time datetime=at.to_string() class="whitespace-nowrap">
            {words}
        </time>
    }
}

/// A day over what was said on it: "Today", "Yesterday", "Thursday", "12 November".
#[component]
pub fn DayWords(
    /// A moment of that day.
    at: Timestamp,
) -> impl IntoView {
    let clock = use_clock();
    let words = Memo::new(move |_| day_words(clock.day(at), clock.day(clock.now())));
    view! { <time datetime=at.to_string()>{words}</time> }
}

fn day_words(day: i64, today: i64) -> String {
    match today - day {
        ..=0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        2..=6 => WEEKDAYS.get(weekday(day)).copied().unwrap_or_default().to_owned(),
        _ => {
            let at = |day: i64| date(Timestamp::from_millis(u64::try_from(day).unwrap_or(0).saturating_mul(DAY_MS)));
            let ((year, month, number), this_year) = (at(day), at(today).0);
            let name = MONTHS.get(month.saturating_sub(1)).copied().unwrap_or_default();
            if year == this_year { format!("{number} {name}") } else { format!("{number} {name} {year}") }
        }
    }
}

const DAY_MS: u64 = 86_400_000;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// 0 is Monday. The first of January 1970 was a Thursday.
fn weekday(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// "14:32" in UTC.
fn utc_time(at: Timestamp) -> String {
    at.to_string().split('T').nth(1).and_then(|time| time.get(..5).map(str::to_owned)).unwrap_or_default()
}

/// "14:32" or "2:32 PM", as the reader's language writes it.
fn local_time(at: Timestamp) -> String {
    thread_local!(static TIME: js_sys::Function = local_format([("hour", "2-digit"), ("minute", "2-digit")]));
    TIME.with(|format| formatted(format, at))
}

/// What writes moments in the reader's language and time zone, by the browser's `Intl`. Each is made once: that takes as long
/// as writing hundreds of moments.
fn local_format(styles: [(&str, &str); 2]) -> js_sys::Function {
    let options = js_sys::Object::new();
    for (name, style) in styles {
        // Setting a property of a fresh plain object cannot fail.
        let _ = js_sys::Reflect::set(&options, &name.into(), &style.into());
    }
    js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &options).format()
}

fn formatted(format: &js_sys::Function, at: Timestamp) -> String {
    // No moment that we know is outside of what a date can be.
    let text = format.call1(&wasm_bindgen::JsValue::UNDEFINED, &js_date(at));
    text.ok().and_then(|text| text.as_string()).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds until the year 285,000 are exact in a double")]
fn js_date(at: Timestamp) -> js_sys::Date {
    js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.as_millis() as f64))
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
#[must_use]
pub fn ago_words(at: Timestamp, now: Timestamp) -> String {
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

/// The same moment in the reader's own language and time zone.
fn local(at: Timestamp) -> String {
    thread_local!(static WHOLE: js_sys::Function = local_format([("dateStyle", "long"), ("timeStyle", "short")]));
    WHOLE.with(|format| formatted(format, at))
}

/// What is read of a moment on hover. A page shows many, of which few are ever pointed at.
fn whole(at: Timestamp, is_pointed_at: bool) -> String {
    if is_pointed_at { local(at) } else { utc(at) }
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
    fn days_are_named_while_they_are_near() {
        let today = i64::try_from(NOON / DAY_MS).unwrap();
        let said = |ago| day_words(today - ago, today);
        assert_eq!([said(0), said(1), said(2)], ["Today", "Yesterday", "Thursday"]);
        assert_eq!([said(9), said(400)], ["12 November", "17 October 2025"]);
    }

    #[test]
    fn the_whole_moment_names_its_zone() {
        assert_eq!(utc(Timestamp::from_millis(NOON)), "21 November 2026, 12:00 UTC");
    }
}
