//! Who asks, as every request finds out: bearer tokens, cookies, renewal on the way, and the limits on writes.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
    middleware,
    response::Response,
    routing::get,
};
use hubbub::{
    protocol::errors::{ApiError, ErrorCode},
    server::{
        auth::{
            Credentials,
            limits::Limits,
            tokens::{ACCESS_LIFETIME, LEEWAY},
            visitor::Visitor,
        },
        http::{
            limits::bound_the_requests,
            session::{ByCookie, Doorkeeper, MaybeActor, SignedIn, find_out_who_asks},
        },
    },
};
use tower::ServiceExt;

use crate::stage::{Stage, login, visitor};

const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

/// Doors that say who stands before them.
fn site(stage: &Stage) -> Router {
    let who = async |MaybeActor(actor): MaybeActor, axum::Extension(by_cookie): axum::Extension<ByCookie>| {
        let name = actor.map_or_else(|| "nobody".to_owned(), |actor| actor.user_id.to_string());
        if by_cookie.0 { format!("{name} by cookie") } else { name }
    };
    let keeper = Doorkeeper::new(stage.auth.clone(), stage.tasks.clone(), &["10.0.0.0/8".parse().unwrap()]);
    let auth = stage.auth.clone();
    let leave = async move |SignedIn(actor): SignedIn| {
        auth.sign_out(&actor).await.unwrap();
        let [access, refresh] = auth.cookies().clear();
        axum::response::AppendHeaders([(header::SET_COOKIE, access), (header::SET_COOKIE, refresh)])
    };
    Router::new()
        .route("/members", get(async |SignedIn(actor): SignedIn| actor.user_id.to_string()))
        .route("/address", get(async |visitor: Visitor| visitor.address.to_string()))
        .route("/sfn/leave", axum::routing::post(leave))
        .fallback(who)
        .layer(middleware::from_fn_with_state(stage.auth.limits().clone(), bound_the_requests))
        .layer(middleware::from_fn_with_state(keeper, find_out_who_asks))
}

async fn ask(stage: &Stage, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    site(stage).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn cookies_of(who: &Credentials) -> String {
    format!("theme=dark; hubbub_access={}; hubbub_refresh={}", who.access_token, who.refresh_token)
}

/// What a browser would send after this answer.
fn cookies_set(response: &Response) -> Vec<String> {
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    set.map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_bearer_token_and_a_cookie_both_say_who_asks() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let id = ana.user.person.id.to_string();
    let bearer = format!("bearer {}", ana.access_token);
    assert_eq!(text(ask(&stage, "GET", "/", &[("authorization", &bearer)]).await).await, id);
    let cookies = cookies_of(&ana);
    assert_eq!(text(ask(&stage, "GET", "/", &[("cookie", &cookies)]).await).await, format!("{id} by cookie"));
    assert_eq!(text(ask(&stage, "GET", "/", &[]).await).await, "nobody");
}

#[tokio::test]
async fn a_bearer_token_that_does_not_hold_is_not_made_up_for_by_a_cookie() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let headers = [("authorization", "Bearer x"), ("cookie", &*cookies_of(&ana))];
    assert_eq!(text(ask(&stage, "GET", "/", &headers).await).await, "nobody");
}

#[tokio::test]
async fn a_proxy_that_asks_for_a_password_of_its_own_does_not_sign_anybody_out() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let headers = [("authorization", "Basic YTpi"), ("cookie", &*cookies_of(&ana))];
    assert!(text(ask(&stage, "GET", "/", &headers).await).await.ends_with("by cookie"));
}

#[tokio::test]
async fn only_a_socket_may_carry_its_token_in_the_query() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let path = format!("/ws?v=1&token={}", ana.access_token);
    assert_eq!(text(ask(&stage, "GET", &path, &[]).await).await, "nobody");
    let socket = [("upgrade", "websocket")];
    assert_eq!(text(ask(&stage, "GET", &path, &socket).await).await, ana.user.person.id.to_string());
}

#[tokio::test]
async fn members_doors_refuse_strangers_with_a_sentence() {
    let stage = Stage::new().await;
    let response = ask(&stage, "GET", "/members", &[]).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let error: ApiError = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(error.code, ErrorCode::Unauthorized);
}

#[tokio::test]
async fn a_page_renews_an_expired_session_without_javascript() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    stage.clock.advance(ACCESS_LIFETIME + LEEWAY);
    let response = ask(&stage, "GET", "/", &[PAGE, ("cookie", &cookies_of(&ana))]).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "private, no-cache");
    let renewed = cookies_set(&response);
    assert_eq!(renewed.len(), 2);
    assert!(text(response).await.ends_with("by cookie"));
    // The new cookies hold by themselves.
    let again = ask(&stage, "GET", "/members", &[("cookie", &renewed.join("; "))]).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert!(cookies_set(&again).is_empty());
}

#[tokio::test]
async fn a_browser_that_kept_only_the_refresh_cookie_stays_signed_in() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let cookie = format!("hubbub_refresh={}", ana.refresh_token);
    let response = ask(&stage, "GET", "/", &[PAGE, ("cookie", &cookie)]).await;
    assert_eq!(cookies_set(&response).len(), 2);
}

