//! Which devices are told also when no tab is open there, and turning that on and off for this one.

use leptos::{form::ActionForm, prelude::*, task::spawn_local};

use super::Section;
use crate::{
    api::push::{RemovePushDevice, TestPushDevice, add_push_device, push_devices, remove_push_device},
    app::components::{
        button::{Button, ButtonKind, ButtonSize},
        empty::ErrorState,
        form::{FormNotice, FormState},
        icon::IconName,
        skeleton::PersonSkeleton,
        time::RelativeTime,
        toast::use_toasts,
    },
    client::push::{self, Ability},
    protocol::{
        ids::PushDeviceId,
        push::{PushDevice, PushKey},
    },
};

/// "Push": this device, and all of them.
#[component]
pub fn PushSection() -> impl IntoView {
    let remove = ServerAction::<RemovePushDevice>::new();
    let test = ServerAction::<TestPushDevice>::new();
    let changes = RwSignal::new(0_u32);
    let loaded = Resource::new_blocking(
        move || (remove.version().get(), test.version().get(), changes.get()),
        |_| push_devices(),
    );
    let refused = FormState::of(test).fault("id");
    view! {
        <Section title="When Hubbub is closed">
            <p class="text-muted">
                "Devices that you turn this on for are told of what you chose above also when no tab is open there. What you read elsewhere first is not sent."
            </p>
            <p class="without-script mt-3 text-muted">
                "To turn it on, open this page there with JavaScript. Devices can be removed here."
            </p>
            <div class="mt-4 grid gap-3">
                <FormNotice form=FormState::of(remove) />
                {move || {
                    refused.get().map(|words| view! { <p class="text-meta text-danger" role="alert">{words}</p> })
                }}
                <FormNotice form=FormState::of(test) done="The push service took it." />
                <Transition fallback=|| {
                    view! { <PersonSkeleton rows=1 /> }
                }>
                    {move || Suspend::new(async move {
                        match loaded.await {
                            Ok((key, devices)) => view! { <Devices key devices remove test changes /> }.into_any(),
                            Err(error) => {
                                let retry = Callback::new(move |()| loaded.refetch());
                                view! { <ErrorState title="Your devices did not load" error on_retry=retry /> }
                                    .into_any()
                            }
                        }
                    })}
                </Transition>
            </div>
        </Section>
    }
}

#[component]
fn Devices(
    key: PushKey,
    devices: Vec<PushDevice>,
    remove: ServerAction<RemovePushDevice>,
    test: ServerAction<TestPushDevice>,
    changes: RwSignal<u32>,
) -> impl IntoView {
    let current = devices.iter().find(|device| device.current).map(|device| device.id);
    let is_empty = devices.is_empty();
    view! {
        <ThisOne key current changes />
        {if is_empty {
            view! { <p class="text-meta text-muted">"No device of yours takes pushes yet."</p> }.into_any()
        } else {
            let rows = devices.into_iter().map(|device| view! { <Device device remove test /> }).collect_view();
            view! {
                <ul class="divide-y divide-border border-y border-border" aria-label="Devices that take pushes">
                    {rows}
                </ul>
            }
                .into_any()
        }}
    }
}

/// How it stands with this browser; `None` until it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Impossible,
    Blocked,
    Off,
    On,
}

async fn standing(is_known: bool) -> Standing {
    match push::ability() {
        Ability::None => Standing::Impossible,
        Ability::Blocked => Standing::Blocked,
        Ability::Some if is_known && push::is_subscribed().await => Standing::On,
        Ability::Some => Standing::Off,
    }
}

