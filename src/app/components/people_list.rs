//! A list of people with the way to more of them.

use std::{future::Future, sync::Arc};

use leptos::{prelude::*, task::spawn_local};

use super::{
    button::{Button, ButtonKind, ButtonSize, button_class},
    icon::IconName,
    person_row::{PersonRow, RowActions},
};
use crate::protocol::{
    errors::ApiError,
    views::{Page, PersonItem},
};

/// People, a page at a time.
#[component]
pub fn PeopleList<F, A>(
    /// The first page.
    first: Page<PersonItem>,
    /// Names the list.
    label: &'static str,
    /// Fetches the page after a cursor.
    more: F,
    /// Where the next page is without JavaScript, up to the cursor.
    #[prop(into)]
    more_href: String,
    /// What can be done with each of them.
    #[prop(optional)]
    actions: RowActions,
) -> impl IntoView
where
    F: Fn(String) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Page<PersonItem>, ApiError>> + 'static,
{
    let items = RwSignal::new(first.items);
    let next = RwSignal::new(first.next);
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let more = Arc::new(more);
    let load = Callback::new(move |()| {
        let Some(cursor) = next.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        failure.set(None);
        let more = Arc::clone(&more);
        spawn_local(async move {
            match more(cursor).await {
                Ok(page) => {
                    items.update(|items| items.extend(page.items));
                    next.set(page.next);
                }
                Err(error) => failure.set(Some(error)),
            }
            busy.set(false);
        });
    });
    let more_href = StoredValue::new(more_href);
    let href = move || next.get().map(|cursor| more_href.with_value(|href| [href.as_str(), &cursor].concat()));
    view! {
        <ul aria-label=label class="py-1">
            <For each=move || items.get() key=|item| item.person.id let(item)>
                <li>
                    <PersonRow item actions />
                </li>
            </For>
        </ul>
        {move || {
            failure
                .get()
                .map(|error| {
                    view! {
                        <div role="alert" class="grid justify-items-center gap-3 px-8 py-6 text-center text-muted">
                            {error.message}
                            <Button icon=IconName::Retry on:click=move |_| load.run(())>
                                "Retry"
                            </Button>
                        </div>
                    }
                })
        }}
        <Show when=move || next.with(Option::is_some) && failure.with(Option::is_none)>
            <div class="grid place-items-center py-6">
                <a
                    href=href
                    class=button_class(ButtonKind::Quiet, ButtonSize::Medium, false)
                    aria-busy=move || busy.get().then_some("true")
                    on:click=move |event| {
                        event.prevent_default();
                        load.run(());
                    }
                >
                    "Show more"
                </a>
            </div>
        </Show>
    }
}
