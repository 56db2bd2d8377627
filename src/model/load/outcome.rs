//! What a load came to, and what is told while it runs.
//!
//! Sums intervals exactly. Compares nothing with a bound.

use crate::base::units::{Nanos, Rate};
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;
use crate::model::histogram::Histogram;
use crate::model::load::figures::{Answered, Cell, Class, ConnectionFigures, Figures, Interval, LoadError, Phase};
use crate::model::load::health::Health;
use crate::model::outcome::Verdict;
use jiff::Timestamp;

/// What is known before the first request.
#[derive(Clone, Debug)]
pub struct LoadOpening {
    /// When it began.
    pub began: Timestamp,
    /// The plan's title.
    pub title: String,
    /// The target as a reader would name it.
    pub target: String,
    /// The environment's name.
    pub environment: String,
    /// The seed.
    pub seed: u64,
    /// The operations, by operationId, that cells name by index.
    pub operations: Vec<String>,
    /// The scenarios as a reader would name them, with their weights.
    pub scenarios: Vec<(String, u32)>,
    /// When starts are due, as a reader would say it, one entry a stage with its beginning and length.
    pub stages: Vec<(Nanos, Nanos, String)>,
    /// How requests are carried (`HTTP/1.1, at most 64 connections, 1 event loop`).
    pub transport: String,
    /// Which answers are judged (`all`, `10%`, `none`).
    pub validate: String,
    /// True where starts are due by the clock, whatever the target does.
    pub open: bool,
    /// How long starts fall due for, pauses among it.
    pub planned: Nanos,
    /// How the plan lies in the windows of what it calls, as a reader would say it; `None` where nothing ever closes.
    pub window: Option<String>,
}

