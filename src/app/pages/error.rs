//! A page whose data did not come.

use leptos::prelude::*;

use super::not_found::NotFound;
use crate::{
    app::{
        components::{empty::ErrorState, page_title::PageTitle, shell::page_header::PageHeader},
        status::set_page_error,
    },
    protocol::errors::{ApiError, ErrorCode},
};

/// In place of a page, when what it shows did not load: "not found" for what is not there, else what happened and Retry.
#[component]
pub fn PageError(
    /// What was being loaded: "This post did not load".
    #[prop(into)]
    title: String,
    /// Why.
    error: ApiError,
    /// Loads it again.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
) -> impl IntoView {
    if error.code == ErrorCode::NotFound {
        return view! { <NotFound /> }.into_any();
    }
    set_page_error(error.code);
    let retry = on_retry.unwrap_or_else(|| {
        Callback::new(|()| {
            // A page that cannot be loaded again stays as it is.
            let _ = window().location().reload();
        })
    });
    view! {
        <PageTitle text="Something went wrong" />
        <PageHeader title="Something went wrong" />
        <ErrorState title error on_retry=retry />
    }
    .into_any()
}
