//! What every gateway must do, whatever it speaks: the same cases for each dialect.

mod wire;

use std::net::IpAddr;

use futures::{SinkExt, StreamExt, future::join_all};
use hubbub::{
    protocol::{events::CloseCode, views::Audience},
    server::http::gateways::{CONNECTIONS_PER_ADDRESS, CONNECTIONS_PER_PERSON},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    nodes::Community,
    site::{PATIENCE, Person, Site},
};
use wire::{DIALECTS, Dialect, End, WITHIN, conversation};

/// Messages in one go.
const MANY: usize = 60;

/// Where the cases run: at one server, and at two over Redis, where people are connected to one and do things at the other.
struct House {
    site: Site,
    other: Option<(Site, Community)>,
}

impl House {
    async fn all(name: &str) -> Vec<Self> {
        let mut houses = vec![Self { site: Site::start().await, other: None }];
        if let Some(community) = Community::new(&format!("gateways_{name}")).await {
            houses.push(Self { site: community.node().await, other: Some((community.node().await, community)) });
        }
        houses
    }

    /// Where people do things.
    fn desk(&self) -> &Site {
        self.other.as_ref().map_or(&self.site, |(site, _)| site)
    }

    async fn person(&self, username: &str) -> Person {
        self.desk().person(username).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_without_a_token_that_holds() {
    for house in House::all("token").await {
        let site = &house.site;
        let (ana, ben) = (house.person("ana").await, house.person("ben").await);
        let chat = conversation(&ana, &ben).await;
        ben.done(Method::POST, "/api/auth/logout", Some(json!({ "refresh_token": ben.tokens.refresh_token }))).await;
        let forged = format!("{}x", ana.tokens.access_token);
        for dialect in DIALECTS {
            for token in ["", "nonsense", &forged, &ben.tokens.access_token] {
                let mut wire = dialect.dial(site, token, &chat).await;
                let refused = wire.ended(4401, "unauthorized");
                assert_eq!(wire.end().await, refused, "{dialect:?} with {token:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_with_its_session() {
    for house in House::all("session").await {
        let site = &house.site;
        let (ana, ben) = (house.person("ana").await, house.person("ben").await);
        let chat = conversation(&ana, &ben).await;
        let mut wires = join_all(DIALECTS.map(|dialect| dialect.join(site, &ben, &chat))).await;
        ben.done(Method::POST, "/api/auth/logout", Some(json!({ "refresh_token": ben.tokens.refresh_token }))).await;
        for wire in &mut wires {
            let end = timeout(WITHIN, wire.end()).await.unwrap_or_else(|_| panic!("{:?} stays", wire.dialect));
            assert_eq!(end, wire.ended(4401, "unauthorized"), "{:?}", wire.dialect);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_so_many_connections_and_the_next_is_told_so() {
    let site = Site::strict().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let chat = conversation(&ana, &ben).await;
    let mut open = Vec::new();
    for number in 0..CONNECTIONS_PER_PERSON {
        // Whatever they speak, they count together.
        open.push(DIALECTS[number % DIALECTS.len()].join(&site, &ana, &chat).await);
    }
    for dialect in DIALECTS {
        let mut wire = dialect.dial(&site, &ana.tokens.access_token, &chat).await;
        let refused = wire.ended(CloseCode::Overloaded.as_u16(), "unavailable");
        assert_eq!(wire.end().await, refused, "{dialect:?}");
        // Others have theirs.
        drop(dialect.join(&site, &ben, &chat).await);
    }
    for wire in &mut open {
        // Those that are open stay, and are answered.
        wire.so_far().await;
    }
    drop(open.pop());
    loop {
        // The server hears of the end a moment later.
        let mut again = Dialect::Native.dial(&site, &ana.tokens.access_token, &chat).await;
        if again.next().await.is_ok() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections_and_the_next_is_refused_with_when_to_return() {
    let site = Site::strict().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let chat = conversation(&ana, &ben).await;
    let here = IpAddr::from([127, 0, 0, 1]);
    let mut taken: Vec<_> = std::iter::from_fn(|| site.running.state.live.seats.take(here)).collect();
    assert_eq!(taken.len(), CONNECTIONS_PER_ADDRESS);
    let upgrade = |path: &str| {
        let request = ana.request(Method::GET, path).header("connection", "upgrade").header("upgrade", "websocket");
        request.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==").send()
    };
    let channel = format!("/ws/messages/{chat}");
    for path in ["/ws", channel.as_str(), "/socket.io/?EIO=4&transport=polling"] {
        let answer = upgrade(path).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.headers()["retry-after"], "15", "{path}");
        let said: Value = answer.json().await.unwrap();
        assert_eq!((&said["code"], &said["retry_after_ms"]), (&json!("unavailable"), &json!(15_000)), "{path}: {said}");
        assert!(said["message"].as_str().unwrap().contains("too many live connections"), "{path}: {said}");
    }
    // REST is not counted.
    ana.done(Method::GET, "/api/feed", None).await;
    taken.pop();
    let mut tab = ana.connect().await;
    assert_eq!(upgrade("/ws").await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    tab.so_far().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_gets_an_error_and_the_connection_stays() {
    for house in House::all("unread").await {
        let site = &house.site;
        let (ana, ben) = (house.person("ana").await, house.person("ben").await);
        let chat = conversation(&ana, &ben).await;
        for dialect in DIALECTS {
            let mut wire = dialect.join(site, &ana, &chat).await;
            wire.say("dance", json!({})).await;
            assert_eq!(wire.next_of("error").await["code"], "unknown_type", "{dialect:?}");
            wire.say("typing", json!({ "conversation_id": chat, "is_typing": "perhaps" })).await;
            let error = wire.next_of("error").await;
            assert_eq!(error["code"], "malformed", "{dialect:?}");
            wire.say("send_message", json!({ "conversation_id": chat, "content": " " })).await;
            let error = wire.next_of("error").await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid"), &json!("content")), "{dialect:?}");
            assert_eq!(wire.so_far().await, [], "{dialect:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_then_ends_the_connection() {
    let site = Site::strict().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let chat = conversation(&ana, &ben).await;
    for dialect in DIALECTS {
        let mut wire = dialect.join(&site, &ana, &chat).await;
        let ping = wire.frame("ping", &json!({}));
        for _ in 0..400 {
            if wire.socket.feed(Message::text(ping.as_str())).await.is_err() {
                break;
            }
        }
        let _ = wire.socket.flush().await;
        let end = wire.end().await;
        // Who disconnects while the goodbye is on its way reads the error before it at the latest.
        assert_eq!(end, wire.ended(4429, "rate_limited"), "{dialect:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_come_once_and_in_order() {
    for house in House::all("order").await {
        let site = &house.site;
        let (ana, ben) = (house.person("ana").await, house.person("ben").await);
        let chat = conversation(&ana, &ben).await;
        let mut wires = join_all(DIALECTS.map(|dialect| dialect.join(site, &ben, &chat))).await;
        let mut speaker = Dialect::Native.join(house.desk(), &ana, &chat).await;
        let said: Vec<String> = (0..MANY).map(|at| format!("Message {at}")).collect();
        for text in &said {
            speaker.say("send_message", json!({ "conversation_id": chat, "content": text })).await;
        }
        for wire in &mut wires {
            assert_eq!(wire.texts(MANY).await, said, "{:?}", wire.dialect);
            let more = wire.so_far().await.into_iter().filter(|(name, _)| name == "new_message").count();
            assert_eq!(more, 0, "{:?}", wire.dialect);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_in_one_dialect_is_heard_in_all() {
    for house in House::all("heard").await {
        let site = &house.site;
        let (ana, ben) = (house.person("ana").await, house.person("ben").await);
        let chat = conversation(&ana, &ben).await;
        let mut listeners = join_all(DIALECTS.map(|dialect| dialect.join(site, &ben, &chat))).await;
        for dialect in DIALECTS {
            let mut speaker = dialect.join(house.desk(), &ana, &chat).await;
            let text = format!("In {dialect:?}");
            speaker.say("typing", json!({ "conversation_id": chat, "is_typing": true })).await;
            speaker.say("send_message", json!({ "conversation_id": chat, "content": text })).await;
            for listener in &mut listeners {
                assert_eq!(
                    listener.next_of("typing").await["is_typing"],
                    true,
                    "{dialect:?} to {:?}",
                    listener.dialect
                );
                assert_eq!(listener.texts(1).await, [text.as_str()], "{dialect:?} to {:?}", listener.dialect);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_into_conversations_of_others() {
    for house in House::all("others").await {
        let site = &house.site;
        let (ana, ben, cleo) = (house.person("ana").await, house.person("ben").await, house.person("cleo").await);
        let chat = conversation(&ana, &ben).await;
        let token = &cleo.tokens.access_token;
        let mut wires = join_all(DIALECTS.map(|dialect| dialect.dial(site, token, &chat))).await;
        for wire in &mut wires {
            wire.greeted().await;
            for (name, more) in [("join_conversation", json!({})), ("send_message", json!({ "content": "Hi" }))] {
                let mut payload = more;
                payload["conversation_id"] = wire.conversation().into();
                wire.say(name, payload).await;
            }
        }
        ana.done(
            Method::POST,
            &format!("/api/conversations/{chat}/messages"),
            Some(json!({ "content": "Between us" })),
        )
        .await;
        for wire in &mut wires {
            if wire.dialect == Dialect::Channel {
                assert_eq!(wire.end().await, End::Code(4403));
                continue;
            }
            let told = wire.so_far().await;
            let errors = told.iter().filter(|(name, _)| name == "error").collect::<Vec<&(String, Value)>>();
            assert_eq!(errors.len(), 2, "{:?}: {told:?}", wire.dialect);
            assert!(errors.iter().all(|(_, error)| error["code"] == "not_found"), "{:?}: {told:?}", wire.dialect);
            assert!(!told.iter().any(|(_, payload)| payload.to_string().contains("Between us")), "{:?}", wire.dialect);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_a_post_hears_nothing_of_it() {
    for house in House::all("post").await {
        let site = &house.site;
        let (ana, ben, cleo) = (house.person("ana").await, house.person("ben").await, house.person("cleo").await);
        ben.done(Method::PUT, &format!("/api/users/{}/follow", ana.id()), None).await;
        let post = ana.post("For followers", Audience::Followers).await;
        let chat = conversation(&ben, &cleo).await;
        let socket = |who, dialect: Dialect| dialect.join(site, who, &chat);
        // The feed channel hears of all posts as Socket.IO does; it has the same audience and no conversation.
        let (mut follower, mut stranger) =
            (socket(&ben, Dialect::SocketIo).await, socket(&cleo, Dialect::SocketIo).await);
        let (mut native, mut nosy) = (socket(&ben, Dialect::Native).await, socket(&cleo, Dialect::Native).await);
        for wire in [&mut native, &mut nosy] {
            wire.say("watch_posts", json!({ "post_ids": [post.id] })).await;
            wire.so_far().await;
        }
        ana.done(Method::PUT, &format!("/api/posts/{}/like", post.id), None).await;
        for wire in [&mut follower, &mut native] {
            assert_eq!(wire.next_of("like_update").await["like_count"], 1, "{:?}", wire.dialect);
        }
        for wire in [&mut stranger, &mut nosy] {
            let told = wire.so_far().await;
            assert!(!told.iter().any(|(name, _)| name == "like_update"), "{:?}: {told:?}", wire.dialect);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_the_communitys_own_is_answered_to_its_asker_alone() {
    for house in House::all("own").await {
        let site = &house.site;
        let (ana, ben) = (house.person("ana").await, house.person("ben").await);
        let chat = conversation(&ana, &ben).await;
        for dialect in [Dialect::Native, Dialect::SocketIo] {
            let mut other = dialect.join(site, &ben, &chat).await;
            let mut wire = dialect.join(site, &ana, &chat).await;
            wire.say("custom_event", json!({ "data": { "colour": "teal" } })).await;
            let answer = wire.next_of("custom_response").await;
            assert_eq!(
                (&answer["name"], &answer["data"]),
                (&json!("echo"), &json!({ "colour": "teal" })),
                "{dialect:?}"
            );
            assert_eq!(answer["user_id"], ana.id());
            wire.say("custom_event", json!({ "name": "dance", "data": 1 })).await;
            assert_eq!(wire.next_of("error").await["field"], "name", "{dialect:?}");
            wire.say("custom_event", json!({ "data": "x".repeat(20_000) })).await;
            assert_eq!(wire.next_of("error").await["field"], "data", "{dialect:?}");
            assert!(other.so_far().await.iter().all(|(name, _)| name != "custom_response"), "{dialect:?}");
        }
        let mut bare = Dialect::SocketIo.join(site, &ana, &chat).await;
        bare.say("custom_event", json!({ "anything": [1, 2] })).await;
        assert_eq!(bare.next_of("custom_response").await["data"], json!({ "anything": [1, 2] }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stands_still_is_let_go() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let chat = conversation(&ana, &ben).await;
    for dialect in [Dialect::Native, Dialect::SocketIo] {
        let mut wire = dialect.join(&site, &ana, &chat).await;
        wire.say("watch_feed", json!({})).await;
        wire.so_far().await;
        site.drown_in(ben.post("x", Audience::Public).await).await;
        assert_eq!(wire.end().await, wire.ended(4409, "unavailable"), "{dialect:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_counted_by_dialect_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let settings = hubbub::server::config::Settings {
        limit_factor: 1_000.0,
        metrics_token: hubbub::server::config::MetricsToken::parse("a-token-for-metrics"),
        ..hubbub::server::config::Settings::in_folder(folder.path().to_owned())
    };
    let running = hubbub::server::boot::start(settings).await.unwrap();
    let site = Site::around(running, reqwest::Client::new());
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let chat = conversation(&ana, &ben).await;
    let metrics = async |token: &str| {
        let answer = site.http.get(site.url("/metrics")).bearer_auth(token).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(metrics("a-token-of-nobody").await.0, StatusCode::UNAUTHORIZED);
    let mut wires = join_all(DIALECTS.map(|dialect| dialect.join(&site, &ben, &chat))).await;
    let (status, text) = metrics("a-token-for-metrics").await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        "hubbub_connections{dialect=\"native\"} 1",
        "hubbub_connections{dialect=\"messages\"} 1",
        "hubbub_connections{dialect=\"socketio\"} 1",
        "hubbub_people_online 1",
        "hubbub_database_wait_seconds_count{to=\"write\"}",
        "hubbub_http_request_seconds_count{door=\"api\",status=\"2xx\"}",
        "hubbub_outbox_depth ",
        "hubbub_fanout_seconds_bucket{le=\"10.0\",dialect=\"native\"}",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    ben.done(Method::POST, "/api/auth/logout", Some(json!({ "refresh_token": ben.tokens.refresh_token }))).await;
    for wire in &mut wires {
        wire.end().await;
    }
    let gone = |text: &str, dialect: &str| {
        text.contains(&format!("hubbub_connections_closed_total{{dialect=\"{dialect}\",reason=\"session_ended\"}} 1"))
    };
    let all_gone = async {
        loop {
            let (_, text) = metrics("a-token-for-metrics").await;
            if ["native", "messages", "socketio"].iter().all(|dialect| gone(&text, dialect)) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, all_gone).await.expect("closed connections are not counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_in_the_settings_there_are_no_metrics() {
    let site = Site::start().await;
    let answer = site.http.get(site.url("/metrics")).bearer_auth("").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

/// One thread: the library sends nothing while what was emitted is carried out, and has no room for all answers.
#[tokio::test]
async fn socket_io_acknowledges_all_that_comes_at_once() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let chat = conversation(&ana, &ben).await;
    let mut wire = Dialect::SocketIo.join(&site, &ana, &chat).await;
    for number in 0..MANY {
        wire.socket.feed(Message::text(format!(r#"42{number}["unwatch_posts",{{"post_ids":[]}}]"#))).await.unwrap();
    }
    wire.socket.flush().await.unwrap();
    let mut acknowledged: Vec<usize> = Vec::new();
    while acknowledged.len() < MANY {
        let message = timeout(PATIENCE, wire.socket.next()).await.expect("an answer is lost").unwrap().unwrap();
        let text = message.into_text().unwrap();
        let number = text.strip_prefix("43").and_then(|rest| rest.split('[').next());
        acknowledged.extend(number.map(|number| number.parse::<usize>().unwrap()));
    }
    assert_eq!(acknowledged, (0..MANY).collect::<Vec<_>>());
}
