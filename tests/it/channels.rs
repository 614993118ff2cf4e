//! Channel sockets, as the documented hooks and scripts use them: raw frames, ids as numbers.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use hubbub::protocol::views::Audience;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::site::{Person, Site};

const PATIENCE: Duration = Duration::from_secs(20);

/// A socket that is read frame by frame.
struct Channel(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Channel {
    async fn open(site: &Site, person: &Person, channel: &str) -> Self {
        Self::with_token(site, &person.tokens.access_token, channel).await
    }

    async fn with_token(site: &Site, token: &str, channel: &str) -> Self {
        let address = format!("{}/{channel}?token={token}", site.socket_url());
        Self(connect_async(address).await.unwrap().0)
    }

    async fn send(&mut self, frame: &Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The text of the next frame, or the code the socket was closed with.
    async fn text(&mut self) -> Result<String, u16> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("nothing came") {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                other => panic!("the socket broke: {other:?}"),
            }
        }
    }

    /// The next frame of this type; others before it are skipped.
    async fn next(&mut self, kind: &str) -> Value {
        loop {
            let frame: Value = serde_json::from_str(&self.text().await.unwrap()).unwrap();
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Everything that came before the answer to a ping.
    async fn so_far(&mut self) -> Vec<Value> {
        self.send(&json!({ "type": "ping" })).await;
        let mut frames = Vec::new();
        loop {
            let frame: Value = serde_json::from_str(&self.text().await.unwrap()).unwrap();
            if frame["type"] == "pong" {
                return frames;
            }
            frames.push(frame);
        }
    }
}

fn number(person: &Person) -> u64 {
    person.id().parse().unwrap()
}

/// A conversation that both take part in.
async fn conversation(one: &Person, other: &Person) -> u64 {
    one.befriend(other).await;
    let begun = json!({ "member_ids": [other.id()] });
    let answer = one.done(Method::POST, "/api/conversations", Some(begun)).await;
    answer["conversation_id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_sends_types_and_receives_with_numbers() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let chat = conversation(&ana, &ben).await;
    let mut left = Channel::open(&site, &ana, &format!("messages/{chat}")).await;
    let mut right = Channel::open(&site, &ben, &format!("messages/{chat}")).await;
    right.so_far().await;
    left.send(&json!({ "type": "typing", "is_typing": true })).await;
    let typing = right.next("typing").await;
    assert_eq!((&typing["user_id"], &typing["is_typing"]), (&json!(number(&ana)), &json!(true)));
    left.send(&json!({ "type": "message", "content": "Hello!" })).await;
    let message = right.next("new_message").await;
    assert_eq!((&message["sender_id"], &message["content"]), (&json!(number(&ana)), &json!("Hello!")));
    assert!(message["message_id"].is_u64() && message["timestamp"].is_string(), "{message}");
    assert_eq!(left.next("new_message").await["message_id"], message["message_id"], "the sender is told as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_hears_nothing_of_other_chats() {
    let site = Site::start().await;
    let (ana, ben, cleo) = (site.person("ana").await, site.person("ben").await, site.person("cleo").await);
    let (with_ben, with_cleo) = (conversation(&ana, &ben).await, conversation(&ana, &cleo).await);
    let mut chat = Channel::open(&site, &ana, &format!("messages/{with_ben}")).await;
    chat.so_far().await;
    let path = format!("/api/conversations/{with_cleo}/messages");
    let trick = format!("\"conversation_id\":\"{with_ben}\"");
    cleo.done(Method::POST, &path, Some(json!({ "content": trick }))).await;
    assert_eq!(chat.so_far().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_of_others_is_closed_at_once() {
    let site = Site::start().await;
    let (ana, ben, eve) = (site.person("ana").await, site.person("ben").await, site.person("eve").await);
    let chat = conversation(&ana, &ben).await;
    let mut channel = Channel::open(&site, &eve, &format!("messages/{chat}")).await;
    let error: Value = serde_json::from_str(&channel.text().await.unwrap()).unwrap();
    assert_eq!(error["type"], "error");
    assert_eq!(channel.text().await, Err(4403));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_channel_closes_with_4401_without_a_valid_token() {
    let site = Site::start().await;
    for name in ["messages/1", "connections", "notifications", "feed", "online"] {
        let mut channel = Channel::with_token(&site, "nonsense", name).await;
        assert_eq!(channel.text().await, Err(4401), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_connect_come_and_are_accepted() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let mut asked = Channel::open(&site, &ben, "connections").await;
    let mut asks = Channel::open(&site, &ana, "connections").await;
    asked.so_far().await;
    asks.so_far().await;
    ana.befriend(&ben).await;
    let request = asked.next("connection_request").await;
    assert_eq!((&request["from_user_id"], &request["from_user_name"]), (&json!(number(&ana)), &json!("ana Example")));
    assert!(request["request_id"].is_u64());
    assert_eq!(asks.next("connection_accepted").await["user_id"], json!(number(&ben)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_tells_new_posts_and_comments_on_any_that_one_may_see() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let old = ana.post("From before", Audience::Public).await;
    let hidden = ana.post("For followers", Audience::Followers).await;
    let mut feed = Channel::open(&site, &ben, "feed").await;
    feed.so_far().await;
    let new = ana.post("Check this out", Audience::Public).await;
    let told = feed.next("new_post").await;
    let post = json!({ "id": new.id.get(), "userId": number(&ana), "content": "Check this out" });
    for (field, value) in post.as_object().unwrap() {
        assert_eq!(&told["post"][field], value, "{field}");
    }
    for post in [hidden.id, old.id] {
        let path = format!("/api/posts/{post}/comment");
        ana.done(Method::POST, &path, Some(json!({ "content": "First" }))).await;
    }
    let comment = feed.next("comment_on_post").await;
    assert_eq!((&comment["post_id"], &comment["comment"]["content"]), (&json!(old.id.get()), &json!("First")));
    assert_eq!(comment["comment"]["user_id"], json!(number(&ana)));
    assert_eq!(feed.so_far().await, Vec::<Value>::new(), "nothing of what is for followers");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_online_comes_first_then_who_comes_and_goes() {
    let site = Site::start().await;
    let (ana, ben, cleo) = (site.person("ana").await, site.person("ben").await, site.person("cleo").await);
    let _tab = ana.connect().await;
    let mut online = Channel::open(&site, &ben, "online").await;
    let first = online.next("user_online").await;
    assert_eq!((&first["user_id"], &first["full_name"]), (&json!(number(&ana)), &json!("ana Example")));
    let tab = cleo.connect().await;
    assert_eq!(online.next("user_online").await["user_id"], json!(number(&cleo)));
    drop(tab);
    assert_eq!(online.next("user_offline").await["user_id"], json!(number(&cleo)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hides_is_not_among_those_online() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    ana.done(Method::PATCH, "/api/me/privacy", Some(json!({ "shows_presence": false }))).await;
    let mut online = Channel::open(&site, &ben, "online").await;
    let _tab = ana.connect().await;
    online.so_far().await;
    assert_eq!(online.so_far().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_speak_both_documents() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let post = ana.post("Hello", Audience::Public).await;
    let mut bell = Channel::open(&site, &ana, "notifications").await;
    bell.send(&json!({ "type": "ping" })).await;
    bell.next("pong").await;
    bell.0.send(Message::text("ping")).await.unwrap();
    assert_eq!(bell.text().await.unwrap(), "pong", "as old clients send it");
    bell.send(&json!({ "type": "get_unread_count" })).await;
    assert_eq!(bell.next("unread_count").await["data"], json!({ "count": 0 }));
    let path = format!("/api/posts/{}/comment", post.id);
    ben.done(Method::POST, &path, Some(json!({ "content": "Welcome" }))).await;
    let flat = bell.next("comment_on_post").await;
    assert_eq!((&flat["user_name"], &flat["post_id"]), (&json!("ben Example"), &json!(post.id.get())));
    let wrapped = bell.next("notification").await;
    let data = &wrapped["data"];
    assert_eq!((&data["notification_type"], &data["sender_id"]), (&json!("comment"), &json!(ben.id())));
    assert!(data["title"].is_string() && data["message"].is_string() && data["timestamp"].is_string(), "{wrapped}");
    bell.send(&json!({ "type": "mark_read", "notification_id": data["notification_id"] })).await;
    let update = bell.next("notification_update").await;
    assert_eq!(update["data"]["notification_id"], data["notification_id"]);
    assert_eq!(update["data"]["status"], "read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_cannot_be_read_gets_an_error_that_names_what_is_wrong() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let mut bell = Channel::open(&site, &ana, "notifications").await;
    for (frame, says) in [("{", "JSON"), ("[]", "object"), ("{}", "type"), (r#"{"type":"dance"}"#, "no command")] {
        bell.0.send(Message::text(frame)).await.unwrap();
        let error = bell.next("error").await;
        assert!(error["message"].as_str().unwrap().contains(says), "{frame}: {error}");
    }
    bell.so_far().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_ends_with_its_session() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let mut feed = Channel::open(&site, &ana, "feed").await;
    feed.so_far().await;
    ana.done(Method::POST, "/api/auth/logout", None).await;
    assert_eq!(feed.text().await, Err(4401));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closes_normally_is_answered_with_the_same_code() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    for name in ["notifications", "online"] {
        let mut channel = Channel::open(&site, &ana, name).await;
        channel.so_far().await;
        let frame = CloseFrame { code: CloseCode::Normal, reason: "Client disconnecting".into() };
        channel.0.close(Some(frame)).await.unwrap();
        assert_eq!(channel.text().await, Err(1000), "{name}");
    }
}
