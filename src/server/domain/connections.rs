//! Connections: two people who both agreed.

use super::{
    Actor, Domain,
    audience::{Sight, Surface, may_see},
    errors::{DomainError, Result},
    notifications::raising::Raise,
    outcome::Publication,
    ports::{ConnectionRecord, Tx},
    validation::{cut, page_size},
};
use crate::protocol::{
    events::{ConnectionEvent, ConnectionUpdate, ServerEvent, SightUpdate},
    ids::{ConnectionRequestId, UserId},
    limits::{CONNECTION_ASK_AGAIN_MS, CONNECTION_REQUESTS_MAX, CONNECTIONS_MAX, UNDO_WINDOW_MS},
    notifications::Occasion,
    requests::ConnectionWish,
    time::Timestamp,
    views::{ConnectionState, ConnectionView, Page, PersonItem, WaitingRequests},
};

/// What happens between two people, as the one who acts sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ask,
    Accept,
    Decline,
    Withdraw,
    Remove,
    Restore,
}

impl Step {
    /// How far the one who acts is afterwards.
    const fn state(self) -> ConnectionState {
        match self {
            Self::Ask => ConnectionState::Requested,
            Self::Accept | Self::Restore => ConnectionState::Connected,
            Self::Decline | Self::Withdraw | Self::Remove => ConnectionState::None,
        }
    }

    /// How far the other one is afterwards.
    const fn other_state(self) -> ConnectionState {
        match self {
            Self::Ask => ConnectionState::Asked,
            other => other.state(),
        }
    }

    /// Whether what they may see of each other changes.
    const fn opens_or_closes(self) -> bool {
        matches!(self, Self::Accept | Self::Remove | Self::Restore)
    }
}

/// What is to happen when somebody who is this far wishes this; `None` when it is so already.
fn step(state: ConnectionState, wish: ConnectionWish) -> Result<Option<Step>> {
    use ConnectionState::{Asked, Connected, None as Apart, Requested};
    let gone = "This request is no longer there.";
    Ok(match (wish, state) {
        (ConnectionWish::Ask, Apart) => Some(Step::Ask),
        (ConnectionWish::Ask | ConnectionWish::Accept, Asked) => Some(Step::Accept),
        (ConnectionWish::Accept, Apart | Requested) => return Err(DomainError::conflict("user_id", gone)),
        (ConnectionWish::Decline | ConnectionWish::End, Asked) => Some(Step::Decline),
        (ConnectionWish::Withdraw | ConnectionWish::End, Requested) => Some(Step::Withdraw),
        (ConnectionWish::Remove | ConnectionWish::End, Connected) => Some(Step::Remove),
        (ConnectionWish::Decline | ConnectionWish::Withdraw, Connected) => {
            return Err(DomainError::conflict("user_id", "You are connected by now."));
        }
        (ConnectionWish::Restore, Apart) => Some(Step::Restore),
        (ConnectionWish::Ask, Requested | Connected)
        | (ConnectionWish::Accept | ConnectionWish::Restore, Connected)
        | (ConnectionWish::Restore, Requested | Asked)
        | (ConnectionWish::Decline, Apart | Requested)
        | (ConnectionWish::Withdraw, Apart | Asked)
        | (ConnectionWish::Remove, Apart | Requested | Asked)
        | (ConnectionWish::End, Apart) => None,
    })
}

