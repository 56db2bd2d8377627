//! The figures of both sides, each with its change and its interval.
//!
//! Takes one value of each run and no more: what requests within a run share is no evidence. Judges nothing.

use crate::record::compare::shape::{Design, Figure, FigureComparison, OperationComparison, Seen};
use crate::record::compare::stats::Estimate;
use crate::record::compare::values::{self, curve};
use crate::record::load::LoadRecord;
use crate::record::load::figures::OperationRecord;

/// What the figures over all operations are filed under.
pub const ALL: &str = "all operations";

/// The runs that count, in order: those of the same place are a pair, where there are pairs.
pub(super) struct Sides<'a> {
    pub(super) design: Design,
    pub(super) baseline: Vec<&'a LoadRecord>,
    pub(super) candidate: Vec<&'a LoadRecord>,
}

impl Sides<'_> {
    /// Pairs; runs of the smaller side where there are none.
    pub(super) fn used(&self) -> u32 {
        u32::try_from(self.baseline.len().min(self.candidate.len())).unwrap_or(u32::MAX)
    }

    /// What each pair changes, on the scale on which effects add up.
    fn effects(&self, figure: Figure, a: &[f64], b: &[f64]) -> Vec<f64> {
        match self.design {
            Design::Paired => a.iter().zip(b).map(|(a, b)| scaled(figure, *b) - scaled(figure, *a)).collect(),
            Design::Unpaired => Vec::new(),
        }
    }

    /// How both sides differ, in the direction in which more is worse.
    fn estimate(&self, figure: Figure, a: &[f64], b: &[f64], requests: u64) -> Option<Estimate> {
        let resolution = values::resolution(figure, a.iter().chain(b), requests);
        let on_scale = |values: &[f64]| values.iter().map(|v| scaled(figure, *v)).collect::<Vec<_>>();
        let estimate = match self.design {
            Design::Paired => Estimate::paired(&self.effects(figure, a, b), resolution),
            Design::Unpaired => Estimate::unpaired(&on_scale(a), &on_scale(b), resolution),
        }?;
        Some(if figure.worse() < 0.0 { estimate.turned() } else { estimate })
    }
}

/// A value on the scale on which effects add up.
pub(super) fn scaled(figure: Figure, value: f64) -> f64 {
    if figure.is_ratio() { value.ln() } else { value }
}

/// An effect as a change that a reader knows.
pub(super) fn as_change(figure: Figure, effect: f64) -> f64 {
    rounded(if figure.is_ratio() { effect.exp_m1() } else { effect })
}

/// To millionths, so that what is written is what is read, and without a negative nothing.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

/// An operation with the estimate that stands behind each of its figures.
pub(super) type Compared = (OperationComparison, Vec<Option<Estimate>>);

/// Every operation of the plan, and all of them together where there are several or they have a figure of their own.
pub(super) fn operations(sides: &Sides<'_>, deciding: &[Figure]) -> Vec<Compared> {
    let Some(first) = sides.baseline.first().or(sides.candidate.first()) else { return Vec::new() };
    let names = first.load.operations.iter().map(|o| o.operation.as_str());
    let mut all: Vec<Compared> = names.map(|name| operation(sides, name, &Figure::OF_OPERATIONS)).collect();
    let mut figures = if all.len() > 1 { Figure::OF_OPERATIONS.to_vec() } else { Vec::new() };
    // A load by the clock has the rate that it was given; that of users is what came of them.
    if !first.open || deciding.contains(&Figure::Throughput) {
        figures.push(Figure::Throughput);
    }
    if !figures.is_empty() {
        all.push(operation(sides, ALL, &figures));
    }
    all
}

/// An operation of a run by its name, or all of them.
pub(super) fn taken(record: &LoadRecord, name: &str) -> OperationRecord {
    let found = record.load.operations.iter().find(|o| o.operation == name);
    if name == ALL { record.load.total.clone() } else { found.cloned().unwrap_or_default() }
}

fn operation(sides: &Sides<'_>, name: &str, figures: &[Figure]) -> Compared {
    let of = |runs: &[&LoadRecord]| runs.iter().map(|r| taken(r, name)).collect::<Vec<_>>();
    let (a, b) = (of(&sides.baseline), of(&sides.candidate));
    let middle = |side: &[OperationRecord]| curve(&side.iter().collect::<Vec<_>>());
    let (figures, estimates) = figures.iter().map(|f| figure(sides, *f, &a, &b)).unzip();
    let compared = OperationComparison {
        operation: name.to_owned(),
        baseline_answers: a.iter().map(|o| o.count).sum(),
        candidate_answers: b.iter().map(|o| o.count).sum(),
        figures,
        baseline_curve: middle(&a),
        candidate_curve: middle(&b),
    };
    (compared, estimates)
}

fn blank(figure: Figure, refused: Option<String>) -> FigureComparison {
    FigureComparison {
        figure,
        refused,
        baseline: None,
        candidate: None,
        change: None,
        interval: None,
        seen: Seen::Unclear,
        decides: None,
        baseline_runs: Vec::new(),
        candidate_runs: Vec::new(),
        changes: Vec::new(),
    }
}

fn figure(
    sides: &Sides<'_>,
    figure: Figure,
    a: &[OperationRecord],
    b: &[OperationRecord],
) -> (FigureComparison, Option<Estimate>) {
    let values = |runs: &[&LoadRecord], of: &[OperationRecord]| -> Result<Vec<f64>, String> {
        runs.iter().zip(of).map(|(r, o)| values::value(r, o, figure)).collect()
    };
    let (one, other) = match (values(&sides.baseline, a), values(&sides.candidate, b)) {
        (Ok(one), Ok(other)) if !one.is_empty() && !other.is_empty() => (one, other),
        (Err(why), _) | (_, Err(why)) => return (blank(figure, Some(why)), None),
        _ => return (blank(figure, Some("no valid run of a side is left".to_owned())), None),
    };
    let mean = |values: &[f64]| values.iter().map(|v| scaled(figure, *v)).sum::<f64>() / values.len() as f64;
    let back = |value: f64| rounded(if figure.is_ratio() { value.exp() } else { value });
    let requests = a.iter().chain(b).map(|o| o.count + o.unanswered).min().unwrap_or(0);
    let estimate = sides.estimate(figure, &one, &other, requests);
    // In the direction of the figure again, whichever is worse.
    let interval = estimate.map(|e| if figure.worse() < 0.0 { e.turned().interval() } else { e.interval() });
    let found = FigureComparison {
        baseline: Some(back(mean(&one))),
        candidate: Some(back(mean(&other))),
        change: Some(as_change(figure, mean(&other) - mean(&one))),
        interval: interval.map(|(low, high)| (as_change(figure, low), as_change(figure, high))),
        seen: estimate.map_or(Seen::Unclear, seen),
        changes: sides.effects(figure, &one, &other).into_iter().map(|e| as_change(figure, e)).collect(),
        baseline_runs: one.into_iter().map(rounded).collect(),
        candidate_runs: other.into_iter().map(rounded).collect(),
        ..blank(figure, None)
    };
    (found, estimate)
}

fn seen(estimate: Estimate) -> Seen {
    match estimate.interval() {
        (low, _) if low > 0.0 => Seen::Worse,
        (_, high) if high < 0.0 => Seen::Better,
        _ => Seen::Unclear,
    }
}
