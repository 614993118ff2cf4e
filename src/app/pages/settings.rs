//! Settings: profile, appearance, password, devices, the way out.

pub mod notifications;
mod privacy;
pub mod tokens;

use leptos::{form::ActionForm, html, prelude::*, server_fn::ServerFn};

use self::{
    privacy::{BlockedSection, MutedSection, PrivacySection},
    tokens::TOKENS_HREF,
};
use crate::{
    api::{
        account::{ChangePassword, ChangeProfile, RemovePicture, SetPicture, SignOut, SignOutEverywhere},
        letters::{AskToConfirm, is_address_confirmed},
    },
    app::{
        bell::BELL_SETTINGS_HREF,
        components::{
            avatar::{Avatar, AvatarSize},
            button::{Button, ButtonKind, ButtonSize},
            field::{Field, TextArea},
            form::{FormNotice, FormState},
            icon::{Icon, IconName},
            page_title::PageTitle,
            picture_form::{PictureForm, RemoveButton},
            shell::page_header::PageHeader,
            theme::ThemePicker,
        },
        facts::use_viewer,
        pages::reference::REFERENCE_HREF,
    },
    protocol::{
        errors::ApiError,
        limits::{BIO_MAX_CHARS, FULL_NAME_MAX_CHARS, PASSWORD_MIN_CHARS},
        views::{Me, Role},
    },
};

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let viewer = use_viewer();
    // The forms are built once: a changed name must not throw away what is being typed elsewhere.
    let me = viewer.get_untracked();
    view! {
        <PageTitle text="Settings" />
        <PageHeader title="Settings" />
        {me
            .map(|me| {
                view! {
                    <ProfileSection me=me.clone() />
                    <AppearanceSection />
                    <Place
                        href=BELL_SETTINGS_HREF
                        icon=IconName::Bell
                        name="Notifications"
                        hint="What you are told of, how, and when not"
                    />
                    <PrivacySection />
                    <MutedSection />
                    <BlockedSection />
                    <CommunitySection role=me.profile.role />
                    <SecuritySection email=me.email />
                    <Place
                        href=REFERENCE_HREF
                        icon=IconName::File
                        name="API"
                        hint="What programs can do here, and a console to try it"
                    />
                    <WayOut />
                }
            })}
    }
}

/// A part of the page with its heading.
#[component]
fn Section(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="border-b border-border px-4 py-6 medium:px-5">
            <h2 class="mb-4 text-lead font-bold">{title}</h2>
            {children()}
        </section>
    }
}

/// A page of its own, as a part of this one.
#[component]
fn Place(href: &'static str, icon: IconName, name: &'static str, hint: &'static str) -> impl IntoView {
    view! {
        <div class="border-b border-border px-4 py-3 medium:px-5">
            <PlaceLink href icon name hint />
        </div>
    }
}

#[component]
fn PlaceLink(href: &'static str, icon: IconName, name: &'static str, hint: &'static str) -> impl IntoView {
    view! {
        <a href=href class="-mx-3 flex items-center gap-3 rounded-field px-3 py-3 transition-colors hover:bg-hover">
            <Icon name=icon size=22 />
            <span class="grid flex-1">
                <span class="font-strong">{name}</span>
                <span class="text-meta text-muted">{hint}</span>
            </span>
            <Icon name=IconName::Forward class="text-muted" />
        </a>
    }
}

#[component]
fn ProfileSection(me: Me) -> impl IntoView {
    let viewer = use_viewer();
    let save = ServerAction::<ChangeProfile>::new();
    let form = FormState::of(save);
    Effect::new(move |_| {
        if let Some(Ok(profile)) = save.value().get() {
            viewer.take_profile(profile);
        }
    });
    view! {
        <Section title="Profile">
            <Picture />
            <ActionForm action=save attr:class="mt-6 grid gap-5" attr:novalidate=true>
                <Field
                    form
                    name="full_name"
                    label="Name"
                    value=me.profile.person.full_name
                    autocomplete="name"
                    maxlength=FULL_NAME_MAX_CHARS
                    required=true
                />
                <TextArea
                    form
                    name="bio"
                    label="About you"
                    value=me.profile.bio
                    maxlength=BIO_MAX_CHARS
                    hint=format!("What you do, what you are into. At most {BIO_MAX_CHARS} characters.")
                />
                <FormNotice form done="Your profile is saved." />
                <div>
                    <Button submits=true busy=form.pending()>
                        "Save profile"
                    </Button>
                </div>
            </ActionForm>
        </Section>
    }
}

/// The picture. The page that comes back shows a new one.
#[component]
fn Picture() -> impl IntoView {
    let viewer = use_viewer();
    let remove = ServerAction::<RemovePicture>::new();
    Effect::new(move |_| {
        if let Some(Ok(profile)) = remove.value().get() {
            viewer.take_profile(profile);
        }
    });
    let has_picture = Memo::new(move |_| viewer.person().is_some_and(|person| person.avatar_url.is_some()));
    let face = move || viewer.person().map(|person| view! { <Avatar person size=AvatarSize::S96 /> });
    let removal = move || view! { <ActionForm action=remove><RemoveButton pending=remove.pending() /></ActionForm> };
    view! {
        <PictureForm
            url=SetPicture::url()
            sent=FormState::plain(SetPicture::url())
            removed=FormState::of(remove)
            face
            has_picture
            removal
            done="Your picture is saved."
        />
    }
}

