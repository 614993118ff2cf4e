//! The job board, as posters and applicants have it: over REST and the native socket.

use hubbub::protocol::{
    commands::ClientCommand,
    events::ServerEvent,
    jobs::{Application, JobView, Stage},
    views::FeedKind,
};
use reqwest::{
    Method, StatusCode,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::site::{Person, Site};

fn potter() -> Value {
    json!({ "title": "Potter", "place": "Lisbon", "kind": "contract", "content": "Ask @ana about the kiln." })
}

async fn posted(person: &Person, form: Value) -> JobView {
    serde_json::from_value(person.done(Method::POST, "/api/jobs", Some(form)).await).unwrap()
}

async fn applied(person: &Person, job: &JobView, form: Value) -> Application {
    let path = format!("/api/jobs/{}/applications", job.job_id);
    serde_json::from_value(person.done(Method::POST, &path, Some(form)).await).unwrap()
}

async fn refused(person: &Person, method: Method, path: &str, body: Value) -> (StatusCode, String) {
    let (status, answer) = person.ask(method, path, Some(body)).await;
    (status, answer["field"].as_str().unwrap_or_default().to_owned())
}

async fn upload(person: &Person) -> Value {
    let file = Part::bytes(b"%PDF-1.7 a life".to_vec()).file_name("life.pdf");
    let form = Form::new().part("file", file);
    let answer = person.request(Method::POST, "/api/attachments").multipart(form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json().await.unwrap()
}

/// The stages of the applications that a tab was told of.
fn stages(events: &[ServerEvent]) -> Vec<Stage> {
    let told = events.iter().filter_map(|event| match event {
        ServerEvent::ApplicationUpdate(update) => Some(update.application.stage),
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn a_job_is_posted_found_changed_and_closed() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let job = posted(&ana, potter()).await;
    assert!(job.open && job.entities.len() == 1);
    let found = ben.done(Method::GET, "/api/jobs?q=kiln%20pot&kind=contract&place=lis", None).await;
    assert_eq!(found["items"][0]["job_id"], job.job_id.to_string());
    assert_eq!(ben.done(Method::GET, "/api/jobs?kind=volunteer", None).await["items"], json!([]));
    let path = format!("/api/jobs/{}", job.job_id);
    let change = json!({ "title": "Head potter", "place": "Porto", "kind": "full_time", "content": "More." });
    assert_eq!(refused(&ben, Method::PUT, &path, change.clone()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ana.done(Method::PUT, &path, Some(change)).await["title"], "Head potter");
    assert_eq!(ana.done(Method::POST, &format!("{path}/close"), None).await["open"], false);
    assert_eq!(ben.done(Method::GET, "/api/jobs", None).await["items"], json!([]));
    assert_eq!(ben.done(Method::GET, &path, None).await["open"], false);
    assert_eq!(ana.done(Method::POST, &format!("{path}/reopen"), None).await["open"], true);
    ana.done(Method::DELETE, &path, None).await;
    assert_eq!(ben.ask(Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    ana.done(Method::POST, &format!("{path}/restore"), None).await;
    ben.done(Method::GET, &path, None).await;
    site.stop().await;
}

/// Titles, whether open and whether deleted, of the jobs that a tab was told of.
fn told(events: &[ServerEvent]) -> Vec<(String, bool, bool)> {
    let jobs = events.iter().filter_map(|event| match event {
        ServerEvent::JobUpdate(update) => {
            assert!(update.job.mine.is_none() && update.job.application_count.is_none(), "the same for everybody");
            Some((update.job.title.clone(), update.job.open, update.deleted))
        }
        _ => None,
    });
    jobs.collect()
}

#[tokio::test]
async fn who_has_the_board_open_sees_each_change_unless_a_block_stands_between() {
    let site = Site::start().await;
    let (ana, ben, eve) = (site.person("ana").await, site.person("ben").await, site.person("eve").await);
    ana.done(Method::PUT, &format!("/api/blocks/{}", eve.id()), None).await;
    let (mut of_ben, mut of_eve, mut elsewhere) = (ben.connect().await, eve.connect().await, ben.connect().await);
    for tab in [&mut of_ben, &mut of_eve] {
        tab.command(ClientCommand::WatchFeed { feed: FeedKind::Everyone }).await;
    }
    let job = posted(&ana, potter()).await;
    let path = format!("/api/jobs/{}", job.job_id);
    let change = json!({ "title": "Head potter", "place": "Porto", "content": "More." });
    ana.done(Method::PUT, &path, Some(change)).await;
    ana.done(Method::POST, &format!("{path}/close"), None).await;
    ana.done(Method::DELETE, &path, None).await;
    ana.done(Method::POST, &format!("{path}/restore"), None).await;
    let head = |open, deleted| ("Head potter".to_owned(), open, deleted);
    let wanted = [
        ("Potter".to_owned(), true, false),
        head(true, false),
        head(false, false),
        head(false, true),
        head(false, false),
    ];
    let events = of_ben.so_far().await;
    assert_eq!(told(&events), wanted);
    let versions = events.iter().filter_map(|event| match event {
        ServerEvent::JobUpdate(update) => Some(update.job.version),
        _ => None,
    });
    assert!(versions.is_sorted_by(|one, next| one < next), "each is newer than the one before");
    assert_eq!(told(&of_eve.so_far().await), []);
    assert_eq!(told(&elsewhere.so_far().await), []);
    site.stop().await;
}

#[tokio::test]
async fn a_client_id_posts_one_job() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let mut form = potter();
    form["client_id"] = json!("3f1c9d2e-5b7a-4c1d-9e8f-0a1b2c3d4e5f");
    assert_eq!(posted(&ana, form.clone()).await.job_id, posted(&ana, form).await.job_id);
    site.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_job_is_told_by_field() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    for (field, value) in [
        ("title", json!(" ")),
        ("title", json!("x".repeat(121))),
        ("place", json!("")),
        ("content", json!("x".repeat(5_001))),
        ("closes_on", json!("soon")),
        ("closes_on", json!("2020-01-01")),
    ] {
        let mut form = potter();
        form[field] = value;
        let told = refused(&ana, Method::POST, "/api/jobs", form).await;
        assert_eq!(told, (StatusCode::UNPROCESSABLE_ENTITY, field.to_owned()));
    }
    assert_eq!(ana.ask(Method::GET, "/api/jobs?kind=nap", None).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    site.stop().await;
}

#[tokio::test]
async fn an_application_moves_before_the_eyes_of_both() {
    let site = Site::start().await;
    let (ana, ben, eve) = (site.person("ana").await, site.person("ben").await, site.person("eve").await);
    let job = posted(&ana, potter()).await;
    let (mut of_ana, mut of_ben, mut of_eve) = (ana.connect().await, ben.connect().await, eve.connect().await);
    let application = applied(&ben, &job, json!({ "note": "I make pots." })).await;
    let path = format!("/api/applications/{}", application.application_id);
    // Ben may look as often as he likes; it counts as viewed when Ana does.
    assert_eq!(ben.done(Method::GET, &path, None).await["stage"], "submitted");
    assert_eq!(ana.done(Method::GET, &path, None).await["stage"], "viewed");
    ana.done(Method::PATCH, &path, Some(json!({ "stage": "interview" }))).await;
    ana.done(Method::PATCH, &path, Some(json!({ "stage": "interview" }))).await;
    let last = ana.done(Method::PATCH, &path, Some(json!({ "stage": "accepted" }))).await;
    assert_eq!(last["steps"].as_array().unwrap().len(), 4);
    let moves = [Stage::Submitted, Stage::Viewed, Stage::Interview, Stage::Accepted];
    assert_eq!(stages(&of_ana.so_far().await), moves);
    assert_eq!(stages(&of_ben.so_far().await), moves);
    assert_eq!(stages(&of_eve.so_far().await), []);
    assert_eq!(eve.ask(Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    let list = format!("/api/jobs/{}/applications", job.job_id);
    assert_eq!(eve.ask(Method::GET, &list, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ana.done(Method::GET, &list, None).await["items"].as_array().unwrap().len(), 1);
    assert_eq!(ben.done(Method::GET, "/api/jobs?of=applied", None).await["items"][0]["mine"]["stage"], "accepted");
    site.stop().await;
}

#[tokio::test]
async fn only_the_right_person_takes_each_step() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let job = posted(&ana, potter()).await;
    let apply = format!("/api/jobs/{}/applications", job.job_id);
    assert_eq!(refused(&ana, Method::POST, &apply, json!({ "note": "Me" })).await.0, StatusCode::CONFLICT);
    assert_eq!(refused(&ben, Method::POST, &apply, json!({})).await, (StatusCode::UNPROCESSABLE_ENTITY, "note".into()));
    let application = applied(&ben, &job, json!({ "note": "Me" })).await;
    assert_eq!(refused(&ben, Method::POST, &apply, json!({ "note": "Me" })).await.0, StatusCode::CONFLICT);
    let path = format!("/api/applications/{}", application.application_id);
    let offer = json!({ "stage": "offer" });
    assert_eq!(refused(&ben, Method::PATCH, &path, offer.clone()).await.0, StatusCode::FORBIDDEN);
    let withdrawn = json!({ "stage": "withdrawn" });
    assert_eq!(
        refused(&ana, Method::PATCH, &path, withdrawn).await,
        (StatusCode::UNPROCESSABLE_ENTITY, "stage".into())
    );
    assert_eq!(ana.ask(Method::DELETE, &path, None).await.0, StatusCode::FORBIDDEN);
    // Who waits for an answer gets one before the job goes.
    let job_path = format!("/api/jobs/{}", job.job_id);
    assert_eq!(ana.ask(Method::DELETE, &job_path, None).await.0, StatusCode::CONFLICT);
    assert_eq!(ben.done(Method::DELETE, &path, None).await["stage"], "withdrawn");
    assert_eq!(refused(&ana, Method::PATCH, &path, offer).await.0, StatusCode::CONFLICT);
    ana.done(Method::POST, &format!("{job_path}/close"), None).await;
    assert_eq!(refused(&ben, Method::POST, &apply, json!({ "note": "Again" })).await.0, StatusCode::CONFLICT);
    ana.done(Method::DELETE, &job_path, None).await;
    site.stop().await;
}

#[tokio::test]
async fn the_file_of_an_application_is_for_both_and_goes_with_it() {
    let site = Site::start().await;
    let (ana, ben, eve) = (site.person("ana").await, site.person("ben").await, site.person("eve").await);
    let job = posted(&ana, potter()).await;
    let file = upload(&ben).await;
    let url = file["url"].as_str().unwrap().to_owned();
    assert_eq!(ana.ask(Method::GET, &url, None).await.0, StatusCode::NOT_FOUND);
    let application = applied(&ben, &job, json!({ "attachment": file["attachment_id"] })).await;
    assert_eq!(application.attachment.unwrap().name, "life.pdf");
    for (person, status) in [(&ana, StatusCode::OK), (&ben, StatusCode::OK), (&eve, StatusCode::NOT_FOUND)] {
        assert_eq!(person.request(Method::GET, &url).send().await.unwrap().status(), status);
    }
    // It is carried already: nothing else can carry it, and it cannot be thrown away beside the application.
    let discard = format!("/api/attachments/{}", file["attachment_id"].as_str().unwrap());
    assert_eq!(ben.ask(Method::DELETE, &discard, None).await.0, StatusCode::NOT_FOUND);
    let other = posted(&ana, potter()).await;
    let twice = json!({ "attachment": file["attachment_id"] });
    let told = refused(&ben, Method::POST, &format!("/api/jobs/{}/applications", other.job_id), twice).await;
    assert_eq!(told, (StatusCode::UNPROCESSABLE_ENTITY, "attachment".into()));
    let path = format!("/api/applications/{}", application.application_id);
    let withdrawn = ben.done(Method::DELETE, &path, None).await;
    assert!(withdrawn.get("attachment").is_none());
    assert_eq!(ana.request(Method::GET, &url).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    site.stop().await;
}

#[tokio::test]
async fn a_block_hides_the_jobs_of_both() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let job = posted(&ana, potter()).await;
    ana.done(Method::PUT, &format!("/api/blocks/{}", ben.id()), None).await;
    assert_eq!(ben.done(Method::GET, "/api/jobs", None).await["items"], json!([]));
    assert_eq!(ben.ask(Method::GET, &format!("/api/jobs/{}", job.job_id), None).await.0, StatusCode::NOT_FOUND);
    let apply = format!("/api/jobs/{}/applications", job.job_id);
    assert_eq!(refused(&ben, Method::POST, &apply, json!({ "note": "Me" })).await.0, StatusCode::NOT_FOUND);
    site.stop().await;
}

#[tokio::test]
async fn the_bell_tells_of_applications_and_their_steps() {
    let site = Site::start().await;
    let (ana, ben, eve) = (site.person("ana").await, site.person("ben").await, site.person("eve").await);
    let job = posted(&ana, potter()).await;
    let application = applied(&ben, &job, json!({ "note": "Me" })).await;
    let other = applied(&eve, &job, json!({ "note": "Me" })).await;
    let bell = |person: &Person| person.request(Method::GET, "/api/notifications");
    let of_ana: Value = bell(&ana).send().await.unwrap().json().await.unwrap();
    assert_eq!(of_ana["items"][0]["message"], "eve Example and ben Example applied to Potter");
    assert_eq!(of_ana["items"][0]["kind"], "job_application");
    ben.done(Method::DELETE, &format!("/api/applications/{}", application.application_id), None).await;
    let of_ana: Value = bell(&ana).send().await.unwrap().json().await.unwrap();
    assert_eq!(of_ana["items"][0]["message"], "eve Example applied to Potter");
    let path = format!("/api/applications/{}", other.application_id);
    for stage in ["viewed", "interview", "offer"] {
        ana.done(Method::PATCH, &path, Some(json!({ "stage": stage }))).await;
    }
    let of_eve: Value = bell(&eve).send().await.unwrap().json().await.unwrap();
    assert_eq!(of_eve["items"].as_array().unwrap().len(), 1);
    assert_eq!(of_eve["items"][0]["message"], "Your application for Potter is now: Offer");
    assert_eq!(of_eve["items"][0]["data"]["href"], format!("/jobs/{}", job.job_id));
    site.stop().await;
}
