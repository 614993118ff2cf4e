//! What callers of REST are told about their limits.

use hubbub::protocol::{
    requests::SignedIn,
    tokens::{MadeToken, Scope},
};
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use crate::site::{Person, Site};

fn told<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// What remains of a policy: the `r` of its item.
fn left(answer: &Response, policy: &str) -> u32 {
    let items = told(answer, "ratelimit").split(", ");
    let mut item = items.filter_map(|item| item.strip_prefix(&format!("\"{policy}\";r="))).map(str::to_owned);
    item.next().unwrap().split(';').next().unwrap().parse().unwrap()
}

async fn send(person: &Person, method: Method, path: &str) -> Response {
    person.request(method, path).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_rest_tells_what_is_left() {
    let site = Site::strict().await;
    let ana = site.person("ana").await;
    let first = send(&ana, Method::GET, "/api/feed").await;
    assert_eq!(told(&first, "ratelimit-policy"), "\"requests\";q=300;w=30");
    let before = left(&first, "requests");
    let written = send(&ana, Method::PUT, "/api/posts/17/like").await;
    assert_eq!(written.status(), StatusCode::NOT_FOUND, "refusals tell it too");
    assert_eq!(told(&written, "ratelimit-policy"), "\"requests\";q=300;w=30, \"writes\";q=40;w=40");
    assert!(left(&written, "requests") <= before && left(&written, "writes") == 39);
    assert!(told(&written, "ratelimit").contains(";t=1"), "{}", told(&written, "ratelimit"));
    let stranger = site.http.get(site.url("/api/ws/status")).send().await.unwrap();
    assert_eq!((told(&stranger, "ratelimit"), told(&stranger, "ratelimit-policy")), ("", ""));
    let page = send(&ana, Method::GET, "/settings").await;
    assert_eq!(told(&page, "ratelimit"), "", "pages are not counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_uses_up_its_own_limit_and_not_its_persons() {
    let site = Site::strict().await;
    let ana = site.person("ana").await;
    let form = json!({ "name": "Bot", "scopes": [Scope::Read, Scope::Write] });
    let made: MadeToken = serde_json::from_value(ana.done(Method::POST, "/api/me/tokens", Some(form)).await).unwrap();
    let bot = site.again(SignedIn { access_token: made.token, ..ana.tokens.clone() });
    let refused = loop {
        let answer = send(&bot, Method::POST, "/api/notifications/read-all").await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        assert!(answer.status().is_success());
    };
    assert_eq!(left(&refused, "writes"), 0);
    assert!(told(&refused, "retry-after").parse::<u64>().unwrap() >= 1);
    let own = send(&ana, Method::POST, "/api/notifications/read-all").await;
    assert!(own.status().is_success() && left(&own, "writes") >= 30);
    assert!(send(&bot, Method::GET, "/api/feed").await.status().is_success(), "reading goes on");
}
