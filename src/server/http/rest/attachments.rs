//! What messages carry: uploading it, throwing it away, and the files themselves.

use std::ops::{Bound, Range};

use axum::{
    Json,
    body::Body,
    extract::{FromRequest, Multipart, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::headers::{self, ContentRange, ETag, HeaderMapExt, IfNoneMatch, IfRange};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    files::INERT,
    input::{Id, unreadable},
};
use crate::{
    protocol::{
        attachments::{Attachment, AttachmentForm, AttachmentKind},
        errors::{ApiError, ErrorCode},
        ids::AttachmentId,
        requests::Done,
    },
    server::{
        domain::Actor,
        http::{
            AppState,
            session::SignedIn,
            uploads::{FileField, parsed, text_of},
        },
    },
};

/// Asked again each time: who leaves a conversation has no more access, and a message may be deleted.
pub(super) const ASKED_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");

/// What stands unchanged in `filename*`: attr-char of RFC 8187, 3.2.1.
const ATTR_CHARS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// `POST /api/attachments`: a multipart form with the fields of [`AttachmentForm`], then `file`. 201 when it was stored,
/// 200 when the same `client_id` was uploaded before.
pub async fn upload(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    request: Request,
) -> Result<(StatusCode, Json<Attachment>), ApiError> {
    let form = Multipart::from_request(request, &state).await;
    let mut multipart = form.map_err(|_| {
        let message = "Send the file as the field `file` of a multipart form.";
        ApiError::on_field(ErrorCode::UnsupportedMedia, "file", message)
    })?;
    let mut form = AttachmentForm::default();
    while let Some(field) = multipart.next_field().await.map_err(|cause| unreadable(cause.status().as_u16()))? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "client_id" => form.client_id = Some(text_of(field).await?),
            "voice" => form.voice = parsed("voice", &text_of(field).await?)?,
            "duration_ms" => form.duration_ms = Some(parsed("duration_ms", &text_of(field).await?)?),
            "waveform" => form.waveform = parsed("waveform", &text_of(field).await?)?,
            "file" => return take(&state, &actor, form, FileField(field)).await,
            _ => {}
        }
    }
    Err(ApiError::on_field(ErrorCode::Malformed, "file", "The form has no field `file`."))
}

async fn take(
    state: &AppState,
    actor: &Actor,
    form: AttachmentForm,
    mut file: FileField<'_>,
) -> Result<(StatusCode, Json<Attachment>), ApiError> {
    let _place = state.uploads.take(actor.user_id)?;
    let name = file.0.file_name().unwrap_or_default().to_owned();
    let taken = state.domain.upload_attachment(actor, form, &name, &mut file).await;
    file.let_pass().await;
    let taken = taken?;
    let status = if taken.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(taken.attachment)))
}

/// `DELETE /api/attachments/{id}`: one's own that no message carries.
pub async fn discard(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<AttachmentId>,
) -> Result<Json<Done>, ApiError> {
    state.domain.discard_attachment(&actor, id).await?;
    Ok(Json(Done { success: true }))
}

/// `GET /media/attachments/{id}`, whole or one range of it.
pub async fn attachment(
    State(state): State<AppState>,
    SignedIn(actor): SignedIn,
    Id(id): Id<AttachmentId>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let attachment = state.domain.attachment(&actor, id).await?;
    let mut told = headers_of(&attachment);
    let tag = tag_of(id.get());
    if let Some(tag) = &tag {
        told.typed_insert(tag.clone());
        if is_unchanged(&asked, tag) {
            return Ok((StatusCode::NOT_MODIFIED, told).into_response());
        }
    }
    let size = attachment.size_bytes;
    let (status, part) = match part_of(&asked, tag.as_ref(), size) {
        Part::Whole => (StatusCode::OK, 0..size),
        Part::Some(part) => {
            if let Ok(range) = ContentRange::bytes(part.clone(), size) {
                told.typed_insert(range);
            }
            (StatusCode::PARTIAL_CONTENT, part)
        }
        Part::Outside => {
            told.typed_insert(ContentRange::unsatisfied_bytes(size));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, told).into_response());
        }
    };
    told.typed_insert(headers::ContentLength(part.end - part.start));
    let bytes = state.domain.attachment_bytes(&attachment, part).await?;
    Ok((status, told, Body::from_stream(bytes)).into_response())
}

