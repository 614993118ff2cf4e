//! What one is told of, how, and when not.

mod push;

use leptos::{ev, form::ActionForm, prelude::*, task::spawn_local};

use super::Section;
use crate::{
    api::notifications::{SaveNotificationChoices, SendTestNotification, moment_of, notification_choices, time_zones},
    app::components::{
        button::{Button, ButtonKind},
        empty::ErrorState,
        form::{FormNotice, FormState},
        icon::IconName,
        page_title::PageTitle,
        select::Arrow,
        shell::page_header::PageHeader,
        skeleton::PersonSkeleton,
        switch::{SWITCH, SWITCH_LINE, Switch},
        toast::use_toasts,
    },
    client::alerts::{Extra, play_sound},
    protocol::{
        errors::ApiError,
        notifications::{EmailTiming, KindPreference, NotificationKind, NotificationPreferences, QuietHours},
    },
};
use push::PushSection;

/// Quiet hours that are offered to somebody who has none: from 22:00 until 07:00.
const NIGHT: QuietHours = QuietHours { from_minute: 1_320, until_minute: 420 };
/// The one-line box of a choice or a moment.
const BOX: &str = "h-11 min-w-0 rounded-field border border-border-strong bg-surface px-3 text-lead font-normal text-text medium:h-10 medium:text-body";

/// A select, under its own arrow.
const SELECT: &str = "w-full cursor-pointer appearance-none truncate pr-9";

/// `/settings/notifications`.
#[component]
pub fn NotificationSettingsPage() -> impl IntoView {
    let loaded = Resource::new_blocking(|| (), |()| load());
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <PageTitle text="Notification settings" />
        <PageHeader title="Notifications" back="/settings" />
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match loaded.await {
                    Ok((chosen, zones)) => view! { <Choices chosen zones /> }.into_any(),
                    Err(error) => {
                        view! { <ErrorState title="Your choices did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
        <PushSection />
        <ThisDevice />
        <Trial />
    }
}

async fn load() -> Result<(NotificationPreferences, Vec<String>), ApiError> {
    Ok((notification_choices().await?, time_zones().await?))
}

/// The form. It is built once, so that nothing chosen is thrown away by an answer.
#[component]
fn Choices(chosen: NotificationPreferences, zones: Vec<String>) -> impl IntoView {
    let save = ServerAction::<SaveNotificationChoices>::new();
    let form = FormState::of(save);
    let (enabled, kinds) = (chosen.enabled, chosen.kinds.clone());
    view! {
        <ActionForm action=save>
            <Section title="What you are told of">
                <Switch
                    name="enabled"
                    on=enabled
                    label="Notifications"
                    hint="Off: you are told of nothing but what the community itself announces"
                />
                <Kinds kinds />
            </Section>
            <QuietSection chosen zones form />
            <div class="grid gap-3 border-b border-border px-4 py-6 medium:px-5">
                <FormNotice form done="Your choices are saved." />
                <div>
                    <Button submits=true busy=form.pending()>
                        "Save choices"
                    </Button>
                </div>
            </div>
        </ActionForm>
    }
}

/// A line for each kind: a table on wide screens, cards on a phone.
#[component]
fn Kinds(kinds: Vec<KindPreference>) -> impl IntoView {
    view! {
        <div class="mt-4 hidden grid-cols-[minmax(0,1fr)_72px_56px_136px] gap-4 border-b border-border pb-2 text-small font-strong text-muted medium:grid" aria-hidden="true">
            <span></span>
            <span class="text-center">"In the bell"</span>
            <span class="text-center">"Push"</span>
            <span>"By e-mail"</span>
        </div>
        <ul class="grid gap-3 max-medium:mt-4 medium:gap-0">
            {kinds.into_iter().map(|choice| view! { <Kind choice /> }).collect_view()}
        </ul>
    }
}

#[component]
fn Kind(choice: KindPreference) -> impl IntoView {
    let (name, hint) = kind_words(choice.kind);
    let kind = choice.kind.as_str();
    let (bell, push) = ([name, ": in the bell"].concat(), [name, ": push"].concat());
    let email = [name, ": by e-mail"].concat();
    let tick = |field: &'static str, words: &'static str, label: String, on: bool| {
        view! {
            <span class="text-meta medium:hidden" aria-hidden="true">{words}</span>
            <span class="grid items-center justify-items-end medium:justify-items-center">
                <input type="checkbox" role="switch" name=field value=kind checked=on aria-label=label class=SWITCH />
            </span>
        }
    };
    let timing = move |timing: EmailTiming, value: &'static str, words: &'static str| {
        view! {
            <option value=value selected=choice.email == timing>
                {words}
            </option>
        }
    };
    view! {
        <li class="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-3 rounded-card border border-border p-4 medium:grid-cols-[minmax(0,1fr)_72px_56px_136px] medium:rounded-none medium:border-x-0 medium:border-t-0 medium:px-0 medium:py-3">
            <span class="grid max-medium:col-span-2">
                <span class="font-strong">{name}</span>
                <span class="text-meta text-muted">{hint}</span>
            </span>
            {tick("in_app[]", "In the bell", bell, choice.in_app)}
            {tick("push[]", "Push", push, choice.push)}
            <span class="text-meta medium:hidden" aria-hidden="true">"By e-mail"</span>
            <Arrow>
                <select name=format!("email[{kind}]") aria-label=email class=format!("{BOX} {SELECT}")>
                    {timing(EmailTiming::AtOnce, "at_once", "At once")}
                    {timing(EmailTiming::Daily, "daily", "Once a day")}
                    {timing(EmailTiming::Never, "never", "Never")}
                </select>
            </Arrow>
        </li>
    }
}

/// What a kind is called, and when it comes.
const fn kind_words(kind: NotificationKind) -> (&'static str, &'static str) {
    match kind {
        NotificationKind::Like => ("Likes", "Of your posts and comments"),
        NotificationKind::Comment => ("Comments", "On your posts, and replies to you"),
        NotificationKind::Mention => ("Mentions", "Somebody writes your @name"),
        NotificationKind::Follow => ("Followers", "Somebody follows you"),
        NotificationKind::FriendRequest => ("Connections", "Requests, and answers to yours"),
        NotificationKind::Message => ("Messages", "What you have not read of conversations"),
        NotificationKind::JobApplication => ("Jobs", "Applications for yours, and news of your own"),
        NotificationKind::System => ("The community", "Announcements"),
    }
}

#[component]
fn QuietSection(chosen: NotificationPreferences, zones: Vec<String>, form: FormState) -> impl IntoView {
    let hours = chosen.quiet_hours.unwrap_or(NIGHT);
    let fault = move |field: &'static str| {
        let fault = form.fault(field);
        move || fault.get().map(|words| view! { <p class="text-small text-danger" role="alert">{words}</p> })
    };
    let moment = |name: &'static str, label: &'static str, minute: u16| {
        view! {
            <label class="grid gap-1.5 text-meta font-strong">
                {label}
                <input type="time" name=name value=moment_of(minute) required=true class=format!("{BOX} tabular-nums") />
            </label>
        }
    };
    view! {
        <Section title="When you are left in peace">
            <Switch
                name="quiet"
                on=chosen.quiet_hours.is_some()
                label="Quiet hours"
                hint="No toast, sound, push or letter meanwhile. The bell still fills."
            />
            <div class="mt-3 flex flex-wrap gap-4">
                {moment("quiet_from", "From", hours.from_minute)}
                {moment("quiet_until", "Until", hours.until_minute)}
                {moment("digest", "Daily e-mail at", chosen.digest_minute)}
            </div>
            {fault("quiet_hours")}
            {fault("digest_minute")}
            <ZoneChoice zone=chosen.time_zone zones />
            {fault("time_zone")}
        </Section>
    }
}

/// The zone in which the day is told. Who never chose one is offered that of the browser.
#[component]
fn ZoneChoice(zone: String, zones: Vec<String>) -> impl IntoView {
    let chosen = RwSignal::new(zone);
    let known = zones.clone();
    Effect::new(move |_| {
        if chosen.get_untracked() == "UTC"
            && let Some(here) = browser_zone().filter(|here| known.contains(here))
        {
            chosen.set(here);
        }
    });
    let option = move |name: String| {
        let words = name.replace('_', " ");
        let value = name.clone();
        view! {
            <option value=value selected=move || chosen.with(|chosen| *chosen == name)>
                {words}
            </option>
        }
    };
    view! {
        <label class="mt-4 grid max-w-80 gap-1.5 text-meta font-strong">
            "Your time zone"
            <Arrow>
                <select name="time_zone" class=format!("{BOX} {SELECT}") prop:value=move || chosen.get() on:change=move |event| chosen.set(event_target_value(&event))>
                    {zones.into_iter().map(option).collect_view()}
                </select>
            </Arrow>
        </label>
    }
}

/// The IANA name of the zone that the browser is in.
fn browser_zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    js_sys::Reflect::get(&format.resolved_options(), &"timeZone".into()).ok()?.as_string()
}

