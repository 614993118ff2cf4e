//! Three servers are restarted one after the other, round after round, while people talk, like and comment through nginx: nobody
//! is shown an error, nothing is lost, and every number is right. How long people were away is printed: a page says so after
//! two seconds.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::{
    Community,
    cluster::{Cluster, Part, Roads, Way},
    history::{Device, History},
    people::{Crowd, Habits, Phase, Stage},
    until_right,
};
use crate::{nginx::Nginx, site::PATIENCE};

const SERVERS: usize = 3;
/// People of one conversation, around one post.
const GROUP: usize = 10;
/// A page says that it is not connected after so long.
const BANNER: Duration = Duration::from_secs(2);
/// After so long nginx asks a server again that it left out: twice its `fail_timeout`.
const BACK: Duration = Duration::from_secs(4);
/// Communities that move in side by side, and are judged so.
const SIDE_BY_SIDE: usize = 12;

struct Scale {
    people: usize,
    rounds: usize,
    habits: Habits,
    /// Between two restarts.
    rest: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn rolling_restarts_are_not_noticed() {
    let habits = Habits { pace: Duration::from_secs(4), silence: Duration::from_secs(3) };
    roll(Scale { people: 60, rounds: 1, habits, rest: BACK }).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a quarter of an hour: cargo xtask test --long"]
async fn twenty_rolling_restarts_under_two_thousand_people_are_not_noticed() {
    let habits = Habits { pace: Duration::from_secs(20), silence: Duration::from_secs(10) };
    roll(Scale { people: 2_000, rounds: 20, habits, rest: BACK }).await;
}

/// A server whose database is away still answers: nginx passes on what it says, instead of leaving it out.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_by_the_site_and_not_by_nginx() {
    let Some(mut cluster) = Cluster::start(2, Roads::Direct, None, &[]).await else { return };
    let servers: Vec<SocketAddr> = cluster.nodes.iter().map(|node| node.addr).collect();
    let Some(nginx) = Nginx::before(&servers).await else { return };
    let community = Community::move_in(nginx.addr, 1..=1).await;
    let posts = || async {
        let request = community.http.get(format!("http://{}/api/posts", nginx.addr));
        let answer = request.bearer_auth(&community.people[0].access_token).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(posts().await.0, 200);
    cluster.strike(Part::Postgres, Way::Killed).await;
    for _ in 0..6 {
        let (status, said) = posts().await;
        assert_eq!(status, 503, "{said}");
        assert!(said.contains("unavailable"), "{said}");
    }
    cluster.mend(Part::Postgres, Way::Killed).await;
    let started = Instant::now();
    while posts().await.0 != 200 {
        assert!(started.elapsed() < PATIENCE, "the site does not come back");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(nginx.failures(), [""; 0], "nginx spoke for the servers");
}

async fn roll(scale: Scale) {
    let Some(mut cluster) = Cluster::start(SERVERS, Roads::Direct, None, &[]).await else { return };
    let servers: Vec<SocketAddr> = cluster.nodes.iter().map(|node| node.addr).collect();
    let Some(nginx) = Nginx::before(&servers).await else { return };
    let started = Instant::now();
    let settling = (0..scale.people / GROUP).map(|group| settle(group, &servers, nginx.addr, scale.habits));
    let settled: Vec<Stage> = stream::iter(settling).buffer_unordered(SIDE_BY_SIDE).collect().await;
    // That took minutes, and what follows takes nearly as long as an access token holds.
    let signing_in = settled.into_iter().map(Stage::signed_in_anew);
    let stages: Vec<Stage> = stream::iter(signing_in).buffer_unordered(SIDE_BY_SIDE).collect().await;
    eprintln!("{} people moved in within {:.0} s", scale.people, started.elapsed().as_secs_f32());
    let crowds: Vec<Crowd> = stages.into_iter().map(|stage| Crowd::come(Arc::new(stage))).collect();
    // Until the last of them has begun.
    sleep(scale.habits.pace + scale.rest).await;
    let started = Instant::now();
    for _ in 0..scale.rounds {
        for server in 0..SERVERS {
            cluster.renew(server).await;
            sleep(scale.rest).await;
        }
    }
    let lasted = started.elapsed();
    for crowd in &crowds {
        crowd.stage.phase.send_replace(Phase::LastWords);
    }
    let judging = crowds.into_iter().map(|crowd| async move {
        let judged = until_right(&crowd).await;
        crowd.go().await;
        judged
    });
    let judged: Vec<Result<History, String>> = stream::iter(judging).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let wrong: Vec<&str> = judged.iter().filter_map(|judged| judged.as_ref().err().map(String::as_str)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let histories: Vec<History> = judged.into_iter().flatten().collect();
    eprintln!("{} restarts in {:.0} s under {}", scale.rounds * SERVERS, lasted.as_secs_f32(), told(&histories));
    let mut kinds = BTreeMap::<&str, usize>::new();
    for failure in devices(&histories).flat_map(|device| &device.failures) {
        *kinds.entry(failure.rsplit(": ").next().unwrap_or_default()).or_default() += 1;
    }
    eprintln!("asked again: {kinds:?}");
    assert_eq!(nginx.failures(), [""; 0], "requests were cut");
}

/// A group of people, their conversation and their post.
async fn settle(group: usize, servers: &[SocketAddr], door: SocketAddr, habits: Habits) -> Stage {
    let first = group * (GROUP + 1);
    let community = Community::move_in(servers[group % SERVERS], first..=first + GROUP).await;
    community.stage(vec![door], servers.to_vec(), group, habits).await
}

fn devices(histories: &[History]) -> impl Iterator<Item = &Device> {
    histories.iter().flat_map(|history| &history.devices)
}

fn told(histories: &[History]) -> String {
    let people = devices(histories).count();
    let said: usize = devices(histories).map(|device| device.said.len()).sum();
    let failures: usize = devices(histories).map(|device| device.failures.len()).sum();
    let wait = histories.iter().map(History::longest_wait).max().unwrap_or_default().as_secs_f32();
    let mut away: Vec<Duration> = devices(histories).flat_map(|device| &device.away).copied().collect();
    away.sort_unstable();
    let at = |share: usize| away.get(away.len() * share / 100).or(away.last()).map_or(0.0, Duration::as_secs_f32);
    let banners = away.iter().filter(|away| **away > BANNER).count();
    format!(
        "{people} people: {said} messages, {wait:.1} s for an answer at the longest, {failures} requests that were asked again; \
         sent away {} times, for {:.2} s at the median, {:.2} s for 99 of 100, {:.2} s at the longest, {banners} times for \
         more than two",
        away.len(),
        at(50),
        at(99),
        at(100),
    )
}
