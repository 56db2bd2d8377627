//! What a module comes to while it runs.
//!
//! Adds up what was judged. Judges nothing itself.

use crate::base::diagnostic::Severity;
use crate::base::units::Nanos;
use crate::check::endpoint::Judged;
use crate::model::certification::{Latency, ModuleResult};
use crate::model::finding::Finding;
use crate::model::histogram::Histogram;

/// What a module comes to.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) result: ModuleResult,
    pub(super) reason: Option<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<String>,
    pub(super) latency: Option<Latency>,
    pub(super) waited: Nanos,
    /// What became of the side effect that HTTP alone cannot show.
    pub(super) effect: Option<(ModuleResult, String)>,
}

impl Tally {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            result: ModuleResult::NotApplicable,
            reason: None,
            findings: Vec::new(),
            notes: Vec::new(),
            latency: None,
            waited: Nanos(0),
            effect: None,
        }
    }

    pub(super) fn skipped(reason: impl Into<String>) -> Self {
        Self { result: ModuleResult::Skipped, reason: Some(reason.into()), ..Self::new() }
    }

    pub(super) fn not_applicable(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::new() }
    }

    pub(super) fn add(&mut self, judged: Judged) {
        // A failure beside something that was not judged is a failure.
        self.result = self.result.and(judged.result);
        self.findings.extend(judged.findings);
        self.reason = self.reason.take().or(judged.reason);
    }

    /// What is left of it where something was sent outside the window.
    pub(super) fn informed(mut self, why: &str) -> Self {
        if !matches!(self.result, ModuleResult::Skipped | ModuleResult::NotApplicable) {
            self.result = ModuleResult::Skipped;
            self.reason = Some(format!("not judged: {why}"));
        }
        self.findings.iter_mut().for_each(|finding| finding.severity = Severity::Warning);
        if let Some((result, reason)) = &mut self.effect {
            (*result, *reason) = (ModuleResult::Skipped, "not judged outside the window".to_owned());
        }
        self
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// The figures of a histogram; `None` without samples.
pub(super) fn latency(histogram: &Histogram) -> Option<Latency> {
    Some(Latency {
        count: histogram.count(),
        p50: histogram.quantile(0.5)?,
        p90: histogram.quantile(0.9)?,
        p99: histogram.quantile(0.99)?,
        max: histogram.max()?,
    })
}
