//! Counts as people write them, and the roll with which they change.

use leptos::prelude::*;

/// 999, then 1K, 1.2K, 12K, 1.2M: three digits at most, rounded down so that a count never claims more than there is.
#[must_use]
pub fn short_count(count: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")];
    let Some((unit, letter)) = STEPS.into_iter().find(|(unit, _)| count >= *unit) else {
        return count.to_string();
    };
    let (whole, tenth) = (count / unit, count % unit / (unit / 10));
    if whole < 10 && tenth > 0 { format!("{whole}.{tenth}{letter}") } else { format!("{whole}{letter}") }
}

/// "1 like", "2 likes", "1.2K likes".
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", short_count(count), if count == 1 { one } else { many })
}

/// How a number arrives: it grew, it fell, or it was there from the start.
const fn motion(grew: Option<bool>) -> &'static str {
    match grew {
        None => "",
        Some(true) => "animate-roll-up",
        Some(false) => "animate-roll-down",
    }
}

/// A count that rolls one line up when it grows and down when it falls. Zero shows nothing, but keeps its place.
#[component]
pub fn RollingCount(
    /// The count.
    #[prop(into)]
    count: Signal<u64>,
) -> impl IntoView {
    // The first number stands still; each later one slides in from the side it came from.
    let shown = Memo::new(move |before: Option<&(u64, Option<bool>)>| {
        let now = count.get();
        match before {
            None => (now, None),
            Some((old, roll)) if *old == now => (now, *roll),
            Some((old, _)) => (now, Some(now > *old)),
        }
    });
    view! {
        <span class="inline-grid h-[1.4em] min-w-[2ch] items-center overflow-hidden tabular-nums" aria-hidden="true">
            // Keyed by the number: a new element each time, so that the motion starts anew.
            <For each=move || [shown.get()] key=|(now, _)| *now let((now, roll))>
                <span class=motion(roll)>{if now == 0 { String::new() } else { short_count(now) }}</span>
            </For>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_short_and_never_too_high() {
        let cases =
            [(0, "0"), (7, "7"), (999, "999"), (1_000, "1K"), (1_299, "1.2K"), (9_999, "9.9K"), (12_900, "12K")];
        for (count, text) in cases {
            assert_eq!(short_count(count), text);
        }
        assert_eq!(short_count(2_450_000), "2.4M");
        assert_eq!(counted(1, "like", "likes"), "1 like");
        assert_eq!(counted(1_204, "like", "likes"), "1.2K likes");
    }
}