#[tokio::test]
async fn parallel_requests_of_one_page_are_all_renewed() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    stage.clock.advance(ACCESS_LIFETIME * 3);
    let cookies = cookies_of(&ana);
    let headers = [("cookie", cookies.as_str())];
    let requests = ["/sfn/a", "/sfn/b", "/api/me", "/media/images/1"].map(|path| ask(&stage, "GET", path, &headers));
    for response in futures::future::join_all(requests).await {
        assert_eq!(cookies_set(&response).len(), 2);
        assert!(text(response).await.ends_with("by cookie"));
    }
}

#[tokio::test]
async fn files_sockets_and_the_refresh_itself_are_not_renewed_on_the_way() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    stage.clock.advance(ACCESS_LIFETIME * 3);
    let cookies = cookies_of(&ana);
    for (path, extra) in [
        ("/pkg/hubbub.js", PAGE),
        ("/logo.svg", ("accept", "image/*")),
        ("/ws", ("upgrade", "websocket")),
        ("/api/auth/refresh", PAGE),
    ] {
        let response = ask(&stage, "GET", path, &[("cookie", &cookies), extra]).await;
        assert!(cookies_set(&response).is_empty(), "{path}");
        assert_eq!(text(response).await, "nobody", "{path}");
    }
}

#[tokio::test]
async fn a_refused_refresh_cookie_is_removed() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let actor = stage.auth.actor(&ana.access_token).unwrap();
    stage.auth.sign_out(&actor).await.unwrap();
    let response = ask(&stage, "GET", "/", &[PAGE, ("cookie", &cookies_of(&ana))]).await;
    assert_eq!(cookies_set(&response), ["hubbub_access=", "hubbub_refresh="]);
    assert_eq!(text(response).await, "nobody");
}

#[tokio::test]
async fn signing_out_has_the_last_word_over_a_renewal() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    stage.clock.advance(ACCESS_LIFETIME * 3);
    let response = ask(&stage, "POST", "/sfn/leave", &[("cookie", &cookies_of(&ana))]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(cookies_set(&response), ["hubbub_access=", "hubbub_refresh="]);
    assert!(stage.auth.refresh(&ana.refresh_token, &visitor()).await.is_err());
}

#[tokio::test]
async fn writes_are_limited_by_person_with_a_moment_to_return() {
    let stage = Stage::with_limits(Limits::new(0.025, b"secret")).await;
    let ana = stage.join("ana").await;
    let bearer = format!("Bearer {}", ana.access_token);
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(ask(&stage, "POST", "/api/posts", &headers).await.status(), StatusCode::OK);
    let refused = ask(&stage, "DELETE", "/api/posts/1", &headers).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = refused.headers()[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=40).contains(&seconds), "{seconds}");
    let error: ApiError = serde_json::from_str(&text(refused).await).unwrap();
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!(error.retry_after_ms.is_some());
    // Reading goes on, and so does everybody else.
    assert_eq!(ask(&stage, "GET", "/api/feed", &headers).await.status(), StatusCode::OK);
    let page = ask(&stage, "POST", "/x", &[headers[0], PAGE]).await;
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(page.headers().contains_key(header::RETRY_AFTER));
    assert!(text(page).await.starts_with("<!doctype html>"));
}

#[tokio::test]
async fn writes_without_a_name_are_limited_by_address() {
    let stage = Stage::with_limits(Limits::new(1.0 / 300.0, b"secret")).await;
    assert_eq!(ask(&stage, "POST", "/api/x", &[]).await.status(), StatusCode::OK);
    assert_eq!(ask(&stage, "POST", "/api/x", &[]).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_address_is_seen_through_trusted_proxies_only() {
    let stage = Stage::new().await;
    let seen = async |peer: &str| {
        let mut request = Request::builder().uri("/address").header("x-forwarded-for", "1.1.1.1, 203.0.113.9");
        let peer: std::net::SocketAddr = peer.parse().unwrap();
        request.extensions_mut().unwrap().insert(ConnectInfo(peer));
        text(site(&stage).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()).await
    };
    assert_eq!(seen("10.1.2.3:4711").await, "203.0.113.9");
    assert_eq!(seen("198.51.100.4:4711").await, "198.51.100.4");
}

#[tokio::test]
async fn a_renewal_notes_where_the_session_was_last_seen() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    stage.clock.advance(ACCESS_LIFETIME * 3);
    ask(&stage, "GET", "/", &[PAGE, ("cookie", &cookies_of(&ana))]).await;
    let other = stage.auth.sign_in(login("ana", crate::stage::PASSWORD), &visitor()).await.unwrap();
    let actor = stage.auth.actor(&other.access_token).unwrap();
    let sessions = stage.domain.sessions(&actor).await.unwrap();
    let renewed = sessions.iter().find(|session| session.id == ana.session_id).unwrap();
    assert_eq!(renewed.address, "127.0.0.1");
}
