//! Buttons, and links that look like them: six kinds, three sizes, one class list.

use leptos::{ev::MouseEvent, prelude::*};

use super::icon::{Icon, IconName};

/// How loud a button is. One accent button per view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing to do here.
    Accent,
    /// A lesser decision: Retry, Save.
    #[default]
    Ink,
    /// Follow, Cancel beside a decision.
    Outline,
    /// There, but silent: Following, Keep.
    Quiet,
    /// Deletes.
    Danger,
    /// A word in a line.
    Text,
}

/// How tall: 32, 40 or 48 px. Small ones still answer to a finger within 44 px.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonSize {
    /// 32 px, in rows and cards.
    Small,
    /// 40 px.
    #[default]
    Medium,
    /// 48 px, ends a form.
    Large,
}

const BASE: &str = "relative inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-pill font-strong transition-[background-color,color,border-color,scale] active:scale-[0.97] touch-area disabled:pointer-events-none aria-busy:pointer-events-none";

/// The class list of a button; for the rare element that cannot be a [`Button`] or [`ButtonLink`].
#[must_use]
pub fn button_class(kind: ButtonKind, size: ButtonSize, wide: bool) -> String {
    let colours = match kind {
        ButtonKind::Accent => {
            "bg-accent text-accent-contrast hover:bg-accent-hover disabled:bg-sunken disabled:text-muted"
        }
        ButtonKind::Ink => "bg-ink text-ink-contrast hover:bg-ink-hover disabled:bg-sunken disabled:text-muted",
        ButtonKind::Outline => {
            "border border-border-strong text-text hover:bg-hover hover:border-text disabled:text-muted"
        }
        ButtonKind::Quiet => "bg-sunken text-text hover:bg-border disabled:text-muted",
        ButtonKind::Danger => {
            "bg-danger text-danger-contrast hover:bg-danger-hover disabled:bg-sunken disabled:text-muted"
        }
        ButtonKind::Text => "text-accent-text hover:underline underline-offset-3 disabled:text-muted",
    };
    let measure = match (size, kind) {
        (ButtonSize::Small, ButtonKind::Text) => "text-meta",
        (_, ButtonKind::Text) => "text-body",
        (ButtonSize::Small, _) => "h-8 px-3.5 text-meta",
        (ButtonSize::Medium, _) => "h-10 px-4.5 text-body",
        (ButtonSize::Large, _) => "h-12 px-6 text-lead",
    };
    let width = if wide { "w-full" } else { "" };
    format!("{BASE} {colours} {measure} font-strong {width}")
}

/// A button. Events and `attr:` given to it reach the `<button>`.
#[component]
pub fn Button(
    /// How loud.
    #[prop(optional)]
    kind: ButtonKind,
    /// How tall.
    #[prop(optional)]
    size: ButtonSize,
    /// Before the label.
    #[prop(optional)]
    icon: Option<IconName>,
    /// Submits the form it stands in.
    #[prop(optional)]
    submits: bool,
    /// At work: the label stays, a ring turns in place of the icon, presses do nothing, focus stays.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Cannot be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// As wide as its container.
    #[prop(optional)]
    wide: bool,
    /// The label.
    children: Children,
) -> impl IntoView {
    let ignore_while_busy = move |event: MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    };
    view! {
        <button
            type=if submits { "submit" } else { "button" }
            class=button_class(kind, size, wide)
            disabled=disabled
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || busy.get().then_some("true")
            on:click=ignore_while_busy
        >
            <Lead icon busy />
            {children()}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn ButtonLink(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// How loud.
    #[prop(optional)]
    kind: ButtonKind,
    /// How tall.
    #[prop(optional)]
    size: ButtonSize,
    /// Before the label.
    #[prop(optional)]
    icon: Option<IconName>,
    /// As wide as its container.
    #[prop(optional)]
    wide: bool,
    /// The label.
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class=button_class(kind, size, wide)>
            {icon.map(|name| view! { <Icon name size=18 /> })}
            {children()}
        </a>
    }
}

/// A round button with an icon alone; its name is read aloud and shown as a tooltip.
#[component]
pub fn IconButton(
    /// What it does, in words.
    #[prop(into)]
    label: Signal<String>,
    /// The icon.
    icon: IconName,
    /// Side of the icon in pixels.
    #[prop(default = 20)]
    size: u32,
    /// Submits the form it stands in.
    #[prop(optional)]
    submits: bool,
    /// Cannot be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// More classes.
    #[prop(default = "")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <button
            type=if submits { "submit" } else { "button" }
            class=format!("{ICON_BUTTON} {class}")
            aria-label=label
            title=label
            disabled=disabled
        >
            <Icon name=icon size />
        </button>
    }
}

/// The class list of a round icon button, for links and summaries that look like one.
pub const ICON_BUTTON: &str = "relative inline-grid size-9 shrink-0 place-items-center rounded-pill text-muted transition-colors hover:bg-sunken hover:text-text active:scale-[0.97] touch-area disabled:opacity-50 disabled:pointer-events-none";

/// What stands before the label: the icon, or the ring while busy.
#[component]
fn Lead(icon: Option<IconName>, busy: Signal<bool>) -> impl IntoView {
    let ring = move || {
        let place = if icon.is_some() { "" } else { "absolute left-4" };
        view! {
            <span
                class=format!(
                    "{place} size-4 shrink-0 animate-spin rounded-pill border-2 border-current border-r-transparent",
                )
                aria-hidden="true"
            ></span>
        }
    };
    move || {
        if busy.get() { Some(ring().into_any()) } else { icon.map(|name| view! { <Icon name size=18 /> }.into_any()) }
    }
}