impl Domain {
    /// Asks somebody to connect, or answers, withdraws or ends, as `wish` says; doing it again changes nothing. How far
    /// the asker is with them now.
    ///
    /// # Errors
    /// When there is no such person whom the asker may reach, it is oneself, there are too many, they declined less than
    /// a week ago, or what is answered is no longer there.
    pub async fn change_connection(
        &self,
        actor: &Actor,
        other: UserId,
        wish: ConnectionWish,
    ) -> Result<ConnectionView> {
        if other == actor.user_id {
            return Err(DomainError::invalid("user_id", "You cannot connect with yourself."));
        }
        let mut tx = self.ports.store.begin().await?;
        tx.hold_connections(actor.user_id, other).await?;
        let relation = tx.relation(actor.user_id, other).await?.ok_or(DomainError::NotFound("This person"))?;
        let mine = tx.connection(actor.user_id, other).await?;
        let state = mine.map_or(ConnectionState::None, |mine| mine.state);
        let Some(step) = step(state, wish)? else {
            tx.commit().await?;
            return Ok(mine.map(ConnectionView::from).unwrap_or_default());
        };
        if matches!(step, Step::Ask | Step::Accept | Step::Restore) && !may_see(&relation, Surface::Contact) {
            return Err(DomainError::NotFound("This person"));
        }
        check(&mut *tx, actor.user_id, other, step, mine, self.now()).await?;
        let request_id = match (step, mine) {
            (Step::Ask, _) | (_, None) => ConnectionRequestId::new(self.next_id()),
            (_, Some(mine)) => mine.request_id,
        };
        let view = self.take_step(&mut *tx, actor.user_id, other, step, request_id).await?;
        let mut news = self.connection_news(&mut *tx, actor.user_id, other, step).await?;
        if step.opens_or_closes() {
            end_private_follows(&mut *tx, actor.user_id, other).await?;
            news.extend(self.sight_news(&mut *tx, actor.user_id, other).await?);
        }
        self.raise_step(&mut *tx, actor.user_id, other, step, request_id).await?;
        tx.commit().await?;
        self.kick();
        self.publish(news).await;
        Ok(view)
    }

