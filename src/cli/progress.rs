//! One line of progress on a terminal, for runs of over a second.
//!
//! Counts cases as they end. Writes nothing where nobody watches, and leaves nothing behind.

use crate::model::event::{Event, Observer};
use crate::model::outcome::Verdict;
use jiff::Timestamp;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// No line before this, so that quick runs stay calm.
const PATIENCE: Duration = Duration::from_millis(700);
/// No more often than this.
const EVERY: Duration = Duration::from_millis(100);

/// Counts what ends.
pub(super) struct Progress {
    shown: bool,
    quiet: bool,
    state: Mutex<State>,
}

struct State {
    began: Instant,
    last: Option<Instant>,
    cases: usize,
    ended: usize,
    wrong: usize,
    waiting: Option<Timestamp>,
}

impl Progress {
    /// Shows a line that changes only where `shown`; that a window is waited for is said unless `quiet`.
    pub(super) fn new(shown: bool, quiet: bool) -> Self {
        let state = State { began: Instant::now(), last: None, cases: 0, ended: 0, wrong: 0, waiting: None };
        Self { shown: shown && !quiet, quiet, state: Mutex::new(state) }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.shown && state.last.is_some() {
            let _ = write!(std::io::stderr(), "\r\u{1b}[2K");
        }
    }
}

impl Observer for Progress {
    fn observe(&self, event: Event<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Event::Waiting { why, until } = event
            && !self.quiet
            && state.waiting != Some(until)
        {
            state.waiting = Some(until);
            let clear = if self.shown { "\r\u{1b}[2K" } else { "" };
            let _ = writeln!(std::io::stderr(), "{clear}waiting until {until}: {why}");
        }
        if !self.shown {
            return;
        }
        match event {
            Event::RunStarted { cases } => state.cases = cases,
            Event::CaseFinished { outcome } => {
                state.ended += 1;
                state.wrong += usize::from(matches!(outcome.verdict, Verdict::Fail | Verdict::Error));
            }
            _ => {}
        }
        let now = Instant::now();
        let due = now.duration_since(state.began) > PATIENCE && state.last.is_none_or(|l| now.duration_since(l) > EVERY);
        if due {
            state.last = Some(now);
            let wrong = if state.wrong > 0 { format!(", {} not right", state.wrong) } else { String::new() };
            let _ = write!(std::io::stderr(), "\r\u{1b}[2K{} of {} cases{wrong}", state.ended, state.cases);
        }
    }
}
