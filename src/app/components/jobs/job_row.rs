//! A job in a list; the whole row leads to it.

use leptos::prelude::*;

use super::{
    stage::StageChip,
    words::{closing_words, count_words, job_href},
};
use crate::{
    app::components::{
        avatar::{Avatar, AvatarSize},
        icon::{Icon, IconName},
        time::RelativeTime,
    },
    protocol::jobs::JobView,
};

/// The row.
#[component]
pub fn JobRow(
    /// The job.
    job: JobView,
) -> impl IntoView {
    let href = job_href(job.job_id);
    let closing = closing_words(&job);
    let JobView { title, place, kind, content, poster, timestamp, application_count, mine, .. } = job;
    view! {
        <article class="relative grid gap-1.5 border-b border-border px-4 py-4 transition-colors hover:bg-hover medium:px-5">
            <div class="flex items-start justify-between gap-3">
                <h2 class="min-w-0 text-lead font-strong">
                    <a href=href class="cover break-words">
                        {title}
                    </a>
                </h2>
                {mine.map(|mine| view! { <StageChip stage=mine.stage /> })}
            </div>
            <p class="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-meta text-muted">
                <span class="inline-flex min-w-0 items-center gap-1">
                    <Icon name=IconName::Place size=16 />
                    <span class="truncate">{place}</span>
                </span>
                <span aria-hidden="true">"·"</span>
                <span>{kind.words()}</span>
                <span aria-hidden="true">"·"</span>
                <span>{closing}</span>
                {application_count
                    .map(|count| {
                        view! {
                            <span aria-hidden="true">"·"</span>
                            <span>{count_words(count)}</span>
                        }
                    })}
            </p>
            <p class="line-clamp-2 break-words">{content}</p>
            <p class="flex items-center gap-2 text-meta text-muted">
                <Avatar person=poster.clone() size=AvatarSize::S24 />
                <span class="truncate">{poster.full_name}</span>
                <span aria-hidden="true">"·"</span>
                <RelativeTime at=timestamp />
            </p>
        </article>
    }
}
