//! What a plan is executed against: targets, listeners, the client, the clock.
//!
//! Holds addresses and handles. Opens nothing itself: the command that wires a run does.

use crate::base::clock::Clock;
use crate::base::seed::Seed;
use crate::check::inbound::Signed;
use crate::net::client::Client;
use crate::net::inbox::Inbox;
use crate::request::origins::Origins;
use crate::run::pulse::Pulse;
use crate::run::tokens::Tokens;
use crate::suite::ast::environment::Environment;
use crate::window::hours::Hours;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a plan is executed against.
pub struct World {
    /// The instances of the target; at least one. Of several, the first carries what may run side by side.
    pub lanes: Vec<Lane>,
    /// The target as a reader would name it.
    pub target: String,
    /// The environment.
    pub environment: Arc<Environment>,
    /// The listeners by name.
    pub listeners: BTreeMap<String, Listener>,
    /// The client.
    pub client: Client,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// When the APIs are available.
    pub hours: Hours,
    /// The seed of the run.
    pub seed: Seed,
    /// How many cases run side by side on one instance.
    pub jobs: usize,
}

/// One instance of the target.
pub struct Lane {
    /// Origin (and path prefix, if any) without a trailing slash, by spec.
    pub origins: Origins,
    /// The base URL of its control, where there is one.
    pub control: Option<String>,
    /// Access tokens for it.
    pub(in crate::run) tokens: Tokens,
    /// Counts movements of its clock: a token of an earlier count may have expired.
    pub(in crate::run) epoch: AtomicU64,
    /// Whether it still answers.
    pub(in crate::run) pulse: Pulse,
}

impl Lane {
    /// An instance at these origins.
    #[must_use]
    pub fn new(origins: Origins, control: Option<String>) -> Self {
        Self { origins, control, tokens: Tokens::default(), epoch: AtomicU64::new(0), pulse: Pulse::default() }
    }

    pub(in crate::run) fn clock_moved(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }
}

/// A listener that is up.
pub struct Listener {
    /// Where deliveries come in.
    pub inbox: Inbox,
    /// What deliveries to it are signed with, where they are.
    pub signed: Option<Signed>,
}
