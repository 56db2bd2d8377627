//! Counts what one event loop does, a second at a time.
//!
//! Adds to histograms that are there already: the first request of a kind makes room, the others find it. Merges nothing.

use crate::base::units::Nanos;
use crate::engine::processor;
use crate::engine::workload::Judged;
use crate::model::histogram::Histogram;
use crate::model::load::{Cell, Class, ConnectionFigures, Figures, Interval, LoadError, Phase};

/// The classes a request can come to: five of statuses, then the errors.
const CLASSES: usize = 5 + LoadError::ALL.len();

/// What is counted of one phase within a second.
struct Counts {
    cells: Vec<Option<Box<Cell>>>,
    connections: ConnectionFigures,
    lateness: Histogram,
    due: u64,
    sent: u64,
    missed: u64,
    journeys: u64,
    touched: bool,
}

impl Counts {
    fn new(operations: usize) -> Self {
        Self {
            cells: (0..operations * CLASSES).map(|_| None).collect(),
            connections: ConnectionFigures::default(),
            lateness: Histogram::new(),
            due: 0,
            sent: 0,
            missed: 0,
            journeys: 0,
            touched: false,
        }
    }
}

/// When a request was due, sent and over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) due: Nanos,
    pub(super) sent: Nanos,
    pub(super) first_byte: Nanos,
    pub(super) done: Nanos,
}

/// What one event loop counts.
pub(super) struct Recorder {
    /// Warm-up and measurement.
    phases: [Counts; 2],
    began: Nanos,
    cpu: Nanos,
    waited: Nanos,
}

impl Recorder {
    pub(super) fn new(operations: usize) -> Self {
        Self {
            phases: [Counts::new(operations), Counts::new(operations)],
            began: Nanos(0),
            cpu: processor::used(),
            waited: processor::waited(),
        }
    }

    fn counts(&mut self, phase: Phase) -> &mut Counts {
        let counts = &mut self.phases[usize::from(phase != Phase::Warmup)];
        counts.touched = true;
        counts
    }

    /// A request ended.
    pub(super) fn ended(&mut self, phase: Phase, operation: usize, class: Class, times: Times, judged: Judged, bytes: usize) {
        let counts = self.counts(phase);
        let index = operation * CLASSES
            + match class {
                Class::Status(digit) => usize::from(digit.clamp(1, 5)) - 1,
                Class::Error(error) => 5 + error as usize,
            };
        let cell = counts.cells[index].get_or_insert_with(|| {
            Box::new(Cell { operation, class, figures: Figures::default(), answered: crate::model::load::Answered::default() })
        });
        let span = |from: Nanos, to: Nanos| Nanos(to.0.saturating_sub(from.0));
        cell.figures.response.record(span(times.due, times.done));
        cell.figures.service.record(span(times.sent, times.done));
        cell.figures.lag.record(span(times.due, times.sent));
        cell.answered.bytes += bytes as u64;
        match judged {
            Judged::Not => {}
            Judged::Right => cell.answered.validated += 1,
            Judged::Wrong => {
                cell.answered.validated += 1;
                cell.answered.invalid += 1;
            }
        }
        if matches!(class, Class::Status(_)) {
            counts.connections.first_byte.record(span(times.sent, times.first_byte));
        }
    }

    /// A start fell due, and the event loop saw it so much later.
    pub(super) fn due(&mut self, phase: Phase, late: Nanos) {
        let counts = self.counts(phase);
        counts.due += 1;
        counts.lateness.record(late);
    }

    pub(super) fn missed(&mut self, phase: Phase) {
        self.counts(phase).missed += 1;
    }

    /// A request is written; `first` where a journey begins with it.
    pub(super) fn sent(&mut self, phase: Phase, first: bool) {
        let counts = self.counts(phase);
        counts.sent += 1;
        counts.journeys += u64::from(first);
    }

    pub(super) fn connections(&mut self, phase: Phase) -> &mut ConnectionFigures {
        &mut self.counts(phase).connections
    }

    /// Ends the second: what was counted in it, by phase. `now` is the phase that a second without any request belongs to.
    pub(super) fn cut(&mut self, at: Nanos, now: Phase, in_flight: u64, open: u64) -> Vec<Interval> {
        let length = Nanos(at.0.saturating_sub(self.began.0));
        let (cpu, waited) = (processor::used(), processor::waited());
        let mut intervals = Vec::new();
        for (index, counts) in self.phases.iter_mut().enumerate() {
            let phase = match (index, now) {
                (0, _) => Phase::Warmup,
                (_, Phase::Drain) => Phase::Drain,
                _ => Phase::Measured,
            };
            let current = (now == Phase::Warmup) == (phase == Phase::Warmup);
            if !counts.touched && !current {
                continue;
            }
            // The time of a second belongs to the phase that it ends in; so do the gauges.
            let mut interval = Interval::empty(self.began, if current { length } else { Nanos(0) }, phase);
            interval.cells = counts.cells.iter_mut().filter_map(|cell| cell.take().map(|c| *c)).collect();
            interval.connections = std::mem::take(&mut counts.connections);
            interval.lateness = std::mem::take(&mut counts.lateness);
            (interval.due, interval.sent) = (counts.due, counts.sent);
            (interval.missed, interval.journeys) = (counts.missed, counts.journeys);
            (counts.due, counts.sent, counts.missed, counts.journeys, counts.touched) = (0, 0, 0, 0, false);
            if current {
                (interval.in_flight, interval.open) = (in_flight, open);
                interval.cpu = Nanos(cpu.0.saturating_sub(self.cpu.0));
                interval.run_queue = Nanos(waited.0.saturating_sub(self.waited.0));
                interval.workers = 1;
            }
            intervals.push(interval);
        }
        (self.began, self.cpu, self.waited) = (at, cpu, waited);
        intervals
    }
}
