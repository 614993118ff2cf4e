//! REST as scripts use it: what is answered, and how what is wrong is refused.

use hubbub::protocol::{
    requests::{LikeToggled, LiveStatus, SignedIn},
    views::{Audience, CommentView, LikeState, Me, Page, PeopleOnline, PersonItem, PostView, Profile, SessionView},
};
use reqwest::{
    Method, StatusCode,
    multipart::{Form, Part},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::site::{PASSWORD, Person, Site};

fn as_type<T: DeserializeOwned>(answer: Value) -> T {
    serde_json::from_value(answer.clone()).unwrap_or_else(|cause| panic!("{cause}: {answer}"))
}

fn refusal(answer: &Value) -> (&str, Option<&str>) {
    assert!(answer["message"].as_str().is_some_and(|message| message.len() > 10), "{answer}");
    (answer["code"].as_str().unwrap(), answer["field"].as_str())
}

/// A small picture that any decoder takes.
fn picture() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([200, 80, 20]))
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

fn form(field: &'static str, bytes: Vec<u8>) -> Form {
    Form::new().part(field, Part::bytes(bytes).file_name("face.png").mime_str("image/png").unwrap())
}

async fn upload(person: &Person, field: &'static str, bytes: Vec<u8>) -> (StatusCode, Value) {
    let answer = person.request(Method::POST, "/api/uploads").multipart(form(field, bytes)).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_opens_signs_in_refreshes_and_signs_out() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let me: Me = as_type(ana.done(Method::GET, "/api/me", None).await);
    assert_eq!((me.email.as_str(), me.profile.person.username.as_str()), ("ana@example.org", "ana"));
    let post = |path: &'static str, body: Value| site.http.post(site.url(path)).json(&body).send();
    for login in ["ana", "ana@example.org"] {
        let answer = post("/api/auth/login", json!({ "login": login, "password": PASSWORD })).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
    let wrong = post("/api/auth/login", json!({ "login": "ana", "password": "wrong" })).await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let refreshed = post("/api/auth/refresh", json!({ "refresh_token": ana.tokens.refresh_token })).await.unwrap();
    assert_eq!(refreshed.status(), StatusCode::OK);
    assert!(!refreshed.headers().contains_key("set-cookie"));
    let refreshed: SignedIn = refreshed.json().await.unwrap();
    assert_ne!(refreshed.refresh_token, ana.tokens.refresh_token);
    let sessions: Vec<SessionView> = as_type(ana.done(Method::GET, "/api/me/sessions", None).await);
    assert_eq!((sessions.len(), sessions.iter().filter(|session| session.current).count()), (3, 1));
    let other = sessions.iter().find(|session| !session.current).unwrap();
    ana.done(Method::DELETE, &format!("/api/me/sessions/{}", other.id), None).await;
    ana.done(Method::DELETE, "/api/me/sessions", None).await;
    let sessions: Vec<SessionView> = as_type(ana.done(Method::GET, "/api/me/sessions", None).await);
    assert_eq!(sessions.len(), 1);
    ana.done(Method::POST, "/api/auth/logout", None).await;
    assert_eq!(ana.ask(Method::GET, "/api/me", None).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_refreshes_by_cookie_and_its_scripts_see_no_token() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let cookie = format!("hubbub_refresh={}", ana.tokens.refresh_token);
    let answer = site.http.post(site.url("/api/auth/refresh")).header("cookie", cookie).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 2);
    let tokens: SignedIn = answer.json().await.unwrap();
    assert_eq!((tokens.access_token.as_str(), tokens.refresh_token.as_str()), ("", ""));
    let none = site.http.post(site.url("/api/auth/refresh")).send().await.unwrap();
    assert_eq!(none.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_and_the_password_change() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let change = json!({ "full_name": "Ana Souza", "bio": "Gardener" });
    let profile: Profile = as_type(ana.done(Method::PATCH, "/api/me", Some(change)).await);
    assert_eq!((profile.person.full_name.as_str(), profile.bio.as_str()), ("Ana Souza", "Gardener"));
    let wrong = json!({ "current_password": "wrong", "new_password": "shiny-otter-canal-88" });
    let (status, answer) = ana.ask(Method::POST, "/api/me/password", Some(wrong)).await;
    assert!(status.is_client_error() && status != StatusCode::NOT_FOUND, "{status} {answer}");
    let right = json!({ "current_password": PASSWORD, "new_password": "shiny-otter-canal-88" });
    ana.done(Method::POST, "/api/me/password", Some(right)).await;
    ana.done(Method::GET, "/api/me", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_live_and_die() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let body = json!({ "content": "Hello #world", "client_id": "0d9cbd4e-0a1c-4f0e-9a63-8f1d1a6c9b11" });
    let (status, first) = ana.ask(Method::POST, "/api/posts", Some(body.clone())).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(
        ana.done(Method::POST, "/api/posts", Some(body)).await["id"],
        first["id"],
        "a retry makes no second post"
    );
    let post: PostView = as_type(first);
    let path = format!("/api/posts/{}", post.id);
    let seen: PostView = as_type(ben.done(Method::GET, &path, None).await);
    assert_eq!((seen.content.as_str(), seen.liked), ("Hello #world", Some(false)));
    let (status, answer) = ben.ask(Method::PATCH, &path, Some(json!({ "content": "Mine" }))).await;
    assert_eq!((status, refusal(&answer).0), (StatusCode::FORBIDDEN, "forbidden"));
    let tagged: Page<PostView> = as_type(ben.done(Method::GET, "/api/tags/world/posts", None).await);
    assert_eq!(tagged.items.len(), 1);
    ana.done(Method::DELETE, &path, None).await;
    assert_eq!(ben.ask(Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    let back: PostView = as_type(ana.done(Method::POST, &format!("{path}/restore"), None).await);
    assert_eq!(back.content, "Hello #world");
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_come_in_pages_and_end() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let mut made = Vec::new();
    for number in 0..5 {
        made.insert(0, ana.post(&format!("Post {number}"), Audience::Public).await.id);
    }
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/feed?limit=2&before={next}");
        let page: Page<PostView> = as_type(ben.done(Method::GET, &path, None).await);
        seen.extend(page.items.into_iter().map(|post| post.id));
        match page.next {
            Some(cursor) => next = cursor,
            None => break,
        }
    }
    assert_eq!(seen, made);
    let following: Page<PostView> = as_type(ben.done(Method::GET, "/api/feed?feed=following", None).await);
    assert_eq!(following.items.len(), 0);
    let list: Page<PostView> = as_type(ben.done(Method::GET, "/api/posts", None).await);
    assert_eq!(list.items.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn likes_toggle_set_and_unset() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let path = format!("/api/posts/{}/like", ana.post("Hello", Audience::Public).await.id);
    let toggled: LikeToggled = as_type(ana.done(Method::POST, &path, None).await);
    assert_eq!((toggled.success, toggled.liked, toggled.likes_count), (true, true, 1));
    let again: LikeState = as_type(ana.done(Method::PUT, &path, None).await);
    assert_eq!((again.liked, again.like_count, again.version), (true, 1, toggled.version));
    let gone: LikeState = as_type(ana.done(Method::DELETE, &path, None).await);
    assert_eq!((gone.liked, gone.like_count), (false, 0));
    let mut answers = Vec::new();
    for _ in 0..3 {
        let request = ana.request(Method::POST, &path).header("idempotency-key", "once");
        answers.push(request.send().await.unwrap().json::<LikeToggled>().await.unwrap());
    }
    assert!(answers.iter().all(|answer| answer.liked && *answer == answers[0]), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_have_replies_and_likes() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let post = ana.post("Hello", Audience::Public).await;
    let path = format!("/api/posts/{}/comments", post.id);
    let (status, comment) = ben.ask(Method::POST, &path, Some(json!({ "content": "First" }))).await;
    assert_eq!(status, StatusCode::CREATED);
    let comment: CommentView = as_type(comment);
    let reply = json!({ "content": "Indeed", "parent_id": comment.id });
    ana.done(Method::POST, &path, Some(reply)).await;
    let page: Page<CommentView> = as_type(ana.done(Method::GET, &path, None).await);
    assert_eq!((page.items.len(), page.items[0].replies.len(), page.items[0].reply_count), (1, 1, 1));
    let own = format!("/api/comments/{}", comment.id);
    let replies: Page<CommentView> = as_type(ana.done(Method::GET, &format!("{own}/replies"), None).await);
    assert_eq!(replies.items[0].content, "Indeed");
    let liked: LikeState = as_type(ana.done(Method::PUT, &format!("{own}/like"), None).await);
    assert_eq!((liked.liked, liked.like_count), (true, 1));
    ana.done(Method::DELETE, &format!("{own}/like"), None).await;
    ben.done(Method::DELETE, &own, None).await;
    ben.done(Method::POST, &format!("{own}/restore"), None).await;
    let second = Some(json!({ "content": "Second" }));
    let documented = ben.done(Method::POST, &format!("/api/posts/{}/comment", post.id), second).await;
    assert_eq!((&documented["success"], &documented["comment"]["content"]), (&json!(true), &json!("Second")));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_and_followed() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let found: Page<PersonItem> = as_type(ana.done(Method::GET, "/api/people?q=be", None).await);
    assert_eq!(found.items[0].person.username, "ben");
    let follow = ana.done(Method::POST, &format!("/api/users/follow/{}", ben.id()), None).await;
    assert_eq!(follow, json!({ "success": true }));
    ana.done(Method::POST, &format!("/api/users/follow/{}", ben.id()), None).await;
    let profile: Profile = as_type(ana.done(Method::GET, "/api/people/ben", None).await);
    assert_eq!((profile.follower_count, profile.followed), (1, true));
    let followers: Page<PersonItem> = as_type(ben.done(Method::GET, "/api/people/ben/followers", None).await);
    assert_eq!(followers.items[0].person.username, "ana");
    let following: Page<PersonItem> = as_type(ben.done(Method::GET, "/api/people/ana/following", None).await);
    assert_eq!(following.items[0].person.username, "ben");
    ben.post("Hello", Audience::Followers).await;
    let posts: Page<PostView> = as_type(ana.done(Method::GET, "/api/people/ben/posts", None).await);
    assert_eq!(posts.items.len(), 1);
    let profile: Profile = as_type(ana.done(Method::DELETE, &format!("/api/users/{}/follow", ben.id()), None).await);
    assert!(!profile.followed);
    let profile: Profile = as_type(ana.done(Method::PUT, &format!("/api/users/{}/follow", ben.id()), None).await);
    assert!(profile.followed);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_uploaded_shown_and_kept_from_strangers() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let (status, image) = upload(&ana, "file", picture()).await;
    assert_eq!(status, StatusCode::CREATED, "{image}");
    let url = image["url"].as_str().unwrap();
    let shown = ana.request(Method::GET, url).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::OK);
    assert!(shown.headers()["content-type"].to_str().unwrap().starts_with("image/"));
    assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
    assert!(shown.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert!(shown.headers()["cache-control"].to_str().unwrap().starts_with("private"));
    assert_eq!(ben.ask(Method::GET, url, None).await.0, StatusCode::NOT_FOUND);
    let body = json!({ "content": "", "images": [{ "id": image["id"], "alt": "Orange" }] });
    ana.done(Method::POST, "/api/posts", Some(body)).await;
    assert_eq!(ben.request(Method::GET, url).send().await.unwrap().status(), StatusCode::OK);
    let face = ana.request(Method::PUT, "/api/me/avatar").multipart(form("file", picture())).send().await.unwrap();
    let face: Profile = face.json().await.unwrap();
    assert!(face.person.avatar_url.is_some());
    let bare = ana.request(Method::PUT, "/api/me/avatar").header("content-type", "image/png").body(picture());
    assert_eq!(bare.send().await.unwrap().status(), StatusCode::OK);
    let bare: Profile = as_type(ana.done(Method::DELETE, "/api/me/avatar", None).await);
    assert_eq!(bare.person.avatar_url, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_pictures_are_refused() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let (status, answer) = upload(&ana, "file", b"<svg onload=alert(1)>".to_vec()).await;
    assert_eq!((status, refusal(&answer)), (StatusCode::UNSUPPORTED_MEDIA_TYPE, ("unsupported_media", Some("file"))));
    let (status, answer) = upload(&ana, "picture", picture()).await;
    assert_eq!((status, refusal(&answer)), (StatusCode::BAD_REQUEST, ("malformed", Some("file"))));
    let (status, answer) = upload(&ana, "file", vec![0; 11 * 1024 * 1024]).await;
    assert_eq!((status, refusal(&answer).0), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    let (status, answer) = ana.ask(Method::POST, "/api/uploads", Some(json!({}))).await;
    assert_eq!((status, refusal(&answer)), (StatusCode::UNSUPPORTED_MEDIA_TYPE, ("unsupported_media", Some("file"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_is_closed_to_those_who_are_not_signed_in() {
    let site = Site::start().await;
    for (method, path) in [
        (Method::GET, "/api/me"),
        (Method::GET, "/api/feed"),
        (Method::GET, "/api/posts/1"),
        (Method::POST, "/api/posts/1/like"),
        (Method::GET, "/api/posts/1/comments"),
        (Method::GET, "/api/people"),
        (Method::POST, "/api/users/follow/1"),
        (Method::POST, "/api/uploads"),
        (Method::GET, "/media/images/1"),
        (Method::POST, "/api/auth/logout"),
    ] {
        let answer = site.http.request(method, site.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(refusal(&answer).0, "unauthorized");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let cases = [
        (Method::POST, "/api/posts", Some(json!({ "content": "" })), 422, ("invalid", Some("content"))),
        (Method::POST, "/api/posts", Some(json!({ "content": "x".repeat(5_001) })), 422, ("invalid", Some("content"))),
        (Method::POST, "/api/posts", Some(json!({ "content": 7 })), 400, ("malformed", Some("content"))),
        (Method::PATCH, "/api/posts/1", Some(json!({})), 400, ("malformed", Some("content"))),
        (Method::GET, "/api/feed?limit=101", None, 422, ("invalid", Some("limit"))),
        (Method::GET, "/api/feed?limit=many", None, 422, ("invalid", Some("limit"))),
        (Method::GET, "/api/feed?before=x", None, 422, ("invalid", Some("before"))),
        (Method::GET, "/api/feed?feed=best", None, 422, ("invalid", Some("feed"))),
        (Method::GET, "/api/posts/abc", None, 404, ("not_found", None)),
        (Method::GET, "/api/posts/9007199254740993", None, 404, ("not_found", None)),
        (Method::GET, "/api/posts/17", None, 404, ("not_found", None)),
        (Method::GET, "/api/people/nobody", None, 404, ("not_found", None)),
        (Method::GET, "/api/nothing/here", None, 404, ("not_found", None)),
        (Method::PUT, "/api/feed", None, 405, ("malformed", None)),
        (Method::POST, "/api/users/follow/17", None, 404, ("not_found", None)),
    ];
    for (method, path, body, status, refused) in cases {
        let (answered, answer) = ana.ask(method, path, body).await;
        assert_eq!((answered.as_u16(), refusal(&answer)), (status, refused), "{path}");
    }
    let text = ana.request(Method::POST, "/api/posts").body("hello").send().await.unwrap();
    assert_eq!(text.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let broken = ana.request(Method::POST, "/api/posts").header("content-type", "application/json").body("{");
    assert_eq!(broken.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    let huge = json!({ "content": "x".repeat(1_000_000) });
    assert_eq!(ana.ask(Method::POST, "/api/posts", Some(huge)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_and_a_weak_password_are_told_apart() {
    let site = Site::start().await;
    site.person("ana").await;
    let register = |username: &str, password: &str| {
        let body = json!({
            "email": format!("{username}2@example.org"),
            "username": username,
            "full_name": "A",
            "password": password,
        });
        site.http.post(site.url("/api/auth/register")).json(&body).send()
    };
    let taken = register("ana", PASSWORD).await.unwrap();
    assert_eq!(taken.status(), StatusCode::CONFLICT);
    assert_eq!(refusal(&taken.json::<Value>().await.unwrap()), ("conflict", Some("username")));
    let weak = register("ben", "password").await.unwrap();
    assert_eq!(weak.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refusal(&weak.json::<Value>().await.unwrap()), ("invalid", Some("password")));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_tries_are_told_when_to_return() {
    let site = Site::strict().await;
    site.person("ana").await;
    let body = json!({ "login": "ana", "password": "wrong" });
    for _ in 0..30 {
        let answer = site.http.post(site.url("/api/auth/login")).json(&body).send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let seconds: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            assert!(seconds >= 1);
            let answer: Value = answer.json().await.unwrap();
            assert_eq!(refusal(&answer).0, "rate_limited");
            assert!(answer["retry_after_ms"].as_u64().unwrap() > 0);
            return;
        }
    }
    panic!("thirty tries were let through");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_counts_connections_and_people() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let (_first, _second) = (ana.connect().await, ana.connect().await);
    let answer = site.http.get(site.url("/api/ws/status")).send().await.unwrap();
    let status: LiveStatus = answer.json().await.unwrap();
    assert!(status.success && status.websocket_enabled && !status.redis_enabled);
    assert_eq!((status.active_connections, status.online_users), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_address_asked_without_a_socket_says_so() {
    let site = Site::start().await;
    let answer = site.http.get(site.url("/ws")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UPGRADE_REQUIRED);
    assert_eq!(answer.headers()["upgrade"], "websocket");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_site_can_do_scripts_can_do_too() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let count = site.http.get(site.url("/api/community")).send().await.unwrap();
    assert_eq!(count.json::<Value>().await.unwrap(), json!({ "count": 2 }));
    let to_follow: Vec<PersonItem> = as_type(ana.done(Method::GET, "/api/users/to-follow", None).await);
    assert_eq!(to_follow[0].person.username, "ben");
    assert_eq!(ana.done(Method::GET, "/api/users/online", None).await["count"], 0);
    let here = ben.connect().await;
    let online: PeopleOnline = as_type(ana.done(Method::GET, "/api/users/online", None).await);
    assert_eq!((online.count, online.people[0].username.as_str(), online.is_hidden), (1, "ben", false));
    // Who does not show it does not see it.
    ana.done(Method::PATCH, "/api/me/privacy", Some(json!({ "shows_presence": false }))).await;
    let online: PeopleOnline = as_type(ana.done(Method::GET, "/api/users/online", None).await);
    assert_eq!((online.count, online.people.len(), online.is_hidden), (0, 0, true));
    drop(here);
    ana.done(Method::PUT, &format!("/api/users/{}/follow", ben.id()), None).await;
    let asked = format!("/api/users/followed?ids={},{}", ana.id(), ben.id());
    assert_eq!(ana.done(Method::GET, &asked, None).await, json!([ben.id()]));
    let (status, answer) = ana.ask(Method::GET, "/api/users/followed?ids=1,x", None).await;
    assert_eq!((status.as_u16(), refusal(&answer)), (422, ("invalid", Some("ids"))));
    let mute = format!("/api/posts/{}/mute", ana.post("Hello", Audience::Public).await.id);
    assert_eq!(ben.done(Method::GET, &mute, None).await, json!({ "muted": false }));
    ben.done(Method::PUT, &mute, None).await;
    assert_eq!(ben.done(Method::GET, &mute, None).await, json!({ "muted": true }));
    let connection = format!("/api/connections/{}", ben.id());
    let wish = |wish: &str| Some(json!({ "wish": wish }));
    assert_eq!(ana.done(Method::PATCH, &connection, wish("ask")).await["state"], "requested");
    assert_eq!(ana.done(Method::PATCH, &connection, wish("withdraw")).await["state"], "none");
    let (status, answer) = ana.ask(Method::PATCH, &connection, wish("marry")).await;
    assert_eq!((status.as_u16(), refusal(&answer)), (400, ("malformed", Some("wish"))));
    assert_eq!(ana.done(Method::GET, "/api/conversations/requests", None).await, json!({ "count": 0 }));
    let zones: Vec<String> = as_type(ana.done(Method::GET, "/api/time-zones", None).await);
    assert!(zones.iter().any(|zone| zone == "Europe/Lisbon"));
    ana.done(Method::POST, "/api/auth/logout-everywhere", None).await;
    assert_eq!(ana.ask(Method::GET, "/api/me", None).await.0, StatusCode::UNAUTHORIZED);
}
