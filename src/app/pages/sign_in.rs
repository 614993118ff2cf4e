//! Signing in, by e-mail address or username.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_query_map;

use super::sign_up::{NextField, other_form_href};
use crate::{
    api::account::SignIn,
    app::components::{
        button::{Button, ButtonKind, ButtonSize},
        field::Field,
        form::{FormNotice, FormState},
        page_title::PageTitle,
        welcome::WelcomeFrame,
    },
};

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let form = FormState::of(action);
    let query = use_query_map();
    let next = Signal::derive(move || query.with(|query| query.get("next").unwrap_or_default()));
    let heading = |_| "Welcome back".to_owned();
    let line = |_| "Sign in to see what is going on.".to_owned();
    view! {
        <PageTitle text="Sign in" />
        <WelcomeFrame heading line>
            <ActionForm action attr:class="grid gap-5" attr:novalidate=true>
                <NextField next />
                <Field
                    form
                    name="login"
                    label="Email or handle"
                    autocomplete="username"
                    verbatim=true
                    required=true
                />
                <Field
                    form
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                />
                <p class="text-meta">
                    <a href="/forgot" class="text-accent-text underline-offset-3 hover:underline">
                        "Forgot your password?"
                    </a>
                </p>
                <FormNotice form />
                <Button kind=ButtonKind::Accent size=ButtonSize::Large wide=true submits=true busy=form.pending()>
                    "Sign in"
                </Button>
            </ActionForm>
            <p class="mt-4 text-body text-muted">
                "New here? "
                <a
                    href=move || other_form_href("/sign-up", &next.get())
                    class="font-strong text-accent-text underline-offset-3 hover:underline"
                >
                    "Create an account"
                </a>
            </p>
        </WelcomeFrame>
    }
}
