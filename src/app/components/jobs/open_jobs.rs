//! The card of the right rail that shows the newest open jobs; nothing where there are none.

use leptos::prelude::*;

use super::words::job_href;
use crate::{
    api::jobs::job_page,
    app::components::shell::right_rail::RailCard,
    protocol::jobs::{JobSearch, JobView},
};

/// How many it shows.
const SHOWN: usize = 3;

/// Open jobs.
#[component]
pub fn OpenJobs() -> impl IntoView {
    let jobs = Resource::new(|| (), |()| job_page(JobSearch::default(), None, Some(SHOWN)));
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                // A card that did not load leaves its place to the others: nobody came for it.
                let jobs = jobs.await.map(|page| page.items).unwrap_or_default();
                (!jobs.is_empty())
                    .then(|| {
                        view! {
                            <RailCard title="Open jobs" more=("See all", "/jobs")>
                                <ul>{jobs.into_iter().map(|job| view! { <Entry job /> }).collect_view()}</ul>
                            </RailCard>
                        }
                    })
            })}
        </Suspense>
    }
}

#[component]
fn Entry(job: JobView) -> impl IntoView {
    let about = [job.place.as_str(), " · ", job.kind.words()].concat();
    view! {
        <li class="relative grid py-1.5">
            <a href=job_href(job.job_id) class="truncate font-strong cover hover:underline">
                {job.title}
            </a>
            <span class="truncate text-meta text-muted">{about}</span>
        </li>
    }
}
