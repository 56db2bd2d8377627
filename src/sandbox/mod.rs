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
mod letters;
mod misbehave;
mod outbox;
mod pull;
mod push;
mod service;
mod shell;
mod signature;
mod state;
mod text;
mod tokens;

use crate::base::clock::{Clock, SystemClock};
use crate::net::server::{handler, serve};
use crate::sandbox::config::SandboxConfig;
use crate::sandbox::core::Core;
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::outbox::Outbox;
use crate::sandbox::shell::Shell;
use crate::sandbox::state::State;
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
    task: JoinHandle<()>,
}

impl RunningSandbox {
    /// Waits until it has stopped and its connections and deliveries have ended.
    pub async fn finished(self) {
        // It fails only if the task was cancelled or panicked, and then it has ended too.
        let _ = self.task.await;
    }
}

/// Starts a sandbox on `listener`, until `stop`.
///
/// # Errors
/// A lower-case fragment when the webhook secret cannot be read or no client can be made.
pub async fn start(listener: TcpListener, options: SandboxOptions, stop: CancellationToken) -> Result<RunningSandbox, String> {
    let addr = listener.local_addr().map_err(|error| format!("the listener has no address: {error}"))?;
    let SandboxOptions { config, faults, clock } = options;
    let (secret, allow_private) = (config.webhook_secret.clone(), config.allow_private_addresses);
    let state = State::new(config, Faults::new(&faults), Box::new(random_text));
    let core = Arc::new(Core::new(state, clock, stop.clone()));
    let outbox = Outbox::new(Arc::clone(&core), secret.expose(), allow_private)?;
    let shell = Arc::new(Shell::new(Arc::clone(&core), outbox));
    core.spawn(Arc::clone(&shell).keep());
    let task = tokio::spawn(async move {
        let served = Arc::clone(&shell);
        serve(listener, handler(move |request, _peer| Arc::clone(&served).reply(request)), stop).await;
        core.emptied().await;
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
