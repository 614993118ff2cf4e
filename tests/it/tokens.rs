//! Personal access tokens: what each scope opens, what is never open to one, and how they end.

use std::{collections::BTreeSet, time::Duration};

use hubbub::{
    protocol::{
        limits::TOKENS_MAX,
        requests::{PasswordChange, SignedIn},
        tokens::{MadeToken, NewToken, Scope, TokenView},
        views::{Role, SessionView},
    },
    server::{
        domain::outcome::Publication,
        http::{reference::openapi, scopes},
    },
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::{
    site::{PASSWORD, Person, Site, Tab},
    stage::{self, Stage},
};

async fn make(person: &Person, scopes: &[Scope]) -> MadeToken {
    let form = json!({ "name": "Script", "scopes": scopes });
    serde_json::from_value(person.done(Method::POST, "/api/me/tokens", Some(form)).await).unwrap()
}

/// The same person, who presents a token instead of signing in.
fn with(site: &Site, person: &Person, token: &str) -> Person {
    site.again(SignedIn { access_token: token.to_owned(), ..person.tokens.clone() })
}

async fn script(site: &Site, person: &Person, scopes: &[Scope]) -> Person {
    with(site, person, &make(person, scopes).await.token)
}

async fn list(person: &Person) -> Vec<TokenView> {
    serde_json::from_value(person.done(Method::GET, "/api/me/tokens", None).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_told_once_listed_used_and_revoked() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    assert_eq!(list(&ana).await, []);
    let form = json!({ "name": " Feed reader ", "scopes": ["write", "read", "read"], "expires_in_days": 7 });
    let (status, made) = ana.ask(Method::POST, "/api/me/tokens", Some(form)).await;
    assert_eq!(status, StatusCode::CREATED);
    let MadeToken { token, details } = serde_json::from_value(made).unwrap();
    assert!(token.starts_with("hub_"), "{token}");
    assert_eq!((details.name.as_str(), &*details.scopes), ("Feed reader", &[Scope::Read, Scope::Write][..]));
    assert_eq!(details.expires_at.since(details.created_at), Duration::from_secs(7 * 24 * 60 * 60));
    let listed = ana.done(Method::GET, "/api/me/tokens", None).await;
    assert!(!listed.to_string().contains(&token), "it is told once");
    assert_eq!(list(&ana).await, std::slice::from_ref(&details));
    let reader = with(&site, &ana, &token);
    reader.done(Method::GET, "/api/feed", None).await;
    assert_eq!(reader.done(Method::GET, "/api/me", None).await["username"], "ana");
    assert!(list(&ana).await[0].last_used_at.is_some());
    let sessions: Vec<SessionView> =
        serde_json::from_value(ana.done(Method::GET, "/api/me/sessions", None).await).unwrap();
    assert_eq!(sessions.len(), 1, "a token is no device");
    ana.done(Method::DELETE, &format!("/api/me/tokens/{}", details.id), None).await;
    assert_eq!(list(&ana).await, []);
    assert_eq!(reader.ask(Method::GET, "/api/feed", None).await.0, StatusCode::UNAUTHORIZED);
    let again = ana.ask(Method::DELETE, &format!("/api/me/tokens/{}", details.id), None).await;
    assert_eq!(again.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_token_is_named() {
    let site = Site::start().await;
    let (owner, ben) = (site.person("ana").await, site.person("ben").await);
    let long = "x".repeat(61);
    let cases = [
        (json!({ "name": " ", "scopes": ["read"] }), 422, "name"),
        (json!({ "name": long, "scopes": ["read"] }), 422, "name"),
        (json!({ "name": "A", "scopes": [] }), 422, "scopes"),
        (json!({ "name": "A", "scopes": ["admin"] }), 422, "scopes"),
        (json!({ "name": "A", "scopes": ["everything"] }), 400, "scopes[0]"),
        (json!({ "name": "A", "scopes": ["read"], "expires_in_days": 0 }), 422, "expires_in_days"),
        (json!({ "name": "A", "scopes": ["read"], "expires_in_days": 366 }), 422, "expires_in_days"),
        (json!({ "scopes": ["read"] }), 400, "name"),
    ];
    for (form, status, field) in cases {
        let (answered, answer) = ben.ask(Method::POST, "/api/me/tokens", Some(form.clone())).await;
        assert_eq!((answered.as_u16(), answer["field"].as_str()), (status, Some(field)), "{form}: {answer}");
    }
    for _ in 0..TOKENS_MAX {
        make(&ben, &[Scope::Read]).await;
    }
    let more = json!({ "name": "A", "scopes": ["read"] });
    let (status, answer) = ben.ask(Method::POST, "/api/me/tokens", Some(more)).await;
    assert_eq!((status, answer["field"].as_str()), (StatusCode::CONFLICT, Some("name")));
    let of_ben = list(&ben).await[0].id;
    let (status, _) = owner.ask(Method::DELETE, &format!("/api/me/tokens/{of_ben}"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nobody ends somebody else's");
}

/// A door for each scope, which answers whatever it likes but `forbidden`.
fn doors(post: &str, ben: &str) -> Vec<(Scope, Method, String, Option<Value>)> {
    let door = |scope, method, path: &str, body| (scope, method, path.to_owned(), body);
    vec![
        door(Scope::Read, Method::GET, "/api/me", None),
        door(Scope::Read, Method::GET, "/api/feed", None),
        door(Scope::Read, Method::GET, "/api/people/ben", None),
        door(Scope::Read, Method::GET, "/api/notifications", None),
        door(Scope::Read, Method::GET, "/api/jobs", None),
        door(Scope::Write, Method::POST, "/api/posts", Some(json!({ "content": "Hello" }))),
        door(Scope::Write, Method::PUT, &format!("/api/posts/{post}/like"), None),
        door(Scope::Write, Method::POST, &format!("/api/posts/{post}/comment"), Some(json!({ "content": "Hm" }))),
        door(Scope::Write, Method::PUT, &format!("/api/users/{ben}/follow"), None),
        door(Scope::Write, Method::POST, "/api/notifications/read-all", None),
        door(Scope::Messages, Method::GET, "/api/conversations", None),
        door(Scope::Messages, Method::POST, "/api/conversations", Some(json!({ "member_ids": [ben] }))),
        door(Scope::Messages, Method::GET, "/media/attachments/1", None),
        door(Scope::Socket, Method::POST, "/api/ws/ticket", None),
        door(Scope::Admin, Method::GET, "/api/admin/people", None),
        door(Scope::Admin, Method::GET, "/api/admin/deliveries", None),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_opens_its_own_doors_and_no_others() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let post = ana.post("Hello", hubbub::protocol::views::Audience::Public).await;
    for held in Scope::ALL {
        let bot = script(&site, &ana, &[held]).await;
        for (scope, method, path, body) in doors(&post.id.to_string(), &ben.id()) {
            let (status, answer) = bot.ask(method, &path, body).await;
            if scope == held {
                assert_ne!(status, StatusCode::FORBIDDEN, "{held:?} opens {path}: {answer}");
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{held:?} opens {path}: {answer}");
            } else {
                assert_eq!(status, StatusCode::FORBIDDEN, "{held:?} does not open {path}: {answer}");
                let message = answer["message"].as_str().unwrap();
                assert!(message.contains(&format!("`{}`", scope.as_str())), "{message}");
            }
        }
        // This one is open to everybody.
        bot.done(Method::GET, "/api/ws/status", None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_sessions_and_tokens_are_closed_to_every_token() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let bot = script(&site, &ana, &Scope::ALL).await;
    let own = list(&ana).await[0].id;
    let password = json!({ "current_password": PASSWORD, "new_password": "shiny-otter-canal-88" });
    let cases = [
        (Method::GET, "/api/me/tokens".to_owned(), None),
        (Method::POST, "/api/me/tokens".to_owned(), Some(json!({ "name": "More", "scopes": ["read"] }))),
        (Method::DELETE, format!("/api/me/tokens/{own}"), None),
        (Method::GET, "/api/me/sessions".to_owned(), None),
        (Method::DELETE, "/api/me/sessions".to_owned(), None),
        (Method::POST, "/api/me/password".to_owned(), Some(password)),
        (Method::PATCH, "/api/me/privacy".to_owned(), Some(json!({ "is_private": true }))),
        (Method::POST, "/api/auth/logout".to_owned(), None),
        (Method::POST, "/api/auth/refresh".to_owned(), None),
        (Method::PUT, format!("/api/admin/people/{}/role", ana.id()), Some(json!({ "role": "member" }))),
        (Method::GET, "/api/push/subscriptions".to_owned(), None),
        (Method::GET, "/api/nothing/here".to_owned(), None),
        (Method::GET, "/sfn/account/sessions".to_owned(), None),
        (Method::POST, "/sfn/account/sign-out-everywhere".to_owned(), None),
        (Method::GET, "/settings/sessions".to_owned(), None),
        (Method::GET, "/".to_owned(), None),
    ];
    for (method, path, body) in cases {
        let (status, _) = bot.ask(method, &path, body).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
    ana.done(Method::GET, "/api/me", None).await;
}

/// Cargo runs tests in the repository.
#[test]
fn every_route_says_what_it_takes_of_a_token() {
    let known: BTreeSet<String> = scopes::classed().into_iter().map(str::to_owned).collect();
    let is_of_rest = |path: &String| path.starts_with("/api/") || path.starts_with("/media/");
    let built: Vec<String> = openapi::routes().map(|route| route.path).filter(is_of_rest).collect();
    assert!(built.len() > 80, "{built:?}");
    let missing: Vec<_> = built.iter().filter(|route| !known.contains(*route)).collect();
    assert!(missing.is_empty(), "no token may use these until they have a row in http/scopes.rs: {missing:?}");
    let gone: Vec<_> = known.iter().filter(|route| route.starts_with("/api/") && !built.contains(route)).collect();
    assert!(gone.is_empty(), "{gone:?}");
    assert_eq!(known.len(), scopes::classed().len(), "one row each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_takes_the_scope_for_it_and_ends_with_the_token() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let reader = script(&site, &ana, &[Scope::Read, Scope::Messages]).await;
    assert_eq!(Tab::open(reader.socket_request()).await.until_closed().await.1, 4403);
    let made = make(&ana, &[Scope::Socket]).await;
    let bot = with(&site, &ana, &made.token);
    let mut by_header = bot.connect().await;
    let ticket = bot.done(Method::POST, "/api/ws/ticket", None).await;
    let address = format!("{}?ticket={}", site.socket_url(), ticket["ticket"].as_str().unwrap());
    let mut by_ticket = Tab::open(address.as_str().into_client_request().unwrap()).await;
    by_ticket.next().await.unwrap();
    let mut own = ana.connect().await;
    ana.done(Method::DELETE, &format!("/api/me/tokens/{}", made.details.id), None).await;
    assert_eq!(by_header.until_closed().await.1, 4401);
    assert_eq!(by_ticket.until_closed().await.1, 4401);
    own.so_far().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_and_a_suspension_end_tokens_and_their_sockets() {
    let site = Site::start().await;
    let (owner, ben) = (site.person("ana").await, site.person("ben").await);
    let bot = script(&site, &ben, &[Scope::Read, Scope::Socket]).await;
    let mut tab = bot.connect().await;
    let change = json!({ "current_password": PASSWORD, "new_password": "shiny-otter-canal-88" });
    ben.done(Method::POST, "/api/me/password", Some(change)).await;
    assert_eq!(tab.until_closed().await.1, 4401);
    assert_eq!(bot.ask(Method::GET, "/api/feed", None).await.0, StatusCode::UNAUTHORIZED);
    let bot = script(&site, &ben, &[Scope::Read, Scope::Socket]).await;
    let mut tab = bot.connect().await;
    let path = format!("/api/admin/people/{}/suspension", ben.id());
    owner.done(Method::PUT, &path, Some(json!({ "reason": "Spam, again" }))).await;
    assert_eq!(tab.until_closed().await.1, 4401);
    assert_eq!(bot.ask(Method::GET, "/api/feed", None).await.0, StatusCode::UNAUTHORIZED);
}

fn form(scopes: &[Scope], days: u32) -> NewToken {
    NewToken { name: "Script".to_owned(), scopes: scopes.to_vec(), expires_in_days: Some(days) }
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_its_sockets_with_it() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let actor = stage.auth.actor(&ana.access_token).unwrap();
    let made = stage.auth.make_token(&actor, form(&[Scope::Read], 1)).await.unwrap();
    stage.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert_eq!(stage.auth.bearer(&made.token).await.unwrap().unwrap().actor.session_id, made.details.id);
    assert_eq!(stage.domain.end_tokens_over().await.unwrap(), 0);
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(stage.auth.bearer(&made.token).await.unwrap(), None);
    assert_eq!(stage.domain.tokens(&actor).await.unwrap(), []);
    assert_eq!(stage.domain.actor_of(made.details.id).await.unwrap(), None, "a ticket of it leads nowhere");
    assert_eq!(stage.domain.end_tokens_over().await.unwrap(), 1);
    let ended = Publication::SessionsEnded { session_ids: vec![made.details.id] };
    assert!(stage.broker.heard.lock().contains(&ended));
    assert_eq!(stage.domain.end_tokens_over().await.unwrap(), 0);
}

#[tokio::test]
async fn a_token_acts_for_a_plain_member_unless_it_may_look_after_the_community() {
    let stage = Stage::new().await;
    let owner = stage.join("ana").await;
    let actor = stage.auth.actor(&owner.access_token).unwrap();
    assert_eq!(actor.role, Role::Owner);
    for (scopes, role) in [(&[Scope::Write][..], Role::Member), (&[Scope::Admin][..], Role::Owner)] {
        let made = stage.auth.make_token(&actor, form(scopes, 1)).await.unwrap();
        let bearer = stage.auth.bearer(&made.token).await.unwrap().unwrap();
        assert_eq!((bearer.actor.role, bearer.scopes.as_deref()), (role, Some(scopes)));
        assert_eq!(stage.domain.actor_of(made.details.id).await.unwrap().unwrap().role, role);
    }
}

#[tokio::test]
async fn signing_out_elsewhere_ends_tokens_too() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let actor = stage.auth.actor(&ana.access_token).unwrap();
    let made = stage.auth.make_token(&actor, form(&[Scope::Read], 1)).await.unwrap();
    stage.domain.end_other_sessions(&actor).await.unwrap();
    assert_eq!(stage.auth.bearer(&made.token).await.unwrap(), None);
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let actor = stage.auth.actor(&ana.access_token).unwrap();
    let made = stage.auth.make_token(&actor, form(&[Scope::Read], 1)).await.unwrap();
    let used = async || stage.domain.tokens(&actor).await.unwrap()[0].last_used_at;
    assert_eq!(used().await, None);
    stage.auth.bearer(&made.token).await.unwrap();
    let first = used().await;
    assert!(first.is_some());
    stage.clock.advance(Duration::from_secs(59));
    stage.auth.bearer(&made.token).await.unwrap();
    assert_eq!(used().await, first);
    stage.clock.advance(Duration::from_secs(1));
    stage.auth.bearer(&made.token).await.unwrap();
    assert_ne!(used().await, first);
}

#[tokio::test]
async fn a_token_does_not_survive_a_new_password_whoever_sets_it() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let actor = stage.auth.actor(&ana.access_token).unwrap();
    let made = stage.auth.make_token(&actor, form(&[Scope::Read], 1)).await.unwrap();
    let change = PasswordChange {
        current_password: stage::PASSWORD.to_owned(),
        new_password: "shiny-otter-canal-88".to_owned(),
    };
    stage.auth.change_password(&actor, change).await.unwrap();
    assert_eq!(stage.auth.bearer(&made.token).await.unwrap(), None);
    let unwhole = [&made.token[..made.token.len() - 1], "hub_", ana.refresh_token.as_str()];
    for token in unwhole {
        assert_eq!(stage.auth.bearer(token).await.unwrap(), None, "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_javascript_shows_the_token_on_one_page_and_never_again() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let own = format!("hubbub_access={}", ana.tokens.access_token);
    let page = async |cookies: String| {
        let request = browser.get(site.url("/settings/tokens")).header("cookie", cookies).header("accept", "text/html");
        let answer = request.send().await.unwrap();
        (answer.headers()["cache-control"].to_str().unwrap().to_owned(), answer.text().await.unwrap())
    };
    assert!(page(own.clone()).await.1.contains("No tokens yet"));
    let sent = browser
        .post(site.url("/sfn/tokens/make"))
        .header("cookie", &own)
        .header("accept", "text/html")
        .header("origin", site.url(""))
        .header("referer", site.url("/settings/tokens"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("name=Weather+bot&scopes%5B%5D=read&scopes%5B%5D=write&expires_in_days=90")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (sent.status(), sent.headers()["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/settings/tokens")
    );
    let form = sent.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let both = format!("{own}; {form}");
    let (kept, told) = page(both.clone()).await;
    assert_eq!(kept, "no-store");
    let token = told.split("hub_").nth(1).unwrap();
    let token = format!("hub_{}", &token[..72]);
    with(&site, &ana, &token).done(Method::GET, "/api/feed", None).await;
    assert_eq!(list(&ana).await[0].scopes, [Scope::Read, Scope::Write]);
    let (_, later) = page(both).await;
    assert!(later.contains("Weather bot") && !later.contains("hub_"), "it is told once");
}
