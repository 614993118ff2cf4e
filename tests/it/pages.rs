//! Pages as the server writes them, many at a time.

use futures::future::join_all;
use hubbub::{
    protocol::{
        events::ServerEvent,
        views::{Audience, Role},
    },
    server::{boot, config::Settings},
};
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::site::{PASSWORD, Person, Site};

/// So many pages are asked for at once, so often: what is shared between threads by mistake shows within the first rounds.
const AT_ONCE: usize = 12;
const ROUNDS: usize = 6;

async fn page(who: &Person, path: &str) -> Result<(StatusCode, String), reqwest::Error> {
    let cookie = format!("hubbub_access={}", who.tokens.access_token);
    let request = who.request(Method::GET, path).header(header::COOKIE, cookie).header(header::ACCEPT, "text/html");
    let answer = request.send().await?;
    Ok((answer.status(), answer.text().await?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_asked_for_side_by_side_all_come_whole() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let body = json!({ "member_ids": [ben.id()], "title": "Trees" });
    let group = ana.done(Method::POST, "/api/conversations", Some(body)).await;
    let thread = format!("/messages/{}", group["conversation_id"].as_str().unwrap());
    for number in 0..30 {
        let body = json!({ "content": format!("Message {number}") });
        ana.done(
            Method::POST,
            &format!("/api/conversations/{}/messages", group["conversation_id"].as_str().unwrap()),
            Some(body),
        )
        .await;
    }
    let post = format!("/posts/{}", ana.post("Look at this", Audience::Public).await.id);
    let potter = json!({ "title": "Potter", "place": "Lisbon", "content": "Ask @ben." });
    let job = ana.done(Method::POST, "/api/jobs", Some(potter)).await["job_id"].as_str().unwrap().to_owned();
    let (job, edit) = (format!("/jobs/{job}"), format!("/jobs/{job}/edit"));
    let applied = ben.done(Method::POST, &format!("/api{job}/applications"), Some(json!({ "note": "Me" }))).await;
    let application = format!("/jobs/applications/{}", applied["application_id"].as_str().unwrap());
    let details = format!("{thread}/details");
    let paths = [
        "/",
        "/messages",
        &thread,
        &details,
        &post,
        "/messages/new",
        "/@ben",
        "/search?q=ben",
        "/settings",
        "/jobs",
        "/jobs/new",
        &job,
        &edit,
        &application,
    ];
    for path in paths {
        for _ in 0..ROUNDS {
            for answer in join_all((0..AT_ONCE).map(|_| page(&ana, path))).await {
                let (status, text) = answer.unwrap_or_else(|broken| panic!("{path}: {broken}"));
                assert_eq!(status, StatusCode::OK, "{path}");
                assert!(text.contains("</html>"), "{path} stops in the middle");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_the_community_sees_what_became_of_notifications_a_page_at_a_time() {
    let site = Site::start().await;
    let (mia, ana) = (site.person("mia").await, site.person("ana").await);
    let (_, page_of_none) = page(&mia, "/admin/deliveries").await.unwrap();
    assert!(page_of_none.contains("Nothing fits"), "{page_of_none}");
    let mut tab = mia.connect().await;
    for number in 0..3 {
        let post = mia.post(&format!("Post {number}"), Audience::Public).await.id;
        let comment = json!({ "content": "Which clay?" });
        ana.done(Method::POST, &format!("/api/posts/{post}/comments"), Some(comment)).await;
    }
    let mut told = 0;
    while told < 3 {
        told += usize::from(matches!(tab.next_of_bell().await, ServerEvent::Notification(_)));
    }
    // Each is in the bell, and waits for a letter.
    let (mut all, mut next) = (Vec::new(), String::new());
    loop {
        let listed = mia.done(Method::GET, &format!("/api/admin/deliveries?limit=2&before={next}"), None).await;
        let items = listed["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        all.extend(items.iter().map(|one| {
            let text = |field: &str| one[field].as_str().unwrap().to_owned();
            (text("notification_id"), text("channel"), text("status"), text("username"))
        }));
        match listed["next"].as_str() {
            Some(place) => place.clone_into(&mut next),
            None => break,
        }
    }
    assert_eq!(all.len(), 6, "{all:?}");
    let mut sorted = all.clone();
    sorted.sort_by_key(|one| (std::cmp::Reverse(one.0.parse::<u64>().unwrap()), one.1 == "email"));
    assert_eq!(all, sorted, "newest first, nothing twice, nothing left out");
    assert!(all.iter().all(|one| one.3 == "mia"));
    assert_eq!(all.iter().filter(|one| one.1 == "in_app" && one.2 == "delivered").count(), 3);
    assert_eq!(all.iter().filter(|one| one.1 == "email" && one.2 == "queued").count(), 3);
    let (status, shown) = page(&mia, "/admin/deliveries?channel=email&status=queued").await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(shown.matches("Waiting").count() >= 3 && shown.contains("href=\"/@mia\""), "{shown}");
    let (_, failed) = page(&mia, "/admin/deliveries?status=failed").await.unwrap();
    assert!(failed.contains("Nothing fits"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_a_list_is_not_offered_to_look_through_it() {
    let site = Site::start().await;
    let (mia, ana) = (site.person("mia").await, site.person("ana").await);
    let roles = [(Role::Member, [false, false]), (Role::Moderator, [true, false]), (Role::Admin, [true, true])];
    for (role, sees) in roles {
        let path = format!("/api/admin/people/{}/role", ana.id());
        mia.done(Method::PUT, &path, Some(json!({ "role": role }))).await;
        for (path, sees) in ["/admin/people", "/admin/deliveries"].into_iter().zip(sees) {
            let (status, text) = page(&ana, path).await.unwrap();
            let told = format!("{path} as {role:?}: {text}");
            assert_eq!(status, if sees { StatusCode::OK } else { StatusCode::FORBIDDEN }, "{told}");
            assert_eq!(text.contains(&format!("action=\"{path}\"")), sees, "{told}");
        }
    }
}

/// Sends a form of a page as a browser without a script does; the page that it leads to.
async fn submit(site: &Site, who: &Person, endpoint: &str, from: &str, form: String) -> (StatusCode, String) {
    let browser = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let request = browser
        .post(site.url(endpoint))
        .bearer_auth(&who.tokens.access_token)
        .header(header::ACCEPT, "text/html")
        .header(header::REFERER, site.url(from))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.url().path(), from);
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_hands_the_community_over_with_the_form_of_the_page() {
    const HANDS_OVER: &str = "name=\"hand_over\"";
    let site = Site::start().await;
    let (mia, ana) = (site.person("mia").await, site.person("ana").await);
    let shown = page(&mia, "/admin/people").await.unwrap().1;
    assert_eq!(shown.matches(HANDS_OVER).count(), 1, "to everyone but the owner: {shown}");
    let id = ana.id();
    let form = |password: &str| format!("user_id={id}&hand_over={id}&role=owner&password={password}");
    let hand_over =
        async |password: &str| submit(&site, &mia, "/sfn/admin/role", "/admin/people", form(password)).await;
    let (_, refused) = hand_over("guessed").await;
    assert!(refused.contains("This is not your password."), "{refused}");
    assert_eq!(mia.done(Method::GET, "/api/me", None).await["role"], "owner");
    let (status, text) = hand_over(PASSWORD).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert!(!text.contains(HANDS_OVER), "an admin hands nothing over: {text}");
    let roles = (mia.done(Method::GET, "/api/me", None).await, ana.done(Method::GET, "/api/me", None).await);
    assert_eq!((&roles.0["role"], &roles.1["role"]), (&json!("admin"), &json!("owner")));
    let theirs = page(&ana, "/admin/people").await.unwrap().1;
    assert_eq!(theirs.matches(HANDS_OVER).count(), 1, "{theirs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_among_the_live_percent_gets_pages_without_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { live_percent: 0, ..Settings::in_folder(folder.path().to_owned()) };
    let site = Site::around(boot::start(settings).await.unwrap(), reqwest::Client::new());
    let ana = site.person("ana").await;
    let (status, text) = page(&ana, "/").await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("<html lang=\"en\" data-theme=\"system\" data-scriptless"), "{}", &text[..300]);
    assert!(!text.contains("hydrate()"), "the page wakes");
    let at_the_door = site.http.get(site.url("/sign-in")).send().await.unwrap().text().await.unwrap();
    assert!(!at_the_door.contains("data-scriptless"), "nobody is counted out before they signed in");
}
