//! Asking for a link that sets a new password.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_query_map;

use crate::{
    api::letters::ForgotPassword,
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
pub fn ForgotPage() -> impl IntoView {
    let query = use_query_map();
    let is_done = query.with_untracked(|query| query.get("done").is_some());
    view! {
        <PageTitle text="Forgot your password?" />
        {if is_done { view! { <Done /> }.into_any() } else { view! { <Ask /> }.into_any() }}
    }
}

#[component]
fn Ask() -> impl IntoView {
    let action = ServerAction::<ForgotPassword>::new();
    let form = FormState::of(action);
    let heading = |_| "Forgot your password?".to_owned();
    let line = |_| "We write you a link that sets a new one.".to_owned();
    view! {
        <WelcomeFrame heading line>
            <ActionForm action attr:class="grid gap-5" attr:novalidate=true>
                <Field
                    form
                    name="email"
                    label="Email"
                    kind="email"
                    autocomplete="email"
                    verbatim=true
                    required=true
                />
                <FormNotice form />
                <Button kind=ButtonKind::Accent size=ButtonSize::Large wide=true submits=true busy=form.pending()>
                    "Write to me"
                </Button>
            </ActionForm>
        </WelcomeFrame>
    }
}

#[component]
fn Done() -> impl IntoView {
    let heading = |_| "Look into your mail".to_owned();
    let line = |_| "If this address has an account, a letter is on its way. Its link works for an hour.".to_owned();
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
