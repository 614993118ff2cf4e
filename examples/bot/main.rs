//! A bot: follows back whoever follows it, and answers `!likes 4211` in its conversations. Run it with
//! `HUBBUB_URL=http://localhost:10000 HUBBUB_TOKEN=… cargo run --features ssr --example bot`

use std::{env, error::Error, time::Duration};

use futures::{SinkExt, StreamExt};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
#[allow(clippy::disallowed_methods, reason = "the server reads its settings in one place, and a bot has none")]
async fn main() -> Outcome {
    let url = env::var("HUBBUB_URL").unwrap_or_else(|_| "http://localhost:10000".to_owned());
    while let Err(cause) = live(&url, &env::var("HUBBUB_TOKEN")?).await {
        eprintln!("{cause}; returning in a moment");
        // By chance, so that a restart does not bring everybody back at once.
        tokio::time::sleep(Duration::from_millis(rand::random_range(500..10_000))).await;
    }
    Ok(())
}

/// One connection, until it ends; with why.
pub async fn live(url: &str, token: &str) -> Outcome {
    let mut request = format!("{}/ws", url.replacen("http", "ws", 1)).into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse()?);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
    let mut heartbeat = tokio::time::interval(Duration::from_secs(25));
    let ask = async |method: Method, path: &str, body: Value| -> Outcome<Value> {
        let request = Client::new().request(method, format!("{url}/api{path}")).bearer_auth(token);
        Ok(request.json(&body).send().await?.error_for_status()?.json().await?)
    };
    loop {
        let event: Value = tokio::select! {
            _ = heartbeat.tick() => { socket.send(Message::text(r#"{"type": "ping"}"#)).await?; continue; }
            frame = socket.next() => match frame.ok_or("the server hung up")?? {
                Message::Text(text) => serde_json::from_str(&text)?,
                Message::Close(why) => return Err(format!("closed: {why:?}").into()),
                _ => continue,
            },
        };
        let text = |field: &str| event.get(field).and_then(Value::as_str).unwrap_or_default();
        if text("type") == "connected" {
            println!("connected as {}", text("user_id"));
        } else if text("type") == "notification" && text("kind") == "follow" {
            ask(Method::PUT, &format!("/users/{}/follow", text("user_id")), Value::Null).await?;
        } else if let Some(post) = text("content").strip_prefix("!likes ").filter(|_| text("type") == "new_message") {
            let found = ask(Method::GET, &format!("/posts/{}", post.trim()), Value::Null).await.unwrap_or_default();
            // An id made of the question's: who answers twice, after a restart say, has answered once.
            let id: u64 = text("message_id").parse()?;
            let client_id = format!("{:08x}-{:04x}-4{:03x}-8000-000000000000", id >> 28, id >> 12 & 0xffff, id & 0xfff);
            let count = found.get("like_count").map(|count| format!("Likes: {count}."));
            let content = count.unwrap_or_else(|| "I do not see such a post.".to_owned());
            let path = format!("/conversations/{}/messages", text("conversation_id"));
            ask(Method::POST, &path, json!({ "client_id": client_id, "content": content })).await?;
        }
    }
}
