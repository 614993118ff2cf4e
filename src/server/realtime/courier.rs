//! Carries what the hub put into queues to the network, so that no lock of the hub is held while anything is written and
//! no task has to wake for each delivery.
//!
//! One task does it, in the order in which it was called. What goes to many is carried a few at a time, and what came for
//! few meanwhile goes first: a message does not wait for a post that ten thousand watch.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use tokio::{sync::Notify, task::yield_now};
use tokio_util::sync::CancellationToken;

use super::queue::Queue;

/// Queues that are carried before anybody else gets a turn: about a third of a millisecond of writing.
const AT_ONCE: usize = 64;

/// What is to be carried.
#[derive(Debug, Default)]
pub struct Courier {
    calls: Mutex<Calls>,
    called: Notify,
}

#[derive(Debug, Default)]
struct Calls {
    few: VecDeque<Arc<Queue>>,
    /// The rest of what goes to many.
    many: VecDeque<Vec<Arc<Queue>>>,
}

impl Calls {
    /// What is carried next, [`AT_ONCE`] at most.
    fn take(&mut self) -> Vec<Arc<Queue>> {
        if !self.few.is_empty() {
            return self.few.drain(..self.few.len().min(AT_ONCE)).collect();
        }
        let Some(rest) = self.many.front_mut() else { return Vec::new() };
        let taken = rest.split_off(rest.len().saturating_sub(AT_ONCE));
        if rest.is_empty() {
            self.many.pop_front();
        }
        taken
    }
}

impl Courier {
    /// Something waits in these queues.
    pub fn call(&self, queues: Vec<Arc<Queue>>) {
        if queues.is_empty() {
            return;
        }
        let mut calls = self.calls.lock();
        if queues.len() > AT_ONCE {
            calls.many.push_back(queues);
        } else {
            calls.few.extend(queues);
        }
        drop(calls);
        self.called.notify_one();
    }

    /// Carries until the server stops; then every connection is closed by its own task, which writes what waits. One task
    /// runs it.
    pub async fn carry(&self, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            let queues = self.calls.lock().take();
            if queues.is_empty() {
                tokio::select! {
                    () = stopping.cancelled() => {}
                    () = self.called.notified() => {}
                }
                continue;
            }
            for queue in queues {
                queue.carry();
            }
            yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::server::realtime::{
        encoding::Frame,
        queue::{Lane, Wire},
    };

    /// Says its number when something is written.
    struct Told(usize, Arc<Mutex<Vec<usize>>>);

    impl Wire for Told {
        fn write(&self, _: &[Frame]) -> io::Result<bool> {
            self.1.lock().push(self.0);
            Ok(true)
        }

        fn flush(&self) -> io::Result<bool> {
            Ok(true)
        }
    }

    fn waiting(number: usize, told: &Arc<Mutex<Vec<usize>>>) -> Arc<Queue> {
        let queue = Arc::new(Queue::default());
        queue.attach(Arc::new(Told(number, Arc::clone(told))));
        assert!(queue.push(Lane::Logged, Frame::from("{}")));
        queue
    }

    #[tokio::test]
    async fn what_goes_to_few_does_not_wait_for_what_goes_to_many() {
        let (courier, told, stopping) = (Courier::default(), Arc::default(), CancellationToken::new());
        courier.call((0..1_000).map(|number| waiting(number, &told)).collect());
        let carrying = courier.carry(stopping.clone());
        let meanwhile = async {
            yield_now().await;
            courier.call(vec![waiting(5_000, &told)]);
            while told.lock().len() < 1_001 {
                yield_now().await;
            }
            stopping.cancel();
        };
        futures::join!(carrying, meanwhile);
        let mut order = told.lock().clone();
        assert!(order.iter().position(|number| *number == 5_000).unwrap() <= 3 * AT_ONCE);
        order.sort_unstable();
        assert_eq!(order, (0..1_000).chain([5_000]).collect::<Vec<_>>());
    }
}
