//! The bell of the demo: what concerned the one who signs in, most of it seen.

use std::collections::HashSet;

use super::ago;
use crate::{
    protocol::{
        ids::{NotificationId, UserId},
        time::Timestamp,
        views::{Entity, EntityKind},
    },
    server::domain::{
        Ports, Raise,
        ports::{MessagesRecord, StoreError, Tx},
    },
};

/// When they last looked, in minutes before now.
const LOOKED_AGO_MIN: u64 = 180;

/// What concerns somebody.
enum Noted {
    /// One thing that was done.
    Thing(Box<Raise>),
    /// What they have not read of a conversation; its id is yet to be given.
    Messages(Box<MessagesRecord>),
}

/// What concerns anybody, as it is written.
#[derive(Default)]
pub struct Bell {
    noted: Vec<(Timestamp, Noted)>,
}

impl Bell {
    /// Something happened that concerns somebody.
    pub fn note(&mut self, at: Timestamp, raise: Raise) {
        if raise.actor != Some(raise.recipient) {
            self.noted.push((at, Noted::Thing(Box::new(raise))));
        }
    }

    /// Somebody has not read all of a conversation.
    pub fn note_messages(&mut self, messages: MessagesRecord) {
        self.noted.push((messages.at, Noted::Messages(Box::new(messages))));
    }

    /// Raises what concerns `owner`, in the order in which it happened. Somewhere on the way they look at all of it.
    pub async fn ring(self, owner: UserId, now: Timestamp, ports: &Ports, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let looked = ago(now, LOOKED_AGO_MIN);
        let mut noted = self.noted;
        // Of what is told of one thing, what was noted first counts: the sort keeps it first.
        noted.sort_by_key(|(at, _)| *at);
        let mut has_looked = false;
        let mut told = HashSet::new();
        tx.hold_bell(owner).await?;
        for (at, noted) in noted {
            if at > looked && !has_looked {
                tx.read_all(owner, looked).await?;
                has_looked = true;
            }
            let id = NotificationId::new(ports.ids.next(at));
            let changed = match noted {
                Noted::Thing(raise) if raise.recipient == owner && told.insert(raise.thing.clone()) => {
                    tx.raise(&raise.record(id, true, at)).await?
                }
                Noted::Messages(messages) if messages.recipient == owner => {
                    tx.raise_messages(&MessagesRecord { id, ..*messages }).await?
                }
                Noted::Thing(_) | Noted::Messages(_) => None,
            };
            if let Some(changed) = changed {
                tx.tell(changed.id, at).await?;
            }
        }
        Ok(())
    }
}

/// The usernames that a text names.
#[must_use]
pub fn named(entities: &[Entity]) -> Vec<String> {
    let name = |entity: &Entity| match &entity.kind {
        EntityKind::Mention { username } => Some(username.clone()),
        _ => None,
    };
    entities.iter().filter_map(name).collect()
}
