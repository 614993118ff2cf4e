//! Toasts: one line and at most one action, three at a time, gone after six seconds unless looked at.

use std::time::Duration;

use leptos::{
    leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle},
    prelude::*,
};

use super::icon::{Icon, IconName};

const STAYS: Duration = Duration::from_secs(6);
const AT_MOST: usize = 3;

/// One toast.
#[derive(Clone, Debug)]
struct Toast {
    id: u64,
    // Of two with the same key the newer takes the place of the older.
    key: Option<u64>,
    text: String,
    action: Option<(String, Callback<()>)>,
}

/// Where to say things that need no answer.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next_id: StoredValue<u64>,
}

impl Toasts {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), next_id: StoredValue::new(0) }
    }

    /// Says something.
    pub fn say(&self, text: impl Into<String>) {
        self.push(None, text.into(), None);
    }

    /// Says something and offers one thing to do about it: Undo, Retry.
    pub fn offer(&self, text: impl Into<String>, label: impl Into<String>, action: impl Into<Callback<()>>) {
        self.push(None, text.into(), Some((label.into(), action.into())));
    }

    /// The same for something that may be told again as it changes: `key` is what it is about.
    pub fn tell(&self, key: u64, text: String, label: &str, action: impl Into<Callback<()>>) {
        self.push(Some(key), text, Some((label.to_owned(), action.into())));
    }

    fn push(&self, key: Option<u64>, text: String, action: Option<(String, Callback<()>)>) {
        let id = self.next_id.get_value();
        self.next_id.set_value(id.wrapping_add(1));
        self.shown.update(|shown| {
            // The same words twice say no more than once: the newer takes the place of the older.
            shown.retain(|toast| toast.text != text && (key.is_none() || toast.key != key));
            let excess = (shown.len() + 1).saturating_sub(AT_MOST);
            shown.drain(..excess.min(shown.len()));
            shown.push(Toast { id, key, text, action });
        });
    }

    fn dismiss(&self, id: u64) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}

/// The page's toasts. Outside a page what is said is not shown.
#[must_use]
pub fn use_toasts() -> Toasts {
    use_context::<Toasts>().unwrap_or_default()
}

/// Where toasts appear: bottom left of the column, above the bottom bar on a phone. Newest below.
#[component]
pub fn ToastShelf() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div
            class="pointer-events-none fixed inset-x-4 bottom-[calc(var(--bottom-bar)+12px)] z-40 medium:inset-x-auto medium:bottom-6 medium:left-[max(96px,50%-254px)] wide:left-[calc(50%-320px)]"
            role="status"
            aria-live="polite"
        >
            <ul class="grid justify-items-start gap-2">
                <For each=move || toasts.shown.get() key=|toast| toast.id let(toast)>
                    <ToastLine toast />
                </For>
            </ul>
        </div>
    }
}

#[component]
fn ToastLine(toast: Toast) -> impl IntoView {
    let toasts = use_toasts();
    let id = toast.id;
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let hold = move || {
        if let Some(running) = timer.try_update_value(Option::take).flatten() {
            running.clear();
        }
    };
    let go = move || {
        hold();
        timer.set_value(set_timeout_with_handle(move || toasts.dismiss(id), STAYS).ok());
    };
    Effect::new(move |_| go());
    on_cleanup(hold);
    view! {
        <li
            class="pointer-events-auto flex max-w-105 medium:max-w-140 animate-toast items-center gap-4 rounded-card bg-ink py-3 pr-2 pl-4 text-body font-medium text-ink-contrast shadow-3 speaks-left"
            on:mouseenter=move |_| hold()
            on:mouseleave=move |_| go()
            on:focusin=move |_| hold()
            on:focusout=move |_| go()
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    toasts.dismiss(id);
                }
            }
        >
            <span class="line-clamp-2 min-w-0 flex-1">{toast.text}</span>
            {toast
                .action
                .map(|(label, action)| {
                    view! {
                        <button
                            type="button"
                            class="font-strong text-accent-on-ink underline-offset-3 hover:underline touch-area"
                            on:click=move |_| {
                                toasts.dismiss(id);
                                action.run(());
                            }
                        >
                            {label}
                        </button>
                    }
                })}
            <button
                type="button"
                class="grid size-7 place-items-center rounded-pill opacity-70 hover:opacity-100 touch-area"
                aria-label="Dismiss"
                on:click=move |_| toasts.dismiss(id)
            >
                <Icon name=IconName::Close size=16 />
            </button>
        </li>
    }
}
