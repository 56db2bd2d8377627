//! How a watch is shown while it goes on: a line for each operation, drawn again in place, or plain lines at each change.
//!
//! Shows what was written down. Says nothing where it is to be quiet, and leaves the terminal as it was.

use crate::app::monitor::{Observer, Standing};
use crate::base::units::Nanos;
use crate::cli::terminal::Terminal;
use crate::model::availability::{MonitorEvent, State};
use crate::monitor::figures::Ratio;
use crate::report::text::Verbosity;
use crate::window::spans::Stretch;
use jiff::Timestamp;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// No two drawings lie closer together.
const DRAWN: Duration = Duration::from_millis(250);
/// What stands beside the name in a line, at most.
const BESIDE: usize = 70;
/// Elsewhere than on a terminal it is said so often how things are.
const SAID: Duration = Duration::from_secs(60);

/// Shows a watch while it goes on.
pub(super) struct Live {
    /// Lines are drawn again in place.
    drawn: bool,
    color: bool,
    verbosity: Verbosity,
    state: Mutex<Shown>,
}

/// What is on the terminal.
struct Shown {
    /// How many lines of it are drawn again.
    lines: usize,
    last: Instant,
    /// Nothing was drawn or said of the standings yet.
    fresh: bool,
}

impl Live {
    /// What suits the terminal and what was asked for.
    pub(super) fn new(terminal: &Terminal, plain: bool, verbosity: Verbosity) -> Self {
        let able = terminal.shows_progress() && std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
        let state = Shown { lines: 0, last: Instant::now(), fresh: true };
        Self { drawn: able && !plain, color: terminal.error_color(), verbosity, state: Mutex::new(state) }
    }

    /// Takes away what is not to stay.
    pub(super) fn close(&self) {
        let mut state = self.state();
        write(&erased(&mut state));
    }

    fn state(&self) -> MutexGuard<'_, Shown> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line that stays, above what is drawn again.
    fn line(&self, text: &str) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        let mut state = self.state();
        // What was drawn is drawn again below it.
        state.fresh = true;
        write(&format!("{}{text}\n", erased(&mut state)));
    }

    fn painted(&self, state: Option<State>) -> String {
        let word = format!("{:8}", state.map_or("unknown", State::word));
        let color = match state {
            _ if !self.color => return word,
            Some(State::Up) => "32",
            Some(State::Degraded) => "33",
            Some(State::Down) => "1;31",
            None => "2",
        };
        format!("\u{1b}[{color}m{word}\u{1b}[0m")
    }

    fn standing(&self, standing: &Standing, width: usize, now: Timestamp) -> String {
        let since = standing.since.and_then(|since| Stretch::new(since, now));
        let since =
            since.map_or_else(|| "-".to_owned(), |for_| Nanos(for_.length().0 / 1_000_000_000 * 1_000_000_000).to_string());
        let figures = standing.figures;
        let so_far = figures.availability().map_or_else(|| "-".to_owned(), |ratio: Ratio| ratio.level().to_string());
        let took = standing.took.map_or_else(|| "-".to_owned(), |took| took.to_string());
        let state = self.painted(standing.state);
        format!("{:width$}  {state}  for {since:<9}  {so_far:<9} available  last {took}", standing.name)
    }
}

/// Whether every operation has a line of its own on the terminal: only then they can be drawn again in place.
fn fits(standings: &[Standing], width: usize) -> bool {
    let able = |(columns, rows): (u16, u16)| usize::from(columns) > width + BESIDE && usize::from(rows) > standings.len();
    crossterm::terminal::size().is_ok_and(able)
}

/// What takes the lines away that are drawn again.
fn erased(state: &mut Shown) -> String {
    "\u{1b}[1A\u{1b}[2K".repeat(std::mem::take(&mut state.lines))
}

fn write(text: &str) {
    let mut out = std::io::stderr().lock();
    // Nothing is left to say it to when the terminal itself is gone.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Observer for Live {
    fn event(&self, event: MonitorEvent<'_>, names: &[String]) {
        let name = |operation: usize| names.get(operation).map_or("?", String::as_str);
        match event {
            MonitorEvent::Changed { operation, at, before, after } => {
                let before = before.map(|before| format!(", was {}", before.word())).unwrap_or_default();
                self.line(&format!("{} {} is {}{before}", clock(at), name(operation), self.painted(Some(after)).trim_end()));
            }
            MonitorEvent::Gap { operation, from, to } => {
                self.line(&format!("{} nothing is known of {} since {}", clock(to), name(operation), clock(from)));
            }
            MonitorEvent::ClockJumped { at, by } => {
                let (by, how) = (Nanos(by.unsigned_abs()), if by < 0 { "back" } else { "forward" });
                self.line(&format!("{} the clock was set {how} by {by}", clock(at)));
            }
            MonitorEvent::SessionBegan { at, resumed: true } => self.line(&format!("{} the watch goes on", clock(at))),
            MonitorEvent::Probed(probe) if self.verbosity == Verbosity::Verbose && probe.state != State::Up => {
                let why = probe.why.map_or("", |why| why.title());
                let detail = probe.detail.lines().next().unwrap_or_default();
                self.line(&format!("{} {} {why}: {detail}", clock(probe.due), name(probe.operation)));
            }
            _ => {}
        }
    }

    fn looked(&self, now: Timestamp, standings: &[Standing]) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        let mut state = self.state();
        let width = standings.iter().map(|s| s.name.len()).max().unwrap_or(0);
        let lines = || standings.iter().map(|s| self.standing(s, width, now) + "\n").collect::<String>();
        if self.drawn && fits(standings, width) {
            if state.fresh || state.last.elapsed() >= DRAWN {
                let text = erased(&mut state) + &lines();
                write(&text);
                *state = Shown { lines: standings.len(), last: Instant::now(), fresh: false };
            }
        } else if state.last.elapsed() >= SAID {
            let at = clock(now);
            let text: String = lines().lines().map(|line| format!("{at} {line}\n")).collect();
            write(&text);
            state.last = Instant::now();
        }
    }

    fn note(&self, text: &str) {
        self.line(text);
    }
}
