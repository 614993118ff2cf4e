//! Choosing people: a search, and boxes to tick.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::faces::use_me;
use crate::{
    api::people::search_people,
    app::components::{
        avatar::{Avatar, AvatarSize},
        icon::{Icon, IconName},
        search_box::SearchBox,
    },
    protocol::{ids::UserId, views::PersonRef},
};

/// People being chosen.
#[derive(Clone, Copy)]
pub struct Picked {
    /// Who is chosen, in the order in which they were.
    pub people: RwSignal<Vec<PersonRef>>,
    query: RwSignal<String>,
    path: StoredValue<String>,
}

impl Picked {
    /// Nobody yet; the search is what the address asks for. `path` is the page, for the form that searches.
    #[must_use]
    pub fn begin(path: &str) -> Self {
        let asked = use_query_map().with_untracked(|query| query.get("q")).unwrap_or_default();
        Self { people: RwSignal::new(Vec::new()), query: RwSignal::new(asked), path: StoredValue::new(path.to_owned()) }
    }

    fn toggle(self, person: &PersonRef) {
        self.people.update(|people| {
            if people.iter().any(|one| one.id == person.id) {
                people.retain(|one| one.id != person.id);
            } else {
                people.push(person.clone());
            }
        });
    }

    fn has(self, id: UserId) -> bool {
        self.people.with(|people| people.iter().any(|one| one.id == id))
    }
}

/// The search box over the boxes to tick. A form of its own: put it outside of the form that begins or adds.
#[component]
pub fn PeopleSearch(
    /// The choice.
    picked: Picked,
) -> impl IntoView {
    let typed = RwSignal::new(picked.query.get_untracked());
    let search = Callback::new(move |()| picked.query.set(typed.get_untracked()));
    view! {
        <SearchBox
            action=picked.path.get_value()
            words="Search people"
            label="People"
            class="px-4 py-3 medium:px-5"
            typed
            on_pause=search
        />
    }
}

/// The people found, each with a box, inside the form that sends them as `member_ids`.
#[component]
pub fn PeopleBoxes(
    /// The choice.
    picked: Picked,
    /// Who is in already.
    #[prop(optional)]
    without: Vec<UserId>,
) -> impl IntoView {
    let me = use_me();
    let found = Resource::new_blocking(move || picked.query.get(), |query| search_people(query, None, Some(30)));
    let without = StoredValue::new(without);
    view! {
        <Chosen picked />
        <Transition>
            {move || Suspend::new(async move {
                let people = found.await.map(|page| page.items).unwrap_or_default();
                let offered: Vec<PersonRef> = people
                    .into_iter()
                    .map(|item| item.person)
                    .filter(|person| person.id != me && without.with_value(|without| !without.contains(&person.id)))
                    .collect();
                if offered.is_empty() {
                    return view! { <p class="px-5 py-8 text-center text-muted">"Nobody found. Try the beginning of a name."</p> }
                        .into_any();
                }
                view! {
                    <ul aria-label="People" class="pb-2">
                        {offered.into_iter().map(|person| view! { <Choice picked person /> }).collect_view()}
                    </ul>
                }
                    .into_any()
            })}
        </Transition>
    }
}

#[component]
fn Choice(picked: Picked, person: PersonRef) -> impl IntoView {
    let id = person.id;
    let pressed = person.clone();
    view! {
        <li>
            <label class="flex cursor-pointer items-center gap-3 px-4 py-2 hover:bg-hover has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus medium:px-5">
                <Avatar person=person.clone() size=AvatarSize::S44 />
                <span class="grid min-w-0 flex-1">
                    <span class="truncate font-strong">{person.full_name.clone()}</span>
                    <span class="truncate text-meta text-muted">"@" {person.username.clone()}</span>
                </span>
                <input
                    type="checkbox"
                    name="member_ids[]"
                    value=id.get().to_string()
                    class="size-5 accent-accent outline-none"
                    prop:checked=move || picked.has(id)
                    on:change=move |_| picked.toggle(&pressed)
                />
            </label>
        </li>
    }
}

/// Who is chosen, over the list; a press takes them out.
#[component]
fn Chosen(picked: Picked) -> impl IntoView {
    view! {
        <Show when=move || picked.people.with(|people| !people.is_empty())>
            <ul aria-label="Chosen" class="flex flex-wrap gap-2 px-4 pb-3 medium:px-5">
                <For each=move || picked.people.get() key=|person| person.id let(person)>
                    <li>
                        <button
                            type="button"
                            class="flex h-9 items-center gap-2 rounded-pill bg-sunken pr-3 pl-1.5 text-meta font-strong touch-area hover:bg-border"
                            aria-label=["Take out ", &person.full_name].concat()
                            on:click={
                                let person = person.clone();
                                move |_| picked.toggle(&person)
                            }
                        >
                            <Avatar person=person.clone() size=AvatarSize::S24 />
                            {person.full_name.clone()}
                            <Icon name=IconName::Close size=16 />
                        </button>
                    </li>
                </For>
            </ul>
        </Show>
    }
}
