//! Gives a person or a group a picture: as it is, as it would be, and the way to change it. A plain form: the page that
//! comes back shows the new one.

use leptos::{html, prelude::*};

use super::{
    button::{Button, ButtonKind, ButtonSize, button_class},
    form::{FormNotice, FormState},
    icon::{Icon, IconName},
    picture_crop::PictureCrop,
};
use crate::protocol::crop::Crop;

/// The form.
#[component]
pub fn PictureForm(
    /// Where it is sent.
    url: &'static str,
    /// More that is sent: whose picture it is.
    #[prop(optional)]
    hidden: Option<(&'static str, String)>,
    /// What came of the last sending.
    sent: FormState,
    /// What came of removing it.
    removed: FormState,
    /// The picture as it is.
    #[prop(into)]
    face: ViewFn,
    /// Whether there is one to remove.
    #[prop(into)]
    has_picture: Signal<bool>,
    /// The form that removes it.
    #[prop(into)]
    removal: ViewFn,
    /// What to say once it is saved.
    done: &'static str,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let (preview, crop) = (RwSignal::new(None::<String>), RwSignal::new(Crop::default()));
    let look = move |_| {
        crop.set(Crop::default());
        let file = input.get_untracked().and_then(|input| input.files()).and_then(|files| files.get(0));
        let url = file.and_then(|file| web_sys::Url::create_object_url_with_blob(&file).ok());
        if let Some(old) = preview.try_update(|preview| std::mem::replace(preview, url)).flatten() {
            // The old preview is gone from the page; nothing depends on whether its memory is freed now.
            let _ = web_sys::Url::revoke_object_url(&old);
        }
    };
    let cancel = move |_| {
        if let Some(input) = input.get_untracked() {
            input.set_value("");
        }
        preview.set(None);
    };
    let shown = move || match preview.get() {
        Some(url) => view! { <PictureCrop url crop /> }.into_any(),
        None => face.run(),
    };
    view! {
        <div class="flex flex-wrap items-center gap-5">
            {shown} <div class="grid min-w-0 flex-1 gap-2">
                <form method="post" action=url enctype="multipart/form-data" class="flex flex-wrap items-center gap-2">
                    {hidden.map(|(name, value)| view! { <input type="hidden" name=name value=value /> })}
                    <Show when=move || preview.with(Option::is_some)>
                        <CropFields crop />
                    </Show>
                    <label class=format!(
                        "{} cursor-pointer has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus",
                        button_class(ButtonKind::Outline, ButtonSize::Medium, false),
                    )>
                        <Icon name=IconName::Camera size=18 />
                        "Choose a picture"
                        <input
                            node_ref=input
                            type="file"
                            name="file"
                            required=true
                            accept="image/jpeg,image/png,image/webp,image/gif"
                            class="absolute inset-0 size-full cursor-pointer opacity-0"
                            aria-describedby="picture-hint"
                            on:change=look
                        />
                    </label>
                    <span class=move || if preview.with(Option::is_some) { "contents" } else { "without-script contents" }>
                        <Button submits=true>"Save picture"</Button>
                    </span>
                    <Show when=move || preview.with(Option::is_some)>
                        <Button kind=ButtonKind::Quiet on:click=cancel>
                            "Cancel"
                        </Button>
                    </Show>
                </form>
                <div class="flex flex-wrap items-center gap-x-4 gap-y-1">
                    <p id="picture-hint" class="text-small text-muted">
                        "JPEG, PNG, WebP or GIF, up to 10 MB."
                        <span class="without-script">" Its middle square is shown."</span>
                        {move || preview.with(Option::is_some).then_some(" Drag it to choose what is shown.")}
                    </p>
                    <Show when=move || has_picture.get() && preview.with(Option::is_none)>{removal.run()}</Show>
                </div>
            </div>
        </div>
        // What came of the last picture is no news of the next.
        <div class="mt-4 empty:hidden" class=("hidden", move || preview.with(Option::is_some))>
            <FormNotice form=removed />
            <PictureFault fault=sent.fault("file") />
            <FormNotice form=sent done=done />
        </div>
    }
}

/// For the form that removes the picture.
#[component]
pub fn RemoveButton(
    /// Whether it is being removed.
    #[prop(into)]
    pending: Signal<bool>,
) -> impl IntoView {
    view! {
        <Button kind=ButtonKind::Text size=ButtonSize::Small submits=true busy=pending>
            "Remove"
        </Button>
    }
}

/// The chosen square, as fields of the form.
#[component]
fn CropFields(crop: RwSignal<Crop>) -> impl IntoView {
    let of = move |read: fn(Crop) -> f64| move || read(crop.get()).to_string();
    view! {
        <input type="hidden" name="x" value=of(|crop| crop.x) />
        <input type="hidden" name="y" value=of(|crop| crop.y) />
        <input type="hidden" name="zoom" value=of(|crop| crop.zoom) />
    }
}

/// What is wrong with the chosen file.
#[component]
fn PictureFault(fault: Signal<Option<String>>) -> impl IntoView {
    move || {
        fault.get().map(|fault| {
            view! {
                <p role="alert" class="flex items-start gap-2 text-meta text-danger">
                    <Icon name=IconName::Alert size=16 class="mt-0.5" />
                    {fault}
                </p>
            }
        })
    }
}
