//! `/messages/new`: choosing people to talk to, and a title where there are several.

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsCast as _;

use crate::{
    api::conversations::{BeginConversation, begin_conversation},
    app::{
        components::{
            button::{Button, ButtonKind, ICON_BUTTON},
            field::Field,
            form::{FormNotice, FormState},
            icon::{Icon, IconName},
            messages::{
                faces::use_me,
                people_picker::{PeopleBoxes, PeopleSearch, Picked},
                words::conversation_href,
            },
            page_title::PageTitle,
            time::use_clock,
        },
        composing::fresh_uuid,
    },
    client::live::use_live,
    protocol::{errors::ApiError, limits::TITLE_MAX_CHARS},
};

/// The page.
#[component]
pub fn NewConversationPage() -> impl IntoView {
    let picked = Picked::begin("/messages/new");
    let form = FormState::plain(BeginConversation::url());
    let (busy, refusal) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let begin = use_begin(picked, busy, refusal);
    // Without a script nobody is known to be chosen before the form is sent.
    let clock = use_clock();
    let is_for_nobody = Signal::derive(move || clock.is_awake() && picked.people.with(Vec::is_empty));
    let several = Memo::new(move |_| picked.people.with(|people| people.len() > 1));
    let title_class =
        move || if several.get() { "px-4 pb-3 medium:px-5" } else { "without-script px-4 pb-3 medium:px-5" };
    view! {
        <PageTitle text="New message" />
        <PaneHead title="New message" back="/messages" />
        <div class="min-h-0 flex-1 overflow-y-auto bg-surface">
            <PeopleSearch picked />
            <form
                method="post"
                action=BeginConversation::url()
                on:submit=move |event| {
                    event.prevent_default();
                    begin.run(title_in(&event));
                }
            >
                <div class=title_class>
                    <Field form name="title" label="Title of the group" aside="Optional" maxlength=TITLE_MAX_CHARS />
                </div>
                <PeopleBoxes picked />
                <div class="sticky bottom-0 grid gap-2 border-t border-border bg-surface px-4 py-3 medium:px-5">
                    <FormNotice form />
                    <Refusal refusal />
                    <Fault form />
                    <Button kind=ButtonKind::Accent submits=true wide=true busy disabled=is_for_nobody>
                        {move || if several.get() { "Begin group" } else { "Begin conversation" }}
                    </Button>
                </div>
            </form>
        </div>
    }
}

/// The head of a pane that is no thread.
#[component]
pub fn PaneHead(
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// The way back.
    #[prop(into)]
    back: String,
) -> impl IntoView {
    view! {
        <header class="flex h-16 shrink-0 items-center gap-2 border-b border-border bg-surface px-3 medium:px-5">
            <a href=back class=format!("{ICON_BUTTON} -ml-1 size-11! text-text") aria-label="Back" title="Back">
                <Icon name=IconName::Back size=22 />
            </a>
            <h1 class="min-w-0 truncate text-heading">{title}</h1>
        </header>
    }
}

/// What the title field holds.
fn title_in(event: &leptos::ev::SubmitEvent) -> Option<String> {
    let form = event.target()?.dyn_into::<web_sys::HtmlFormElement>().ok()?;
    let field = form.query_selector("input[name=title]").ok()??.dyn_into::<web_sys::HtmlInputElement>().ok()?;
    Some(field.value()).filter(|title| !title.trim().is_empty())
}

/// Begins the conversation and goes there. The same client id until it is taken, so that pressing twice makes one group.
fn use_begin(picked: Picked, busy: RwSignal<bool>, refusal: RwSignal<Option<ApiError>>) -> Callback<Option<String>> {
    let (live, me, navigate) = (use_live(), use_me(), use_navigate());
    let client_id = StoredValue::new(String::new());
    Callback::new(move |title: Option<String>| {
        let people: Vec<_> = picked.people.with_untracked(|people| people.iter().map(|person| person.id).collect());
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refusal.set(None);
        if client_id.with_value(String::is_empty) {
            client_id.set_value(fresh_uuid());
        }
        let title = title.filter(|_| people.len() > 1);
        let navigate = navigate.clone();
        spawn_local(async move {
            match begin_conversation(people, title, Some(client_id.get_value())).await {
                Ok(item) => {
                    live.conversations(me).take(std::slice::from_ref(&item));
                    navigate(&conversation_href(item.conversation.conversation_id), NavigateOptions::default());
                }
                Err(error) => {
                    busy.try_set(false);
                    refusal.try_set(Some(error));
                }
            }
        });
    })
}

#[component]
fn Refusal(refusal: RwSignal<Option<ApiError>>) -> impl IntoView {
    move || {
        refusal.get().map(|error| {
            let why = error.fields.first().map_or(error.message.clone(), |field| field.message.clone());
            view! {
                <p role="alert" class="text-meta text-danger">
                    {why}
                </p>
            }
        })
    }
}

/// What a form without JavaScript was refused for.
#[component]
pub fn Fault(
    /// The form.
    form: FormState,
) -> impl IntoView {
    let fault = form.fault("member_ids");
    move || {
        fault.get().map(|fault| {
            view! {
                <p role="alert" class="text-meta text-danger">
                    {fault}
                </p>
            }
        })
    }
}
