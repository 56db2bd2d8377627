//! Coverage and gates of several records as those of one.
//!
//! What one part has seen was seen. A gate is as bad as in its worst part, whatever was seen altogether: it is never judged anew.

use crate::base::units::Share;
use crate::model::outcome::Verdict;
use crate::record::shape::{CoverageRecord, DimensionRecord, GateRecord, RunRecord};
use std::collections::BTreeSet;

/// What was seen by suite and spec, over all parts.
pub(super) fn together(parts: &[RunRecord]) -> Vec<CoverageRecord> {
    let mut all: Vec<CoverageRecord> = Vec::new();
    for coverage in parts.iter().flat_map(|part| &part.coverage) {
        match all.iter_mut().find(|known| known.suite == coverage.suite && known.spec == coverage.spec) {
            None => all.push(coverage.clone()),
            Some(known) => join(known, coverage),
        }
    }
    all
}

fn join(known: &mut CoverageRecord, other: &CoverageRecord) {
    for dimension in &other.dimensions {
        match known.dimensions.iter_mut().find(|mine| mine.key == dimension.key) {
            None => known.dimensions.push(dimension.clone()),
            Some(mine) => *mine = sum(mine, dimension),
        }
    }
}

fn sum(one: &DimensionRecord, other: &DimensionRecord) -> DimensionRecord {
    let items: BTreeSet<&String> = one.items.iter().chain(&other.items).collect();
    let known: BTreeSet<&String> = items.iter().copied().chain(&one.missing).chain(&other.missing).collect();
    DimensionRecord {
        seen: items.len(),
        known: known.len(),
        share: Share::of(items.len(), known.len()).map(|share| share.0),
        missing: known.difference(&items).map(|item| (*item).clone()).collect(),
        items: items.into_iter().cloned().collect(),
        ..one.clone()
    }
}

/// Every gate once, as it is in the part where it is worst.
pub(super) fn gates(parts: &[RunRecord]) -> Vec<GateRecord> {
    let mut all: Vec<GateRecord> = Vec::new();
    for gate in parts.iter().flat_map(|part| &part.gates) {
        match all.iter_mut().find(|known| known.suite == gate.suite && known.title == gate.title) {
            None => all.push(gate.clone()),
            Some(known) => {
                let both = Verdict::from(known.outcome).and(gate.outcome.into());
                if both != Verdict::from(known.outcome) {
                    *known = gate.clone();
                }
            }
        }
    }
    all
}
