//! What requests and events are made of.

use leptos::prelude::*;

use super::{ChoiceList, Downloads, FieldList, Head, PROSE};
use crate::{
    api::reference::every_type,
    app::components::{empty::ErrorState, skeleton::PersonSkeleton},
    protocol::reference::TypeInfo,
};

/// The page.
#[component]
pub fn TypesReferencePage() -> impl IntoView {
    let types = Resource::new_blocking(|| (), |()| every_type());
    view! {
        <Head name="Types" />
        <div class="grid gap-5 px-4 py-5 medium:px-5">
            <p class=PROSE>
                "What has Input after its name is taken in another form than it is given. New fields come: ignore what you do not know."
            </p>
            <Downloads />
        </div>
        <Transition fallback=|| {
            view! { <PersonSkeleton rows=6 /> }
        }>
            {move || Suspend::new(async move {
                match types.await {
                    Ok(list) => list.into_iter().map(|told| view! { <Type told /> }).collect_view().into_any(),
                    Err(error) => {
                        let retry = Callback::new(move |()| types.refetch());
                        view! { <ErrorState title="The reference did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Type(told: TypeInfo) -> impl IntoView {
    let (has_fields, has_choices) = (!told.fields.is_empty(), !told.choices.is_empty());
    let (fields, choices, id) = (told.fields, told.choices, told.name.clone());
    let label = id.clone();
    view! {
        <section aria-labelledby=label class="border-t border-border px-4 py-4 medium:px-5">
            <h2 id=id class="scroll-mt-24 font-mono text-body font-strong">
                {told.name}
            </h2>
            <p class=PROSE>{told.words}</p>
            {has_fields.then(|| view! { <FieldList fields /> })}
            {has_choices.then(|| view! { <ChoiceList choices /> })}
        </section>
    }
}
