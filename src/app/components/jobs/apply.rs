//! Applying for a job: a note, a file, or both. The file is uploaded first, so that a refused note does not send it twice.

use leptos::{ev, html, prelude::*, task::spawn_local};
use web_sys::File;

use crate::{
    api::jobs::{APPLY_FORM_HREF, apply_for_job},
    app::components::{
        button::{Button, ButtonKind, ButtonSize, button_class},
        field::TextArea,
        form::{FormNotice, FormState},
        icon::{Icon, IconName},
    },
    client::http,
    protocol::{
        attachments::Attachment,
        errors::ApiError,
        ids::{AttachmentId, JobId},
        jobs::Application,
        limits::{APPLICATION_NOTE_MAX_CHARS, ATTACHMENT_MAX_BYTES},
    },
};

/// What is being sent.
#[derive(Clone, Copy)]
struct Sending {
    answer: RwSignal<Option<Option<ApiError>>>,
    busy: RwSignal<bool>,
    /// Of the file, from 0 to 100.
    percent: RwSignal<Option<u8>>,
    /// The file that was chosen, by its name.
    chosen: RwSignal<Option<String>>,
    /// What was uploaded already.
    uploaded: RwSignal<Option<AttachmentId>>,
}

impl Sending {
    fn begin() -> Self {
        Self {
            answer: RwSignal::new(None),
            busy: RwSignal::new(false),
            percent: RwSignal::new(None),
            chosen: RwSignal::new(None),
            uploaded: RwSignal::new(None),
        }
    }

    async fn attachment(self, file: Option<File>) -> Result<Option<AttachmentId>, ApiError> {
        let Some(file) = file else { return Ok(None) };
        if let Some(uploaded) = self.uploaded.get_untracked() {
            return Ok(Some(uploaded));
        }
        let tell = move |share: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100")]
            let percent = (share * 100.0).clamp(0.0, 100.0) as u8;
            self.percent.try_set(Some(percent));
        };
        let sent = http::upload_to::<Attachment>("/api/attachments", &file, tell).await;
        self.percent.try_set(None);
        let id = sent?.attachment_id;
        self.uploaded.try_set(Some(id));
        Ok(Some(id))
    }
}

/// The form.
#[component]
pub fn ApplyForm(
    /// The job.
    job_id: JobId,
    /// Told of the application once it is stored.
    on_applied: Callback<Application>,
) -> impl IntoView {
    let sending = Sending::begin();
    let id = job_id.get().to_string();
    let form = FormState::sent_by_hand(APPLY_FORM_HREF, ("job_id", &id), sending.answer.into(), sending.busy.into());
    let (node, input) = (NodeRef::<html::Form>::new(), NodeRef::<html::Input>::new());
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if sending.busy.get_untracked() {
            return;
        }
        let note = node.get_untracked().map(|form| note_in(&form)).unwrap_or_default();
        let file = input.get_untracked().and_then(|input| input.files()).and_then(|files| files.get(0));
        sending.busy.set(true);
        spawn_local(async move {
            let applied = match sending.attachment(file).await {
                Ok(attachment) => apply_for_job(job_id, note, attachment).await,
                Err(error) => Err(error),
            };
            sending.busy.try_set(false);
            match applied {
                Ok(application) => drop(on_applied.try_run(application)),
                Err(error) => drop(sending.answer.try_set(Some(Some(error)))),
            }
        });
    };
    view! {
        <form
            node_ref=node
            method="post"
            action=APPLY_FORM_HREF
            enctype="multipart/form-data"
            class="grid gap-4"
            on:submit=send
        >
            <input type="hidden" name="job_id" value=id />
            <TextArea
                form
                name="note"
                label="Why you"
                maxlength=APPLICATION_NOTE_MAX_CHARS
                hint="Only whoever posted the job reads this."
            />
            <Chooser sending input />
            <Fault form />
            <FormNotice form />
            <div>
                <Button kind=ButtonKind::Accent submits=true busy=sending.busy>
                    "Apply"
                </Button>
            </div>
        </form>
    }
}

fn note_in(form: &web_sys::HtmlFormElement) -> String {
    let data = web_sys::FormData::new_with_form(form).ok();
    data.and_then(|data| data.get("note").as_string()).unwrap_or_default()
}

/// Chooses the file, and tells how much of it was sent.
#[component]
fn Chooser(sending: Sending, input: NodeRef<html::Input>) -> impl IntoView {
    let look = move |_| {
        let file = input.get_untracked().and_then(|input| input.files()).and_then(|files| files.get(0));
        sending.uploaded.set(None);
        sending.answer.set(None);
        sending.chosen.set(file.map(|file| file.name()));
    };
    let words = move || match (sending.percent.get(), sending.chosen.get()) {
        (Some(percent), Some(name)) => format!("{name} · {percent} %"),
        (_, Some(name)) => name,
        _ => format!("A file, up to {} MB", ATTACHMENT_MAX_BYTES / 1_024 / 1_024),
    };
    view! {
        <div class="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-2">
            <label class=format!(
                "{} cursor-pointer has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus",
                button_class(ButtonKind::Outline, ButtonSize::Medium, false),
            )>
                <Icon name=IconName::Attach size=18 />
                "Add a file"
                <input
                    node_ref=input
                    type="file"
                    name="file"
                    class="absolute inset-0 size-full cursor-pointer opacity-0"
                    aria-describedby="file-words"
                    on:change=look
                />
            </label>
            <span id="file-words" class="min-w-0 truncate text-meta text-muted tabular-nums" role="status">
                {words}
            </span>
        </div>
    }
}

/// What is wrong with the file, or with applying at all.
#[component]
fn Fault(form: FormState) -> impl IntoView {
    let faults = ["file", "attachment", "job_id"].map(|field| form.fault(field));
    move || {
        faults.iter().find_map(|fault| fault.get()).map(|fault| {
            view! {
                <p role="alert" class="flex items-start gap-2 text-meta text-danger">
                    <Icon name=IconName::Alert size=16 class="mt-0.5" />
                    {fault}
                </p>
            }
        })
    }
}
