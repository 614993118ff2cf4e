//! The head of a page: its one `<h1>`, its tabs, the way back. It lies over the top bar and stays in sight.

use leptos::prelude::*;

use crate::app::components::{
    button::ICON_BUTTON,
    icon::{Icon, IconName},
};

/// Start every signed-in page with this.
///
/// With tabs, the title is for screen readers and the tabs stand over the column (under the name on a phone). Without,
/// the title itself stands there, in place of the name on a phone.
#[component]
pub fn PageHeader(
    /// The page's heading.
    #[prop(into)]
    title: Signal<String>,
    /// Where "back" leads, on pages that are below another. With JavaScript it goes back in history where it can.
    #[prop(optional, into)]
    back: Option<String>,
    /// A line under the title.
    #[prop(optional, into)]
    subtitle: MaybeProp<String>,
    /// `Tabs`, when the page has them.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    match children {
        Some(tabs) => view! {
            <div data-page-tabs="" class="sticky top-(--bar) z-21 h-(--tabs) border-b border-border bg-surface px-4 medium:top-0 medium:-mt-(--bar) medium:h-(--bar) medium:border-transparent medium:bg-transparent medium:px-5">
                <h1 class="sr-only">{title}</h1>
                {tabs()}
            </div>
        }
        .into_any(),
        None => view! {
            <div class="sticky top-0 z-21 -mt-(--bar) flex h-(--bar) items-center gap-3 border-b border-border bg-surface pr-16 pl-4 medium:border-transparent medium:bg-transparent medium:px-5">
                {back.map(|href| view! { <BackLink href /> })}
                <div class="min-w-0">
                    <h1 class="truncate text-heading">{title}</h1>
                    {move || {
                        subtitle
                            .get()
                            .map(|text| view! { <p class="-mt-0.5 truncate text-small text-muted">{text}</p> })
                    }}
                </div>
            </div>
        }
        .into_any(),
    }
}

#[component]
fn BackLink(href: String) -> impl IntoView {
    let go_back = move |event: leptos::ev::MouseEvent| {
        // Only a page that was reached from within the app has somewhere of ours to go back to.
        let from_here =
            window().history().is_ok_and(|history| history.length().is_ok_and(|length| length > 1) && came_from_here());
        if from_here {
            event.prevent_default();
            if let Ok(history) = window().history() {
                // A refusal leaves the reader where they are.
                let _ = history.back();
            }
        }
    };
    view! {
        <a href=href class=format!("{ICON_BUTTON} -ml-2 text-text") aria-label="Back" title="Back" on:click=go_back>
            <Icon name=IconName::Back size=22 />
        </a>
    }
}

/// Whether the page before this one was of this site.
fn came_from_here() -> bool {
    let origin = window().location().origin().unwrap_or_default();
    let referrer = document().referrer();
    // Pages reached by a link within the running app keep the referrer of the first page: an empty one means that
    // the first page was opened directly, and history may still hold pages of ours.
    !origin.is_empty() && referrer.starts_with(&origin)
}
