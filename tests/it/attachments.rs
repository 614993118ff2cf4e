//! What messages carry, as people on several devices have it: over REST, the native socket and plain forms.

use hubbub::protocol::{
    attachments::{Attachment, AttachmentKind},
    commands::ClientCommand,
    conversations::{ConversationItem, MessageView, NewMessage},
    events::ServerEvent,
    ids::{AttachmentId, ConversationId},
    limits::{ATTACHMENT_MAX_BYTES, IMAGE_MAX_BYTES, VOICE_MAX_BYTES, VOICE_MAX_MS, WAVEFORM_MAX_BARS},
};
use reqwest::{
    Method, StatusCode,
    header::HeaderMap,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::{
    site::{Person, Site},
    stage::picture,
};

const KEY: &str = "3f1c9d2e-5b7a-4c1d-9e8f-0a1b2c3d4e5f";
const OTHER_KEY: &str = "aaaaaaaa-5b7a-4c1d-9e8f-0a1b2c3d4e5f";

/// The beginning of what Chromium and Firefox record, and some more.
fn recording(bytes: usize) -> Vec<u8> {
    let mut file = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm".to_vec();
    file.extend((0..bytes.saturating_sub(file.len())).map(|at| u8::try_from(at % 251).unwrap()));
    file
}

/// A JPEG that says where it was taken.
fn photo_with_a_place() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(20, 10, image::Rgb([200, 40, 40]));
    pixels.write_to(&mut file, image::ImageFormat::Jpeg).unwrap();
    let jpeg = file.into_inner();
    let block = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0GPS 48.2082,16.3738 SECRET PLACE";
    let length = u16::try_from(block.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, block, &jpeg[2..]].concat()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn file(name: &str, bytes: Vec<u8>) -> Part {
    Part::bytes(bytes).file_name(name.to_owned())
}

async fn answer(person: &Person, form: Form) -> (StatusCode, Value) {
    let answer = person.request(Method::POST, "/api/attachments").multipart(form).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

async fn uploaded(person: &Person, form: Form) -> Attachment {
    let (status, answer) = answer(person, form).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    serde_json::from_value(answer).unwrap()
}

async fn upload(person: &Person, name: &str, bytes: Vec<u8>) -> Attachment {
    uploaded(person, Form::new().part("file", file(name, bytes))).await
}

async fn refused(person: &Person, form: Form) -> (StatusCode, String) {
    let (status, answer) = answer(person, form).await;
    (status, answer["field"].as_str().unwrap_or_default().to_owned())
}

async fn fetch(person: &Person, attachment: &Attachment) -> (StatusCode, HeaderMap, Vec<u8>) {
    ask_for(person, attachment, &[]).await
}

async fn ask_for(
    person: &Person,
    attachment: &Attachment,
    headers: &[(&str, &str)],
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = person.request(Method::GET, &attachment.url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

async fn status_for(person: &Person, attachment: &Attachment) -> StatusCode {
    fetch(person, attachment).await.0
}

async fn group(site: &Site) -> (Person, Person, ConversationId) {
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    ben.done(Method::PUT, &format!("/api/users/{}/follow", ana.id()), None).await;
    let form = json!({ "member_ids": [ben.id()], "title": "Kiln" });
    let made: ConversationItem =
        serde_json::from_value(ana.done(Method::POST, "/api/conversations", Some(form)).await).unwrap();
    (ana, ben, made.conversation.conversation_id)
}

async fn send(person: &Person, id: ConversationId, body: Value) -> (StatusCode, Value) {
    person.ask(Method::POST, &format!("/api/conversations/{id}/messages"), Some(body)).await
}

async fn sent(person: &Person, id: ConversationId, body: Value) -> MessageView {
    let (status, answer) = send(person, id, body).await;
    assert!(status.is_success(), "{answer}");
    serde_json::from_value(answer).unwrap()
}

async fn thread(person: &Person, id: ConversationId) -> Vec<MessageView> {
    let answer = person.done(Method::GET, &format!("/api/conversations/{id}/messages"), None).await;
    serde_json::from_value(answer["items"].clone()).unwrap()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_reaches_everyone_without_the_place_where_it_was_taken() {
    let site = Site::start().await;
    let (ana, ben, id) = group(&site).await;
    let photo = upload(&ana, "summer/IMG 1.png", photo_with_a_place()).await;
    assert_eq!((photo.kind, photo.content_type.as_str()), (AttachmentKind::Image, "image/jpeg"));
    assert_eq!((photo.name.as_str(), photo.width, photo.height), ("IMG 1.jpg", Some(20), Some(10)));
    let (mut writing, mut reader) = (ana.connect().await, ben.connect().await);
    let message = NewMessage { attachment: Some(photo.attachment_id), ..NewMessage::default() };
    writing.command(ClientCommand::SendMessage { conversation_id: id, message }).await;
    let ServerEvent::NewMessage(told) = reader.next().await.unwrap() else { panic!("no message") };
    assert_eq!(told.message.attachment.as_ref(), Some(&photo));
    assert_eq!(thread(&ben, id).await[0].attachment.as_ref(), Some(&photo));
    let listed = ben.done(Method::GET, "/api/conversations", None).await;
    assert_eq!(listed["items"][0]["last_message"]["attachment"], json!(photo));
    let (status, headers, bytes) = fetch(&ben, &photo).await;
    assert_eq!((status, bytes.len() as u64), (StatusCode::OK, photo.size_bytes));
    assert!(!contains(&bytes, b"SECRET PLACE") && !contains(&bytes, b"Exif"));
    assert_eq!(text(&headers, "content-type"), "image/jpeg");
    assert_eq!(text(&headers, "x-content-type-options"), "nosniff");
    assert_eq!(text(&headers, "content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(text(&headers, "cache-control"), "private, no-cache");
    assert!(text(&headers, "content-disposition").starts_with("inline; "));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_is_is_told_by_its_content() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let page = b"<!doctype html><script>alert(1)</script>".to_vec();
    let drawing = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#.to_vec();
    let broken = [b"\x89PNG\r\n\x1a\n".to_vec(), page.clone()].concat();
    let wide = {
        let mut file = std::io::Cursor::new(Vec::new());
        image::GrayImage::new(9_000, 2).write_to(&mut file, image::ImageFormat::Png).unwrap();
        file.into_inner()
    };
    for (name, bytes) in [("cat.png", page), ("logo.svg", drawing), ("half.png", broken), ("wide.png", wide)] {
        let kept = upload(&ana, name, bytes.clone()).await;
        assert_eq!((kept.kind, kept.name.as_str()), (AttachmentKind::File, name));
        let (_, headers, served) = fetch(&ana, &kept).await;
        assert_eq!(served, bytes);
        assert_eq!(text(&headers, "content-type"), "application/octet-stream");
        assert!(text(&headers, "content-disposition").starts_with("attachment; "), "{name}");
        assert_eq!(text(&headers, "content-encoding"), "");
    }
    let plan = upload(&ana, "../../Ofen\u{202E}plän.pdf", b"%PDF-1.7\n%%EOF".to_vec()).await;
    assert_eq!((plan.name.as_str(), plan.content_type.as_str()), ("Ofenplän.pdf", "application/pdf"));
    let disposition = text(&fetch(&ana, &plan).await.1, "content-disposition").to_owned();
    assert_eq!(disposition, "attachment; filename=\"Ofenpl_n.pdf\"; filename*=UTF-8''Ofenpl%C3%A4n.pdf");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_read_the_message_get_the_file() {
    let site = Site::start().await;
    let (ana, ben, id) = group(&site).await;
    let (cem, stranger) = (site.person("cem").await, site.person("stranger").await);
    let plan = upload(&ana, "plan.pdf", b"%PDF-1.7".to_vec()).await;
    assert_eq!(status_for(&ana, &plan).await, StatusCode::OK);
    assert_eq!(status_for(&ben, &plan).await, StatusCode::NOT_FOUND, "it was not sent yet");
    sent(&ana, id, json!({ "attachment": plan.attachment_id })).await;
    assert_eq!(status_for(&ben, &plan).await, StatusCode::OK);
    assert_eq!(status_for(&stranger, &plan).await, StatusCode::NOT_FOUND);
    let anybody = site.http.get(site.url(&plan.url)).send().await.unwrap();
    assert_eq!(anybody.status(), StatusCode::UNAUTHORIZED);
    // Who comes later does not see what was said before.
    ana.done(Method::POST, &format!("/api/conversations/{id}/members"), Some(json!({ "member_ids": [cem.id()] })))
        .await;
    assert_eq!(status_for(&cem, &plan).await, StatusCode::NOT_FOUND);
    let later = upload(&ana, "later.pdf", b"%PDF-1.7".to_vec()).await;
    let message = sent(&ana, id, json!({ "attachment": later.attachment_id })).await;
    assert_eq!(status_for(&cem, &later).await, StatusCode::OK);
    let tag = text(&fetch(&ben, &plan).await.1, "etag").to_owned();
    assert_eq!(ask_for(&ben, &plan, &[("if-none-match", &tag)]).await.0, StatusCode::NOT_MODIFIED);
    ben.done(Method::DELETE, &format!("/api/conversations/{id}/members/{}", ben.id()), None).await;
    assert_eq!(ask_for(&ben, &plan, &[("if-none-match", &tag)]).await.0, StatusCode::NOT_FOUND);
    ana.done(Method::DELETE, &format!("/api/conversations/{id}/members/{}", cem.id()), None).await;
    assert_eq!(status_for(&cem, &later).await, StatusCode::NOT_FOUND);
    ana.done(Method::DELETE, &format!("/api/messages/{}", message.message_id), None).await;
    assert_eq!(status_for(&ana, &later).await, StatusCode::NOT_FOUND, "a deleted message takes its file along");
    assert_eq!(thread(&ana, id).await.iter().filter(|message| message.attachment.is_some()).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_sent_once_and_by_its_owner() {
    let site = Site::start().await;
    let (ana, ben, id) = group(&site).await;
    let plan = upload(&ana, "plan.pdf", b"%PDF-1.7".to_vec()).await;
    let refused = |answer: (StatusCode, Value)| (answer.0, answer.1["field"].clone());
    let no = (StatusCode::UNPROCESSABLE_ENTITY, json!("attachment"));
    let before = thread(&ana, id).await.len();
    assert_eq!(refused(send(&ben, id, json!({ "attachment": plan.attachment_id })).await), no);
    assert_eq!(refused(send(&ana, id, json!({ "attachment": AttachmentId::new(7) })).await), no);
    assert_eq!(thread(&ana, id).await.len(), before);
    let body = json!({ "attachment": plan.attachment_id, "client_id": KEY });
    let first = sent(&ana, id, body.clone()).await;
    let (status, again) = send(&ana, id, body).await;
    assert_eq!((status, &again["message_id"]), (StatusCode::OK, &json!(first.message_id)));
    assert_eq!(again["attachment"], json!(plan));
    assert_eq!(refused(send(&ana, id, json!({ "attachment": plan.attachment_id })).await), no);
    assert_eq!(thread(&ana, id).await.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploading_the_same_again_stores_it_once_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::in_folder(folder.path()).await;
    let (ana, ben, id) = group(&site).await;
    let form = || Form::new().text("client_id", KEY).part("file", file("plan.pdf", b"%PDF-1.7".to_vec()));
    let plan = uploaded(&ana, form()).await;
    let again = |told: (StatusCode, Value)| (told.0, told.1["attachment_id"].clone());
    assert_eq!(again(answer(&ana, form()).await), (StatusCode::OK, json!(plan.attachment_id)));
    assert_ne!(uploaded(&ben, form()).await.attachment_id, plan.attachment_id, "a key is its owner's");
    sent(&ana, id, json!({ "attachment": plan.attachment_id })).await;
    let tokens = ana.tokens.clone();
    site.stop().await;
    let site = Site::in_folder(folder.path()).await;
    let ana = site.again(tokens);
    assert_eq!(again(answer(&ana, form()).await), (StatusCode::OK, json!(plan.attachment_id)));
    assert_eq!(fetch(&ana, &plan).await.2, b"%PDF-1.7");
    let both = tokio::join!(
        answer(&ana, Form::new().text("client_id", OTHER_KEY).part("file", file("a", b"same".to_vec()))),
        answer(&ana, Form::new().text("client_id", OTHER_KEY).part("file", file("a", b"same".to_vec()))),
    );
    assert_eq!(both.0.1["attachment_id"], both.1.1["attachment_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_bounded_by_what_they_are() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let form = |bytes: Vec<u8>| Form::new().part("file", file("it", bytes));
    let of_file = |status: StatusCode| (status, "file".to_owned());
    assert_eq!(refused(&ana, form(Vec::new())).await, of_file(StatusCode::UNPROCESSABLE_ENTITY));
    let mut large_picture = picture().to_vec();
    large_picture.resize(IMAGE_MAX_BYTES + 1, 0);
    assert_eq!(refused(&ana, form(large_picture)).await, of_file(StatusCode::PAYLOAD_TOO_LARGE));
    let voice = Form::new().text("voice", "true").part("file", file("it", recording(VOICE_MAX_BYTES + 1)));
    assert_eq!(refused(&ana, voice).await, of_file(StatusCode::PAYLOAD_TOO_LARGE));
    assert_eq!(refused(&ana, form(vec![7; ATTACHMENT_MAX_BYTES + 1])).await, of_file(StatusCode::PAYLOAD_TOO_LARGE));
    let largest: Vec<u8> = (0..ATTACHMENT_MAX_BYTES).map(|at| u8::try_from(at % 253).unwrap()).collect();
    let kept = upload(&ana, "largest.bin", largest.clone()).await;
    assert_eq!(kept.size_bytes, ATTACHMENT_MAX_BYTES as u64);
    let (_, headers, served) = fetch(&ana, &kept).await;
    assert_eq!(text(&headers, "content-length"), ATTACHMENT_MAX_BYTES.to_string());
    assert!(served == largest);
    assert_eq!(refused(&ana, Form::new().text("voice", "false")).await, (StatusCode::BAD_REQUEST, "file".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_message_is_a_recording_and_can_be_played_from_the_middle() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let bars: Vec<u8> = (0..100).collect();
    let form = |bytes: Vec<u8>, ms: u64| {
        let form = Form::new().text("voice", "true").text("duration_ms", ms.to_string());
        form.text("waveform", json!(bars).to_string()).part("file", file("blob", bytes))
    };
    let voice = uploaded(&ana, form(recording(1_000), 2_500)).await;
    assert_eq!((voice.kind, voice.content_type.as_str()), (AttachmentKind::Voice, "audio/webm"));
    assert_eq!((voice.duration_ms, voice.waveform.as_slice()), (Some(2_500), &bars[..WAVEFORM_MAX_BARS]));
    assert_eq!(voice.name, "blob.webm");
    let (status, headers, bytes) = ask_for(&ana, &voice, &[("range", "bytes=400-")]).await;
    assert_eq!((status, bytes.as_slice()), (StatusCode::PARTIAL_CONTENT, &recording(1_000)[400..]));
    assert_eq!(text(&headers, "content-range"), "bytes 400-999/1000");
    assert_eq!(text(&headers, "accept-ranges"), "bytes");
    let (status, headers, _) = ask_for(&ana, &voice, &[("range", "bytes=1000-")]).await;
    assert_eq!((status, text(&headers, "content-range")), (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */1000"));
    for bytes in [picture().to_vec(), b"<html>".to_vec()] {
        assert_eq!(refused(&ana, form(bytes, 1)).await, (StatusCode::UNSUPPORTED_MEDIA_TYPE, "file".to_owned()));
    }
    let too_long = refused(&ana, form(recording(1_000), VOICE_MAX_MS + 1)).await;
    assert_eq!(too_long, (StatusCode::UNPROCESSABLE_ENTITY, "duration_ms".to_owned()));
    let no_list = Form::new().text("waveform", "loud").part("file", file("it", recording(500)));
    assert_eq!(refused(&ana, no_list).await, (StatusCode::BAD_REQUEST, "waveform".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_needs_no_words_and_is_named_in_a_quote() {
    let site = Site::start().await;
    let (ana, ben, id) = group(&site).await;
    assert_eq!(send(&ana, id, json!({ "content": " " })).await.1["field"], json!("content"));
    let photo = upload(&ana, "cat.png", picture().to_vec()).await;
    let shown = sent(&ana, id, json!({ "content": "Look", "attachment": photo.attachment_id })).await;
    let reply = sent(&ben, id, json!({ "content": "Lovely", "reply_to": shown.message_id })).await;
    assert_eq!(reply.reply_to.unwrap().attachment, Some(AttachmentKind::Image));
    let path = format!("/api/messages/{}", shown.message_id);
    let edited = ana.done(Method::PATCH, &path, Some(json!({ "content": "" }))).await;
    assert_eq!((&edited["content"], &edited["attachment"]), (&json!(""), &json!(photo)));
    let bare = sent(&ana, id, json!({ "content": "Words" })).await;
    let path = format!("/api/messages/{}", bare.message_id);
    assert_eq!(ana.ask(Method::PATCH, &path, Some(json!({ "content": "" }))).await.1["field"], json!("content"));
    ana.done(Method::DELETE, &format!("/api/messages/{}", shown.message_id), None).await;
    let quote = thread(&ben, id).await.into_iter().find_map(|message| message.reply_to).unwrap();
    assert_eq!((quote.deleted, quote.attachment), (true, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_can_be_thrown_away_until_it_is_sent() {
    let site = Site::start().await;
    let (ana, ben, id) = group(&site).await;
    let form = || Form::new().text("client_id", KEY).part("file", file("plan.pdf", b"%PDF-1.7".to_vec()));
    let plan = uploaded(&ana, form()).await;
    let path = |attachment: &Attachment| format!("/api/attachments/{}", attachment.attachment_id);
    assert_eq!(ben.ask(Method::DELETE, &path(&plan), None).await.0, StatusCode::NOT_FOUND);
    ana.done(Method::DELETE, &path(&plan), None).await;
    assert_eq!(status_for(&ana, &plan).await, StatusCode::NOT_FOUND);
    assert_eq!(ana.ask(Method::DELETE, &path(&plan), None).await.0, StatusCode::NOT_FOUND);
    let body = json!({ "attachment": plan.attachment_id });
    assert_eq!(send(&ana, id, body).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let second = uploaded(&ana, form()).await;
    sent(&ana, id, json!({ "attachment": second.attachment_id })).await;
    assert_eq!(ana.ask(Method::DELETE, &path(&second), None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(status_for(&ben, &second).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocked_people_send_each_other_nothing() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let begun = ana.done(Method::POST, "/api/conversations", Some(json!({ "member_ids": [ben.id()] }))).await;
    let id: ConversationId = serde_json::from_value(begun["conversation_id"].clone()).unwrap();
    ben.done(Method::PUT, &format!("/api/blocks/{}", ana.id()), None).await;
    let photo = upload(&ana, "cat.png", picture().to_vec()).await;
    assert_eq!(send(&ana, id, json!({ "attachment": photo.attachment_id })).await.0, StatusCode::FORBIDDEN);
    assert_eq!(status_for(&ben, &photo).await, StatusCode::NOT_FOUND);
    assert_eq!(status_for(&ana, &photo).await, StatusCode::OK, "it is still there to be sent elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_of_a_group_is_its_admins_to_change_and_its_members_to_see() {
    let site = Site::start().await;
    let (ana, ben, id) = group(&site).await;
    let stranger = site.person("stranger").await;
    let path = format!("/api/conversations/{id}/avatar");
    let mut tab = ben.connect().await;
    let put =
        |person: &Person| person.request(Method::PUT, &path).header("content-type", "image/png").body(picture()).send();
    assert_eq!(put(&ben).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(put(&stranger).await.unwrap().status(), StatusCode::NOT_FOUND);
    let before = ana.done(Method::GET, &format!("/api/conversations/{id}"), None).await;
    let set: Value = put(&ana).await.unwrap().json().await.unwrap();
    let url = set["avatar_url"].as_str().unwrap().to_owned();
    assert!(set["version"].as_u64() > before["version"].as_u64());
    let ServerEvent::ConversationUpdate(told) = tab.next().await.unwrap() else { panic!("not told") };
    assert_eq!(told.conversation.avatar_url.as_deref(), Some(url.as_str()));
    let see = async |person: &Person| person.request(Method::GET, &url).send().await.unwrap();
    let seen = see(&ben).await;
    assert_eq!((seen.status(), text(seen.headers(), "cache-control")), (StatusCode::OK, "private, no-cache"));
    let tag = text(seen.headers(), "etag").to_owned();
    let again = ben.request(Method::GET, &url).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(see(&stranger).await.status(), StatusCode::NOT_FOUND);
    ben.done(Method::DELETE, &format!("/api/conversations/{id}/members/{}", ben.id()), None).await;
    assert_eq!(see(&ben).await.status(), StatusCode::NOT_FOUND);
    let removed = ana.done(Method::DELETE, &path, None).await;
    assert_eq!(removed["avatar_url"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_form_sends_a_message_with_or_without_a_file() {
    let site = Site::start().await;
    let (ana, ben, id) = group(&site).await;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let page = site.url(&format!("/messages/{id}"));
    let post = async |path: &str, form: Form| {
        let request = http.post(site.url(path)).bearer_auth(&ana.tokens.access_token);
        let answer =
            request.header("accept", "text/html").header("referer", &page).multipart(form).send().await.unwrap();
        (answer.status(), text(answer.headers(), "location").to_owned())
    };
    let back = (StatusCode::SEE_OTHER, format!("/messages/{id}"));
    let say = |content: &str| Form::new().text("id", id.to_string()).text("content", content.to_owned());
    let path = "/sfn/conversations/send-form";
    assert_eq!(post(path, say("Look").part("file", file("cat.png", picture().to_vec()))).await, back);
    assert_eq!(post(path, say("Only words").part("file", file("", Vec::new()))).await, back);
    assert_eq!(post(path, say("").part("file", file("a.txt", b"text".to_vec()))).await, back);
    assert_eq!(post(path, say("").part("file", file("", Vec::new()))).await, back, "it says what is missing");
    let said: Vec<(String, Option<String>)> = thread(&ben, id)
        .await
        .into_iter()
        .filter(|message| message.note.is_none())
        .map(|message| (message.content, message.attachment.map(|attachment| attachment.name)))
        .collect();
    let expected = [("", Some("a.txt")), ("Only words", None), ("Look", Some("cat.jpg"))];
    assert_eq!(said, expected.map(|(content, name)| (content.to_owned(), name.map(str::to_owned))));
    let form = Form::new().text("id", id.to_string()).part("file", file("it.png", picture().to_vec()));
    assert_eq!(post("/sfn/conversations/picture", form).await, back);
    let item = ben.done(Method::GET, &format!("/api/conversations/{id}"), None).await;
    assert!(item["avatar_url"].is_string());
}
