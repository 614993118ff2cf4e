//! Group commit: what many want at the same time is done together, in one transaction.
//!
//! Nobody waits for others to come. While a transaction commits, the next wishes gather, and are the next group. So one
//! alone is served at once, and a hundred cost the database a few statements and one commit.

use std::{
    collections::{HashSet, VecDeque},
    hash::Hash,
    mem,
    sync::Arc,
};

use async_trait::async_trait;
use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    Domain,
    errors::{DomainError, Result},
    outcome::Publication,
    ports::{StoreError, Tx},
};
use crate::protocol::ids::UserId;

/// Something that many want at the same time.
#[async_trait]
pub(super) trait Grouped: Sized + Send + Sync + 'static {
    /// What each gets.
    type Answer: Send + 'static;

    /// So many are served together at most: enough to share the cost of a commit, few enough to be done in milliseconds, as
    /// whoever else writes waits so long.
    const AT_ONCE: usize;

    /// Who wants it. Of each there is one wish in a transaction: what they want next may rest on what they wanted before.
    fn person(&self) -> UserId;

    /// The id of what it changes. Wishes about one thing are done and told one after the other, in the order they came.
    fn about(&self) -> u64;

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
    /// Has something done, together with what others want at the same time. It is done even if the asker goes away.
    pub(super) async fn together<Q: Grouped>(
        &self,
        commits: &GroupCommit<Q, Q::Answer>,
        wanted: Q,
    ) -> Result<Q::Answer> {
        let (asker, answer) = oneshot::channel();
        if let Some(turn) = commits.join(wanted.about(), wanted, asker) {
            let domain = self.clone();
            // A task of its own: who goes away must not take along those who are served with them.
            self.ports.runner.run("group commit", async move { domain.serve(turn).await }.boxed());
        }
        answer.await.unwrap_or_else(|gone| Err(DomainError::Unavailable(gone.into())))
    }

    async fn serve<Q: Grouped>(&self, mut turn: Turn<Q, Q::Answer>) {
        while turn.goes_on() {
            // Who comes before the transaction has begun is still part of it.
            let begun = self.ports.store.begin().await;
            let (wanted, askers) = turn.group(Q::AT_ONCE, Q::person);
            let done = match begun {
                Err(cause) => all_refused(cause, wanted.len()),
                Ok(tx) => self.done_together(tx, &wanted).await,
            };
            self.kick();
            for (asker, done) in askers.into_iter().zip(done) {
                let answer = match done {
                    Err(refused) => Err(refused),
                    Ok(Kept { answer, news }) => {
                        self.publish(news).await;
                        Ok(answer)
                    }
                };
                // Who does not wait any more does not need it.
                let _ = asker.send(answer);
            }
        }
    }

    async fn done_together<Q: Grouped>(&self, mut tx: Box<dyn Tx>, wanted: &[Q]) -> Done<Q::Answer> {
        match Q::done(self, &mut *tx, wanted).await {
            Ok(done) => match tx.commit().await {
                Ok(()) => done,
                // It may have been kept all the same: nothing is tried again here.
                Err(cause) => all_refused(cause, wanted.len()),
            },
            // Nothing was kept, and what cannot be takes nothing else along.
            Err(_) => {
                drop(tx);
                let mut done = Vec::with_capacity(wanted.len());
                for wanted in wanted {
                    done.push(self.done_alone(wanted).await);
                }
                done
            }
        }
    }

    async fn done_alone<Q: Grouped>(&self, wanted: &Q) -> Result<Kept<Q::Answer>> {
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

/// The store did none of it: all learn why, and the first has the cause itself, which is logged where it is told.
fn all_refused<A>(cause: StoreError, count: usize) -> Vec<Result<A>> {
    let why = cause.to_string();
    let others = (1..count).map(|_| Err(DomainError::Unavailable(why.clone().into())));
    std::iter::once(Err(cause.into())).chain(others).collect()
}

/// What waits for its transaction, in as many queues as there may be transactions at a time; what is about the same thing
/// stands in the same queue. Each wish is a call that is under way, so callers bound their number.
pub(super) struct GroupCommit<Q, A>(Box<[SharedQueue<Q, A>]>);

type SharedQueue<Q, A> = Arc<Mutex<Queue<Q, A>>>;

struct Queue<Q, A> {
    waiting: VecDeque<Waiting<Q, A>>,
    /// Somebody serves it; always so while somebody waits.
    is_served: bool,
}

/// Somebody who waits: what they want, and where the answer goes.
struct Waiting<Q, A> {
    wanted: Q,
    asker: Asker<A>,
}

type Asker<A> = oneshot::Sender<Result<A>>;

/// The duty to serve a queue until nobody waits there.
struct Turn<Q, A> {
    queue: SharedQueue<Q, A>,
    /// It was done to its end.
    is_over: bool,
}

impl<Q, A> GroupCommit<Q, A> {
    /// With up to so many transactions at the same time.
    pub(super) fn new(writers: usize) -> Self {
        let queue = |_| Arc::new(Mutex::new(Queue { waiting: VecDeque::new(), is_served: false }));
        Self((0..writers.max(1)).map(queue).collect())
    }

    /// Adds a wish about this thing; the turn is for who finds that nobody serves its queue.
    fn join(&self, about: u64, wanted: Q, asker: Asker<A>) -> Option<Turn<Q, A>> {
        let queue = self.0.get(spread(about, self.0.len()))?;
        let mut state = queue.lock();
        state.waiting.push_back(Waiting { wanted, asker });
        let is_served = mem::replace(&mut state.is_served, true);
        (!is_served).then(|| Turn { queue: Arc::clone(queue), is_over: false })
    }
}

/// Which of so many queues: ids carry the time in front and a small counter behind, so all their bits are mixed first.
fn spread(id: u64, queues: usize) -> usize {
    // 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4).
    let mixed = id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    usize::try_from(mixed).unwrap_or(0) % queues.max(1)
}

impl<Q, A> Turn<Q, A> {
    /// Whether somebody waits; the turn is over when nobody does.
    fn goes_on(&mut self) -> bool {
        let mut state = self.queue.lock();
        state.waiting.retain(|one| !one.asker.is_closed());
        state.is_served = !state.waiting.is_empty();
        self.is_over = !state.is_served;
        state.is_served
    }

    /// Those to be served now, first come first and one of each person, and whom to tell.
    fn group<P: Eq + Hash>(&self, most: usize, person: impl Fn(&Q) -> P) -> (Vec<Q>, Vec<Asker<A>>) {
        let mut people = HashSet::new();
        let mut state = self.queue.lock();
        let (served, rest): (VecDeque<_>, VecDeque<_>) = mem::take(&mut state.waiting)
            .into_iter()
            .partition(|one| people.len() < most && people.insert(person(&one.wanted)));
        state.waiting = rest;
        served.into_iter().map(|one| (one.wanted, one.asker)).unzip()
    }
}

impl<Q, A> Drop for Turn<Q, A> {
    /// A turn that broke off leaves nobody waiting for it: they are told to try again, and the next one who comes serves.
    fn drop(&mut self) {
        if !self.is_over {
            let mut state = self.queue.lock();
            state.waiting.clear();
            state.is_served = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Numbers = GroupCommit<u32, u32>;

    fn ask(commits: &Numbers, wanted: u32) -> (Option<Turn<u32, u32>>, oneshot::Receiver<Result<u32>>) {
        let (asker, answer) = oneshot::channel();
        (commits.join(0, wanted, asker), answer)
    }

    #[tokio::test]
    async fn the_first_serves_all_who_came_and_one_of_each_person_at_a_time() {
        let commits = Numbers::new(1);
        let (turn, first) = ask(&commits, 10);
        let mut turn = turn.unwrap();
        let answers = [20, 11, 30].map(|wanted| {
            let (turn, answer) = ask(&commits, wanted);
            assert!(turn.is_none());
            answer
        });
        for group in [vec![10, 20, 30], vec![11]] {
            assert!(turn.goes_on());
            let (wanted, askers) = turn.group(128, |wanted| wanted / 10);
            assert_eq!(wanted, group);
            for (wanted, asker) in wanted.into_iter().zip(askers) {
                asker.send(Ok(wanted * 2)).unwrap();
            }
        }
        assert!(!turn.goes_on());
        for (answer, doubled) in std::iter::once(first).chain(answers).zip([20, 40, 22, 60]) {
            assert_eq!(answer.await.unwrap().unwrap(), doubled);
        }
        let (next, _answer) = ask(&commits, 40);
        drop(turn);
        assert!(next.unwrap().goes_on(), "a turn that is over takes nothing along");
    }

    #[test]
    fn who_goes_away_before_their_turn_is_not_served() {
        let commits = Numbers::new(1);
        let (turn, gone) = ask(&commits, 1);
        let (_, _answer) = ask(&commits, 2);
        drop(gone);
        let mut turn = turn.unwrap();
        assert!(turn.goes_on());
        assert_eq!(turn.group(128, |wanted| *wanted).0, [2]);
    }

    #[tokio::test]
    async fn a_turn_that_breaks_off_leaves_nobody_waiting() {
        let commits = Numbers::new(1);
        let (turn, first) = ask(&commits, 1);
        drop(turn);
        assert!(first.await.is_err());
        assert!(ask(&commits, 2).0.is_some());
    }

    #[test]
    fn ids_of_one_moment_spread_over_all_queues() {
        let moment = 1 << 40;
        let queues: HashSet<usize> = (0..32_u64).map(|id| spread(moment + (id << 12), 4)).collect();
        assert_eq!(queues.len(), 4);
    }
}
