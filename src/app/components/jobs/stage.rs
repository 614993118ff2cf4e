//! How far an application is, as a chip.

use leptos::prelude::*;

use crate::protocol::jobs::Stage;

/// The chip.
#[component]
pub fn StageChip(
    /// How far.
    #[prop(into)]
    stage: Signal<Stage>,
) -> impl IntoView {
    let class = move || {
        let colours = match stage.get() {
            Stage::Submitted | Stage::Viewed | Stage::Withdrawn => "bg-sunken text-muted",
            Stage::Interview => "bg-warning-soft text-warning",
            Stage::Offer | Stage::Accepted => "bg-success-soft text-success",
            Stage::Rejected => "bg-danger-soft text-danger",
        };
        format!("inline-flex h-6 shrink-0 items-center rounded-pill px-2.5 text-small font-strong {colours}")
    };
    view! { <span class=class>{move || stage.get().words()}</span> }
}
