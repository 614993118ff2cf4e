//! Who owns the running tasks: each is named, counted, and ends on shutdown.

use std::{any::Any, future::Future, panic::AssertUnwindSafe, panic::resume_unwind, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use super::domain::ports::Runner;

/// The owner of every task of one server. Clones own the same tasks.
///
/// Nothing else in the code may spawn: a lint forbids it.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
}

impl Tasks {
    /// An owner without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task that runs beside everything else until it is done or [`Tasks::stopping`] tells it to end. A panic in
    /// it is logged under `name` and ends that task only.
    #[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        // Not an async block, which would have room for the task twice.
        let watched = AssertUnwindSafe(task).catch_unwind().map(move |ended| {
            if let Err(cause) = ended {
                tracing::error!(task = name, panic = panic_text(cause.as_ref()), "a task panicked");
            }
        });
        // A span for each of ten thousand connections costs more than it tells: it is there when one looks closely.
        self.tracker.spawn(watched.instrument(tracing::debug_span!("task", name)));
    }

    /// Runs `work` to its end even if whoever waits for it goes away: a browser that hangs up in the middle of a request
    /// must not leave a transaction half open. Shutdown waits for it too. A panic in `work` goes on in the caller.
    #[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
    pub async fn finish<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.tracker.spawn(work.in_current_span()).await {
            Ok(output) => output,
            Err(failure) => match failure.try_into_panic() {
                Ok(cause) => resume_unwind(cause),
                // Nobody aborts these tasks, so the runtime itself is being dropped, and the caller with it.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Resolves (`.cancelled()`) when the server begins to stop. Long-lived tasks watch it and return.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Tells every task to end and waits for them, at most `deadline`. Whether all of them ended.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        self.stopping.cancel();
        self.tracker.close();
        let all_ended = tokio::time::timeout(deadline, self.tracker.wait()).await.is_ok();
        if !all_ended {
            tracing::warn!(tasks = self.tracker.len(), "tasks were still running at the deadline");
        }
        all_ended
    }
}

impl Runner for Tasks {
    fn run(&self, name: &'static str, work: BoxFuture<'static, ()>) {
        self.spawn(name, work);
    }
}

/// What a panic said, if it said it in text.
fn panic_text(cause: &(dyn Any + Send)) -> &str {
    let text = cause.downcast_ref::<&str>().copied();
    text.or_else(|| cause.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_ends_even_when_nobody_waits_for_it() {
        let tasks = Tasks::new();
        let (go, wait) = oneshot::channel::<()>();
        let done = Arc::new(AtomicBool::new(false));
        let mut request = Box::pin(tasks.finish({
            let done = Arc::clone(&done);
            async move {
                wait.await.unwrap();
                done.store(true, Ordering::SeqCst);
            }
        }));
        assert!(futures::poll!(&mut request).is_pending());
        drop(request);
        go.send(()).unwrap();
        assert!(tasks.shutdown(Duration::from_secs(10)).await);
        assert!(done.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn shutdown_tells_the_tasks_and_waits_for_them() {
        let tasks = Tasks::new();
        let stopping = tasks.stopping();
        tasks.spawn("waits", async move { stopping.cancelled().await });
        assert!(tasks.shutdown(Duration::from_secs(10)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn shutdown_gives_up_at_its_deadline() {
        let tasks = Tasks::new();
        tasks.spawn("stuck", std::future::pending());
        assert!(!tasks.shutdown(Duration::from_secs(10)).await);
    }

    #[tokio::test]
    async fn a_panic_ends_its_own_task_only() {
        let tasks = Tasks::new();
        tasks.spawn("falls", async { panic!("planted") });
        assert_eq!(tasks.finish(async { 7 }).await, 7);
        assert!(tasks.shutdown(Duration::from_secs(10)).await);
    }
}
