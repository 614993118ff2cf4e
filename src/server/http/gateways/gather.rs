//! Puts questions to the store together when many are asked at once: thousands of clients that come back in the same second
//! then cost some hundred queries, not thousands.
//!
//! A question that comes alone is put at once. Those that come soon after another wait for the next turn, which is not
//! long enough to be noticed.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use crate::server::{
    domain::{DomainError, Result},
    tasks::Tasks,
};

/// The time from turn to turn: questions of one kind are put to the store at most fifty times a second.
const TURN: Duration = Duration::from_millis(20);
/// Questions of one turn; further ones wait for the next.
const TOGETHER_MAX: usize = 256;
/// Questions that wait for their turn. When there are more, who asks waits to ask.
const WAITING_MAX: usize = 1_024;

type Asked<Q, A> = (Q, oneshot::Sender<Result<A>>);

/// The place where questions of one kind are asked. Clones are the same place.
#[derive(Debug)]
pub struct Gather<Q, A> {
    asked: mpsc::Sender<Asked<Q, A>>,
}

impl<Q, A> Clone for Gather<Q, A> {
    fn clone(&self) -> Self {
        Self { asked: self.asked.clone() }
    }
}

impl<Q: Send + Sync + 'static, A: Send + 'static> Gather<Q, A> {
    /// `put` answers many questions: one answer for each, in their order. It runs in a task called `name`, which ends
    /// with the server.
    #[must_use]
    pub fn new<F>(tasks: &Tasks, name: &'static str, put: impl Fn(Arc<[Q]>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Vec<A>>> + Send,
    {
        let (asked, mut waiting) = mpsc::channel::<Asked<Q, A>>(WAITING_MAX);
        let stopping = tasks.stopping();
        tasks.spawn(name, async move {
            let (mut turn, mut together) = (Instant::now(), Vec::new());
            while let Some(Some(first)) = stopping.run_until_cancelled(waiting.recv()).await {
                together.push(first);
                sleep_until(turn).await;
                while together.len() < TOGETHER_MAX
                    && let Ok(next) = waiting.try_recv()
                {
                    together.push(next);
                }
                turn = Instant::now() + TURN;
                let (questions, askers): (Vec<Q>, Vec<_>) = together.drain(..).unzip();
                tell(askers, put(questions.into()).await);
            }
        });
        Self { asked }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// When the store fails, or the server stops.
    pub async fn ask(&self, question: Q) -> Result<A> {
        let (tell, answer) = oneshot::channel();
        let stopping = || DomainError::Unavailable("the server stops".into());
        self.asked.send((question, tell)).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

/// Gives each their answer; who does not wait any more does not need it.
fn tell<A>(askers: Vec<oneshot::Sender<Result<A>>>, answers: Result<Vec<A>>) {
    match answers {
        Ok(answers) => {
            for (asker, answer) in askers.into_iter().zip(answers) {
                let _ = asker.send(Ok(answer));
            }
        }
        Err(cause) => {
            // All learn why, and the first has the cause itself, which is logged where it is answered.
            let why = cause.to_string();
            let mut askers = askers.into_iter();
            let _ = askers.next().map(|first| first.send(Err(cause)));
            for asker in askers {
                let _ = asker.send(Err(DomainError::Unavailable(why.clone().into())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Doubles what is asked, and counts how often.
    fn doubling(tasks: &Tasks) -> (Gather<usize, usize>, Arc<AtomicUsize>) {
        let times = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&times);
        let gather = Gather::new(tasks, "doubling", move |questions: Arc<[usize]>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move { Ok(questions.iter().map(|number| number * 2).collect()) }
        });
        (gather, times)
    }

    #[tokio::test(start_paused = true)]
    async fn many_at_once_are_put_together_and_each_gets_their_own_answer() {
        let (gather, times) = doubling(&Tasks::new());
        let answers = futures::future::join_all((0..1_000).map(|number| gather.ask(number))).await;
        let answers: Vec<usize> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, (0..1_000).map(|number| number * 2).collect::<Vec<_>>());
        let times = times.load(Ordering::Relaxed);
        assert!((4..=6).contains(&times), "a thousand at once went in {times} turns");
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_alone_does_not_wait() {
        let (gather, _) = doubling(&Tasks::new());
        for number in 0..3 {
            tokio::time::sleep(TURN * 2).await;
            let asked = Instant::now();
            assert_eq!(gather.ask(number).await.unwrap(), number * 2);
            assert_eq!(asked.elapsed(), Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn everyone_learns_that_the_store_failed() {
        let tasks = Tasks::new();
        let gather =
            Gather::<u8, u8>::new(&tasks, "failing", |_| async { Err(DomainError::Unavailable("full".into())) });
        for answer in futures::future::join_all([gather.ask(1), gather.ask(2)]).await {
            assert!(matches!(answer, Err(DomainError::Unavailable(_))), "{answer:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_server_that_stopped() {
        let tasks = Tasks::new();
        let (gather, _) = doubling(&tasks);
        assert!(tasks.shutdown(Duration::from_secs(1)).await);
        assert!(matches!(gather.ask(1).await, Err(DomainError::Unavailable(_))));
    }
}
