//! A person in a list: face, name, what they say of themselves, and whether one follows them.

use leptos::prelude::*;

use super::{
    avatar::{Avatar, AvatarSize},
    follow_button::FollowButton,
};
use crate::{
    app::{facts::use_viewer, profile_href},
    protocol::views::PersonItem,
};

/// One row; the whole of it leads to the profile.
#[component]
pub fn PersonRow(
    /// Who.
    item: PersonItem,
    /// In a card: smaller, without padding of its own.
    #[prop(optional)]
    compact: bool,
) -> impl IntoView {
    let PersonItem { person, bio, followed, .. } = item;
    let is_me = use_viewer().get_untracked().is_some_and(|me| me.profile.person.id == person.id);
    let place = if compact { "items-center py-1.5" } else { "items-start px-4 py-3 hover:bg-hover medium:px-5" };
    let handle = ["@", &person.username].concat();
    let bio_line = bio.lines().next().unwrap_or_default().to_owned();
    let about = if compact && !bio_line.is_empty() { bio_line.clone() } else { handle };
    view! {
        <div class=format!("relative flex gap-3 {place}")>
            <Avatar person=person.clone() size=if compact { AvatarSize::S40 } else { AvatarSize::S44 } />
            <div class="min-w-0 flex-1">
                <div class="flex items-center gap-3">
                    <div class="min-w-0 flex-1">
                        <a href=profile_href(&person.username) class="block truncate font-strong cover">
                            {person.full_name.clone()}
                        </a>
                        <p class="truncate text-meta text-muted">{about}</p>
                    </div>
                    {(!is_me).then(|| view! { <FollowButton person followed /> })}
                </div>
                {(!compact && !bio_line.is_empty()).then(|| view! { <p class="mt-0.5 line-clamp-2">{bio_line}</p> })}
            </div>
        </div>
    }
}