#[component]
fn AppearanceSection() -> impl IntoView {
    view! {
        <Section title="Appearance">
            <div class="max-w-105">
                <ThemePicker />
            </div>
        </Section>
    }
}

#[component]
fn SecuritySection(email: String) -> impl IntoView {
    let change = ServerAction::<ChangePassword>::new();
    let form = FormState::of(change);
    let node = NodeRef::<html::Form>::new();
    Effect::new(move |_| {
        if matches!(change.value().get(), Some(Ok(())))
            && let Some(form) = node.get_untracked()
        {
            form.reset();
        }
    });
    view! {
        <Section title="Password and devices">
            <Address email />
            <ActionForm action=change node_ref=node attr:class="grid gap-5" attr:novalidate=true>
                <Field
                    form
                    name="current_password"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                />
                <Field
                    form
                    name="new_password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint=format!("At least {PASSWORD_MIN_CHARS} characters. Your other devices are signed out, and access tokens end.")
                    required=true
                />
                <FormNotice form done="Your password is changed, and your other devices are signed out." />
                <div>
                    <Button submits=true busy=form.pending()>
                        "Change password"
                    </Button>
                </div>
            </ActionForm>
            <div class="mt-6">
                <PlaceLink href="/settings/sessions" icon=IconName::Monitor name="Devices" hint="Where you are signed in" />
                <PlaceLink href=TOKENS_HREF icon=IconName::Lock name="Access tokens" hint="For scripts that act in your name" />
            </div>
        </Section>
    }
}

/// The address, and whether it is known to be theirs.
#[component]
fn Address(email: String) -> impl IntoView {
    let confirmed = Resource::new_blocking(|| (), |()| is_address_confirmed());
    let state = move || {
        Suspend::new(async move {
            match confirmed.await {
                Ok(true) => view! {
                    <p class="mt-1 flex items-center gap-1.5 text-meta text-success">
                        <Icon name=IconName::Good size=16 />
                        "Confirmed"
                    </p>
                }
                .into_any(),
                Ok(false) => view! { <Unconfirmed /> }.into_any(),
                // The address itself is what counts here.
                Err(_) => ().into_any(),
            }
        })
    };
    view! {
        <div class="mb-6">
            <p class="break-words text-muted">
                "You sign in as " <strong class="font-strong text-text">{email}</strong> "."
            </p>
            <Suspense>{state}</Suspense>
        </div>
    }
}

#[component]
fn Unconfirmed() -> impl IntoView {
    let ask = ServerAction::<AskToConfirm>::new();
    let form = FormState::of(ask);
    view! {
        <p class="mt-1 flex items-start gap-1.5 text-meta text-muted">
            <Icon name=IconName::Warning size=16 class="mt-0.5 text-warning" />
            "Not confirmed yet: until then no letters go there, but the one with the link."
        </p>
        <ActionForm action=ask attr:class="mt-3 grid justify-items-start gap-3">
            <FormNotice form done="The letter is on its way. Open the link in it within three days." />
            <Button kind=ButtonKind::Outline size=ButtonSize::Small submits=true busy=form.pending()>
                "Send the letter again"
            </Button>
        </ActionForm>
    }
}

/// What the community told everyone, and the way to looking after people for those who may.
#[component]
fn CommunitySection(role: Role) -> impl IntoView {
    let (is_staff, runs_it) = (role.is_staff(), role >= Role::Admin);
    view! {
        <Section title="Community">
            <PlaceLink
                href="/announcements"
                icon=IconName::Announce
                name="Announcements"
                hint="What everyone was told"
            />
            {is_staff
                .then(|| {
                    view! {
                        <PlaceLink href="/admin/people" icon=IconName::Shield name="People" hint="Roles and suspensions" />
                    }
                })}
            {runs_it
                .then(|| {
                    view! {
                        <PlaceLink
                            href="/admin/deliveries"
                            icon=IconName::Bell
                            name="Deliveries"
                            hint="What became of notifications"
                        />
                    }
                })}
        </Section>
    }
}

#[component]
fn WayOut() -> impl IntoView {
    let here = ServerAction::<SignOut>::new();
    let everywhere = ServerAction::<SignOutEverywhere>::new();
    let viewer = use_viewer();
    Effect::new(move |_| {
        let refused = |answer: Option<Result<(), ApiError>>| matches!(answer, Some(Err(_)));
        let under_way = here.pending().get() || everywhere.pending().get();
        if under_way {
            viewer.set_leaving(true);
        } else if refused(here.value().get()) || refused(everywhere.value().get()) {
            viewer.set_leaving(false);
        }
    });
    view! {
        <div class="grid gap-4 px-4 py-6 medium:px-5">
            <FormNotice form=FormState::of(here) />
            <FormNotice form=FormState::of(everywhere) />
            <div class="flex flex-wrap gap-3">
                <ActionForm action=here>
                    <Button kind=ButtonKind::Quiet icon=IconName::SignOut submits=true busy=here.pending()>
                        "Sign out"
                    </Button>
                </ActionForm>
                <ActionForm action=everywhere>
                    <Button kind=ButtonKind::Quiet submits=true busy=everywhere.pending()>
                        "Sign out everywhere"
                    </Button>
                </ActionForm>
            </div>
        </div>
    }
}
