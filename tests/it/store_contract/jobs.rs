//! What every store must do with jobs and applications.

use hubbub::{
    protocol::{
        ids::{ApplicationId, JobId, UserId},
        jobs::{JobKind, JobSearch, JobView, JobsOf, Stage},
    },
    server::domain::ports::{ApplicationRecord, JobRecord, JobText, StoreError},
};

use crate::store::{SETTINGS, World, at};

contract! {
    a_job_comes_back_as_it_was_posted
    a_job_is_found_by_every_word_its_kind_and_its_place
    closed_and_past_jobs_are_only_in_the_list_of_their_poster
    whom_a_block_parts_do_not_find_each_others_jobs
    lists_of_jobs_page_by_id
    an_application_keeps_its_steps_and_is_counted
    one_person_applies_once
    a_withdrawn_application_is_forgotten_and_can_come_back
    purged_jobs_take_their_applications_along
}

fn text(title: &str, place: &str, kind: JobKind) -> JobText {
    let content = format!("{title}, paid fairly");
    JobText { title: title.to_owned(), place: place.to_owned(), kind, content, entities: Vec::new(), closing: None }
}

async fn post(world: &World, poster: UserId, text: JobText) -> JobId {
    let id = JobId::new(world.next());
    let mut tx = world.begin().await;
    tx.insert_job(&JobRecord { id, poster, text, created_at: at(1), client_id: None }).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn apply(world: &World, job: JobId, applicant: UserId) -> ApplicationId {
    let id = ApplicationId::new(world.next());
    let mut tx = world.begin().await;
    let application = ApplicationRecord { id, job, applicant, note: "Me!".to_owned(), created_at: at(2) };
    tx.insert_application(&application).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn list(world: &World, viewer: UserId, search: JobSearch) -> Vec<JobView> {
    world.read().await.jobs(viewer, &search, at(10), None, 50).await.unwrap()
}

fn ids(jobs: &[JobView]) -> Vec<JobId> {
    jobs.iter().map(|job| job.job_id).collect()
}

async fn a_job_comes_back_as_it_was_posted(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let closing = Some(("2026-12-31".to_owned(), at(50)));
    let id = post(&world, mia, JobText { closing, ..text("Potter", "Lisbon", JobKind::Contract) }).await;
    let seen = world.read().await.job(id, ben, at(10)).await.unwrap().unwrap();
    assert_eq!((seen.title.as_str(), seen.place.as_str(), seen.kind), ("Potter", "Lisbon", JobKind::Contract));
    assert_eq!((seen.closes_on.as_deref(), seen.open, seen.version), (Some("2026-12-31"), true, 1));
    assert_eq!((seen.user_id, seen.application_count, seen.mine), (mia, None, None));
    assert_eq!(world.read().await.job(id, mia, at(50)).await.unwrap().unwrap().application_count, Some(0));
    assert!(!world.read().await.job(id, mia, at(50)).await.unwrap().unwrap().open);

    let mut tx = world.begin().await;
    tx.update_job(id, &text("Senior potter", "Porto", JobKind::FullTime), at(3)).await.unwrap();
    tx.commit().await.unwrap();
    let seen = world.read().await.job(id, ben, at(60)).await.unwrap().unwrap();
    assert_eq!((seen.title.as_str(), seen.closes_on, seen.open, seen.version), ("Senior potter", None, true, 2));
    assert_eq!(seen.edited_at, Some(at(3)));
    let found = JobSearch { query: "senior".to_owned(), ..JobSearch::default() };
    assert_eq!(ids(&list(&world, ben, found).await), [id]);
}

async fn a_job_is_found_by_every_word_its_kind_and_its_place(world: World) {
    let mia = world.person("mia").await;
    let potter = post(&world, mia, text("José’s potter", "Lisbon, Alfama", JobKind::Contract)).await;
    let baker = post(&world, mia, text("Baker", "Porto", JobKind::FullTime)).await;
    let find = |query: &str, kind: Option<JobKind>, place: &str| {
        let search = JobSearch { of: JobsOf::Open, query: query.to_owned(), kind, place: place.to_owned() };
        let world = &world;
        async move { ids(&list(world, mia, search).await) }
    };
    assert_eq!(find("", None, "").await, [baker, potter]);
    assert_eq!(find("FAIRLY jose", None, "").await, [potter]);
    assert_eq!(find("fairly nowhere", None, "").await, [] as [JobId; 0]);
    assert_eq!(find("", Some(JobKind::FullTime), "").await, [baker]);
    assert_eq!(find("paid", None, "alfama").await, [potter]);
    assert_eq!(find("%", None, "").await, [] as [JobId; 0]);
}

async fn closed_and_past_jobs_are_only_in_the_list_of_their_poster(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let open = post(&world, mia, text("Open", "Here", JobKind::FullTime)).await;
    let past = JobText { closing: Some(("2026-01-01".to_owned(), at(10))), ..text("Past", "Here", JobKind::FullTime) };
    let past = post(&world, mia, past).await;
    let closed = post(&world, mia, text("Closed", "Here", JobKind::FullTime)).await;
    let gone = post(&world, mia, text("Gone", "Here", JobKind::FullTime)).await;
    let applied = apply(&world, closed, ben).await;
    let mut tx = world.begin().await;
    assert_eq!(tx.count_open_jobs(mia, at(10)).await.unwrap(), 3);
    tx.set_job_closed(closed, Some(at(4))).await.unwrap();
    tx.set_job_deleted(gone, Some(at(4))).await.unwrap();
    assert_eq!(tx.count_open_jobs(mia, at(10)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let of = |of| JobSearch { of, ..JobSearch::default() };
    assert_eq!(ids(&list(&world, ben, of(JobsOf::Open)).await), [open]);
    assert_eq!(ids(&list(&world, mia, of(JobsOf::Mine)).await), [closed, past, open]);
    let mine = list(&world, ben, of(JobsOf::Applied)).await;
    assert_eq!(ids(&mine), [closed]);
    assert_eq!(mine[0].mine.map(|mine| (mine.application_id, mine.stage)), Some((applied, Stage::Submitted)));
    assert!(!mine[0].open);
}

async fn whom_a_block_parts_do_not_find_each_others_jobs(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let of_mia = post(&world, mia, text("Hers", "Here", JobKind::FullTime)).await;
    let of_ben = post(&world, ben, text("His", "Here", JobKind::FullTime)).await;
    let mut tx = world.begin().await;
    tx.set_block(mia, ben, true, at(3)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids(&list(&world, ben, JobSearch::default()).await), [of_ben]);
    assert_eq!(ids(&list(&world, mia, JobSearch::default()).await), [of_mia]);
    for (job, viewer, blocked) in [(of_mia, ben, true), (of_ben, mia, true), (of_mia, mia, false)] {
        assert_eq!(world.read().await.job_facts(job, viewer).await.unwrap().unwrap().relation.blocked, blocked);
    }
}

async fn lists_of_jobs_page_by_id(world: World) {
    let mia = world.person("mia").await;
    let mut posted = Vec::new();
    for place in 0..5 {
        posted.insert(0, post(&world, mia, text(&format!("Job {place}"), "Here", JobKind::FullTime)).await);
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = world.read().await.jobs(mia, &JobSearch::default(), at(10), before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.job_id);
        seen.extend(ids(&page));
    }
    assert_eq!(seen, posted);
}

async fn an_application_keeps_its_steps_and_is_counted(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let job = post(&world, mia, text("Potter", "Lisbon", JobKind::FullTime)).await;
    let id = apply(&world, job, ben).await;
    let mut tx = world.begin().await;
    assert_eq!(tx.job_facts(job, mia).await.unwrap().unwrap().waiting, 1);
    tx.set_stage(id, Stage::Viewed, at(3)).await.unwrap();
    tx.set_stage(id, Stage::Accepted, at(4)).await.unwrap();
    assert_eq!(tx.job_facts(job, mia).await.unwrap().unwrap().waiting, 0);
    tx.commit().await.unwrap();
    let seen = world.read().await.application(id).await.unwrap().unwrap();
    let steps = seen.steps.iter().map(|step| (step.stage, step.timestamp)).collect::<Vec<_>>();
    assert_eq!(steps, [(Stage::Submitted, at(2)), (Stage::Viewed, at(3)), (Stage::Accepted, at(4))]);
    assert_eq!((seen.stage, seen.version, seen.note.as_str()), (Stage::Accepted, 3, "Me!"));
    assert_eq!((seen.user_id, seen.poster.id, seen.job_title.as_str()), (ben, mia, "Potter"));
    let listed = world.read().await.applications(job, None, 10).await.unwrap();
    assert_eq!(listed, [seen]);
    assert_eq!(world.read().await.job(job, mia, at(9)).await.unwrap().unwrap().application_count, Some(1));
}

async fn one_person_applies_once(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let job = post(&world, mia, text("Potter", "Lisbon", JobKind::FullTime)).await;
    let first = apply(&world, job, ben).await;
    let again = ApplicationRecord {
        id: ApplicationId::new(world.next()),
        job,
        applicant: ben,
        note: "Again".to_owned(),
        created_at: at(3),
    };
    let mut tx = world.begin().await;
    let refused = tx.insert_application(&again).await.unwrap_err();
    assert!(matches!(refused, StoreError::Taken("applicant")), "{refused:?}");
    drop(tx);
    let facts = world.read().await.application_of(job, ben).await.unwrap().unwrap();
    assert_eq!((facts.id, facts.poster, facts.stage), (first, mia, Stage::Submitted));
    assert_eq!(world.read().await.application_of(job, mia).await.unwrap(), None);
}

async fn a_withdrawn_application_is_forgotten_and_can_come_back(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let job = post(&world, mia, text("Potter", "Lisbon", JobKind::FullTime)).await;
    let id = apply(&world, job, ben).await;
    let mut tx = world.begin().await;
    assert_eq!(tx.withdraw_application(id, at(3)).await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.application(id).await.unwrap().unwrap().note, "");
    assert_eq!(world.read().await.applications(job, None, 10).await.unwrap(), []);
    assert_eq!(world.read().await.job(job, mia, at(9)).await.unwrap().unwrap().application_count, Some(0));
    let mut tx = world.begin().await;
    tx.renew_application(id, "Now", at(4)).await.unwrap();
    tx.commit().await.unwrap();
    let seen = world.read().await.application(id).await.unwrap().unwrap();
    let stages = seen.steps.iter().map(|step| step.stage).collect::<Vec<_>>();
    assert_eq!(stages, [Stage::Submitted, Stage::Withdrawn, Stage::Submitted]);
    assert_eq!((seen.note.as_str(), seen.stage), ("Now", Stage::Submitted));
    assert_eq!(world.read().await.job(job, mia, at(9)).await.unwrap().unwrap().application_count, Some(1));
}

async fn purged_jobs_take_their_applications_along(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let gone = post(&world, mia, text("Gone", "Here", JobKind::FullTime)).await;
    let kept = post(&world, mia, text("Kept", "Here", JobKind::FullTime)).await;
    let (lost, stays) = (apply(&world, gone, ben).await, apply(&world, kept, ben).await);
    let mut tx = world.begin().await;
    tx.set_job_deleted(gone, Some(at(5))).await.unwrap();
    assert_eq!(tx.purge_jobs(at(5), 10).await.unwrap(), 0);
    assert_eq!(tx.purge_jobs(at(6), 10).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.application(lost).await.unwrap(), None);
    assert!(world.read().await.application(stays).await.unwrap().is_some());
    assert_eq!(world.read().await.job_facts(gone, mia).await.unwrap(), None);
}
