//! Pages as the server writes them, many at a time.

use futures::future::join_all;
use hubbub::protocol::views::Audience;
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::site::{Person, Site};

/// So many pages are asked for at once, so often: what is shared between threads by mistake shows within the first rounds.
const AT_ONCE: usize = 12;
const ROUNDS: usize = 6;

async fn page(who: &Person, path: &str) -> Result<(StatusCode, String), reqwest::Error> {
    let cookie = format!("hubbub_access={}", who.tokens.access_token);
    let request = who.request(Method::GET, path).header(header::COOKIE, cookie).header(header::ACCEPT, "text/html");
    let answer = request.send().await?;
    Ok((answer.status(), answer.text().await?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_asked_for_side_by_side_all_come_whole() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let body = json!({ "member_ids": [ben.id()], "title": "Trees" });
    let group = ana.done(Method::POST, "/api/conversations", Some(body)).await;
    let thread = format!("/messages/{}", group["conversation_id"].as_str().unwrap());
    for number in 0..30 {
        let body = json!({ "content": format!("Message {number}") });
        ana.done(
            Method::POST,
            &format!("/api/conversations/{}/messages", group["conversation_id"].as_str().unwrap()),
            Some(body),
        )
        .await;
    }
    let post = format!("/posts/{}", ana.post("Look at this", Audience::Public).await.id);
    let potter = json!({ "title": "Potter", "place": "Lisbon", "content": "Ask @ben." });
    let job = ana.done(Method::POST, "/api/jobs", Some(potter)).await["job_id"].as_str().unwrap().to_owned();
    let (job, edit) = (format!("/jobs/{job}"), format!("/jobs/{job}/edit"));
    let applied = ben.done(Method::POST, &format!("/api{job}/applications"), Some(json!({ "note": "Me" }))).await;
    let application = format!("/jobs/applications/{}", applied["application_id"].as_str().unwrap());
    let details = format!("{thread}/details");
    let paths = [
        "/",
        "/messages",
        &thread,
        &details,
        &post,
        "/messages/new",
        "/@ben",
        "/search?q=ben",
        "/settings",
        "/jobs",
        "/jobs/new",
        &job,
        &edit,
        &application,
    ];
    for path in paths {
        for _ in 0..ROUNDS {
            for answer in join_all((0..AT_ONCE).map(|_| page(&ana, path))).await {
                let (status, text) = answer.unwrap_or_else(|broken| panic!("{path}: {broken}"));
                assert_eq!(status, StatusCode::OK, "{path}");
                assert!(text.contains("</html>"), "{path} stops in the middle");
            }
        }
    }
}
