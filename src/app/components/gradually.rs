//! Long lists: what comes in pages of many turns up a few in each frame, so that no frame takes long.

use leptos::prelude::*;

/// Items that turn up in one frame: each takes a few milliseconds to build.
const IN_A_FRAME: usize = 3;

/// `items` without those at the end whose turn has not come yet. Whatever else changes in them shows at once.
#[must_use]
pub fn gradually<T>(items: Signal<Vec<T>>) -> Signal<Vec<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let last = RwSignal::new(items.with_untracked(|items| items.last().cloned()));
    let shown = Memo::new(move |_| {
        items.with(|items| {
            let count = last.with(|last| shown_of(items, last.as_ref()));
            items.iter().take(count).cloned().collect::<Vec<_>>()
        })
    });
    let go_on = move || {
        let next = items.try_with_untracked(|items| {
            let count = last.with_untracked(|last| shown_of(items, last.as_ref()));
            items.get(count.saturating_add(IN_A_FRAME).min(items.len()).saturating_sub(1)).cloned()
        });
        // The list may be gone by now.
        if let Some(next) = next {
            last.try_set(next);
        }
    };
    Effect::new(move |_| {
        if shown.with(Vec::len) < items.with(Vec::len) {
            request_animation_frame(go_on);
        } else if let Some(end) = items.with(|items| items.last().cloned()) {
            last.set(Some(end));
        }
    });
    shown.into()
}

/// How many are shown when `last` is the last of them. With none such, as where it was taken out, all.
fn shown_of<T: PartialEq>(items: &[T], last: Option<&T>) -> usize {
    let at = last.and_then(|last| items.iter().rposition(|item| item == last));
    at.map_or(items.len(), |at| at.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_at_the_end_has_to_wait() {
        assert_eq!(shown_of(&[1, 2, 3], Some(&3)), 3);
        assert_eq!(shown_of(&[1, 2, 3, 4, 5], Some(&3)), 3);
        assert_eq!(shown_of(&[0, 1, 2, 3, 4], Some(&3)), 4, "what comes at the top shows at once");
        assert_eq!(shown_of(&[1, 2], Some(&3)), 2, "the last one was taken out");
        assert_eq!(shown_of::<i32>(&[], None), 0);
        assert_eq!(shown_of(&[1, 2, 3], None), 3, "the first page");
    }
}