/// Turning it on and off here. The browser asks its reader only when they press.
#[component]
fn ThisOne(key: PushKey, current: Option<PushDeviceId>, changes: RwSignal<u32>) -> impl IntoView {
    let toasts = use_toasts();
    let now = RwSignal::new(None::<Standing>);
    let is_busy = RwSignal::new(false);
    Effect::new(move |_| spawn_local(async move { now.set(Some(standing(current.is_some()).await)) }));
    let key = StoredValue::new(key.public_key);
    let press = move |_| {
        let turns_on = now.get_untracked() == Some(Standing::Off);
        is_busy.set(true);
        spawn_local(async move {
            let done = if turns_on { turn_on(&key.get_value()).await } else { turn_off(current).await };
            match done {
                Ok(()) => changes.update(|changes| *changes += 1),
                Err(words) => {
                    toasts.say(words);
                    now.set(Some(standing(current.is_some()).await));
                }
            }
            is_busy.set(false);
        });
    };
    let words = move || match now.get()? {
        Standing::Impossible => Some(
            "This browser cannot be told while Hubbub is closed. On an iPhone or iPad, add Hubbub to the home screen first.",
        ),
        Standing::Blocked => {
            Some("Notifications are blocked in this browser. Allow them for this site in its address bar, then reload.")
        }
        Standing::Off => Some("This device is not told while Hubbub is closed."),
        Standing::On => Some("This device is told also while Hubbub is closed."),
    };
    let button = move || {
        let (label, kind) = match now.get()? {
            Standing::Off => ("Turn on for this device", ButtonKind::Ink),
            Standing::On => ("Turn off for this device", ButtonKind::Outline),
            Standing::Impossible | Standing::Blocked => return None,
        };
        Some(view! {
            <Button kind icon=IconName::Bell busy=is_busy on:click=press>
                {label}
            </Button>
        })
    };
    view! {
        <div class="needs-script flex flex-wrap items-center gap-x-4 gap-y-3">
            <p class="min-w-48 flex-1 text-meta" role="status">
                {words}
            </p>
            {button}
        </div>
    }
}

async fn turn_on(key: &str) -> Result<(), String> {
    let given = push::subscribe(key).await?;
    let added = add_push_device(given.endpoint, given.keys.p256dh, given.keys.auth).await;
    if let Err(error) = added {
        push::unsubscribe().await;
        return Err(error.message);
    }
    Ok(())
}

async fn turn_off(current: Option<PushDeviceId>) -> Result<(), String> {
    push::unsubscribe().await;
    match current {
        Some(id) => remove_push_device(id).await.map_err(|error| error.message),
        None => Ok(()),
    }
}

#[component]
fn Device(
    device: PushDevice,
    remove: ServerAction<RemovePushDevice>,
    test: ServerAction<TestPushDevice>,
) -> impl IntoView {
    let PushDevice { id, device: name, created_at, delivered_at, current } = device;
    let (test_label, remove_label) = (["Send a test to ", &name].concat(), ["Remove ", &name].concat());
    let removing = move || remove.input().with(|input| input.as_ref().is_some_and(|input| input.id == id));
    let testing = move || test.input().with(|input| input.as_ref().is_some_and(|input| input.id == id));
    view! {
        <li class="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
            <div class="min-w-40 flex-1">
                <p class="truncate font-strong">{name}</p>
                <p class="text-meta text-muted">
                    {current.then(|| view! { <span class="text-success">"This device"</span> " · " })} "Since "
                    <RelativeTime at=created_at />
                    {delivered_at
                        .map(|at| {
                            view! {
                                " · Last told "
                                <RelativeTime at ago=true />
                            }
                        })}
                </p>
            </div>
            <ActionForm action=test>
                <input type="hidden" name="id" value=id.to_string() />
                <Button
                    kind=ButtonKind::Quiet
                    size=ButtonSize::Small
                    submits=true
                    busy=Signal::derive(testing)
                    attr:aria-label=test_label
                >
                    "Test"
                </Button>
            </ActionForm>
            <ActionForm action=remove>
                <input type="hidden" name="id" value=id.to_string() />
                <Button
                    kind=ButtonKind::Outline
                    size=ButtonSize::Small
                    submits=true
                    busy=Signal::derive(removing)
                    attr:aria-label=remove_label
                >
                    "Remove"
                </Button>
            </ActionForm>
        </li>
    }
}
