//! The three APIs as an independent implementation of what they promise.
//!
//! Pure state machines behind one HTTP face, with a movable clock, deliveries with replay and named faults. Never imports the
//! contract model, checks, suites or plans, so that a misunderstanding shows as a disagreement.

mod answer;
#[cfg(test)]
mod bench;
mod body;
mod clock;
pub mod config;
mod control;
mod core;
mod face;
pub mod faults;
mod kept;
mod letters;
mod misbehave;
mod outbox;
mod pull;
mod push;
mod service;
mod shell;
mod signature;
mod state;
pub mod store;
mod text;
mod tokens;

use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::Diagnostic;
use crate::net::server::{handler, serve};
use crate::sandbox::config::SandboxConfig;
use crate::sandbox::core::Core;
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::outbox::Outbox;
use crate::sandbox::shell::Shell;
use crate::sandbox::state::State;
use crate::sandbox::store::{Keeper, Store};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How a sandbox is to be.
#[derive(Clone)]
pub struct SandboxOptions {
    /// Its clients, partners, secret and limits.
    pub config: SandboxConfig,
    /// The faults that are on from the start.
    pub faults: Vec<Fault>,
    /// The clock that its own is an offset over; also what `webhook-timestamp` tells.
    pub clock: Arc<dyn Clock>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self { config: SandboxConfig::default(), faults: Vec::new(), clock: Arc::new(SystemClock) }
    }
}

/// A sandbox that serves until its token is cancelled.
#[derive(Debug)]
pub struct RunningSandbox {
    /// Where it listens.
    pub addr: SocketAddr,
    task: JoinHandle<Option<String>>,
}

impl RunningSandbox {
    /// Waits until it has stopped and its connections and deliveries have ended, and everything that was to be kept is. Says why
    /// when the store could no longer be written, which is then also why it stopped.
    pub async fn finished(self) -> Option<String> {
        // It fails only if the task was cancelled or panicked, and then it has ended too.
        self.task.await.ok().flatten()
    }
}

/// Starts a sandbox on `listener`, until `stop`.
///
/// # Errors
/// A lower-case fragment when the webhook secret cannot be read or no client can be made.
pub async fn start(listener: TcpListener, options: SandboxOptions, stop: CancellationToken) -> Result<RunningSandbox, String> {
    let state = State::new(options.config.clone(), Faults::new(&options.faults), Box::new(random_text));
    run(listener, options, state, None, stop)
}

/// Starts a sandbox that takes up where the store's last one was ended, however that was, and keeps everything in it: a request is
/// answered when what it changed is on the disk. Cancels `stop` when the store can no longer be written.
///
/// What was accepted is neither lost nor made up: attempts that were under way are made again at once, under their own number and with
/// the same id and bytes, since nobody knows how they ended; what fell due meanwhile happens now, in order. A retrieval of the pull API
/// counts when it is on the disk, just before its answer is sent: it never comes again, and only an answer that was on its way at
/// the end of the process is lost, as any answer of that operation that does not arrive.
///
/// # Errors
/// A diagnostic when the store's content cannot be taken up, or as [`start`].
pub async fn resume(
    listener: TcpListener,
    options: SandboxOptions,
    store: Store,
    stop: CancellationToken,
) -> Result<RunningSandbox, Diagnostic> {
    let mut state = State::new(options.config.clone(), Faults::new(&options.faults), Box::new(random_text));
    state.restore(&store.rows()?).map_err(|why| store::unreadable(store.name(), &why))?;
    let failed = |why: String| Diagnostic::error("sandbox/start", why);
    let keeper = Keeper::start(store).map_err(failed)?;
    run(listener, options, state, Some(keeper), stop).map_err(failed)
}

fn run(
    listener: TcpListener,
    options: SandboxOptions,
    state: State,
    keeper: Option<Keeper>,
    stop: CancellationToken,
) -> Result<RunningSandbox, String> {
    let addr = listener.local_addr().map_err(|error| format!("the listener has no address: {error}"))?;
    let SandboxOptions { config, clock, .. } = options;
    let (secret, allow_private) = (config.webhook_secret, config.allow_private_addresses);
    let core = Arc::new(Core::new(state, clock, keeper, stop.clone()));
    let outbox = Outbox::new(Arc::clone(&core), secret.expose(), allow_private)?;
    // Before any request, so that these are the attempts of an earlier process alone.
    core.with(|state| outbox.hand_over(state.interrupted()));
    let shell = Arc::new(Shell::new(Arc::clone(&core), outbox));
    core.spawn(Arc::clone(&core).watch_keeper());
    core.spawn(Arc::clone(&shell).keep());
    let task = tokio::spawn(async move {
        let served = Arc::clone(&shell);
        serve(listener, handler(move |request, _peer| Arc::clone(&served).reply(request)), stop).await;
        core.emptied().await
    });
    Ok(RunningSandbox { addr, task })
}

/// 32 random hexadecimal digits.
fn random_text() -> String {
    let mut bytes = [0; 16];
    // The provider fails only where the machine has no randomness at all; a constant token is then still a working sandbox.
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
