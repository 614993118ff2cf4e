//! Long lists: what comes in pages of many turns up a few in each frame, so that no frame takes long.

use leptos::prelude::*;

/// Items that turn up in one frame: each takes a few milliseconds to build.
const IN_A_FRAME: usize = 3;

/// Where a list grows by pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Older items stand before the others.
    Start,
    /// They stand behind them.
    End,
}

/// `items` without those at one side whose turn has not come yet. Whatever else changes in them shows at once.
#[must_use]
pub fn gradually<T>(items: Signal<Vec<T>>, side: Side) -> Signal<Vec<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let outermost = RwSignal::new(items.with_untracked(|items| side.nth(items, 0).cloned()));
    let shown = Memo::new(move |_| {
        items.with(|items| {
            let hidden = outermost.with(|outermost| side.hidden(items, outermost.as_ref()));
            match side {
                Side::Start => items.iter().skip(hidden).cloned().collect::<Vec<_>>(),
                Side::End => items.iter().take(items.len().saturating_sub(hidden)).cloned().collect(),
            }
        })
    });
    let go_on = move || {
        let next = items.try_with_untracked(|items| {
            let hidden = outermost.with_untracked(|outermost| side.hidden(items, outermost.as_ref()));
            side.nth(items, hidden.saturating_sub(IN_A_FRAME)).cloned()
        });
        // The list may be gone by now.
        if let Some(next) = next {
            outermost.try_set(next);
        }
    };
    Effect::new(move |_| {
        if shown.with(Vec::len) < items.with(Vec::len) {
            request_animation_frame(go_on);
        } else if let Some(end) = items.with(|items| side.nth(items, 0).cloned()) {
            outermost.set(Some(end));
        }
    });
    shown.into()
}

impl Side {
    /// An item by how many are further out.
    fn nth<T>(self, items: &[T], at: usize) -> Option<&T> {
        match self {
            Self::Start => items.get(at),
            Self::End => items.iter().rev().nth(at),
        }
    }

    /// How many are further out than `outermost`, and hidden. With none such, as where it was taken out, none are.
    fn hidden<T: PartialEq>(self, items: &[T], outermost: Option<&T>) -> usize {
        let is_it = |item: &T| Some(item) == outermost;
        let at = match self {
            Self::Start => items.iter().position(is_it),
            Self::End => items.iter().rev().position(is_it),
        };
        at.unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_further_out_has_to_wait() {
        assert_eq!(Side::End.hidden(&[1, 2, 3], Some(&3)), 0);
        assert_eq!(Side::End.hidden(&[1, 2, 3, 4, 5], Some(&3)), 2);
        assert_eq!(Side::End.hidden(&[0, 1, 2, 3, 4], Some(&3)), 1, "what comes at the top shows at once");
        assert_eq!(Side::Start.hidden(&[0, 1, 2, 3, 4], Some(&2)), 2);
        assert_eq!(Side::Start.hidden(&[2, 3, 4, 5], Some(&2)), 0, "and what comes at the end");
        for side in [Side::Start, Side::End] {
            assert_eq!(side.hidden(&[1, 2], Some(&3)), 0, "it was taken out");
            assert_eq!(side.hidden::<i32>(&[], None), 0);
            assert_eq!(side.hidden(&[1, 2, 3], None), 0, "the first page");
        }
    }
}
