//! Comparisons made by hand, for the tests of records and reports.
//!
//! Every time, number and text is fixed. Never used outside tests.

use crate::base::seed::Seed;
use crate::record::compare::ComparisonRecord;
use crate::record::compare::found::SuiteRun;
use crate::record::compare::loads::{Asked, MARGINS, Run, loads};
use crate::record::compare::runs::runs;
use crate::record::compare::shape::Figure;
use crate::record::fixture as suites;
use crate::record::load::figures::OperationRecord;
use crate::record::load::shape::{LoadResult, Validity};
use crate::record::load::{LoadRecord, fixture as of_loads};
use crate::record::shape::RunRecord;
use jiff::SignedDuration;

pub(crate) fn asked() -> Asked {
    Asked {
        margins: MARGINS.to_vec(),
        pairs: Some(5),
        seed: Seed(42),
        interrupted: false,
        unsaid: Vec::new(),
        tool_version: "0.1.0".to_owned(),
        command: Some("proofmark load signature.load.yaml --baseline http://127.0.0.1:8080 --pairs 5".to_owned()),
    }
}

/// A load that began so many minutes after the first, with this median in microseconds.
fn load(minutes: i64, median: u64) -> LoadRecord {
    let mut record = of_loads::record(&of_loads::passing());
    record.began += SignedDuration::from_mins(minutes);
    record.ended += SignedDuration::from_mins(minutes);
    let usual = record.load.operations[0].response_time.p50.expect("answers");
    let scaled = |us: u64| us * median / usual;
    let scale = |operation: &mut OperationRecord| {
        let times = &mut operation.response_time;
        for time in [&mut times.p50, &mut times.p90, &mut times.p99, &mut times.p99_9, &mut times.max] {
            *time = time.map(scaled);
        }
        times.mean = times.mean.map(|mean| (mean * median as f64 / usual as f64 * 1e3).round() / 1e3);
        operation.response_curve.iter_mut().for_each(|p| p.us = scaled(p.us));
    };
    record.load.operations.iter_mut().for_each(scale);
    scale(&mut record.load.total);
    record
}

pub(crate) fn run(at: u64, median: u64) -> Run {
    let at = i64::try_from(at).expect("a few");
    Run { path: format!("reports/load-{at}"), record: load(at, median), pair: Some(1) }
}

/// The same run, not made for a comparison.
pub(crate) fn stored(run: Run) -> Run {
    Run { pair: None, ..run }
}

/// Pairs in the order ABBA, with these medians.
pub(crate) fn interleaved(baseline: &[u64], candidate: &[u64]) -> (Vec<Run>, Vec<Run>) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for (i, (one, other)) in baseline.iter().zip(candidate).enumerate() {
        let (first, number) = (i as u64 * 2, u32::try_from(i).expect("a few") + 1);
        let (at_a, at_b) = if i % 2 == 0 { (first, first + 1) } else { (first + 1, first) };
        a.push(Run { pair: Some(number), ..run(at_a, *one) });
        b.push(Run { pair: Some(number), ..run(at_b, *other) });
    }
    (a, b)
}

const BASELINE: [u64; 5] = [2_000, 2_060, 2_040, 2_110, 2_090];

fn compared(candidate: [u64; 5], change: impl FnOnce(&mut Vec<Run>, &mut Vec<Run>, &mut Asked)) -> ComparisonRecord {
    let (mut a, mut b) = interleaved(&BASELINE, &candidate);
    b.iter_mut().for_each(|r| r.record.target = "http://127.0.0.1:8081".to_owned());
    let mut asked = asked();
    change(&mut a, &mut b, &mut asked);
    loads(a, b, &asked).expect("both sides have runs")
}

/// The candidate is a tenth slower.
pub(crate) fn regressed() -> ComparisonRecord {
    compared([2_210, 2_250, 2_260, 2_310, 2_290], |_, _, _| {})
}

/// It is as fast as it was; throughput is held to a margin too.
pub(crate) fn alike() -> ComparisonRecord {
    compared([2_010, 2_050, 2_050, 2_100, 2_100], |a, b, asked| {
        asked.margins.push((Figure::Throughput, 0.05));
        a.iter_mut().chain(b).for_each(|r| r.record.open = false);
    })
}

/// The machine was not quiet, and one run is INVALID.
pub(crate) fn open() -> ComparisonRecord {
    compared([1_800, 2_350, 2_000, 2_500, 1_990], |_, b, asked| {
        let record = &mut b[4].record;
        record.verdict = LoadResult::Invalid;
        record.validity.result = Validity::Invalid;
        record.validity.sentence =
            "the generator did not keep up, so this is not the target's: 99.8% of its processor".to_owned();
        asked.unsaid.push("pair 5: no valid run of the candidate in 3 tries".to_owned());
    })
}

/// One stored run of each side.
pub(crate) fn single() -> ComparisonRecord {
    let of = |at, median| vec![stored(run(at, median))];
    loads(of(0, 2_000), of(1, 2_300), &Asked { pairs: None, ..asked() }).expect("a run of each")
}

fn suite_run(path: &str, record: &RunRecord) -> SuiteRun {
    SuiteRun::of_run(path, record)
}

/// A run that passed beside one that fails.
pub(crate) fn broken() -> ComparisonRecord {
    let baseline = vec![suite_run("reports/before", &suites::record(&suites::passing()))];
    let candidate = vec![suite_run("reports/after", &suites::record(&suites::failing()))];
    runs(baseline, candidate, &asked()).expect("a run of each")
}

/// A run that failed beside one that has less wrong, and has lost a case.
pub(crate) fn mended() -> ComparisonRecord {
    let mut after = suites::failing();
    after.cases.retain(|c| c.steps.iter().all(|s| s.findings.len() < 2));
    let baseline = vec![suite_run("reports/before", &suites::record(&suites::failing()))];
    runs(baseline, vec![suite_run("reports/after", &suites::record(&after))], &asked()).expect("a run of each")
}
