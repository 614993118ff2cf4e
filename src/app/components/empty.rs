//! What stands where nothing is: one sentence and the next action, or what went wrong and Retry.

use leptos::prelude::*;

use super::{
    button::Button,
    icon::{Icon, IconName},
};
use crate::protocol::errors::ApiError;

/// Nothing here yet. The children are the next action.
#[component]
pub fn EmptyState(
    /// Stands in the tile.
    icon: IconName,
    /// What is not there.
    #[prop(into)]
    title: String,
    /// One sentence more.
    #[prop(optional, into)]
    text: Option<String>,
    /// The next action, usually a `ButtonLink`.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="grid justify-items-center gap-1.5 px-8 py-16 text-center">
            <span class="mb-3 grid size-14 place-items-center rounded-panel bg-sunken speaks-left">
                <Icon name=icon size=24 />
            </span>
            <h2 class="text-lead font-strong">{title}</h2>
            {text.map(|text| view! { <p class="max-w-75 text-muted">{text}</p> })}
            {children.map(|children| view! { <div class="mt-4 flex flex-wrap justify-center gap-2">{children()}</div> })}
        </div>
    }
}

/// Something did not load. Without JavaScript, Retry is the browser's own reload.
#[component]
pub fn ErrorState(
    /// What was being loaded: "The feed did not load".
    #[prop(into)]
    title: String,
    /// Why.
    error: ApiError,
    /// Loads it again.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
) -> impl IntoView {
    view! {
        <div role="alert">
            <EmptyState icon=IconName::Warning title text=error.message>
                {on_retry
                    .map(|retry| {
                        view! {
                            <Button icon=IconName::Retry on:click=move |_| retry.run(())>
                                "Retry"
                            </Button>
                        }
                    })}
            </EmptyState>
        </div>
    }
}
