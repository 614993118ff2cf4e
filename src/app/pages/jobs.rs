//! The job board: open jobs to find, those one applied for, and one's own.

pub mod application;
pub mod edit;
pub mod job;

use std::{cmp::Reverse, sync::Arc};

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
    location::Url,
    params::ParamsMap,
};

use crate::{
    api::jobs::job_page,
    app::components::{
        button::{Button, ButtonKind, ButtonLink, ButtonSize, button_class},
        empty::{EmptyState, ErrorState},
        icon::{Icon, IconName},
        jobs::job_row::JobRow,
        new_posts_pill::{NewPill, focus_first},
        page_title::PageTitle,
        search_box::SearchBox,
        select::Select,
        shell::page_header::PageHeader,
        skeleton::PersonSkeleton,
        tabs::{Tab, Tabs},
    },
    client::{connection::Status, live::use_live, state::jobs::JobNews},
    protocol::{
        errors::ApiError,
        ids::JobId,
        jobs::{JobKind, JobSearch, JobView, JobsOf},
        views::{Page, PersonRef},
    },
};

/// Faces on the pill.
const FACES: usize = 3;

/// What the address asks for.
fn search_in(query: &ParamsMap) -> JobSearch {
    let of = query.get("of").unwrap_or_default();
    JobSearch {
        of: JobsOf::ALL.into_iter().find(|list| list.as_str() == of).unwrap_or_default(),
        query: query.get("q").unwrap_or_default(),
        kind: query.get("kind").and_then(|kind| JobKind::named(&kind)),
        place: query.get("place").unwrap_or_default(),
    }
}

/// The address of a search, to which a page may be added.
fn search_href(search: &JobSearch) -> String {
    let kind = search.kind.map_or("", JobKind::as_str);
    let (words, place) = (Url::escape(search.query.trim()), Url::escape(search.place.trim()));
    ["/jobs?of=", search.of.as_str(), "&q=", &words, "&kind=", kind, "&place=", &place].concat()
}

