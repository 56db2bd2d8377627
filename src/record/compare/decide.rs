//! What is said of the figures that decide, and how sure that is.
//!
//! Judges estimates by their margins. Takes no figure out of a run but to pair runs of one side with each other.

use crate::base::seed::Seed;
use crate::record::compare::figures::{ALL, Compared, Sides, as_change, rounded, scaled, taken};
use crate::record::compare::shape::{ComparisonResult, Decided, Design, Figure, FigureResult, NullRecord, OperationComparison};
use crate::record::compare::stats::{self, Estimate, ONE_SIDE};
use crate::record::compare::values;
use crate::record::compare::words::{self, LEAST};

/// Judges what decides. That something regressed is wrong of all figures together as seldom as of one (Holm); that nothing did has to
/// hold of every one of them, and needs no such adjustment.
pub(super) fn decide(
    compared: Vec<Compared>,
    sides: &Sides<'_>,
    margins: &[(Figure, f64)],
    seed: Seed,
) -> Vec<OperationComparison> {
    let (mut operations, estimates): (Vec<_>, Vec<_>) = compared.into_iter().unzip();
    let several = operations.len() > 1;
    let mut deciding: Vec<Deciding> = Vec::new();
    for (i, (operation, estimates)) in operations.iter().zip(&estimates).enumerate() {
        for (j, (found, estimate)) in operation.figures.iter().zip(estimates).enumerate() {
            let Some((figure, margin)) = margins.iter().find(|(f, _)| *f == found.figure) else { continue };
            // Over all operations only what no single one has decides: a mix hides what happens to its parts.
            if !several || operation.operation != ALL || *figure == Figure::Throughput {
                let bound = if figure.is_ratio() { margin.ln_1p() } else { *margin };
                deciding.push(Deciding { at: (i, j), figure: *figure, margin: *margin, bound, estimate: *estimate });
            }
        }
    }
    let known: Vec<f64> = deciding.iter().filter_map(|d| d.estimate.map(|e| e.p_above(d.bound))).collect();
    let mut adjusted = stats::holm(&known).into_iter();
    for one in deciding {
        let (i, j) = one.at;
        let p = one.estimate.and_then(|_| adjusted.next());
        let mut decided = one.judged(p, known.len(), sides.used());
        decided.null = null(sides, &operations[i].operation, one.figure, one.bound, seed);
        decided.sentence = words::decided(&operations[i].figures[j], &decided, sides.used(), sides.design);
        operations[i].figures[j].decides = Some(decided);
    }
    operations
}

/// A figure that decides: where it is, and what it is judged by.
struct Deciding {
    at: (usize, usize),
    figure: Figure,
    margin: f64,
    /// The margin on the scale of effects.
    bound: f64,
    estimate: Option<Estimate>,
}

impl Deciding {
    fn judged(&self, p: Option<f64>, tests: usize, used: u32) -> Decided {
        // Of two runs the spread is known by one number: nothing that is worth telling stands on it.
        let known = self.estimate.filter(|_| used >= LEAST);
        let outcome = match (known, p) {
            (Some(_), Some(p)) if p < ONE_SIDE => FigureResult::Regressed,
            (Some(e), _) if e.interval().1 < -self.bound => FigureResult::Improved,
            (Some(e), _) if e.interval().1 < self.bound => FigureResult::NotRegressed,
            _ => FigureResult::Inconclusive,
        };
        let worse_by = |effect: f64| match self.figure {
            Figure::Throughput => rounded(-(-effect).exp_m1()),
            _ => as_change(self.figure, effect),
        };
        let open = outcome == FigureResult::Inconclusive;
        Decided {
            outcome,
            sentence: String::new(),
            margin: rounded(self.margin),
            p: p.map(rounded),
            detectable: known.map(|e| worse_by(e.detectable(self.bound, tests))),
            false_alarm: known.map(|e| rounded(e.false_alarm(self.bound, tests))),
            pairs_needed: known.filter(|_| open).and_then(|e| e.pairs_needed(self.bound, tests, used as usize)),
            null: None,
        }
    }
}

/// Pairs runs of one side with each other, in the order in which they were made; nothing where the sides did not take turns.
fn null(sides: &Sides<'_>, operation: &str, figure: Figure, bound: f64, seed: Seed) -> Option<NullRecord> {
    if sides.design == Design::Unpaired {
        return None;
    }
    let mut effects = Vec::new();
    for side in [&sides.baseline, &sides.candidate] {
        for two in side.chunks_exact(2) {
            let of = |at: usize| values::value(two[at], &taken(two[at], operation), figure).ok().map(|v| scaled(figure, v));
            effects.push(of(1)? - of(0)?);
        }
    }
    let found = stats::null(&effects, bound, 0.0, seed)?;
    Some(NullRecord {
        pairs: u32::try_from(effects.len()).unwrap_or(u32::MAX),
        spread: as_change(figure, found.spread),
        ways: found.ways,
        called: found.called,
    })
}

/// The verdict over all that decides.
pub(super) fn verdict(operations: &[OperationComparison], interrupted: bool) -> ComparisonResult {
    let outcomes: Vec<FigureResult> =
        operations.iter().flat_map(|o| &o.figures).filter_map(|f| f.decides.as_ref()).map(|d| d.outcome).collect();
    if interrupted {
        ComparisonResult::Interrupted
    } else if outcomes.contains(&FigureResult::Regressed) {
        ComparisonResult::Regressed
    } else if outcomes.is_empty() || outcomes.contains(&FigureResult::Inconclusive) {
        ComparisonResult::Inconclusive
    } else {
        ComparisonResult::NotRegressed
    }
}
