//! The whole server with its files in a store that speaks S3: what works while the store is away, and when it is back.

use hubbub::{
    protocol::{limits::ATTACHMENT_MAX_BYTES, views::Audience},
    server::{
        boot::{self, StartError},
        config::{S3Url, Settings},
    },
};
use reqwest::{
    Method, StatusCode,
    multipart::{Form, Part},
};
use serde_json::Value;

use crate::{
    nodes::{health, until},
    s3::{S3, SECRET},
    site::{Person, Site},
    stage::picture,
};

fn settings(folder: &tempfile::TempDir, url: S3Url) -> Settings {
    Settings { s3_url: Some(url), limit_factor: 1_000.0, ..Settings::in_folder(folder.path().to_owned()) }
}

async fn site(s3: &S3) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let running = boot::start(settings(&folder, s3.url("files"))).await.unwrap();
    Site::with_folder(running, folder)
}

async fn upload(person: &Person, path: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
    let form = Form::new().part("file", Part::bytes(bytes).file_name("plan.bin"));
    let answer = person.request(Method::POST, path).multipart(form).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// Uploads a picture; its address.
pub async fn pictured(person: &Person) -> String {
    let (status, image) = upload(person, "/api/uploads", picture().to_vec()).await;
    assert_eq!(status, StatusCode::CREATED, "{image}");
    image["url"].as_str().unwrap().to_owned()
}

/// Uploads a file; its id and address, or the refusal.
pub async fn attached(person: &Person, bytes: &[u8]) -> Result<(Value, String), (StatusCode, Value)> {
    let (status, answer) = upload(person, "/api/attachments", bytes.to_vec()).await;
    if status != StatusCode::CREATED {
        return Err((status, answer));
    }
    Ok((answer["attachment_id"].clone(), answer["url"].as_str().unwrap().to_owned()))
}

async fn fetched(person: &Person, url: &str) -> (StatusCode, Vec<u8>) {
    let answer = person.request(Method::GET, url).send().await.unwrap();
    (answer.status(), answer.bytes().await.unwrap().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_works_while_the_store_is_away_and_files_do_when_it_is_back() {
    let Some(mut s3) = S3::start().await else { return };
    let site = site(&s3).await;
    let ana = site.person("ana").await;
    let (file, shown) = (vec![7; 6_000_000], pictured(&ana).await);
    let (_, url) = attached(&ana, &file).await.unwrap();
    assert_eq!(health(&site).await["files"], "connected");

    s3.kill();
    let (status, answer) = attached(&ana, &file).await.unwrap_err();
    assert_eq!((status, answer["code"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("unavailable")));
    assert!(answer["retry_after_ms"].is_u64(), "{answer}");
    assert_eq!(upload(&ana, "/api/uploads", picture().to_vec()).await.0, StatusCode::SERVICE_UNAVAILABLE);
    for url in [&shown, &url] {
        assert_eq!(fetched(&ana, url).await.0, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(health(&site).await["files"], "away");
    let ready = site.http.get(site.url("/health/ready")).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    ana.post("without a picture", Audience::Public).await;
    // What cannot be removed now is removed later; for people it is gone.
    let id = url.rsplit('/').next().unwrap();
    ana.done(Method::DELETE, &format!("/api/attachments/{id}"), None).await;
    assert_eq!(fetched(&ana, &url).await.0, StatusCode::NOT_FOUND);

    s3.again().await;
    until("the store is found again", || async { health(&site).await["files"] == "connected" }).await;
    let (_, url) = attached(&ana, &file).await.unwrap();
    assert!(fetched(&ana, &url).await == (StatusCode::OK, file));
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_too_large_leaves_nothing_in_the_store() {
    let Some(s3) = S3::start().await else { return };
    let site = site(&s3).await;
    let ana = site.person("ana").await;
    let (status, _) = attached(&ana, &vec![7; ATTACHMENT_MAX_BYTES + 1]).await.unwrap_err();
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!((s3.names().await, s3.begun().await), (Vec::new(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_the_bucket_is_refused_and_names_it() {
    let Some(mut s3) = S3::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let refused = async |url: S3Url| match boot::start(settings(&folder, url)).await {
        Err(error @ StartError::Files { .. }) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started"),
    };
    let missing = refused(s3.url("nowhere")).await;
    assert!(missing.contains("/nowhere (S3_URL)") && missing.contains("no such bucket"), "{missing}");
    s3.kill();
    let away = refused(s3.url("files")).await;
    assert!(away.contains("/files (S3_URL)"), "{away}");
    assert!(!format!("{missing}{away}").contains(SECRET));
    s3.again().await;
    boot::start(settings(&folder, s3.url("files"))).await.unwrap().shutdown().await;
}
