//! A post being written: its text, pictures and readers, shared by every place where one can write it.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    components::toast::{Toasts, use_toasts},
    facts::use_viewer,
    post_href,
};
use crate::{
    client::{drafts::Draft, http},
    protocol::{
        errors::{ApiError, ErrorCode},
        ids::{ImageId, UserId},
        limits::{IMAGE_MAX_BYTES, POST_MAX_CHARS, POST_MAX_IMAGES},
        requests::{NewPost, PostImage},
        views::{Audience, PostView},
    },
};

/// How the upload of a picture is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Upload {
    /// The share sent so far, in percent.
    Sending(u8),
    /// It is there.
    Done(ImageId),
    /// It was refused, for this reason.
    Failed(String),
}

/// A picture of the post being written.
#[derive(Clone, Copy, Debug)]
pub struct Picture {
    /// Tells it from the others.
    pub key: usize,
    /// Where the browser shows it from before it is uploaded.
    pub preview: StoredValue<String>,
    /// What it shows, in words.
    pub alt: RwSignal<String>,
    /// How its upload is doing.
    pub upload: RwSignal<Upload>,
}

/// The post being written.
#[derive(Clone, Copy)]
pub struct Composing {
    /// Its text; kept as a draft.
    pub draft: Draft,
    /// Its pictures, in order.
    pub pictures: RwSignal<Vec<Picture>>,
    /// Who will see it.
    pub audience: RwSignal<Audience>,
    /// Why it was not taken.
    pub refusal: RwSignal<Option<ApiError>>,
    /// Whether it is being sent.
    pub busy: RwSignal<bool>,
    /// Whether the sheet to write in is open.
    pub sheet: RwSignal<bool>,
    /// The newest post that was taken, for the list it belongs in.
    pub posted: RwSignal<Option<PostView>>,
    // The same until the post is taken, so that sending it twice makes one post.
    client_id: StoredValue<String>,
    next_key: StoredValue<usize>,
    toasts: Toasts,
    visit: Callback<String>,
}

/// What of the post being written is on its way.
struct Sent {
    content: String,
    // Their keys.
    pictures: Vec<usize>,
}

/// Makes the post being written and gives it to everything below.
pub fn provide_composing() -> Composing {
    let navigate = use_navigate();
    let viewer = use_viewer().get_untracked().map_or(UserId::new(0), |me| me.profile.person.id);
    let composing = Composing {
        draft: Draft::open(viewer, "post"),
        pictures: RwSignal::new(Vec::new()),
        audience: RwSignal::new(Audience::Public),
        refusal: RwSignal::new(None),
        busy: RwSignal::new(false),
        sheet: RwSignal::new(false),
        posted: RwSignal::new(None),
        client_id: StoredValue::new(String::new()),
        next_key: StoredValue::new(0),
        toasts: use_toasts(),
        visit: Callback::new(move |href: String| navigate(&href, NavigateOptions::default())),
    };
    provide_context(composing);
    composing
}

/// The post being written; outside of the frame one of its own.
#[must_use]
pub fn use_composing() -> Composing {
    use_context::<Composing>().unwrap_or_else(provide_composing)
}