/// What happens during a load.
#[derive(Clone, Copy, Debug)]
pub enum LoadEvent<'a> {
    /// It begins.
    Started(&'a LoadOpening),
    /// An interval is over.
    Interval(&'a Interval),
    /// An answer was not as it should be; the first of each kind is kept.
    Failure(&'a KeptFailure),
    /// What came of the callbacks so far.
    Callbacks(&'a [CallbackFigures]),
    /// A step of a search is over.
    Searched(&'a SearchStep),
    /// Something worth a line.
    Note(&'a str),
    /// It ended.
    Finished(&'a LoadOutcome),
}

/// Listens to a load.
pub trait LoadObserver: Send + Sync {
    /// Called in order, before the load's record goes on; never from an event loop.
    fn observe(&self, event: LoadEvent<'_>);
}

/// A failing answer, with how often its kind occurred.
#[derive(Clone, Debug)]
pub struct KeptFailure {
    /// The operation, by operationId.
    pub operation: String,
    /// The exchange that shows it.
    pub exchange: Exchange,
    /// What was found of it.
    pub findings: Vec<Finding>,
    /// Why it could not be judged, where it could not.
    pub errors: Vec<String>,
}

/// Everything counted over intervals of one kind.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// By operation and class, in order.
    pub cells: Vec<Cell>,
    /// Connections.
    pub connections: ConnectionFigures,
    /// How late the event loops themselves came to what fell due.
    pub lateness: Histogram,
    /// Time that they waited for a processor.
    pub run_queue: Nanos,
    /// The time of the intervals together.
    pub length: Nanos,
    /// Starts that fell due.
    pub due: u64,
    /// Requests sent.
    pub sent: u64,
    /// Starts never made.
    pub missed: u64,
    /// Journeys begun, with their first request.
    pub journeys: u64,
    /// Those of them that began while starts still fell due.
    pub in_time: u64,
    /// Processor time of the event loops.
    pub cpu: Nanos,
}

impl Totals {
    /// Adds an interval.
    pub fn add(&mut self, interval: &Interval) {
        for cell in &interval.cells {
            match self.cells.iter_mut().find(|c| c.operation == cell.operation && c.class == cell.class) {
                Some(known) => {
                    known.figures.merge(&cell.figures);
                    known.answered.add(cell.answered);
                }
                None => self.cells.push(cell.clone()),
            }
        }
        self.cells.sort_by_key(|c| (c.operation, c.class));
        self.connections.merge(&interval.connections);
        self.lateness.merge(&interval.lateness);
        self.run_queue.0 += interval.run_queue.0;
        // While the rest is waited for nothing begins: that is no time a rate could be counted over.
        if interval.phase != Phase::Drain {
            self.length.0 += interval.length.0;
            self.in_time += interval.journeys;
        }
        self.due += interval.due;
        self.sent += interval.sent;
        self.missed += interval.missed;
        self.journeys += interval.journeys;
        self.cpu.0 += interval.cpu.0;
    }

    /// The cells of one operation, or of all.
    pub fn of(&self, operation: Option<usize>) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |c| operation.is_none_or(|o| c.operation == o))
    }

    /// The times of every answer, of one operation or of all.
    #[must_use]
    pub fn answers(&self, operation: Option<usize>) -> Figures {
        let mut all = Figures::default();
        self.of(operation).filter(|c| matches!(c.class, Class::Status(_))).for_each(|c| all.merge(&c.figures));
        all
    }

    /// Answers received.
    #[must_use]
    pub fn received(&self, operation: Option<usize>) -> u64 {
        self.of(operation).filter(|c| matches!(c.class, Class::Status(_))).map(|c| c.figures.response.count()).sum()
    }

    /// Requests that got no answer, by class.
    #[must_use]
    pub fn errors(&self, operation: Option<usize>) -> Vec<(LoadError, u64)> {
        LoadError::ALL
            .into_iter()
            .map(|error| {
                let of = self.of(operation).filter(|c| c.class == Class::Error(error));
                (error, of.map(|c| c.figures.response.count()).sum())
            })
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// Answers by status class, 1 to 5.
    #[must_use]
    pub fn statuses(&self, operation: Option<usize>) -> Vec<(u8, u64)> {
        (1..=5)
            .map(|class| {
                let of = self.of(operation).filter(|c| c.class == Class::Status(class));
                (class, of.map(|c| c.figures.response.count()).sum())
            })
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// How the answers were judged.
    #[must_use]
    pub fn answered(&self, operation: Option<usize>) -> Answered {
        let mut all = Answered::default();
        self.of(operation).for_each(|c| all.add(c.answered));
        all
    }

    /// Requests that ended.
    #[must_use]
    pub fn ended(&self, operation: Option<usize>) -> u64 {
        self.of(operation).map(|c| c.figures.response.count()).sum()
    }
}

/// An SLO and whether it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct SloOutcome {
    /// As written, such as `p95 < 300ms`, with the operation and window where it has them.
    pub title: String,
    /// `Pass`, `Fail`, or `Skipped` where nothing could be judged.
    pub verdict: Verdict,
    /// What was measured, for a person; why nothing could be judged.
    pub actual: String,
    /// How far from the bound, in hundredths of a per cent of it: positive where it holds with room.
    pub margin: Option<i64>,
}

/// What came of triggered deliveries.
#[derive(Clone, Debug, Default)]
pub struct CallbackFigures {
    /// The operation that triggers them and the callback: `createSignature -> registerCallback.notification`.
    pub title: String,
    /// Answers that trigger a delivery.
    pub triggered: u64,
    /// Of them, those whose delivery came.
    pub delivered: u64,
    /// Those whose delivery had not come within the limit.
    pub lost: u64,
    /// Still within their limit when the run ended.
    pub open: u64,
    /// Further deliveries of the same notification.
    pub duplicates: u64,
    /// Deliveries that came before one that was triggered earlier.
    pub out_of_order: u64,
    /// Deliveries that nothing here triggered.
    pub unexpected: u64,
    /// Deliveries judged, and of those found wrong.
    pub validated: u64,
    /// Deliveries that did not keep to the contract.
    pub invalid: u64,
    /// From the answer of the trigger, or its sending where the delivery came first, to the delivery's arrival.
    pub latency: Histogram,
}

/// One rate that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchStep {
    /// The rate asked for.
    pub rate: Rate,
    /// The rate of answers that was had.
    pub achieved: Rate,
    /// Whether every SLO held.
    pub held: bool,
    /// What did not hold.
    pub broken: Vec<String>,
    /// The response times.
    pub p50: Option<Nanos>,
    /// The 99th percentile.
    pub p99: Option<Nanos>,
    /// True where it only confirms a rate that was found.
    pub confirms: bool,
    /// True where the generator spoiled the step: nothing is known of the target at this rate.
    pub spoiled: bool,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchOutcome {
    /// The highest rate that held each time it was tried; `None` where not even the first did.
    pub capacity: Option<Rate>,
    /// The lowest rate that did not hold.
    pub broke_at: Option<Rate>,
    /// Where that is all that is known of it: the generator spoiled the step each time it was tried.
    pub spoiled_at: Option<Rate>,
    /// Every step, in order.
    pub steps: Vec<SearchStep>,
    /// True when the largest rate allowed still held.
    pub unbounded: bool,
}

/// The verdict over a load, which the exit code follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoadVerdict {
    /// Every SLO holds and every judged answer is right.
    Conforms,
    /// An SLO does not hold, an answer is wrong, or the run was given up.
    Fails,
    /// The generator spoiled the measurement.
    Invalid,
    /// Nothing, or not what an SLO needs, could be judged.
    NotJudged,
    /// Stopped before the end.
    Interrupted,
}

/// Everything a load produced.
#[derive(Clone, Debug)]
pub struct LoadOutcome {
    /// What was known before.
    pub opening: LoadOpening,
    /// Wall time it took.
    pub took: Nanos,
    /// The measured part.
    pub measured: Totals,
    /// The warm-up, kept apart.
    pub warmup: Totals,
    /// The SLOs.
    pub slos: Vec<SloOutcome>,
    /// How the generator fared.
    pub health: Health,
    /// The callbacks.
    pub callbacks: Vec<CallbackFigures>,
    /// The first failure of each kind.
    pub failures: Vec<KeptFailure>,
    /// Failures of kinds that are kept already, or beyond what is kept.
    pub failures_not_kept: u64,
    /// What a search found.
    pub search: Option<SearchOutcome>,
    /// Why the run was given up early.
    pub aborted: Option<String>,
    /// Requests under way at the end that got no answer within the drain.
    pub unfinished: u64,
    /// True when it was stopped.
    pub interrupted: bool,
    /// Why nothing could be judged.
    pub unusable: Option<String>,
}

impl LoadOutcome {
    /// The verdict: interruption first, then whether the measurement is sound, then what it says.
    #[must_use]
    pub fn verdict(&self) -> LoadVerdict {
        if self.interrupted {
            return LoadVerdict::Interrupted;
        }
        if !self.health.faults.is_empty() {
            return LoadVerdict::Invalid;
        }
        if self.unusable.is_some() || self.measured.ended(None) == 0 {
            return LoadVerdict::NotJudged;
        }
        let wrong = self.measured.answered(None).invalid + self.callbacks.iter().map(|c| c.invalid).sum::<u64>();
        if self.aborted.is_some() || wrong > 0 || self.slos.iter().any(|s| matches!(s.verdict, Verdict::Fail | Verdict::Error)) {
            return LoadVerdict::Fails;
        }
        let unanswered = self.measured.received(None) == 0;
        if unanswered || self.slos.iter().any(|s| s.verdict != Verdict::Pass) {
            return LoadVerdict::NotJudged;
        }
        LoadVerdict::Conforms
    }

    /// The part of an interval's phase that totals are kept of.
    #[must_use]
    pub fn totals_of(&mut self, phase: Phase) -> &mut Totals {
        match phase {
            Phase::Warmup => &mut self.warmup,
            Phase::Measured | Phase::Drain => &mut self.measured,
        }
    }
}
