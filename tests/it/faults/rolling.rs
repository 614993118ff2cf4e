//! Three servers are restarted one after the other, round after round, while people talk, like and comment through nginx: nobody
//! is shown an error, nothing is lost, and every number is right. How long people were away is printed: a page says so after
//! two seconds.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::{
    Community,
    cluster::Cluster,
    history::{Device, History},
    people::{Crowd, Phase, Stage},
    until_right,
};
use crate::nginx::Nginx;

const SERVERS: usize = 3;
/// People of one conversation, around one post.
const GROUP: usize = 10;
/// A page says that it is not connected after so long.
const BANNER: Duration = Duration::from_secs(2);
/// After so long nginx asks a server again that it left out: twice its `fail_timeout`.
const BACK: Duration = Duration::from_secs(4);
/// Communities that move in side by side.
const SIDE_BY_SIDE: usize = 4;

struct Scale {
    people: usize,
    rounds: usize,
    pace: Duration,
    /// Between two restarts.
    rest: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn rolling_restarts_are_not_noticed() {
    let scale = Scale { people: 60, rounds: 1, pace: Duration::from_secs(4), rest: BACK };
    roll(scale).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a quarter of an hour: cargo xtask test --long"]
async fn twenty_rolling_restarts_under_two_thousand_people_are_not_noticed() {
    let scale = Scale { people: 2_000, rounds: 20, pace: Duration::from_secs(20), rest: BACK };
    roll(scale).await;
}

async fn roll(scale: Scale) {
    let Some(mut cluster) = Cluster::start(SERVERS, None, &[]).await else { return };
    let servers: Vec<SocketAddr> = cluster.nodes.iter().map(|node| node.addr).collect();
    let Some(nginx) = Nginx::before(&servers).await else { return };
    let settling = (0..scale.people / GROUP).map(|group| settle(group, &servers, nginx.addr, scale.pace));
    let stages: Vec<Arc<Stage>> = stream::iter(settling).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let crowds: Vec<Crowd> = stages.iter().map(|stage| Crowd::come(Arc::clone(stage))).collect();
    sleep(scale.rest).await;
    let started = Instant::now();
    for _ in 0..scale.rounds {
        for server in 0..SERVERS {
            cluster.renew(server).await;
            sleep(scale.rest).await;
        }
    }
    let lasted = started.elapsed();
    for stage in &stages {
        stage.phase.send_replace(Phase::LastWords);
    }
    let (mut histories, mut wrong) = (Vec::new(), Vec::new());
    for crowd in crowds {
        match until_right(&crowd).await {
            Ok(history) => histories.push(history),
            Err(faults) => wrong.push(faults),
        }
        crowd.go().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    eprintln!("{} restarts in {:.0} s under {}", scale.rounds * SERVERS, lasted.as_secs_f32(), told(&histories));
    let mut kinds = BTreeMap::<&str, usize>::new();
    for failure in devices(&histories).flat_map(|device| &device.failures) {
        *kinds.entry(failure.rsplit(": ").next().unwrap_or_default()).or_default() += 1;
    }
    eprintln!("asked again: {kinds:?}");
    assert_eq!(nginx.failures(), [""; 0], "requests were cut");
}

/// A group of people, their conversation and their post.
async fn settle(group: usize, servers: &[SocketAddr], door: SocketAddr, pace: Duration) -> Arc<Stage> {
    let first = group * (GROUP + 1);
    let community = Community::move_in(servers[group % SERVERS], first..=first + GROUP).await;
    community.stage(vec![door], servers.to_vec(), group, pace).await
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
