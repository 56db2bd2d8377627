//! The shell around the state machine: one lock, the underlying clock, and what takes time.
//!
//! Carries out what the state decided: delays, deliveries, jumps of the clock. Knows no operation.

use super::control;
use super::outbox::Outbox;
use super::state::{Answer, Outcome, State};
use crate::base::clock::Clock;
use crate::model::http::Request;
use crate::net::server::Reply;
use jiff::Timestamp;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long at most until the underlying clock, which may be moved by hand, is looked at again.
const LOOK: Duration = Duration::from_millis(100);

/// Everything that the tasks of a sandbox share.
pub(super) struct Shell {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    pub(super) outbox: Outbox,
    /// Held while the clock is being moved.
    moving: tokio::sync::Mutex<()>,
    stirred: Notify,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Shell {
    pub(super) fn new(state: State, clock: Arc<dyn Clock>, outbox: Outbox, stop: CancellationToken) -> Self {
        Self {
            state: Mutex::new(state),
            clock,
            outbox,
            moving: tokio::sync::Mutex::new(()),
            stirred: Notify::new(),
            tasks: TaskTracker::new(),
            stop,
        }
    }

    /// Does something with the state, alone.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The instant of the underlying clock.
    pub(super) fn base_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells the keeper that what falls due next may have changed.
    pub(super) fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Runs a task until it ends or the sandbox stops.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Waits until every task has ended.
    pub(super) async fn emptied(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Answers one request.
    pub(super) async fn reply(self: Arc<Self>, request: Request) -> Reply {
        let guard = if control::moves_clock(&request) { Some(self.moving.lock().await) } else { None };
        let (answer, outcome) = self.with(|state| {
            let (answer, mut outcome) = state.handle(&request, self.base_now());
            self.outbox.hand_over(&self, std::mem::take(&mut outcome.attempts));
            (answer, outcome)
        });
        self.stir();
        let answer = match outcome.jump {
            Some(to) => Answer::Respond(control::clock_shown(self.jump(to).await)),
            None => answer,
        };
        drop(guard);
        self.after(&outcome).await;
        match answer {
            Answer::Respond(response) => Reply::Respond(response),
            Answer::Close => Reply::Close,
            Answer::Raw(bytes) => Reply::Raw(bytes),
        }
    }

    async fn after(&self, outcome: &Outcome) {
        if let Some(delay) = outcome.delay {
            tokio::time::sleep(delay).await;
        }
        if let Some(removal) = &outcome.removal {
            self.with(|state| state.pull.remove(removal));
        }
    }

    /// Moves the clock to `to`, stopping at every instant at which something falls due. The deliveries of one stop end, or are
    /// no longer waited for, before the next: whether a replay takes place depends on the attempt before it.
    async fn jump(self: &Arc<Self>, to: Timestamp) -> Timestamp {
        loop {
            self.outbox.settle().await;
            let stopped = self.with(|state| {
                let Some(due) = state.next_due().filter(|due| *due <= to) else {
                    state.clock.set(self.base_now(), to);
                    return false;
                };
                let now = state.clock.now(self.base_now());
                state.clock.set(self.base_now(), due.max(now));
                let attempts = state.run_due(due);
                self.outbox.hand_over(self, attempts);
                true
            });
            if !stopped {
                return self.with(|state| state.clock.now(self.base_now()));
            }
        }
    }

    /// Lets happen what falls due while nobody asks, until the sandbox stops.
    pub(super) async fn keep(self: Arc<Self>) {
        loop {
            let wait = self.with(|state| {
                let now = state.clock.now(self.base_now());
                let attempts = state.run_due(now);
                self.outbox.hand_over(&self, attempts);
                state.next_due().map(|due| Duration::try_from(due.duration_since(now)).unwrap_or_default().min(LOOK))
            });
            match wait {
                Some(wait) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait.max(Duration::from_millis(1))) => {}
                        () = self.stirred.notified() => {}
                    }
                }
                None => self.stirred.notified().await,
            }
        }
    }
}
