//! Sums of records: nothing is lost, and nothing gets better.
//!
//! Over made-up records; no run.

use super::{Facts, Part, merge};
use crate::model::outcome::{RunOutcome, Verdict};
use crate::record::fixture;
use crate::record::shape::{Outcome, RunRecord, RunResult};

fn part(path: &str, outcome: &RunOutcome) -> Part {
    Part { path: path.to_owned(), record: fixture::record(outcome) }
}

/// The outcome with some of its cases, of another seed so that it is another run.
fn some(outcome: &RunOutcome, seed: u64, keep: impl Fn(usize) -> bool) -> RunOutcome {
    let mut outcome = outcome.clone();
    outcome.seed = seed;
    let mut at = 0;
    outcome.cases.retain(|_| {
        at += 1;
        keep(at - 1)
    });
    outcome
}

fn merged(parts: Vec<Part>) -> RunRecord {
    merge(parts, Facts { tool_version: "0.1.0".to_owned(), command: None }).expect("they are put together")
}

fn refused(parts: Vec<Part>) -> Vec<&'static str> {
    merge(parts, Facts::default()).expect_err("they are none of one run").into_iter().map(|fault| fault.code).collect()
}

#[test]
fn two_halves_are_the_whole() {
    let whole = fixture::record(&fixture::failing());
    let half = |seed, odd| some(&fixture::failing(), seed, move |at| (at % 2 == 1) == odd);
    let record = merged(vec![part("a", &half(1, false)), part("b", &half(2, true))]);
    let mut ids: Vec<&str> = record.cases.iter().map(|c| c.id.as_str()).collect();
    let mut all: Vec<&str> = whole.cases.iter().map(|c| c.id.as_str()).collect();
    ids.sort_unstable();
    all.sort_unstable();
    assert_eq!(ids, all);
    assert_eq!((record.totals.findings, record.totals.cases), (whole.totals.findings, whole.totals.cases));
    assert_eq!((record.verdict, record.exchanges.len()), (RunResult::Fails, whole.exchanges.len() * 2));
    let told = record.merged.as_ref().expect("parts");
    assert_eq!((told.parts.len(), told.repeated.len(), told.parts[1].seed), (2, 0, 2));
    // Every finding and step still names its own exchange, and each number is there once.
    let numbers: std::collections::BTreeSet<&str> = record.exchanges.iter().map(|x| x.id.as_str()).collect();
    assert_eq!(numbers.len(), record.exchanges.len());
    for finding in record.cases.iter().flat_map(|c| c.findings()).filter(|f| f.exchange.is_some()) {
        let exchange = record.exchanges.iter().find(|x| Some(&x.id) == finding.exchange.as_ref()).expect("it is there");
        let own = whole
            .cases
            .iter()
            .flat_map(|c| c.findings())
            .find(|f| f.message == finding.message && f.instance == finding.instance);
        assert_eq!(Some(&finding.curl), own.map(|f| &f.curl), "{}", exchange.id);
    }
}

#[test]
fn a_case_of_two_parts_keeps_its_worse_outcome_and_every_finding_whatever_the_order() {
    let good = fixture::passing();
    let mut bad = some(&fixture::passing(), 2, |_| true);
    let found =
        fixture::failing().cases.iter().flat_map(|c| &c.steps).find(|s| !s.findings.is_empty()).cloned().expect("a finding");
    bad.cases[0].steps.push(found);
    bad.cases[0].verdict = Verdict::Fail;
    for parts in [vec![part("a", &good), part("b", &bad)], vec![part("b", &bad), part("a", &good)]] {
        let record = merged(parts);
        assert_eq!(
            (record.cases[0].outcome, record.verdict, record.totals.cases),
            (Outcome::Fail, RunResult::Fails, good.cases.len())
        );
        let repeated = &record.merged.as_ref().expect("parts").repeated;
        assert_eq!((repeated.len(), repeated[0].parts.clone()), (good.cases.len(), vec![1, 2]));
        assert!(repeated[0].outcomes.contains(&Outcome::Pass) && repeated[0].outcomes.contains(&Outcome::Fail));
        assert!(record.notes[1].contains("the worst outcome of each counts"), "{:?}", record.notes);
    }
    let mut other = bad.clone();
    other.seed = 3;
    other.cases[0].steps.last_mut().expect("a step").findings[0].message = "something else".to_owned();
    let record = merged(vec![part("b", &bad), part("c", &other)]);
    assert!(record.cases[0].findings().any(|f| f.message == "something else"), "{:?}", record.cases[0]);
}

#[test]
fn a_sum_is_never_better_than_its_parts() {
    let outcomes = [fixture::passing(), fixture::failing(), fixture::skipping(), fixture::interrupted(), fixture::unusable()];
    for (i, one) in outcomes.iter().enumerate() {
        for (k, other) in outcomes.iter().enumerate() {
            let (mut one, mut other) = (one.clone(), other.clone());
            (one.seed, other.seed) = (i as u64, 100 + k as u64);
            (one.environment, other.environment) = ("e".to_owned(), "e".to_owned());
            let parts = vec![part("a", &one), part("b", &other)];
            let verdicts: Vec<RunResult> = parts.iter().map(|p| p.record.verdict).collect();
            let record = merged(parts);
            assert_eq!(record.verdict == RunResult::Conforms, verdicts.iter().all(|v| *v == RunResult::Conforms), "{verdicts:?}");
            assert!(verdicts.contains(&record.verdict), "{verdicts:?}");
            assert!(!record.sentence.is_empty());
        }
    }
    let mut open = fixture::passing();
    open.seed = 9;
    open.gates = fixture::failing().gates;
    let record = merged(vec![part("a", &fixture::passing()), part("b", &open)]);
    assert!(
        record.verdict == RunResult::Fails && record.gates.iter().any(|gate| gate.outcome == Outcome::Fail),
        "{:?}",
        record.gates
    );
}

#[test]
fn coverage_adds_up() {
    let record = merged(vec![part("a", &fixture::failing()), part("b", &some(&fixture::passing(), 2, |_| true))]);
    for dimension in record.coverage.iter().flat_map(|c| &c.dimensions) {
        assert_eq!((dimension.seen, dimension.known), (dimension.items.len(), dimension.items.len() + dimension.missing.len()));
        assert!(dimension.items.iter().all(|item| !dimension.missing.contains(item)));
    }
}

#[test]
fn what_is_not_of_one_run_is_refused() {
    let of = |seed| part("p", &some(&fixture::passing(), seed, |_| true));
    assert_eq!(refused(vec![of(1)]), ["merge/parts"]);
    assert_eq!(refused(vec![of(1), of(1)]), ["merge/twice"]);
    let mut other = of(2);
    other.record.documents[0].sha256 = "0".repeat(64);
    other.record.environment = "live".to_owned();
    assert_eq!(refused(vec![of(1), other]), ["merge/ground", "merge/documents"]);
    let mut newer = of(2);
    newer.record.tool_version = "9.9.9".to_owned();
    assert_eq!(refused(vec![of(1), newer]), ["merge/ground"]);
}
