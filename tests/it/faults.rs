//! What three servers of one community stand on fails, and one of themselves, in every way, while people talk, like and
//! comment at all of them: what was acknowledged is there, once and in order, every number is right, and nobody is a ghost.
//!
//! How long each failure was felt is printed: `--nocapture` shows it.

mod away;
mod cluster;
mod history;
mod people;
mod rolling;

use std::{net::SocketAddr, ops::RangeInclusive, sync::Arc, time::Duration};

use away::Away;
use cluster::{Cluster, Part, Roads, VICTIM, Way};
use history::{Fault, History};
use hubbub::protocol::{ids::ConversationId, requests::SignedIn};
use people::{Crowd, Habits, Phase, Stage};
use reqwest::{Client as Http, Method};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    killed::{ask, register},
    mail::{Manner, Sink},
    site::PATIENCE,
    worker::rabbit::rabbit,
};

/// How much is done, and how long things fail.
#[derive(Clone, Copy)]
struct Scale {
    people: usize,
    habits: Habits,
    /// Before something fails.
    before: Duration,
    /// Longer than a server takes to notice that a link is dead.
    outage: Duration,
    /// People who get letters meanwhile, where letters travel.
    recipients: usize,
}

/// Browsers wait longer; the faults here are short.
const SILENCE: Duration = Duration::from_secs(3);

const SHORT: Scale = Scale {
    people: 6,
    habits: Habits { pace: Duration::from_millis(100), silence: SILENCE },
    before: Duration::from_millis(700),
    outage: Duration::from_millis(3_500),
    recipients: 4,
};

const LONG: Scale = Scale {
    people: 30,
    habits: Habits { pace: Duration::from_millis(200), silence: SILENCE },
    before: Duration::from_secs(5),
    outage: Duration::from_secs(20),
    recipients: 40,
};

/// Those who live through all of it.
struct Community {
    people: Vec<SignedIn>,
    http: Http,
}

impl Community {
    /// They are all connected with each other, so that each may know who is there.
    async fn move_in(at: SocketAddr, numbers: RangeInclusive<usize>) -> Self {
        let http = Http::builder().pool_max_idle_per_host(0).build().unwrap();
        let mut people: Vec<SignedIn> = Vec::new();
        for number in numbers {
            let newcomer = register(&http, at, number).await;
            for other in &people {
                for (one, another) in [(&newcomer, other), (other, &newcomer)] {
                    let url = format!("http://{at}/api/connections/{}", another.user.person.id);
                    ask(&http, one, Method::PUT, url, None).await;
                }
            }
            people.push(newcomer);
        }
        Self { people, http }
    }

    /// A conversation and a post for what happens next. People come in at `doors`, the `servers` are asked in the end.
    async fn stage(&self, doors: Vec<SocketAddr>, servers: Vec<SocketAddr>, number: usize, habits: Habits) -> Stage {
        let first = &self.people[0];
        let others: Vec<String> = self.people[1..].iter().map(|one| one.user.person.id.to_string()).collect();
        let form = json!({ "member_ids": others, "title": format!("Talk {number}") });
        let url = |path: &str| format!("http://{}/api/{path}", servers[0]);
        let begun = ask(&self.http, first, Method::POST, url("conversations"), Some(form)).await;
        let conversation: ConversationId = serde_json::from_value(begun["conversation_id"].clone()).unwrap();
        let form = json!({ "content": format!("Post {number}") });
        let post = ask(&self.http, first, Method::POST, url("posts"), Some(form)).await;
        Stage {
            doors,
            servers,
            people: self.people.clone(),
            conversation,
            post: serde_json::from_value(post["id"].clone()).unwrap(),
            habits,
            number,
            http: self.http.clone(),
            phase: watch::Sender::new(Phase::Busy),
        }
    }
}

