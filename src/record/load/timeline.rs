//! A load over time, as it is told: a point for each interval, and what was worth a line.
//!
//! Keeps counts and percentiles, never a histogram, and never more than so many points: where a load is long, two points become one.

use crate::model::histogram::Histogram;
use crate::model::load::{Answered, Cell, Class, Figures, Interval, LoadEvent};
use crate::model::redact::Redactor;
use crate::record::load::figures::{OperationPointRecord, PhaseRecord, PointRecord, SpreadRecord};
use crate::record::load::measure::{micros, per_second, share};
use crate::record::scrub;
use std::collections::{BTreeMap, BTreeSet};

/// Points kept at most: half an hour of seconds.
const POINTS: usize = 1_800;
/// Notes kept at most.
const NOTES: usize = 200;

/// What was told of a load so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    points: Vec<Point>,
    notes: Vec<String>,
    /// Intervals that a point takes in; zero is read as one.
    each: u32,
}

/// What is kept of one or more intervals of a phase.
#[derive(Clone, Debug, PartialEq)]
struct Point {
    at: u64,
    length: u64,
    phase: PhaseRecord,
    intervals: u32,
    due: u64,
    sent: u64,
    missed: u64,
    /// What ended, of all operations.
    all: Ended,
    /// The same by operation.
    operations: BTreeMap<usize, Ended>,
    in_flight: u64,
    open: u64,
    cpu: Option<u32>,
    run_queue: Option<u32>,
}

/// What ended, of one operation or of all.
#[derive(Clone, Debug, Default, PartialEq)]
struct Ended {
    received: u64,
    validated: u64,
    invalid: u64,
    errors: BTreeMap<&'static str, u64>,
    response: Spread,
    service: Spread,
    lag: Spread,
}

/// p50, p90, p99, p99.9 and the longest, in microseconds.
type Spread = [Option<u64>; 5];

fn spread(histogram: &Histogram) -> Spread {
    let at = |quantile| histogram.quantile(quantile).map(micros);
    [at(0.5), at(0.9), at(0.99), at(0.999), histogram.max().map(micros)]
}

fn stored([p50, p90, p99, p99_9, max]: Spread) -> SpreadRecord {
    SpreadRecord { p50, p90, p99, p99_9, max }
}

impl Ended {
    fn of<'c>(cells: impl Iterator<Item = &'c Cell>) -> Self {
        let (mut answers, mut lag, mut answered) = (Figures::default(), Figures::default().lag, Answered::default());
        let mut errors = BTreeMap::new();
        for cell in cells {
            lag.merge(&cell.figures.lag);
            answered.add(cell.answered);
            match cell.class {
                Class::Status(_) => answers.merge(&cell.figures),
                Class::Error(error) => *errors.entry(error.word()).or_default() += cell.figures.response.count(),
            }
        }
        Self {
            received: answers.response.count(),
            validated: answered.validated,
            invalid: answered.invalid,
            errors,
            response: spread(&answers.response),
            service: spread(&answers.service),
            lag: spread(&lag),
        }
    }

    /// Takes in what ended after it: counts are summed, and times are those of the worse.
    fn join(&mut self, next: &Self) {
        self.received += next.received;
        self.validated += next.validated;
        self.invalid += next.invalid;
        for (class, count) in &next.errors {
            *self.errors.entry(class).or_default() += count;
        }
        for (spread, other) in [(&mut self.response, next.response), (&mut self.service, next.service), (&mut self.lag, next.lag)]
        {
            spread.iter_mut().zip(other).for_each(|(time, other)| *time = (*time).max(other));
        }
    }

    fn errors(&self) -> BTreeMap<String, u64> {
        self.errors.iter().map(|(class, count)| ((*class).to_owned(), *count)).collect()
    }

    fn record(&self, operation: &str) -> OperationPointRecord {
        OperationPointRecord {
            operation: operation.to_owned(),
            received: self.received,
            validated: self.validated,
            invalid: self.invalid,
            errors: self.errors(),
            response: stored(self.response),
            service: stored(self.service),
            lag: stored(self.lag),
        }
    }
}

/// The time of each phase, and what was answered while measured starts fell due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans {
    pub(super) warmup: u64,
    pub(super) measured: u64,
    pub(super) drain: u64,
    pub(super) received: u64,
}

impl Timeline {
    /// Takes in what is told; all but intervals and notes passes by.
    pub fn hear(&mut self, event: LoadEvent<'_>, redactor: &Redactor) {
        match event {
            LoadEvent::Interval(interval) => self.add(interval),
            LoadEvent::Note(note) if self.notes.len() < NOTES => self.notes.push(scrub::text(redactor, note)),
            _ => {}
        }
    }

    /// Takes in an interval.
    pub fn add(&mut self, interval: &Interval) {
        let point = Point::of(interval);
        let each = self.each.max(1);
        match self.points.last_mut().filter(|last| last.phase == point.phase && last.intervals < each) {
            Some(last) => last.join(&point),
            None => self.points.push(point),
        }
        if self.points.len() > POINTS {
            self.each = each.saturating_mul(2);
            self.thin();
        }
    }

    /// Makes one point of two neighbours, where they are of the same phase.
    fn thin(&mut self) {
        let mut kept: Vec<Point> = Vec::with_capacity(POINTS);
        for point in std::mem::take(&mut self.points) {
            match kept.last_mut().filter(|l| l.phase == point.phase && l.intervals + point.intervals <= self.each) {
                Some(last) => last.join(&point),
                None => kept.push(point),
            }
        }
        self.points = kept;
    }

