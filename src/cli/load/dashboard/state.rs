//! What the dashboard shows: everything that was told of a load, summed up as far as a reader needs it.
//!
//! Hears events and counts. Draws nothing, and keeps a bounded part of the past.

use crate::base::units::{Nanos, Rate, Share};
use crate::model::histogram::Histogram;
use crate::model::load::{
    Answered, CallbackFigures, Class, Interval, KeptFailure, LoadError, LoadEvent, LoadOpening, Phase, SearchStep, Totals,
};
use std::collections::VecDeque;

/// Seconds of the past that are kept: more than a terminal has columns.
const PAST: usize = 600;
/// Notes, failures and steps that are kept.
const KEPT: usize = 64;
/// The quantiles that are followed over time.
pub(super) const FOLLOWED: [(&str, f64); 3] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];

/// Why a load is being ended before its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is not.
    #[default]
    Not,
    /// Somebody asked for it; answers under way are waited for.
    Asked,
    /// It is over.
    Over,
}

/// A load as far as it was told.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) opening: Option<LoadOpening>,
    pub(super) elapsed: Nanos,
    pub(super) phase: Option<Phase>,
    pub(super) seconds: VecDeque<Second>,
    pub(super) callbacks: Vec<CallbackFigures>,
    pub(super) steps: VecDeque<SearchStep>,
    pub(super) notes: VecDeque<String>,
    pub(super) failures: Vec<String>,
    pub(super) now: Now,
    pub(super) ending: Ending,
    measured: Totals,
    warmup: Totals,
    /// The response times of the last second, which a later interval of the same second still adds to.
    current: Histogram,
}

/// One second of the past.
#[derive(Clone, Copy, Debug)]
pub(super) struct Second {
    at: Nanos,
    length: Nanos,
    due: u64,
    begun: u64,
    answered: u64,
    /// The times at [`FOLLOWED`]; `None` where nothing was answered.
    pub(super) times: Option<[Nanos; 3]>,
}

impl Second {
    fn rate(&self, of: u64) -> Option<Rate> {
        (self.length.0 > 0).then(|| Rate(of as f64 * 1e9 / self.length.0 as f64))
    }

    /// Starts that fell due.
    pub(super) fn asked(&self) -> Option<Rate> {
        self.rate(self.due)
    }

    /// Starts that were made.
    pub(super) fn achieved(&self) -> Option<Rate> {
        self.rate(self.begun)
    }

    /// Answers.
    pub(super) fn answers(&self) -> Option<Rate> {
        self.rate(self.answered)
    }
}

/// The generator as the last second left it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Now {
    pub(super) in_flight: u64,
    pub(super) open: u64,
    pub(super) processor: Option<Share>,
    pub(super) waited: Option<Share>,
    pub(super) lag: Option<Nanos>,
    pub(super) lateness: Option<Nanos>,
}

impl Now {
    fn after(interval: &Interval) -> Self {
        let time = interval.length.0.saturating_mul(u64::from(interval.workers));
        let part = |of: Nanos| Share::of(usize::try_from(of.0).ok()?, usize::try_from(time).ok()?);
        Self {
            in_flight: interval.in_flight,
            open: interval.open,
            processor: part(interval.cpu),
            waited: part(interval.run_queue),
            lag: interval.answers().lag.quantile(0.99),
            lateness: interval.lateness.quantile(0.99),
        }
    }
}

/// What was counted of one operation, or of all.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) answers: u64,
    pub(super) errors: u64,
    pub(super) wrong: u64,
    /// The times at [`FOLLOWED`].
    pub(super) times: Option<[Nanos; 3]>,
    pub(super) max: Option<Nanos>,
}

impl State {
    /// Takes in what happened.
    pub(super) fn hear(&mut self, event: LoadEvent<'_>) {
        match event {
            LoadEvent::Started(opening) => self.opening = Some(opening.clone()),
            LoadEvent::Interval(interval) => self.second(interval),
            LoadEvent::Failure(kept) if self.failures.len() < KEPT => self.failures.push(said(kept)),
            LoadEvent::Failure(_) => {}
            LoadEvent::Callbacks(figures) => self.callbacks = figures.to_vec(),
            LoadEvent::Searched(step) => {
                push(&mut self.steps, step.clone(), KEPT);
                // What is shown of the operations is of the rate that is being tried.
                (self.measured, self.warmup) = (Totals::default(), Totals::default());
            }
            LoadEvent::Note(note) => push(&mut self.notes, note.to_owned(), KEPT),
            LoadEvent::Finished(_) => self.ending = Ending::Over,
        }
    }

    fn second(&mut self, interval: &Interval) {
        match interval.phase {
            Phase::Warmup => self.warmup.add(interval),
            Phase::Measured | Phase::Drain => self.measured.add(interval),
        }
        self.elapsed = self.elapsed.max(Nanos(interval.at.0 + interval.length.0));
        // Where the phase changes within a second, the part that is over has no length and no gauges.
        if interval.length.0 > 0 {
            (self.phase, self.now) = (Some(interval.phase), Now::after(interval));
        }
        if self.seconds.back().is_none_or(|s| s.at != interval.at) {
            self.current.clear();
            let empty = Second { at: interval.at, length: Nanos(0), due: 0, begun: 0, answered: 0, times: None };
            push(&mut self.seconds, empty, PAST);
        }
        let response = interval.answers().response;
        self.current.merge(&response);
        if let Some(second) = self.seconds.back_mut() {
            second.length.0 += interval.length.0;
            second.due += interval.due;
            second.begun += interval.journeys;
            second.answered += response.count();
            second.times = followed(&self.current);
        }
    }

