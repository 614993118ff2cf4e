//! An address that leads nowhere.

use leptos::prelude::*;

use crate::app::components::{
    button::{ButtonKind, ButtonLink},
    empty::EmptyState,
    icon::IconName,
    page_title::PageTitle,
    shell::page_header::PageHeader,
};
use crate::{app::status::set_page_error, protocol::errors::ErrorCode};

/// The page for addresses without one.
#[component]
pub fn NotFound() -> impl IntoView {
    set_page_error(ErrorCode::NotFound);
    view! {
        <PageTitle text="Not found" />
        <PageHeader title="Not found" />
        <EmptyState
            icon=IconName::Search
            title="There is nothing here"
            text="The address may be mistyped, or what stood here was deleted."
        >
            <ButtonLink href="/" kind=ButtonKind::Ink>
                "Go home"
            </ButtonLink>
        </EmptyState>
    }
}
