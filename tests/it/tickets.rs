//! One-use tickets: how a script on another site opens a socket without putting its token into an address.

use std::time::Duration;

use futures::future::join_all;
use hubbub::{
    protocol::{errors::ErrorCode, events::ServerEvent, tokens::Ticket},
    server::domain::TICKET_LIFETIME,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::{
    site::{Person, Site, Tab},
    stage::{Stage, visitor},
};

async fn ticket(person: &Person) -> Ticket {
    serde_json::from_value(person.done(Method::POST, "/api/ws/ticket", None).await).unwrap()
}

async fn open(site: &Site, path: &str, ticket: &str) -> Tab {
    let address = format!("{}{path}?ticket={ticket}", site.socket_url());
    Tab::open(address.as_str().into_client_request().unwrap()).await
}

/// Connects over long-polling; what the server said to that.
async fn socket_io(site: &Site, query: &str, auth: &Value) -> String {
    let address = site.url(&format!("/socket.io/?EIO=4&transport=polling{query}"));
    let opened = site.http.get(&address).send().await.unwrap().text().await.unwrap();
    let opened: Value = serde_json::from_str(opened.trim_start_matches('0')).unwrap();
    let session = format!("{address}&sid={}", opened["sid"].as_str().unwrap());
    let connect = format!("40{auth}");
    assert_eq!(site.http.post(&session).body(connect).send().await.unwrap().status(), StatusCode::OK);
    loop {
        let answer = site.http.get(&session).send().await.unwrap().text().await.unwrap();
        // Packets are separated by U+001E; among them the transport asks whether the client is still there.
        if let Some(said) = answer.split('\u{1e}').find(|packet| packet.starts_with('4')) {
            return said.to_owned();
        }
        site.http.post(&session).body("3").send().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_opens_one_socket() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    for path in ["", "/feed", "/online"] {
        let Ticket { ticket, expires_in } = ticket(&ana).await;
        assert_eq!((ticket.len(), expires_in), (64, 30));
        let mut first = open(&site, path, &ticket).await;
        if path.is_empty() {
            let ServerEvent::Connected(connected) = first.next().await.unwrap() else { panic!("not greeted") };
            assert_eq!(connected.user_id.to_string(), ana.id());
        }
        assert_eq!(open(&site, path, &ticket).await.until_closed().await.1, 4401, "{path} with a used ticket");
        first.send_text("{}").await;
        assert!(matches!(first.next().await, Ok(ServerEvent::Error(_))), "the first one goes on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ticket_opens_none() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    for forged in ["", "x", &"0".repeat(64), ana.tokens.access_token.as_str()] {
        let closed = open(&site, "", forged).await.until_closed().await;
        assert_eq!((closed.0.len(), closed.1), (0, 4401), "{forged}");
    }
    assert_eq!(site.http.post(site.url("/api/ws/ticket")).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_opens_nothing_but_a_socket() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    for path in ["/api/me", "/api/ws/ticket", "/settings/sessions"] {
        let ticket = ticket(&ana).await.ticket;
        for headers in [[("upgrade", "websocket"), ("connection", "upgrade")], [("accept", "*/*"), ("x-plain", "1")]] {
            let method = if path.ends_with("ticket") { Method::POST } else { Method::GET };
            let mut request = site.http.request(method, site.url(&format!("{path}?ticket={ticket}")));
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let status = request.send().await.unwrap().status();
            assert!(status == StatusCode::UNAUTHORIZED || path.starts_with("/settings"), "{path}: {status}");
        }
        let mut socket = open(&site, "", &ticket).await;
        assert!(socket.next().await.is_ok(), "{path} did not use it up");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn socket_io_takes_a_ticket_where_it_takes_a_token() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let in_auth = ticket(&ana).await.ticket;
    let answer = socket_io(&site, "", &json!({ "ticket": in_auth })).await;
    assert!(answer.starts_with("40"), "{answer}");
    let in_query = format!("&ticket={}", ticket(&ana).await.ticket);
    let answer = socket_io(&site, &in_query, &json!({})).await;
    assert!(answer.starts_with("40"), "{answer}");
    for (query, auth) in [("", json!({ "ticket": in_auth })), (&*in_query, json!({})), ("", json!({ "ticket": "x" }))] {
        let answer = socket_io(&site, query, &auth).await;
        assert!(answer.starts_with("44") && answer.contains("unauthorized"), "a used or forged one: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_by_ticket_ends_with_the_session_behind_it() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let mut tab = open(&site, "", &ticket(&ana).await.ticket).await;
    tab.next().await.unwrap();
    let unused = ticket(&ana).await.ticket;
    ana.done(Method::POST, "/api/auth/logout", None).await;
    assert_eq!(tab.until_closed().await.1, 4401);
    assert_eq!(open(&site, "", &unused).await.until_closed().await.1, 4401);
}

#[tokio::test]
async fn a_ticket_is_worth_nothing_after_thirty_seconds() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let actor = stage.auth.actor(&ana.access_token).unwrap();
    let (early, late) =
        (stage.auth.issue_ticket(&actor).await.unwrap(), stage.auth.issue_ticket(&actor).await.unwrap());
    stage.clock.advance(TICKET_LIFETIME - Duration::from_millis(1));
    assert_eq!(stage.auth.redeem(&early.ticket, &visitor()).await.unwrap(), Some(actor));
    stage.clock.advance(Duration::from_millis(1));
    assert_eq!(stage.auth.redeem(&late.ticket, &visitor()).await.unwrap(), None);
}

#[tokio::test]
async fn of_many_who_use_a_ticket_at_the_same_moment_one_gets_in() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let actor = stage.auth.actor(&ana.access_token).unwrap();
    let ticket = stage.auth.issue_ticket(&actor).await.unwrap().ticket;
    let here = visitor();
    let tries = join_all((0..8).map(|_| stage.auth.redeem(&ticket, &here))).await;
    assert_eq!(tries.into_iter().filter(|won| won.as_ref().unwrap().is_some()).count(), 1);
}

#[tokio::test]
async fn trying_tickets_is_limited() {
    use hubbub::server::auth::limits::Limits;
    let stage = Stage::with_limits(Limits::new(1.0 / 300.0, b"secret")).await;
    let here = visitor();
    let guess = "0".repeat(64);
    assert_eq!(stage.auth.redeem(&guess, &here).await.unwrap(), None);
    let refused = stage.auth.redeem(&guess, &here).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::RateLimited);
}