/// `/jobs?of=&q=&kind=&place=&before=`.
#[component]
pub fn JobsPage() -> impl IntoView {
    let query = use_query_map();
    let search = Memo::new(move |_| query.with(search_in));
    let before = query.with_untracked(|query| query.get("before")).and_then(|id| id.parse::<JobId>().ok());
    // The place in the list belongs to the search that came with it.
    let first = search.get_untracked();
    let live = use_live();
    let news = StoredValue::new(live.watch_jobs());
    // What was told before a list was asked for is in it.
    let since = StoredValue::new(0);
    let found = Resource::new_blocking(
        move || search.get(),
        move |search| {
            let before = before.filter(|_| search == first);
            since.try_set_value(news.try_get_value().map_or(0, |news| news.with_untracked(JobNews::newest)));
            async move { job_page(search.clone(), before, None).await.map(|page| (search, page)) }
        },
    );
    let retry = Callback::new(move |()| found.refetch());
    view! {
        <PageTitle text="Jobs" />
        <PageHeader title="Jobs">
            <Tabs label="Lists of jobs">
                <ListTab search of=JobsOf::Open words="Open" />
                <ListTab search of=JobsOf::Applied words="Applied" />
                <ListTab search of=JobsOf::Mine words="Posted by you" />
            </Tabs>
        </PageHeader>
        <Filters search />
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((search, first)) => {
                        let (news, since) = (news.get_value(), since.get_value());
                        view! { <JobList search first news since /> }.into_any()
                    }
                    Err(error) => view! { <ErrorState title="The jobs did not load" error on_retry=retry /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn ListTab(search: Memo<JobSearch>, of: JobsOf, words: &'static str) -> impl IntoView {
    let href = if of == JobsOf::Open { "/jobs".to_owned() } else { ["/jobs?of=", of.as_str()].concat() };
    view! {
        <Tab href current=Signal::derive(move || search.with(|search| search.of == of))>
            {words}
        </Tab>
    }
}

/// What narrows the list, and the way to post a job. What is typed goes into the address once typing pauses.
#[component]
fn Filters(search: Memo<JobSearch>) -> impl IntoView {
    let navigate = use_navigate();
    let start = search.get_untracked();
    let (typed, place) = (RwSignal::new(start.query.clone()), RwSignal::new(start.place.clone()));
    // Another list, or going back.
    Effect::new(move |_| {
        let asked = search.get();
        for (field, asked) in [(typed, asked.query), (place, asked.place)] {
            if field.with_untracked(|field| field.trim() != asked) {
                field.set(asked);
            }
        }
    });
    let go = Callback::new(move |kind: Option<JobKind>| {
        let of = search.with_untracked(|search| search.of);
        let wanted = JobSearch { of, query: typed.get_untracked(), kind, place: place.get_untracked() };
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&search_href(&wanted), options);
    });
    let look = Callback::new(move |()| go.run(search.with_untracked(|search| search.kind)));
    let choose = Callback::new(move |kind: String| go.run(JobKind::named(&kind)));
    let any = (String::new(), "Any kind".to_owned());
    let kinds = JobKind::ALL.map(|kind| (kind.as_str().to_owned(), kind.words().to_owned()));
    let kinds = std::iter::once(any).chain(kinds).collect::<Vec<_>>();
    let chosen = start.kind.map_or("", JobKind::as_str);
    view! {
        <div class="grid gap-2 border-b border-border px-4 py-3 medium:px-5">
            <SearchBox
                action="/jobs".to_owned()
                words="Search jobs"
                label="Jobs"
                class="grid gap-2 medium:grid-cols-2 medium:*:first:col-span-2"
                typed
                on_pause=look
            >
                <Select name="kind" label="Kind of job" options=kinds chosen small=true on_choose=choose />
                <label class="flex h-11 items-center gap-2 rounded-field border border-border-strong px-3 text-muted focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus medium:h-10">
                    <Icon name=IconName::Place size=18 />
                    <span class="sr-only">"Place"</span>
                    <input
                        name="place"
                        placeholder="Anywhere"
                        autocomplete="off"
                        class="min-w-0 flex-1 bg-transparent text-lead font-normal text-text outline-none"
                        value=start.place
                        prop:value=place
                        on:input=move |event| place.set(event_target_value(&event))
                        on:change=move |_| look.run(())
                    />
                </label>
                <input type="hidden" name="of" value=start.of.as_str() />
                <span class="without-script">
                    <Button submits=true>"Search"</Button>
                </span>
            </SearchBox>
            <div>
                <ButtonLink href="/jobs/new" kind=ButtonKind::Ink icon=IconName::Jobs>
                    "Post a job"
                </ButtonLink>
            </div>
        </div>
    }
}

/// Nothing was found, or nothing is there yet.
#[component]
fn Nothing(search: JobSearch) -> impl IntoView {
    let narrowed = JobSearch { of: search.of, ..JobSearch::default() } != search;
    let (title, text) = match search.of {
        _ if narrowed => ("No job fits", "Try fewer words, another kind or another place."),
        JobsOf::Open => ("No open jobs", "Post the first one: it takes a minute."),
        JobsOf::Applied => ("You have not applied for a job", "What you apply for stands here, with how far it is."),
        JobsOf::Mine => ("You have not posted a job", "Yours stand here, with who applied."),
    };
    let all = ["/jobs?of=", search.of.as_str()].concat();
    view! {
        <EmptyState icon=IconName::Jobs title text>
            {(search.of == JobsOf::Applied && !narrowed)
                .then(|| {
                    view! {
                        <ButtonLink href="/jobs" kind=ButtonKind::Ink>
                            "Open jobs"
                        </ButtonLink>
                    }
                })}
            {narrowed
                .then(|| {
                    view! {
                        <ButtonLink href=all kind=ButtonKind::Quiet>
                            "Show all"
                        </ButtonLink>
                    }
                })}
        </EmptyState>
    }
}

/// Jobs, a page at a time. What changes meanwhile changes in its place; what is new waits above.
#[component]
fn JobList(search: JobSearch, first: Page<JobView>, news: ArcRwSignal<JobNews>, since: u64) -> impl IntoView {
    let (items, next) = (RwSignal::new(first.items), RwSignal::new(first.next));
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let search = Arc::new(search);
    let waiting = Memo::new({
        let (search, news) = (Arc::clone(&search), news.clone());
        move |_| {
            items.with(|items| {
                let floor = items.last().map(|job| job.job_id).filter(|_| next.with(Option::is_some));
                news.with(|news| news.missing(items, &search, since, floor))
            })
        }
    });
    Effect::new(move |_| news.with(|news| items.maybe_update(|items| news.refresh(items))));
    // Nobody watched before the connection, or while it was cut.
    let (live, again) = (use_live(), Arc::clone(&search));
    let status = live.status();
    Effect::new(move |_| {
        if status.get() == Status::Live {
            let search = JobSearch::clone(&again);
            spawn_local(async move {
                // Without an answer the list is as it was: whoever wants to know looks again.
                if let Ok(page) = job_page(search, None, None).await {
                    live.take_jobs(page.items);
                }
            });
        }
    });
    let is_empty = Memo::new(move |_| items.with(Vec::is_empty));
    let empty = Arc::clone(&search);
    let older = [&search_href(&search), "&before="].concat();
    let href = move || next.get().map(|id| [&older, id.as_str()].concat());
    let load = Callback::new(move |()| {
        let before = next.get_untracked().filter(|_| !busy.get_untracked()).and_then(|id| id.parse().ok());
        let Some(before) = before else { return };
        busy.set(true);
        failure.set(None);
        let search = JobSearch::clone(&search);
        spawn_local(async move {
            match job_page(search, Some(before), None).await {
                Ok(page) => {
                    items.try_update(|items| items.extend(page.items));
                    next.try_set(page.next);
                }
                Err(error) => drop(failure.try_set(Some(error))),
            }
            busy.try_set(false);
        });
    });
    view! {
        <Waiting waiting items />
        <Show
            when=move || !is_empty.get()
            fallback=move || view! { <Nothing search=JobSearch::clone(&empty) /> }
        >
            <ul aria-label="Jobs">
                <For each=move || items.get() key=|job| (job.job_id, job.version) let(job)>
                    <li>
                        <JobRow job />
                    </li>
                </For>
            </ul>
        </Show>
        <Show when=move || next.with(Option::is_some)>
            <div class="grid justify-items-center gap-3 px-8 py-6 text-center">
                {move || failure.get().map(|error| view! { <p role="alert" class="text-muted">{error.message}</p> })}
                <a
                    href=href.clone()
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

/// "2 new jobs": pressing it puts them where they belong.
#[component]
fn Waiting(waiting: Memo<Vec<JobView>>, items: RwSignal<Vec<JobView>>) -> impl IntoView {
    let words = Memo::new(move |_| match waiting.with(Vec::len) {
        0 => String::new(),
        1 => "1 new job".to_owned(),
        count => [&count.to_string(), " new jobs"].concat(),
    });
    let authors = Memo::new(move |_| {
        let mut authors: Vec<PersonRef> = Vec::new();
        waiting.with(|waiting| {
            for JobView { poster, .. } in waiting {
                if authors.len() < FACES && !authors.contains(poster) {
                    authors.push(poster.clone());
                }
            }
        });
        authors
    });
    let press = Callback::new(move |()| {
        let new = waiting.get_untracked();
        items.update(|items| {
            items.extend(new);
            items.sort_by_key(|job| Reverse(job.job_id));
        });
        window().scroll_to_with_x_and_y(0.0, 0.0);
        focus_first("main ul[aria-label=Jobs] a");
    });
    view! { <NewPill words authors on_press=press /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_survives_its_address() {
        let search = JobSearch {
            of: JobsOf::Mine,
            query: "clay".to_owned(),
            kind: Some(JobKind::PartTime),
            place: "Porto".to_owned(),
        };
        assert_eq!(search_href(&search), "/jobs?of=mine&q=clay&kind=part_time&place=Porto");
        let mut query = ParamsMap::new();
        for (name, value) in [("of", "mine"), ("q", "clay"), ("kind", "part_time"), ("place", "Porto")] {
            query.insert(name, value.to_owned());
        }
        assert_eq!(search_in(&query), search);
        assert_eq!(search_in(&ParamsMap::new()), JobSearch::default());
    }
}