/// Waits until nothing is wrong any more.
///
/// # Errors
/// What is wrong for good, or never becomes right.
async fn until_right(crowd: &Crowd) -> Result<History, String> {
    let started = Instant::now();
    loop {
        let history = if crowd.are_done() { crowd.history().await } else { None };
        let faults = history.as_ref().map(History::faults);
        let is_final = faults.iter().flatten().any(Fault::is_final);
        match history {
            Some(history) if faults.as_ref().is_some_and(Vec::is_empty) => return Ok(history),
            _ if is_final || started.elapsed() > PATIENCE * 4 => {
                let some: Vec<Fault> = faults.into_iter().flatten().take(9).collect();
                return Err(format!("all said and done: {}; {some:#?}", crowd.are_done()));
            }
            _ => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// One failure, from the first word to all being well.
///
/// # Errors
/// What is wrong afterwards.
async fn live_through(
    cluster: &mut Cluster<'_>,
    community: &Community,
    scale: Scale,
    cell: (usize, Part, Way),
) -> Result<(), String> {
    let (number, part, way) = cell;
    let stage = Arc::new(community.stage(cluster.doors(), cluster.doors(), number, scale.habits).await);
    let last = stage.people.len() - 1;
    let looks_in = stage.connect(stage.doors[VICTIM], last).await.unwrap();
    let crowd = Crowd::come(Arc::clone(&stage));
    sleep(scale.before).await;
    let failed = Instant::now();
    cluster.strike(part, way).await;
    drop(looks_in);
    if way != Way::Restarted {
        sleep(scale.outage).await;
    }
    cluster.mend(part, way).await;
    let (mended, outage) = (Instant::now(), failed.elapsed());
    stage.phase.send_replace(Phase::LastWords);
    let judged = until_right(&crowd).await;
    let (right, outage) = (mended.elapsed().as_secs_f32(), outage.as_secs_f32());
    crowd.go().await;
    let history = judged.map_err(|faults| format!("{part:?} {way:?}: {faults}"))?;
    let (connections, reloads) = history.connections_and_reloads();
    let said: usize = history.devices.iter().map(|device| device.said.len()).sum();
    let (wait, people) = (history.longest_wait().as_secs_f32(), history.devices.len());
    eprintln!(
        "{part:?} {way:?} for {outage:.1} s: {said} messages, {wait:.1} s for an answer at the longest; all right \
         {right:.1} s after; {people} people connected {connections} times and were told {reloads} times to read anew"
    );
    Ok(())
}

/// A part fails in every way, one after the other.
async fn matrix(part: Part, scale: Scale) {
    let broker = match part {
        Part::RabbitMq => {
            let Some(broker) = rabbit() else { return };
            Some(broker)
        }
        _ => None,
    };
    let turn = match &broker {
        Some(broker) => Some(broker.turn().await),
        None => None,
    };
    let sink = Sink::start(Manner::Takes).await;
    let more = [("SMTP_URL", sink.url.clone()), ("HUBBUB_EMAIL_AFTER_S", "1".to_owned())];
    let Some(mut cluster) = Cluster::start(3, Roads::CanBeCut, turn, &more).await else { return };
    let community = Community::move_in(cluster.nodes[0].door, 0..=scale.people).await;
    let recipients = if part == Part::RabbitMq { scale.recipients * Way::ALL.len() } else { 0 };
    let away = Away::move_in(&cluster, sink, recipients).await;
    let mut wrong = Vec::new();
    for (number, way) in Way::ALL.into_iter().enumerate() {
        // What happened just before is in the hands of what fails.
        let share = recipients / Way::ALL.len();
        away.hear(&cluster, &community.people[0], number * share..(number + 1) * share).await;
        wrong.extend(live_through(&mut cluster, &community, scale, (number, part, way)).await.err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(away.every_letter_arrived().await, 0, "nobody gets the same twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_fails_in_every_way_and_all_is_right_when_it_is_back() {
    matrix(Part::Redis, SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_fails_in_every_way_and_all_is_right_when_it_is_back() {
    matrix(Part::Postgres, SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_fails_in_every_way_and_nobody_notices_and_every_letter_comes_once() {
    matrix(Part::RabbitMq, SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_fails_in_every_way_and_its_people_go_on_at_the_others() {
    matrix(Part::Node, SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a quarter of an hour: cargo xtask test --long"]
async fn everything_fails_in_every_way_for_long() {
    for part in [Part::Redis, Part::Postgres, Part::RabbitMq, Part::Node] {
        matrix(part, LONG).await;
    }
}
