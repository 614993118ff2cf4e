//! The steps of an application, oldest first; new ones come as they happen.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    app::components::{
        icon::{Icon, IconName},
        time::RelativeTime,
    },
    protocol::jobs::{Application, Stage, Step},
};

/// The timeline.
#[component]
pub fn Timeline(
    /// The application.
    application: Signal<Option<Arc<Application>>>,
) -> impl IntoView {
    let steps = Memo::new(move |_| {
        let steps = application.with(|application| application.as_ref().map(|application| application.steps.clone()));
        steps.unwrap_or_default().into_iter().enumerate().collect::<Vec<_>>()
    });
    view! {
        <ol aria-label="Steps of the application" aria-live="polite" class="grid">
            <For each=move || steps.get() key=|(place, step)| (*place, step.stage) let((place, step))>
                <Entry step is_last=Signal::derive(move || steps.with(|steps| steps.len() == place + 1)) />
            </For>
        </ol>
    }
}

#[component]
fn Entry(step: Step, is_last: Signal<bool>) -> impl IntoView {
    let (icon, colours) = match step.stage {
        Stage::Submitted => (IconName::Send, "bg-sunken text-text"),
        Stage::Viewed => (IconName::Eye, "bg-sunken text-text"),
        Stage::Interview => (IconName::Messages, "bg-warning-soft text-warning"),
        Stage::Offer => (IconName::Jobs, "bg-success-soft text-success"),
        Stage::Accepted => (IconName::Good, "bg-success-soft text-success"),
        Stage::Rejected => (IconName::Close, "bg-danger-soft text-danger"),
        Stage::Withdrawn => (IconName::Back, "bg-sunken text-muted"),
    };
    let weight = move || if is_last.get() { "font-strong" } else { "" };
    view! {
        <li class="relative flex animate-fade items-start gap-3 pb-4 last:pb-0">
            <span
                class="absolute top-9 bottom-0 left-[17px] w-0.5 bg-border"
                class:hidden=is_last
                aria-hidden="true"
            ></span>
            <span class=format!("grid size-9 shrink-0 place-items-center rounded-pill {colours}")>
                <Icon name=icon size=18 />
            </span>
            <span class="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2 pt-1.5">
                <span class=weight>{step.stage.words()}</span>
                <span class="text-meta text-muted">
                    <RelativeTime at=step.timestamp ago=true />
                </span>
            </span>
        </li>
    }
}
