//! Looking after the community: who owns it, and how it changes hands.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::site::{PASSWORD, Person, Site};

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

#[tokio::test(flavor = "multi_thread")]
async fn of_two_whom_it_is_given_to_at_the_same_moment_one_owns_it() {
    let site = Site::start().await;
    let (mia, ana, ben) = (site.person("mia").await, site.person("ana").await, site.person("ben").await);
    let over = || json!({ "role": "owner", "password": PASSWORD });
    let (one, other) = tokio::join!(give(&mia, &ana, over()), give(&mia, &ben, over()));
    let done = [&one, &other].iter().filter(|(status, _)| *status == StatusCode::OK).count();
    assert_eq!(done, 1, "{one:?} {other:?}");
    let roles = [role(&mia).await, role(&ana).await, role(&ben).await];
    assert_eq!(roles.iter().filter(|role| *role == "owner").count(), 1, "{roles:?}");
    assert_eq!(roles[0], "admin");
    site.stop().await;
}
