//! The state of a form, the same with and without JavaScript: what was typed, what is at fault, whether it is under way.

use leptos::{prelude::*, server_fn::ServerFn};

use super::icon::{Icon, IconName};
use crate::{app::refused::RefusedForm, protocol::errors::ApiError};

/// What a form shows of its own sending. Give it to `Field`, `TextArea` and `FormNotice`.
#[derive(Clone, Copy, Debug)]
pub struct FormState {
    error: Memo<Option<ApiError>>,
    done: Memo<bool>,
    pending: Signal<bool>,
    typed: StoredValue<Option<RefusedForm>>,
}

impl FormState {
    /// The state of the one form on the page that sends `action`.
    #[must_use]
    pub fn of<F, Out>(action: ServerAction<F>) -> Self
    where
        F: ServerFn<Output = Out, Error = ApiError> + Clone + Send + Sync + 'static,
        Out: Clone + Send + Sync + 'static,
    {
        Self::build(answer_of(action), action.pending().into(), sent_to(F::url()))
    }

    /// The state of one of several forms that send `action`: the one whose hidden field `name` says `value`.
    #[must_use]
    pub fn keyed<F, Out>(action: ServerAction<F>, name: &str, value: &str) -> Self
    where
        F: ServerFn<Output = Out, Error = ApiError> + Clone + Send + Sync + 'static,
        Out: Clone + Send + Sync + 'static,
    {
        let sent = sent_to(F::url()).filter(|form| form.value(name) == Some(value));
        Self::build(answer_of(action), action.pending().into(), sent)
    }

    /// The state of a form that the browser always sends itself, to the server function at `url`.
    #[must_use]
    pub fn plain(url: &str) -> Self {
        Self::build(Signal::stored(None), Signal::stored(false), sent_to(url))
    }

    /// The state of a form that the page sends itself, in its own way, and the browser to `url` where there is no script:
    /// the one whose hidden field `name` says `value`.
    #[must_use]
    pub fn sent_by_hand(
        url: &str,
        (name, value): (&str, &str),
        answer: Signal<Option<Option<ApiError>>>,
        pending: Signal<bool>,
    ) -> Self {
        Self::build(answer, pending, sent_to(url).filter(|form| form.value(name) == Some(value)))
    }

    /// The same for one of several such forms: the one whose hidden field `name` says `value`.
    #[must_use]
    pub fn plain_keyed(url: &str, name: &str, value: &str) -> Self {
        let sent = sent_to(url).filter(|form| form.value(name) == Some(value));
        Self::build(Signal::stored(None), Signal::stored(false), sent)
    }

    fn build(answer: Signal<Option<Answer>>, pending: Signal<bool>, sent: Option<RefusedForm>) -> Self {
        let typed = StoredValue::new(sent);
        // An answer to this page's own sending counts more than one from before it was loaded.
        let error = Memo::new(move |_| {
            answer.get().unwrap_or_else(|| typed.with_value(|sent| sent.as_ref().and_then(|form| form.error.clone())))
        });
        let done = Memo::new(move |_| {
            let sent_well = || typed.with_value(|sent| sent.as_ref().is_some_and(|form| form.error.is_none()));
            answer.with(|answer| answer.as_ref().map_or_else(sent_well, Option::is_none))
        });
        Effect::new(move |_| {
            if answer.with(|answer| matches!(answer, Some(Some(_)))) {
                request_animation_frame(focus_first_fault);
            }
        });
        Self { error, done, pending, typed }
    }

    /// What the field held when the form was refused; empty at first and after success.
    #[must_use]
    pub fn typed(&self, name: &str) -> Option<String> {
        self.typed.with_value(|sent| {
            let form = sent.as_ref().filter(|form| form.error.is_some())?;
            form.value(name).map(str::to_owned)
        })
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn fault(&self, name: &'static str) -> Signal<Option<String>> {
        let error = self.error;
        Signal::derive(move || error.with(|error| error.as_ref()?.message_for(name).map(str::to_owned)))
    }

    /// What is wrong, when no field is at fault.
    #[must_use]
    pub fn complaint(&self) -> Signal<Option<String>> {
        let error = self.error;
        Signal::derive(move || {
            error
                .with(|error| error.as_ref().filter(|error| error.fields.is_empty()).map(|error| error.message.clone()))
        })
    }

    /// Whether it is under way.
    #[must_use]
    pub fn pending(&self) -> Signal<bool> {
        self.pending
    }

    /// Whether it was carried out.
    #[must_use]
    pub fn done(&self) -> Signal<bool> {
        self.done.into()
    }
}

/// What came of a sending: the error, or none.
type Answer = Option<ApiError>;

fn answer_of<F, Out>(action: ServerAction<F>) -> Signal<Option<Answer>>
where
    F: ServerFn<Output = Out, Error = ApiError> + Clone + Send + Sync + 'static,
    Out: Clone + Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|answer| answer.as_ref().map(|answer| answer.as_ref().err().cloned())))
}

/// The form that was just sent to `url` without JavaScript, if one was.
fn sent_to(url: &str) -> Option<RefusedForm> {
    use_context::<RefusedForm>().filter(|form| form.action == url)
}

/// Keyboard and screen reader go to the first field at fault.
fn focus_first_fault() {
    use wasm_bindgen::JsCast as _;
    let Ok(Some(found)) = document().query_selector("[aria-invalid=true]") else { return };
    if let Some(field) = found.dyn_ref::<web_sys::HtmlElement>() {
        // The field may have gone meanwhile; then there is nothing to focus.
        let _ = field.focus();
    }
}

/// Says what is wrong with a form as a whole, or that it was carried out.
#[component]
pub fn FormNotice(
    /// The form.
    form: FormState,
    /// What to say once it was carried out; nothing when the page itself shows it.
    #[prop(optional, into)]
    done: Option<String>,
) -> impl IntoView {
    let done = StoredValue::new(done);
    let said = move || {
        if let Some(complaint) = form.complaint().get() {
            return Some(
                view! {
                    <p role="alert" class=format!("{NOTICE} bg-danger-soft text-danger")>
                        <Icon name=IconName::Alert size=18 class="mt-px" />
                        <span>{complaint}</span>
                    </p>
                }
                .into_any(),
            );
        }
        let text = done.get_value().filter(|_| form.done().get() && !form.pending().get())?;
        Some(
            view! {
                <p role="status" class=format!("{NOTICE} bg-success-soft text-success")>
                    <Icon name=IconName::Good size=18 class="mt-px" />
                    <span>{text}</span>
                </p>
            }
            .into_any(),
        )
    };
    view! { <div class="contents">{said}</div> }
}

const NOTICE: &str = "flex items-start gap-2.5 rounded-field px-3.5 py-3 text-meta font-medium animate-fade";
