//! Joining.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_query_map;

use crate::{
    api::account::SignUp,
    app::components::{
        button::{Button, ButtonKind, ButtonSize},
        field::Field,
        form::{FormNotice, FormState},
        number::counted,
        page_title::PageTitle,
        welcome::WelcomeFrame,
    },
    protocol::limits::{FULL_NAME_MAX_CHARS, PASSWORD_MIN_CHARS, USERNAME_MAX_CHARS},
};

/// The page.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let action = ServerAction::<SignUp>::new();
    let form = FormState::of(action);
    let query = use_query_map();
    let next = Signal::derive(move || query.with(|query| query.get("next").unwrap_or_default()));
    view! {
        <PageTitle text="Create an account" />
        <WelcomeFrame heading line>
            <ActionForm action attr:class="grid gap-5" attr:novalidate=true>
                <NextField next />
                <Field
                    form
                    name="full_name"
                    label="Name"
                    autocomplete="name"
                    maxlength=FULL_NAME_MAX_CHARS
                    required=true
                />
                <Field
                    form
                    name="username"
                    label="Handle"
                    prefix="@"
                    autocomplete="username"
                    maxlength=USERNAME_MAX_CHARS
                    verbatim=true
                    required=true
                />
                <Field
                    form
                    name="email"
                    label="Email"
                    aside="Never shown"
                    kind="email"
                    autocomplete="email"
                    verbatim=true
                    required=true
                />
                <Field
                    form
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    hint=format!("At least {PASSWORD_MIN_CHARS} characters. A few unrelated words do well.")
                    required=true
                />
                <FormNotice form />
                <Button kind=ButtonKind::Accent size=ButtonSize::Large wide=true submits=true busy=form.pending()>
                    "Create account"
                </Button>
            </ActionForm>
            <p class="mt-4 text-body text-muted">
                "Already a member? "
                <a
                    href=move || other_form_href("/sign-in", &next.get())
                    class="font-strong text-accent-text underline-offset-3 hover:underline"
                >
                    "Sign in"
                </a>
            </p>
        </WelcomeFrame>
    }
}

fn heading(members: Option<u64>) -> String {
    if members == Some(0) { "Start your Hubbub".to_owned() } else { "Join this Hubbub".to_owned() }
}

fn line(members: Option<u64>) -> String {
    match members {
        Some(0) => "The first account runs the community.".to_owned(),
        Some(members) => format!("{} so far. Come in.", counted(members, "member", "members")),
        None => "Come in.".to_owned(),
    }
}

/// The address of the other of the two forms; it leads on to the same place.
pub(super) fn other_form_href(path: &str, next: &str) -> String {
    if next.is_empty() { path.to_owned() } else { format!("{path}?next={next}") }
}

/// Where to go afterwards.
#[component]
pub(super) fn NextField(next: Signal<String>) -> impl IntoView {
    view! { <input type="hidden" name="next" value=next /> }
}
