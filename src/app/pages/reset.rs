//! Setting a new password with the link of a letter.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_query_map;

use crate::{
    api::letters::ResetPassword,
    app::components::{
        button::{Button, ButtonKind, ButtonSize},
        field::Field,
        form::{FormNotice, FormState},
        page_title::PageTitle,
        welcome::WelcomeFrame,
    },
};

/// The page; once it is done, it says so.
#[component]
pub fn ResetPage() -> impl IntoView {
    let query = use_query_map();
    let is_done = query.with_untracked(|query| query.get("done").is_some());
    view! {
        <PageTitle text="Set a new password" />
        {if is_done { view! { <Done /> }.into_any() } else { view! { <Ask /> }.into_any() }}
    }
}

#[component]
fn Ask() -> impl IntoView {
    let action = ServerAction::<ResetPassword>::new();
    let form = FormState::of(action);
    let query = use_query_map();
    let token = Signal::derive(move || query.with(|query| query.get("token").unwrap_or_default()));
    let heading = |_| "Set a new password".to_owned();
    let line = |_| "All your devices are signed out.".to_owned();
    view! {
        <WelcomeFrame heading line>
            <ActionForm action attr:class="grid gap-5" attr:novalidate=true>
                <input type="hidden" name="token" value=token />
                <Field
                    form
                    name="new_password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                />
                <FormNotice form />
                <Button kind=ButtonKind::Accent size=ButtonSize::Large wide=true submits=true busy=form.pending()>
                    "Set it"
                </Button>
            </ActionForm>
        </WelcomeFrame>
    }
}

#[component]
fn Done() -> impl IntoView {
    let heading = |_| "It is set".to_owned();
    let line = |_| "Sign in with your new password.".to_owned();
    view! {
        <WelcomeFrame heading line>
            <p class="text-body">
                <a href="/sign-in" class="font-strong text-accent-text underline-offset-3 hover:underline">
                    "Sign in"
                </a>
            </p>
        </WelcomeFrame>
    }
}
