//! Devices that are signed in, and ending them.

use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::account::{EndSession, SignOutElsewhere, sessions},
    app::components::{
        button::{Button, ButtonKind, ButtonSize},
        empty::ErrorState,
        form::{FormNotice, FormState},
        icon::{Icon, IconName},
        page_title::PageTitle,
        shell::page_header::PageHeader,
        skeleton::PersonSkeleton,
        time::RelativeTime,
    },
    protocol::views::SessionView,
};

/// The page.
#[component]
pub fn SessionsPage() -> impl IntoView {
    let end = ServerAction::<EndSession>::new();
    let end_others = ServerAction::<SignOutElsewhere>::new();
    let list = Resource::new(move || (end.version().get(), end_others.version().get()), |_| sessions());
    view! {
        <PageTitle text="Devices" />
        <PageHeader title="Devices" back="/settings" />
        <p class="px-4 pt-5 pb-3 text-muted medium:px-5">
            "These devices are signed in as you. End what you do not know, then change your password."
        </p>
        <div class="px-4 medium:px-5">
            <FormNotice form=FormState::of(end) />
            <FormNotice form=FormState::of(end_others) />
        </div>
        <Transition fallback=|| {
            view! { <PersonSkeleton rows=3 /> }
        }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(list) => view! { <Devices list end end_others /> }.into_any(),
                    Err(error) => {
                        view! {
                            <ErrorState
                                title="The devices did not load"
                                error
                                on_retry=Callback::new(move |()| list.refetch())
                            />
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Devices(
    list: Vec<SessionView>,
    end: ServerAction<EndSession>,
    end_others: ServerAction<SignOutElsewhere>,
) -> impl IntoView {
    let has_others = list.iter().any(|session| !session.current);
    view! {
        <ul class="divide-y divide-border border-y border-border">
            {list.into_iter().map(|session| view! { <Device session end /> }).collect_view()}
        </ul>
        {has_others
            .then(|| {
                view! {
                    <ActionForm action=end_others attr:class="px-4 py-5 medium:px-5">
                        <Button kind=ButtonKind::Outline icon=IconName::SignOut submits=true busy=end_others.pending()>
                            "Sign out all other devices"
                        </Button>
                        <p class="mt-2 text-meta text-muted">"Access tokens of scripts end with them."</p>
                    </ActionForm>
                }
            })}
    }
}

#[component]
fn Device(session: SessionView, end: ServerAction<EndSession>) -> impl IntoView {
    let id = session.id;
    let icon = if is_handheld(&session.device) { IconName::Phone } else { IconName::Monitor };
    let ending = Signal::derive(move || end.input().with(|input| input.as_ref().is_some_and(|input| input.id == id)));
    view! {
        <li class="flex items-center gap-4 px-4 py-3.5 medium:px-5">
            <span class="grid size-10 shrink-0 place-items-center rounded-pill bg-sunken">
                <Icon name=icon />
            </span>
            <div class="min-w-0 flex-1">
                <p class="truncate font-strong">{session.device.clone()}</p>
                <p class="text-meta text-muted">
                    {session.address} " · "
                    {if session.current {
                        view! { <span class="text-success">"This device"</span> }.into_any()
                    } else {
                        view! {
                            "Seen "
                            <RelativeTime at=session.last_seen_at ago=true />
                        }
                            .into_any()
                    }}
                </p>
            </div>
            {(!session.current)
                .then(|| {
                    view! {
                        <ActionForm action=end>
                            <input type="hidden" name="id" value=id.to_string() />
                            <Button
                                kind=ButtonKind::Outline
                                size=ButtonSize::Small
                                submits=true
                                busy=ending
                                attr:aria-label=format!("End the session of {}", session.device)
                            >
                                "End"
                            </Button>
                        </ActionForm>
                    }
                })}
        </li>
    }
}

/// Whether the words for a device are those of a phone or tablet.
fn is_handheld(device: &str) -> bool {
    ["Android", "iPhone", "iPad", "iOS"].iter().any(|name| device.contains(name))
}
