//! Every request: what it takes and what it answers.

use leptos::prelude::*;

use super::{CODE, ChoiceList, FieldList, PROSE, ReferencePage, SECTION, SUMMARY, ShapeWords};
use crate::{
    api::reference::every_request,
    protocol::reference::{AnswerInfo, Noun, RequestInfo, RequestReference},
};

/// The page.
#[component]
pub fn RequestsReferencePage() -> impl IntoView {
    let reference = Resource::new_blocking(|| (), |()| every_request());
    let show = |reference| view! { <All reference /> }.into_any();
    view! {
        <ReferencePage name="Requests" reference show>
            "Programs do here what people do on the pages. Sign in with " <code class=CODE>"POST /api/auth/login"</code>
            " and send " <code class=CODE>"Authorization: Bearer"</code>
            " with the access token; pages of this site are known by their cookie. Ids are text, moments are RFC 3339, lists come in pages: pass "
            <code class=CODE>"next"</code> " as " <code class=CODE>"before"</code> "."
        </ReferencePage>
    }
}

fn anchor(noun: &str) -> String {
    noun.to_lowercase()
}

#[component]
fn All(reference: RequestReference) -> impl IntoView {
    let links = reference.nouns.iter().map(|noun| {
        let (href, name) = (format!("#{}", anchor(&noun.name)), noun.name.clone());
        view! {
            <li>
                <a href=href rel="external" class="text-accent-text underline">
                    {name}
                </a>
            </li>
        }
    });
    let links = links.collect_view();
    let nouns = reference.nouns.into_iter().map(|noun| view! { <NounSection noun /> }).collect_view();
    view! {
        <nav aria-label="On this page" class="px-4 pb-5 medium:px-5">
            <ul class="flex flex-wrap gap-x-4 gap-y-1.5">{links}</ul>
        </nav>
        {nouns}
        <section aria-labelledby="refusals" class=SECTION>
            <h2 id="refusals" class="text-heading">
                "When something is refused"
            </h2>
            <p class=format!("{PROSE} pt-1 pb-2")>
                "The answer is an " <a href="/api/docs/types#ApiError" class="text-accent-text underline">"ApiError"</a>
                " under one of these."
            </p>
            <ChoiceList choices=reference.refusals />
        </section>
    }
}

#[component]
fn NounSection(noun: Noun) -> impl IntoView {
    let id = anchor(&noun.name);
    let label = id.clone();
    view! {
        <section aria-labelledby=label class=SECTION>
            <h2 id=id class="scroll-mt-24 pb-1 text-heading">
                {noun.name}
            </h2>
            <div class="divide-y divide-border">
                {noun.requests.into_iter().map(|request| view! { <Request request /> }).collect_view()}
            </div>
        </section>
    }
}

#[component]
fn Request(request: RequestInfo) -> impl IntoView {
    let has_parameters = !request.parameters.is_empty();
    let parameters = request.parameters;
    view! {
        <details id=request.id>
            <summary class=SUMMARY>
                <span class="w-16 shrink-0 font-mono text-small font-strong text-accent-text">{request.method}</span>
                <code class=format!("{CODE} font-strong")>{request.path}</code>
                <span class="w-full text-meta text-muted">{request.summary}</span>
            </summary>
            <div class="grid gap-3 pb-4">
                {request.about.map(|about| view! { <p class=PROSE>{about}</p> })}
                {(!request.signed_in).then(|| view! { <p class="text-meta text-muted">"Open to everybody."</p> })}
                {has_parameters.then(|| view! { <Part title="Parameters"><FieldList fields=parameters /></Part> })}
                {request.body.map(|body| view! { <Part title="Body"><ShapeWords shape=body /></Part> })}
                <Part title="Answers">
                    <Answers answers=request.answers />
                </Part>
                <p class="text-meta text-muted">"May be refused with " {request.refusals.join(", ")} "."</p>
            </div>
        </details>
    }
}

#[component]
fn Part(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <div>
            <h3 class="text-meta font-strong">{title}</h3>
            {children()}
        </div>
    }
}

#[component]
fn Answers(answers: Vec<AnswerInfo>) -> impl IntoView {
    let answers = answers.into_iter().map(|answer| {
        view! {
            <li class="flex flex-wrap items-baseline gap-x-3 py-0.5">
                <span class="font-mono text-meta">{answer.status}</span>
                <ShapeWords shape=answer.shape />
                <span class="text-meta text-muted">{answer.words}</span>
            </li>
        }
    });
    view! { <ul>{answers.collect_view()}</ul> }
}
