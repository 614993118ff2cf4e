//! Announcing: what, to whom, from when until when; with how it will look.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::announces;
use crate::{
    api::announcements::{Announce, recipient_count},
    app::{
        components::{
            announcement_card::announcement_href,
            button::{Button, ButtonKind, ButtonLink},
            empty::EmptyState,
            field::{Field, TextArea},
            form::{FormNotice, FormState},
            icon::{Icon, IconName},
            page_title::PageTitle,
            select::Select,
            shell::page_header::PageHeader,
        },
        composing::fresh_uuid,
    },
    protocol::{
        announcements::Recipients,
        limits::{ANNOUNCEMENT_DAYS, ANNOUNCEMENT_MAX_CHARS, ANNOUNCEMENT_TITLE_MAX_CHARS},
    },
};

/// `/announcements/new`.
#[component]
pub fn NewAnnouncementPage() -> impl IntoView {
    view! {
        <PageTitle text="New announcement" />
        <PageHeader title="New announcement" back="/announcements" />
        {if announces() {
            view! { <AnnouncementForm /> }.into_any()
        } else {
            view! {
                <EmptyState icon=IconName::Lock title="Only admins and the owner announce" />
            }
                .into_any()
        }}
    }
}

#[component]
fn AnnouncementForm() -> impl IntoView {
    let announce = ServerAction::<Announce>::new();
    let form = FormState::of(announce);
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(Ok(made)) = announce.value().get() {
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            navigate(&announcement_href(made.announcement_id), options);
        }
    });
    let recipients = RwSignal::new(Recipients::default());
    let client_id = RwSignal::new(String::new());
    Effect::new(move |_| client_id.set(fresh_uuid()));
    let choices = Recipients::ALL.map(|of| (of.as_str().to_owned(), of.words().to_owned())).to_vec();
    let choose = Callback::new(move |of: String| recipients.set(Recipients::named(&of).unwrap_or_default()));
    let chosen = form.typed("recipients").unwrap_or_else(|| Recipients::default().as_str().to_owned());
    let (title, content) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (starts_at_utc, ends_at_utc) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let on_input = move |event: leptos::ev::Event| {
        let field = event_target::<web_sys::HtmlInputElement>(&event);
        match field.name().as_str() {
            "title" => title.set(field.value()),
            "starts_at" => starts_at_utc.set(in_utc(&field.value())),
            "ends_at" => ends_at_utc.set(in_utc(&field.value())),
            // A text area: it has a name and a value as well.
            "content" => content.set(field.value()),
            _ => {}
        }
    };
    view! {
        <div on:input=on_input>
            <ActionForm action=announce attr:class="grid gap-5 px-4 py-6 medium:px-5" attr:novalidate=true>
                <input type="hidden" name="client_id" prop:value=client_id />
                <input type="hidden" name="starts_at_utc" prop:value=starts_at_utc />
                <input type="hidden" name="ends_at_utc" prop:value=ends_at_utc />
                <Field form name="title" label="Title" maxlength=ANNOUNCEMENT_TITLE_MAX_CHARS required=true />
                <TextArea
                    form
                    name="content"
                    label="Text"
                    maxlength=ANNOUNCEMENT_MAX_CHARS
                    hint="Links, @names and #tags work."
                />
                <div class="grid gap-1.5">
                    <label for="recipients" class="text-meta font-strong">
                        "For"
                    </label>
                    <Select name="recipients" label="For" options=choices chosen on_choose=choose />
                    <Count recipients />
                </div>
                <div class="grid gap-5 medium:grid-cols-2">
                    <Field form name="starts_at" label="From" aside="At once" kind="datetime-local" />
                    <Field form name="ends_at" label="Until" aside=UNTIL kind="datetime-local" />
                </div>
                <p class="without-script text-small text-muted">"Times are in UTC."</p>
                <Preview title content />
                <FormNotice form />
                <div class="flex flex-wrap gap-3">
                    <Button kind=ButtonKind::Accent submits=true busy=form.pending()>
                        "Announce"
                    </Button>
                    <ButtonLink href="/announcements" kind=ButtonKind::Quiet>
                        "Cancel"
                    </ButtonLink>
                </div>
            </ActionForm>
        </div>
    }
}

/// What is said of an end that was not chosen.
const UNTIL: &str = "In 14 days";
const _: () = assert!(ANNOUNCEMENT_DAYS == 14, "UNTIL says 14");

/// A moment of a field, `2026-12-31T18:00` where the reader is, in UTC; empty when there is none.
fn in_utc(local: &str) -> String {
    if local.is_empty() {
        return String::new();
    }
    let at = js_sys::Date::new(&local.into());
    if at.get_time().is_nan() { String::new() } else { at.to_iso_string().into() }
}

/// How many people it is for.
#[component]
fn Count(recipients: RwSignal<Recipients>) -> impl IntoView {
    let count = Resource::new(move || recipients.get(), recipient_count);
    let words = move || match count.get() {
        Some(Ok(1)) => "1 person".to_owned(),
        Some(Ok(count)) => format!("{count} people"),
        _ => "\u{a0}".to_owned(),
    };
    view! {
        <Transition>
            <p class="text-small text-muted tabular-nums" role="status">
                {words}
            </p>
        </Transition>
    }
}

/// How it will stand in the bell.
#[component]
fn Preview(title: RwSignal<String>, content: RwSignal<String>) -> impl IntoView {
    view! {
        <Show when=move || title.with(|title| !title.trim().is_empty())>
            <section aria-label="Preview" class="needs-script grid gap-2">
                <h2 class="text-meta font-strong">"Preview"</h2>
                <div class="flex items-start gap-3 rounded-card border border-border bg-accent-soft px-4 py-3">
                    <span class="grid size-11 shrink-0 place-items-center rounded-pill bg-ink text-ink-contrast">
                        <Icon name=IconName::Public />
                    </span>
                    <div class="min-w-0">
                        <p class="break-words">
                            <strong class="font-strong">"Announcement"</strong>
                            " · "
                            {title}
                        </p>
                        <p class="line-clamp-3 break-words whitespace-pre-wrap text-muted">{content}</p>
                    </div>
                </div>
            </section>
        </Show>
    }
}
