//! The shell around the state machine: one lock, the underlying clock, and what takes time.
//!
//! Carries out what the state decided: delays, deliveries, jumps of the clock. Knows no operation.

use crate::model::http::Request;
use crate::net::server::Reply;
use crate::sandbox::core::Core;
use crate::sandbox::outbox::Outbox;
use crate::sandbox::state::{Answer, Outcome};
use crate::sandbox::{control, service};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long at most until the underlying clock, which may be moved by hand, is looked at again.
const LOOK: Duration = Duration::from_millis(100);

/// A sandbox at work.
pub(super) struct Shell {
    core: Arc<Core>,
    outbox: Outbox,
    /// Held while the clock is being moved.
    moving: tokio::sync::Mutex<()>,
}

impl Shell {
    pub(super) fn new(core: Arc<Core>, outbox: Outbox) -> Self {
        Self { core, outbox, moving: tokio::sync::Mutex::new(()) }
    }

    /// Answers one request.
    pub(super) async fn reply(self: Arc<Self>, request: Request) -> Reply {
        let guard = if control::moves_clock(&request) { Some(self.moving.lock().await) } else { None };
        let (answer, outcome) = self.core.with(|state| {
            let (answer, mut outcome) = service::handle(state, &request, self.core.base_now());
            self.outbox.hand_over(std::mem::take(&mut outcome.attempts));
            (answer, outcome)
        });
        self.core.stirred.notify_one();
        let answer = match outcome.jump {
            Some(to) => Answer::Respond(control::clock_shown(self.jump(to).await)),
            None => answer,
        };
        drop(guard);
        self.after(&outcome).await;
        if !self.core.kept().await {
            return Reply::Close;
        }
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
            self.core.with(|state| state.pull.remove(removal));
        }
    }

    /// Moves the clock to `to`, stopping at every instant at which something falls due. The deliveries of one stop end, or are
    /// no longer waited for, before the next: whether a replay takes place depends on the attempt before it.
    async fn jump(self: &Arc<Self>, to: Timestamp) -> Timestamp {
        loop {
            self.outbox.settle().await;
            let stopped = self.core.with(|state| {
                let Some(due) = state.next_due().filter(|due| *due <= to) else {
                    state.clock.set(self.core.base_now(), to);
                    return false;
                };
                let now = state.clock.now(self.core.base_now());
                state.clock.set(self.core.base_now(), due.max(now));
                let attempts = state.run_due(due);
                self.outbox.hand_over(attempts);
                true
            });
            if !stopped {
                // What fell due by itself meanwhile belongs to the jump as well, and so does what follows from its end.
                self.outbox.settle().await;
                let now = self.core.with(|state| {
                    let through = state.next_due().is_none_or(|due| due > to);
                    through.then(|| state.clock.now(self.core.base_now()))
                });
                if let Some(now) = now {
                    return now;
                }
            }
        }
    }

    /// Lets happen in order what fell due while no process was there.
    async fn catch_up(&self) {
        let _guard = self.moving.lock().await;
        let until = self.core.with(|state| state.clock.now(self.core.base_now()));
        loop {
            self.outbox.settle().await;
            let attempts = self.core.with(|state| {
                let due = state.next_due().filter(|due| *due <= until)?;
                self.outbox.hand_over(state.run_due(due));
                Some(())
            });
            if attempts.is_none() {
                return;
            }
        }
    }

    /// Lets happen what falls due while nobody asks, until the sandbox stops.
    pub(super) async fn keep(self: Arc<Self>) {
        self.catch_up().await;
        loop {
            let wait = self.core.with(|state| {
                let now = state.clock.now(self.core.base_now());
                let attempts = state.run_due(now);
                self.outbox.hand_over(attempts);
                state.next_due().map(|due| Duration::try_from(due.duration_since(now)).unwrap_or_default().min(LOOK))
            });
            match wait {
                Some(wait) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait.max(Duration::from_millis(1))) => {}
                        () = self.core.stirred.notified() => {}
                    }
                }
                None => self.core.stirred.notified().await,
            }
        }
    }
}