impl Composing {
    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.draft.text().with(|text| text.trim().is_empty()) && self.pictures.with(Vec::is_empty)
    }

    /// Why it cannot be sent as it is, though something is in it.
    #[must_use]
    pub fn obstacle(self) -> Option<String> {
        let over = self.draft.text().with(|text| text.chars().count()).saturating_sub(POST_MAX_CHARS);
        if over > 0 {
            let noun = if over == 1 { " character" } else { " characters" };
            return Some(["The post is ", &over.to_string(), noun, " too long."].concat());
        }
        let find = |picture: &Picture| match picture.upload.get() {
            Upload::Done(_) => None,
            Upload::Sending(_) => Some("A picture is still on its way. Wait a moment."),
            Upload::Failed(_) => Some("A picture could not be added. Take it out, then post."),
        };
        self.pictures.with(|pictures| pictures.iter().find_map(find)).map(str::to_owned)
    }

    /// Takes pictures up to the limit and starts to upload them.
    pub fn add_files(self, files: &web_sys::FileList) {
        self.refusal.set(None);
        for at in 0..files.length() {
            let Some(file) = files.get(at).filter(|file| file.type_().starts_with("image/")) else { continue };
            if self.pictures.with_untracked(Vec::len) >= POST_MAX_IMAGES {
                let message = ["A post can have at most ", &POST_MAX_IMAGES.to_string(), " pictures."].concat();
                self.refusal.set(Some(ApiError::on_field(ErrorCode::Invalid, "images", message)));
                return;
            }
            self.add(file);
        }
    }

    fn add(self, file: web_sys::File) {
        let key = self.next_key.get_value();
        self.next_key.set_value(key.wrapping_add(1));
        // Without a preview the picture is still uploaded.
        let preview = web_sys::Url::create_object_url_with_blob(&file).unwrap_or_default();
        let picture = Picture {
            key,
            preview: StoredValue::new(preview),
            alt: RwSignal::new(String::new()),
            upload: RwSignal::new(Upload::Sending(0)),
        };
        self.pictures.update(|pictures| pictures.push(picture));
        #[expect(clippy::cast_precision_loss, reason = "ten million bytes are exact in a double")]
        if file.size() > IMAGE_MAX_BYTES as f64 {
            picture.upload.set(Upload::Failed("Larger than 10 MB".to_owned()));
            return;
        }
        spawn_local(async move {
            let progress = move |share: f64| {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100")]
                let percent = (share * 100.0).clamp(0.0, 100.0) as u8;
                picture.upload.try_set(Upload::Sending(percent));
            };
            let upload = match http::upload(&file, progress).await {
                Ok(image) => Upload::Done(image.id),
                Err(error) => Upload::Failed(error.message),
            };
            // The picture may have been taken out meanwhile.
            picture.upload.try_set(upload);
        });
    }

    /// Takes a picture out.
    pub fn remove(self, key: usize) {
        self.pictures.update(|pictures| {
            if let Some(at) = pictures.iter().position(|picture| picture.key == key) {
                forget(pictures.remove(at));
            }
        });
    }

    /// Sends the post; what was written stays until it is taken.
    pub fn send(self) {
        if self.busy.get_untracked() || untrack(move || self.is_empty()) {
            return;
        }
        if let Some(obstacle) = untrack(move || self.obstacle()) {
            self.refusal.set(Some(ApiError::on_field(ErrorCode::Invalid, "content", obstacle)));
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        if self.client_id.with_value(String::is_empty) {
            self.client_id.set_value(fresh_uuid());
        }
        let post = self.post();
        let sent = self.pictures.with_untracked(|pictures| pictures.iter().map(|picture| picture.key).collect());
        let sent = Sent { content: post.content.clone(), pictures: sent };
        spawn_local(async move {
            let answer = http::send::<_, PostView>(gloo_net::http::Method::POST, "/api/posts", &post).await;
            self.busy.set(false);
            match answer {
                Ok(post) => {
                    if self.sheet.get_untracked() {
                        let href = post_href(post.id);
                        self.toasts.offer("Posted", "View", Callback::new(move |()| self.visit.run(href.clone())));
                    }
                    self.take_out(&sent);
                    self.posted.set(Some(post));
                }
                Err(error) => self.refusal.set(Some(error)),
            }
        });
    }

    fn post(self) -> NewPost {
        let image = |picture: &Picture| match picture.upload.get_untracked() {
            Upload::Done(id) => Some(PostImage { id, alt: picture.alt.get_untracked().trim().to_owned() }),
            Upload::Sending(_) | Upload::Failed(_) => None,
        };
        NewPost {
            content: self.draft.text().get_untracked(),
            audience: self.audience.get_untracked(),
            images: self.pictures.with_untracked(|pictures| pictures.iter().filter_map(image).collect()),
            client_id: Some(self.client_id.get_value()),
        }
    }

    /// What was sent is taken; what came to it meanwhile is the next post, for the same readers.
    fn take_out(self, sent: &Sent) {
        self.draft.take_out(&sent.content);
        self.pictures.update(|pictures| {
            let (gone, left) = pictures.drain(..).partition(|picture| sent.pictures.contains(&picture.key));
            *pictures = left;
            let gone: Vec<Picture> = gone;
            gone.into_iter().for_each(forget);
        });
        self.client_id.set_value(String::new());
        if untrack(move || self.is_empty()) {
            self.audience.set(Audience::Public);
            self.sheet.set(false);
        }
    }
}

/// Lets the browser forget a preview.
fn forget(picture: Picture) {
    // One that was never made cannot be revoked, and need not be.
    let _ = picture.preview.with_value(|url| web_sys::Url::revoke_object_url(url));
}

/// A random UUID. `crypto.randomUUID` would do, but exists only over https.
#[must_use]
pub fn fresh_uuid() -> String {
    let mut bytes = [0_u8; 16];
    if let Ok(crypto) = window().crypto() {
        // A browser without randomness still sends; it only cannot tell a repetition.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    uuid_of(bytes)
}

/// 8-4-4-4-12 hexadecimal digits, marked as version 4.
fn uuid_of(bytes: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        let byte = match at {
            6 => (byte & 0x0f) | 0x40,
            8 => (byte & 0x3f) | 0x80,
            _ => byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 0x0f] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::uuid_of;

    #[test]
    fn a_uuid_has_the_shape_that_the_server_asks_for() {
        assert_eq!(uuid_of([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid_of([0; 16]), "00000000-0000-4000-8000-000000000000");
    }
}
