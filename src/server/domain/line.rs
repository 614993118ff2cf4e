//! The line before a verb that many call at the same time: what waits is done together, in one transaction.
//!
//! Nobody waits for others to come: who finds a desk free serves everybody who stands in line by then, and while that
//! transaction commits, the next ones gather. So one alone is served at once, and a hundred cost the database a few
//! statements and one commit.

use std::{
    collections::{HashSet, VecDeque},
    hash::Hash,
    mem,
    sync::Arc,
};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    Domain,
    errors::{DomainError, Result},
    outcome::Publication,
    ports::{StoreError, Tx},
};
use crate::protocol::ids::UserId;

/// So many are served together at most: enough to share the cost of a commit, few enough to be done in milliseconds.
const TOGETHER_MAX: usize = 128;

/// Something that many want at the same time.
#[async_trait]
pub(super) trait Shared: Sized + Send + Sync + 'static {
    /// What each gets.
    type Answer: Send + 'static;

    /// Who wants it. Of each there is one thing in a transaction: what they want next may rest on what they wanted before.
    fn person(&self) -> UserId;

    /// Does all of it, short of the commit: what came of each, in their order. A refusal concerns only the one who gets it
    /// and leaves nothing in the transaction.
    ///
    /// # Errors
    /// When the transaction cannot go on.
    async fn done(domain: &Domain, tx: &mut (dyn Tx + '_), wanted: &[Self]) -> Result<Done<Self::Answer>>;
}

/// What came of each thing that was wanted.
pub(super) type Done<A> = Vec<Result<Kept<A>>>;

/// What is kept with the commit.
pub(super) struct Kept<A> {
    /// What the asker is told.
    pub answer: A,
    /// What is published before that.
    pub news: Vec<Publication>,
}

impl Domain {
    /// Has something done, together with what others want who stand in the same line.
    pub(super) async fn together<Q: Shared>(&self, line: &Arc<Line<Q, Q::Answer>>, wanted: Q) -> Result<Q::Answer> {
        let mut place = line.join(wanted);
        loop {
            place = match place.turn().await {
                Turn::Served(answer) => return answer,
                Turn::Serve(place, desk) => {
                    self.serve(desk).await;
                    place
                }
            };
        }
    }

    async fn serve<Q: Shared>(&self, desk: Desk<Q, Q::Answer>) {
        // Who comes before the transaction has begun is still part of it.
        let begun = self.ports.store.begin().await;
        let (wanted, askers) = desk.next(Q::person);
        if wanted.is_empty() {
            return;
        }
        let done = match begun {
            Err(cause) => all_refused(cause, wanted.len()),
            Ok(tx) => self.done_together(tx, &wanted).await,
        };
        drop(desk);
        self.kick();
        for (asker, done) in askers.into_iter().zip(done) {
            asker.tell(match done {
                Err(refused) => Err(refused),
                Ok(Kept { answer, news }) => {
                    self.publish(news).await;
                    Ok(answer)
                }
            });
        }
    }

    async fn done_together<Q: Shared>(&self, mut tx: Box<dyn Tx>, wanted: &[Q]) -> Done<Q::Answer> {
        match Q::done(self, &mut *tx, wanted).await {
            Ok(done) => match tx.commit().await {
                Ok(()) => done,
                // It may have been kept all the same: nothing is tried again here.
                Err(cause) => all_refused(cause, wanted.len()),
            },
            // Nothing was kept, and what cannot be takes nothing else along.
            Err(_) => {
                drop(tx);
                futures::future::join_all(wanted.iter().map(|wanted| self.done_alone(wanted))).await
            }
        }
    }

    async fn done_alone<Q: Shared>(&self, wanted: &Q) -> Result<Kept<Q::Answer>> {
        let mut tx = self.ports.store.begin().await?;
        let done = Q::done(self, &mut *tx, std::slice::from_ref(wanted)).await?.pop();
        tx.commit().await?;
        done.unwrap_or_else(|| Err(DomainError::Internal("something wanted was lost".into())))
    }
}

/// A verdict on one of those who share a transaction: a refusal is one, a failure of the store ends it for all.
///
/// # Errors
/// When the store failed.
pub(super) fn refused_or<T>(verdict: Result<T>) -> Result<Result<T>> {
    match verdict {
        Err(cause @ (DomainError::Unavailable(_) | DomainError::Internal(_))) => Err(cause),
        verdict => Ok(verdict),
    }
}

/// The store began no transaction: all learn why, and the first has the cause itself, which is logged where it is told.
fn all_refused<A>(cause: StoreError, count: usize) -> Vec<Result<A>> {
    let why = cause.to_string();
    let others = (1..count).map(|_| Err(DomainError::Unavailable(why.clone().into())));
    std::iter::once(Err(cause.into())).chain(others).collect()
}

/// Those who wait. Each is a call that is under way, so callers bound their number.
pub(super) struct Line<Q, A>(Mutex<State<Q, A>>);

struct State<Q, A> {
    waiting: VecDeque<Waiting<Q, A>>,
    /// Desks at which nobody serves; none while somebody waits.
    free: usize,
}

/// Somebody who waits, with what they want.
struct Waiting<Q, A> {
    wanted: Q,
    asker: Asker<Q, A>,
}

/// Whom to tell what came of it.
struct Asker<Q, A>(oneshot::Sender<Turn<Q, A>>);

/// A place in line.
struct Place<Q, A>(oneshot::Receiver<Turn<Q, A>>);

/// The right to serve; it goes to whoever waits when it is dropped.
struct Desk<Q, A>(Arc<Line<Q, A>>);

/// What comes next for somebody in line.
enum Turn<Q, A> {
    /// Somebody served them.
    Served(Result<A>),
    /// They are to serve those who wait, themselves among them, and then wait for their own answer.
    Serve(Place<Q, A>, Desk<Q, A>),
}

impl<Q, A> Line<Q, A> {
    /// With so many desks: transactions that are open at the same time.
    pub(super) fn new(desks: usize) -> Self {
        Self(Mutex::new(State { waiting: VecDeque::new(), free: desks.max(1) }))
    }

    /// Stands in line.
    fn join(self: &Arc<Self>, wanted: Q) -> Place<Q, A> {
        let (told, turn) = oneshot::channel();
        let mut state = self.0.lock();
        state.waiting.push_back(Waiting { wanted, asker: Asker(told) });
        let free = state.free > 0;
        state.free -= usize::from(free);
        drop(state);
        if free {
            drop(Desk(Arc::clone(self)));
        }
        Place(turn)
    }

    /// Gives a desk to the first in line; who went away before their turn is not served.
    fn pass_on(self: &Arc<Self>) {
        let mut state = self.0.lock();
        state.waiting.retain(|one| !one.asker.0.is_closed());
        let Some(first) = state.waiting.front_mut() else {
            state.free += 1;
            return;
        };
        let (told, turn) = oneshot::channel();
        let asker = mem::replace(&mut first.asker, Asker(told));
        drop(state);
        // Who has just gone drops the desk, and so passes it on.
        let _ = asker.0.send(Turn::Serve(Place(turn), Desk(Arc::clone(self))));
    }
}

impl<Q, A> Place<Q, A> {
    /// Waits to be served, or for a desk.
    async fn turn(self) -> Turn<Q, A> {
        self.0.await.unwrap_or_else(|gone| Turn::Served(Err(DomainError::Unavailable(gone.into()))))
    }
}

impl<Q, A> Desk<Q, A> {
    /// Those to be served now, first come first and one of each `person`, and whom to tell.
    fn next<P: Eq + Hash>(&self, person: impl Fn(&Q) -> P) -> (Vec<Q>, Vec<Asker<Q, A>>) {
        let mut people = HashSet::new();
        let mut state = self.0.0.lock();
        let (served, rest): (VecDeque<_>, VecDeque<_>) = mem::take(&mut state.waiting)
            .into_iter()
            .partition(|one| people.len() < TOGETHER_MAX && people.insert(person(&one.wanted)));
        state.waiting = rest;
        served.into_iter().map(|one| (one.wanted, one.asker)).unzip()
    }
}

impl<Q, A> Drop for Desk<Q, A> {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

impl<Q, A> Asker<Q, A> {
    /// Who does not wait any more does not need it.
    fn tell(self, answer: Result<A>) {
        let _ = self.0.send(Turn::Served(answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Numbers = Arc<Line<u32, u32>>;

    fn line() -> Numbers {
        Arc::new(Line::new(1))
    }

    async fn desk(place: Place<u32, u32>) -> (Place<u32, u32>, Desk<u32, u32>) {
        match place.turn().await {
            Turn::Serve(place, desk) => (place, desk),
            Turn::Served(answer) => panic!("{answer:?}"),
        }
    }

    async fn answer(place: Place<u32, u32>) -> Result<u32> {
        match place.turn().await {
            Turn::Served(answer) => answer,
            Turn::Serve(..) => panic!("nobody served them"),
        }
    }

    #[tokio::test]
    async fn the_first_serves_all_who_came_and_one_of_each_person_at_a_time() {
        let line = line();
        let (first, desk_of_first) = desk(line.join(10)).await;
        let [second, again, third] = [20, 11, 30].map(|wanted| line.join(wanted));
        let (wanted, askers) = desk_of_first.next(|wanted| wanted / 10);
        assert_eq!(wanted, [10, 20, 30]);
        drop(desk_of_first);
        for (wanted, asker) in wanted.into_iter().zip(askers) {
            asker.tell(Ok(wanted * 2));
        }
        for (place, doubled) in [(first, 20), (second, 40), (third, 60)] {
            assert_eq!(answer(place).await.unwrap(), doubled);
        }
        let (_, desk_of_again) = desk(again).await;
        assert_eq!(desk_of_again.next(|wanted| wanted / 10).0, [11]);
    }

    #[tokio::test]
    async fn who_goes_away_with_the_desk_leaves_it_to_the_next() {
        let line = line();
        let taken = line.join(1);
        let [gone, next] = [2, 3].map(|wanted| line.join(wanted));
        drop(gone);
        drop(taken);
        let (_, desk_of_next) = desk(next).await;
        assert_eq!(desk_of_next.next(|wanted| *wanted).0, [3]);
    }

    #[tokio::test]
    async fn who_is_never_answered_is_told_to_try_again() {
        let line = line();
        let (place, desk) = desk(line.join(1)).await;
        drop(desk.next(|wanted| *wanted));
        drop(desk);
        assert!(matches!(answer(place).await, Err(DomainError::Unavailable(_))));
    }
}