    /// Keeps a note that is redacted already.
    pub(super) fn note(&mut self, note: String) {
        if self.notes.len() < NOTES {
            self.notes.push(note);
        }
    }

    /// The notes.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The points as they are stored, with the names of the operations.
    pub(super) fn points(&self, operations: &[String]) -> Vec<PointRecord> {
        self.points.iter().map(|point| point.record(operations)).collect()
    }

    /// When the last interval ended, from the start of the run.
    pub(super) fn end(&self) -> u64 {
        self.points.last().map_or(0, |p| p.at + p.length)
    }

    pub(super) fn spans(&self) -> Spans {
        let mut spans = Spans::default();
        for point in &self.points {
            match point.phase {
                PhaseRecord::Warmup => spans.warmup += point.length,
                PhaseRecord::Drain => spans.drain += point.length,
                PhaseRecord::Measured => {
                    spans.measured += point.length;
                    spans.received += point.all.received;
                }
            }
        }
        spans
    }
}

impl Point {
    fn of(interval: &Interval) -> Self {
        let capacity = interval.length.0 * u64::from(interval.workers);
        let named: BTreeSet<usize> = interval.cells.iter().map(|c| c.operation).collect();
        let of = |operation: usize| Ended::of(interval.cells.iter().filter(move |c| c.operation == operation));
        Self {
            at: interval.at.0,
            length: interval.length.0,
            phase: interval.phase.into(),
            intervals: 1,
            due: interval.due,
            sent: interval.sent,
            missed: interval.missed,
            all: Ended::of(interval.cells.iter()),
            operations: named.into_iter().map(|operation| (operation, of(operation))).collect(),
            in_flight: interval.in_flight,
            open: interval.open,
            cpu: share(interval.cpu.0, capacity),
            run_queue: share(interval.run_queue.0, capacity),
        }
    }

    /// Takes in the point after it.
    fn join(&mut self, next: &Self) {
        self.length += next.length;
        self.intervals += next.intervals;
        self.due += next.due;
        self.sent += next.sent;
        self.missed += next.missed;
        self.all.join(&next.all);
        for (operation, ended) in &next.operations {
            self.operations.entry(*operation).or_default().join(ended);
        }
        self.in_flight = self.in_flight.max(next.in_flight);
        self.open = self.open.max(next.open);
        self.cpu = self.cpu.max(next.cpu);
        self.run_queue = self.run_queue.max(next.run_queue);
    }

    fn record(&self, operations: &[String]) -> PointRecord {
        let all = &self.all;
        let [p50, p90, p99, p99_9, max] = all.response;
        let named = |(operation, ended): (&usize, &Ended)| Some(ended.record(operations.get(*operation)?));
        PointRecord {
            at_ns: self.at,
            length_ns: self.length,
            phase: self.phase,
            asked: per_second(self.due, self.length),
            achieved: per_second(all.received, self.length),
            received: all.received,
            validated: all.validated,
            invalid: all.invalid,
            errors: all.errors(),
            missed: self.missed,
            p50,
            p90,
            p99,
            p99_9,
            max,
            lag_p99: all.lag[2],
            sent: Some(self.sent),
            service: stored(all.service),
            lag: stored(all.lag),
            operations: self.operations.iter().filter_map(named).collect(),
            in_flight: self.in_flight,
            connections: self.open,
            cpu: self.cpu,
            run_queue: self.run_queue,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{POINTS, Timeline};
    use crate::base::units::Nanos;
    use crate::model::histogram::Histogram;
    use crate::model::load::{Cell, Class, Figures, Interval, Phase};

    fn second(number: u64, phase: Phase) -> Interval {
        let mut response = Histogram::new();
        response.record_many(Nanos((number + 1) * 1_000), number % 7 + 1);
        let mut interval = Interval::empty(Nanos(number * 1_000_000_000), Nanos(1_000_000_000), phase);
        interval.due = 10;
        interval.cells.push(Cell {
            operation: 0,
            class: Class::Status(2),
            figures: Figures { response, ..Figures::default() },
            answered: Default::default(),
        });
        interval
    }

    #[test]
    fn a_long_load_has_fewer_points_that_count_as_much_and_show_the_worst() {
        let mut timeline = Timeline::default();
        let seconds = 3 * POINTS as u64 + 1;
        for number in 0..seconds {
            timeline.add(&second(number, if number < 61 { Phase::Warmup } else { Phase::Measured }));
        }
        let points = timeline.points(&["getOrder".to_owned()]);
        assert!(points.len() <= POINTS && points.len() > POINTS / 2, "{}", points.len());
        let received: u64 = (0..seconds).map(|n| n % 7 + 1).sum();
        assert_eq!(points.iter().map(|p| p.received).sum::<u64>(), received);
        assert_eq!(points.iter().map(|p| p.length_ns).sum::<u64>(), seconds * 1_000_000_000);
        assert!(points.iter().all(|p| p.asked == Some(10.0)), "rates stay rates");
        assert!(points.windows(2).all(|w| w[0].at_ns + w[0].length_ns == w[1].at_ns), "without a gap");
        let of_one: u64 = points.iter().flat_map(|p| &p.operations).map(|o| o.received).sum();
        assert_eq!((of_one, points[0].operations[0].operation.as_str()), (received, "getOrder"));
        assert!(points.iter().all(|p| p.operations[0].response.max == p.max), "the worst second of the operation too");
        assert_eq!(timeline.spans().warmup, 61_000_000_000);
        assert!(points.last().and_then(|p| p.max) >= Some(seconds), "the worst second of each");
    }
}