    /// What is shown: the measured part, or the warm-up while there is nothing else.
    pub(super) fn totals(&self) -> &Totals {
        if self.measured.cells.is_empty() { &self.warmup } else { &self.measured }
    }

    /// True while only the warm-up has been heard of.
    pub(super) fn is_warming(&self) -> bool {
        self.measured.cells.is_empty() && !self.warmup.cells.is_empty()
    }

    /// A row for each operation, and one for all where there are several.
    pub(super) fn rows(&self) -> Vec<Row> {
        let names = self.opening.iter().flat_map(|o| o.operations.iter());
        let mut rows: Vec<Row> = names.enumerate().map(|(i, name)| self.row(name, Some(i))).collect();
        if rows.len() > 1 {
            rows.push(self.row("all", None));
        }
        rows
    }

    /// What was counted of one operation, or of all.
    pub(super) fn row(&self, name: &str, operation: Option<usize>) -> Row {
        let totals = self.totals();
        let response = totals.answers(operation).response;
        Row {
            name: name.to_owned(),
            answers: response.count(),
            errors: totals.errors(operation).iter().map(|(_, n)| n).sum(),
            wrong: totals.answered(operation).invalid,
            times: followed(&response),
            max: response.max(),
        }
    }

    /// How the answers were judged, and how many there were.
    pub(super) fn judged(&self) -> (Answered, u64) {
        (self.totals().answered(None), self.totals().received(None))
    }

    /// What got no answer or one that speaks of an error, most frequent first.
    pub(super) fn troubles(&self) -> Vec<(String, u64)> {
        let totals = self.totals();
        let errors = totals.errors(None).into_iter().map(|(error, n)| (LoadError::title(error).to_owned(), n));
        let statuses = totals.statuses(None).into_iter().filter(|(class, _)| *class >= 4);
        let mut all: Vec<(String, u64)> = errors.chain(statuses.map(|(class, n)| (format!("answers {class}xx"), n))).collect();
        all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        all
    }

    /// How far it has come, 0 to 1; `None` where that is not known beforehand.
    pub(super) fn part(&self) -> Option<f64> {
        let planned = self.opening.as_ref()?.planned.0;
        (planned > 0).then(|| (self.elapsed.0 as f64 / planned as f64).min(1.0))
    }

    /// True where errors of a kind that is the generator's own occurred.
    pub(super) fn is_exhausted(&self) -> bool {
        self.totals().cells.iter().any(|c| matches!(c.class, Class::Error(error) if error.is_ours()))
    }
}

fn followed(times: &Histogram) -> Option<[Nanos; 3]> {
    let [a, b, c] = FOLLOWED.map(|(_, q)| times.quantile(q));
    Some([a?, b?, c?])
}

/// A failure in one line.
fn said(kept: &KeptFailure) -> String {
    let why = kept.findings.first().map(|f| f.message.as_str()).or_else(|| kept.errors.first().map(String::as_str));
    format!("{}: {}", kept.operation, why.unwrap_or("not as it should be"))
}

fn push<T>(all: &mut VecDeque<T>, new: T, most: usize) {
    if all.len() >= most {
        all.pop_front();
    }
    all.push_back(new);
}

#[cfg(test)]
mod tests {
    use super::{PAST, State};
    use crate::base::units::{Nanos, Rate};
    use crate::model::load::{Answered, Cell, Class, Figures, Interval, LoadEvent, Phase};

    const SECOND: u64 = 1_000_000_000;

    fn interval(at: u64, length: u64, phase: Phase, answers: u64) -> Interval {
        let mut interval = Interval::empty(Nanos(at * SECOND), Nanos(length), phase);
        let mut figures = Figures::default();
        figures.response.record_many(Nanos(2_000_000), answers);
        interval.cells.push(Cell { operation: 0, class: Class::Status(2), figures, answered: Answered::default() });
        (interval.due, interval.journeys) = (answers, answers);
        interval
    }

    #[test]
    fn a_second_in_two_parts_is_one_second() {
        let mut state = State::default();
        state.hear(LoadEvent::Interval(&interval(0, SECOND, Phase::Warmup, 10)));
        assert!(state.is_warming());
        state.hear(LoadEvent::Interval(&interval(1, 0, Phase::Warmup, 4)));
        state.hear(LoadEvent::Interval(&interval(1, SECOND, Phase::Measured, 6)));
        assert_eq!(state.seconds.len(), 2);
        assert_eq!(state.seconds.back().and_then(super::Second::answers), Some(Rate(10.0)));
        assert!(!state.is_warming());
        assert_eq!(state.row("", None).answers, 6, "what was warm-up is no longer shown");
        assert_eq!(state.phase, Some(Phase::Measured));
    }

    #[test]
    fn the_past_is_bounded() {
        let mut state = State::default();
        for at in 0..PAST as u64 + 100 {
            state.hear(LoadEvent::Interval(&interval(at, SECOND, Phase::Measured, 1)));
            state.hear(LoadEvent::Note("again"));
        }
        assert_eq!((state.seconds.len(), state.notes.len()), (PAST, super::KEPT));
        assert_eq!(state.elapsed, Nanos((PAST as u64 + 100) * SECOND));
        assert_eq!(state.row("", None).answers, PAST as u64 + 100);
    }
}
