//! Cases and exchanges of several records as those of one.
//!
//! Gives exchanges numbers of their own again, and puts a case that several have together. Never drops a finding.

use crate::model::outcome::Verdict;
use crate::record::shape::{CaseRecord, RepeatedRecord, RunRecord, StepRecord};
use std::collections::BTreeMap;

/// Numbers the exchanges of a record on from `offset`, wherever they are named, and gives the last number.
pub(super) fn renumber(record: &mut RunRecord, offset: u64) -> u64 {
    let number = |id: &str| id.strip_prefix('x').and_then(|n| n.parse::<u64>().ok());
    let moved = |id: &str| number(id).map_or_else(|| id.to_owned(), |n| format!("x{}", n + offset));
    let last = record.exchanges.iter().filter_map(|x| number(&x.id)).max().unwrap_or(0);
    record.exchanges.iter_mut().for_each(|x| x.id = moved(&x.id));
    for step in record.cases.iter_mut().flat_map(|case| &mut case.steps) {
        step.exchanges.iter_mut().for_each(|id| *id = moved(id));
        step.findings.iter_mut().for_each(|finding| finding.exchange = finding.exchange.as_deref().map(moved));
    }
    last + offset
}

/// Every case once, in the order in which they are met, and those that several parts have.
pub(super) fn together(parts: &[RunRecord], names: &[&str]) -> (Vec<CaseRecord>, Vec<RepeatedRecord>) {
    let mut order: Vec<(&str, &str)> = Vec::new();
    let mut found: BTreeMap<(&str, &str), Vec<(usize, &CaseRecord)>> = BTreeMap::new();
    for (part, record) in parts.iter().enumerate() {
        for case in &record.cases {
            let key = (case.suite.as_str(), case.id.as_str());
            let cases = found.entry(key).or_insert_with(|| {
                order.push(key);
                Vec::new()
            });
            cases.push((part, case));
        }
    }
    let (mut all, mut repeated) = (Vec::with_capacity(order.len()), Vec::new());
    for key in order {
        let cases = &found[&key];
        all.push(worst(cases, names));
        if cases.len() > 1 {
            repeated.push(RepeatedRecord {
                case: key.1.to_owned(),
                parts: cases.iter().map(|(part, _)| part + 1).collect(),
                outcomes: cases.iter().map(|(_, case)| case.outcome).collect(),
            });
        }
    }
    (all, repeated)
}

/// The case with its worst outcome, and with every step of the others in which something was found or that went wrong.
fn worst(cases: &[(usize, &CaseRecord)], names: &[&str]) -> CaseRecord {
    let all = cases.iter().fold(Verdict::NotApplicable, |all, (_, case)| all.and(case.outcome.into()));
    let at = cases.iter().position(|(_, case)| Verdict::from(case.outcome) == all).unwrap_or(0);
    let mut worst = cases[at].1.clone();
    worst.required = cases.iter().any(|(_, case)| case.required);
    for (part, case) in cases.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, case)| case) {
        let telling = |step: &&StepRecord| step.outcome.is_bad() || !step.findings.is_empty();
        let told = |step: &StepRecord| StepRecord { title: format!("{} (in `{}`)", step.title, names[*part]), ..step.clone() };
        worst.steps.extend(case.steps.iter().filter(telling).map(told));
    }
    worst
}
