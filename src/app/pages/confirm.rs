//! Confirming an address with the link of a letter.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_query_map;

use crate::{
    api::letters::ConfirmAddress,
    app::components::{
        button::{Button, ButtonKind, ButtonSize},
        form::{FormNotice, FormState},
        page_title::PageTitle,
        welcome::WelcomeFrame,
    },
};

/// The page; once it is done, it says so.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let query = use_query_map();
    let is_done = query.with_untracked(|query| query.get("done").is_some());
    view! {
        <PageTitle text="Confirm your address" />
        {if is_done { view! { <Done /> }.into_any() } else { view! { <Ask /> }.into_any() }}
    }
}

#[component]
fn Ask() -> impl IntoView {
    let action = ServerAction::<ConfirmAddress>::new();
    let form = FormState::of(action);
    let query = use_query_map();
    let token = Signal::derive(move || query.with(|query| query.get("token").unwrap_or_default()));
    let heading = |_| "Confirm your address".to_owned();
    let line = |_| "Then we can write to you when you are away.".to_owned();
    view! {
        <WelcomeFrame heading line>
            <ActionForm action attr:class="grid gap-5" attr:novalidate=true>
                <input type="hidden" name="token" value=token />
                <FormNotice form />
                <Button kind=ButtonKind::Accent size=ButtonSize::Large wide=true submits=true busy=form.pending()>
                    "Confirm"
                </Button>
            </ActionForm>
        </WelcomeFrame>
    }
}

#[component]
fn Done() -> impl IntoView {
    let heading = |_| "Thank you".to_owned();
    let line = |_| "Your address is confirmed.".to_owned();
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
