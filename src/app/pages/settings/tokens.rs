//! Access tokens: what scripts act with in one's name.

use leptos::{form::ActionForm, html, prelude::*, server_fn::ServerFn, task::spawn_local};

use crate::{
    api::tokens::{MakeToken, RevokeToken, personal_tokens},
    app::{
        components::{
            button::{Button, ButtonKind, ButtonSize},
            empty::{EmptyState, ErrorState},
            field::Field,
            form::{FormNotice, FormState},
            icon::{Icon, IconName},
            page_title::PageTitle,
            select::Select,
            share::copy,
            shell::page_header::PageHeader,
            skeleton::PersonSkeleton,
            time::{Day, RelativeTime},
            toast::use_toasts,
        },
        facts::use_viewer,
        refused::{MADE, RefusedForm},
    },
    protocol::{
        limits::{TOKEN_DEFAULT_DAYS, TOKEN_NAME_MAX_CHARS},
        tokens::{MadeToken, Scope, TokenView},
    },
};

/// Where the page is.
pub const TOKENS_HREF: &str = "/settings/tokens";

/// How long a token may hold, in days and in words.
const LENGTHS: [(u32, &str); 4] = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "A year")];

/// The page.
#[component]
pub fn TokensPage() -> impl IntoView {
    let make = ServerAction::<MakeToken>::new();
    let revoke = ServerAction::<RevokeToken>::new();
    let list = Resource::new(move || (make.version().get(), revoke.version().get()), |_| personal_tokens());
    view! {
        <PageTitle text="Access tokens" />
        <PageHeader title="Access tokens" back="/settings" />
        <p class="px-4 pt-5 pb-4 text-muted medium:px-5">
            "A script that uses Hubbub in your name signs in with one of these instead of your password, and may do only what you choose. A new password ends them all."
        </p>
        <Made make />
        <div class="px-4 medium:px-5">
            <FormNotice form=FormState::of(revoke) />
        </div>
        <Transition fallback=|| {
            view! { <PersonSkeleton rows=2 /> }
        }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(tokens) if tokens.is_empty() => {
                        view! {
                            <EmptyState icon=IconName::Lock title="No tokens yet" text="Make one below for your first script." />
                        }
                            .into_any()
                    }
                    Ok(tokens) => view! { <Tokens tokens revoke /> }.into_any(),
                    Err(error) => {
                        let retry = Callback::new(move |()| list.refetch());
                        view! { <ErrorState title="Your tokens did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
        <NewTokenForm make />
    }
}

/// The token that was just made, this once.
#[component]
fn Made(make: ServerAction<MakeToken>) -> impl IntoView {
    let toasts = use_toasts();
    let sent = use_context::<RefusedForm>().filter(|form| form.action == MakeToken::url());
    let by_form = sent.and_then(|form| serde_json::from_str::<MadeToken>(form.value(MADE)?).ok());
    let by_form = StoredValue::new(by_form);
    let made = Memo::new(move |_| match make.value().get() {
        Some(answer) => answer.ok(),
        None => by_form.get_value(),
    });
    let copy_it = move |token: String| {
        spawn_local(async move {
            match copy(&token).await {
                Ok(_) => toasts.say("Token copied"),
                Err(_) => toasts.say("The browser did not let us copy the token"),
            }
        });
    };
    // Who pressed the button is at the end of the page.
    let place = NodeRef::<html::Section>::new();
    Effect::new(move |before: Option<bool>| {
        let is_made = make.value().with(|answer| matches!(answer, Some(Ok(_))));
        if let (Some(_), true, Some(section)) = (before, is_made, place.get()) {
            // Focus brings it into sight, and a screen reader to it.
            let _ = section.focus();
        }
        is_made
    });
    move || {
        made.get().map(|MadeToken { token, details }| {
            let copied = token.clone();
            view! {
                <section
                    node_ref=place
                    tabindex="-1"
                    class="mx-4 mb-5 grid gap-3 rounded-card bg-success-soft p-4 medium:mx-5"
                    role="status"
                    aria-label="The new token"
                >
                    <p class="flex items-start gap-2.5 font-medium text-success">
                        <Icon name=IconName::Good size=18 class="mt-0.5" />
                        <span>{["“", &details.name, "” is made. Copy it now: it is not shown again."].concat()}</span>
                    </p>
                    <div class="flex flex-wrap items-center gap-2">
                        <code class="min-w-0 flex-1 basis-60 rounded-field bg-surface px-3 py-2.5 text-meta break-all select-all">
                            {token}
                        </code>
                        <span class="needs-script">
                            <Button kind=ButtonKind::Outline on:click=move |_| copy_it(copied.clone())>
                                "Copy"
                            </Button>
                        </span>
                    </div>
                </section>
            }
        })
    }
}

#[component]
fn Tokens(tokens: Vec<TokenView>, revoke: ServerAction<RevokeToken>) -> impl IntoView {
    let rows = tokens.into_iter().map(|token| view! { <Token token revoke /> }).collect_view();
    view! {
        <ul class="divide-y divide-border border-y border-border" aria-label="Your tokens">
            {rows}
        </ul>
    }
}

#[component]
fn Token(token: TokenView, revoke: ServerAction<RevokeToken>) -> impl IntoView {
    let TokenView { id, name, scopes, expires_at, last_used_at, .. } = token;
    let scopes = scopes.into_iter().map(Scope::as_str).collect::<Vec<_>>().join(", ");
    let used = match last_used_at {
        Some(at) => view! { "Used " <RelativeTime at ago=true /> }.into_any(),
        None => "Never used".into_any(),
    };
    let label = ["Revoke ", &name].concat();
    view! {
        <li class="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3.5 medium:px-5">
            <div class="min-w-0 flex-1">
                <p class="truncate font-strong">{name}</p>
                <p class="text-meta text-muted">{scopes}</p>
                <p class="text-meta text-muted">{used} " · Ends on " <Day at=expires_at /></p>
            </div>
            <details class="open:basis-full">
                <summary class=SUMMARY aria-label=[&label, "…"].concat()>
                    "Revoke…"
                </summary>
                <ActionForm action=revoke attr:class="mt-3 grid justify-items-start gap-3">
                    <p class="text-meta text-muted">"Whatever uses it stops at once. This cannot be undone."</p>
                    <input type="hidden" name="id" value=id.to_string() />
                    <Button
                        kind=ButtonKind::Danger
                        size=ButtonSize::Small
                        submits=true
                        busy=revoke.pending()
                        attr:aria-label=label
                    >
                        "Revoke"
                    </Button>
                </ActionForm>
            </details>
        </li>
    }
}

/// A summary that looks like a small button.
const SUMMARY: &str = "inline-flex min-h-9 cursor-pointer list-none items-center rounded-pill border border-border-strong px-3.5 text-meta font-strong hover:bg-hover";

#[component]
fn NewTokenForm(make: ServerAction<MakeToken>) -> impl IntoView {
    let form = FormState::of(make);
    let node = NodeRef::<html::Form>::new();
    Effect::new(move |_| {
        if matches!(make.value().get(), Some(Ok(_)))
            && let Some(form) = node.get_untracked()
        {
            form.reset();
        }
    });
    let lengths = LENGTHS.map(|(days, words)| (days.to_string(), words.to_owned())).to_vec();
    let chosen = form.typed("expires_in_days").unwrap_or_else(|| TOKEN_DEFAULT_DAYS.to_string());
    view! {
        <section class="px-4 py-6 medium:px-5">
            <h2 class="mb-4 text-lead font-bold">"New token"</h2>
            <ActionForm action=make node_ref=node attr:class="grid gap-5" attr:novalidate=true>
                <Field
                    form
                    name="name"
                    label="What it is for"
                    hint="So that you know it again: “Weather bot”."
                    maxlength=TOKEN_NAME_MAX_CHARS
                    required=true
                />
                <Scopes form />
                <div class="grid max-w-60 gap-1.5">
                    <span class="text-meta font-strong" aria-hidden="true">
                        "Ends after"
                    </span>
                    <Select name="expires_in_days" label="Ends after" options=lengths chosen />
                </div>
                <FormNotice form />
                <div>
                    <Button submits=true busy=form.pending()>
                        "Make token"
                    </Button>
                </div>
            </ActionForm>
        </section>
    }
}

/// What it may do; looking after the community only for those who may.
#[component]
fn Scopes(form: FormState) -> impl IntoView {
    let viewer = use_viewer();
    let is_staff = viewer.get_untracked().is_some_and(|me| me.profile.role.is_staff());
    let fault = form.fault("scopes");
    let box_of = move |scope: Scope| {
        let (label, hint) = words(scope);
        view! {
            <label class="-mx-3 flex cursor-pointer items-start gap-3 rounded-field px-3 py-2 hover:bg-hover">
                <input
                    type="checkbox"
                    name="scopes[]"
                    value=scope.as_str()
                    checked=scope == Scope::Read
                    class="mt-0.5 size-5 shrink-0 accent-accent"
                />
                <span class="grid">
                    <span class="font-strong">{label}</span>
                    <span class="text-meta text-muted">{hint}</span>
                </span>
            </label>
        }
    };
    let offered = Scope::ALL.into_iter().filter(|scope| is_staff || *scope != Scope::Admin);
    view! {
        <fieldset class="grid gap-1" aria-describedby=move || fault.with(Option::is_some).then_some("scopes-fault")>
            <legend class="mb-1 text-meta font-strong">"What it may do"</legend>
            {offered.map(box_of).collect_view()}
            {move || {
                fault
                    .get()
                    .map(|fault| {
                        view! {
                            <p id="scopes-fault" class="text-meta text-danger" role="alert">
                                {fault}
                            </p>
                        }
                    })
            }}
        </fieldset>
    }
}

const fn words(scope: Scope) -> (&'static str, &'static str) {
    match scope {
        Scope::Read => ("Read", "Posts, people, jobs and notifications that you may see; no conversations"),
        Scope::Write => ("Write", "Post, comment, like, follow and change things as you"),
        Scope::Messages => ("Messages", "Read your conversations and write in them"),
        Scope::Socket => ("Live", "Stay connected: everything that reaches you live, messages too"),
        Scope::Admin => ("Look after the community", "What your role allows; without it the token is a plain member’s"),
    }
}
