//! People who are away: what happens to them reaches them by letter and push, through RabbitMQ and workers, once.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use hubbub::{
    protocol::{requests::SignedIn, time::Timestamp},
    server::{
        domain::ports::{ErrandKind, Store},
        jobs::rabbitmq::{dead_line, line},
        store,
        tasks::Tasks,
    },
};
use reqwest::{Client as Http, Method};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::cluster::{Cluster, Roads};
use crate::{
    killed::{ask, register},
    mail::{Manner, Sink},
    push_service::{Browser, Service},
    site::PATIENCE,
    worker::{SIDE_BY_SIDE, rabbit::rabbit},
};

/// The number of the first of them; those who are there have lower ones.
const FIRST: usize = 1_000;

fn address(number: usize) -> String {
    format!("p{}@example.org", FIRST + number)
}

/// People who are away and want letters.
pub struct Away {
    pub sink: Sink,
    pub people: Vec<SignedIn>,
    http: Http,
    store: Arc<dyn Store>,
    _tasks: Tasks,
}

impl Away {
    /// They register, and their addresses are known to be theirs.
    pub async fn move_in(cluster: &Cluster<'_>, sink: Sink, count: usize) -> Self {
        let (http, tasks) = (Http::builder().pool_max_idle_per_host(0).build().unwrap(), Tasks::new());
        let store = store::join(&cluster.database_url(), crate::store::SETTINGS, &tasks).await.unwrap().unwrap();
        let mut people = Vec::new();
        for number in 0..count {
            let one = register(&http, cluster.nodes[0].door, FIRST + number).await;
            let mut tx = store.begin().await.unwrap();
            tx.confirm_email(one.user.person.id, Timestamp::from_millis(1)).await.unwrap();
            tx.commit().await.unwrap();
            people.push(one);
        }
        Self { sink, people, http, store, _tasks: tasks }
    }

    /// Something happens to each of these that they get a letter about.
    pub async fn hear(&self, cluster: &Cluster<'_>, from: &SignedIn, which: Range<usize>) {
        for (node, one) in which.clone().zip(&self.people[which]) {
            // Each server has something to hand over.
            let at = cluster.nodes[node % cluster.nodes.len()].door;
            let form = json!({ "content": "A new glaze" });
            let post = ask(&self.http, one, Method::POST, format!("http://{at}/api/posts"), Some(form)).await;
            let url = format!("http://{at}/api/posts/{}/comments", post["id"].as_str().unwrap());
            ask(&self.http, from, Method::POST, url, Some(json!({ "content": "Which clay?" }))).await;
        }
    }

    /// Waits until everybody has their letter. How many came once more, as the same letter: whoever sent them did not hear
    /// that they were taken.
    pub async fn every_letter_arrived(&self) -> usize {
        let started = Instant::now();
        let letters = loop {
            let letters = self.letters();
            if letters.len() == self.people.len() {
                break letters;
            }
            assert!(started.elapsed() < PATIENCE * 9, "{} of {} letters came", letters.len(), self.people.len());
            sleep(Duration::from_millis(100)).await;
        };
        for (recipient, ids) in &letters {
            assert!(ids.iter().all(|id| *id == ids[0]), "{recipient} got different letters");
        }
        if !letters.is_empty() {
            eprintln!("{} letters: the last one came {:.1} s later", letters.len(), started.elapsed().as_secs_f32());
        }
        letters.values().map(|ids| ids.len() - 1).sum()
    }

    /// The ids of the letters that each got about what happened.
    fn letters(&self) -> BTreeMap<String, Vec<String>> {
        let recipients: BTreeSet<String> = (0..self.people.len()).map(address).collect();
        let mut letters = BTreeMap::<String, Vec<String>>::new();
        for letter in self.sink.taken() {
            // The first that everybody gets leads to who they are.
            if recipients.contains(&letter.to) && !letter.text.contains("Subject: Confirm your address") {
                letters.entry(letter.to).or_default().push(letter.id);
            }
        }
        letters
    }

    async fn is_something_to_do(&self) -> bool {
        let mut read = self.store.read().await.unwrap();
        read.outbox_depth().await.unwrap().0 > 0 || read.letter_due().await.unwrap().is_some()
    }
}

