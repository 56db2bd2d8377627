//! What happens during a run, as one linear stream.
//!
//! The runner emits, observers (journal, progress) listen. Knows neither side.

use crate::model::exchange::Exchange;
use crate::model::outcome::CaseOutcome;
use jiff::Timestamp;

/// One thing that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The run begins with that many cases.
    RunStarted {
        /// Cases planned.
        cases: usize,
    },
    /// A case begins.
    CaseStarted {
        /// Its id.
        id: &'a str,
    },
    /// A case waits until what it calls is available.
    Waiting {
        /// What is closed, as a reader would say it.
        why: &'a str,
        /// When all of it is open.
        until: Timestamp,
    },
    /// An exchange ended; it has not been judged yet.
    Exchanged {
        /// The case that caused it.
        case: &'a str,
        /// The exchange.
        exchange: &'a Exchange,
    },
    /// A case ended.
    CaseFinished {
        /// What became of it.
        outcome: &'a CaseOutcome,
    },
    /// The run ended or was stopped.
    RunFinished,
}

/// Listens to a run.
pub trait Observer: Send + Sync {
    /// Called in order, before the run goes on.
    fn observe(&self, event: Event<'_>);
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&self, _event: Event<'_>) {}
}
