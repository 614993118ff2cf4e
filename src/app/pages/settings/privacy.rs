//! What one shows of oneself, and whom one has muted and blocked.

use leptos::{form::ActionForm, prelude::*};

use super::Section;
use crate::{
    api::{
        account::{ChangePrivacy, own_privacy},
        connections::{SetMute, muted_people},
        conversations::{SetBlock, blocked_people},
    },
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            button::{Button, ButtonKind, ButtonSize},
            form::{FormNotice, FormState},
            switch::Switch,
        },
        profile_href,
    },
    protocol::views::{PersonRef, Privacy},
};

/// Three switches, each reciprocal, and one that closes the profile.
#[component]
pub fn PrivacySection() -> impl IntoView {
    let privacy = Resource::new_blocking(|| (), |()| own_privacy());
    view! {
        <Section title="Privacy">
            <Transition>
                {move || Suspend::new(async move {
                    match privacy.await {
                        Ok(privacy) => view! { <Switches privacy /> }.into_any(),
                        Err(error) => view! { <p role="alert" class="text-danger">{error.message}</p> }.into_any(),
                    }
                })}
            </Transition>
        </Section>
    }
}

#[component]
fn Switches(privacy: Privacy) -> impl IntoView {
    let save = ServerAction::<ChangePrivacy>::new();
    let form = FormState::of(save);
    view! {
        <ActionForm action=save attr:class="grid gap-1">
            <p class="mb-2 text-muted">"Who does not show something does not see it of others either."</p>
            <Switch
                name="shows_presence"
                on=privacy.shows_presence
                label="When you are here"
                hint="The green dot, and when you were last seen"
            />
            <Switch name="shows_typing" on=privacy.shows_typing label="That you type" hint="“Ana is typing…”" />
            <Switch
                name="shows_receipts"
                on=privacy.shows_receipts
                label="How far you have read"
                hint="The accent ticks of messages you read"
            />
            <p class="mt-3 mb-2 text-muted">
                "A private profile shows your name, handle and picture. The rest is for your connections, and only they can follow you: others stop following."
            </p>
            <Switch
                name="is_private"
                on=privacy.is_private
                label="Private profile"
                hint="Only connections see what you post"
            />
            <div class="mt-3 grid gap-3">
                <FormNotice form done="Your privacy is saved." />
                <div>
                    <Button submits=true busy=form.pending()>
                        "Save privacy"
                    </Button>
                </div>
            </div>
        </ActionForm>
    }
}

/// Muted people, each with the way back.
#[component]
pub fn MutedSection() -> impl IntoView {
    let unmute = ServerAction::<SetMute>::new();
    let muted = Resource::new_blocking(move || unmute.version().get(), |_| muted_people());
    view! {
        <Section title="Muted people">
            <FormNotice form=FormState::of(unmute) />
            <Transition>
                {move || Suspend::new(async move {
                    match muted.await {
                        Ok(people) if people.is_empty() => {
                            view! {
                                <p class="text-muted">"Nobody. Posts of whom you mute are not in your feeds."</p>
                            }
                                .into_any()
                        }
                        Ok(people) => {
                            view! {
                                <ul class="grid gap-1" aria-label="Muted people">
                                    {people.into_iter().map(|person| view! { <Muted person unmute /> }).collect_view()}
                                </ul>
                            }
                                .into_any()
                        }
                        Err(error) => view! { <p role="alert" class="text-danger">{error.message}</p> }.into_any(),
                    }
                })}
            </Transition>
        </Section>
    }
}

#[component]
fn Muted(person: PersonRef, unmute: ServerAction<SetMute>) -> impl IntoView {
    let label = ["Unmute ", &person.full_name].concat();
    view! {
        <Listed person=person.clone()>
            <ActionForm action=unmute>
                <input type="hidden" name="user_id" value=person.id.get().to_string() />
                <input type="hidden" name="muted" value="false" />
                <Button kind=ButtonKind::Outline size=ButtonSize::Small submits=true attr:aria-label=label>
                    "Unmute"
                </Button>
            </ActionForm>
        </Listed>
    }
}

/// Somebody in one of the two lists.
#[component]
fn Listed(person: PersonRef, children: Children) -> impl IntoView {
    view! {
        <li class="flex items-center gap-3 py-1.5">
            <Avatar person=person.clone() size=AvatarSize::S40 />
            <a href=profile_href(&person.username) class="grid min-w-0 flex-1 hover:underline">
                <span class="truncate font-strong">{person.full_name.clone()}</span>
                <span class="truncate text-meta text-muted">"@" {person.username.clone()}</span>
            </a>
            {children()}
        </li>
    }
}

/// Blocked people, each with the way back; nothing while there are none.
#[component]
pub fn BlockedSection() -> impl IntoView {
    let unblock = ServerAction::<SetBlock>::new();
    let blocked = Resource::new_blocking(move || unblock.version().get(), |_| blocked_people());
    view! {
        <Section title="Blocked people">
            <FormNotice form=FormState::of(unblock) />
            <Transition>
                {move || Suspend::new(async move {
                    match blocked.await {
                        Ok(people) if people.is_empty() => {
                            view! {
                                <p class="text-muted">
                                    "Nobody. Whom you block sees nothing of you, and you see nothing of them."
                                </p>
                            }
                                .into_any()
                        }
                        Ok(people) => {
                            view! {
                                <ul class="grid gap-1" aria-label="Blocked people">
                                    {people.into_iter().map(|person| view! { <Blocked person unblock /> }).collect_view()}
                                </ul>
                            }
                                .into_any()
                        }
                        Err(error) => view! { <p role="alert" class="text-danger">{error.message}</p> }.into_any(),
                    }
                })}
            </Transition>
        </Section>
    }
}

#[component]
fn Blocked(person: PersonRef, unblock: ServerAction<SetBlock>) -> impl IntoView {
    let label = ["Unblock ", &person.full_name].concat();
    view! {
        <Listed person=person.clone()>
            <ActionForm action=unblock>
                <input type="hidden" name="user_id" value=person.id.get().to_string() />
                <input type="hidden" name="blocked" value="false" />
                <Button kind=ButtonKind::Outline size=ButtonSize::Small submits=true attr:aria-label=label>
                    "Unblock"
                </Button>
            </ActionForm>
        </Listed>
    }
}
