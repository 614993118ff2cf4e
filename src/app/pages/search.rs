//! Finding people by name: results as one types, or a plain form.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
    location::Url,
};

use crate::{
    api::people::search_people,
    app::components::{
        empty::{EmptyState, ErrorState},
        icon::{Icon, IconName},
        page_title::PageTitle,
        people_list::PeopleList,
        shell::page_header::PageHeader,
        skeleton::PersonSkeleton,
    },
};

/// After the last letter before the server is asked.
const PAUSE: Duration = Duration::from_millis(200);

/// `/search?q=`.
#[component]
pub fn SearchPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|query| query.get("q")).unwrap_or_default());
    let after = query.with_untracked(|query| query.get("after"));
    let title = move || match asked.get() {
        asked if asked.is_empty() => "Search".to_owned(),
        asked => ["Search: ", &asked].concat(),
    };
    // The cursor belongs to the words that came with it.
    let first_asked = asked.get_untracked();
    let results = Resource::new_blocking(
        move || asked.get(),
        move |asked| {
            let after = after.clone().filter(|_| asked == first_asked);
            search_people(asked, after, None)
        },
    );
    let retry = Callback::new(move |()| results.refetch());
    view! {
        <PageTitle text=title />
        <PageHeader title="Search" />
        <SearchForm asked />
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                let found = results.await;
                let asked = asked.get_untracked();
                match found {
                    Ok(page) if page.items.is_empty() => {
                        view! {
                            <EmptyState
                                icon=IconName::People
                                title=["Nobody’s name begins with “", asked.trim(), "”"].concat()
                                text="Try the beginning of a name or of a handle."
                            />
                        }
                            .into_any()
                    }
                    Ok(first) => {
                        let more_href = ["/search?q=", &encode(&asked), "&after="].concat();
                        let more = move |cursor| search_people(asked.clone(), Some(cursor), None);
                        view! { <PeopleList first label="People" more more_href /> }.into_any()
                    }
                    Err(error) => view! { <ErrorState title="The search failed" error on_retry=retry /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The box. What is typed goes into the address once typing pauses, and the address is what is searched for.
#[component]
fn SearchForm(asked: Memo<String>) -> impl IntoView {
    let navigate = use_navigate();
    let turn = StoredValue::new(0_u64);
    let typed = RwSignal::new(asked.get_untracked());
    // Another search from the top bar or by going back.
    Effect::new(move |_| {
        let asked = asked.get();
        if asked != typed.get_untracked().trim() {
            typed.set(asked);
        }
    });
    let on_input = move |event| {
        typed.set(event_target_value(&event));
        let now = turn.get_value().wrapping_add(1);
        turn.set_value(now);
        let navigate = navigate.clone();
        set_timeout(
            move || {
                if turn.try_get_value() == Some(now) {
                    let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
                    navigate(&["/search?q=", &encode(typed.get_untracked().trim())].concat(), options);
                }
            },
            PAUSE,
        );
    };
    view! {
        <form
            action="/search"
            role="search"
            class="border-b border-border px-4 py-3 medium:px-5"
            on:submit=|event| event.prevent_default()
        >
            <label class="flex h-12 items-center gap-3 rounded-pill bg-sunken px-4 text-muted focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus medium:h-11">
                <Icon name=IconName::Search />
                <span class="sr-only">"Search people"</span>
                <input
                    name="q"
                    type="search"
                    placeholder="Search people"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    class="min-w-0 flex-1 bg-transparent text-lead font-normal text-text outline-none"
                    value=asked.get_untracked()
                    prop:value=typed
                    on:input=on_input
                />
            </label>
        </form>
    }
}

/// As a value in an address.
fn encode(text: &str) -> String {
    Url::escape(text)
}
