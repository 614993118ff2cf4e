//! Announcements, as those who announce and those who are told have them.

use hubbub::protocol::{
    announcements::Announcement,
    events::ServerEvent,
    notifications::{NotificationStatus, Occasion},
};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::site::{Person, Site};

fn closed() -> Value {
    json!({ "title": "Closed on Friday", "content": "The floor dries." })
}

async fn announced(owner: &Person, form: Value) -> Announcement {
    serde_json::from_value(owner.done(Method::POST, "/api/admin/announcements", Some(form)).await).unwrap()
}

async fn until(person: &Person, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
    loop {
        let answer = person.done(Method::GET, path, None).await;
        if holds(&answer) {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn everyone_is_told_at_once_and_the_author_sees_whom_it_reached() {
    let site = Site::start().await;
    let (owner, ana, ben) = (site.person("owner").await, site.person("ana").await, site.person("ben").await);
    let mut of_ana = ana.connect().await;
    let made = announced(&owner, closed()).await;
    let told = loop {
        if let ServerEvent::Notification(event) = of_ana.next_of_bell().await {
            break event;
        }
    };
    assert_eq!(told.notification.data.occasion, Occasion::Announced);
    assert_eq!(told.notification.message, "Announcement · Closed on Friday");
    let path = format!("/api/announcements/{}", made.announcement_id);
    until(&owner, &path, |answer| answer["reach"] == json!({ "raised": 3, "read": 0 })).await;
    let id = told.notification.notification_id;
    ana.done(Method::PUT, &format!("/api/notifications/{id}/read"), None).await;
    until(&owner, &path, |answer| answer["reach"] == json!({ "raised": 3, "read": 1 })).await;
    // Whom it reached is for those who announce.
    assert!(ben.done(Method::GET, &path, None).await.get("reach").is_none());
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_its_page_reads_it_however_one_came_there() {
    let site = Site::start().await;
    let (owner, ana, ben) = (site.person("owner").await, site.person("ana").await, site.person("ben").await);
    let made = announced(&owner, closed()).await;
    let (asked, shown) =
        (format!("/api/announcements/{}", made.announcement_id), format!("/announcements/{}", made.announcement_id));
    // Whom it reaches is known at once.
    assert_eq!(owner.done(Method::GET, &asked, None).await["reach"], json!({ "raised": 3, "read": 0 }));
    let opened = async |who: &Person| {
        let cookie = format!("hubbub_access={}", who.tokens.access_token);
        let request = who.request(Method::GET, &shown).header(header::COOKIE, cookie);
        let answer = request.header(header::ACCEPT, "text/html").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.unwrap()
    };
    assert!(opened(&ana).await.contains("The floor dries."));
    assert_eq!(ana.done(Method::GET, "/api/notifications?filter=unread", None).await["items"], json!([]));
    assert_eq!(ana.done(Method::GET, "/api/announcements/unread", None).await, Value::Null);
    assert_eq!(owner.done(Method::GET, &asked, None).await["reach"], json!({ "raised": 3, "read": 1 }));
    // Once is enough, it is one's own alone, and asking for it by program reads nothing.
    opened(&ana).await;
    ben.done(Method::GET, &asked, None).await;
    assert_eq!(ben.done(Method::GET, "/api/announcements/unread", None).await["title"], "Closed on Friday");
    assert!(opened(&owner).await.contains("Read by 2 of 3"));
    site.stop().await;
}

#[tokio::test]
async fn one_that_is_over_counts_as_unread_no_more() {
    let site = Site::start().await;
    let (owner, ana) = (site.person("owner").await, site.person("ana").await);
    let made = announced(&owner, closed()).await;
    until(&ana, "/api/notifications?filter=unread", |answer| answer["items"].as_array().unwrap().len() == 1).await;
    let end = format!("/api/admin/announcements/{}/end", made.announcement_id);
    assert_eq!(owner.done(Method::POST, &end, None).await["state"], "over");
    until(&ana, "/api/notifications?filter=unread", |answer| answer["items"] == json!([])).await;
    let all = ana.done(Method::GET, "/api/notifications", None).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    let reach = owner.done(Method::GET, &format!("/api/announcements/{}", made.announcement_id), None).await;
    assert_eq!(reach["reach"], json!({ "raised": 2, "read": 0 }));
    site.stop().await;
}

#[tokio::test]
async fn the_newest_that_runs_stands_until_it_is_read_or_over() {
    let site = Site::start().await;
    let (owner, ana) = (site.person("owner").await, site.person("ana").await);
    let path = "/api/announcements/unread";
    assert_eq!(ana.done(Method::GET, path, None).await, Value::Null);
    let first = announced(&owner, closed()).await;
    until(&ana, path, |answer| answer["announcement_id"] == json!(first.announcement_id)).await;
    let mut next = closed();
    next["title"] = json!("Open on Saturday");
    let next = announced(&owner, next).await;
    let told = until(&ana, path, |answer| answer["announcement_id"] == json!(next.announcement_id)).await;
    let read = format!("/api/notifications/{}/read", told["notification_id"].as_str().unwrap());
    ana.done(Method::PUT, &read, None).await;
    assert_eq!(ana.done(Method::GET, path, None).await["title"], "Closed on Friday");
    owner.done(Method::POST, &format!("/api/admin/announcements/{}/end", first.announcement_id), None).await;
    assert_eq!(ana.done(Method::GET, path, None).await, Value::Null);
    // What one did with it says nothing of the others.
    assert_eq!(owner.done(Method::GET, path, None).await["title"], "Open on Saturday");
    site.stop().await;
}

#[tokio::test]
async fn open_pages_hear_of_what_begins_and_of_what_is_over() {
    let site = Site::start().await;
    let (owner, ana) = (site.person("owner").await, site.person("ana").await);
    let mut of_ana = ana.connect().await;
    let made = announced(&owner, closed()).await;
    let begun = loop {
        if let ServerEvent::Notification(event) = of_ana.next_of_bell().await {
            break event.notification;
        }
    };
    assert_eq!(begun.target.announcement_id, Some(made.announcement_id));
    // Who is told asks which one stands, and is answered with what they were told.
    let stands = ana.done(Method::GET, "/api/announcements/unread", None).await;
    assert_eq!(stands["notification_id"], json!(begun.notification_id));
    owner.done(Method::POST, &format!("/api/admin/announcements/{}/end", made.announcement_id), None).await;
    let over = loop {
        if let ServerEvent::NotificationUpdate(event) = of_ana.next_of_bell().await
            && event.seq.is_some()
        {
            break event;
        }
    };
    assert_eq!((over.notification_id, over.status), (begun.notification_id, NotificationStatus::Read));
    assert_eq!(ana.done(Method::GET, "/api/announcements/unread", None).await, Value::Null);
    site.stop().await;
}

#[tokio::test]
async fn only_admins_and_the_owner_announce() {
    let site = Site::start().await;
    let (owner, ana) = (site.person("owner").await, site.person("ana").await);
    let path = "/api/admin/announcements";
    assert_eq!(ana.ask(Method::POST, path, Some(closed())).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ana.ask(Method::GET, "/api/admin/announcements/recipients", None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(owner.done(Method::GET, "/api/admin/announcements/recipients?of=staff", None).await["count"], 1);
    let role = json!({ "role": "admin" });
    owner.done(Method::PUT, &format!("/api/admin/people/{}/role", ana.id()), Some(role)).await;
    let made = announced(&ana, closed()).await;
    let end = format!("/api/admin/announcements/{}/end", made.announcement_id);
    let ben = site.person("ben").await;
    assert_eq!(ben.ask(Method::POST, &end, None).await.0, StatusCode::FORBIDDEN);
    site.stop().await;
}

#[tokio::test]
async fn one_for_staff_or_for_later_is_seen_by_nobody_else() {
    let site = Site::start().await;
    let (owner, ana) = (site.person("owner").await, site.person("ana").await);
    let mut staff = closed();
    staff["recipients"] = json!("staff");
    let mut later = closed();
    later["starts_at"] = json!(hubbub::protocol::time::Timestamp::from_millis(4_000_000_000_000));
    assert_eq!(
        owner.ask(Method::POST, "/api/admin/announcements", Some(later)).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let staff = announced(&owner, staff).await;
    let path = format!("/api/announcements/{}", staff.announcement_id);
    assert_eq!(ana.ask(Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ana.done(Method::GET, "/api/announcements", None).await["items"], json!([]));
    until(&owner, &path, |answer| answer["reach"]["raised"] == 1).await;
    assert_eq!(ana.done(Method::GET, "/api/notifications", None).await["items"], json!([]));
    site.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_an_announcement_is_told_by_field() {
    let site = Site::start().await;
    let owner = site.person("owner").await;
    for (field, value) in [
        ("title", json!("")),
        ("title", json!("x".repeat(121))),
        ("content", json!("x".repeat(5_001))),
        ("ends_at", json!("2020-01-01T00:00:00Z")),
    ] {
        let mut form = closed();
        form[field] = value;
        let (status, answer) = owner.ask(Method::POST, "/api/admin/announcements", Some(form)).await;
        assert_eq!((status, answer["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(field)), "{answer}");
    }
    let mut form = closed();
    form["client_id"] = json!("3f1c9d2e-5b7a-4c1d-9e8f-0a1b2c3d4e5f");
    let first = announced(&owner, form.clone()).await;
    assert_eq!(announced(&owner, form).await.announcement_id, first.announcement_id);
    site.stop().await;
}
