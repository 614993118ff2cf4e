//! People at other nodes, and what this node tells the others of its own.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Hub, State};
use crate::protocol::{ids::UserId, time::Timestamp};

/// Who is to come again does so after this long at the soonest: other nodes are heard meanwhile, of which more may have
/// been missed.
const AGAIN_FROM_MS: u64 = 200;

/// How somebody is at one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Nothing is done on any device there.
    #[serde(rename = "idle")]
    pub is_idle: bool,
    /// Connections; 0 for somebody who left a moment ago.
    pub connections: usize,
}

/// Everybody at other nodes.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    /// Node, person, how they are there.
    of_node: HashMap<String, HashMap<UserId, Standing>>,
    /// Whether there are other nodes at all.
    is_shared: bool,
    /// Those of this node of whom the others know something that is not so any more.
    news: HashSet<UserId>,
}

impl Elsewhere {
    fn standings(&self, person: UserId) -> impl Iterator<Item = &Standing> {
        self.of_node.values().filter_map(move |people| people.get(&person))
    }

    /// Whether somebody is online at another node, and if so, whether they do nothing there.
    pub(super) fn of(&self, person: UserId) -> Option<bool> {
        self.standings(person).map(|standing| standing.is_idle).reduce(|one, other| one && other)
    }

    /// Connections of somebody at other nodes.
    pub(super) fn connections(&self, person: UserId) -> usize {
        self.standings(person).map(|standing| standing.connections).sum()
    }

    /// Everybody at other nodes; who is at two, twice.
    pub(super) fn everybody(&self) -> impl Iterator<Item = UserId> {
        self.of_node.values().flat_map(|people| people.keys().copied())
    }

    /// The others are to hear how somebody is here.
    pub(super) fn note(&mut self, person: UserId) {
        if self.is_shared {
            self.news.insert(person);
        }
    }
}

impl Hub {
    /// From now on there are other nodes that want to know who is here.
    pub fn share(&self) {
        self.state().elsewhere.is_shared = true;
    }

    /// Waits until the others are to hear something: how people are here, `None` for who is gone.
    pub async fn standings_changed(&self) -> Vec<(UserId, Option<Standing>)> {
        loop {
            let changed = self.state().take_news();
            if !changed.is_empty() {
                return changed;
            }
            self.shared.moved.notified().await;
        }
    }

    /// How everybody is who is here. What [`Hub::standings_changed`] would have said before is in it.
    #[must_use]
    pub fn standings(&self) -> Vec<(UserId, Standing)> {
        let mut state = self.state();
        state.elsewhere.news.clear();
        let people = state.presence.everybody().collect::<Vec<_>>();
        people.into_iter().filter_map(|person| Some((person, state.standing_here(person)?))).collect()
    }

    /// Another node says how some people are there, `None` for who is gone.
    pub fn people_elsewhere(&self, node: &str, people: &[(UserId, Option<Standing>)]) {
        self.set_elsewhere(node, people.iter().copied(), self.shared.clock.now());
    }

    /// Another node says who is there, and how; nobody else is.
    pub fn everybody_elsewhere(&self, node: &str, people: &[(UserId, Standing)]) {
        self.replace_elsewhere(node, people, self.shared.clock.now());
    }

    /// Another node is gone, and was last heard at `since`; so is everybody who was only there.
    pub fn node_gone(&self, node: &str, since: Timestamp) {
        self.replace_elsewhere(node, &[], since);
        self.state().elsewhere.of_node.remove(node);
    }

    fn replace_elsewhere(&self, node: &str, people: &[(UserId, Standing)], since: Timestamp) {
        let known: Vec<UserId> =
            self.state().elsewhere.of_node.get(node).into_iter().flat_map(HashMap::keys).copied().collect();
        let named: HashSet<UserId> = people.iter().map(|(person, _)| *person).collect();
        let missing = known.into_iter().filter(|person| !named.contains(person)).map(|person| (person, None));
        let there = people.iter().map(|(person, standing)| (*person, Some(*standing)));
        self.set_elsewhere(node, there.chain(missing), since);
    }

    /// Who is gone by this was last seen at `since`.
    fn set_elsewhere(&self, node: &str, people: impl Iterator<Item = (UserId, Option<Standing>)>, since: Timestamp) {
        let now = self.shared.clock.now();
        let mut state = self.state();
        state.elsewhere.of_node.entry(node.to_owned()).or_default();
        for (person, standing) in people {
            state.is_elsewhere(node, person, standing, since, now);
        }
        drop(state);
        self.shared.departed.notify_one();
    }

    /// Something that others published did not come. Nothing before is replayed any more, and everybody is to come again
    /// and read what they show: spread, so that the database is not met by all of them at once.
    pub fn begin_again(&self) {
        let mut state = self.state();
        state.log.forget();
        state.send_away(AGAIN_FROM_MS);
    }

    /// People who are online at any node.
    #[must_use]
    pub fn people_at_all_nodes(&self) -> usize {
        let state = self.state();
        let elsewhere: HashSet<UserId> =
            state.elsewhere.everybody().filter(|it| !state.of_person.contains_key(it)).collect();
        state.of_person.len() + elsewhere.len()
    }
}

impl State {
    /// Whether somebody is online anywhere, and if so, whether they do nothing.
    pub(super) fn standing(&self, person: UserId) -> Option<bool> {
        let both = self.presence.of(person).into_iter().chain(self.elsewhere.of(person));
        both.reduce(|here, there| here && there)
    }

    fn standing_here(&self, person: UserId) -> Option<Standing> {
        let is_idle = self.presence.of(person)?;
        Some(Standing { is_idle, connections: self.of_person.get(&person).map_or(0, Vec::len) })
    }

    fn take_news(&mut self) -> Vec<(UserId, Option<Standing>)> {
        let news = std::mem::take(&mut self.elsewhere.news);
        news.into_iter().map(|person| (person, self.standing_here(person))).collect()
    }

    fn is_elsewhere(
        &mut self,
        node: &str,
        person: UserId,
        standing: Option<Standing>,
        since: Timestamp,
        now: Timestamp,
    ) {
        let before = self.standing(person);
        let Some(people) = self.elsewhere.of_node.get_mut(node) else { return };
        match standing {
            Some(standing) => drop(people.insert(person, standing)),
            None => drop(people.remove(&person)),
        }
        match self.standing(person) {
            after if after == before => {}
            Some(_) => self.tell_status(person, None, now),
            None => self.departed(person, since, now),
        }
    }
}
