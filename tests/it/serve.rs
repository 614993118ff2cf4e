//! The whole server under its real roof: start, health, files, pages, stop.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use hubbub::server::{
    boot::{self, Running, StartError},
    config::Settings,
};
use reqwest::{Client, Method, StatusCode};
use tempfile::TempDir;

async fn server() -> (Running, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (boot::start(Settings::in_folder(folder.path().join("data"))).await.unwrap(), folder)
}

fn url(server: &Running, path: &str) -> String {
    format!("http://{}{path}", server.addr)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn an_empty_folder_is_all_it_needs() {
    let (server, folder) = server().await;
    let data = folder.path().join("data");
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("secrets.toml")), 0o600);
    assert_eq!(mode(&data.join("hubbub.db")), 0o600);
    let health: serde_json::Value = reqwest::get(url(&server, "/health")).await.unwrap().json().await.unwrap();
    assert_eq!((health["status"].as_str(), health["websocket"].as_str()), (Some("ok"), Some("enabled")));
    let ready = reqwest::get(url(&server, "/health/ready")).await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert!(server.shutdown().await);
}

#[tokio::test]
async fn what_was_kept_is_there_again_after_a_restart() {
    let (server, folder) = server().await;
    let secrets = fs::read(folder.path().join("data/secrets.toml")).unwrap();
    assert!(server.shutdown().await);
    let again = boot::start(Settings::in_folder(folder.path().join("data"))).await.unwrap();
    assert_eq!(fs::read(folder.path().join("data/secrets.toml")).unwrap(), secrets);
    assert!(again.shutdown().await);
}

#[tokio::test]
async fn a_second_server_is_kept_out_of_the_data_folder() {
    let (server, folder) = server().await;
    let second = boot::start(Settings::in_folder(folder.path().join("data"))).await;
    assert!(matches!(second, Err(StartError::InUse(_))));
    server.shutdown().await;
}

#[tokio::test]
async fn a_taken_address_is_reported_with_its_setting() {
    let (server, folder) = server().await;
    let settings = Settings { addr: server.addr, ..Settings::in_folder(folder.path().join("other")) };
    let refused = boot::start(settings).await.err().unwrap().to_string();
    assert!(refused.contains("HUBBUB_ADDR") && refused.contains(&server.addr.to_string()), "{refused}");
    server.shutdown().await;
}

#[tokio::test]
async fn after_a_stop_nothing_listens() {
    let (server, _folder) = server().await;
    let health = url(&server, "/health");
    assert!(server.shutdown().await);
    assert!(reqwest::get(health).await.is_err());
}

#[tokio::test]
async fn pages_are_whole_without_script_and_run_only_what_carries_their_nonce() {
    let (server, _folder) = server().await;
    let response = reqwest::get(url(&server, "/sign-in")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let page = response.text().await.unwrap();
    assert!(page.contains("<form") && page.contains("name=\"password\""), "{page}");
    for script in page.split("<script").skip(1) {
        assert!(script.split('>').next().unwrap().contains(&nonce), "a script without nonce: {script}");
    }
    assert!(!page.contains(" style=\""), "style attributes are refused by the policy");
    server.shutdown().await;
}

#[tokio::test]
async fn a_form_from_another_site_changes_nothing() {
    let (server, _folder) = server().await;
    let form = Client::new()
        .request(Method::POST, url(&server, "/sfn/account/sign-up"))
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("email=a@b.example&username=ada&full_name=Ada&password=correct-horse-battery");
    assert_eq!(form.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(server.ports.store.read().await.unwrap().count_people().await.unwrap(), 0);
    server.shutdown().await;
}
