//! An application in the list of whoever posted the job; the whole row leads to it.

use std::sync::Arc;

use leptos::prelude::*;

use super::{stage::StageChip, words::application_href};
use crate::{
    app::components::{
        avatar::{Avatar, AvatarSize},
        icon::{Icon, IconName},
        time::RelativeTime,
    },
    protocol::jobs::{Application, Stage},
};

/// The row.
#[component]
pub fn ApplicationRow(
    /// The application.
    application: Arc<Application>,
) -> impl IntoView {
    let Application { application_id, applicant, note, attachment, stage, timestamp, .. } =
        Arc::unwrap_or_clone(application);
    let new = if stage == Stage::Submitted { "bg-accent-soft" } else { "hover:bg-hover" };
    view! {
        <div class=format!("relative flex items-start gap-3 px-4 py-3 transition-colors medium:px-5 {new}")>
            <Avatar person=applicant.clone() size=AvatarSize::S44 />
            <div class="grid min-w-0 flex-1 gap-0.5">
                <div class="flex items-center gap-2">
                    <a href=application_href(application_id) class="min-w-0 truncate font-strong cover">
                        {applicant.full_name}
                    </a>
                    <span class="text-meta text-muted">
                        <RelativeTime at=timestamp />
                    </span>
                    <span class="ml-auto">
                        <StageChip stage />
                    </span>
                </div>
                <p class="line-clamp-2 break-words text-muted">{note}</p>
                {attachment
                    .map(|file| {
                        view! {
                            <p class="flex min-w-0 items-center gap-1.5 text-meta text-muted">
                                <Icon name=IconName::Attach size=16 />
                                <span class="truncate">{file.name}</span>
                            </p>
                        }
                    })}
            </div>
        </div>
    }
}
