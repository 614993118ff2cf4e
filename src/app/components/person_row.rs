//! A person in a list: face, name, what they say of themselves, and whether one follows them.

use leptos::prelude::*;

use super::{
    avatar::{Avatar, AvatarSize},
    connect_button::ConnectButton,
    follow_button::FollowButton,
};
use crate::{
    app::{facts::use_viewer, profile_href},
    protocol::views::{ConnectionState, PersonItem},
};

/// What can be done with a person in their row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowActions {
    /// Follow and connect.
    #[default]
    Both,
    /// Follow alone: where there is little room.
    Follow,
    /// Connect alone.
    Connect,
}

/// One row; the whole of it leads to the profile.
#[component]
pub fn PersonRow(
    /// Who.
    item: PersonItem,
    /// In a card: smaller, without padding of its own.
    #[prop(optional)]
    compact: bool,
    /// What can be done.
    #[prop(optional)]
    actions: RowActions,
) -> impl IntoView {
    let PersonItem { person, bio, followed, connection, is_private, in_common } = item;
    let is_me = use_viewer().get_untracked().is_some_and(|me| me.profile.person.id == person.id);
    let place = if compact { "items-center py-1.5" } else { "items-start px-4 py-3 hover:bg-hover medium:px-5" };
    let handle = ["@", &person.username].concat();
    let bio_line = bio.lines().next().unwrap_or_default().to_owned();
    let about = if compact && !bio_line.is_empty() { bio_line.clone() } else { handle };
    let common = in_common.filter(|count| *count > 0).map(in_common_words);
    // Whoever is private is followed by connections only.
    let may_follow = !is_private || connection.state == ConnectionState::Connected || followed;
    let follows = !is_me && actions != RowActions::Connect && may_follow;
    let connects = !is_me && actions != RowActions::Follow && !compact;
    let (with, name) = (person.clone(), person.full_name.clone());
    view! {
        <div class=format!("relative flex gap-3 {place}")>
            <Avatar person=person.clone() size=if compact { AvatarSize::S40 } else { AvatarSize::S44 } />
            <div class="min-w-0 flex-1">
                <div class="flex flex-wrap items-center gap-x-3 gap-y-2">
                    <div class=if compact { "min-w-0 flex-1" } else { "min-w-36 flex-1" }>
                        <a href=profile_href(&person.username) class="block truncate font-strong cover">
                            {name}
                        </a>
                        <p class="truncate text-meta text-muted">
                            {about} {common.map(|common| view! { <span>" · " {common}</span> })}
                        </p>
                    </div>
                    {(follows || connects)
                        .then(|| {
                            view! {
                                <div class="flex gap-2">
                                    {connects.then(|| view! { <ConnectButton person=with.clone() connection /> })}
                                    {follows.then(|| view! { <FollowButton person=with followed /> })}
                                </div>
                            }
                        })}
                </div>
                {(!compact && !bio_line.is_empty()).then(|| view! { <p class="mt-1 line-clamp-2">{bio_line}</p> })}
            </div>
        </div>
    }
}

/// "6 people in common".
#[must_use]
pub fn in_common_words(count: u64) -> String {
    match count {
        1 => "1 person in common".to_owned(),
        count => [&count.to_string(), " people in common"].concat(),
    }
}
