//! Labelled inputs: label, hint, what is wrong and how to mend it, tied together for screen readers.

use leptos::prelude::*;

use super::{
    button::ICON_BUTTON,
    form::FormState,
    icon::{Icon, IconName},
    page_title::raw_text,
};

/// The box around an input; `has-invalid` draws the fault.
const BOX: &str = "flex items-center rounded-field border border-border-strong bg-surface text-text transition-[border-color,box-shadow] focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus has-aria-invalid:border-danger has-aria-invalid:shadow-[inset_0_0_0_1px_var(--color-danger)]";
const INPUT: &str = "min-w-0 flex-1 bg-transparent px-4 text-lead font-normal outline-none placeholder:text-muted";

/// A one-line input with its label.
#[component]
pub fn Field(
    /// Above the input.
    #[prop(into)]
    label: String,
    /// Name in the form; also the id, unless `id` says otherwise.
    name: &'static str,
    /// The form it stands in: gives back what was typed and says what is wrong.
    form: FormState,
    /// Where the page has two fields of one name.
    #[prop(optional)]
    id: Option<&'static str>,
    /// `text`, `email`, `password`, `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
    /// Under the input while nothing is wrong.
    #[prop(optional, into)]
    hint: Option<String>,
    /// At the right end of the label: "Never shown".
    #[prop(optional)]
    aside: Option<&'static str>,
    /// Inside, before the text: "@".
    #[prop(optional)]
    prefix: Option<&'static str>,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Must not be empty.
    #[prop(optional)]
    required: bool,
    /// In characters.
    #[prop(optional)]
    maxlength: Option<usize>,
    /// For handles and addresses: no capitals, no corrections.
    #[prop(optional)]
    verbatim: bool,
) -> impl IntoView {
    let id = id.unwrap_or(name);
    let fault = form.fault(name);
    let is_password = kind == "password";
    let start = if is_password { String::new() } else { form.typed(name).unwrap_or(value) };
    let shown = RwSignal::new(false);
    let described = describe(id, hint.is_some(), fault);
    view! {
        <div class="grid gap-1.5">
            <Label id label aside />
            <div class=format!("{BOX} h-12 medium:h-11.5")>
                {prefix.map(|prefix| view! { <span class="-mr-2 pl-4 text-lead font-normal text-muted" aria-hidden="true">{prefix}</span> })}
                <input
                    id=id
                    name=name
                    class=format!("{INPUT} h-full rounded-field")
                    type=move || if is_password && shown.get() { "text" } else { kind }
                    value=start
                    required=required
                    maxlength=maxlength.map(|max| max.to_string())
                    autocomplete=autocomplete
                    autocapitalize=(verbatim || is_password).then_some("none")
                    spellcheck=(verbatim || is_password).then_some("false")
                    aria-invalid=move || fault.with(Option::is_some).then_some("true")
                    aria-describedby=described
                />
                {is_password.then(|| view! { <Reveal shown /> })}
            </div>
            <Below id hint fault />
        </div>
    }
}

/// A growing text box with its label.
#[component]
pub fn TextArea(
    /// Above the box.
    #[prop(into)]
    label: String,
    /// Name in the form, and id.
    name: &'static str,
    /// The form it stands in.
    form: FormState,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
    /// Under the box while nothing is wrong.
    #[prop(optional, into)]
    hint: Option<String>,
    /// In characters.
    #[prop(optional)]
    maxlength: Option<usize>,
) -> impl IntoView {
    let fault = form.fault(name);
    let start = form.typed(name).unwrap_or(value);
    let described = describe(name, hint.is_some(), fault);
    view! {
        <div class="grid gap-1.5">
            <Label id=name label aside=None />
            <div class=BOX>
                <textarea
                    id=name
                    name=name
                    class=format!("{INPUT} field-sizing-content max-h-80 min-h-24 resize-none rounded-field py-2.5")
                    rows=3
                    maxlength=maxlength.map(|max| max.to_string())
                    aria-invalid=move || fault.with(Option::is_some).then_some("true")
                    aria-describedby=described
                >
                    {raw_text(&start)}
                </textarea>
            </div>
            <Below id=name hint fault />
        </div>
    }
}

/// Ids of what describes an input; none when nothing does.
fn describe(id: &'static str, has_hint: bool, fault: Signal<Option<String>>) -> impl Fn() -> Option<String> + Clone {
    move || match (fault.with(Option::is_some), has_hint) {
        (true, _) => Some(format!("{id}-fault")),
        (false, true) => Some(format!("{id}-hint")),
        (false, false) => None,
    }
}

#[component]
fn Label(id: &'static str, label: String, aside: Option<&'static str>) -> impl IntoView {
    view! {
        <div class="flex items-baseline justify-between gap-3">
            <label for=id class="text-meta font-strong">
                {label}
            </label>
            {aside.map(|aside| view! { <span class="text-small text-muted">{aside}</span> })}
        </div>
    }
}

/// The line under an input: the fault, or else the hint.
#[component]
fn Below(id: &'static str, hint: Option<String>, fault: Signal<Option<String>>) -> impl IntoView {
    let hint = StoredValue::new(hint);
    let line = move || match fault.get() {
        Some(fault) => Some(
            view! {
                <p id=format!("{id}-fault") class="flex items-start gap-2 text-meta text-danger" role="alert">
                    <Icon name=IconName::Alert size=16 class="mt-0.5" />
                    <span>{fault}</span>
                </p>
            }
            .into_any(),
        ),
        None => hint.get_value().map(|hint| {
            view! {
                <p id=format!("{id}-hint") class="text-small text-muted">
                    {hint}
                </p>
            }
            .into_any()
        }),
    };
    view! { {line} }
}

/// Shows and hides a password.
#[component]
fn Reveal(shown: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("{ICON_BUTTON} needs-script mr-1.5")
            aria-pressed=move || if shown.get() { "true" } else { "false" }
            aria-label="Show password"
            title=move || if shown.get() { "Hide password" } else { "Show password" }
            on:click=move |_| shown.update(|shown| *shown = !*shown)
        >
            {move || {
                let name = if shown.get() { IconName::EyeOff } else { IconName::Eye };
                view! { <Icon name /> }
            }}
        </button>
    }
}
