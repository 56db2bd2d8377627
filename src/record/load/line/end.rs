//! The lines that end a load's journal, and those of its callbacks.
//!
//! Turns what a load came to into what is stored and back. Never computes a figure.

use crate::base::units::{Nanos, Rate};
use crate::model::load::{CallbackFigures, Health, HealthFault, LoadOutcome, SearchOutcome, SearchStep, SloOutcome};
use crate::model::redact::Redactor;
use crate::record::load::line::Packed;
use crate::record::load::make;
use crate::record::load::shape::{HealthRecord, SearchRecord, SearchStepRecord, SloRecord};
use crate::record::scrub;
use serde::{Deserialize, Serialize};

/// What a load came to, as far as the lines before do not say it.
#[derive(Serialize, Deserialize)]
pub(in crate::record::load) struct EndLine {
    took_ns: u64,
    slos: Vec<SloRecord>,
    pub(in crate::record::load) health: HealthRecord,
    callbacks: Vec<CallbackLine>,
    failures_not_kept: u64,
    search: Option<SearchRecord>,
    aborted: Option<String>,
    unfinished: u64,
    interrupted: bool,
    unusable: Option<String>,
}

impl EndLine {
    pub(in crate::record::load) fn of(outcome: &LoadOutcome, redactor: &Redactor) -> Self {
        let text = |text: &String| scrub::text(redactor, text);
        Self {
            took_ns: outcome.took.0,
            slos: outcome.slos.iter().map(|s| make::slo(s, redactor)).collect(),
            health: make::health(&outcome.health, redactor),
            callbacks: callback_lines(&outcome.callbacks, redactor),
            failures_not_kept: outcome.failures_not_kept,
            search: outcome.search.as_ref().map(|s| make::search(s, redactor)),
            aborted: outcome.aborted.as_ref().map(text),
            unfinished: outcome.unfinished,
            interrupted: outcome.interrupted,
            unusable: outcome.unusable.as_ref().map(text),
        }
    }

    /// Puts it into an outcome that was rebuilt from the lines before.
    pub(in crate::record::load) fn tell(self, outcome: &mut LoadOutcome) -> Result<(), String> {
        outcome.took = Nanos(self.took_ns);
        outcome.slos = self.slos.into_iter().map(slo).collect();
        outcome.health = health(&self.health);
        outcome.callbacks = callbacks(&self.callbacks)?;
        outcome.failures_not_kept = self.failures_not_kept;
        outcome.search = self.search.map(search);
        outcome.aborted = self.aborted;
        outcome.unfinished = self.unfinished;
        outcome.interrupted = self.interrupted;
        outcome.unusable = self.unusable;
        Ok(())
    }
}

fn slo(record: SloRecord) -> SloOutcome {
    SloOutcome { title: record.title, verdict: record.outcome.into(), actual: record.actual, margin: record.margin }
}

/// What the verdict asks of a generator's health: whether it has faults. The record takes the rest as it was stored.
fn health(record: &HealthRecord) -> Health {
    let fault = |fault: &crate::record::load::shape::FaultRecord| HealthFault {
        name: "stored",
        seen: fault.seen.clone(),
        hint: fault.hint.clone(),
    };
    Health {
        missed: record.missed,
        workers: record.workers,
        faults: record.faults.iter().map(fault).collect(),
        ..Health::default()
    }
}

fn search(record: SearchRecord) -> SearchOutcome {
    SearchOutcome {
        capacity: record.capacity.map(Rate),
        broke_at: record.broke_at.map(Rate),
        // The fault of the generator that comes of it is stored among the others.
        spoiled_at: None,
        steps: record.steps.into_iter().map(step).collect(),
        unbounded: record.unbounded,
    }
}

/// A step of a search as the model has it.
pub(in crate::record::load) fn step(record: SearchStepRecord) -> SearchStep {
    SearchStep {
        rate: Rate(record.rate),
        achieved: Rate(record.achieved),
        held: record.held,
        broken: record.broken,
        p50: record.p50.map(|us| Nanos(us * 1_000)),
        p99: record.p99.map(|us| Nanos(us * 1_000)),
        confirms: record.confirms,
        spoiled: record.spoiled,
    }
}

/// See [`CallbackFigures`].
#[derive(Serialize, Deserialize)]
pub(in crate::record::load) struct CallbackLine {
    title: String,
    triggered: u64,
    delivered: u64,
    lost: u64,
    open: u64,
    duplicates: u64,
    out_of_order: u64,
    unexpected: u64,
    validated: u64,
    invalid: u64,
    latency: Option<Packed>,
}

pub(in crate::record::load) fn callback_lines(callbacks: &[CallbackFigures], redactor: &Redactor) -> Vec<CallbackLine> {
    let line = |figures: &CallbackFigures| CallbackLine {
        title: scrub::text(redactor, &figures.title),
        triggered: figures.triggered,
        delivered: figures.delivered,
        lost: figures.lost,
        open: figures.open,
        duplicates: figures.duplicates,
        out_of_order: figures.out_of_order,
        unexpected: figures.unexpected,
        validated: figures.validated,
        invalid: figures.invalid,
        latency: Packed::of(&figures.latency),
    };
    callbacks.iter().map(line).collect()
}

pub(in crate::record::load) fn callbacks(lines: &[CallbackLine]) -> Result<Vec<CallbackFigures>, String> {
    let figures = |line: &CallbackLine| {
        Ok(CallbackFigures {
            title: line.title.clone(),
            triggered: line.triggered,
            delivered: line.delivered,
            lost: line.lost,
            open: line.open,
            duplicates: line.duplicates,
            out_of_order: line.out_of_order,
            unexpected: line.unexpected,
            validated: line.validated,
            invalid: line.invalid,
            latency: Packed::unpack(line.latency.as_ref())?,
        })
    };
    lines.iter().map(figures).collect()
}
