//! Finding people by name: results as one types, or a plain form.

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
        icon::IconName,
        page_title::PageTitle,
        people_list::PeopleList,
        search_box::SearchBox,
        shell::page_header::PageHeader,
        skeleton::PersonSkeleton,
    },
};

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
    let typed = RwSignal::new(asked.get_untracked());
    // Another search from the top bar or by going back.
    Effect::new(move |_| {
        let asked = asked.get();
        if asked != typed.get_untracked().trim() {
            typed.set(asked);
        }
    });
    let look = Callback::new(move |()| {
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&["/search?q=", &encode(typed.get_untracked().trim())].concat(), options);
    });
    view! {
        <SearchBox
            action="/search".to_owned()
            words="Search people"
            class="border-b border-border px-4 py-3 medium:px-5"
            typed
            on_pause=look
        />
    }
}

/// As a value in an address.
fn encode(text: &str) -> String {
    Url::escape(text)
}
