//! Ending letters with the link that each of them has, also for somebody who is signed out.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_query_map;

use crate::{
    api::letters::StopLetters,
    app::components::{
        button::{Button, ButtonKind, ButtonSize},
        form::{FormNotice, FormState},
        page_title::PageTitle,
        welcome::WelcomeFrame,
    },
};

/// The page; once it is done, it says so.
#[component]
pub fn UnsubscribePage() -> impl IntoView {
    let query = use_query_map();
    let is_done = query.with_untracked(|query| query.get("done").is_some());
    view! {
        <PageTitle text="Stop letters" />
        {if is_done { view! { <Done /> }.into_any() } else { view! { <Ask /> }.into_any() }}
    }
}

#[component]
fn Ask() -> impl IntoView {
    let action = ServerAction::<StopLetters>::new();
    let form = FormState::of(action);
    let query = use_query_map();
    let token = Signal::derive(move || query.with(|query| query.get("token").unwrap_or_default()));
    let heading = |_| "Stop our letters?".to_owned();
    let line = |_| "You will get no more notifications by e-mail.".to_owned();
    view! {
        <WelcomeFrame heading line>
            <ActionForm action attr:class="grid gap-5" attr:novalidate=true>
                <input type="hidden" name="token" value=token />
                <FormNotice form />
                <Button kind=ButtonKind::Accent size=ButtonSize::Large wide=true submits=true busy=form.pending()>
                    "Stop them"
                </Button>
            </ActionForm>
        </WelcomeFrame>
    }
}

#[component]
fn Done() -> impl IntoView {
    let heading = |_| "No more letters".to_owned();
    let line = |_| "You can choose otherwise in your settings.".to_owned();
    view! {
        <WelcomeFrame heading line>
            <p class="text-body">
                <a href="/" class="font-strong text-accent-text underline-offset-3 hover:underline">
                    "Go on"
                </a>
            </p>
        </WelcomeFrame>
    }
}
