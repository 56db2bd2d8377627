//! What the tasks of a sandbox share: the state behind one lock, the underlying clock, and the tasks themselves.
//!
//! Knows no request and no delivery.

use crate::base::clock::Clock;
use crate::sandbox::state::State;
use jiff::Timestamp;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The shared part of a sandbox.
pub(super) struct Core {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    /// Told when what falls due next may have changed.
    pub(super) stirred: Notify,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Core {
    pub(super) fn new(state: State, clock: Arc<dyn Clock>, stop: CancellationToken) -> Self {
        Self { state: Mutex::new(state), clock, stirred: Notify::new(), tasks: TaskTracker::new(), stop }
    }

    /// Does something with the state, alone.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The instant of the underlying clock.
    pub(super) fn base_now(&self) -> Timestamp {
        self.clock.now()
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
}
