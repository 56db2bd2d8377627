//! Whether the generator itself kept up.
//!
//! Figures and the faults they come to, with what to change. Measures nothing.

use crate::base::units::{Nanos, Rate, Share};

/// How the generator fared over the measured part of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// The p99 of the lag.
    pub lag_p99: Option<Nanos>,
    /// The longest lag.
    pub lag_max: Option<Nanos>,
    /// The p99 of the lag that was the generator's own: the event loop came late, though a connection was free.
    pub own_lag_p99: Option<Nanos>,
    /// Starts that were due and never made.
    pub missed: u64,
    /// The largest share of a processor that the event loops used over a second, over all of theirs.
    pub cpu_peak: Option<Share>,
    /// The mean share.
    pub cpu_mean: Option<Share>,
    /// The share of the time that event loops waited for a processor.
    pub run_queue: Option<Share>,
    /// File descriptors that the process may open.
    pub descriptors: Option<u64>,
    /// Local ports that connections may have.
    pub ports: Option<u64>,
    /// Event loops.
    pub workers: u32,
    /// What spoiled the measurement; empty when it is sound.
    pub faults: Vec<HealthFault>,
    /// What is worth knowing and spoils nothing.
    pub remarks: Vec<String>,
    /// The rate it could have held, where that can be said.
    pub could_hold: Option<Rate>,
}

/// One thing that makes a measurement one of the generator instead of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthFault {
    /// A short name, such as `lag`.
    pub name: &'static str,
    /// What was seen, a lower-case fragment.
    pub seen: String,
    /// What to change.
    pub hint: String,
}