/// Whether the asker holds this very thing already.
pub(super) fn is_unchanged(asked: &HeaderMap, tag: &ETag) -> bool {
    asked.typed_get::<IfNoneMatch>().is_some_and(|held| !held.precondition_passes(tag))
}

/// What never changes under its id has the id for its tag.
pub(super) fn tag_of(id: u64) -> Option<ETag> {
    format!("\"{id}\"").parse().ok()
}

/// How much of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Some(Range<u64>),
    Outside,
}

/// One range is answered as such; several are answered by the whole, as RFC 9110, 14.2 allows, and so is what is no range.
fn part_of(asked: &HeaderMap, tag: Option<&ETag>, size: u64) -> Part {
    let Some(range) = asked.typed_get::<headers::Range>() else { return Part::Whole };
    // They hold a part of something else.
    if asked.typed_get::<IfRange>().is_some_and(|held| held.is_modified(tag, None)) {
        return Part::Whole;
    }
    let mut ranges = range.satisfiable_ranges(size).map(|bounds| clamped(bounds, size));
    match (ranges.next(), ranges.next()) {
        (Some(part), None) if part.start < part.end => Part::Some(part),
        (Some(_), Some(_)) => Part::Whole,
        _ => Part::Outside,
    }
}

fn clamped((from, to): (Bound<u64>, Bound<u64>), size: u64) -> Range<u64> {
    let start = match from {
        Bound::Included(start) => start,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match to {
        Bound::Included(last) => last.saturating_add(1),
        Bound::Excluded(end) => end,
        Bound::Unbounded => size,
    };
    start..end.min(size)
}

/// What browsers may do with it: show pictures and play recordings, and save everything else.
fn headers_of(attachment: &Attachment) -> HeaderMap {
    let kind = HeaderValue::try_from(&attachment.content_type);
    let mut told = HeaderMap::new();
    told.insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    told.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    told.insert(header::CACHE_CONTROL, ASKED_AGAIN);
    told.insert(header::CONTENT_SECURITY_POLICY, INERT);
    told.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(disposition) = HeaderValue::try_from(disposition(attachment)) {
        told.insert(header::CONTENT_DISPOSITION, disposition);
    }
    told
}

/// The name twice (RFC 6266, appendix D): in ASCII for the oldest programs, and whole.
fn disposition(attachment: &Attachment) -> String {
    let how = match attachment.kind {
        AttachmentKind::Image | AttachmentKind::Voice => "inline",
        AttachmentKind::File => "attachment",
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " !#$&'()+,-.;=@[]^_`{}~".contains(c);
    let plain: String = attachment.name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let whole = utf8_percent_encode(&attachment.name, ATTR_CHARS);
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::try_from(range).unwrap());
        headers
    }

    #[test]
    fn one_range_is_answered_as_such() {
        let part = |range: &str| part_of(&asked(range), None, 10);
        assert_eq!(part("bytes=0-"), Part::Some(0..10));
        assert_eq!(part("bytes=2-4"), Part::Some(2..5));
        assert_eq!(part("bytes=8-99"), Part::Some(8..10));
        assert_eq!(part("bytes=-3"), Part::Some(7..10));
        assert_eq!(part("bytes=10-"), Part::Outside);
        assert_eq!(part("bytes=0-1,4-5"), Part::Whole);
        assert_eq!(part("lines=1-2"), Part::Whole);
        assert_eq!(part_of(&HeaderMap::new(), None, 10), Part::Whole);
    }

    #[test]
    fn who_holds_a_part_of_something_else_gets_the_whole() {
        let mut headers = asked("bytes=5-");
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"7\""));
        assert_eq!(part_of(&headers, tag_of(7).as_ref(), 10), Part::Some(5..10));
        assert_eq!(part_of(&headers, tag_of(8).as_ref(), 10), Part::Whole);
    }

    #[test]
    fn a_name_stands_twice_and_breaks_out_of_neither() {
        let attachment = Attachment {
            attachment_id: AttachmentId::new(1),
            kind: AttachmentKind::File,
            url: String::new(),
            name: "naïve \"plan\"\\.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            size_bytes: 1,
            width: None,
            height: None,
            duration_ms: None,
            waveform: Vec::new(),
        };
        assert_eq!(
            disposition(&attachment),
            "attachment; filename=\"na_ve _plan__.txt\"; filename*=UTF-8''na%C3%AFve%20%22plan%22%5C.txt"
        );
        let image = Attachment { kind: AttachmentKind::Image, ..attachment };
        assert!(disposition(&image).starts_with("inline; "));
    }
}
