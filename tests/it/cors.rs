//! Pages of other sites: which may use REST and sockets, and with what.

use hubbub::{
    protocol::{events::ServerEvent, tokens::Ticket, views::Me},
    server::{
        boot,
        config::{PublicUrl, Settings, Sources},
    },
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::json;
use tokio_tungstenite::tungstenite::{client::IntoClientRequest, http::Request};

use crate::site::{Person, Site, Tab};

const FRIEND: &str = "https://app.example";
const STRANGER: &str = "https://evil.example";

async fn site() -> (Site, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let cors_origins = vec![PublicUrl::parse(FRIEND).unwrap(), PublicUrl::parse("http://localhost:3000").unwrap()];
    let settings = Settings { limit_factor: 1_000.0, cors_origins, ..Settings::in_folder(folder.path().join("data")) };
    (Site::around(boot::start(settings).await.unwrap(), Client::new()), folder)
}

fn preflight(site: &Site, origin: &str, path: &str) -> RequestBuilder {
    let request = site.http.request(Method::OPTIONS, site.url(path)).header("origin", origin);
    request
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", "authorization,content-type,idempotency-key")
}

fn told<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_site_may_ask_and_no_other() {
    let (site, _folder) = site().await;
    for path in ["/api/posts/1", "/api/me", "/socket.io/?EIO=4&transport=polling"] {
        for origin in [FRIEND, "http://localhost:3000"] {
            let answer = preflight(&site, origin, path).send().await.unwrap();
            assert_eq!((answer.status(), told(&answer, "access-control-allow-origin")), (StatusCode::OK, origin));
            assert!(told(&answer, "access-control-allow-methods").contains("PATCH"));
            let headers = told(&answer, "access-control-allow-headers");
            assert!(["authorization", "content-type", "idempotency-key"].iter().all(|name| headers.contains(name)));
            assert_eq!(told(&answer, "access-control-allow-credentials"), "", "cookies stay at home");
            assert!(told(&answer, "vary").to_lowercase().contains("origin"));
        }
        for origin in [STRANGER, "null", "https://app.example.evil.example", "http://app.example"] {
            let answer = preflight(&site, origin, path).send().await.unwrap();
            assert_eq!(told(&answer, "access-control-allow-origin"), "", "{origin}");
        }
    }
    for closed in ["/sfn/account/sign-out", "/media/images/1", "/settings"] {
        let answer = preflight(&site, FRIEND, closed).send().await.unwrap();
        assert_eq!(told(&answer, "access-control-allow-origin"), "", "{closed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_no_other_site_may() {
    let site = Site::start().await;
    let answer = preflight(&site, FRIEND, "/api/me").send().await.unwrap();
    assert_eq!(told(&answer, "access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_elsewhere_reads_and_writes_with_a_token() {
    let (site, _folder) = site().await;
    let ana = site.person("ana").await;
    let from = |origin: &str, method: Method, path: &str| {
        ana.request(method, path).header("origin", origin).header("sec-fetch-site", "cross-site")
    };
    let answer = from(FRIEND, Method::GET, "/api/me").send().await.unwrap();
    assert_eq!(told(&answer, "access-control-allow-origin"), FRIEND);
    let exposed = told(&answer, "access-control-expose-headers");
    assert!(["ratelimit", "ratelimit-policy", "retry-after"].iter().all(|name| exposed.contains(name)), "{exposed}");
    let me: Me = answer.json().await.unwrap();
    assert_eq!(me.profile.person.username, "ana");
    let body = json!({ "content": "From elsewhere" });
    let answer = from(FRIEND, Method::POST, "/api/posts").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let refused = from(FRIEND, Method::POST, "/api/posts").json(&json!({ "content": "" })).send().await.unwrap();
    assert_eq!(told(&refused, "access-control-allow-origin"), FRIEND, "it may read why it was refused");
    let stranger = from(STRANGER, Method::POST, "/api/posts").json(&body).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::FORBIDDEN);
    assert_eq!(told(&stranger, "access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_worth_nothing_on_a_page_elsewhere() {
    let (site, _folder) = site().await;
    let ana = site.person("ana").await;
    let cookie = format!("hubbub_access={}; hubbub_refresh={}", ana.tokens.access_token, ana.tokens.refresh_token);
    let with = |method: Method, path: &str, origin: &str| {
        let request = site.http.request(method, site.url(path)).header("cookie", &cookie).header("origin", origin);
        request.json(&json!({ "content": "Mischief" })).send()
    };
    for (method, path) in [(Method::GET, "/api/me"), (Method::POST, "/api/posts"), (Method::POST, "/api/auth/refresh")]
    {
        let answer = with(method.clone(), path, FRIEND).await.unwrap();
        assert!(!answer.headers().contains_key("set-cookie"), "{path}");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(with(Method::POST, "/api/posts", &site.url("")).await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(with(Method::POST, "/sfn/account/sign-out", FRIEND).await.unwrap().status(), StatusCode::FORBIDDEN);
}

fn socket(address: &str, origin: &str, cookie: Option<&Person>) -> Request<()> {
    let mut request = address.into_client_request().unwrap();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    if let Some(person) = cookie {
        let cookie = format!("hubbub_access={}", person.tokens.access_token);
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_of_a_named_site_take_tokens_and_tickets_but_no_cookies() {
    let (site, _folder) = site().await;
    let ana = site.person("ana").await;
    let ticket: Ticket = serde_json::from_value(ana.done(Method::POST, "/api/ws/ticket", None).await).unwrap();
    let by_ticket = format!("{}?ticket={}", site.socket_url(), ticket.ticket);
    let by_token = format!("{}?token={}", site.socket_url(), ana.tokens.access_token);
    for address in [&by_ticket, &by_token] {
        let first = Tab::open(socket(address, FRIEND, None)).await.next().await;
        assert!(matches!(first, Ok(ServerEvent::Connected(_))), "{first:?}");
    }
    for origin in [STRANGER, "null"] {
        assert_eq!(Tab::open(socket(&by_token, origin, None)).await.until_closed().await.1, 4403, "{origin}");
    }
    let by_cookie = Tab::open(socket(&site.socket_url(), FRIEND, Some(&ana))).await.until_closed().await;
    assert_eq!((by_cookie.0.len(), by_cookie.1), (0, 4403));
    let own = Tab::open(socket(&site.socket_url(), &site.url(""), Some(&ana))).await.next().await;
    assert!(matches!(own, Ok(ServerEvent::Connected(_))));
}

#[test]
fn a_wrong_site_stops_the_start_with_the_name_of_the_setting() {
    for wrong in ["*", "app.example", "https://app.example/path", "https://app.example, null"] {
        let sources = Sources::new([], [("HUBBUB_CORS_ORIGINS".to_owned(), wrong.to_owned())]);
        let refused = Settings::resolve(&sources).unwrap_err().to_string();
        assert!(refused.starts_with("HUBBUB_CORS_ORIGINS (from "), "{refused}");
    }
    let sources =
        Sources::new([], [("HUBBUB_CORS_ORIGINS".to_owned(), "https://A.example/, http://b.example:80".to_owned())]);
    let settings = Settings::resolve(&sources).unwrap();
    let origins: Vec<_> = settings.cors_origins.iter().map(PublicUrl::origin).collect();
    assert_eq!(origins, ["https://a.example", "http://b.example"]);
}
