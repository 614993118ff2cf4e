//! Trouble with the live connection, said slimly: it overlays, moves nothing, and is gone at once when all is well.

use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// What is wrong with the live connection, once it has been wrong for two seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The browser says that there is no network.
    Offline,
    /// Trying right now.
    Connecting,
    /// Trying again in so many seconds.
    Waiting {
        /// Whole seconds, at least 1.
        seconds: u32,
    },
}

/// The banner of the live connection.
#[component]
pub fn ConnectionBanner(
    /// What is wrong; `None` shows nothing.
    #[prop(into)]
    trouble: Signal<Option<Trouble>>,
    /// Tries now.
    on_retry: Callback<()>,
) -> impl IntoView {
    // The sentence for screen readers has no seconds in it: it is said once, not each second.
    let announced = Memo::new(move |_| match trouble.get() {
        None => "",
        Some(Trouble::Offline) => "You are offline.",
        Some(_) => "Live updates are interrupted. Reconnecting.",
    });
    let has_trouble = Memo::new(move |_| trouble.with(Option::is_some));
    let words = move || match trouble.get() {
        Some(Trouble::Offline) => "You are offline".to_owned(),
        Some(Trouble::Waiting { seconds }) => format!("Reconnecting in {seconds} s"),
        Some(Trouble::Connecting) | None => "Reconnecting…".to_owned(),
    };
    view! {
        <p class="sr-only" role="status">
            {announced}
        </p>
        <Show when=move || has_trouble.get()>
            <div class="pointer-events-none fixed inset-x-0 top-(--bar) z-25 medium:top-(--bar)">
                <div class="frame">
                    <div class="pointer-events-auto flex min-h-9 animate-drop items-center justify-center gap-2 bg-warning-soft px-4 py-1.5 text-meta font-strong text-warning medium:col-start-2">
                        <Icon name=IconName::Offline size=18 />
                        <span class="tabular-nums" aria-hidden="true">
                            {words}
                        </span>
                        <span aria-hidden="true">"·"</span>
                        <button
                            type="button"
                            class="text-text underline underline-offset-4 touch-area"
                            on:click=move |_| on_retry.run(())
                        >
                            "Retry now"
                        </button>
                    </div>
                </div>
            </div>
        </Show>
    }
}