/// What only this browser does; nothing of it is on until somebody turns it on.
#[component]
fn ThisDevice() -> impl IntoView {
    view! {
        <div class="needs-script">
            <Section title="On this device">
                <ExtraSwitch
                    extra=Extra::Sound
                    label="Sound"
                    hint="A short one, when something new comes"
                />
                <ExtraSwitch
                    extra=Extra::Desktop
                    label="Notifications of the browser"
                    hint="While Hubbub is open but not in front of you. The browser asks you first."
                />
            </Section>
        </div>
    }
}

#[component]
fn ExtraSwitch(extra: Extra, label: &'static str, hint: &'static str) -> impl IntoView {
    let toasts = use_toasts();
    let on = RwSignal::new(false);
    let is_possible = RwSignal::new(true);
    Effect::new(move |_| {
        is_possible.set(extra.is_possible());
        on.set(extra.is_on());
    });
    let change = move |event: ev::Event| {
        let wish = event_target_checked(&event);
        spawn_local(async move {
            match extra.set(wish).await {
                Ok(()) => {
                    on.set(wish);
                    if wish && extra == Extra::Sound {
                        play_sound();
                    }
                }
                Err(words) => {
                    // Once more, so that the box shows it even where nothing changed.
                    on.set(wish);
                    on.set(false);
                    toasts.say(words);
                }
            }
        });
    };
    view! {
        <label class=SWITCH_LINE>
            <span class="grid flex-1">
                <span class="font-strong">{label}</span>
                <span class="text-meta text-muted">{hint}</span>
            </span>
            <input
                type="checkbox"
                role="switch"
                class=SWITCH
                prop:checked=on
                disabled=move || !is_possible.get()
                on:change=change
            />
        </label>
    }
}

/// "Send me a test".
#[component]
fn Trial() -> impl IntoView {
    let send = ServerAction::<SendTestNotification>::new();
    let form = FormState::of(send);
    view! {
        <div class="grid gap-3 px-4 py-6 medium:px-5">
            <FormNotice form done="It is on its way." />
            <ActionForm action=send>
                <Button kind=ButtonKind::Outline icon=IconName::Bell submits=true busy=form.pending()>
                    "Send me a test"
                </Button>
            </ActionForm>
        </div>
    }
}
