//! What the tasks of a sandbox share: the state behind one lock, the underlying clock, what is kept of it, and the tasks themselves.
//!
//! Knows no request and no delivery.

use crate::base::clock::Clock;
use crate::sandbox::state::State;
use crate::sandbox::store::Keeper;
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
    /// Where the sandbox is to outlive its process.
    keeper: Option<Keeper>,
}

impl Core {
    pub(super) fn new(state: State, clock: Arc<dyn Clock>, keeper: Option<Keeper>, stop: CancellationToken) -> Self {
        Self { state: Mutex::new(state), clock, stirred: Notify::new(), tasks: TaskTracker::new(), stop, keeper }
    }

    /// Does something with the state, alone. What it changes is handed over to be kept before anybody else sees it.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let done = act(&mut state);
        if let Some(keeper) = &self.keeper {
            keeper.hand_over(state.changes());
        }
        done
    }

    /// Waits until everything that the state has been through is kept; false when it cannot be. Nothing that is not kept may be told
    /// to anybody.
    pub(super) async fn kept(&self) -> bool {
        let Some(keeper) = &self.keeper else { return true };
        // Under the lock, so that what is being done to the state this moment is among it.
        let count = self.with(|_| keeper.handed_over());
        keeper.written(count).await
    }

    /// Stops the sandbox when it can keep nothing any more.
    pub(super) async fn watch_keeper(self: Arc<Self>) {
        if let Some(keeper) = &self.keeper {
            keeper.failure().await;
            self.stop.cancel();
        }
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

    /// Waits until every task has ended and everything is kept; says why when it could not be.
    pub(super) async fn emptied(&self) -> Option<String> {
        self.tasks.close();
        self.tasks.wait().await;
        match &self.keeper {
            Some(keeper) => keeper.end().await,
            None => None,
        }
    }
}
