//! The examples in Rust, run against a site.

use reqwest::Method;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::site::{PATIENCE, Person, Site};
use hubbub::protocol::views::Audience;

#[allow(dead_code)]
#[path = "../../examples/bot/main.rs"]
mod bot;

/// Asks until the answer is as wanted.
async fn until(person: &Person, path: &str, fits: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    let asking = async {
        loop {
            let (_, answer) = person.ask(Method::GET, path, None).await;
            if fits(&answer) {
                return answer;
            }
            sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{path} never came to that"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_follows_back_and_answers_what_it_is_asked() {
    let site = Site::start().await;
    let (ana, bot) = (site.person("ana").await, site.person("kettle").await);
    let post = ana.post("Fresh from the kiln", Audience::Public).await;
    ana.done(Method::PUT, &format!("/api/posts/{}/like", post.id), None).await;
    let (url, token) = (site.url(""), bot.tokens.access_token.clone());
    let running = tokio::spawn(async move { bot::live(&url, &token).await });
    until(&ana, "/api/ws/status", |status| status["active_connections"] == 1).await;
    ana.done(Method::PUT, &format!("/api/users/{}/follow", bot.id()), None).await;
    until(&ana, "/api/people/ana/followers", |list| list["items"].as_array().is_some_and(|all| all.len() == 1)).await;
    let begun = ana.done(Method::POST, "/api/conversations", Some(json!({ "member_ids": [bot.id()] }))).await;
    let path = format!("/api/conversations/{}/messages", begun["conversation_id"].as_str().unwrap());
    ana.done(Method::POST, &path, Some(json!({ "content": format!("!likes {}", post.id) }))).await;
    let list = until(&ana, &path, |list| list["items"].as_array().is_some_and(|all| all.len() == 2)).await;
    assert_eq!(list["items"][0]["content"], "Likes: 1.");
    assert_eq!(list["items"][0]["sender_id"], json!(bot.id()));
    running.abort();
}