    /// What a step is in the bells of both: a request stands there until it is answered or withdrawn.
    async fn raise_step(
        &self,
        tx: &mut (dyn Tx + '_),
        actor: UserId,
        other: UserId,
        step: Step,
        request_id: ConnectionRequestId,
    ) -> Result<()> {
        let occasion = match step {
            Step::Ask => Occasion::ConnectionAsked,
            Step::Accept => Occasion::ConnectionAccepted,
            Step::Decline | Step::Withdraw | Step::Remove | Step::Restore => {
                return self.withdraw_about(tx, request_id.get(), self.now()).await;
            }
        };
        if step == Step::Accept {
            // Both bells are touched, and held in the order of their owners.
            tx.hold_bell(actor.min(other)).await?;
            self.withdraw_about(tx, request_id.get(), self.now()).await?;
        }
        self.raise(tx, vec![Raise::connection(other, actor, occasion, request_id)]).await
    }

    /// Writes both sides.
    async fn take_step(
        &self,
        tx: &mut (dyn Tx + '_),
        actor: UserId,
        other: UserId,
        step: Step,
        request_id: ConnectionRequestId,
    ) -> Result<ConnectionView> {
        let (now, place) = (self.now(), self.next_id());
        let before = tx.connection(other, actor).await?;
        let declined_at = match step {
            Step::Decline => Some(now),
            Step::Withdraw => before.and_then(|before| before.declined_at),
            Step::Ask | Step::Accept | Step::Remove | Step::Restore => None,
        };
        let removed_at = (step == Step::Remove).then_some(now);
        let mine = ConnectionRecord { state: step.state(), request_id, place, declined_at: None, removed_at };
        let theirs = ConnectionRecord { state: step.other_state(), request_id, place, declined_at, removed_at: None };
        tx.set_connection(actor, other, &mine).await?;
        tx.set_connection(other, actor, &theirs).await?;
        Ok(mine.into())
    }

    /// What both are told: the other one what happened, the devices of the one who acted how far they are now.
    async fn connection_news(
        &self,
        tx: &mut (dyn Tx + '_),
        actor: UserId,
        other: UserId,
        step: Step,
    ) -> Result<Vec<Publication>> {
        let own = self.connection_update(tx, actor, other).await?;
        let theirs = match step {
            Step::Withdraw | Step::Remove | Step::Restore => self.connection_update(tx, other, actor).await?,
            Step::Ask | Step::Accept | Step::Decline => {
                let event = self.connection_event(tx, other, actor).await?;
                event.map(|event| match step {
                    Step::Ask => ServerEvent::ConnectionRequest(event),
                    Step::Accept => ServerEvent::ConnectionAccepted(event),
                    _ => ServerEvent::ConnectionDeclined(event),
                })
            }
        };
        let own = own.map(|event| Publication::to_person(actor, event));
        let theirs = theirs.map(|event| Publication::to_person(other, event));
        Ok(own.into_iter().chain(theirs).collect())
    }

    async fn connection_event(
        &self,
        tx: &mut (dyn Tx + '_),
        to: UserId,
        from: UserId,
    ) -> Result<Option<ConnectionEvent>> {
        let (Some(record), Some(person)) = (tx.connection(to, from).await?, tx.person_ref(from).await?) else {
            return Ok(None);
        };
        Ok(Some(ConnectionEvent {
            request_id: record.request_id,
            from_user_id: from,
            from_user_name: person.full_name,
            state: record.state,
            version: record.place,
            waiting_count: tx.waiting_requests(to).await?.waiting_count,
            timestamp: self.now(),
            offset: 0,
        }))
    }

    async fn connection_update(
        &self,
        tx: &mut (dyn Tx + '_),
        to: UserId,
        about: UserId,
    ) -> Result<Option<ServerEvent>> {
        let Some(record) = tx.connection(to, about).await? else { return Ok(None) };
        Ok(Some(ServerEvent::ConnectionUpdate(ConnectionUpdate {
            user_id: about,
            request_id: record.request_id,
            state: record.state,
            version: record.place,
            waiting_count: tx.waiting_requests(to).await?.waiting_count,
            timestamp: self.now(),
            offset: 0,
        })))
    }

    /// Ends whatever there is between two people, because one of them blocked the other.
    pub(super) async fn end_connection(
        &self,
        tx: &mut (dyn Tx + '_),
        actor: UserId,
        other: UserId,
    ) -> Result<Vec<Publication>> {
        let Some(mine) = tx.connection(actor, other).await? else { return Ok(Vec::new()) };
        if mine.state == ConnectionState::None {
            return Ok(Vec::new());
        }
        // Like a withdrawal, whatever it was: nobody is told that they were declined.
        self.take_step(tx, actor, other, Step::Withdraw, mine.request_id).await?;
        self.connection_news(tx, actor, other, Step::Withdraw).await
    }

    /// What two people may see of each other now: their connections go on from there, and their pages ask again.
    pub(super) async fn sight_news(
        &self,
        tx: &mut (dyn Tx + '_),
        one: UserId,
        other: UserId,
    ) -> Result<Vec<Publication>> {
        let mut news = Vec::new();
        for (viewer, subject) in [(one, other), (other, one)] {
            news.push(sight_changed(tx, viewer, subject).await?);
            news.push(self.look_again(viewer, subject, None));
        }
        Ok(news)
    }

    /// Tells the devices of `viewer` to ask again for what they show of `subject`.
    pub(super) fn look_again(&self, viewer: UserId, subject: UserId, muted: Option<bool>) -> Publication {
        let update = SightUpdate { user_id: subject, muted, timestamp: self.now(), offset: 0 };
        Publication::to_person(viewer, ServerEvent::SightUpdate(update))
    }

    /// Whom the asker is this far with, newest first.
    ///
    /// # Errors
    /// When `limit` is not acceptable.
    pub async fn connections(
        &self,
        actor: &Actor,
        state: ConnectionState,
        before: Option<u64>,
        limit: Option<usize>,
    ) -> Result<Page<PersonItem>> {
        let limit = page_size(limit)?;
        let mut rows = self.ports.store.read().await?.connections(actor.user_id, state, before, limit + 1).await?;
        let next = cut(&mut rows, limit, |(cursor, _)| cursor.to_string());
        Ok(Page { items: rows.into_iter().map(|(_, item)| item).collect(), next })
    }

    /// How many requests wait for the asker's answer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn waiting_requests(&self, actor: &Actor) -> Result<WaitingRequests> {
        Ok(self.ports.store.read().await?.waiting_requests(actor.user_id).await?)
    }

    /// People whom the asker may know.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn connection_suggestions(&self, actor: &Actor, limit: usize) -> Result<Vec<PersonItem>> {
        Ok(self.ports.store.read().await?.suggestions(actor.user_id, limit).await?)
    }
}

/// What `viewer` may see of `subject` now, for their connections.
pub(super) async fn sight_changed(tx: &mut (dyn Tx + '_), viewer: UserId, subject: UserId) -> Result<Publication> {
    let relation = tx.relation(viewer, subject).await?.unwrap_or_default();
    Ok(Publication::SightChanged { viewer, subject, sight: Sight::of(&relation) })
}

/// Who shows themselves to connections only is followed by nobody else.
async fn end_private_follows(tx: &mut (dyn Tx + '_), one: UserId, other: UserId) -> Result<()> {
    for (follower, followee) in [(one, other), (other, one)] {
        let relation = tx.relation(follower, followee).await?.unwrap_or_default();
        if relation.follows && !may_see(&relation, Surface::Follow) {
            tx.delete_follow(follower, followee).await?;
        }
    }
    Ok(())
}

/// Whether a step may be taken that is possible.
async fn check(
    tx: &mut (dyn Tx + '_),
    actor: UserId,
    other: UserId,
    step: Step,
    mine: Option<ConnectionRecord>,
    now: Timestamp,
) -> Result<()> {
    match step {
        Step::Ask => {
            let declined = mine.and_then(|mine| mine.declined_at);
            let waited = declined.is_none_or(|at| now.since(at).as_millis() >= u128::from(CONNECTION_ASK_AGAIN_MS));
            if !waited {
                let message = "They declined a short while ago. You can ask again a week after that.";
                return Err(DomainError::conflict("user_id", message));
            }
            if tx.count_connections(actor, ConnectionState::Requested).await? >= CONNECTION_REQUESTS_MAX as u64 {
                let message = format!("{CONNECTION_REQUESTS_MAX} of your requests wait already. Withdraw some first.");
                return Err(DomainError::invalid("user_id", message));
            }
            check_room(tx, actor, other).await
        }
        Step::Accept => check_room(tx, actor, other).await,
        Step::Restore => {
            let removed = mine.and_then(|mine| mine.removed_at);
            if removed.is_none_or(|at| now.since(at).as_millis() > u128::from(UNDO_WINDOW_MS)) {
                return Err(DomainError::Forbidden("It is too late to take this back. Ask them to connect again."));
            }
            check_room(tx, actor, other).await
        }
        Step::Decline | Step::Withdraw | Step::Remove => Ok(()),
    }
}

async fn check_room(tx: &mut (dyn Tx + '_), actor: UserId, other: UserId) -> Result<()> {
    for (person, who) in [(actor, "You have"), (other, "They have")] {
        if tx.count_connections(person, ConnectionState::Connected).await? >= CONNECTIONS_MAX as u64 {
            let message = format!("{who} {CONNECTIONS_MAX} connections, which is as many as there can be.");
            return Err(DomainError::invalid("user_id", message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [ConnectionState; 4] =
        [ConnectionState::None, ConnectionState::Requested, ConnectionState::Asked, ConnectionState::Connected];

    #[test]
    fn a_wish_that_is_so_already_changes_nothing_the_second_time() {
        for wish in [
            ConnectionWish::Ask,
            ConnectionWish::Accept,
            ConnectionWish::Decline,
            ConnectionWish::Withdraw,
            ConnectionWish::Remove,
            ConnectionWish::Restore,
            ConnectionWish::End,
        ] {
            for state in STATES {
                if let Ok(Some(first)) = step(state, wish) {
                    let again = step(first.state(), wish);
                    // Who removed can restore, and that is another step; every other second time is none.
                    let settled = matches!(again, Ok(None));
                    assert!(settled, "{wish:?} from {state:?} leads to {first:?}, then {again:?}");
                }
            }
        }
    }

    #[test]
    fn a_late_answer_does_nothing_else_than_it_said() {
        assert!(step(ConnectionState::None, ConnectionWish::Accept).is_err());
        assert!(step(ConnectionState::Connected, ConnectionWish::Withdraw).is_err());
        assert!(step(ConnectionState::Connected, ConnectionWish::Decline).is_err());
        assert_eq!(step(ConnectionState::Asked, ConnectionWish::Remove).unwrap(), None);
        assert_eq!(step(ConnectionState::Asked, ConnectionWish::Ask).unwrap(), Some(Step::Accept));
    }

    #[test]
    fn both_sides_always_fit() {
        for first in [Step::Ask, Step::Accept, Step::Decline, Step::Withdraw, Step::Remove, Step::Restore] {
            let fits = match first.state() {
                ConnectionState::Requested => ConnectionState::Asked,
                ConnectionState::Asked => ConnectionState::Requested,
                other => other,
            };
            assert_eq!(first.other_state(), fits, "{first:?}");
        }
    }
}