/// How many pushes each device took.
fn pushes(service: &Service, browser: &Browser) -> usize {
    let taken = service.taken.lock();
    assert!(taken.iter().all(|(_, body)| browser.open(body).contains("Which clay?")));
    taken.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_and_two_workers_deliver_everything_once_though_one_of_them_dies() {
    const PEOPLE: usize = 32;
    let Some(broker) = rabbit() else { return };
    let (service, browser) = (Service::start().await, Browser::new());
    // Slow enough that a worker is killed with its hands full.
    let sink = Sink::start(Manner::IsSlow(Duration::from_millis(150))).await;
    let environment = [
        ("SMTP_URL", sink.url.clone()),
        ("HUBBUB_EMAIL_AFTER_S", "1".to_owned()),
        ("HUBBUB_SERVE_DELIVERS", "no".to_owned()),
        ("HUBBUB_PUSH_ALLOW_LOCAL", service.origin.clone()),
    ];
    let Some(cluster) = Cluster::start(2, Roads::CanBeCut, Some(broker.turn().await), &environment).await else {
        return;
    };
    let away = Away::move_in(&cluster, sink, PEOPLE).await;
    let at = cluster.nodes[0].door;
    for (number, one) in away.people.iter().enumerate() {
        let device = browser.subscription(&format!("{}/push/{number}", service.origin));
        ask(&away.http, one, Method::POST, format!("http://{at}/api/push/subscriptions"), Some(device)).await;
    }
    let ana = register(&away.http, at, 0).await;
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let (doomed, other) = (cluster.worker(folders[0].path()), cluster.worker(folders[1].path()));
    away.hear(&cluster, &ana, 0..PEOPLE).await;
    let started = Instant::now();
    while away.letters().len() < PEOPLE / 4 {
        assert!(started.elapsed() < PATIENCE * 3, "no letters flow");
        sleep(Duration::from_millis(20)).await;
    }
    doomed.kill();
    let heir = cluster.worker(folders[2].path());
    // What the dead one had in hand is claimed anew when its claims have ended.
    let letters = away.every_letter_arrived().await;
    let lines = ErrandKind::ALL.into_iter().flat_map(|kind| [line(kind), dead_line(kind)]);
    for line in lines {
        while cluster.depth(line).await > 0 {
            assert!(started.elapsed() < PATIENCE * 9, "{line} is never empty");
            sleep(Duration::from_millis(100)).await;
        }
    }
    while away.is_something_to_do().await || pushes(&service, &browser) < PEOPLE {
        assert!(started.elapsed() < PATIENCE * 9, "there is always something to do");
        sleep(Duration::from_millis(100)).await;
    }
    let pushed = pushes(&service, &browser) - PEOPLE;
    eprintln!("a worker of two killed: {letters} of {PEOPLE} letters and {pushed} of {PEOPLE} pushes came twice");
    assert!(letters <= SIDE_BY_SIDE && pushed <= SIDE_BY_SIDE, "{letters} letters and {pushed} pushes came twice");
    assert_eq!((heir.stop().await, other.stop().await), (Some(0), Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_servers_send_everybody_their_day_once() {
    const PEOPLE: usize = 30;
    let sink = Sink::start(Manner::Takes).await;
    let Some(cluster) = Cluster::start(3, Roads::CanBeCut, None, &[("SMTP_URL", sink.url.clone())]).await else {
        return;
    };
    let away = Away::move_in(&cluster, sink, PEOPLE).await;
    let at = cluster.nodes[0].door;
    for one in &away.people {
        let url = format!("http://{at}/api/me/notification-preferences");
        let mut wishes = ask(&away.http, one, Method::GET, url.clone(), None).await;
        wishes["kinds"] = json!([{ "kind": "comment", "in_app": true, "push": false, "email": "daily" }]);
        ask(&away.http, one, Method::PUT, url, Some(wishes)).await;
    }
    let ana = register(&away.http, at, 0).await;
    away.hear(&cluster, &ana, 0..PEOPLE).await;
    cluster.end_the_day(PEOPLE).await;
    assert_eq!(away.every_letter_arrived().await, 0, "nobody gets the same twice");
    let days = away.sink.taken().into_iter().filter(|letter| letter.text.contains("Subject: Your day")).count();
    assert_eq!(days, PEOPLE);
}
