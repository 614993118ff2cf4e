//! Looking after the community: who owns it, and how it changes hands.

use hubbub::server::{
    boot,
    config::{DatabaseUrl, Settings},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    site::{PASSWORD, Person, Site},
    store::{fresh_schema, postgres_url},
};

async fn give(by: &Person, to: &Person, form: Value) -> (StatusCode, Value) {
    by.ask(Method::PUT, &format!("/api/admin/people/{}/role", to.id()), Some(form)).await
}

async fn role(person: &Person) -> String {
    person.done(Method::GET, "/api/me", None).await["role"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_gives_the_community_away_and_both_may_other_things_at_once() {
    let site = Site::start().await;
    let (mia, ana) = (site.person("mia").await, site.person("ana").await);
    let (ben, cleo) = (site.person("ben").await, site.person("cleo").await);
    assert_eq!(give(&mia, &ben, json!({ "role": "admin" })).await.0, StatusCode::OK);
    let over = || json!({ "role": "owner", "password": PASSWORD });
    assert_eq!(give(&mia, &ana, over()).await.0, StatusCode::OK);
    assert_eq!((role(&mia).await, role(&ana).await), ("admin".to_owned(), "owner".to_owned()));

    // What only the owner may: to say who is an admin, and to give the community away. The tokens are the same as before.
    assert_eq!(give(&mia, &ben, json!({ "role": "member" })).await.0, StatusCode::FORBIDDEN);
    assert_eq!(give(&mia, &ana, json!({ "role": "member" })).await.0, StatusCode::FORBIDDEN);
    assert_eq!(give(&mia, &mia, over()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(give(&mia, &ben, over()).await.0, StatusCode::FORBIDDEN);
    let suspension = json!({ "reason": "A break.", "days": 1 });
    for (by, of, wanted) in
        [(&mia, &ana, StatusCode::FORBIDDEN), (&mia, &ben, StatusCode::FORBIDDEN), (&mia, &cleo, StatusCode::OK)]
    {
        let path = format!("/api/admin/people/{}/suspension", of.id());
        assert_eq!(by.ask(Method::PUT, &path, Some(suspension.clone())).await.0, wanted);
    }
    // Of what an admin may they have all, and the new owner has the rest.
    mia.done(Method::GET, "/api/admin/deliveries", None).await;
    assert_eq!(give(&ana, &ben, json!({ "role": "moderator" })).await.0, StatusCode::OK);
    assert_eq!(give(&ana, &mia, json!({ "role": "member" })).await.0, StatusCode::OK);
    assert_eq!(mia.ask(Method::GET, "/api/admin/deliveries", None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(mia.ask(Method::GET, "/api/admin/people", None).await.0, StatusCode::FORBIDDEN);
    let owners = ana.done(Method::GET, "/api/admin/people?role=owner", None).await;
    let owners: Vec<&Value> = owners["items"].as_array().unwrap().iter().map(|one| &one["username"]).collect();
    assert_eq!(owners, [&json!("ana")], "there is one");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_community_and_it_is_not_given_by_a_slip() {
    let site = Site::start().await;
    let (mia, ana, ben) = (site.person("mia").await, site.person("ana").await, site.person("ben").await);
    give(&mia, &ben, json!({ "role": "admin" })).await;
    for by in [&ana, &ben] {
        let (status, _) = give(by, by, json!({ "role": "owner", "password": PASSWORD })).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    for form in [json!({ "role": "owner" }), json!({ "role": "owner", "password": "guessed" })] {
        let (status, answer) = give(&mia, &ana, form).await;
        assert_eq!((status, &answer["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("password")), "{answer}");
    }
    let suspension = json!({ "reason": "A break.", "days": 1 });
    let path = format!("/api/admin/people/{}/suspension", ana.id());
    mia.done(Method::PUT, &path, Some(suspension)).await;
    let (status, _) = give(&mia, &ana, json!({ "role": "owner", "password": PASSWORD })).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "nobody would look after it");
    assert_eq!((role(&mia).await, role(&ben).await), ("owner".to_owned(), "admin".to_owned()));
    site.stop().await;
}

/// On SQLite, and on PostgreSQL where there is one, on which writers run side by side.
async fn sites() -> Vec<(tempfile::TempDir, Site)> {
    let mut databases = vec![None];
    if let Some(url) = postgres_url() {
        databases.push(Some(DatabaseUrl::parse(&fresh_schema(&url, "community_changes_hands").await).unwrap()));
    }
    let mut sites = Vec::new();
    for database in databases {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings { limit_factor: 1_000.0, ..Settings::in_folder(folder.path().to_owned()) };
        if let Some(url) = database {
            settings.database_url = url;
        }
        sites.push((folder, Site::around(boot::start(settings).await.unwrap(), reqwest::Client::new())));
    }
    sites
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_owner_whatever_happens_at_the_same_moment() {
    let over = || json!({ "role": "owner", "password": PASSWORD });
    for (_folder, site) in sites().await {
        let people = [site.person("mia").await, site.person("ana").await, site.person("ben").await];
        let mut owner = 0;
        for round in 0..24 {
            let (one, other) = ((owner + 1) % 3, (owner + 2) % 3);
            // Two are given it at once, or one is and is given another role at the same moment.
            let (rival, form) = if round % 2 == 0 { (other, over()) } else { (one, json!({ "role": "moderator" })) };
            tokio::join!(give(&people[owner], &people[one], over()), give(&people[owner], &people[rival], form),);
            let mut roles = Vec::new();
            for person in &people {
                roles.push(role(person).await);
            }
            let owners: Vec<usize> = (0..3).filter(|at| roles[*at] == "owner").collect();
            assert_eq!(owners.len(), 1, "round {round}: {roles:?}");
            owner = owners[0];
        }
        site.stop().await;
    }
}
