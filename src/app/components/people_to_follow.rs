//! The card of the right rail that suggests three people; nothing where nobody is left to follow.

use leptos::prelude::*;

use super::{person_row::PersonRow, shell::right_rail::RailCard};
use crate::api::people::people_to_follow;

/// People to follow.
#[component]
pub fn PeopleToFollow() -> impl IntoView {
    let people = Resource::new(|| (), |()| people_to_follow());
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                // A card that did not load leaves its place to the others: nobody came for it.
                let people = people.await.unwrap_or_default();
                (!people.is_empty())
                    .then(|| {
                        view! {
                            <RailCard title="People to follow" more=("See all", "/search")>
                                <ul>
                                    {people
                                        .into_iter()
                                        .map(|item| view! { <li><PersonRow item compact=true /></li> })
                                        .collect_view()}
                                </ul>
                            </RailCard>
                        }
                    })
            })}
        </Suspense>
    }
}
