//! What requests and events are made of.

use leptos::prelude::*;

use super::{ChoiceList, FieldList, PROSE, ReferencePage};
use crate::{api::reference::every_type, protocol::reference::TypeInfo};

/// The page.
#[component]
pub fn TypesReferencePage() -> impl IntoView {
    let types = Resource::new_blocking(|| (), |()| every_type());
    let show = |list: Vec<TypeInfo>| list.into_iter().map(|told| view! { <Type told /> }).collect_view().into_any();
    view! {
        <ReferencePage name="Types" reference=types show>
            "What has Input after its name is taken in another form than it is given. New fields come: ignore what you do not know."
        </ReferencePage>
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
