//! Trouble with the live connection, said slimly: it overlays, moves nothing, and is gone at once when all is well.

use leptos::prelude::*;

use super::icon::{Icon, IconName};
use crate::client::{connection::Status, live::use_live};

/// The banner of the live connection.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    let live = use_live();
    let status = live.status();
    // The sentence for screen readers has no seconds in it: it is said once, not each second.
    let announced = Memo::new(move |_| match status.get() {
        Status::Trouble { .. } => "Live updates are interrupted. Reconnecting.",
        Status::SignedOut => "You have been signed out.",
        Status::Forbidden => "Live updates are not available here.",
        Status::Idle | Status::Connecting | Status::Live => "",
    });
    view! {
        <p class="sr-only" role="status">
            {announced}
        </p>
        <Show when=move || announced.with(|said| !said.is_empty())>
            <div class="pointer-events-none fixed inset-x-0 top-(--under-bars) z-22" data-banner="">
                <div class="frame">
                    <div class="pointer-events-auto flex min-h-9 animate-drop items-center justify-center gap-2 bg-warning-soft px-4 py-1.5 text-meta font-strong text-warning medium:col-start-2">
                        <Icon name=IconName::Offline size=18 />
                        <Words status />
                    </div>
                </div>
            </div>
        </Show>
    }
}

/// What is wrong, and what to do about it.
#[component]
fn Words(status: Signal<Status>) -> impl IntoView {
    let live = use_live();
    let said = move || match status.get() {
        Status::Trouble { retry_in_s: Some(seconds) } => format!("Reconnecting in {seconds} s"),
        Status::SignedOut => "You have been signed out".to_owned(),
        Status::Forbidden => "Live updates are not available here".to_owned(),
        _ => "Reconnecting…".to_owned(),
    };
    let signed_out = Memo::new(move |_| status.get() == Status::SignedOut);
    let may_retry = Memo::new(move |_| matches!(status.get(), Status::Trouble { .. }));
    view! {
        <span class="tabular-nums">{said}</span>
        <Show when=move || may_retry.get()>
            <span aria-hidden="true">"·"</span>
            <button type="button" class=ACT on:click=move |_| live.retry_now()>
                "Retry now"
            </button>
        </Show>
        <Show when=move || signed_out.get()>
            <span aria-hidden="true">"·"</span>
            // Not a link of the app: the whole page is to start anew.
            <a href="/sign-in" rel="external" class=ACT>
                "Sign in"
            </a>
        </Show>
    }
}

const ACT: &str = "text-text underline underline-offset-4 touch-area";
