//! What the live half holds, behind a lock that waits.

use std::sync::{Arc, Mutex, PoisonError};

use leptos::prelude::*;

/// A value that lives as long as the app and is changed from several places. On the server the parts of one page are
/// rendered side by side. A `StoredValue` by itself answers "nothing" to whoever comes while another part holds it: a row
/// would be written empty, and the browser could not take the page over. Here they wait their turn. Whoever holds it does
/// not ask for it again.
pub(super) struct Shared<T: 'static>(StoredValue<Arc<Mutex<T>>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<T> {}

impl<T: Send> Shared<T> {
    pub(super) fn new(value: T) -> Self {
        Self(StoredValue::new(Arc::new(Mutex::new(value))))
    }

    /// `None` when the app is gone.
    pub(super) fn try_update_value<U>(self, change: impl FnOnce(&mut T) -> U) -> Option<U> {
        let value = self.0.try_get_value()?;
        let mut value = value.lock().unwrap_or_else(PoisonError::into_inner);
        Some(change(&mut value))
    }

    /// See [`Shared::try_update_value`].
    pub(super) fn try_with_value<U>(self, read: impl FnOnce(&T) -> U) -> Option<U> {
        self.try_update_value(|value| read(value))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn who_comes_second_waits_instead_of_finding_nothing() {
        let owner = &Owner::new();
        let shared = owner.with(|| Shared::new(1));
        let (begun, has_begun) = mpsc::sync_channel(1);
        let (end, may_end) = mpsc::sync_channel::<()>(1);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let hold = |value: &mut i32| {
                    begun.send(()).unwrap();
                    may_end.recv().unwrap();
                    *value += 1;
                };
                owner.with(|| shared.try_update_value(hold))
            });
            has_begun.recv().unwrap();
            let second = scope.spawn(move || owner.with(|| shared.try_with_value(|value| *value)));
            end.send(()).unwrap();
            assert_eq!(second.join().unwrap(), Some(2));
        });
    }
}
