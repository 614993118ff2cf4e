//! The app: shell and routes.

pub mod components;
pub mod document;
pub mod pages;

pub use document::shell;
use leptos::prelude::*;

/// The whole app, inside the document's body.
#[component]
pub fn App() -> impl IntoView {
    view! { <p>"Hubbub"</p> }
}
