//! The reference of the wire: requests, what is live, types, and a console to try it.

pub mod console;
pub mod live;
pub mod requests;
pub mod types;

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    app::components::{
        empty::ErrorState,
        icon::{Icon, IconName},
        page_title::PageTitle,
        shell::page_header::PageHeader,
        skeleton::PersonSkeleton,
        tabs::{Tab, Tabs},
    },
    protocol::{
        errors::ApiError,
        reference::{Choice, FieldInfo, Shape},
    },
};

/// Where the reference begins.
pub const REFERENCE_HREF: &str = "/api/docs";

/// The pages of the reference: their addresses and names.
const PAGES: [(&str, &str); 4] = [
    (REFERENCE_HREF, "Requests"),
    ("/api/docs/live", "Live"),
    ("/api/docs/types", "Types"),
    ("/api/docs/console", "Console"),
];

/// What can be downloaded.
const DOWNLOADS: [(&str, &str); 3] = [
    ("/api/openapi.json", "OpenAPI 3.1"),
    ("/api/asyncapi.json", "AsyncAPI 3.0"),
    ("/api/hubbub.d.ts", "Types for TypeScript"),
];

/// A line of prose.
pub(super) const PROSE: &str = "max-w-160 text-muted";
/// What is set as code within a line.
pub(super) const CODE: &str = "font-mono text-meta wrap-anywhere";
/// A part of a page.
pub(super) const SECTION: &str = "border-t border-border px-4 py-5 medium:px-5";
/// What opens.
pub(super) const SUMMARY: &str = "-mx-2 flex cursor-pointer list-none flex-wrap items-baseline gap-x-3 gap-y-0.5 rounded-field px-2 py-2.5 hover:bg-hover";

/// The head of each page: its title and the way to the others.
#[component]
fn Head(
    /// Its name among the pages.
    name: &'static str,
) -> impl IntoView {
    let tabs = move || {
        PAGES.map(|(href, label)| {
            view! {
                <Tab href=href.to_owned() current=Signal::stored(label == name)>
                    {label}
                </Tab>
            }
        })
    };
    view! {
        <PageTitle text=format!("API: {name}") />
        <PageHeader title=format!("API: {name}")>
            <Tabs label="Reference">{tabs()}</Tabs>
        </PageHeader>
    }
}

/// A page of the reference: what it is about, what can be taken along, and below it all that was read.
#[component]
fn ReferencePage<T>(
    /// Its name among the pages.
    name: &'static str,
    /// What is read for it.
    reference: Resource<Result<T, ApiError>>,
    /// How that is shown.
    show: fn(T) -> AnyView,
    /// What it is about.
    children: Children,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    view! {
        <Head name />
        <div class="grid gap-5 px-4 py-5 medium:px-5">
            <p class=PROSE>{children()}</p>
            <Downloads />
        </div>
        <Transition fallback=|| {
            view! { <PersonSkeleton rows=6 /> }
        }>
            {move || Suspend::new(async move {
                match reference.await {
                    Ok(read) => show(read),
                    Err(error) => {
                        let retry = Callback::new(move |()| reference.refetch());
                        view! { <ErrorState title="The reference did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// What can be taken along.
#[component]
fn Downloads() -> impl IntoView {
    let links = DOWNLOADS.map(|(href, label)| {
        view! {
            <li>
                <a href=href download="" rel="external" class="inline-flex items-center gap-1.5 text-accent-text underline">
                    <Icon name=IconName::File size=18 />
                    {label}
                </a>
            </li>
        }
    });
    view! { <ul class="flex flex-wrap gap-x-5 gap-y-2">{links}</ul> }
}

/// A form, leading to the type it names.
#[component]
fn ShapeWords(shape: Shape) -> impl IntoView {
    match shape.name {
        Some(name) => view! {
            <a href=format!("/api/docs/types#{name}") class=format!("{CODE} text-accent-text underline")>
                {shape.words}
            </a>
        }
        .into_any(),
        None => view! { <span class=format!("{CODE} text-muted")>{shape.words}</span> }.into_any(),
    }
}

/// Fields with their forms and meanings.
#[component]
fn FieldList(fields: Vec<FieldInfo>) -> impl IntoView {
    let fields = fields.into_iter().map(|field| {
        view! {
            <div class="py-1.5">
                <dt class="flex flex-wrap items-baseline gap-x-2">
                    <code class=format!("{CODE} font-strong")>{field.name}</code>
                    <ShapeWords shape=field.shape />
                    {(!field.required).then(|| view! { <span class="text-small text-muted">"may be missing"</span> })}
                </dt>
                <dd class="text-meta text-muted">{field.words}</dd>
            </div>
        }
    });
    view! { <dl class="divide-y divide-border">{fields.collect_view()}</dl> }
}

/// Values and what they mean.
#[component]
fn ChoiceList(choices: Vec<Choice>) -> impl IntoView {
    let choices = choices.into_iter().map(|choice| {
        view! {
            <div class="py-1.5 medium:grid medium:grid-cols-[minmax(0,1fr)_minmax(0,2fr)] medium:gap-4">
                <dt>
                    <code class=format!("{CODE} font-strong")>{choice.value}</code>
                </dt>
                <dd class="text-meta text-muted">{choice.words}</dd>
            </div>
        }
    });
    view! { <dl class="divide-y divide-border">{choices.collect_view()}</dl> }
}

/// JSON, indented; a long line is scrolled to.
#[component]
fn Json(
    /// The text.
    text: String,
    /// What it is, for screen readers.
    label: String,
) -> impl IntoView {
    view! {
        <pre
            tabindex="0"
            role="region"
            aria-label=label
            class="my-2 max-h-96 overflow-auto rounded-field bg-sunken p-3.5 font-mono text-small"
        >
            {text}
        </pre>
    }
}
