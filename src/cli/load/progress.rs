//! A line a second while a load runs: rewritten on a terminal, plain elsewhere.
//!
//! Shows what was counted. Writes nothing where nobody wants it.

use crate::base::units::{Nanos, Rate};
use crate::model::load::{Interval, LoadEvent, LoadObserver, LoadOpening, Phase};
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

/// Elsewhere than on a terminal a line stands for so many seconds.
const PLAIN_EVERY: u64 = 5;

/// Shows how a load goes.
pub(super) struct Progress {
    terminal: bool,
    quiet: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    planned: Nanos,
    shown: bool,
    seconds: u64,
    errors: u64,
    invalid: u64,
}

impl Progress {
    /// Rewrites one line where there is a terminal.
    pub(super) fn new(terminal: bool, quiet: bool) -> Self {
        Self { terminal, quiet, state: Mutex::default() }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.terminal && state.shown {
            let _ = write!(std::io::stderr(), "\r\u{1b}[2K");
        }
    }

    /// The line stays, and the next one comes below it.
    fn keep(&self) {
        if self.terminal {
            let _ = writeln!(std::io::stderr());
        }
    }

    fn line(&self, text: &str, state: &mut State) {
        let mut out = std::io::stderr();
        // Nothing is left to say it to when the terminal itself is gone.
        let _ = if self.terminal { write!(out, "\r\u{1b}[2K{text}") } else { writeln!(out, "{text}") };
        let _ = out.flush();
        state.shown = true;
    }
}

impl LoadObserver for Progress {
    fn observe(&self, event: LoadEvent<'_>) {
        if self.quiet {
            return;
        }
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            LoadEvent::Started(LoadOpening { planned, .. }) => state.planned = *planned,
            LoadEvent::Interval(interval) => {
                state.errors += interval.errors();
                state.invalid += interval.cells.iter().map(|c| c.answered.invalid).sum::<u64>();
                let Some(text) = shown(interval, state) else { return };
                state.seconds += 1;
                if self.terminal || state.seconds.is_multiple_of(PLAIN_EVERY) {
                    self.line(&text, state);
                }
            }
            LoadEvent::Searched(step) => {
                let held = match (step.held, step.spoiled) {
                    (true, _) => "holds".to_owned(),
                    (false, true) => format!("says nothing: {}", step.broken.join("; ")),
                    (false, false) => format!("breaks: {}", step.broken.join("; ")),
                };
                let p99 = step.p99.map(|p| format!(", p99 {p}")).unwrap_or_default();
                self.line(&format!("{} {held}{p99}", step.rate), state);
                self.keep();
            }
            LoadEvent::Note(note) => {
                self.line(note, state);
                self.keep();
            }
            LoadEvent::Failure(_) | LoadEvent::Callbacks(_) | LoadEvent::Finished(_) => {}
        }
    }
}

/// The line of an interval; none where it has no length, since the phase changed within its second and the rest of it follows.
fn shown(interval: &Interval, state: &State) -> Option<String> {
    if interval.length.0 == 0 {
        return None;
    }
    let answers = interval.answers();
    let seconds = interval.length.0 as f64 / 1e9;
    let rate = Rate(answers.response.count() as f64 / seconds);
    let quantile = |q: f64| answers.response.quantile(q).map_or_else(|| "-".to_owned(), |t| t.to_string());
    let phase = match interval.phase {
        Phase::Warmup => " warm-up",
        Phase::Measured => "",
        Phase::Drain => " waiting for the rest",
    };
    let at = Nanos(interval.at.0 + interval.length.0);
    let of = if state.planned.0 > 0 { format!(" of {}", state.planned) } else { String::new() };
    let mut line =
        format!("{at}{of}{phase}  {rate}  p50 {}  p99 {}  {} in flight", quantile(0.5), quantile(0.99), interval.in_flight);
    if state.errors > 0 {
        line.push_str(&format!("  {} errors", state.errors));
    }
    if state.invalid > 0 {
        line.push_str(&format!("  {} wrong", state.invalid));
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::{State, shown};
    use crate::base::units::Nanos;
    use crate::model::load::{Interval, Phase};

    #[test]
    fn a_part_of_a_second_without_length_has_no_rate() {
        let line = |length| shown(&Interval::empty(Nanos(0), Nanos(length), Phase::Warmup), &State::default());
        assert_eq!(line(0), None);
        assert_eq!(line(1_000_000_000).as_deref(), Some("1s warm-up  0/s  p50 -  p99 -  0 in flight"));
    }
}
